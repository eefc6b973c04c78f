"""How SMOTE draws: per column two table look-ups and one multiplication a value."""

from dataclasses import dataclass, field

import numpy as np

from copulasynth._arrays import Floats, Ints
from copulasynth.rows.blocks import RowBlock
from copulasynth.synthesizers.neighbours.smote_moments import SmoteMoments, diagnose
from copulasynth.synthesizers.neighbours.vote import Ballot, ballot
from copulasynth.synthesizers.training_rows import (
    RowSampler,
    check_neighbours,
    check_rows,
    even_rows,
    on_grid,
)

__all__ = ["SmoteSampler"]

#: Half the width of the uniform weight whose mean square about 1/2 is 1/4.
WIDE = float(np.sqrt(0.75))


@dataclass(frozen=True, slots=True, eq=False)
class _Paths:
    """Start and length of the segment of one numeric variable, by base row or by edge."""

    start: Floats
    rise: Floats
    by_edge: bool
    shift: float
    stretch: float


@dataclass(frozen=True, slots=True, eq=False)
class SmoteSampler(RowSampler):
    """Training rows with their neighbours, as :class:`~copulasynth.synthesizers.Smote` left them.

    Attributes
    ----------
    neighbours : (n, k) int64
        Row numbers.
    """

    neighbours: Ints
    categorical: str
    variance: str
    _segments: dict[int, _Paths] = field(init=False, repr=False)
    _ballots: dict[int, Ballot] = field(init=False, repr=False)
    _mutual: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        n = self.rows.n
        check_rows(self.rows, self.layout)
        check_neighbours(self.neighbours, n)
        if self.categorical not in ("inherit", "vote") or self.variance not in ("raw", "restore"):
            raise ValueError(f"unknown choice {self.categorical!r} or {self.variance!r}")
        which = self.layout.categorical
        segments = {int(j): self._segment(int(j)) for j in np.flatnonzero(~which)}
        object.__setattr__(self, "_segments", segments)
        mutual = (self.neighbours[self.neighbours] == np.arange(n)[:, None, None]).any(axis=2)
        object.__setattr__(self, "_mutual", mutual.ravel().astype(np.float64))
        ballots: dict[int, Ballot] = {}
        if self.categorical == "vote":
            # SMOTE-N lets the row itself vote, SMOTE-NC its neighbours alone.
            voters = self.neighbours
            if which.all():
                voters = np.hstack([np.arange(n)[:, None], voters])
            ballots = {j: ballot(self.rows, j, voters) for j in np.flatnonzero(which).tolist()}
        object.__setattr__(self, "_ballots", ballots)

    def draw_with_origin(
        self, n: int, rng: np.random.Generator, block: RowBlock | None = None
    ) -> tuple[Floats, dict[str, Ints]]:
        """Draw n rows and the base and neighbour of each."""
        bases, slots, weights, *own = rng.spawn(3 + self.dim)
        k = self.neighbours.shape[1]
        base = even_rows(n, self.rows.n, bases, block)
        edge = base * k + slots.integers(k, size=n)
        neighbour = self.neighbours.ravel().take(edge)
        weight = weights.random(n)
        if self.variance == "restore":
            weight = 0.5 + 2.0 * WIDE * (weight - 0.5)
        # A level crosses edges that run both ways alone, so what a row gives it gets: shares stay.
        chance = weight * self._mutual.take(edge)
        out = np.empty((self.dim, n))
        for j in self._segments:
            self._between(j, base, edge, weight, own[j], out[j])
        for j, votes in self._ballots.items():
            votes.draw(base, own[j], out[j])
        if self.categorical == "inherit":
            self._inherit(base, neighbour, chance, own, out)
        self.layout.blank(out)
        return out, {"base": base, "neighbour": neighbour}

    def _inherit(
        self,
        base: Ints,
        neighbour: Ints,
        chance: Floats,
        rngs: list[np.random.Generator],
        out: Floats,
    ) -> None:
        """Write levels and states, each from the base or, with some chance, from the neighbour."""
        which, columns = self.layout.categorical, self.layout.columns
        for c in np.unique(columns[which]):
            levels = np.flatnonzero(which & (columns == c))
            # One coin a column: a value and the state that says it is there have one donor.
            donor = np.where(rngs[levels[0]].random(base.size) < chance, neighbour, base)
            for j in levels:
                np.take(self.rows.values[:, j], donor, out=out[j], mode="clip")

    def _between(
        self,
        j: int,
        base: Ints,
        edge: Ints,
        weight: Floats,
        rng: np.random.Generator,
        out: Floats,
    ) -> None:
        """Write points of the segments of one numeric variable."""
        s = self._segments[j]
        np.take(s.rise, edge, out=out, mode="clip")
        out *= weight
        out += s.start.take(edge if s.by_edge else base)
        if self.variance == "restore":
            out *= s.stretch
            out += s.shift
        if self.layout.steps[j] > 0.0:
            on_grid(out, self.layout.steps[j], rng)
        if self.variance == "restore":
            np.clip(out, self.layout.lower[j], self.layout.upper[j], out=out)

    def _segment(self, j: int) -> _Paths:
        a, gone = np.ascontiguousarray(self.rows.values[:, j]), self.rows.missing[:, j]
        b = a[self.neighbours]
        start, rise = np.broadcast_to(a[:, None], b.shape), b - a[:, None]
        if not gone.any():
            return _Paths(a, rise.ravel(), False, *_correction(a, start, rise))
        there, here = ~gone[self.neighbours], ~gone[:, None]
        any_value = np.median(a[~gone]) if not gone.all() else 0.0
        start = np.where(here, start, np.where(there, b, any_value))
        rise = np.where(here & there, rise, 0.0)
        used = here | there
        correction = _correction(a[~gone], start[used], rise[used])
        return _Paths(start.ravel(), rise.ravel(), True, *correction)

    def diagnose(self, names: tuple[str, ...]) -> SmoteMoments:
        """Return the closed-form moments of what is drawn, beside those of the rows."""
        numeric = np.flatnonzero(~self.layout.categorical)
        return diagnose(
            self.rows.x[:, numeric],
            self.neighbours,
            tuple(names[j] for j in numeric),
            spread=0.25 if self.variance == "restore" else 1.0 / 12.0,
            rescaled=self.variance == "restore",
        )


def _correction(seen: Floats, start: Floats, rise: Floats) -> tuple[float, float]:
    """Return shift and stretch that give points of wide segments the mean and sd of the rows."""
    if seen.size == 0:
        return 0.0, 1.0
    mid = start + 0.5 * rise
    variance = mid.var() + 0.25 * (rise**2).mean()
    stretch = float(np.sqrt(seen.var() / variance)) if variance > 0.0 else 1.0
    return float(seen.mean() - stretch * mid.mean()), stretch
