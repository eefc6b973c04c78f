"""Bins with round edges that both tables share, none with a handful of real rows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from copulasynth import _masking as masking
from copulasynth._arrays import Floats, Ints
from copulasynth.metrics.table import ComparedColumn

__all__ = ["WHOLE", "ShownCells", "cells_of", "scale_of", "show"]

#: A value that this share of the rows of either table has gets a bin of its own.
ATOM = 0.08
#: What the one cell is called where there are no values, or too few for bins.
WHOLE = ("no values", "all values")
_STEPS = np.array([1.0, 2.0, 5.0, 10.0])
#: Seconds of a day; widths of bins of times in seconds, and in months where those are too narrow.
DAY = 86_400.0
_CLOCK = np.array(
    [k * size for size, of in ((1, 6), (60, 6), (3600, 5), (DAY, 4))
     for k in ((1, 2, 3, 6, 12) if size == 3600 else (1, 2, 5, 10, 15, 30))[:of]]
)  # fmt: skip
_MONTHS = np.array([1, 2, 3, 6, 12, 24, 60, 120, 240])


@dataclass(frozen=True, slots=True, eq=False)
class ShownCells:
    """Codes of the values present in two tables, on shared cells; -1 where there is a gap.

    Attributes
    ----------
    scale : {"linear", "asinh", "levels"}
    width : float
    low, high : ndarray of shape (cells,)
    labels : tuple of str
    codes : pair of ndarray of int64
    """

    scale: str
    width: float
    low: Floats
    high: Floats
    labels: tuple[str, ...]
    codes: tuple[Ints, Ints]

    def counts(self, which: int) -> Ints:
        """Return the rows of table 0 (real) or 1 in every cell."""
        codes = self.codes[which]
        return np.bincount(codes[codes >= 0], minlength=len(self.labels))


def cells_of(
    column: ComparedColumn, values: tuple[Floats, Floats], *, unit: str, most: int, k_min: int
) -> ShownCells:
    """Return cells of a column: levels, single values where there are few, or bins.

    ShownCells with fewer than `k_min` real rows (but some) are joined to a neighbour, or among each
    other where there is no order. The edges are round numbers, so that none is a value of a row.
    """
    if column.kind in ("nominal", "ordinal") and not column.levels:
        return _merged(np.zeros(1), [WHOLE[0]], values, k_min)
    if column.kind == "nominal":
        return _pool(list(column.levels), values, most, k_min)
    if column.kind == "ordinal":
        return _merged(np.arange(len(column.levels)), list(column.levels), values, k_min)
    present = [x[~np.isnan(x)] for x in values]
    distinct = np.unique(np.concatenate(present))
    if distinct.size == 0:
        return _merged(np.zeros(1), [WHOLE[0]], values, k_min)
    if distinct.size <= most and (distinct == np.round(distinct)).all() and not unit:
        return _merged(distinct, [], values, k_min)
    return _numeric(present, values, unit, most, k_min)


def _pool(labels: list[str], values: tuple[Floats, Floats], most: int, k_min: int) -> ShownCells:
    real, made = (np.bincount(x[~np.isnan(x)].astype(int), minlength=len(labels)) for x in values)
    order = np.argsort(-(real / max(real.sum(), 1) + made / max(made.sum(), 1)), kind="stable")
    keep = masking.among(real, order, k_min, most)
    # a column without levels has gaps only, whose place is not shown
    place = np.full(max(len(labels), 1), len(keep))
    place[keep] = np.arange(len(keep))
    rest = len(labels) - len(keep)
    names = [labels[k] for k in keep] + ([masking.other(rest)] if rest else [])
    codes = [np.where(np.isnan(x), -1, place[np.nan_to_num(x).astype(int)]) for x in values]
    none = np.full(len(names), np.nan)
    return ShownCells("levels", 1.0, none, none, tuple(names), (codes[0], codes[1]))


def _numeric(
    present: list[Floats], values: tuple[Floats, Floats], unit: str, most: int, k_min: int
) -> ShownCells:
    real = np.sort(present[0])
    usable = [np.sort(x) for x in present if x.size >= 2 * k_min]
    bottoms = [x[k_min - 1] for x in usable if masking.behind(x[:k_min], real) >= k_min]
    tops = [x[-k_min] for x in usable if masking.behind(x[-k_min:], real) >= k_min]
    if not bottoms or not tops:
        return _merged(np.zeros(1), [WHOLE[1]], values, k_min)
    low, high = min(bottoms), max(tops)
    middle = usable[0]
    scale, width = scale_of(middle, low, high)
    if scale == "linear":
        edges = (_time_edges if unit == "time" else _round_edges)(low, high, most)
    else:
        edges = _asinh_edges(low, high, width, most)
    if not unit and all((x == np.round(x)).all() for x in usable):
        edges = np.unique(np.round(edges))
        edges = edges if edges.size > 1 else np.array([edges[0], edges[0] + 1])
    atoms = _atoms(present, k_min)
    starts = sorted(
        {(float(e), 0) for e in edges[:-1]} | {(a, side) for a in atoms for side in (0, 1)}
    )
    points = np.array([v if side == 0 else np.nextafter(v, np.inf) for v, side in starts[1:]])
    ends = [*(v for v, _ in starts[1:]), max(float(edges[-1]), starts[-1][0])]
    codes = tuple(
        np.where(np.isnan(x), -1, np.searchsorted(points, x, side="right")) for x in values
    )
    lows = np.array([v for v, _ in starts])
    return _join(scale, width, lows, np.array(ends), codes, unit, k_min)


def scale_of(x: Floats, low: float, high: float) -> tuple[str, float]:
    """Choose asinh where a tail is long against the middle half of the values."""
    middle = float(np.median(x))
    # Where nearly all values are one atom, the others tell the spread.
    for values in (x, x[x != middle]):
        if values.size:
            q1, q3, q9 = np.quantile(values, [0.25, 0.75, 0.9])
            spread = float(max(q3 - q1, (q9 - middle) / 2))
            if spread > 0:
                long = low >= 0 and high - middle > 5 * spread
                return ("asinh", _sig(spread / 4, 1)) if long else ("linear", 1.0)
    return "linear", 1.0


def _round_edges(low: float, high: float, most: int) -> Floats:
    span = high - low
    if span <= 0:
        step = _sig(max(abs(low), 1.0), 1) / 10
        return np.array([np.floor(low / step) * step, (np.floor(low / step) + 1) * step])
    raw = span / most
    power = 10.0 ** np.floor(np.log10(raw))
    step = float(power * _STEPS[np.searchsorted(_STEPS, raw / power * (1 - 1e-9))])
    first, last = np.floor(low / step), np.floor(high / step) + 1
    return np.arange(first, last + 0.5) * step


def _time_edges(low: float, high: float, most: int) -> Floats:
    """Return edges that a calendar or a clock has: starts of months, days, hours."""
    raw = (high - low) / most
    if raw <= _CLOCK[-1]:
        step = float(_CLOCK[np.searchsorted(_CLOCK, raw * (1 - 1e-9))]) if raw > 0 else DAY
        return np.arange(np.floor(low / step), np.floor(high / step) + 1.5) * step
    place = np.searchsorted(_MONTHS, raw / (30.5 * DAY))
    if place == _MONTHS.size:
        return _round_edges(low, high, most)
    step = int(_MONTHS[place])
    first, last = (_month_of(x) // step for x in (low, high))
    months = (np.arange(first, last + 2) * step).astype("M8[M]")
    return months.astype("M8[s]").astype(np.float64)


def _month_of(seconds: float) -> int:
    return int(np.datetime64(int(np.floor(seconds)), "s").astype("M8[M]").astype(np.int64))


def _asinh_edges(low: float, high: float, width: float, most: int) -> Floats:
    grid = np.linspace(np.arcsinh(low / width), np.arcsinh(high / width), most + 1)
    edges = np.unique([_sig(e, 2) for e in width * np.sinh(grid)])
    return edges if edges.size > 1 else np.array([edges[0], edges[0] + width])


def _sig(x: float, digits: int) -> float:
    return 0.0 if x == 0 else float(f"{x:.{digits - 1}e}")


def _atoms(present: list[Floats], k_min: int) -> list[float]:
    found: set[float] = set()
    for x in present:
        if x.size:
            distinct, counts = np.unique(x, return_counts=True)
            held = np.isin(distinct, present[0]) & ~np.isin(distinct, _common(present[0], k_min))
            found |= set(distinct[(counts >= max(ATOM * x.size, k_min)) & ~held].tolist())
    # Many heavy values make a short list, not atoms in a continuum.
    return sorted(found) if len(found) <= 3 else []


def _common(x: Floats, k_min: int) -> Floats:
    """Return the values that at least `k_min` rows hold."""
    distinct, counts = np.unique(x, return_counts=True)
    return distinct[counts >= k_min]


def _merged(
    at: ArrayLike, labels: list[str], values: tuple[Floats, Floats], k_min: int
) -> ShownCells:
    """Return a cell for each of a few values, in their order."""
    low = np.asarray(at, dtype=float)
    codes = tuple(
        np.where(np.isnan(x), -1, np.clip(np.searchsorted(low, x), 0, low.size - 1)) for x in values
    )
    return _join("levels", 1.0, low, low, codes, "", k_min, labels)


def _join(
    scale: str,
    width: float,
    low: Floats,
    high: Floats,
    codes: tuple[Ints, ...],
    unit: str,
    k_min: int,
    names: list[str] | None = None,
) -> ShownCells:
    """Join cells of a handful of real rows to a neighbour, and empty ones at both ends."""
    size = low.size
    real = np.bincount(codes[0][codes[0] >= 0], minlength=size)
    groups = [[k] for k in range(size)]
    while len(groups) > 1:
        total = [int(real[g].sum()) for g in groups]
        # A named level that no real row has may be one that a single row of the holdout has.
        small = [i for i, t in enumerate(total) if (names or t > 0) and t < k_min]
        if not small:
            break
        i = small[0] if small[0] < len(groups) / 2 else small[-1]
        sides = [j for j in (i - 1, i + 1) if 0 <= j < len(groups)]
        j = min(sides, key=lambda s: (low[groups[s][0]] == high[groups[s][-1]], total[s]))
        a, b = min(i, j), max(i, j)
        groups[a : b + 1] = [groups[a] + groups[b]]
    place = np.repeat(np.arange(len(groups)), [len(g) for g in groups])
    lows = np.array([low[g[0]] for g in groups])
    highs = np.array([high[g[-1]] for g in groups])
    labels = _labels(lows, highs, groups, unit, names, scale)
    new = tuple(np.where(c < 0, -1, place[c]) for c in codes)
    return ShownCells(scale, width, lows, highs, labels, (new[0], new[1]))


def _labels(
    lows: Floats,
    highs: Floats,
    groups: list[list[int]],
    unit: str,
    names: list[str] | None,
    scale: str,
) -> tuple[str, ...]:
    """Name the cells; joined levels and both ends do not show the rare values inside."""
    last = len(groups) - 1
    out = []
    for i, (a, b, g) in enumerate(zip(lows, highs, groups, strict=True)):
        if names:
            out.append(names[g[0]] if len(g) == 1 else f"{len(g)} levels")
        elif a == b:
            out.append(show(a, unit))
        elif scale != "levels":
            end = f"{show(b, unit)} and more" if i == last else show(b, unit)
            out.append(f"{show(a, unit)} – {end}")
        elif i == last:
            out.append(f"above {show(highs[i - 1], unit)}" if i else "all values")
        elif i == 0:
            out.append(f"below {show(lows[1], unit)}")
        else:
            out.append(f"{show(highs[i - 1], unit)} < x < {show(lows[i + 1], unit)}")
    return tuple(out)


def show(x: float, unit: str = "") -> str:
    """Return a number, a day or a duration as short text.

    Thousands are marked from five digits on: with four, a number may be a year.

    >>> show(1234567.0), show(2011.0), show(0.01234), show(86400.0, "time"), show(7200.0, "span")
    ('1,235,000', '2011', '0.01234', '1970-01-02', '2 h')
    """
    if not np.isfinite(x):
        return "–"
    if unit == "time":
        return str(np.datetime64(round(float(x)), "s").astype("datetime64[D]"))
    if unit == "span":
        for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
            if abs(x) >= size:
                return f"{x / size:.3g} {name}"
        return f"{x:.3g} s"
    if x == 0:
        return "0"
    if 1e-3 <= abs(x) < 1e9:
        digits = max(0, 3 - int(np.floor(np.log10(abs(x)))))
        rounded = float(f"{x:.4g}")
        text = f"{rounded:,.{digits}f}" if abs(rounded) >= 1e4 else f"{rounded:.{digits}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{x:.3g}"
