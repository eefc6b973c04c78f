"""The house style: how every figure looks, and how it becomes a small, repeatable SVG."""

import io
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast
from xml.sax.saxutils import escape

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = [
    "COLOURS",
    "MUTED",
    "NEGATIVE",
    "OBSERVED",
    "PAPER",
    "POSITIVE",
    "SYNTHETIC",
    "canvas",
    "grid_canvas",
    "inches_of",
    "label",
    "legend",
    "style",
    "svg",
    "width_of",
]

#: Dark for observed and bright for synthetic, as synthpop draws them: they differ in lightness,
#: which every kind of colour vision can see. Signs are blue and orange.
OBSERVED, SYNTHETIC = "#1a3c5a", "#4187bf"
POSITIVE, NEGATIVE = "#3a7ebd", "#d9772c"
INK, MUTED, GRID, PAPER = "#24292e", "#6e7781", "#d0d7dd", "#fffffe"

#: Colours of the style and the variables of the report that replace them in light and dark.
COLOURS = {
    OBSERVED: "--observed",
    SYNTHETIC: "--synthetic",
    POSITIVE: "--positive",
    NEGATIVE: "--negative",
    INK: "--ink",
    MUTED: "--muted",
    GRID: "--grid",
    PAPER: "--paper",
}

_RC: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 8.5,
    "axes.titlesize": "large",
    "axes.titlelocation": "left",
    "axes.labelsize": "medium",
    "xtick.labelsize": "medium",
    "ytick.labelsize": "medium",
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "text.color": INK,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "axes.facecolor": "none",
    "savefig.facecolor": "white",
    "svg.fonttype": "none",
    # Names of columns are data: a dollar sign in one is not mathematics.
    "text.parse_math": False,
    "hatch.linewidth": 0.5,
}


@dataclass(frozen=True, slots=True)
class FigureStyle:
    """What a caller asks of figures: inches, a font and its size in points."""

    size: tuple[float, float] | None = None
    font: str | None = None
    font_size: float | None = None


_USUAL = FigureStyle()
_LOOK: ContextVar[FigureStyle] = ContextVar("look", default=_USUAL)


@contextmanager
def style(
    *,
    size: tuple[float, float] | None = None,
    font: str | None = None,
    font_size: float | None = None,
) -> Iterator[None]:
    """Draw the figures inside at a size and in a font, as a journal asks for.

    Parameters
    ----------
    size : pair of float, optional
        Width and height in inches.
    font : str, optional
        A family that matplotlib knows.
    font_size : float, optional
        Of axis labels in points; titles and small labels keep their proportion to it.

    Examples
    --------
    >>> with style(size=(3.3, 2.5), font_size=7):
    ...     figure = canvas(lambda ax: ax.set_title("a"))
    >>> tuple(map(float, figure.get_size_inches()))
    (3.3, 2.5)
    """
    token = _LOOK.set(FigureStyle(size, font, font_size))
    try:
        yield
    finally:
        _LOOK.reset(token)


_LONG = re.compile(r"(?<![\w#.])-?\d+\.\d{2,}")


@contextmanager
def house_style(**more: Any) -> Iterator[None]:
    """Draw in the house style; the caller's settings come back afterwards."""
    look = _LOOK.get()
    asked = {"font.family": look.font and [look.font, "DejaVu Sans"], "font.size": look.font_size}
    settings = _RC | {key: value for key, value in asked.items() if value} | more
    with mpl.rc_context(cast(Any, settings)), warnings.catch_warnings():
        # The browser has the glyphs that the font used for measuring lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        yield


def canvas(
    draw: Callable[..., None],
    *args: Any,
    ax: Axes | None = None,
    size: tuple[float, float] = (4.6, 3.1),
    **kwargs: Any,
) -> Figure:
    """Call ``draw(ax, ...)`` on the given axes, or on those of a new figure; return the figure."""
    with house_style():
        if ax is None:
            figure = Figure(figsize=_LOOK.get().size or size, layout="constrained")
            ax = figure.add_subplot()
        draw(ax, *args, **kwargs)
        found = ax.get_figure(root=True)
    assert isinstance(found, Figure)
    return found


