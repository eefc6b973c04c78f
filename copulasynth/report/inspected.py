"""A model on one screen: what it is, why, a line a column, its rules and strongest pairs."""

from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from copulasynth._plain import json_text, plain, records
from copulasynth.errors import several
from copulasynth.model import JointLaw, Model, Strata
from copulasynth.model.overview import Line, overview
from copulasynth.report.console import grid, list_rules, text

__all__ = ["model_json", "show_model"]

#: Pairs on the first screen, and of those asked for.
FEW, STRONGEST = 5, 20
#: The part of a law of several groups that says which one a row is of.
POOL = "[group]"
#: What is told of a group behind the values that tell it.
OWN = ("rows", "law", "pooled", "error")
#: What is told of a candidate marginal in the width of a terminal.
TOLD = ("variable", "candidate", "parameters", "heldout", "p_ks", "reason")
#: What is told of a pair or an edge there.
EDGE = ("tree", "pair", "given", "family", "parameters", "tau", "loglik")


def show_model(
    model: Model,
    *,
    marginals: bool = False,
    dependence: bool = False,
    candidates: bool = False,
    console: Console | None = None,
) -> None:
    """Print a model on one screen, and what is asked for beside.

    Parameters
    ----------
    model : Model
    marginals : bool
        The chosen marginal of every variable with parameters, fit and reason.
    dependence : bool
        The numbers of the copula, and its strongest pairs or the edges of a vine.
    candidates : bool
        All candidate marginals, and those for the copula.
    """
    console = console or Console()
    _head(model, console)
    console.print(_columns(overview(model.schema, model.sampler)))
    list_rules(model.schema, console)
    if isinstance(model.sampler, JointLaw) and model.copula.dim > 1:
        _pairs(model, console)
    if isinstance(model.sampler, Strata):
        _groups(model, console, asked=marginals or dependence)
    if marginals or candidates:
        rows = [r for r in model.provenance.marginals if candidates or r.get("chosen")]
        told = [{k: r.get(k) for k in (*TOLD, "chosen")} for r in rows]
        console.print(grid("Marginals", told))
    if candidates and model.provenance.selection:
        console.print(grid("Copulas", model.provenance.selection))
    if dependence and isinstance(model.sampler, JointLaw):
        _dependence(model, console)
    if not (marginals or dependence or candidates):
        more = ", --group COLUMN=VALUE" if isinstance(model.sampler, Strata) else ""
        console.print(
            f"More: --marginals, --dependence, --candidates{more}; all of it: --json", style="dim"
        )


def model_json(model: Model) -> str:
    """Return all that `show_model` can show, as JSON."""
    joint = isinstance(model.sampler, JointLaw)
    made, grouped = model.provenance, isinstance(model.sampler, Strata)
    return json_text(
        {
            "model": repr(model)[1:-1],
            "holds_training_rows": model.holds_training_rows,
            "rows": made.rows,
            "seed": made.seed,
            "versions": made.versions,
            "choices": made.choices,
            "selection": plain(made.selection),
            "columns": [line._asdict() for line in overview(model.schema, model.sampler)],
            "rules": [
                {"kind": r.kind, "rule": r.words, "obey": r.obey, "of": r.told, "keep": r.keep}
                for r in model.schema.rules or ()
            ],
            "marginals": plain(made.marginals),
            "copula": plain(model.dependence_summary) if joint else None,
            "dependence": plain(records(model.dependence_table)) if joint else None,
            **({"groups": plain(records(model.groups))} if grouped else {}),
            "warnings": list(made.warnings),
        }
    )


def _head(model: Model, console: Console) -> None:
    """Print what a model is, why, what it was made with, and what its fit warned of."""
    made = model.provenance
    console.print(f"[bold]{escape(repr(model)[1:-1])}[/]")
    if isinstance(model.sampler, JointLaw) and any(v.name == POOL for v in model.sampler.parts):
        many = next(v.levels for v in model.sampler.parts if v.name == POOL)
        console.print(f"the law that {several(many, 'group')} of few rows have together")
    for row in made.selection:
        if row["chosen"]:
            console.print(f"chosen: {row['candidate']}, because {row['why']}", markup=False)
    versions = " ".join(f"{k} {v}" for k, v in made.versions.items())
    console.print(f"seed {made.seed}; {versions}", style="dim", markup=False)
    for warning in made.warnings:
        console.print(f"[yellow]note:[/] {escape(warning)}")


def _groups(model: Model, console: Console, *, asked: bool) -> None:
    """Print the groups of a model, and how one is shown where their laws are asked for."""
    table = model.groups
    left = len(table) - STRONGEST
    names = table.columns[: -len(OWN)]
    # all digits, as --group takes them
    shown = table.head(STRONGEST).astype(dict.fromkeys(names, object))
    shown[names] = shown[names].map(lambda v: "(missing)" if pd.isna(v) else str(v))
    console.print(grid("Groups, largest first", records(shown), console.width))
    if left > 0:
        console.print(f"and {several(left, 'group')} more; all of them: --json", style="dim")
    if asked:
        told = " ".join(f"--group {name}=..." for name in names)
        gaps = table[names].isna().any(axis=None)
        more = ", nothing behind = for a missing value" if gaps else ""
        console.print(f"Each group has marginals and a copula of its own: {told} shows one{more}.")


def _columns(lines: tuple[Line, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in Line._fields:
        table.add_column(name, overflow="fold", justify="right" if name == "gaps" else "left")
    for line in lines:
        table.add_row(*map(escape, line))
    return table


def _pairs(model: Model, console: Console) -> None:
    """Print the strongest pairs, or the first edges of a vine."""
    table = model.dependence_table
    if "tree" in table:
        rows = records(table[["pair", "family", "tau"]].head(FEW))
        told = [f"{r['pair']} {text(r['tau'])} ({r['family']})" for r in rows]
    else:
        rows = records(table.head(FEW))
        told = [f"{r['first']}, {r['second']} {r['correlation']:+.2f}" for r in rows]
    title = (
        "First edges (tau)" if "tree" in table else "Strongest pairs (correlation of normal scores)"
    )
    console.print(f"{title}: {'; '.join(told)}", markup=False)


def _dependence(model: Model, console: Console) -> None:
    """Print the numbers of the copula, and the first edges of a vine or the strongest pairs."""
    told = model.dependence_summary
    console.print("Copula: " + ", ".join(f"{k} {text(v)}" for k, v in told.items()))
    if model.copula.dim < 2:
        return
    table = model.dependence_table
    title = "First edges of the vine" if "tree" in table else "Strongest latent correlations"
    shown: Any = table[list(EDGE)] if "tree" in table else table
    console.print(grid(title, records(shown.head(STRONGEST))))
