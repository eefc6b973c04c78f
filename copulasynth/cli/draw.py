"""The command that draws rows of a saved model."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from copulasynth._write import check_outputs
from copulasynth.cli.closing import command, go_on
from copulasynth.cli.shared import (
    ModelPath,
    Seed,
    Workers,
    pairs,
    progress_bar,
    say,
    seed_of,
    tell_seed,
)

__all__ = ["sample"]


def sample(
    model: ModelPath,
    n: Annotated[
        int | None,
        typer.Option(
            "-n",
            "--rows",
            help="Rows to draw; by default as many as were fitted to.",
            min=0,
            max=10**12,
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        str,
        typer.Option(
            "-o",
            "--out",
            help="A file, such as .csv, .parquet or .xlsx, a folder/, s3://..., or - .",
        ),
    ] = "-",
    given: Annotated[
        list[str] | None,
        typer.Option(help="COLUMN=VALUE that every row takes, or LOW..HIGH, or A|B; repeatable."),
    ] = None,
    safe_csv: Annotated[
        bool,
        typer.Option("--safe-csv", help="Mark texts that a spreadsheet would run as formulas."),
    ] = False,
    engine: Annotated[
        str | None, typer.Option(help="Of a folder: threads, dask or spark draw its files.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler or Spark master.")
    ] = None,
    rows_per_file: Annotated[
        int | None, typer.Option(help="Of a folder; rounded up to blocks of 65,536.", min=1)
    ] = None,
    partition_by: Annotated[
        str | None, typer.Option(help="Column of levels, each a folder column=level.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a folder that was begun.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say rows a second, size and hours; draw nothing.")
    ] = False,
    seed: Seed = None,
    workers: Workers = 2,
) -> None:
    """Draw rows from a saved model into a file, a folder of files, or to standard output."""
    from copulasynth.rows.dataset import DatasetOptions, is_dataset
    from copulasynth.schema.given import parse_given
    from copulasynth.synthesizers.stored import load

    asked: dict[str, Any] = {
        "engine": engine,
        "scheduler": scheduler,
        "rows_per_file": rows_per_file,
        "partition_by": partition_by,
        "resume": resume or None,
    }
    options = DatasetOptions(**{k: v for k, v in asked.items() if v is not None})  # type: ignore[typeddict-item]
    folder = out != "-" and is_dataset(out, options)
    if out != "-" and not folder:
        check_outputs([out], [model])
    fitted = load(model)
    n = fitted.provenance.rows if n is None else n
    values = parse_given(fitted.schema, pairs(given, "given")) if given else None
    if dry_run:
        typer.echo(fitted.foretell(n, given=values).words(workers))
        return
    # a folder that was begun tells its seed
    start = seed if resume and seed is None else seed_of(seed)
    with _going_on(out, folder), progress_bar(f"drawing {n:,} rows", n) as progress:
        fitted.write(
            out,
            n,
            rng=start,
            given=values,
            workers=workers,
            progress=progress,
            safe_csv=safe_csv,
            **options,
        )
    if start is not None:
        tell_seed(seed, start)
    if out != "-":
        say(f"{n:,} rows written to {out}")
    if out != "-" and "://" not in out:
        report = Path(out).with_name("report.html")
        go_on(command("evaluate", "TABLE", out, "-o", report))


@contextmanager
def _going_on(out: str, folder: bool) -> Iterator[None]:
    """Say how a folder that is interrupted is finished."""
    try:
        yield
    except KeyboardInterrupt:
        if folder:
            say(f"what is done stays in {out}; the same command with --resume goes on with it")
        raise
