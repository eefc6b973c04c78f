"""The command `copulasynth audit`: arguments and progress only."""

from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from copulasynth._write import check_outputs
from copulasynth.cli.reading import FOUND, UNDECLARED, Declaration, Reading, reads
from copulasynth.cli.shared import (
    Data,
    Marginals,
    MethodName,
    Seed,
    pairs,
    read_all,
    say,
    seed_of,
    tell_seed,
    working,
)
from copulasynth.synthesizers.registry import named

__all__ = ["audit"]


@reads
def audit(
    data: Data,
    method: MethodName = "auto",
    prefer: Annotated[
        Literal["fidelity", "privacy", "speed"],
        typer.Option(help="What 'auto' chooses for, as in 'fit'."),
    ] = "fidelity",
    marginals: Marginals = None,
    records: Annotated[
        int, typer.Option(help="Rows to attack: half of them the most outlying.", min=1, max=1000)
    ] = 20,
    fits: Annotated[
        int, typer.Option(help="Shadow fits, each as long as one fit.", min=16, max=100_000)
    ] = 256,
    released: Annotated[
        Literal["rows", "model"], typer.Option(help="What leaves: rows, or the model file.")
    ] = "rows",
    rows: Annotated[
        int | None,
        typer.Option("-n", "--rows", help="Rows to draw of each fit; else as trained.", min=1),
    ] = None,
    holdout: Annotated[
        Path | None, typer.Option(help="Real rows that stand in for those that are left out.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(help="A column that says whose rows they are.")
    ] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="Result to write, as JSON.")] = Path(
        "audit.json"
    ),
    told: Declaration = UNDECLARED,
    reading: Reading = FOUND,
    seed: Seed = None,
    workers: Annotated[
        int, typer.Option(help="Processes; they change the time, not the result.", min=1)
    ] = 2,
) -> None:
    """Attack single rows of a table: fit again and again with and without them, and compare."""
    named(method)  # before a library loads
    from copulasynth.fitting import check_settings
    from copulasynth.fitting import fit as fit_table
    from copulasynth.privacy import shadow_audit

    check_outputs([out], [data, holdout, told.schema])
    chosen = pairs(marginals, "marginals", rest="*") or "auto"
    check_settings(method, marginals=chosen, prefer=prefer)
    (table, kept), start = read_all([data, holdout], reading), seed_of(seed)
    known = told.of(table)
    fit = partial(fit_table, copula=method, prefer=prefer, marginals=chosen, schema=known)
    with working(f"auditing {data.name}") as progress:
        found = shadow_audit(
            table,
            fit,
            holdout=kept,
            records=records,
            fits=fits,
            n=rows,
            released=released,
            unit=unit,
            schema=known,
            rng=start,
            workers=workers,
            progress=progress,
        )
    tell_seed(seed, start)
    found.to_json(out)
    found.summary()
    say(f"result written to {out}; hand it to the gate: copulasynth gate ... --audit {out}")
