"""How MUNGE draws: replicates of the training rows whose neighbours exchange values."""

from dataclasses import dataclass, field

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth.synthesizers._rows import Layout, TrainingRows, on_grid

__all__ = ["MungeSampler", "matching"]

#: A value with at least this share of the rows, and this many of them, is an atom.
ATOM_SHARE, ATOM_ROWS = 0.005, 4
ROUNDS = 6


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
    """

    rows: TrainingRows
    layout: Layout
    neighbours: Ints
    p: float
    s: float
    sweeps: int
    pairing: str
    _start: Floats = field(init=False, repr=False)
    _stiff: Bools = field(init=False, repr=False)

    def __post_init__(self) -> None:
        n = self.rows.n
        if self.rows.values.shape[1] != self.layout.dim:
            raise ValueError("rows and layout differ in their number of variables")
        if self.neighbours.ndim != 2 or len(self.neighbours) != n or self.neighbours.size == 0:
            raise ValueError(f"neighbours need shape ({n}, k), got {self.neighbours.shape}")
        if self.neighbours.min() < 0 or self.neighbours.max() >= n:
            raise ValueError(f"neighbours must lie in 0 .. {n - 1}")
        if not (0.0 < self.p < 1.0 and 0.0 < self.s < np.inf and 1 <= self.sweeps <= 1000):
            raise ValueError(f"settings that copy: p={self.p}, s={self.s}, sweeps={self.sweeps}")
        if self.pairing not in ("matched", "sequential"):
            raise ValueError(f"unknown pairing {self.pairing!r}")
        x = self.rows.x
        object.__setattr__(self, "_start", x)
        stiff = self.rows.missing | self.layout.categorical
        if self.pairing == "matched":
            stiff |= _at_atom(x)
        object.__setattr__(self, "_stiff", stiff)

    @property
    def dim(self) -> int:
        return self.layout.dim

    @property
    def holds_training_rows(self) -> bool:
        return True

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        return self.draw_with_origin(n, rng)[0]

    def draw_with_origin(
        self, n: int, rng: np.random.Generator
    ) -> tuple[Floats, dict[str, Ints]]:
        """Draw n rows, the place of each in its replicate, and the partners that it met there."""
        size = self.rows.n
        names = ["base", *(f"neighbour_{t + 1}" for t in range(self.sweeps))]
        out, origin = np.empty((self.dim, n)), np.empty((len(names), n), dtype=np.int64)
        replicate = self._matched if self.pairing == "matched" else self._sequential
        for r, child in enumerate(rng.spawn(-(-n // size))):
            at = slice(r * size, min((r + 1) * size, n))
            # In random order, so that the head of a replicate is a random part of it.
            order = child.permutation(size)[: at.stop - at.start]
            x, met = replicate(child)
            out[:, at] = x[order].T
            origin[0, at], origin[1:, at] = order, met[:, order]
        self._tidy(out, rng)
        return out, dict(zip(names, origin, strict=True))

    def _tidy(self, out: Floats, rng: np.random.Generator) -> None:
        """Bring numeric values back to their grid and inside their bounds."""
        for j, child in enumerate(rng.spawn(self.dim)):
            if self.layout.categorical[j]:
                continue
            if self.layout.steps[j] > 0.0:
                on_grid(out[j], self.layout.steps[j], child)
            np.clip(out[j], self.layout.lower[j], self.layout.upper[j], out=out[j])

    def _hits(self, pairs: int, rng: np.random.Generator) -> Bools:
        """Decide for each pair and variable whether it changes; one coin a column."""
        column, own = np.unique(self.layout.columns, return_inverse=True)
        hit = rng.random((pairs, column.size), dtype=np.float32) < self.p
        return hit if column.size == self.dim else hit[:, own]

    def _matched(self, rng: np.random.Generator) -> tuple[Floats, Ints]:
        x, stiff = self._start.copy(), self._stiff.copy()
        met = np.full((self.sweeps, len(x)), -1, dtype=np.int64)
        away = 0.5 + 0.5 * np.sqrt(max(0.0, 1.0 - 4.0 / self.s**2))
        for t in range(self.sweeps):
            a, b = matching(self.neighbours, rng)
            met[t, a], met[t, b] = b, a
            xa, xb, fa, fb = x[a], x[b], stiff[a], stiff[b]
            at = np.flatnonzero(self._hits(a.size, rng))
            va, vb, la, lb = (m.ravel()[at] for m in (xa, xb, fa, fb))
            firm = la | lb
            gap = vb - va
            noise = rng.standard_normal((2, at.size))
            noise /= self.s
            noise += away
            noise *= gap
            to_a, to_b = va + noise[0], vb - noise[1]
            np.copyto(to_a, vb, where=firm)
            np.copyto(to_b, va, where=firm)
            for m, v in ((xa, to_a), (xb, to_b), (fa, lb), (fb, la)):
                m.ravel()[at] = v
            x[a], x[b], stiff[a], stiff[b] = xa, xb, fa, fb
        return x, met

    def _sequential(self, rng: np.random.Generator) -> tuple[Floats, Ints]:
        """Go through the rows one after the other, as the paper does."""
        x, (n, k) = self._start.copy(), self.neighbours.shape
        met = np.empty((self.sweeps, n), dtype=np.int64)
        for t in range(self.sweeps):
            met[t] = self.neighbours[np.arange(n), rng.integers(k, size=n)]
            hits, noise = self._hits(n, rng), rng.standard_normal((n, 2, self.dim)) / self.s
            for i, j in enumerate(met[t]):
                mine, other, hit = x[i], x[j], hits[i]
                gap = np.abs(mine - other)
                exchange = np.isnan(gap) | self.layout.categorical
                gap[exchange] = 0.0
                x[i], x[j] = (
                    np.where(hit, other + gap * noise[i, 0], mine),
                    np.where(hit, mine + gap * noise[i, 1], other),
                )
        return x, met


def matching(neighbours: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Pair rows off at random with one of their neighbours, no row twice.

    In each round every free row proposes to a random neighbour; of the proposals that share a row
    the last in random order wins. A few rows stay alone.

    Returns
    -------
    a, b : (m,) int64
        The pairs; all 2 m rows differ.
    """
    n, k = neighbours.shape
    free = np.ones(n, dtype=np.bool_)
    claim = np.empty(n, dtype=np.int64)
    mine: list[Ints] = []
    theirs: list[Ints] = []
    i = rng.permutation(n)
    for _ in range(ROUNDS):
        j = neighbours[i, rng.integers(k, size=i.size)]
        able = free[j]
        a, b = i[able], j[able]
        number = np.arange(a.size)
        claim[a] = number
        claim[b] = number
        # A row that proposes is written before rows that were proposed to: both must agree.
        agreed = (claim[a] == number) & (claim[b] == number)
        a, b = a[agreed], b[agreed]
        mine.append(a)
        theirs.append(b)
        free[a] = free[b] = False
        i = i[free[i]]
        if i.size < 2:
            break
    return np.concatenate(mine), np.concatenate(theirs)


def _at_atom(x: Floats) -> Bools:
    """Mark values that hold a positive probability of their own."""
    at = np.zeros(x.shape, dtype=np.bool_)
    need = max(ATOM_ROWS, ATOM_SHARE * len(x))
    for j in range(x.shape[1]):
        _, which, count = np.unique(x[:, j], return_inverse=True, return_counts=True)
        at[:, j] = count[which] >= need
    return at
