"""Regressions as laws: normal-rank for numbers, logit for levels, proportional odds for order."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import special

from copulasynth._arrays import Floats
from copulasynth.marginals import Marginal
from copulasynth.synthesizers.sequence.design import Design

__all__ = ["LevelLaw", "NormalRankLaw", "OrderedLaw"]


@dataclass(frozen=True, slots=True, eq=False)
class _DesignedLaw:
    """What all regressions are: regressors and coefficients, no training values."""

    design: Design
    holds_training_values: ClassVar[bool] = False
    scratch: ClassVar[int] = 0

    @property
    def dim(self) -> int:
        return self.design.dim


@dataclass(frozen=True, slots=True, eq=False)
class NormalRankLaw(_DesignedLaw):
    """A normal regression of the normal score, and a marginal that turns scores into values.

    Attributes
    ----------
    slopes : (width,) float64
    sigma : float
        Standard deviation of the residual score.
    marginal : Marginal
    """

    slopes: Floats
    sigma: float
    marginal: Marginal

    def __post_init__(self) -> None:
        if self.slopes.shape != (self.design.width,) or not self.sigma >= 0:
            raise ValueError("every regressor needs a slope, and sigma must not be negative")

    def draw(self, seen: Floats, /, rng: np.random.Generator) -> Floats:
        """Draw a score for each row and look up its value."""
        score = self.design.matrix(seen) @ self.slopes
        score += self.sigma * rng.standard_normal(len(score))
        return self.marginal.quantile(special.ndtr(np.clip(score, -8.0, 8.0)))


@dataclass(frozen=True, slots=True, eq=False)
class LevelLaw(_DesignedLaw):
    """Multinomial logistic regression; with one level the constant.

    Attributes
    ----------
    slopes : (levels, width) float64
    values : (levels,) float64
    """

    slopes: Floats
    values: Floats

    def __post_init__(self) -> None:
        if self.slopes.shape != (len(self.values), self.design.width) or not len(self.values):
            raise ValueError("every level needs a slope for each regressor")

    def draw(self, seen: Floats, /, rng: np.random.Generator) -> Floats:
        """Draw a level for each row."""
        score = self.slopes @ self.design.matrix(seen).T
        score -= score.max(axis=0)
        total = np.cumsum(np.exp(score, out=score), axis=0)
        level = (total < rng.random(seen.shape[1]) * total[-1]).sum(axis=0)
        values: Floats = self.values.take(np.minimum(level, len(self.values) - 1))
        return values


@dataclass(frozen=True, slots=True, eq=False)
class OrderedLaw(_DesignedLaw):
    """Proportional odds: a logistic latent score between thresholds.

    Attributes
    ----------
    slopes : (width - 1,) float64
        None for the constant, which the thresholds contain.
    thresholds : (levels - 1,) float64
    values : (levels,) float64
    """

    slopes: Floats
    thresholds: Floats
    values: Floats

    def __post_init__(self) -> None:
        if self.slopes.shape != (self.design.width - 1,):
            raise ValueError("every regressor needs a slope")
        if len(self.thresholds) + 1 != len(self.values) or (np.diff(self.thresholds) < 0).any():
            raise ValueError("thresholds must increase, one fewer than levels")

    def draw(self, seen: Floats, /, rng: np.random.Generator) -> Floats:
        """Draw a latent score for each row and find its level."""
        latent = self.design.matrix(seen)[:, 1:] @ self.slopes + rng.logistic(size=seen.shape[1])
        return self.values.take(np.searchsorted(self.thresholds, latent))
