"""A schema in a notebook: one line, and one row a column."""

from collections.abc import Sequence
from html import escape

from copulasynth.schema.column import Column

__all__ = ["as_html"]

#: Rows of the table: one screen.
_SHOWN = 30


def as_html(title: str, columns: Sequence[Column]) -> str:
    """Return columns as a short HTML table: name, kind, levels, gaps."""
    rows = [("column", "kind", "stored as", "levels", "gaps"), *map(_line, columns[:_SHOWN])]
    lines = [
        f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in row)}</tr>"
        for tag, row in zip(["th", *["td"] * len(rows)], rows, strict=False)
    ]
    rest = len(columns) - _SHOWN
    more = f"<p>and {rest} more columns</p>" if rest > 0 else ""
    return f"<p>{escape(title)}</p><table>{''.join(lines)}</table>{more}"


def _line(c: Column) -> tuple[str, ...]:
    levels = str(len(c.order)) if c.coded else ""
    gaps = ", ".join(["missing"] * bool(c.gaps) + [str(code) for code in c.missing_codes])
    return str(c.name), c.kind, c.storage, levels, gaps
