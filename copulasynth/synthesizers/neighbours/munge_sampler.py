"""How MUNGE draws: replicates of the training rows whose neighbours exchange values."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from copulasynth._arrays import Floats, Ints
from copulasynth.rows.blocks import RowBlock
from copulasynth.synthesizers.neighbours.matching import chain_of_matchings
from copulasynth.synthesizers.neighbours.munge_exchange import Exchange, coin_flips
from copulasynth.synthesizers.training_rows import RowSampler, check_neighbours, check_rows, on_grid

__all__ = ["MungeSampler"]


@dataclass(frozen=True, slots=True, eq=False)
class MungeSampler(RowSampler):
    """Training rows with their neighbours, as :class:`~copulasynth.synthesizers.Munge` left them.

    Attributes
    ----------
    neighbours : (n, k) int64
        Row numbers.
    seed : int
        Of the chain of matchings.
    """

    neighbours: Ints
    p: float
    s: float
    sweeps: int
    pairing: str
    seed: int
    _chain: list[tuple[Ints, Ints, Ints]] = field(init=False, repr=False)
    _exchange: Exchange = field(init=False, repr=False)

    def __post_init__(self) -> None:
        n = self.rows.n
        check_rows(self.rows, self.layout)
        check_neighbours(self.neighbours, n)
        if not (0.0 < self.p < 1.0 and 0.0 < self.s < np.inf and 1 <= self.sweeps <= 1000):
            raise ValueError(f"settings that copy: p={self.p}, s={self.s}, sweeps={self.sweeps}")
        if self.pairing not in ("matched", "sequential"):
            raise ValueError(f"unknown pairing {self.pairing!r}")
        chain: list[tuple[Ints, Ints, Ints]] = []
        if self.pairing == "matched":
            chain = chain_of_matchings(self.neighbours, self.sweeps, self.seed)
        object.__setattr__(self, "_chain", chain)
        object.__setattr__(self, "_exchange", Exchange(self.rows, self.layout, self.p, self.s))

    def draw_with_origin(
        self, n: int, rng: np.random.Generator, block: RowBlock | None = None
    ) -> tuple[Floats, dict[str, Ints]]:
        """Draw n rows, the place of each in its replicate, and the partners that it met there."""
        out, base = np.empty((self.dim, n)), np.empty(n, dtype=np.int64)
        met = np.empty((self.sweeps, n), dtype=np.int64)
        (last,) = rng.spawn(1)
        for at, used, child in self._replicates(n, rng, block):
            # In random order, so that the head of a replicate is a random part of it.
            order = child.permutation(self.rows.n)[used : used + at.stop - at.start]
            if self.pairing == "matched":
                partners = self._matched(child, order, out[:, at])
            else:
                partners = self._sequential(child, order, out[:, at])
            base[at] = order
            for t, partner in enumerate(partners):
                np.take(partner, order, out=met[t, at], mode="clip")
        self._tidy(out, last)
        return out, {"base": base} | {f"neighbour_{t + 1}": m for t, m in enumerate(met)}

    def _replicates(
        self, n: int, rng: np.random.Generator, block: RowBlock | None
    ) -> Iterator[tuple[slice, int, np.random.Generator]]:
        """Yield where the rows of each replicate go, how many of it went before, its generator.

        The rest of a replicate that an earlier block began is drawn again from the beginning.
        """
        size, start = self.rows.n, 0
        unfinished = block.unfinished(size) if block else None
        if unfinished is not None:
            earlier, number, used = unfinished
            start = min(size - used, n)
            # the first child tidies up, and the replicates of that block follow
            yield slice(0, start), used, earlier.spawn(number + 2)[-1]
        for child in rng.spawn(-(-(n - start) // size)):
            stop = min(start + size, n)
            yield slice(start, stop), 0, child
            start = stop

    def _tidy(self, out: Floats, rng: np.random.Generator) -> None:
        """Bring numeric values back to their grid and inside their bounds; mark what is missing."""
        for j, child in enumerate(rng.spawn(self.dim)):
            if not self.layout.categorical[j]:
                if self.layout.steps[j] > 0.0:
                    on_grid(out[j], self.layout.steps[j], child)
                np.clip(out[j], self.layout.lower[j], self.layout.upper[j], out=out[j])
        self.layout.blank(out)

    def _matched(self, rng: np.random.Generator, order: Ints, out: Floats) -> list[Ints]:
        """Write a replicate of matched pairs to `out`; return the partners in each sweep."""
        first, chain, exchange = int(rng.integers(len(self._chain))), self._chain, self._exchange
        links = [chain[(first + t) % len(chain)] for t in range(self.sweeps)]
        values, codes = exchange.replicate(links, rng)
        out[exchange.numeric] = values.take(order, axis=0).T
        out[exchange.categorical] = codes.take(order, axis=0).T
        return [partner for _, _, partner in links]

    def _sequential(self, rng: np.random.Generator, order: Ints, out: Floats) -> list[Ints]:
        """Go through the rows one after the other, as the paper does."""
        x, (n, k) = self.rows.x, self.neighbours.shape
        met = [self.neighbours[np.arange(n), rng.integers(k, size=n)] for _ in range(self.sweeps)]
        coins = self._exchange.coins
        for partner in met:
            hits = coin_flips((n, int(coins.max(initial=-1)) + 1), self.p, rng)[:, coins]
            noise = rng.standard_normal((n, 2, self.dim)) / self.s
            for i, j in enumerate(partner):
                mine, other, hit = x[i], x[j], hits[i]
                gap = np.abs(mine - other)
                exchange = np.isnan(gap) | self.layout.categorical
                gap[exchange] = 0.0
                x[i], x[j] = (
                    np.where(hit, other + gap * noise[i, 0], mine),
                    np.where(hit, mine + gap * noise[i, 1], other),
                )
        out[:] = x.take(order, axis=0).T
        return met
