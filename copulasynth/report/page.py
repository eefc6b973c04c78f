"""What a page is made of: figures, tables, cards, and sections of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from copulasynth.report.figures.style import canvas, svg
from copulasynth.report.front import Front
from copulasynth.report.grid import Grid
from copulasynth.report.words import CLOSING

__all__ = ["Block", "Card", "Picture", "Section", "picture"]


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn figure: SVG, the words under it, and its natural width in pixels."""

    svg: Markup
    caption: str
    width: int
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """One of many small figures: what shows, and what opens on a click."""

    anchor: str
    title: str
    verdict: str
    figure: Markup
    says: tuple[str, ...]
    figures: tuple[Picture, ...]
    tables: tuple[Grid, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a section under its own heading; a wide one has a row of the page for itself.

    Broad cards stand three in a row of a desktop, others four.
    """

    anchor: str
    title: str
    text: str = ""
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Grid, ...] = ()
    folded: tuple[Grid, ...] = ()
    wide: bool = False
    cards: tuple[Card, ...] = ()
    broad: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A section: anchor, title, an opening, tables that have rows, cards, blocks, and notes."""

    anchor: str
    title: str
    lead: tuple[str, ...] = ()
    tables: tuple[Grid, ...] = ()
    blocks: tuple[Block, ...] = ()
    notes: tuple[str, ...] = ()
    cards: tuple[Card, ...] = ()
    front: Front | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", tuple(grid for grid in self.tables if grid.rows))

    @property
    def closing(self) -> str:
        """What the section says in plain words."""
        return CLOSING[self.anchor]


def picture(
    key: str,
    caption: str,
    draw: Callable[..., None],
    *args: Any,
    size: tuple[float, float],
    wide: bool = False,
    **kwargs: Any,
) -> Picture:
    """Draw and render a figure; the caption is also what a screen reader says."""
    figure = canvas(draw, *args, size=size, **kwargs)
    return Picture(Markup(svg(figure, key, caption)), caption, round(96 * size[0]), wide)
