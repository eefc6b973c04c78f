"""The command line: arguments and progress bars; the statistics are elsewhere."""

import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from copulasynth.cli import judge, run
from copulasynth.errors import CopulasynthError, DataError

if TYPE_CHECKING:
    from copulasynth.schema import Schema

app = typer.Typer(
    name="copulasynth",
    help="Fit a table's joint distribution, draw as many rows as you need, and judge them.",
    epilog="Start with: copulasynth demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

Data = Annotated[Path, typer.Argument(help="A .csv, .csv.gz or .parquet file.")]
Model = Annotated[Path, typer.Argument(help="A model file written by 'copulasynth fit'.")]
Seed = Annotated[
    int | None, typer.Option(help="Seed; without one, a seed is drawn and printed.", min=0)
]
Missing = Annotated[
    list[str] | None,
    typer.Option(help="Text that means a missing value in a CSV file; repeat for several."),
]
Copula = Annotated[
    str,
    typer.Option(
        "--copula",
        "--method",
        help="independence, gaussian, student, vine, tree, mixture, blend; each also as "
        "'tree + calibration'; auto: try several; or another method: cart, smote, munge, ...",
    ),
]
Workers = Annotated[int, typer.Option(help="Threads; they change the time, not the rows.", min=1)]


def main() -> None:
    """Run the command line; an expected error is one line on stderr and exit code 2."""
    try:
        app()
    except CopulasynthError as e:
        typer.secho(f"copulasynth: {e}", err=True, fg="red")
        sys.exit(2)
    except BrokenPipeError:
        # the reader of a pipe (head, say) has seen enough; keep Python from flushing into it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)


@app.command(epilog="Example: copulasynth fit usage.csv -o usage.model.json --seed 7")
def fit(
    data: Data,
    out: Annotated[Path, typer.Option("-o", "--out", help="Model file to write.")],
    copula: Copula = "auto",
    prefer: Annotated[
        Literal["fidelity", "privacy", "speed"],
        typer.Option(help="What decides for 'auto': fidelity, privacy or speed."),
    ] = "fidelity",
    marginals: Annotated[
        list[str] | None,
        typer.Option(help="A choice for all columns, or COLUMN=CHOICE; repeat for several."),
    ] = None,
    schema: Annotated[Path | None, typer.Option(help="Schema file (see 'schema').")] = None,
    missing: Missing = None,
    seed: Seed = None,
) -> None:
    """Fit a model to a table and save it, without any of the table's rows."""
    from copulasynth.comparison import METHODS, resolve
    from copulasynth.fitting import COPULAS
    from copulasynth.fitting import fit as fit_table

    table = _read(data, missing)
    with _notes(), _spinner(f"fitting {data.name}") as progress:
        model: Any
        if copula in METHODS and copula not in {"auto", *COPULAS}:
            model = resolve(copula).fit(table, schema=_schema(schema), rng=_seed(seed))
        else:
            model = fit_table(
                table,
                copula=copula,
                marginals=_pairs(marginals, "marginals", rest="*") or "auto",
                schema=_schema(schema),
                prefer=prefer,
                rng=_seed(seed),
                progress=progress,
            )
    model.save(out)
    _say(f"{model!r} saved to {out}")


@app.command(epilog="Example: copulasynth sample usage.model.json -n 1000000 -o synthetic.parquet")
def sample(
    model: Model,
    n: Annotated[int, typer.Option("-n", "--rows", help="Rows to draw.", min=0)],
    out: Annotated[str, typer.Option("-o", "--out", help="A .csv or .parquet file, or - .")] = "-",
    given: Annotated[
        list[str] | None, typer.Option(help="COLUMN=VALUE that every row takes; repeatable.")
    ] = None,
    seed: Seed = None,
    workers: Workers = 2,
) -> None:
    """Draw rows from a saved model into a file or to standard output."""
    from copulasynth.schema.given import parse_given
    from copulasynth.synthesizers.stored import load

    fitted = load(model)
    values = parse_given(fitted.schema, _pairs(given, "given")) if given else None
    with _bar(f"drawing {n:,} rows", n) as progress:
        fitted.write(out, n, rng=_seed(seed), given=values, workers=workers, progress=progress)
    if out != "-":
        _say(f"{n:,} rows written to {out}")


@app.command(epilog="Example: copulasynth schema usage.csv -o schema.toml")
def schema(
    data: Data,
    out: Annotated[Path, typer.Option("-o", "--out", help="Schema file to write.")],
    missing: Missing = None,
) -> None:
    """Write what copulasynth takes each column for, and which follow from others, to edit."""
    from copulasynth.model import declare

    declare(_read(data, missing)).to_file(out)
    _say(f"schema written to {out}; edit it and pass it on: copulasynth fit {data} --schema {out}")


@app.command(epilog="Example: copulasynth inspect usage.model.json --candidates")
def inspect(
    model: Model,
    candidates: Annotated[
        bool, typer.Option("--candidates", help="All candidate marginals, not only the chosen.")
    ] = False,
) -> None:
    """Show what a model file holds: columns, marginals and why, dependence, provenance."""
    from copulasynth.report.console import show_model
    from copulasynth.synthesizers.stored import load

    show_model(load(model), candidates=candidates)


@app.command(epilog="Example: copulasynth demo -o demo --seed 7")
def demo(
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the results.")] = Path(
        "demo"
    ),
    rows: Annotated[int, typer.Option("-n", "--rows", min=1)] = 1_000_000,
    copula: Copula = "gaussian",
    seed: Seed = None,
    workers: Workers = 2,
) -> None:
    """Simulate 5,000 telecom customers, fit them, and draw 1,000,000 more into Parquet."""
    from copulasynth.datasets import simulate_telecom
    from copulasynth.fitting import fit as fit_table

    start = _seed(seed)
    out.mkdir(parents=True, exist_ok=True)
    customers = simulate_telecom(5000, rng=start)
    customers.to_parquet(out / "telecom.parquet", index=False)
    with _notes(), _spinner("fitting 5,000 customers") as note:
        model = fit_table(customers, copula=copula, rng=start, progress=note)
    model.save(out / "telecom.model.json")
    with _bar(f"drawing {rows:,} rows", rows) as progress:
        model.write(out / "synthetic.parquet", rows, rng=start, workers=workers, progress=progress)
    _say(f"{out}/telecom.parquet      5,000 simulated customers")
    _say(f"{out}/telecom.model.json   the model: no rows, only statistics")
    _say(f"{out}/synthetic.parquet    {rows:,} rows drawn from it")
    _say(f"Next: copulasynth inspect {out}/telecom.model.json")
    _say(
        f"      copulasynth evaluate {out}/telecom.parquet {out}/synthetic.parquet "
        f"-o {out}/report.html"
    )


