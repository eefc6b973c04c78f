"""Say quickly of which few numbers another is nearly a linear function or a product."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints

__all__ = ["Nearly"]

#: Most parents of sums and of products, the latter of so many numbers at most.
TERMS, FACTORS, FACTORED = 2, 3, 16

#: Rows of a look, looks, and times their room that all rows of one may miss.
LOOK, LOOKS, ROUGH = 48, 3, 4.0

#: Share of the variance that parents must explain, and what keeps correlations apart.
EXPLAINED, RIDGE = 0.85, 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Nearly:
    """Numbers without gaps, (n, d), and the correlations of them."""

    x: Floats
    correlations: Floats

    @classmethod
    def of(cls, x: Floats) -> "Nearly":
        return cls(x, _correlations(x))

    def few(self, k: int, room: float) -> Iterator[tuple[list[int], bool]]:
        """Yield few parents of number k that it is nearly a function of, and whether a product.

        In some look all rows are as near as rounding by `room` lets them be; a look is of so few
        rows that exceptions are seldom among them.
        """
        y, d = self.x[:, k], self.x.shape[1]
        rows = np.flatnonzero(y != 0)
        # rounding says least where numbers are large
        rows = rows[np.abs(y[rows]) >= np.median(np.abs(y[rows]))] if rows.size else rows
        whole = [i for i in range(d) if i != k and (self.x[rows, i] != 0).all()]
        logs = np.zeros((rows.size, d))
        logs[:, [k, *whole]] = np.log(np.abs(self.x[rows][:, [k, *whole]]))
        among = _correlations(logs)
        every = [i for i in range(d) if i != k]
        own, relative = np.full(len(y), room), room / np.abs(y[rows])
        for size in range(1, FACTORS + 1):
            if size <= TERMS:
                some = _explaining(self.correlations, k, every, size)
                for used in some[_close(self.x, k, some, own)]:
                    yield used.tolist(), False
            if size < FACTORS or d <= FACTORED:
                some = _explaining(among, k, whole, size)
                for used in some[_close(logs, k, some, relative)]:
                    yield used.tolist(), True


def _correlations(x: Floats) -> Floats:
    """Return correlations of columns, 0 of one without spread."""
    z = x - x.mean(axis=0) if len(x) else x
    scale = np.sqrt((z**2).sum(axis=0))
    z = z / np.where(scale > 0, scale, 1.0)
    return np.asarray(z.T @ z)


def _explaining(correlations: Floats, k: int, allowed: list[int], size: int) -> Ints:
    """Return sets (m, size) of numbers that explain most of the variance of number k."""
    sets = np.array([*combinations(allowed, size)], dtype=np.int64).reshape(-1, size)
    inner = correlations[sets[:, :, None], sets[:, None, :]] + RIDGE * np.eye(size)
    # a column without spread explains nothing
    inner = np.where(np.eye(size, dtype=bool) & (inner < 0.5), 1.0, inner)
    outer = correlations[sets, k][:, :, None]
    share = (outer * np.linalg.solve(inner, outer)).sum(axis=(1, 2))
    return np.asarray(sets[share >= EXPLAINED])


def _close(x: Floats, k: int, sets: Ints, room: Floats) -> Bools:
    """Return of which sets number k is nearly a linear function in all rows of a look."""
    close = np.zeros(len(sets), dtype=bool)
    if not len(sets) or len(x) < LOOK:
        return close
    for look in range(LOOKS):
        left = np.flatnonzero(~close)
        rows = np.arange(look, len(x), max(1, len(x) // LOOK))[:LOOK]
        a = np.concatenate(
            [np.ones((len(left), len(rows), 1)), x[rows][:, sets[left]].swapaxes(0, 1)], axis=2
        )
        q = np.linalg.qr(a)[0]
        y = x[rows, k]
        miss = np.abs(y - (q @ (q.swapaxes(1, 2) @ y[:, None]))[:, :, 0])
        close[left] = (miss <= ROUGH * room[rows]).all(axis=1)
    return close
