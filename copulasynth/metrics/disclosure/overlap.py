"""Are rows of the holdout among the training rows, beyond what natural duplicates explain?"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from copulasynth._arrays import Floats, Ints
from copulasynth.errors import DataError
from copulasynth.metrics.disclosure.copies import row_keys
from copulasynth.metrics.table import Table

__all__ = ["Overlap", "overlap", "refuse_overlap"]

# Two samples of one law exceed this once in four thousand times.
_MOST_Z = 3.5
#: Chance that one random split is taken for a copy.
_RARE = 1 / 4000


#: How rows are kept apart, from a shell and in Python.
SPLIT = "'copulasynth split TABLE', in Python copulasynth.split(table)"


@dataclass(frozen=True, slots=True)
class Overlap:
    """Rows of two tables that equal others.

    Attributes
    ----------
    shared : int
        Holdout rows that equal a training row.
    within_train, within_holdout : int
        Rows that equal another row of their own table.
    z : float
        By how many standard deviations there are more equal pairs across the tables than a random
        split of all rows would make.
    alike : bool
        The two tables hold the same rows equally often, which chance would hardly make.
    """

    shared: int
    within_train: int
    within_holdout: int
    z: float
    alike: bool

    @property
    def explained(self) -> bool:
        """Whether repeats within each table explain the repeats across."""
        return not self.alike and self.z <= _MOST_Z


def overlap(train: Table, holdout: Table) -> Overlap:
    """Count equal rows of two aligned tables, and compare with a random split of all of them.

    A row that occurs c times in both tables together is x times in the training rows, binomial
    with share p = n / (n + h) if the tables are two samples of one law. x (c - x) pairs lie across;
    their sum over rows, each divided by c, is compared with its mean and variance.
    """
    first, second = row_keys([train, holdout])
    size = int(max(first.max(), second.max())) + 1
    x, y = np.bincount(first, minlength=size), np.bincount(second, minlength=size)
    alike = train.n == holdout.n and bool((x == y).all()) and _chance_of_halves(x + y) < _RARE
    return Overlap(
        int(y[x > 0].sum()), int(x[x > 1].sum()), int(y[y > 1].sum()), _excess(x, y), alike
    )


def _chance_of_halves(counts: Ints) -> float:
    """Return how likely it is that one half of a random split has half of every group of rows."""
    half = counts / 2
    each = special.gammaln(counts + 1) - 2 * special.gammaln(half + 1) - counts * np.log(2)
    n = counts.sum()
    whole = special.gammaln(n + 1) - 2 * special.gammaln(n / 2 + 1) - n * np.log(2)
    return float(np.exp(each.sum() - whole))


def _excess(x: Ints, y: Ints) -> float:
    repeated = x + y > 1
    if not repeated.any():
        return 0.0
    p = x.sum() / (x.sum() + y.sum())
    q = 1 - p
    c = (x + y)[repeated].astype(np.float64)
    variance = c * p * q
    third, fourth = variance * (q - p), 3 * variance**2 + variance * (1 - 6 * p * q)
    spread: Floats = (c * (q - p)) ** 2 * variance - 2 * c * (q - p) * third + fourth - variance**2
    gap = (x * y)[repeated] - c * (c - 1) * p * q
    total = float((spread / c**2).sum())
    return float((gap / c).sum() / np.sqrt(total)) if total > 0 else 0.0


def refuse_overlap(train: Table, holdout: Table) -> Overlap:
    """Return the overlap that is natural.

    Numbers that never repeat, as identifiers do, are left out in a second look: the same rows under
    other numbers are the same rows.

    Raises
    ------
    DataError
        If the holdout holds training rows.
    """
    found = overlap(train, holdout)
    numbers = [train.columns[j].name for j in train.numeric if _numbered(train, j)]
    views = [[name for name in train.names if name != one] for one in numbers]
    views += [[name for name in train.names if name not in numbers]] if len(numbers) > 1 else []
    seen = [found, *(overlap(train.select(v), holdout.select(v)) for v in views if v)]
    bad = max((one for one in seen if not one.explained), key=lambda one: one.shared, default=None)
    if bad is not None:
        raise DataError(
            f"{bad.shared:,} of {holdout.n:,} holdout rows equal a training row, more than the "
            f"repeats within each table explain ({bad.within_train:,} and {bad.within_holdout:,} "
            "rows). A holdout that the synthesizer saw hides every leak: split the table before "
            f"fitting: {SPLIT}."
        )
    return found


def _numbered(table: Table, j: int) -> bool:
    """Tell whether a column holds whole numbers of which none repeats, nor is missing."""
    x = table.numbers[j]
    whole = bool((table.states[j] == 0).all()) and bool((x == np.floor(x)).all())
    return whole and np.unique(x).size == table.n
