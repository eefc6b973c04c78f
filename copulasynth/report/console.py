"""What the console shows: a model, and the scores of a synthetic table."""

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
from copulasynth.model import JointLaw, Model
from copulasynth.schema import Schema

__all__ = ["list_rules", "notebook", "show_model", "show_rules", "show_scores"]

STRONGEST = 10


def show_model(model: Model, *, candidates: bool = False, console: Console | None = None) -> None:
    """Print columns, marginals and why, the strongest dependence, and the provenance of a model."""
    console = console or Console()
    console.print(f"[bold]{escape(repr(model))}[/]")
    console.print(_columns(model.schema))
    list_rules(model.schema, console)
    chosen = [r for r in model.provenance.marginals if candidates or r.get("chosen")]
    if chosen:
        console.print(_rows("Marginals", chosen))
    if isinstance(model.sampler, JointLaw):
        _dependence(model, console)
    _provenance(model.provenance, console)


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
        console.print(_rows("Rules between columns", rows))


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
    console.print(_rows("Rules of the real table, and the share of rows that obey", rows))


def _columns(schema: Any) -> Table:
    table = Table("column", "kind", "variables", title="Columns", title_justify="left")
    for j, column in enumerate(schema.columns):
        names = ", ".join(f"{v.name} ({v.kind})" for v in schema.variables if v.column == j)
        shown = escape(names) or "none (not modelled)"
        table.add_row(escape(str(column.name)), column.kind, shown)
    return table


def _rows(title: str, rows: Iterable[Mapping[str, Any]]) -> Table:
    rows = list(rows)
    heads = [k for k in dict.fromkeys(k for r in rows for k in r) if k != "chosen"]
    table = Table(title=title, title_justify="left")
    for head in heads:
        table.add_column(head, overflow="fold")
    for r in rows:
        style = "bold" if r.get("chosen") else None
        table.add_row(*(_text(r.get(h)) for h in heads), style=style)
    return table


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ", ".join(_text(v) for v in value)
    return f"{value:.4g}" if isinstance(value, float) else escape(str(value))


def _dependence(model: Model, console: Console) -> None:
    """Print the numbers of the copula, and the first edges of a vine or the strongest pairs."""
    told = model.dependence_summary
    console.print("Copula: " + ", ".join(f"{k} {_text(v)}" for k, v in told.items()))
    if model.copula.dim < 2:
        return
    table = model.dependence_table
    title = "First edges of the vine" if "tree" in table else "Strongest latent correlations"
    console.print(_rows(title, records(table.head(STRONGEST))))


def _provenance(provenance: Any, console: Console) -> None:
    versions = ", ".join(f"{k} {v}" for k, v in provenance.versions.items())
    choices = ", ".join(f"{k}={v}" for k, v in provenance.choices.items())
    console.print(f"Fitted to {provenance.rows:,} rows, seed {provenance.seed}; {choices}")
    for row in provenance.selection:
        if row["chosen"]:
            console.print(f"Why this copula: {row['candidate']}, {row['why']}", soft_wrap=True)
    console.print(f"Versions: {versions}")
    for warning in provenance.warnings:
        console.print(f"[yellow]note:[/] {escape(warning)}")


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
    console.print(_rows(title, rows))
    if portrait.columns:
        found = records(portrait.overview.head(STRONGEST))
        console.print(_rows("Columns that differ most", found))
    for note in notes:
        console.print(f"- {note}", markup=False)
