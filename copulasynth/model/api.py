"""What a fitted method is to a model: it draws rows; what more it can do has a protocol each."""

from typing import Protocol, runtime_checkable

import numpy as np

from copulasynth._arrays import Floats, Ints
from copulasynth.model.following import Following
from copulasynth.rows.blocks import RowBlock

__all__ = ["Grouped", "Moments", "Sampler", "Traced"]


@runtime_checkable
class Sampler(Protocol):
    """What a method learnt: draws rows of encoded variables, immutable."""

    @property
    def dim(self) -> int:
        """Number of variables."""

    @property
    def holds_training_rows(self) -> bool:
        """Whether the value, and so its file, contains rows of the training table."""

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        """Draw n rows as (dim, n), NaN where a value is missing; prefix-stable."""


@runtime_checkable
class Traced(Protocol):
    """A sampler that makes each row from particular training rows, all of them used evenly."""

    def draw_with_origin(
        self, n: int, rng: np.random.Generator, block: RowBlock | None = None
    ) -> tuple[Floats, dict[str, Ints]]:
        """Draw n rows, and the numbers of the training rows behind them by role, (n,) each.

        With a `block` of a longer draw, whose generator `rng` is, training rows are used evenly
        over all blocks; without one the n rows are all there is.
        """


@runtime_checkable
class Grouped(Protocol):
    """A sampler of laws of groups of rows, which share their rules."""

    @property
    def following(self) -> Following:
        """The rules."""

    @property
    def laws(self) -> tuple[Sampler, ...]:
        """The law of each stratum."""

    def with_rules(self, following: Following, /) -> Sampler:
        """Return the same with other rules."""


@runtime_checkable
class Moments(Protocol):
    """A sampler that knows in closed form what it does to means, variances and correlations."""

    def diagnose(self, names: tuple[str, ...]) -> object:
        """Return moments of the rows and of what is drawn, for variables of these names."""
