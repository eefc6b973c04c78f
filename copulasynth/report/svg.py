"""Parts of figures that a page draws itself as SVG: the frame, words, names, coordinates."""

from collections.abc import Iterable

from markupsafe import Markup, escape

__all__ = ["named", "svg", "text", "xy"]


def xy(*numbers: float) -> str:
    """Return coordinates in tenths.

    >>> xy(1.0, 2.25, -0.01)
    '1 2.2 0'
    """
    texts = (f"{x:.1f}".removesuffix(".0") for x in numbers)
    return " ".join("0" if text == "-0" else text for text in texts)


def svg(width: float, height: float, title: str, parts: Iterable[str], kind: str) -> Markup:
    """Return a figure of a kind, with what a screen reader says of it and its natural width."""
    head = Markup(
        '<svg class="{0}" role="img" aria-label="{1}" viewBox="0 0 {2} {3}" style="--w:{2}px">'
    )
    body = Markup("".join(parts) + "</svg>")
    return head.format(kind, title, xy(width), xy(height)) + body


def text(x: float, y: float, words: str, anchor: str, kind: str = "") -> str:
    """Return words at a place."""
    kinds = f' class="{kind}"' if kind else ""
    at = f'x="{xy(x)}" y="{xy(y)}" text-anchor="{anchor}"'
    return f"<text {at}{kinds}>{escape(words)}</text>"


def named(x: float, y: float, name: str, shown: str, anchor: str, turn: int = 0) -> str:
    """Return a name that may be cut, with the whole of it as its title, maybe turned."""
    title = f"<title>{escape(name)}</title>" if shown != name else ""
    turned = f" rotate({turn})" if turn else ""
    place = f"translate({xy(x, y)}){turned}"
    return f'<text text-anchor="{anchor}" transform="{place}">{title}{escape(shown)}</text>'
