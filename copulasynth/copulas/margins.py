"""Making margins uniform: each variable through its own distribution function, from a pilot run.

The function is kept at equal steps of (0, 1) and straight in between, so that a value finds its
piece by one multiplication.
"""

import numpy as np

from copulasynth._arrays import Floats, Ints, floats, frozen
from copulasynth.copulas.api import Copula, Scale

#: Most draws of a pilot that a step may have had.
MOST = 1 << 40


def even_counts(raw: Floats, steps: int) -> Ints:
    """Return how many values of each row of (d, n) lie in each of equal steps of (0, 1)."""
    return np.stack([np.bincount(_piece(x, steps), minlength=steps) for x in raw])


def unmapped(d: int) -> Ints:
    """Return the counts of d variables that are not mapped."""
    return np.ones((d, 1), dtype=np.int64)


def knots_of(counts: Ints, d: int) -> Floats:
    """Return the shares up to each step, (d, k + 1), strictly rising from 0 to 1.

    Raises
    ------
    ValueError
        If `counts` are not d rows of counts, each of at least one draw.
    """
    if counts.ndim != 2 or len(counts) != d or counts.shape[1] < 1:
        raise ValueError("counts need one row a variable and at least one step")
    if counts.min(initial=0) < 0 or counts.max(initial=0) > MOST:
        raise ValueError("a count is out of range")
    total = counts.sum(axis=1, keepdims=True)
    if (total < 1).any():
        raise ValueError("every variable needs draws")
    levels = np.linspace(0.0, 1.0, counts.shape[1] + 1)
    knots = np.zeros((d, len(levels)))
    np.cumsum(counts / total, axis=1, out=knots[:, 1:])
    knots[:, -1] = 1.0
    # a millionth of the identity keeps the map strictly increasing
    return frozen((1 - 1e-6) * knots + 1e-6 * levels)


def even(x: Floats, knots: Floats) -> Floats:
    """Map one variable by its distribution function."""
    t = x * (len(knots) - 1)
    piece = t.astype(np.intp)
    t -= piece
    t *= np.diff(knots, append=1.0).take(piece, mode="clip")
    t += knots.take(piece, mode="clip")
    return t


def even_scale(scale: Scale, knots: Floats) -> Scale:
    """Return the scale of values that are not mapped yet: mapping is left to who needs u."""
    return Scale(
        scale.lo,
        scale.hi,
        lambda x: even(scale.to_unit(x), knots),
        lambda u: scale.from_unit(uneven(u, knots)),
    )


def uneven(u: Floats, knots: Floats) -> Floats:
    """Invert `even`."""
    return np.interp(u, knots, np.linspace(0.0, 1.0, len(knots)))


def uneven_rows(u: Floats, knots: Floats) -> Floats:
    """Invert `even` for every variable of u (n, d), as (d, n)."""
    return np.stack([uneven(x, k) for x, k in zip(floats(u).T, knots, strict=True)])


def even_density(x: Floats, knots: Floats) -> Floats:
    """Return dx / du at x, by which a density of x becomes one of u."""
    steps = len(knots) - 1
    return 1.0 / (steps * np.diff(knots)[_piece(x, steps)])


def _piece(x: Floats, steps: int) -> Ints:
    """Return the step that holds each value of (0, 1)."""
    return np.minimum((x * steps).astype(np.int64), steps - 1)


def unit_draw(copula: Copula, n: int, rng: np.random.Generator) -> Floats:
    """Draw n rows of a copula as (d, n) on the uniform scale."""
    x = copula.draw(n, rng)
    for j, row in enumerate(x):
        row[:] = copula.scale(j).to_unit(row)
    return x
