"""What a metric returns: a number with its interval, its reference and its direction."""

from dataclasses import dataclass, replace
from html import escape
from typing import Any, Literal

import numpy as np
import pandas as pd

__all__ = ["TOO_CLOSE", "Z95", "Better", "Score", "from_row", "interval", "sampled", "wilson"]

Better = Literal["down", "up", "closer"]
#: What an AUC clearly below one half means.
TOO_CLOSE = "too close to its own training rows or to fixed totals"
Z95 = 1.959963984540054


def interval(
    value: float, se: float, lower: float = -np.inf, upper: float = np.inf
) -> tuple[float, float]:
    """Return the normal 95 % interval, within the limits of the metric."""
    low, high = np.clip([value - Z95 * se, value + Z95 * se], lower, upper)
    return float(low), float(high)


def sampled(some: int, every: int) -> str:
    """Return the note on how many synthetic rows were judged; none where all were."""
    return "" if some == every else f"{some} of {every} synthetic rows sampled."


def wilson(successes: float, n: float, z: float = Z95) -> tuple[float, float]:
    """Return Wilson's (1927) interval of a proportion.

    >>> [round(x, 4) for x in wilson(0, 10)]
    [0.0, 0.2775]
    """
    if n == 0:
        return np.nan, np.nan
    p = successes / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    low = 0.0 if successes == 0 else float(middle - half)
    high = 1.0 if successes == n else float(middle + half)
    return low, high


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """One judgement of a synthetic table.

    Parameters
    ----------
    name : str
        Name of the metric.
    value : float
        The metric for the synthetic table.
    low, high : float
        Approximate 95 % interval of `value` (sampling of both tables, unless `note` says
        otherwise); nan where none exists.
    reference : float
        What a perfect synthesis would score at these table sizes: the value of a holdout, a
        split of the real table, or an exact null.
    ideal : float
        The value that a synthetic table of infinite size with the right law tends to.
    n : int
        Number of synthetic rows behind `value`.
    table : pandas.DataFrame, optional
        The parts: one row a column, a pair, a table or a statistic.
    better : {"down", "up", "closer"}
        Whether smaller, larger, or closer to `ideal` is better.
    note : str
        What a reader must know: rows sampled, parts left out and why.
    below : str
        What a value clearly below `ideal` means, where that is neither good nor bad.
    leeway : float
        By how much a method that keeps no row may be worse than the reference, because what it
        learnt from the training rows lies nearer to them than to others.
    """

    name: str
    value: float
    low: float
    high: float
    reference: float
    ideal: float
    n: int
    table: pd.DataFrame | None = None
    better: Better = "down"
    note: str = ""
    below: str = ""
    leeway: float = 0.0

    def __repr__(self) -> str:
        return (
            f"Score({self.name} {self.value:.4g} [{self.low:.4g}, {self.high:.4g}], "
            f"reference {self.reference:.4g}, ideal {self.ideal:.4g}, n={self.n})"
        )

    def _repr_html_(self) -> str:
        rows = f"<p>{escape(repr(self))}</p>"
        return rows if self.table is None else rows + self.table.to_html(index=False)

    @property
    def distance(self) -> float:
        """How far from perfect, smaller is better: the value, its negative, or |value - ideal|."""
        return self.distance_of(self.value)

    def distance_of(self, value: float) -> float:
        """Return how far from perfect another value of this metric is."""
        if self.better == "closer":
            return abs(value - self.ideal)
        return value if self.better == "down" else -value

    def row(self) -> dict[str, Any]:
        """Return the numbers as one row of `Evaluation.table`."""
        keys = ("name", "value", "low", "high", "reference", "ideal", "n", "better", "note")
        return {key: getattr(self, key) for key in keys}

    def with_note(self, note: str) -> "Score":
        """Return the same score with a sentence added to its note."""
        return replace(self, note=f"{self.note} {note}".strip())


def from_row(name: str, table: pd.DataFrame, row: int, n: int, note: str = "") -> Score:
    """Return the score of one row of its table, whose reference is what real rows score."""
    columns = ["value", "low", "high", "reference"]
    value, low, high, reference = (float(x) for x in table[columns].iloc[row])
    return Score(name, value, low, high, reference, reference, n, table, note=note)
