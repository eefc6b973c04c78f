"""Small figures of a page, drawn as SVG and HTML themselves: bars, quantiles, gauges.

The browser sets their labels, so that they fit any width; `plots` draws the same for a paper.
"""

import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from copulasynth._arrays import Floats
from copulasynth.metrics.summary import ColumnPortrait
from copulasynth.report.figures.bars import (
    Bars,
    bars_of,
    percent,
    place,
    shown_levels,
    ticks_between,
)
from copulasynth.report.figures.style import width_of
from copulasynth.report.svg import svg, text, xy

__all__ = ["LEVELS", "gauge", "histogram", "importance_bars", "levels", "quantile_plot"]

#: Units of a histogram: its width, and the height of its bars.
_WIDE, _HIGH = 260.0, 84.0
_LINE = 13.0
#: Most levels of a small figure; the rest is told in words.
LEVELS = 7


def histogram(column: ColumnPortrait, title: str) -> Markup:
    """Return the bins of a column: synthetic filled, observed as an outline over them."""
    bars = bars_of(column, most=4)
    top = _LINE * len(bars.cut) + 2
    foot = top + _HIGH
    low, high = bars.ends
    left, right = (_WIDE * (end - low) / (high - low) for end in (bars.low, bars.high))
    y = {role: foot - _HIGH * np.minimum(h / bars.top, 1) for role, h in bars.heights.items()}
    parts = [
        _filled(left, right, y["synthetic"], foot),
        _outlined(bars, left, right, y["real"], foot),
    ]
    for rank, (k, words) in enumerate(bars.cut):
        middle = (left[k] + right[k]) / 2
        anchor = "start" if middle <= _WIDE / 2 else "end"
        parts.append(text(middle, _LINE * (rank + 1) - 3, words, anchor, "told"))
    parts.append(f'<path class="axis" d="M0 {xy(foot)}H{xy(_WIDE)}"/>')
    at = _WIDE * (bars.ticks[0] - low) / (high - low)
    parts += _scale(at, bars.ticks[1], foot + _LINE)
    return svg(_WIDE, foot + _LINE + 3, title, parts, "bars")


def _filled(left: Floats, right: Floats, y: Floats, foot: float) -> str:
    bars = zip(left, right, y, strict=True)
    tall = (f"M{xy(a, foot)}V{xy(h)}H{xy(b)}V{xy(foot)}z" for a, b, h in bars if h < foot)
    return f'<path class="made" d="{"".join(tall)}"/>'


def _outlined(bars: Bars, left: Floats, right: Floats, y: Floats, foot: float) -> str:
    """Return one line over all bins, and one about each atom."""
    line = "".join(f"V{xy(y[k])}H{xy(right[k])}" for k in np.flatnonzero(~bars.atom))
    path = f"M{xy(float(left[~bars.atom][0]), foot)}{line}V{xy(foot)}" if line else ""
    path += "".join(
        f"M{xy(left[k], foot)}V{xy(y[k])}H{xy(right[k])}V{xy(foot)}"
        for k in np.flatnonzero(bars.atom)
    )
    return f'<path class="seen" d="{path}"/>'


def _scale(at: Floats, names: list[str], y: float) -> list[str]:
    """Return labels of an axis; those at its ends stay inside, and none touches another."""
    parts: list[str] = []
    free = -1.0
    for x, name in zip(at, names, strict=True):
        half, anchor = width_of(name) / 2, _inside(float(x), _WIDE, name)
        begin = {"start": x, "middle": x - half, "end": x - 2 * half}[anchor]
        if begin > free:
            parts.append(text(float(x), y, name, anchor))
            free = begin + 2 * half + 6
    return parts


def levels(column: ColumnPortrait, title: str, most: int = LEVELS) -> Markup:
    """Return a bar a level, and the rest in words below them: no pool of many looks like one."""
    shown, rest = shown_levels(column, most)
    top = max((float(x) for _, *pair in shown for x in pair), default=0.0) or 1.0
    row = Markup(
        '<span class="name" title="{0}">{0}</span><svg viewBox="0 0 100 12" '
        'preserveAspectRatio="none" aria-hidden="true"><rect class="made" y="1" width="{2}" '
        'height="10"/><path class="seen" d="M0 1H{1}V11H0"/></svg><span class="share">{3}</span>'
    )
    rows = Markup("").join(
        row.format(name, *(xy(99 * x / top) for x in (a, b)), f"{percent(a)} / {percent(b)}")
        for name, a, b in shown
    )
    whole = Markup('<span class="levels" role="img" aria-label="{}">').format(title) + rows
    end = Markup('<span class="rest">{}</span>').format(rest) if rest else Markup("")
    return whole + Markup("</span>") + end


