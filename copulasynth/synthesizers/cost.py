"""How long a method takes: seconds of processor time to fit n rows of d variables.

Formulas of the numbers of rows and variables, whose constants were measured on one core: those of a
default fit by ``validation/benchmarks/clock.py``, which fits them to what it measured, others by
``validation/wide_tables.py``, without the marginals. They are seconds of the machine on which they
were measured; `copulasynth.fitting.clock` turns them into those of another. The registry names the
formula of each method; what is made of others asks for their seconds there.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copulasynth.copulas import Calibrated, Tree, Vine

__all__ = [
    "FEATURES",
    "Cost",
    "calibration",
    "gaussian",
    "growing",
    "marginals",
    "margins",
    "reading",
    "tree",
    "vine",
]

#: From the knobs and the numbers of rows and variables to seconds.
Cost = Callable[..., float]

#: Rows of which relations are looked for by all.
SHOWING = 1000

# Constants of a default fit, one for each feature of `FEATURES`.
READING = (1.9e-2, 3.9e-7, 2.4e-2, 8.6e-4, 1.3e-6)
MARGINALS = (2.5e-3, 3.5e-2, 6.3e-7)
GAUSSIAN = (2.7e-3, 8.3e-8, 1.1e-10)
TREE = (1.1e-3, 8.7e-4, 1.2e-6)
CALIBRATION = (1.3e-2, 6.2e-9, 5e-9)
#: Of the draws by which margins are made even, by what is drawn from.
MARGINS = {"calibrated": (1.1e-2, 1.9e-2, 1.1e-1), "plain": (0.0, 2.7e-2, 9.7e-2)}


def growing(by_cell: float, by_pair: float = 0.0) -> Cost:
    """Return the cost of a method that looks at every cell, and at every pair of variables.

    Examples
    --------
    >>> growing(1e-6, 1e-8)(None, 1000, 10)
    0.011
    """
    return lambda _, n, d: by_cell * n * d + by_pair * n * d * d


def _reading(n: int, d: int, ordered: int, atoms: int) -> tuple[float, ...]:
    """Return variables, cells, atoms, pairs of columns with an order, and cells of such columns.

    Nobody knows yet how many rules there are; relations are looked for among what has an order,
    and by more rows than a thousand only where the first ones show something.
    """
    return d, n * d, atoms, ordered * ordered * min(n, SHOWING) / SHOWING, n * ordered


def _marginals(n: int, d: int, numbers: int) -> tuple[float, ...]:
    """Return variables, columns for which families are tried, and their values."""
    return d, numbers, n * numbers


def _gaussian(n: int, d: int) -> tuple[float, ...]:
    """Return variables, cells that sweeps redraw, and products of cells of a row in them."""
    from copulasynth.copulas.elliptical.latent import swept_rows

    swept = swept_rows(n)
    return d, swept * d, swept * d * d


def _tree(n: int, d: int, knobs: "Tree") -> tuple[float, ...]:
    """Return variables that are drawn from, what trees look at, and the rows that they look at."""
    looks = knobs.bags * d * math.sqrt(min(d, knobs.parents))
    return d, looks, n * looks


def _calibration(n: int, d: int, knobs: "Calibrated") -> tuple[float, ...]:
    """Return variables that are drawn, tables of a pool of draws, and sweeps over those kept."""
    pool, pairs = min(knobs.pool * n, 100_000), d * (d - 1) / 2
    return d, pool * pairs, pool * min(pairs, knobs.pairs) * knobs.sweeps


def _margins(d: int, gaps: bool, atoms: int) -> tuple[float, ...]:
    """Return variables that are drawn, those beside gaps, and atoms, of which rules make parts."""
    return d, d * gaps, atoms


#: What the seconds of a stage grow with: features, by the name of their constants.
FEATURES: dict[str, Callable[..., tuple[float, ...]]] = {
    "READING": _reading,
    "MARGINALS": _marginals,
    "GAUSSIAN": _gaussian,
    "TREE": _tree,
    "CALIBRATION": _calibration,
    "MARGINS": _margins,
}


def _sum(constants: tuple[float, ...], features: tuple[float, ...]) -> float:
    return sum(c * f for c, f in zip(constants, features, strict=True))


def reading(n: int, d: int, ordered: int, atoms: int) -> float:
    """Foretell columns and rules."""
    return _sum(READING, _reading(n, d, ordered, atoms))


def marginals(n: int, d: int, numbers: int) -> float:
    """Foretell marginals."""
    return _sum(MARGINALS, _marginals(n, d, numbers))


def margins(d: int, *, gaps: bool, atoms: int, calibrated: bool) -> float:
    """Foretell the evening of margins, for which gaps give cause, and rules of atoms may."""
    return _sum(MARGINS["calibrated" if calibrated else "plain"], _margins(d, gaps, atoms))


def gaussian(_: object, n: int, d: int) -> float:
    """Foretell latent scores and their correlations."""
    return _sum(GAUSSIAN, _gaussian(n, d))


def tree(knobs: "Tree", n: int, d: int) -> float:
    """Foretell trees: every bag looks at the parents of every variable; then a pilot is drawn."""
    return _sum(TREE, _tree(n, d, knobs))


def vine(knobs: "Vine", n: int, d: int) -> float:
    """Foretell a vine: an edge weight for every pair, and an estimate for every edge."""
    # the engine loads with it
    from copulasynth.copulas.vine.fit import WIDE_DIM, levels_of, simplifies

    trees = levels_of(knobs.truncation, d) or d - 1
    edges = sum(d - t for t in range(1, min(trees, d - 1) + 1))
    weight = 1.1e-6 if d <= WIDE_DIM else 1.5e-7
    estimate = 2.4e-5 if knobs.families == "tll" else 1.2e-4
    scores = 2.5e-6 * n * d + 1e-8 * n * d * d
    # an h-function or two of every pair copula, and a closed estimate
    gaussian = 2.5e-6 * d * (d - 1) / 2 if simplifies(knobs, d) else 0.0
    return n * (weight * d * (d - 1) / 2 + estimate * edges + gaussian) + scores


def calibration(knobs: "Calibrated", n: int, d: int) -> float:
    """Foretell a calibration: a table of every pair from a pool of draws, then the kept pairs."""
    return _sum(CALIBRATION, _calibration(n, d, knobs))
