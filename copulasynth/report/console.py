"""What `copulasynth inspect` prints: a model in a few tables."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from copulasynth.model import JointLaw, Model

__all__ = ["show_model"]

STRONGEST = 10


def show_model(model: Model, *, candidates: bool = False, console: Console | None = None) -> None:
    """Print columns, marginals and why, the strongest dependence, and the provenance of a model."""
    console = console or Console()
    console.print(f"[bold]{escape(repr(model))}[/]")
    console.print(_columns(model.schema))
    chosen = [r for r in model.provenance.marginals if candidates or r.get("chosen")]
    if chosen:
        console.print(_rows("Marginals", chosen))
    if isinstance(model.sampler, JointLaw):
        _dependence(model, console)
    _provenance(model.provenance, console)


def _columns(schema: Any) -> Table:
    table = Table(title="Columns", title_justify="left")
    for head in ("column", "kind", "variables"):
        table.add_column(head)
    for j, column in enumerate(schema.columns):
        names = [f"{v.name} ({v.kind})" for v in schema.variables if v.column == j]
        table.add_row(
            escape(str(column.name)),
            column.kind,
            escape(", ".join(names)) or "none (not modelled)",
        )
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
    shown = table.head(STRONGEST).to_dict("records")
    console.print(_rows(title, [{str(k): v for k, v in r.items()} for r in shown]))


def _provenance(provenance: Any, console: Console) -> None:
    versions = ", ".join(f"{k} {v}" for k, v in provenance.versions.items())
    choices = ", ".join(f"{k}={v}" for k, v in provenance.choices.items())
    console.print(f"Fitted to {provenance.rows:,} rows, seed {provenance.seed}; {choices}")
    console.print(f"Versions: {versions}")
    for warning in provenance.warnings:
        console.print(f"[yellow]note:[/] {escape(warning)}")
