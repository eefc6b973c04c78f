"""What may be said of rows to whoever may not see them: nothing that fewer than `k_min` stand for.

Counts and shares, labels, order statistics and messages that leave the program pass through here.
"""

import re
from collections.abc import Collection

import numpy as np
from numpy.typing import ArrayLike

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth.errors import DataError

__all__ = [
    "K_MIN",
    "among",
    "behind",
    "check_k_min",
    "dominated",
    "few",
    "hidden",
    "mean",
    "other",
    "pooled",
    "quantiles",
    "share",
    "shares",
    "tells",
    "without_values",
]

#: Least number of rows behind anything that leaves the program.
K_MIN = 10


def check_k_min(k_min: object) -> None:
    """Refuse what is no least number of rows.

    Raises
    ------
    DataError
    """
    if isinstance(k_min, bool) or not isinstance(k_min, int | np.integer) or k_min < 1:
        raise DataError(f"k_min is {k_min!r}; expected a whole number of at least 1.")


# What remains beside the two largest contributions is at least this part of the largest.
_REMAINDER = 0.1
_QUOTED = re.compile(r"(?<!\w)('[^']*'|\"[^\"]*\")")
_POOL = re.compile(r"other \((\d+) levels?\)")
_NUMBER = re.compile(
    r"(?<![\w.])[-+]?\d+(?:[,.]\d+)*(?:e[-+]?\d+)?(?!\w|\.\w)"
    r"(?! (?:rows|columns|variables|levels)\b)"
)


def few(count: int, k_min: int = K_MIN) -> str:
    """Return a count in words, small ones not told.

    >>> few(3), few(1200), few(0)
    ('fewer than 10', '1,200', '0')
    """
    return f"fewer than {k_min}" if 0 < count < k_min else f"{count:,}"


def share(count: int, n: int, k_min: int = K_MIN) -> float:
    """Return count / n, nan where the count is small.

    >>> share(50, 200), share(3, 200)
    (0.25, nan)
    """
    return float("nan") if 0 < count < k_min else count / max(n, 1)


def hidden(counts: ArrayLike, k_min: int = K_MIN) -> Bools:
    """Return which cells of a table of counts may not be told.

    Where the small cells together hold fewer than `k_min` rows, or there is one of them only, the
    smallest of the others goes too, so that subtraction from the total gives nothing away.

    >>> hidden([40, 3, 12, 0]).tolist()
    [False, True, True, False]
    """
    counts = np.asarray(counts, dtype=np.float64)
    out: Bools = (counts > 0) & (counts < k_min)
    while 0 < counts[out].sum() < k_min or out.sum() == 1:
        left = np.where(out | (counts == 0), np.inf, counts)
        if not np.isfinite(left).any():
            break
        out.flat[int(left.argmin())] = True
    return out


def shares(counts: ArrayLike, k_min: int = K_MIN) -> Floats:
    """Return the shares of the cells of a table of counts, nan where `hidden`."""
    counts = np.asarray(counts, dtype=np.float64)
    found = counts / max(counts.sum(), 1.0)
    return np.asarray(np.where(hidden(counts, k_min), np.nan, found))


def among(counts: ArrayLike, order: Ints, k_min: int = K_MIN, most: int | None = None) -> list[int]:
    """Return the levels that may be named, in the given order; the rest are to be pooled.

    The pool is never a handful of rows, which would show what it is meant to hide.

    >>> among([50, 2, 30, 20], np.array([0, 2, 3, 1]))
    [0, 2]
    """
    counts = np.asarray(counts)
    keep = [int(k) for k in order if counts[k] >= k_min]
    if len(keep) < counts.size or len(keep) > (most or counts.size):
        keep = keep[: most and most - 1]
        while keep and 0 < counts.sum() - counts[keep].sum() < k_min:
            keep.pop()
    return keep


def other(levels: int) -> str:
    """Return the name of a pool.

    >>> other(3), other(1)
    ('other (3 levels)', 'other (1 level)')
    """
    return f"other ({levels} level{'s' if levels > 1 else ''})"


