"""The regressors of a parametric law: normal scores of numbers, indicators of levels."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from copulasynth._arrays import Floats, Ints, frozen
from copulasynth.synthesizers.sequence.fit import Conditioned

__all__ = ["Design", "design_of"]

#: Knots of a score function, and levels of one variable that get an indicator of their own.
KNOTS, INDICATORS = 50, 40


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """How variables become regressors.

    Attributes
    ----------
    numeric : (p,) int64
        Variables that enter as normal scores.
    start : (p + 1,) int64
        Where the knots of each begin.
    knots, scores : float64
        Increasing values and their scores; linear between them, constant outside.
    variable, code : (q,) int64, (q,) float64
        Indicators of `variable == code`.
    """

    dim: int
    numeric: Ints
    start: Ints
    knots: Floats
    scores: Floats
    variable: Ints
    code: Floats

    def __post_init__(self) -> None:
        if len(self.start) != len(self.numeric) + 1 or self.start[-1] != len(self.knots):
            raise ValueError("every numeric regressor needs its knots")
        if self.knots.shape != self.scores.shape or self.variable.shape != self.code.shape:
            raise ValueError("knots and scores, variables and codes must pair up")
        used = np.r_[self.numeric, self.variable]
        if len(used) and (used.min() < 0 or used.max() >= self.dim):
            raise ValueError("a regressor names a variable that does not exist")

    @property
    def width(self) -> int:
        """Number of regressors, the constant included."""
        return 1 + len(self.numeric) + len(self.variable)

    def matrix(self, seen: Floats) -> Floats:
        """Return the regressors of each column of `seen` (at least d, m) as (m, width)."""
        x = np.empty((self.width, seen.shape[1]))
        x[0] = 1.0
        for i, j in enumerate(self.numeric):
            own = slice(self.start[i], self.start[i + 1])
            x[1 + i] = np.interp(seen[j], self.knots[own], self.scores[own])
        shift = 1 + len(self.numeric)
        for i, (j, code) in enumerate(zip(self.variable, self.code, strict=True)):
            np.equal(seen[j], code, out=x[shift + i], casting="unsafe")
        return x.T


def design_of(problem: Conditioned) -> Design:
    """Choose the regressors of a variable: its predictors that vary.

    Levels have an indicator each but for the commonest, rare ones beyond `INDICATORS` none.
    """
    numeric, knots, scores, variable, code = [], [], [], [], []
    for k in map(int, problem.predictors):
        column = problem.seen[:, k]
        values, count = np.unique(column, return_counts=True)
        if len(values) < 2:
            continue
        if problem.layout.kinds[k] in ("nominal", "state"):
            chosen = values[np.argsort(-count, kind="stable")[1 : INDICATORS + 1]]
            variable += [k] * len(chosen)
            code += list(chosen)
            continue
        # The score of a value is that of its mid-rank; a few values stand for the rest.
        score = special.ndtri((np.cumsum(count) - 0.5 * count) / len(column))
        if len(values) > KNOTS:
            at = np.unique(np.linspace(0, len(column) - 1, KNOTS).round().astype(np.int64))
            kept = np.unique(np.searchsorted(np.cumsum(count), at, side="right"))
            values, score = values[kept], score[kept]
        numeric.append(k)
        knots.append(values)
        scores.append(score)
    return Design(
        problem.layout.dim,
        frozen(np.array(numeric, dtype=np.int64)),
        frozen(np.cumsum([0, *map(len, knots)])),
        frozen(np.concatenate([*knots, np.empty(0)])),
        frozen(np.concatenate([*scores, np.empty(0)])),
        frozen(np.array(variable, dtype=np.int64)),
        frozen(np.array(code, dtype=np.float64)),
    )
