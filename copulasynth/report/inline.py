"""Small figures of a page, drawn as SVG and HTML themselves: bars, quantiles, gauges.

The browser sets their labels, so that they fit any width; `plots` draws the same for a paper.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from copulasynth._arrays import Floats
from copulasynth.metrics import Score
from copulasynth.metrics.summary import ColumnPortrait
from copulasynth.report.figures.bars import Bars, bars_of, place, ticks_between
from copulasynth.report.figures.style import width_of

__all__ = [
    "LEVELS",
    "coordinate",
    "gauge",
    "histogram",
    "importance_bars",
    "levels",
    "named",
    "quantile_plot",
    "svg",
    "text",
]

#: Units of a histogram: its width, and the height of its bars.
_WIDE, _HIGH = 260.0, 84.0
_LINE = 13.0
#: Most levels of a small figure; the rest is told in words.
LEVELS = 7


def coordinate(x: float) -> str:
    """Return a coordinate in tenths."""
    return f"{x:.1f}".removesuffix(".0").replace("-0.0", "0")


def svg(width: float, height: float, title: str, parts: Iterable[str], kind: str) -> Markup:
    """Return a figure of a kind, with what a screen reader says of it."""
    head = Markup('<svg class="{}" role="img" aria-label="{}" viewBox="0 0 {} {}">').format(
        kind, title, coordinate(width), coordinate(height)
    )
    return head + Markup("".join(parts) + "</svg>")


def text(x: float, y: float, words: str, anchor: str, kind: str = "") -> str:
    """Return words at a place."""
    kinds = f' class="{kind}"' if kind else ""
    at = f'x="{coordinate(x)}" y="{coordinate(y)}" text-anchor="{anchor}"'
    return f"<text {at}{kinds}>{escape(words)}</text>"


def named(x: float, y: float, name: str, shown: str, anchor: str, turn: int = 0) -> str:
    """Return a name that may be cut, with the whole of it as its title, maybe turned."""
    title = f"<title>{escape(name)}</title>" if shown != name else ""
    turned = f" rotate({turn})" if turn else ""
    place = f"translate({coordinate(x)} {coordinate(y)}){turned}"
    return f'<text text-anchor="{anchor}" transform="{place}">{title}{escape(shown)}</text>'


def histogram(column: ColumnPortrait, title: str) -> Markup:
    """Return the bins of a column: synthetic filled, observed as an outline over them."""
    bars = bars_of(column, most=4)
    top = _LINE * len(bars.cut) + 2
    foot = top + _HIGH
    low, high = bars.ends
    x = [_WIDE * (end - low) / (high - low) for end in (bars.low, bars.high)]
    y = {role: foot - _HIGH * np.minimum(h / bars.top, 1) for role, h in bars.heights.items()}
    parts = [_filled(*x, y["synthetic"], foot), _outlined(bars, *x, y["real"], foot)]
    for rank, (k, words) in enumerate(bars.cut):
        middle = (x[0][k] + x[1][k]) / 2
        anchor = "start" if middle <= _WIDE / 2 else "end"
        parts.append(text(middle, _LINE * (rank + 1) - 3, words, anchor, "told"))
    parts.append(f'<path class="axis" d="M0 {coordinate(foot)}H{coordinate(_WIDE)}"/>')
    at = _WIDE * (bars.ticks[0] - low) / (high - low)
    parts += _scale(at, bars.ticks[1], foot + _LINE)
    return svg(_WIDE, foot + _LINE + 3, title, parts, "bars")


def _filled(left: Floats, right: Floats, y: Floats, foot: float) -> str:
    bars = zip(left, right, y, strict=True)
    tall = (
        f"M{coordinate(a)} {coordinate(foot)}V{coordinate(h)}H{coordinate(b)}V{coordinate(foot)}z"
        for a, b, h in bars
        if h < foot
    )
    return f'<path class="made" d="{"".join(tall)}"/>'


def _outlined(bars: Bars, left: Floats, right: Floats, y: Floats, foot: float) -> str:
    """Return one line over all bins, and one about each atom."""
    line = "".join(
        f"V{coordinate(y[k])}H{coordinate(right[k])}" for k in np.flatnonzero(~bars.atom)
    )
    path = (
        f"M{coordinate(float(left[~bars.atom][0]))} {coordinate(foot)}{line}V{coordinate(foot)}"
        if line
        else ""
    )
    path += "".join(
        f"M{coordinate(left[k])} {coordinate(foot)}V{coordinate(y[k])}H{coordinate(right[k])}V{coordinate(foot)}"
        for k in np.flatnonzero(bars.atom)
    )
    return f'<path class="seen" d="{path}"/>'


def _scale(at: Floats, names: list[str], y: float) -> list[str]:
    """Return labels of an axis; those at its ends stay inside, and none touches another."""
    parts: list[str] = []
    free = -1.0
    for x, name in zip(at, names, strict=True):
        half = width_of(name) / 2
        anchor = "start" if x < half else "end" if x > _WIDE - half else "middle"
        begin = {"start": x, "middle": x - half, "end": x - 2 * half}[anchor]
        if begin > free:
            parts.append(text(float(x), y, name, anchor))
            free = begin + 2 * half + 6
    return parts


def levels(column: ColumnPortrait, title: str, most: int = LEVELS) -> Markup:
    """Return a bar a level, and the rest in words below them: no pool of many looks like one."""
    shown, rest = _shown(column, most)
    top = max((float(x) for _, *pair in shown for x in pair), default=0.0) or 1.0
    row = Markup(
        '<span class="name" title="{0}">{0}</span><svg viewBox="0 0 100 12" '
        'preserveAspectRatio="none" aria-hidden="true"><rect class="made" y="1" width="{2}" '
        'height="10"/><path class="seen" d="M0 1H{1}V11H0"/></svg><span class="share">{3}</span>'
    )
    rows = Markup("").join(
        row.format(
            name, *(coordinate(99 * x / top) for x in (a, b)), f"{_percent(a)} / {_percent(b)}"
        )
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
        row.format(name, *(coordinate(99 * max(x, 0.0) / full) for x in (d, a, b)), f"{d:.3f}")
        for name, d, a, b in zip(top["column"], top["drop"], ends[1], ends[0], strict=True)
    )
    return (
        Markup('<span class="levels" role="img" aria-label="{}">').format(title)
        + rows
        + Markup("</span>")
    )


def _percent(x: float) -> str:
    return "–" if not np.isfinite(x) else f"{100 * x:.2g}" if x < 0.995 else "100"


def _shown(column: ColumnPortrait, most: int) -> tuple[list[tuple[str, float, float]], str]:
    """Return the levels that get a bar, in their order, and the others in words."""
    bins = column.bins
    rows = list(zip(bins["label"], bins["real"], bins["synthetic"], strict=True))
    pool = [rows.pop()] if column.pooled else []
    size = np.array([-max(a, b) for _, a, b in rows])
    # One level more takes no more room than the words for it.
    most = most if len(rows) > most + 1 or (pool and len(rows) > most) else len(rows)
    keep = sorted(np.argsort(size, kind="stable")[:most])
    left = [row for k, row in enumerate(rows) if k not in set(keep)]
    shown = [rows[k] for k in keep]
    count = len(left) + column.pooled
    if not count:
        return shown, ""
    a, b = (sum(row[i] for row in left + pool) for i in (1, 2))
    name = f"{count} {'more ' if shown else ''}level{'s' if count > 1 else ''}"
    return shown, f"{name}: {_percent(a)} % / {_percent(b)} %"


def quantile_plot(
    x: Floats, y: Floats, title: str, axes: tuple[str, str], scale: str, width: float, unit: str
) -> Markup:
    """Return points of two quantile functions and the line on which they are equal."""
    side, left = 150.0, 46.0
    low, high = float(min(x.min(), y.min())), float(max(x.max(), y.max()))
    ends = place(np.array([low, high]), scale, width)
    span = float(np.ptp(ends)) or 1.0
    at = [side * (place(v, scale, width) - ends[0]) / span for v in (x, y)]
    dots = "".join(
        f"M{coordinate(left + a)} {coordinate(side + 6 - b)}h0" for a, b in zip(*at, strict=True)
    )
    ticks, names = ticks_between(low, high, scale, width, unit, 4)
    places = side * (ticks - ends[0]) / span
    parts = [
        f'<path class="axis" d="M{coordinate(left)} 6V{coordinate(side + 6)}H{coordinate(left + side)}"/>',
        f'<path class="line" d="M{coordinate(left)} {coordinate(side + 6)}L{coordinate(left + side)} 6"/>',
        f'<path class="dots" d="{dots}"/>',
        *(text(left - 4, side + 9 - t, n, "end") for t, n in zip(places, names, strict=True)),
        *_beside(left + places, names, side + 20),
        text(left + side / 2, side + 33, axes[0], "middle", "told"),
        f'<text class="told" text-anchor="middle" transform="translate(9 {coordinate(side / 2 + 6)}) '
        f'rotate(-90)">{escape(axes[1])}</text>',
    ]
    return svg(left + side + 14, side + 38, title, parts, "qq")


def _beside(at: Floats, names: list[str], y: float) -> list[str]:
    """Return labels below an axis as far as they do not touch."""
    parts, free = [], -np.inf
    for x, name in zip(at, names, strict=True):
        half = width_of(name) / 2
        if x - half > free:
            parts.append(text(float(x), y, name, "middle"))
            free = x + half + 4
    return parts


def gauge(score: Score, ends: tuple[float, float], title: str) -> Markup:
    """Return a value with its interval on a scale, and where real rows are."""
    wide = 200.0

    def at(v: float) -> float:
        return 6 + (wide - 12) * float(np.clip((v - ends[0]) / (ends[1] - ends[0]), 0, 1))

    low, high = (
        (at(v) for v in (score.low, score.high) if np.isfinite(v))
        if np.isfinite([score.low, score.high]).all()
        else (at(score.value),) * 2
    )
    parts = [
        f'<path class="axis" d="M6 14H{coordinate(wide - 6)}"/>',
        f'<path class="real" d="M{coordinate(at(score.reference))} 5v18"/>',
        f'<path class="noise" d="M{coordinate(low)} 14H{coordinate(high)}"/>',
        f'<circle class="made" cx="{coordinate(at(score.value))}" cy="14" r="4.5"/>',
    ]
    return svg(wide, 28, title, parts, "gauge")
