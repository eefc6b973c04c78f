"""What the sections read, whichever kind of result a page is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

import pandas as pd

from copulasynth.copulas.calibration.calibrated import CalibratedCopula
from copulasynth.copulas.vine.copula import VineCopula
from copulasynth.metrics import Score
from copulasynth.metrics.summary import Portrait
from copulasynth.model import JointLaw, Model
from copulasynth.report.grid import Grid, frame_grid
from copulasynth.report.results import Compared, Gated, Judged
from copulasynth.report.verdict import Verdict, leader, verdict_of

__all__ = ["Background", "vine_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """Scores and portrait of one synthetic table, and the comparison it comes from, if any."""

    scores: Mapping[str, Score]
    portrait: Portrait | None
    rows: Mapping[str, int]
    notes: tuple[str, ...]
    comparison: Compared | None = None
    leading: str = ""
    fits: tuple[Any, ...] = ()
    model: Any = None
    origin: str = ""
    most_columns: int = 40
    gate: Gated | None = None

    @classmethod
    def of(cls, result: Judged | Compared, **rest: Any) -> "Background":
        """Read an evaluation, or the leading method of a comparison."""
        if not isinstance(result, Compared):
            return cls(result.scores, result.portrait, result.rows, result.notes, **rest)
        if not result.scores:
            return cls({}, None, result.rows, result.notes, result, **rest)
        best, sentence = leader(result.ranks)
        shown = result.scores[best], result.portraits.get(best)
        return cls(*shown, result.rows, result.notes, result, sentence, **rest)

    @property
    def verdict(self) -> Verdict:
        """What a reader must know."""
        return verdict_of(self.scores, self.leading, held="holdout" in self.rows)

    @property
    def joint(self) -> Model | None:
        """The model, if it is marginals and a copula."""
        return self.model if _is_joint(self.model) else None

    def table(self, metric: str) -> pd.DataFrame | None:
        """Return the parts of a score, if it was measured."""
        score = self.scores.get(metric)
        return None if score is None or score.table is None or score.table.empty else score.table

    def grid(self, metric: str, caption: str, names: Mapping[str, str]) -> tuple[Grid, ...]:
        """Return the parts of a score under new heads, largest differences of pairs first."""
        table = self.table(metric)
        if table is None:
            return ()
        if "first" in table:
            table = table.sort_values("value", ascending=False)
        return (frame_grid(table, caption, names),)


def vine_of(model: Any) -> tuple[VineCopula, list[str] | None] | None:
    """Return the vine of a model or below its calibration, and the names of its variables."""
    joint = model if _is_joint(model) else None
    copula = model if joint is None else joint.copula
    copula = copula.base if isinstance(copula, CalibratedCopula) else copula
    names = None if joint is None else [joint.coordinates[j].name for j in joint.free]
    return (copula, names) if isinstance(copula, VineCopula) else None


def _is_joint(model: object) -> TypeGuard[Model]:
    return isinstance(model, Model) and isinstance(model.sampler, JointLaw)
