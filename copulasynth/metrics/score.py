"""What a metric returns: a number with its interval, its reference and its direction."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import pandas as pd

__all__ = ["Better", "Score"]

Better = Literal["down", "up", "closer"]


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

    def __repr__(self) -> str:
        return (
            f"Score({self.name} {self.value:.4g} [{self.low:.4g}, {self.high:.4g}], "
            f"reference {self.reference:.4g}, ideal {self.ideal:.4g}, n={self.n})"
        )

    @property
    def distance(self) -> float:
        """How far from perfect, smaller is better: the value, its negative, or |value - ideal|."""
        if self.better == "closer":
            return abs(self.value - self.ideal)
        return self.value if self.better == "down" else -self.value

    def row(self) -> dict[str, Any]:
        """Return the numbers as one row of `Evaluation.table`."""
        keys = ("name", "value", "low", "high", "reference", "ideal", "n", "better", "note")
        return {key: getattr(self, key) for key in keys}

    def with_note(self, note: str) -> "Score":
        """Return the same score with a sentence added to its note."""
        return replace(self, note=f"{self.note} {note}".strip())
