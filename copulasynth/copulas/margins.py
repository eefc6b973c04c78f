"""Making margins uniform: each variable through its own distribution function, from a pilot run.

The function is kept at equal steps of (0, 1) and straight in between, so that a value finds its
piece by one multiplication.
"""

import numpy as np

from copulasynth._arrays import Floats, Ints, floats
from copulasynth.copulas.api import Copula, Scale


def even_knots(raw: Floats, steps: int) -> Floats:
    """Return the shares of each row of (d, n) up to `steps` equal steps, strictly rising 0 to 1."""
    levels = np.linspace(0.0, 1.0, steps + 1)
    knots = np.zeros((len(raw), steps + 1))
    for x, k in zip(raw, knots, strict=True):
        np.cumsum(np.bincount(_piece(x, steps), minlength=steps) / x.size, out=k[1:])
    knots[:, -1] = 1.0
    # a millionth of the identity keeps the map strictly increasing
    return (1 - 1e-6) * knots + 1e-6 * levels


def check_knots(knots: Floats, d: int) -> None:
    """Refuse knots that are not d rows rising from 0 to 1."""
    if knots.ndim != 2 or len(knots) != d or knots.shape[1] < 2:
        raise ValueError("knots need one row a variable and at least two columns")
    rising = (np.diff(knots, axis=1) > 0).all()
    if not (rising and (knots[:, 0] == 0).all() and (knots[:, -1] == 1).all()):
        raise ValueError("knots must rise from 0 to 1")


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
    return np.stack([copula.scale(j).to_unit(row) for j, row in enumerate(x)])
