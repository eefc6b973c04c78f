"""A model in a notebook: one line, and one row a column."""

from html import escape

from copulasynth.model.api import Sampler
from copulasynth.model.overview import Line, overview
from copulasynth.schema import Schema

__all__ = ["as_html"]


def as_html(title: str, schema: Schema, sampler: Sampler) -> str:
    """Return a model as a short HTML table of its columns."""
    rows = [Line._fields, *overview(schema, sampler)]
    lines = [
        f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in row)}</tr>"
        for tag, row in zip(["th", *["td"] * len(rows)], rows, strict=False)
    ]
    notes = "".join(f"<li>{escape(note)}</li>" for note in schema.notes)
    told = f"<details><summary>What columns were read as</summary><ul>{notes}</ul></details>"
    return f"<p>{escape(title)}</p><table>{''.join(lines)}</table>{told if notes else ''}"
