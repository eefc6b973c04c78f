"""Maps of all pairs, cells of one pair, and joint tails as SVG, with labels the browser sets."""

from collections.abc import Iterable, Sequence

import numpy as np
from markupsafe import Markup, escape

from copulasynth._arrays import Floats
from copulasynth.metrics.summary import PairPortrait, TailPanel
from copulasynth.report.figures.style import label, width_of
from copulasynth.report.svg import named, svg, text, xy

__all__ = ["heat_map", "joint_cells", "tail_curves"]

#: Sides of a cell of a map, with its number and without; parts of the full colour below which one
#: is left white; characters of a bin beyond which it is called by where it begins.
_ROOMY, _CELL, _LEAST, _LONG = 26.0, 14.0, 0.04, 16
_WRITTEN = 12
_STEPS = 8


def heat_map(
    names: Sequence[str],
    lower: Floats,
    upper: Floats | None,
    title: str,
    top: float,
    sides: tuple[str, str] = ("", ""),
) -> tuple[Markup, float]:
    """Return a map of pairs and its width: one matrix below the diagonal, maybe another above.

    Blue is above 0, orange below and struck through; the colour is full at `top`.
    """
    d = len(names)
    short = [label(name, 18) for name in names]
    left = 8 + max(width_of(name) for name in short)
    size = _ROOMY if d <= _WRITTEN else _CELL
    side = size * d
    wide = max(left + side, left + 190.0) + 4
    cells = [(i, j, lower[i, j]) for i in range(1, d) for j in range(i)]
    if upper is not None:
        cells += [(j, i, upper[i, j]) for i in range(1, d) for j in range(i)]
    foot = side + 10 + max(width_of(name) for name in short)
    parts = [f'<g transform="translate({xy(left)} 4)">', *_squares(cells, names, top, size)]
    if upper is not None:
        parts.append(f'<path class="axis" d="M0 0L{xy(side, side)}"/>')
        parts.append(text(side - 3, 8, sides[1], "end", "told") if d > _WRITTEN else "")
        parts.append(text(3, side - 4, sides[0], "start", "told") if d > _WRITTEN else "")
    parts += [f'<path class="axis" d="M0 0V{xy(side)}H{xy(side)}"/>', *_labels(names, short, size)]
    parts += [*_colour_bar(top, foot, any(v < 0 for *_, v in cells)), "</g>"]
    return svg(wide, foot + 36, title, parts, "map"), wide


def _squares(
    cells: Iterable[tuple[int, int, float]], names: Sequence[str], top: float, size: float
) -> list[str]:
    parts, struck = [], []
    for i, j, value in cells:
        strength = min(abs(value) / top, 1.0) if np.isfinite(value) else 0.0
        x, y = size * j, size * i
        if strength > _LEAST:
            told = escape(f"{names[i]}, {names[j]}: {value:.2f}")
            parts.append(
                f'<rect class="{"up" if value > 0 else "down"}" x="{xy(x)}" y="{xy(y)}" '
                f'width="{xy(size)}" height="{xy(size)}" fill-opacity="{_opacity(strength)}">'
                f"<title>{told}</title></rect>"
            )
            if value < 0:
                struck.append(f"M{xy(x, y + size)}l{xy(size, -size)}")
        if size == _ROOMY and np.isfinite(value):
            number = f"{value:.2f}".replace("0.", ".")
            parts.append(text(x + size / 2, y + size / 2 + 3.5, number, "middle", "cell"))
    if struck:
        parts.append(f'<path class="struck" d="{"".join(struck)}"/>')
    return parts


def _opacity(strength: float) -> str:
    """Return an opacity; a concave scale tells faint differences apart."""
    return f"{round(20 * strength**0.75) / 20:g}"


def _labels(names: Sequence[str], short: Sequence[str], size: float) -> list[str]:
    parts = []
    for k, (name, shown) in enumerate(zip(names, short, strict=True)):
        middle = size * (k + 0.5)
        parts.append(named(-4, middle + 3.2, name, shown, "end"))
        parts.append(named(middle + 3.2, size * len(names) + 5, name, shown, "end", turn=-90))
    return parts


def _colour_bar(top: float, y: float, signed: bool) -> list[str]:
    """Return the steps of the colour with their values."""
    steps = range(-_STEPS if signed else 0, _STEPS + 1)
    step = 150 / len(steps)
    parts = ['<g class="scale">']
    for k, s in enumerate(steps):
        kind = "up" if s >= 0 else "down"
        parts.append(
            f'<rect class="{kind}" x="{xy(k * step)}" y="{xy(y + 4)}" width="{xy(step)}" '
            f'height="9" fill-opacity="{_opacity(abs(s) / _STEPS)}"/>'
        )
        if s < 0:
            parts.append(f'<path class="struck" d="M{xy(k * step, y + 13)}l{xy(step)} -9"/>')
    ends = ((0, -top), (75, 0.0), (150, top)) if signed else ((0, 0.0), (150, top))
    parts += [text(x, y + 25, f"{v:.2g}", "middle") for x, v in ends]
    return [*parts, "</g>"]


