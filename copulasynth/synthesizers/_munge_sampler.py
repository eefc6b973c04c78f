"""How MUNGE draws: replicates of the training rows whose neighbours exchange values."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth.synthesizers._matching import chain_of_matchings
from copulasynth.synthesizers._rows import Layout, TrainingRows, check_rows, on_grid

__all__ = ["MungeSampler"]

#: A value with at least this share of the rows, and this many of them, is an atom.
ATOM_SHARE, ATOM_ROWS = 0.005, 4


@dataclass(frozen=True, slots=True, eq=False)
class MungeSampler:
    """Training rows with their neighbours, as :class:`~copulasynth.synthesizers.Munge` left them.

    Attributes
    ----------
    rows : TrainingRows
    layout : Layout
    neighbours : (n, k) int64
        Row numbers.
    p, s : float
    sweeps : int
    pairing : str
    seed : int
        Of the chain of matchings.
    """

    rows: TrainingRows
    layout: Layout
    neighbours: Ints
    p: float
    s: float
    sweeps: int
    pairing: str
    seed: int
    _stiff: Bools = field(init=False, repr=False)
    _chain: Any = field(init=False, repr=False)
    _bounded: bool = field(init=False, repr=False)
    _coins: Ints = field(init=False, repr=False)

    def __post_init__(self) -> None:
        n = self.rows.n
        check_rows(self.rows, self.layout)
        if self.neighbours.ndim != 2 or len(self.neighbours) != n or self.neighbours.size == 0:
            raise ValueError(f"neighbours need shape ({n}, k), got {self.neighbours.shape}")
        if self.neighbours.min() < 0 or self.neighbours.max() >= n:
            raise ValueError(f"neighbours must lie in 0 .. {n - 1}")
        if not (0.0 < self.p < 1.0 and 0.0 < self.s < np.inf and 1 <= self.sweeps <= 1000):
            raise ValueError(f"settings that copy: p={self.p}, s={self.s}, sweeps={self.sweeps}")
        if self.pairing not in ("matched", "sequential"):
            raise ValueError(f"unknown pairing {self.pairing!r}")
        x = self.rows.x
        stiff = self.rows.missing | self.layout.categorical
        if self.pairing == "matched":
            stiff |= _at_atom(x)
        object.__setattr__(self, "_stiff", stiff)
        coins = np.unique(self.layout.columns, return_inverse=True)[1]
        object.__setattr__(self, "_coins", coins)
        bounds = np.concatenate([self.layout.lower, self.layout.upper])
        object.__setattr__(self, "_bounded", bool(np.isfinite(bounds).any()))
        object.__setattr__(self, "_chain", None)
        if self.pairing == "matched":
            chain = chain_of_matchings(self.neighbours, self.sweeps, self.seed)
            object.__setattr__(self, "_chain", chain)

    @property
    def dim(self) -> int:
        return self.layout.dim

    @property
    def holds_training_rows(self) -> bool:
        return True

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        return self.draw_with_origin(n, rng)[0]

    def draw_with_origin(self, n: int, rng: np.random.Generator) -> tuple[Floats, dict[str, Ints]]:
        """Draw n rows, the place of each in its replicate, and the partners that it met there."""
        size = self.rows.n
        out, base = np.empty((self.dim, n)), np.empty(n, dtype=np.int64)
        met = np.empty((self.sweeps, n), dtype=np.int64)
        (last,) = rng.spawn(1)
        replicate = self._matched if self.pairing == "matched" else self._sequential
        for r, child in enumerate(rng.spawn(-(-n // size))):
            at = slice(r * size, min((r + 1) * size, n))
            # In random order, so that the head of a replicate is a random part of it.
            order = child.permutation(size)[: at.stop - at.start]
            x, partners = replicate(child)
            out[:, at] = x.take(order, axis=0).T
            base[at] = order
            for t, partner in enumerate(partners):
                np.take(partner, order, out=met[t, at], mode="clip")
        self._tidy(out, last)
        return out, {"base": base} | {f"neighbour_{t + 1}": m for t, m in enumerate(met)}

    def _tidy(self, out: Floats, rng: np.random.Generator) -> None:
        """Bring numeric values back to their grid and inside their bounds; mark what is missing."""
        states = self.layout.states
        for j, child in enumerate(rng.spawn(self.dim)):
            if not self.layout.categorical[j]:
                if self.layout.steps[j] > 0.0:
                    on_grid(out[j], self.layout.steps[j], child)
                np.clip(out[j], self.layout.lower[j], self.layout.upper[j], out=out[j])
            if states[j] >= 0:
                out[j][out[states[j]] != 0.0] = np.nan

    def _hits(self, pairs: int, rng: np.random.Generator) -> Bools:
        """Decide for each pair and variable whether it changes; one coin a column."""
        # Sixteen bits a coin: p is met to within 2^-17.
        coins = rng.integers(
            1 << 16, size=(pairs, self._coins.max(initial=-1) + 1), dtype=np.uint16
        )
        hit: Bools = coins < min(max(round(self.p * (1 << 16)), 1), (1 << 16) - 1)
        return hit if hit.shape[1] == self.dim else hit[:, self._coins]

    def _matched(self, rng: np.random.Generator) -> tuple[Floats, list[Ints]]:
        """Let pairs of rows exchange values.

        With D = x_b - x_a and t = 1 + 2 e, e ~ N(0, 1 / s^2), both rows move by D (1 + f t) / 2
        towards and past each other. Their sum stays; f is chosen for each column such that the sum
        of squares over all pairs stays, too. Values at atoms, and pairs of which one value would
        leave the natural bounds, are exchanged as they are.
        """
        x, stiff = self.rows.values.copy(), self._stiff.copy()
        first, chain = int(rng.integers(len(self._chain))), self._chain
        links = [chain[(first + t) % len(chain)] for t in range(self.sweeps)]
        soft = not stiff.any()
        for a, b, _ in links:
            xa, xb, hit = x.take(a, axis=0), x.take(b, axis=0), self._hits(a.size, rng)
            step = xb - xa
            step *= hit
            firm = None if soft else stiff[a] | stiff[b]
            self._lengthen(step, firm, rng)
            to_a, to_b = xa + step, xb - step
            if self._bounded:
                out = _outside(to_a, self.layout) | _outside(to_b, self.layout)
                firm = out if firm is None else firm | out
            if firm is not None:
                firm &= hit
                np.copyto(to_a, xb, where=firm)
                np.copyto(to_b, xa, where=firm)
            if not soft:
                fa, fb = stiff[a], stiff[b]
                stiff[a], stiff[b] = np.where(hit, fb, fa), np.where(hit, fa, fb)
            x[a], x[b] = to_a, to_b
        return x, [partner for _, _, partner in links]

    def _lengthen(self, step: Floats, firm: Bools | None, rng: np.random.Generator) -> None:
        """Turn differences D into steps D (1 + f t) / 2 in place, D t having the noise.

        The expectation of f is 1 / sqrt(1 + 4 / s^2). Where a few differences are everything it
        would push the others about, so it stays within a tenth of that.
        """
        half = -(-len(step) // 2)
        noise = rng.standard_normal((half, self.dim), dtype=np.float32)
        noise *= np.float32(2.0 / self.s)
        # Two pairs share a draw with opposite signs: the law of each pair is the same, at half
        # the cost of what is the dearest part of a sweep.
        noisy = np.empty_like(step)
        np.multiply(step[:half], 1.0 + noise, out=noisy[:half])
        np.multiply(step[half:], 1.0 - noise[: len(step) - half], out=noisy[half:])
        if firm is None:
            before, after = _squares(step), _squares(noisy)
        else:
            before, after = (_squares(np.where(firm, 0.0, m)) for m in (step, noisy))
        usual = 1.0 / np.sqrt(1.0 + 4.0 / self.s**2)
        f = np.sqrt(np.divide(before, after, out=np.full(self.dim, usual**2), where=after > 0.0))
        noisy *= 0.5 * np.clip(f, usual / 1.1, usual * 1.1)
        step *= 0.5
        step += noisy

    def _sequential(self, rng: np.random.Generator) -> tuple[Floats, list[Ints]]:
        """Go through the rows one after the other, as the paper does."""
        x, (n, k) = self.rows.x, self.neighbours.shape
        met = [self.neighbours[np.arange(n), rng.integers(k, size=n)] for _ in range(self.sweeps)]
        for partner in met:
            hits, noise = self._hits(n, rng), rng.standard_normal((n, 2, self.dim)) / self.s
            for i, j in enumerate(partner):
                mine, other, hit = x[i], x[j], hits[i]
                gap = np.abs(mine - other)
                exchange = np.isnan(gap) | self.layout.categorical
                gap[exchange] = 0.0
                x[i], x[j] = (
                    np.where(hit, other + gap * noise[i, 0], mine),
                    np.where(hit, mine + gap * noise[i, 1], other),
                )
        return x, met


def _squares(x: Floats) -> Floats:
    total: Floats = np.einsum("ij,ij->j", x, x)
    return total


def _outside(x: Floats, layout: Layout) -> Bools:
    """Mark values beyond natural bounds; cutting them there would make atoms of the bounds."""
    out: Bools = (x < layout.lower) | (x > layout.upper)
    return out


def _at_atom(x: Floats) -> Bools:
    """Mark values that hold a positive probability of their own."""
    at = np.zeros(x.shape, dtype=np.bool_)
    need = max(ATOM_ROWS, ATOM_SHARE * len(x))
    for j in range(x.shape[1]):
        _, which, count = np.unique(x[:, j], return_inverse=True, return_counts=True)
        at[:, j] = count[which] >= need
    return at
