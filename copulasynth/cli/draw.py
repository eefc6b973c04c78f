"""The command that draws rows of a saved model."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
from copulasynth.errors import DataError, several

if TYPE_CHECKING:
    from copulasynth.model import Model
    from copulasynth.rows.dataset import Begun

__all__ = ["sample"]

#: Rows from which on it is said that so many are drawn, where nobody asked for a number.
MANY = 10_000_000


def sample(
    model: ModelPath,
    n: Annotated[
        int | None,
        typer.Option(
            "-n",
            "--rows",
            help="Rows to draw; by default as many as were fitted to, or what --resume finds.",
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
        bool,
        typer.Option(
            "--resume",
            help="Go on with a folder that was begun, whose rows, seed and settings it knows.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say rows a second, size and hours; draw nothing.")
    ] = False,
    seed: Seed = None,
    workers: Workers = 2,
) -> None:
    """Draw rows from a saved model into a file, a folder of files, or to standard output."""
    from copulasynth.rows.dataset import DatasetOptions, begun_dataset, is_dataset
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
    folder = is_dataset(out, options)
    if out != "-" and not folder:
        check_outputs([out], [model])
    fitted = load(model)
    values = parse_given(fitted.schema, pairs(given, "given")) if given else None
    begun = begun_dataset(out) if resume else None
    rows = _rows(n, fitted.provenance.rows, begun)
    if dry_run:
        _foretell(fitted, rows, values, workers, begun)
        return
    # a folder that was begun tells its seed
    start = seed if begun is not None and seed is None else seed_of(seed)
    with _going_on(out, folder), progress_bar(f"drawing {rows:,} rows", rows) as progress:
        fitted.write(
            out,
            rows,
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
        say(f"{several(rows, 'row')} written to {out}")
    if out != "-" and "://" not in out:
        report = Path(out).with_name("report.html")
        go_on(command("evaluate", "TABLE", out, "-o", report))


def _rows(n: int | None, fitted: int, begun: "Begun | None") -> int:
    """Return how many rows there are to be; nobody who did not say it expects very many."""
    if n is not None:
        return n
    if begun is not None:
        return begun.rows
    if fitted > MANY:
        say(f"{fitted:,} rows, as many as were fitted to; -n takes another number", note=True)
    return fitted


def _foretell(fitted: "Model", rows: int, given: Any, workers: int, begun: "Begun | None") -> None:
    """Say what a draw will cost, or what is left of it."""
    if begun is not None and rows != begun.rows:
        raise DataError(f"-n {rows}: the folder was begun with {begun.rows} rows; leave out -n")
    if begun is not None:
        left = rows - begun.done
        typer.echo(f"{begun.done:,} of {rows:,} rows are there, {left:,} are left to draw")
        rows = left
    if rows or begun is None:
        typer.echo(fitted.foretell(rows, given=given).words(workers))


@contextmanager
def _going_on(out: str, folder: bool) -> Iterator[None]:
    """Say how a folder that is interrupted is finished."""
    try:
        yield
    except KeyboardInterrupt:
        if folder:
            say(f"what is done stays in {out}; the same command with --resume goes on with it")
        raise
