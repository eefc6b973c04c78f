"""What the console shows of tables: rules, and the scores of a synthetic one."""

import html
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from copulasynth._plain import records
from copulasynth.metrics import Score
from copulasynth.metrics.catalogue import CATALOGUE
from copulasynth.metrics.summary import Portrait
from copulasynth.metrics.verdicts import verdict
from copulasynth.schema import Schema

__all__ = ["grid", "list_rules", "notebook", "show_rules", "show_scores", "text"]

STRONGEST = 10


def list_rules(schema: Schema, console: Console) -> None:
    """Print the rules of a schema in words, with their evidence."""
    rows = [
        {
            "kind": rule.kind,
            "rule": rule.words,
            "obey": "" if rule.obey is None else f"{rule.obey:,}",
            "of": "" if rule.told is None else f"{rule.told:,}",
            "chance below": "" if rule.chance is None else f"{rule.chance:.0e}",
            "kept": "" if rule.keep else "no",
        }
        for rule in schema.rules or ()
    ]
    if rows:
        console.print(grid("Rules between columns", rows))


def show_rules(scores: Mapping[str, Score], console: Console) -> None:
    """Print the rules of the real table with the share of each table's rows that obey them."""
    table = scores["rules_kept"].table if "rules_kept" in scores else None
    if table is None or table.empty:
        return
    shares = [name for name in ("real", "holdout", "synthetic") if name in table]
    rows = [
        {"kind": row["kind"], "rule": row["rule"]} | {k: f"{row[k]:.4f}" for k in shares}
        for row in records(table)
    ]
    console.print(grid("Rules of the real table, and the share of rows that obey", rows))


def grid(title: str, rows: Iterable[Mapping[str, Any]]) -> Table:
    """Return rows as a table with a title; a chosen row is bold."""
    rows = list(rows)
    heads = [k for k in dict.fromkeys(k for r in rows for k in r) if k != "chosen"]
    table = Table(title=title, title_justify="left")
    for head in heads:
        table.add_column(head, overflow="fold")
    for r in rows:
        style = "bold" if r.get("chosen") else None
        table.add_row(*(text(r.get(h)) for h in heads), style=style)
    return table


def text(value: Any) -> str:
    """Return a value as a cell shows it, numbers with four digits."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ", ".join(text(v) for v in value)
    return f"{value:.4g}" if isinstance(value, float) else escape(str(value))


def notebook(title: str, tables: Iterable[str], notes: Iterable[str]) -> str:
    """Return what a notebook shows of a result: its title, its tables in HTML, and its notes."""
    listed = "".join(f"<li>{html.escape(note)}</li>" for note in notes)
    return f"<p>{html.escape(title)}</p>{''.join(tables)}<ul>{listed}</ul>"


def show_scores(
    title: str,
    scores: Mapping[str, Score],
    portrait: Portrait,
    notes: Iterable[str],
    console: Console | None = None,
) -> None:
    """Print scores with verdicts, the columns that differ most, and notes."""
    console = console or Console()
    show_rules(scores, console)
    rows = [
        {
            "part": CATALOGUE[key].part if key in CATALOGUE else "own",
            "metric": s.name,
            "value": f"{s.value:.3g}",
            "95 % interval": f"{s.low:.3g} to {s.high:.3g}",
            "real rows": f"{s.reference:.3g}",
            "verdict": verdict(s),
            "synthpop": CATALOGUE[key].synthpop if key in CATALOGUE else "",
        }
        for key, s in scores.items()
    ]
    console.print(grid(title, rows))
    if portrait.columns:
        found = records(portrait.overview.head(STRONGEST))
        console.print(grid("Columns that differ most", found))
    for note in notes:
        console.print(f"- {note}", markup=False)