def grid_canvas(
    draw: Callable[..., None], items: Sequence[Any], across: int, each: tuple[float, float] = (3, 2)
) -> Figure:
    """Call ``draw(ax, item, key=first)`` for each on axes of its own, `across` in a row."""
    across = max(min(across, len(items)), 1)
    down = max(-(-len(items) // across), 1)
    size = _LOOK.get().size or (each[0] * across, each[1] * down)
    with house_style():
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots(down, across, squeeze=False).ravel()
        for k, item in enumerate(items):
            draw(axes[k], item, key=k == 0)
        for ax in axes[len(items) :]:
            ax.set_axis_off()
    return figure


def svg(figure: Figure, key: str, title: str) -> str:
    """Return a figure as inline SVG: the same bytes every time, colours as CSS variables.

    Parameters
    ----------
    key : str
        Distinguishes the ids of one figure from those of the others in a page.
    title : str
        What a screen reader says.
    """
    buffer = io.StringIO()
    with house_style(**{"svg.hashsalt": key}):
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.S)
    text = _ids(text, key)
    # Only in tags: the text between them is what a reader reads.
    text = re.sub("<[^>]+>", lambda tag: _LONG.sub(_short, tag[0]), text)
    text = re.sub(r"\s*\n\s*", "\n", text)
    text = re.sub("font: ([^\"']*?)'DejaVu Sans'[^\";]*", r"font: \1var(--font)", text)
    for colour, name in COLOURS.items():
        text = text.replace(colour, f"var({name})")
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', text)
    assert size is not None
    title = escape(title, {'"': "&quot;"})
    head = (
        f'<svg class="figure" role="img" aria-label="{title}" '
        f'viewBox="0 0 {size[1]} {size[2]}" '
        'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        f"<title>{title}</title>"
    )
    return head + text[text.index(">") + 1 :].strip()


def _ids(text: str, key: str) -> str:
    """Drop the ids that nothing refers to and give the others the key of the figure."""
    used = set(re.findall(r"url\(#([^)]+)\)", text)) | set(re.findall(r'href="#([^"]+)"', text))
    text = re.sub(r' id="([^"]+)"', lambda m: f' id="{key}-{m[1]}"' if m[1] in used else "", text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{key}-\1)", text)
    return re.sub(r'href="#([^"]+)"', rf'href="#{key}-\1"', text)


def _short(match: re.Match[str]) -> str:
    text = f"{float(match[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def label(name: Any, most: int = 24) -> str:
    """Return a name that fits: no control characters, at most `most`, both ends kept.

    >>> label("satisfaction_with_service_2011", 16)
    'satisfacti…_2011'
    """
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(name))
    if len(text) <= most:
        return text
    end = (most - 1) // 3
    return f"{text[: most - 1 - end]}…{text[len(text) - end :]}"


#: Widths of characters in parts of the size of a wide sans-serif font.
_NARROW, _BROAD = frozenset("ijlIft.,:;|'()[]!- "), frozenset("mwMWÆŒ@%…—<>=+~&#")


def width_of(text: str, size: float = 10.0) -> float:
    """Return about how wide a text is, rather too much than too little.

    >>> width_of("ill") < width_of("abc") < width_of("MMM")
    True
    """
    parts = (
        0.4 if c in _NARROW
        else 1.0 if c in _BROAD or ord(c) > 0x2E7F
        else 0.74 if c.isupper()
        else 0.63
        for c in text
    )  # fmt: skip
    return size * sum(parts)


def inches_of(ax: Axes) -> float:
    """Return the width of the part of a figure that axes and their labels have."""
    figure, place = ax.get_figure(root=True), ax.get_subplotspec()
    assert figure is not None
    across = 1 if place is None else place.get_gridspec().ncols
    return float(figure.get_figwidth() / across)


def legend(ax: Axes, **kwargs: Any) -> None:
    """Put the legend above the axes, where it hides no data, and the title above the legend."""
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "ncols": 3}
    drawn = ax.legend(**place | kwargs, borderaxespad=0.2, handlelength=1.2, columnspacing=1.2)
    title = ax.get_title(loc="left")
    if title and "loc" not in kwargs:
        text = float(drawn.get_texts()[0].get_fontsize()) if drawn.get_texts() else 0.0
        lines = -(-len(drawn.get_texts()) // int(kwargs.get("ncols", 3)))
        ax.set_title(title, pad=6 + 1.6 * text * lines)