def pooled(name: str) -> int:
    """Return how many levels a pool of this name has, 0 where it is no pool.

    >>> pooled(other(3)), pooled("other")
    (3, 0)
    """
    found = _POOL.fullmatch(name)
    return int(found[1]) if found else 0


def dominated(x: Floats) -> bool:
    """Tell whether one value can be read from the mean of all: the p % rule, with p = 10.

    It can where the values beside the two furthest from the median are nearly alike.

    References
    ----------
    Willenborg and de Waal (2001), Elements of statistical disclosure control, section 6.2.

    >>> dominated(np.array([0.0] * 99 + [4321.5])), dominated(np.arange(10.0))
    (True, False)
    """
    if x.size < 3:
        return bool(np.ptp(x) > 0) if x.size else False
    gap = np.abs(x - _median(x))
    second, first = np.partition(gap, x.size - 2)[-2:]
    return bool(gap.sum() - first - second < _REMAINDER * first)


def _median(x: Floats) -> float:
    """Return what `np.median` does, which takes longer to begin with than a few values need."""
    a, b = (x.size - 1) // 2, x.size // 2
    middle = np.partition(x, (a, b))
    return float((middle[a] + middle[b]) / 2)


def tells(x: Floats, k_min: int = K_MIN) -> bool:
    """Tell whether moments of all values may be told: enough rows differ, and none dominates."""
    if x.size < 2 * k_min:
        return False
    differ = int((x != np.median(x)).sum())
    return not (0 < differ < k_min or dominated(x))


def mean(x: Floats, k_min: int = K_MIN) -> float:
    """Return the mean of a group of at least `k_min` values, nan where one dominates."""
    return float("nan") if x.size < k_min or dominated(x) else float(x.mean())


def behind(block: Floats, real: Floats | None) -> int:
    """Return how many rows stand behind some values of a table, given all sorted `real` values.

    A made table can hold a value of one real row many times over: it counts once.

    >>> behind(np.full(10, 97.0), np.array([1.0, 2.0, 97.0])), behind(np.full(10, 5.0), np.zeros(3))
    (1, 10)
    """
    if real is None or not real.size:
        return block.size
    at = np.searchsorted(real, block)
    if not (real[np.minimum(at, real.size - 1)] == block).any():
        return block.size
    values, copies = np.unique(block, return_counts=True)
    held = np.searchsorted(real, values, "right") - np.searchsorted(real, values, "left")
    return int(np.where(held > 0, held, copies).sum())


def quantiles(x: Floats, at: ArrayLike, k_min: int = K_MIN, real: Floats | None = None) -> Floats:
    """Return quantiles of sorted values, each the mean of the `k_min` values about it.

    Those at 0 and 1 are the means of the lowest and of the highest values. For a made table `real`
    are the sorted real values, of which enough must stand `behind` each.

    >>> quantiles(np.arange(100.0), [0.0, 0.5, 1.0]).tolist()
    [4.5, 49.5, 94.5]
    """
    p = np.atleast_1d(np.asarray(at, dtype=np.float64))
    if x.size < 2 * k_min:
        return np.full(p.size, np.nan)
    start = np.clip(np.round(p * x.size - k_min / 2), 0, x.size - k_min).astype(int)
    blocks = [x[s : s + k_min] for s in start]
    return np.array([mean(b, k_min) if behind(b, real) >= k_min else np.nan for b in blocks])


def without_values(text: str, names: Collection[str] = ()) -> str:
    """Return a message without quoted words other than `names` and numbers that count nothing.

    >>> without_values("column 'x' has 20 rows, but 'Smith' has 98.75", {"x"})
    "column 'x' has 20 rows, but '..' has .."
    """
    told = _QUOTED.sub(lambda m: m[0] if m[0][1:-1] in names else "'..'", text)
    parts = _QUOTED.split(told)
    return "".join(p if i % 2 else _NUMBER.sub("..", p) for i, p in enumerate(parts))