def joint_cells(pair: PairPortrait, title: str) -> tuple[Markup, float]:
    """Return the shares of the joint cells of both tables as squares, and the width.

    The area of a square is a share; a cross marks a masked cell.
    """
    first = [label(_bin(x, pair.first_kind), 16) for x in pair.first_labels]
    second = [label(_bin(x, pair.second_kind), 20) for x in pair.second_labels]
    cell, top = 17.0, 30.0
    left = 6 + max(map(width_of, second))
    a, b = cell * len(first), cell * len(second)
    foot = top + b + 6 + max(map(width_of, first))
    apart = max(14.0, width_of("observed") + 8 - a)
    most = max(float(np.nan_to_num(x).max(initial=1e-9)) for x in (pair.real, pair.synthetic))
    side = label(pair.second, 40)
    parts = [named(0, 9, pair.second, side, "start")]
    for k, (name, shares) in enumerate((("observed", pair.real), ("synthetic", pair.synthetic))):
        parts.append(f'<g transform="translate({xy(left + k * (a + apart))} {xy(top)})">')
        parts.append(text(0, -6, name, "start", "told"))
        parts += _areas(shares, most, cell, "full" if k == 0 else "made")
        parts += [
            named(cell * (i + 0.5) + 3.2, b + 5, pair.first_labels[i], shown, "end", turn=-90)
            for i, shown in enumerate(first)
        ]
        parts.append(f'<path class="axis" d="M0 0V{xy(b)}H{xy(a)}"/></g>')
    for j, shown in enumerate(second):
        y = top + b - cell * (j + 0.5) + 3.2
        parts.append(named(left - 4, y, pair.second_labels[j], shown, "end"))
    below = label(pair.first, 40)
    wide = max(left + 2 * a + apart + 4, left + a + apart + width_of("synthetic"))
    wide = max(wide, width_of(side) + 4, left + width_of(below) + 4)
    parts.append(named(left, foot + 12, pair.first, below, "start"))
    return svg(wide, foot + 17, title, parts, "cells"), wide


def _bin(name: str, kind: str) -> str:
    """Return a bin by where it begins, if its ends are too long to be read at the side."""
    start, dash, _ = name.partition(" – ")
    return f"from {start}" if kind == "numeric" and dash and len(name) > _LONG else name


def _areas(shares: Floats, most: float, cell: float, kind: str) -> list[str]:
    squares, crosses = [], []
    for (i, j), share in np.ndenumerate(shares):
        x, y = cell * (i + 0.5), cell * (shares.shape[1] - j - 0.5)
        if np.isnan(share):
            crosses.append(f"M{xy(x - 2, y - 2)}l4 4m0 -4l-4 4")
        elif share > 0:
            half = 0.47 * cell * float(np.sqrt(share / most))
            squares.append(f"M{xy(x - half, y - half)}h{xy(2 * half)}v{xy(2 * half)}H")
            squares[-1] += f"{xy(x - half)}z"
    parts = [f'<path class="{kind}" d="{"".join(squares)}"/>']
    return parts + ([f'<path class="axis" d="{"".join(crosses)}"/>'] if crosses else [])


def tail_curves(curve: TailPanel, title: str) -> Markup:
    """Return chi(q) of both tables against q, beside its value without dependence."""
    left, side, high = 26.0, 190.0, 110.0
    low = float(curve.q.min())
    x = left + side * (curve.q - low) / (1 - low)

    def line(y: Floats, kind: str) -> str:
        at = zip(x, 6 + high * (1 - np.clip(y, 0, 1)), strict=True)
        return f'<path class="{kind}" d="M{"L".join(f"{xy(a, b)}" for a, b in at)}"/>'

    ticks = [low, (1 + low) / 2, 1.0]
    parts = [
        f'<path class="axis" d="M{xy(left)} 6V{xy(6 + high)}H{xy(left + side)}"/>',
        line(1 - curve.q, "null"),
        line(curve.real, "seen"),
        line(curve.synthetic, "curve"),
        *(text(left - 4, 9.5 + high * (1 - v), f"{v:g}", "end") for v in (0, 0.5, 1)),
        *(
            text(left + side * (v - low) / (1 - low), high + 23, f"{v:.3g}", "middle")
            for v in ticks
        ),
        text(left + side / 2, high + 36, "quantile level q", "middle", "told"),
    ]
    return svg(left + side + 14, high + 41, title, parts, "tails")
