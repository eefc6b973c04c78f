"""One measure of the release gate beside its limit."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from copulasynth.metrics.score import Score
from copulasynth.privacy.rates import difference

__all__ = ["Measured", "excess"]


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure beside its limit: exceeded where the lower end of its interval lies above it."""

    measure: str
    value: float
    low: float
    high: float
    reference: float
    limit: float
    smallest: float
    exceeded: bool
    note: str = ""

    @classmethod
    def of(cls, part: "pd.Series[float]", measure: str, limit: float, note: str = "") -> "Measured":
        """Return a row of a score's table beside a limit of its values."""
        columns = ["value", "low", "high", "reference", "smallest"]
        value, low, high, reference, smallest = (float(part[c]) for c in columns)
        least = limit + smallest - reference
        return cls(measure, value, low, high, reference, limit, least, low > limit, note)

    @classmethod
    def told(cls, score: Score) -> "Measured":
        """Return a score that has no limit."""
        numbers = score.value, score.low, score.high, score.reference
        return cls(score.name, *numbers, np.nan, np.nan, False, score.note)

    @classmethod
    def counted(
        cls, measure: str, value: float, limit: float, exceeded: bool, note: str
    ) -> "Measured":
        """Return what is counted and not estimated."""
        nothing = np.nan, np.nan, np.nan
        return cls(measure, value, *nothing, limit, np.nan, exceeded, note)

    @property
    def noted(self) -> bool:
        """Whether it is counted, has no limit, and there is something to say."""
        return bool(self.note and np.isnan(self.limit) and np.isnan(self.low))

    def words(self) -> str:
        """Return the measure with its value, interval and limit, as far as there are any."""
        numbers = "" if np.isnan(self.value) else f" {self.value:.3g}"
        if not np.isnan(self.low):
            numbers += f" ({self.low:.3g} to {self.high:.3g})"
        limit = "" if np.isnan(self.limit) else f", limit {self.limit:g}"
        return f"{self.measure}{numbers}{limit}" + (f": {self.note}" if self.note else "")

    def row(self) -> tuple[str | float, ...]:
        """Return the finding as a row of a table."""
        verdict = "" if np.isnan(self.limit) else "fail" if self.exceeded else "pass"
        numbers = self.value, self.low, self.high, self.reference, self.limit, self.smallest
        return (self.measure, *numbers, verdict, self.note)


def excess(measure: str, shares: tuple[float, float], sizes: tuple[float, float], limit: float,
           z: float, note: str = "") -> Measured:  # fmt: skip
    """Return by how much a share exceeds that of the holdout, beside the limit."""
    low, high, least = difference(shares[0], sizes[0], shares[1], sizes[1], z)
    reference, value = 0.0, shares[0] - shares[1]
    return Measured(measure, value, low, high, reference, limit, limit + least, low > limit, note)
