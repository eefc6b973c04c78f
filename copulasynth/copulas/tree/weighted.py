"""Weighted rows of a tree copula inside boxes: variable by variable, in the order of the trees.

A sequential Monte Carlo sampler for each row (Doucet, Godsill and Andrieu 2000, Statistics and
Computing 10, 197-208): a variable with a point or a cell multiplies the weights of the candidates
by its density or probability given the variables before, and candidates whose weights have become
small make room for copies of others.
"""

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth._clock import step
from copulasynth.copulas.tree.forest import FLOOR, fetch
from copulasynth.copulas.tree.state import TreeState, density_at, moved_back

#: Candidates of a row are drawn anew from themselves where fewer than this share carry weight.
SPREAD = 0.5


def weighted_rows(
    state: TreeState, lower: Floats, upper: Floats, m: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw m weighted rows (d, n, m) on the trees' own scale, and log weights (n, m)."""
    d, n = lower.shape
    weight = np.zeros((n, m))
    for k, j in enumerate(state.copula.order):
        step(f"{n:,} rows: variable {k + 1} of {d}")
        low, high = lower[j], upper[j]
        if ((low <= 0.0) & (high >= 1.0)).all():
            u, w = _free(state, j, rng)
            state.put(j, u, w)
            continue
        u, more = _bounded(state, j, np.repeat(low, m), np.repeat(high, m), rng)
        # a value behind a shut gate means nothing
        weight += np.where(state.shut(j), 0.0, more).reshape(n, m)
        state.put(j, u, rng.random(n * m))
        _renew(state, weight, rng)
    return state.raw[:d].reshape(d, n, m).copy(), weight


def _free(state: TreeState, j: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw a variable without bounds: each entry asks one tree of its bag."""
    forest, index = state.copula.forest, state.copula.index
    n = state.raw.shape[1]
    w = rng.random(n)
    line = state.look(j)
    roots = fetch(forest.roots[j], rng.integers(forest.roots.shape[1], size=n))
    leaf = forest.descend(roots, state.raw, state.offsets)
    by = (line - fetch(forest.centre, leaf)) * fetch(forest.slope, leaf)
    return index.shift(j, forest.pick(leaf, w), by), w


def _bounded(
    state: TreeState, j: int, low: Floats, high: Floats, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw a variable between bounds; return it, and the log of its density or probability."""
    forest, index = state.copula.forest, state.copula.index
    leaves, by = state.reach(j)
    u, weight = low.copy(), np.zeros(len(low))
    point = np.flatnonzero(low == high)
    if point.size:
        mine = leaves[:, point], by[:, point]
        with np.errstate(divide="ignore"):
            weight[point] = np.log(density_at(index, forest, j, low[point], *mine))
    cell = np.flatnonzero(low < high)
    if cell.size:
        mine = leaves[:, cell], by[:, cell]
        u[cell], weight[cell] = _inside(state, j, low[cell], high[cell], *mine, rng)
    return u, weight


def _inside(
    state: TreeState,
    j: int,
    low: Floats,
    high: Floats,
    leaves: Ints,
    by: Floats,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Draw a variable in cells; return it, and the log of the probability of each cell."""
    forest, index = state.copula.forest, state.copula.index
    a, b = np.zeros(by.shape), np.ones(by.shape)
    some = np.flatnonzero((low > 0.0) | (high < 1.0))
    for ends, to in ((low, a), (high, b)):
        before = moved_back(index, j, ends[some], by[:, some])
        to[:, some] = forest.shares(leaves[:, some], before)
    # a tree of the bag in proportion to what its law has inside, or next to nothing for the floor
    mass = (1.0 - FLOOR) * np.maximum(b - a, 0.0) + FLOOR * (high - low)
    ends = np.cumsum(mass, axis=0)
    bag = np.minimum((rng.random(len(low)) * ends[-1] > ends).sum(axis=0), len(mass) - 1)
    rows = np.arange(len(low))
    start, end, leaf = a[bag, rows], b[bag, rows], leaves[bag, rows]
    w = FLOOR + (1.0 - FLOOR) * (start + (end - start) * rng.random(len(low)))
    u = index.shift(j, forest.pick(leaf, w), by[bag, rows])
    floor = rng.random(len(low)) * mass[bag, rows] < FLOOR * (high - low)
    u = np.where(floor, low + (high - low) * rng.random(len(low)), u)
    with np.errstate(divide="ignore"):
        return np.clip(u, low, high), np.log(mass.mean(axis=0))


def _renew(state: TreeState, weight: Floats, rng: np.random.Generator) -> None:
    """Draw the candidates of rows whose weights are uneven anew, in proportion, in place."""
    m = weight.shape[1]
    top = weight.max(axis=1, keepdims=True)
    share = np.exp(weight - top)
    total = share.sum(axis=1)
    uneven: Bools = total**2 < SPREAD * m * (share**2).sum(axis=1)
    rows = np.flatnonzero(uneven)
    if not rows.size:
        return
    ends = np.cumsum(share[rows], axis=1) / total[rows, None]
    # systematic: one random offset a row
    at = (np.arange(m) + rng.random((rows.size, 1))) / m
    chosen = (at[:, :, None] > ends[:, None, :]).sum(axis=2)
    source = rows[:, None] * m + np.minimum(chosen, m - 1)
    target = (rows[:, None] * m + np.arange(m)).ravel()
    state.raw[:, target] = state.raw[:, source.ravel()]
    state.score[:, target] = state.score[:, source.ravel()]
    weight[rows] = top[rows] + np.log(total[rows, None] / m)