def _read(path: Path, missing: list[str] | None) -> Any:
    from copulasynth.rows import files

    return files.read(path, missing=tuple(missing) if missing else files.MISSING)


def _schema(path: Path | None) -> "Schema | None":
    from copulasynth.schema import Schema

    return None if path is None else Schema.from_file(path)


def _pairs(items: list[str] | None, option: str, rest: str | None = None) -> dict[str, str]:
    """Turn NAME=VALUE arguments into a mapping; a bare value is for `rest`, if there is one."""
    pairs = {}
    for item in items or ():
        name, equals, value = item.rpartition("=")
        if equals:
            pairs[name] = value
        elif rest is not None:
            pairs[rest] = item
        else:
            raise DataError(f"--{option} {item}: expected COLUMN=VALUE")
    return pairs


def _seed(seed: int | None) -> int:
    if seed is None:
        seed = secrets.randbits(32)
        _say(f"seed {seed} (drawn; --seed {seed} repeats this run)")
    return seed


def _say(text: str) -> None:
    """Print to stderr, so that rows on stdout stay alone."""
    typer.echo(text, err=True)


@contextmanager
def _notes() -> Iterator[None]:
    """Print warnings of a fit as notes, one line each."""
    import warnings

    from copulasynth.errors import FitWarning

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FitWarning)
        yield
    for w in caught:
        typer.secho(f"note: {w.message}", err=True, fg="yellow")


@contextmanager
def _spinner(text: str) -> Iterator[Callable[[str], object]]:
    """Show that work goes on; what is yielded prints a line of progress."""
    from rich.console import Console

    console = Console(stderr=True)
    with console.status(text):
        yield lambda line: console.print(line, style="dim", highlight=False)


@contextmanager
def _bar(text: str, total: int) -> Iterator[Callable[[int], object]]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(text, total=total)
        yield lambda rows: progress.advance(task, rows)


judge.register(app)
run.register(app)

if __name__ == "__main__":
    main()
