"""Drawing variable after variable, each from a law given the ones before it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from copulasynth._arrays import Floats, Ints
from copulasynth._chunks import CHUNK, chunks
from copulasynth.synthesizers.sequence.skip_rules import SkipRule
from copulasynth.synthesizers.training_rows import Layout

__all__ = ["Law", "SequenceSampler", "StratifiedSampler", "by_chunks"]


@runtime_checkable
class Law(Protocol):
    """The law of one variable given earlier ones; immutable."""

    @property
    def dim(self) -> int: ...
    @property
    def holds_training_values(self) -> bool: ...
    @property
    def scratch(self) -> int:
        """Rows below the variables that `draw` may write to."""

    def draw(self, seen: Floats, /, rng: np.random.Generator) -> Floats:
        """Draw a value for each column of `seen`.

        `seen` (d + scratch, m) holds the variables drawn so far, with a number where one is
        missing; rows of later variables hold anything.
        """


@dataclass(frozen=True, slots=True, eq=False)
class SequenceSampler:
    """Conditional laws in their visit order.

    Attributes
    ----------
    order : (d,) int64
        The variables in the order in which they are drawn; a state before its value.
    laws : tuple of Law
        One a variable, in the order of the variables.
    fill : (d,) float64
        What a missing value looks like to later laws.
    rules : tuple of SkipRule
        What holds whatever the laws say.
    """

    layout: Layout
    order: Ints
    laws: tuple[Law, ...]
    fill: Floats
    rules: tuple[SkipRule, ...] = ()

    def __post_init__(self) -> None:
        d = self.layout.dim
        if not np.array_equal(np.sort(self.order), np.arange(d)):
            raise ValueError(f"order must be a permutation of {d} variables")
        if len(self.laws) != d or self.fill.shape != (d,) or not np.isfinite(self.fill).all():
            raise ValueError(f"{d} variables need as many laws and finite fills")
        if any(law.dim != d for law in self.laws):
            raise ValueError(f"a law was fitted to another number of variables than {d}")
        states = self.layout.states
        place = np.empty(d, dtype=np.int64)
        place[self.order] = np.arange(d)
        if any(s >= 0 and place[s] > place[j] for j, s in enumerate(states)):
            raise ValueError("a state must be drawn before its value")
        for rule in self.rules:
            rule.check(d)

    @property
    def dim(self) -> int:
        return self.layout.dim

    @property
    def holds_training_rows(self) -> bool:
        return any(law.holds_training_values for law in self.laws)

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        return by_chunks(self.rows, self.dim, n, rng)

    def rows(self, m: int, rng: np.random.Generator) -> Floats:
        """Draw m rows as (d, m)."""
        x, states = np.empty((self.dim, m)), self.layout.states
        seen = np.zeros((self.dim + max((law.scratch for law in self.laws), default=0), m))
        for j in self.order:
            value = self.laws[j].draw(seen, rng)
            for rule in self.rules:
                value = rule.applied(int(j), value, x)
            x[j] = seen[j] = value
            if states[j] >= 0:
                gone = x[states[j]] != 0.0
                x[j, gone], seen[j, gone] = np.nan, self.fill[j]
        return x


@dataclass(frozen=True, slots=True, eq=False)
class StratifiedSampler:
    """A sequence for each stratum; strata are drawn by their shares of the training rows."""

    parts: tuple[SequenceSampler, ...]
    shares: Floats

    def __post_init__(self) -> None:
        if not self.parts or self.shares.shape != (len(self.parts),):
            raise ValueError("every stratum needs a share")
        if (self.shares < 0).any() or not np.isclose(self.shares.sum(), 1.0):
            raise ValueError("shares must add up to 1")
        if len({part.dim for part in self.parts}) > 1:
            raise ValueError("strata differ in their number of variables")

    @property
    def dim(self) -> int:
        return self.parts[0].dim

    @property
    def holds_training_rows(self) -> bool:
        return any(part.holds_training_rows for part in self.parts)

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        return by_chunks(self.rows, self.dim, n, rng)

    def rows(self, m: int, rng: np.random.Generator) -> Floats:
        """Draw m rows as (d, m)."""
        x = np.empty((self.dim, m))
        stratum = rng.choice(len(self.parts), size=m, p=self.shares)
        for k, part in enumerate(self.parts):
            mine = np.flatnonzero(stratum == k)
            x[:, mine] = part.rows(len(mine), rng)
        return x


def by_chunks(
    rows: Callable[[int, np.random.Generator], Floats], d: int, n: int, rng: np.random.Generator
) -> Floats:
    """Draw whole chunks and cut the last one, so that the first rows never depend on n."""
    x = np.empty((d, n))
    for start, stop, child in chunks(n, rng):
        x[:, start:stop] = rows(CHUNK, child)[:, : stop - start]
    return x
