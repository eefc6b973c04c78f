"""One replicate of matched MUNGE: pairs of rows exchange levels and, with noise, numbers."""

import numpy as np
from numpy.typing import NDArray

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth.synthesizers.training_rows import Layout, TrainingRows

__all__ = ["Exchange", "coin_flips"]

#: A value with at least this share of the rows, and this many of them, is an atom.
ATOM_SHARE, ATOM_ROWS = 0.005, 4


def coin_flips(shape: tuple[int, int], p: float, rng: np.random.Generator) -> Bools:
    """Return coins that are true with probability p, met to within 2^-17 by sixteen bits each."""
    heads: Bools = rng.integers(1 << 16, size=shape, dtype=np.uint16) < min(
        max(round(p * (1 << 16)), 1), (1 << 16) - 1
    )
    return heads


class Exchange:
    """Numbers and levels of the training rows, apart, as a replicate starts from them.

    Attributes
    ----------
    numeric, categorical : (q,), (r,) int64
        Variables of either sort.
    values : (n, q) float64
    codes : (n, r) int32
    stiff : (n, q) bool
        Numbers that are exchanged without noise: atoms and missing ones.
    coins : (d,) int64
        The coin of each variable; the variables of a column share one.
    """

    def __init__(self, rows: TrainingRows, layout: Layout, p: float, s: float) -> None:
        which = layout.categorical
        self.numeric, self.categorical = np.flatnonzero(~which), np.flatnonzero(which)
        self.values: Floats = np.ascontiguousarray(rows.values[:, self.numeric])
        self.codes = rows.values[:, self.categorical].astype(np.int32)
        self.stiff: Bools = rows.missing[:, self.numeric] | _at_atom(rows.x[:, self.numeric])
        self.lower, self.upper = layout.lower[self.numeric], layout.upper[self.numeric]
        self.coins: Ints = np.unique(layout.columns, return_inverse=True)[1]
        self.p, self.s = p, s

    def replicate(
        self, links: list[tuple[Ints, Ints, Ints]], rng: np.random.Generator
    ) -> tuple[Floats, NDArray[np.int32]]:
        """Let the pairs of each link exchange; return new values and codes."""
        values, codes, stiff = self.values.copy(), self.codes.copy(), self.stiff.copy()
        sides = int(self.coins.max(initial=-1)) + 1
        for a, b, _ in links:
            hit = coin_flips((a.size, sides), self.p, rng)
            if codes.size:
                swap = hit.take(self.coins[self.categorical], axis=1)
                _swap(codes, a, b, swap)
            if values.size:
                if sides > self.numeric.size:
                    hit = hit.take(self.coins[self.numeric], axis=1)
                self._numbers(values, stiff, (a, b, hit), rng)
        return values, codes

    def _numbers(
        self,
        x: Floats,
        stiff: Bools,
        meeting: tuple[Ints, Ints, Bools],
        rng: np.random.Generator,
    ) -> None:
        """Move the numbers of pairs towards and past each other, in place.

        With D = x_b - x_a and t = 1 + 2 e, e ~ N(0, 1 / s^2), both move by D (1 + f t) / 2. Their
        sum stays; f is chosen for each column such that the sum of squares over all pairs stays,
        too. Stiff numbers, and pairs of which one would leave the natural bounds, change places.
        """
        a, b, hit = meeting
        xa, xb = x.take(a, axis=0), x.take(b, axis=0)
        step = xb - xa
        step *= hit
        atoms = bool(self.stiff.any())
        firm = stiff[a] | stiff[b] if atoms else None
        self._lengthen(step, firm, rng)
        to_a, to_b = xa + step, xb - step
        if np.isfinite(self.lower).any() or np.isfinite(self.upper).any():
            # Cutting values at their bounds would make atoms of the bounds.
            out = (to_a < self.lower) | (to_b < self.lower)
            out |= (to_a > self.upper) | (to_b > self.upper)
            firm = out if firm is None else firm | out
        if firm is not None:
            firm &= hit
            np.copyto(to_a, xb, where=firm)
            np.copyto(to_b, xa, where=firm)
        if atoms:
            _swap(stiff, a, b, hit)
        x[a], x[b] = to_a, to_b

    def _lengthen(self, step: Floats, firm: Bools | None, rng: np.random.Generator) -> None:
        """Turn differences D into steps D (1 + f t) / 2, in place.

        The expectation of f is 1 / sqrt(1 + 4 / s^2). Where a few differences are everything it
        would push the others about, so it stays within a tenth of that.
        """
        half = -(-len(step) // 2)
        noise = rng.standard_normal((half, step.shape[1]), dtype=np.float32)
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
        square = np.full(len(before), usual**2)
        f = np.sqrt(np.divide(before, after, out=square, where=(after > 0.0) & (after < np.inf)))
        noisy *= 0.5 * np.clip(f, usual / 1.1, usual * 1.1)
        step *= 0.5
        step += noisy


def _swap(x: NDArray[np.int32] | Bools, a: Ints, b: Ints, hit: Bools) -> None:
    """Exchange entries of the rows a and b where `hit`, in place."""
    xa, xb = x.take(a, axis=0), x.take(b, axis=0)
    # Without branches: coins cannot be predicted.
    change = (xa ^ xb) * hit
    xa ^= change
    xb ^= change
    x[a], x[b] = xa, xb


def _squares(x: Floats) -> Floats:
    return np.asarray(np.einsum("ij,ij->j", x, x))


def _at_atom(x: Floats) -> Bools:
    """Mark values that hold a positive probability of their own."""
    at = np.zeros(x.shape, dtype=np.bool_)
    need = max(ATOM_ROWS, ATOM_SHARE * len(x))
    for j in range(x.shape[1]):
        _, which, count = np.unique(x[:, j], return_inverse=True, return_counts=True)
        at[:, j] = count[which] >= need
    return at
