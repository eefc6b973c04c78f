"""Draws of a vine given points and cells of some variables.

Variables at the tail of a vine's order are drawn first and depend on nothing else. A vine that
can be written with the given points at its tail draws the rest exactly; cells are met by rejection,
after the narrowest of them was put at the tail if there are no points.
"""

import numpy as np
from numpy.random import SFC64, Generator
from scipy.special import ndtr, ndtri

from copulasynth._arrays import Floats, Ints, open_unit
from copulasynth._chunks import CHUNK
from copulasynth.copulas.vine.pairs import pair_of
from copulasynth.copulas.vine.sampler import VineSampler
from copulasynth.copulas.vine.structure import Engine, structure_of
from copulasynth.copulas.vine.tables import Scratch
from copulasynth.errors import SamplingError

#: A point that cannot be put at the tail is taken as the values this close to it in probability.
WINDOW = 0.01
#: Chunks after which an acceptance rate below one in a hundred thousand ends the attempt.
PATIENCE = 100
RAREST = 1e-5

#: A vine written with certain variables at the tail: its engine, and what draws from it.
Tail = tuple[Engine, VineSampler]


def tail_of(engine: Engine, variables: Ints) -> Tail | None:
    """Rewrite a pyvinecopulib vine with `variables` at its tail, or return None if none fits.

    The engine that is passed in is changed.
    """
    try:
        if engine.dim > 1:
            engine.reorient([int(v) + 1 for v in variables])
    except RuntimeError:  # the engine's only way of saying that no order of the vine ends so
        return None
    pairs = tuple(tuple(pair_of(b) for b in row) for row in engine.pair_copulas)
    return engine, VineSampler.of(structure_of(engine.structure, len(pairs)), pairs)


def draw_given(
    tail: Tail, fixed: Ints, lower: Floats, upper: Floats, n: int, rng: Generator
) -> Floats:
    """Draw n rows of normal scores with lower <= u <= upper, (d, n); prefix-stable.

    `fixed` are the variables at the tail: given points, or one cell.

    Raises
    ------
    SamplingError
        If the cells are met by fewer than one row in a hundred thousand.
    """
    engine, sampler = tail
    start, end = _starts(engine, fixed, lower, upper)
    low, high = ndtri(np.maximum(lower, 1e-16)), ndtri(np.minimum(upper, 1.0 - 1e-16))
    open_ends = (lower <= 0.0, upper >= 1.0)
    low[open_ends[0]], high[open_ends[1]] = -np.inf, np.inf
    rest = np.setdiff1d(np.arange(sampler.dim), fixed)
    z = np.empty((sampler.dim, CHUNK))
    work, scratch = np.empty((sampler.walk.slots, CHUNK)), Scratch.of(CHUNK)
    out = np.empty((sampler.dim, n))
    done = seen = 0
    while done < n:
        (sequence,) = rng.bit_generator.seed_seq.spawn(1)  # type: ignore[attr-defined]
        stream = Generator(SFC64(sequence))
        stream.standard_normal(out=z)
        for j, a, b in zip(fixed, start, end, strict=True):
            z[j] = ndtri(open_unit(a + (b - a) * ndtr(z[j])))
        sampler.transform(z, work, scratch)
        fits = ((z[rest] >= low[rest, None]) & (z[rest] <= high[rest, None])).all(axis=0)
        got = z[:, fits][:, : n - done]
        out[:, done : done + got.shape[1]] = got
        done += got.shape[1]
        seen += 1
        if seen >= PATIENCE and done < RAREST * seen * CHUNK:
            raise SamplingError(
                f"{done} of {seen * CHUNK:,} rows fit the given values; ask for fewer at once"
            )
    # the rounding of a quantile and its inverse must not leave the box
    return np.clip(out, np.minimum(low, high)[:, None], high[:, None])


def draw_points(tail: Tail, fixed: Ints, points: Floats, rng: Generator) -> Floats:
    """Draw one row u (d, n) given its own points, (p, n), of the variables at the tail; exact."""
    engine, _ = tail
    n = points.shape[1]
    full = np.full((n, engine.dim), 0.5)
    full[:, fixed] = open_unit(points.T)
    w = rng.random((n, engine.dim))
    w[:, fixed] = engine.rosenblatt(np.asfortranarray(full))[:, fixed]
    u = np.array(engine.inverse_rosenblatt(np.asfortranarray(open_unit(w)))).T
    u[fixed] = points
    return np.ascontiguousarray(u)


def _starts(engine: Engine, fixed: Ints, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Return the bounds of the independent uniforms that `fixed` start from."""
    if len(fixed) == 1:
        return lower[fixed], upper[fixed]
    point = np.full((1, len(lower)), 0.5)
    point[0, fixed] = open_unit(lower[fixed])
    w = engine.rosenblatt(np.asfortranarray(point))[0, fixed]
    return w, w
