"""What the console shows of tables: rules, and the scores of a synthetic one."""

import html
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from copulasynth._plain import records
from copulasynth.metrics import Score
from copulasynth.metrics.catalogue import CATALOGUE, part_of
from copulasynth.metrics.summary import Portrait
from copulasynth.metrics.verdicts import LEGEND, marked, verdict
from copulasynth.report.differences import differing
from copulasynth.report.grid import with_noise
from copulasynth.report.results import COSTS, Compared
from copulasynth.report.verdict import Verdict
from copulasynth.schema import Schema

__all__ = [
    "grid",
    "list_rules",
    "notebook",
    "show_methods",
    "show_rules",
    "show_scores",
    "text",
]

STRONGEST = 10
#: Colours of verdicts; their words or marks tell them apart where there is none.
_STYLES = {"worse": "red", "slightly worse": "yellow", "better": "blue"}


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


def notebook(title: str, verdict: Verdict, table: pd.DataFrame, notes: Iterable[str]) -> str:
    """Return what a notebook shows of a result: the verdict, and folded below it the numbers."""
    told = [verdict.chosen, *(f.text for f in verdict), f"Next: {verdict.next}"]
    first = "".join(f"<li>{html.escape(line)}</li>" for line in told if line)
    listed = "".join(f"<li>{html.escape(note)}</li>" for note in notes)
    numbers = table.to_html(index=False, na_rep="", float_format="{:.4g}".format)
    folded = f"<details><summary>All scores</summary>{numbers}<ul>{listed}</ul></details>"
    return f"<p>{html.escape(title)}</p><ul>{first}</ul>{folded}"


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
            "part": part_of(key),
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
        found = records(differing(portrait, scores).head(STRONGEST))
        console.print(grid("Columns that differ most", found))
    for note in notes:
        console.print(f"- {note}", markup=False)


def show_methods(title: str, found: Compared, console: Console | None = None) -> None:
    """Print the scores of every method with signs of their verdicts, costs, ranks and notes."""
    console = console or Console()
    table = Table(title=title, title_justify="left")
    for name in ("metric", "real rows", *found.scores):
        table.add_column(name, justify="left" if name == "metric" else "right")
    for key in dict.fromkeys(key for scores in found.scores.values() for key in scores):
        row = [scores.get(key) for scores in found.scores.values()]
        some = next(score for score in row if score is not None)
        table.add_row(some.name, f"{some.reference:.3g}", *map(_flagged, row))
    for name, key in COSTS.items():
        table.add_row(name, "", *(f"{cost:.3g}" for cost in found.costs[key].loc[[*found.scores]]))
    ranks = found.ranks["mean"]
    table.add_row("mean rank", "", *(f"{ranks[m]:.2f}" for m in found.scores))
    console.print(table)
    console.print(f"{LEGEND}.", markup=False)
    for note in (*found.notes, *(f"{m}: {why}" for m, why in found.failed.items())):
        console.print(f"- {note}", markup=False)


def _flagged(score: Score | None) -> Text:
    """Return a score with half the width of its interval, signed and coloured by its verdict."""
    if score is None or verdict(score) == "not measured":
        return Text("-")
    return Text(marked(score, with_noise(score)), style=_STYLES.get(verdict(score), ""))