def importance_bars(table: pd.DataFrame, title: str, most: int = 12) -> Markup:
    """Return how far the AUC falls when a column is shuffled, with two standard errors."""
    top = table.sort_values("drop", ascending=False).head(most)
    ends = top["drop"] + 2 * top["se"], top["drop"] - 2 * top["se"]
    full = max(float(ends[0].max()), 1e-9)
    row = Markup(
        '<span class="name" title="{0}">{0}</span><svg viewBox="0 0 100 12" '
        'preserveAspectRatio="none" aria-hidden="true"><rect class="made" y="1" width="{1}" '
        'height="10"/><path class="seen" d="M{2} 6H{3}"/></svg><span class="share">{4}</span>'
    )
    rows = Markup("").join(
        row.format(name, *(xy(99 * max(x, 0.0) / full) for x in (d, a, b)), f"{d:.3f}")
        for name, d, a, b in zip(top["column"], top["drop"], ends[1], ends[0], strict=True)
    )
    return (
        Markup('<span class="levels" role="img" aria-label="{}">').format(title)
        + rows
        + Markup("</span>")
    )


def quantile_plot(
    x: Floats, y: Floats, title: str, axes: tuple[str, str], scale: str, width: float, unit: str
) -> Markup:
    """Return points of two quantile functions and the line on which they are equal."""
    side = 150.0
    low, high = float(min(x.min(), y.min())), float(max(x.max(), y.max()))
    ends = place(np.array([low, high]), scale, width)
    ticks, names = ticks_between(low, high, scale, width, unit, 4)
    left = 20 + max((width_of(name) for name in names), default=0.0)
    span = float(np.ptp(ends)) or 1.0
    at = [side * (place(v, scale, width) - ends[0]) / span for v in (x, y)]
    dots = "".join(f"M{xy(left + a, side + 6 - b)}h0" for a, b in zip(*at, strict=True))
    places = side * (ticks - ends[0]) / span
    parts = [
        f'<path class="axis" d="M{xy(left)} 6V{xy(side + 6)}H{xy(left + side)}"/>',
        f'<path class="line" d="M{xy(left, side + 6)}L{xy(left + side)} 6"/>',
        f'<path class="dots" d="{dots}"/>',
        *(text(left - 4, side + 9 - t, n, "end") for t, n in zip(places, names, strict=True)),
        *_beside(left + places, names, side + 23),
        text(left + side / 2, side + 36, axes[0], "middle", "told"),
        f'<text class="told" text-anchor="middle" transform="translate(9 {xy(side / 2 + 6)}) '
        f'rotate(-90)">{escape(axes[1])}</text>',
    ]
    return svg(left + side + 24, side + 41, title, parts, "qq")


def _beside(at: Floats, names: list[str], y: float) -> list[str]:
    """Return labels below an axis as far as they do not touch."""
    parts, free = [], -np.inf
    for x, name in zip(at, names, strict=True):
        half = width_of(name) / 2
        if x - half > free:
            parts.append(text(float(x), y, name, "middle"))
            free = x + half + 4
    return parts


def gauge(
    numbers: tuple[float, float, float, float], ends: tuple[float, float], title: str
) -> Markup:
    """Return a value with its interval on a scale, and where real rows are.

    Parameters
    ----------
    numbers : value, low, high, reference
        The interval and the reference may be nan.
    """
    wide, pad = 220.0, 8.0
    share = (np.clip(numbers, *ends) - ends[0]) / (ends[1] - ends[0])
    value, low, high, real = pad + (wide - 2 * pad) * share
    parts = [f'<path class="axis" d="M{xy(pad)} 12H{xy(wide - pad)}"/>']
    if np.isfinite(real):
        parts.append(f'<path class="real" d="M{xy(real)} 3v18"/>')
        parts.append(text(real, 31, "real rows", _inside(real, wide, "real rows"), "told"))
    if np.isfinite([low, high]).all():
        parts.append(f'<path class="noise" d="M{xy(low)} 12H{xy(high)}"/>')
    parts.append(f'<circle class="made" cx="{xy(value)}" cy="12" r="4.5"/>')
    for at, end in ((pad, ends[0]), (wide - pad, ends[1])):
        name = f"{end:g}"
        if not np.isfinite(real) or abs(at - real) > width_of("real rows") + width_of(name):
            parts.append(text(at, 31, name, _inside(at, wide, name)))
    return svg(wide, 34, title, parts, "gauge")


def _inside(x: float, wide: float, name: str) -> str:
    """Return how a label is anchored so that it stays inside."""
    half = width_of(name) / 2
    return "start" if x < half else "end" if x > wide - half else "middle"
