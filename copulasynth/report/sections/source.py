"""What the sections read, whichever kind of result a report is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from copulasynth.metrics import Score
from copulasynth.metrics.summary import Portrait
from copulasynth.report.words import best_of

__all__ = ["Source"]


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Scores and portrait of one synthetic table, and the comparison it comes from, if any."""

    scores: Mapping[str, Score]
    portrait: Portrait | None
    rows: Mapping[str, int]
    notes: tuple[str, ...]
    comparison: Any
    method: str
    leading: str
    fits: tuple[Any, ...]
    model: Any
    origin: str
    most_columns: int

    @classmethod
    def of(
        cls, result: Any, fits: tuple[Any, ...], model: Any, origin: str, most_columns: int
    ) -> "Source":
        """Read an Evaluation, or the leading method of a Comparison."""
        rest = (fits, model, origin, most_columns)
        portrait = getattr(result, "portrait", None)
        if not hasattr(result, "costs"):
            notes = tuple(result.notes)
            return cls(result.scores, portrait, result.rows, notes, None, "", "", *rest)
        if not result.scores:
            empty: dict[str, Score] = {}
            return cls(empty, None, result.rows, tuple(result.notes), result, "", "", *rest)
        best, sentence = best_of(result)
        portrait = getattr(result, "portraits", {}).get(best)
        notes = tuple(result.notes)
        scores = result.scores[best]
        return cls(scores, portrait, result.rows, notes, result, best, sentence, *rest)

    def table(self, metric: str) -> pd.DataFrame | None:
        """Return the parts of a score, if it was measured."""
        score = self.scores.get(metric)
        return None if score is None or score.table is None or score.table.empty else score.table
