"""The constants by which two numbers differ, or that are their ratio, in a share of the rows.

A price is nine tenths of the list price in the rows on sale, a deadline is 30 days after the start
unless it is agreed on. Such a constant is a peak among the differences, or ratios, of a pair: what
the pair differs by in other rows does so in far fewer of them. Differences of numbers on coarse or
on several grids have many peaks of about one height, and those of rounded noise lie side by side:
neither tells a constant.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from copulasynth._arrays import Bools, Floats
from copulasynth.rules.identity.excepted import FEWEST
from copulasynth.rules.identity.pursuit import ROUNDING, round_to, simplest

__all__ = ["constants_of", "hopeful", "room_of"]

#: Share of the rows with one of the constants, and of the different pairs without heaps with each,
#: and how many different values all these have, at least.
SHARE, EACH, DIFFERENT = 0.05, 0.05, 20
#: How many times as many rows as any other has, and most constants of a pair.
TIMES, MOST = 4.0, 4
#: Steps on either side, and most of the other rows that lie there.
NEAR, BESIDE = 3, 0.2
#: Part of a step, and of a value, that rounding errors stay below.
SLACK, TINY = 0.25, 1e-9
#: Part of the spread that a step stays below where the last digit is of no matter.
FINE = 1e-4
#: Rows on which pairs are tried first, pairs at a time, part of the share that is looked for, and
#: rows.
SCREEN, PAIRS, HALF, LEAST = 1000, 1000, 0.5, 4
#: Most digits of a factor, and rows that one with fewer digits may miss.
DIGITS, MISSED = 12, 0.05


@dataclass(frozen=True, slots=True)
class Constants:
    """What is added to a number and what it is multiplied by, and the rows with one of these.

    The number is the second of two if they are told `back`.
    """

    ways: tuple[tuple[float, float], ...]
    rows: int
    back: bool


@dataclass(frozen=True, slots=True)
class _Peak:
    """The rows in a narrow window of numbers."""

    rows: int
    low: float
    high: float


def hopeful(x: Floats, steps: Floats, ratio: bool) -> list[tuple[int, int]]:
    """Return the pairs of rows of x (d, n), heaps unknown, that few of their columns rule out.

    Parameters
    ----------
    x : (d, n) float64
    steps : (d,) float64
        Grids, or 0.
    ratio : bool
        Whether factors are looked for.
    """
    few = np.ascontiguousarray(x[:, :: -(-x.shape[1] // SCREEN)])
    size, spread = _sizes(few)
    few, relative = _large_logs(few, size) if ratio else few, steps / size + TINY
    first, second = np.triu_indices(len(x), 1)
    found: list[tuple[int, int]] = []
    for k in range(0, first.size, PAIRS):
        i, j = first[k : k + PAIRS], second[k : k + PAIRS]
        width = relative[i] + relative[j]
        if not ratio:
            width = _width(steps[i], steps[j], np.minimum(spread[i], spread[j]), size[i])
        some = _peaked(few[j] - few[i], width)
        found += zip(i[some].tolist(), j[some].tolist(), strict=True)
    return found


def constants_of(
    both: Floats, heap: Bools, steps: tuple[float, float], ratio: bool, limit: float
) -> list[Constants]:
    """Return what the second number adds to the first, or multiplies it by, and the other way back.

    Parameters
    ----------
    both : (2, n) float64
    heap : (n,) bool
        Where either is a value of many rows: such rows are no evidence.
    steps : (float, float)
        Their grids, or 0.
    ratio : bool
        Whether factors are looked for.
    limit : float
        Log of the probability below which no constant is by chance.
    """
    few = _different(both[:, ~heap])
    peaks, rest = _tall(few, steps, ratio) if few.shape[1] >= DIFFERENT else ([], 0)
    if not peaks:
        return []
    back = [_Peak(p.rows, -p.high, -p.low) for p in peaks]
    limit -= np.log(few.shape[1])
    found = [
        _judged(both, few, steps, ratio, peaks, rest, limit),
        _judged(both[::-1], few[::-1], steps[::-1], ratio, back, rest, limit),
    ]
    return [Constants(*own, bool(k)) for k, own in enumerate(found) if own is not None]


def _tall(few: Floats, steps: tuple[float, float], ratio: bool) -> tuple[list[_Peak], int]:
    """Return the peaks with far more pairs than all others, and the most of any other."""
    size, spread = _sizes(few)
    if ratio:
        logs = _large_logs(few, size)
        apart, width = logs[1] - logs[0], float((np.array(steps) / size).sum() + TINY)
    else:
        apart = few[1] - few[0]
        a, b = np.array(steps)
        width = float(_width(a, b, spread.min(), size.max()))
    apart = apart[~np.isnan(apart)]
    peaks = _peaks(apart, width)
    rows = np.array([*(p.rows for p in peaks), *[0] * (MOST + 1)])
    tall = [
        k for k in range(MOST, 0, -1) if rows[k - 1] >= max(EACH * apart.size, TIMES * rows[k], 1)
    ]
    return (peaks[: tall[0]], max(int(rows[tall[0]]), 1)) if tall else ([], 1)


def _judged(
    both: Floats,
    few: Floats,
    steps: tuple[float, float],
    ratio: bool,
    peaks: list[_Peak],
    rest: int,
    limit: float,
) -> tuple[tuple[tuple[float, float], ...], int] | None:
    """Return the constants at some peaks, and their rows, if these are no chance."""
    own = sorted(_factor(few, p, steps[1]) if ratio else simplest(*_ends(p)) for p in peaks)
    ways = tuple((0.0, v) if ratio else (v, 1.0) for v in own)
    room = room_of(ways, steps, few.T)
    if not _told(few, _misses(few, ways), room, max(steps[1], room), rest, limit):
        return None
    rows = np.count_nonzero(_misses(both, ways).min(axis=0) <= room)
    enough = rows >= SHARE * np.count_nonzero(~np.isnan(both).any(axis=0))
    return (ways, int(rows)) if enough and ways != ((0.0, 1.0),) else None


def room_of(ways: Sequence[tuple[float, float]], steps: tuple[float, float], both: Floats) -> float:
    """Return how far a number may be off what another makes it.

    Parameters
    ----------
    ways : sequence of (float, float)
        What is added to the other, and what it is multiplied by.
    steps : (float, float)
        Grids of the other and of the number.
    both : (n, 2) float64
        Values of the two.
    """
    if not both.size:
        return 0.0
    tiny = TINY * float(np.median(np.abs(both)))
    if any(weight != 1 for _, weight in ways):
        return max(ROUNDING * steps[1], tiny)
    # a difference of two rounded numbers has one of two last digits
    rounded = any(constant for constant, _ in ways) and max(steps) <= FINE * both.std(axis=0).min()
    return max((1 + SLACK) * max(steps) if rounded else SLACK * steps[1], tiny)


def _different(both: Floats) -> Floats:
    """Return the pairs (2, m) that differ: a row that repeats another is no evidence."""
    pairs = np.unique((both[0] + 1j * both[1])[~np.isnan(both).any(axis=0)])
    return np.stack([pairs.real, pairs.imag])


def _sizes(x: Floats) -> tuple[Floats, Floats]:
    """Return the usual size of numbers (k, n), and their spread, as far as they are known."""
    known = ~np.isnan(x).all(axis=1)
    size, spread = np.ones(len(x)), np.zeros(len(x))
    size[known] = np.nanmedian(np.abs(x[known]), axis=1)
    spread[known] = np.nanstd(x[known], axis=1)
    return np.where(size > 0, size, 1.0), spread


def _large_logs(x: Floats, size: Floats) -> Floats:
    """Return logs where numbers have their usual size, and rounding says least, NaN elsewhere."""
    logs = np.full_like(x, np.nan)
    with np.errstate(invalid="ignore"):
        np.log(x, out=logs, where=x >= size[:, None])
    return logs


def _width(a: Floats, b: Floats, spread: Floats, size: Floats) -> Floats:
    """Return how far apart equal differences of numbers on two grids may be."""
    most, least = np.maximum(a, b), np.minimum(a, b)
    coarse = 2 * SLACK * np.where(least > 0, least, most)
    width = np.where(most <= FINE * spread, (1 + SLACK) * most, coarse)
    return np.asarray(np.maximum(width, TINY * size))


def _peaked(d: Floats, width: Floats) -> Bools:
    """Return which rows (k, n) have enough values in a window of their width."""
    least = np.ceil(HALF * EACH * np.count_nonzero(~np.isnan(d), axis=1)).astype(np.int64)
    least = np.maximum(least, LEAST)
    d = np.sort(d, axis=1)
    out = np.zeros(len(d), dtype=np.bool_)
    for m in np.unique(least[least <= d.shape[1]]):
        own = least == m
        with np.errstate(invalid="ignore"):
            near = d[own, m - 1 :] - d[own, : d.shape[1] - m + 1] <= width[own, None]
        out[own] = near.any(axis=1)
    return out


def _peaks(d: Floats, width: float) -> list[_Peak]:
    """Return the fullest windows that do not overlap, one more than constants may be."""
    d = np.sort(d)
    ends = np.searchsorted(d, d + width, side="right")
    rows = ends - np.arange(d.size)
    found = []
    for _ in range(min(MOST + 1, d.size)):
        k = int(np.argmax(rows))
        low, high = float(d[k]), float(d[ends[k] - 1])
        if rows[k] > 0:
            found.append(_Peak(int(rows[k]), low, high))
        rows[np.searchsorted(d, low - width) : ends[k]] = 0
    return found


def _ends(p: _Peak) -> tuple[float, float]:
    """Return the ends of a window without the noise of their last digits."""
    low, high = float(f"{p.low:.{DIGITS}g}"), float(f"{p.high:.{DIGITS}g}")
    return min(low, high), max(low, high)


def _factor(few: Floats, p: _Peak, step: float) -> float:
    """Return the factor with the fewest digits that most rows in a window of logs obey."""
    a, b = few
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = b / a
    rows = (ratio >= np.exp(p.low) * (1 - TINY)) & (ratio <= np.exp(p.high) * (1 + TINY))
    middle, room = float(np.median(ratio[rows])), ROUNDING * step + TINY * np.abs(b[rows])
    for digits in range(1, DIGITS):
        factor = float(round_to(middle, digits))
        if np.mean(np.abs(b - factor * a)[rows] > room) <= MISSED:
            return factor
    return middle


def _misses(both: Floats, ways: Sequence[tuple[float, float]]) -> Floats:
    """Return by how much each row misses each constant, (k, n)."""
    return np.stack([np.abs(both[1] - (constant + weight * both[0])) for constant, weight in ways])


def _told(few: Floats, misses: Floats, room: float, step: float, rest: int, limit: float) -> bool:
    """Whether each constant has many more rows than any other and than lie some steps aside."""
    least = misses.min(axis=0)
    others, obey = least[least > room], few[:, least <= room]
    if min(np.unique(side).size for side in obey) < DIFFERENT:
        return False
    if np.count_nonzero(others <= room + NEAR * step) > BESIDE * others.size:
        return False  # what differs does so by a step or a few: noise that was rounded
    for own in misses:
        rows = own <= room
        beside = np.count_nonzero(~rows & (own <= room + NEAR * step)) / (2 * NEAR)
        count, chance = np.count_nonzero(rows), max(beside, rest)
        if count < max(FEWEST, TIMES * chance):
            return False
        if scipy.stats.poisson.logsf(count - 1, chance) > limit:
            return False
    return True
