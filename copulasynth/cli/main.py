"""The command line: arguments and progress bars; the statistics are elsewhere."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from copulasynth import __version__
from copulasynth._write import check_outputs, make_folder, whole
from copulasynth.cli import draw, export, gating, judge, run, treat
from copulasynth.cli.audit import audit
from copulasynth.cli.closing import close_fit, close_lake, command, go_on
from copulasynth.cli.reading import FOUND, UNDECLARED, Declaration, Reading, reads, words_of
from copulasynth.cli.shared import (
    Data,
    Formats,
    Kinds,
    Marginals,
    MethodName,
    ModelPath,
    Seed,
    Workers,
    declared,
    noting,
    pairs,
    progress_bar,
    read,
    say,
    seed_of,
    tell_seed,
    waiting,
    working,
)
from copulasynth.synthesizers.registry import named

app = typer.Typer(
    name="copulasynth",
    epilog="Start with: copulasynth demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"copulasynth {__version__}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", is_eager=True, callback=_show_version
        ),
    ] = False,
) -> None:
    """Fit a table's joint distribution, draw as many rows as you need, and judge them."""


@app.command(epilog="Example: copulasynth split usage.csv --seed 1")
@reads
def split(
    data: Data,
    holdout: Annotated[
        float, typer.Option(help="Share of the rows that is kept from fitting.")
    ] = 0.5,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Folder for the two files; beside DATA.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(help="Column of whose rows they are, all kept together.")
    ] = None,
    reading: Reading = FOUND,
    seed: Seed = None,
) -> None:
    """Split a table into rows to fit to and a holdout to judge by: .train and .holdout files."""
    from copulasynth.rows.split_files import split_file

    if out is not None:
        make_folder(out)
    start = seed_of(seed)
    with noting(), waiting(f"splitting {data.name}"):
        found = split_file(data, holdout, start, out, unit, reading)
    tell_seed(seed, start)
    for path, rows in found.items():
        say(f"{rows:,} rows written to {path}")
    train = next(iter(found))
    model = train.with_name(f"{train.name.rpartition('.train.')[0]}.model.json")
    go_on(command("fit", train, "-o", model))


@app.command(epilog="Example: copulasynth fit usage.csv -o usage.model.json --seed 7")
@reads
def fit(
    data: Data,
    out: Annotated[Path, typer.Option("-o", "--out", help="Model file to write.")],
    method: MethodName = "auto",
    prefer: Annotated[
        Literal["fidelity", "privacy", "speed"],
        typer.Option(help="What 'auto' and 'search' choose for: fidelity, privacy or speed."),
    ] = "fidelity",
    marginals: Marginals = None,
    by: Annotated[
        list[str] | None,
        typer.Option(help="Column that tells groups, each of which gets a law; repeatable."),
    ] = None,
    told: Declaration = UNDECLARED,
    reading: Reading = FOUND,
    sample_rows: Annotated[
        int | None,
        typer.Option(
            help="Rows of a lake/ or 'lake/*.parquet' that tell the dependence; else 200,000.",
            min=1000,
            show_default=False,
        ),
    ] = None,
    engine: Annotated[
        str, typer.Option(help="Of a lake/: threads, dask or spark read its rows.")
    ] = "threads",
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler or Spark master.")
    ] = None,
    seed: Seed = None,
    workers: Workers = 2,
) -> None:
    """Fit a model to a table, or a lake/ of files, and save it, without any rows where it can."""
    named(method)  # before a library loads
    from copulasynth.fitting import check_settings, check_where
    from copulasynth.fitting import fit as fit_table
    from copulasynth.rows.lake import SAMPLE, is_lake, lake_of

    choices = pairs(marginals, "marginals", rest="*") or "auto"
    asked: dict[str, Any] = {"marginals": choices, "prefer": prefer}
    check_settings(method, **asked)
    check_where(engine, scheduler, workers, sample_rows or SAMPLE)
    check_outputs([out], [data, told.schema])
    asked |= {"sample_rows": sample_rows, "engine": engine, "scheduler": scheduler}
    asked |= {"workers": workers, "by": by or None, **told.asked}
    in_pieces = is_lake(data)
    table = lake_of(data, reading) if in_pieces else read(data, reading)
    start = seed_of(seed)
    with working(f"fitting {data.name}") as progress:
        model: Any = fit_table(table, copula=method, rng=start, progress=progress, **asked)
    for note in model.schema.notes:
        if note not in model.provenance.warnings:
            say(note, note=True)
    model.save(out)
    tell_seed(seed, start)
    say(f"{model!r} saved to {out}")
    if rules := model.schema.rules:
        say(f"rules between columns: {len(rules)} found; {command('inspect', out)} lists them")
    if in_pieces:
        close_lake(model, out)
        return
    close_fit(model, data, table, out, (*told.words, *words_of(reading)))


@app.command(epilog="Example: copulasynth schema usage.csv -o schema.toml")
@reads
def schema(
    data: Data,
    out: Annotated[Path, typer.Option("-o", "--out", help="Schema file to write.")],
    kind: Kinds = None,
    form: Formats = None,
    reading: Reading = FOUND,
) -> None:
    """Write what copulasynth takes each column for, and the rules between them, to edit."""
    from rich.console import Console

    from copulasynth.model import declare
    from copulasynth.report.console import list_rules
    from copulasynth.schema import Schema

    check_outputs([out], [data])
    table = read(data, reading)
    with waiting(f"looking at {data.name}"):
        found = declare(table, Schema.infer(table, refused="drop", **declared(kind, form)))
    found.to_file(out)
    list_rules(found, Console())
    for note in found.notes:
        say(note, note=True)
    say(f"schema written to {out}; edit it and pass it on: copulasynth fit {data} --schema {out}")


@app.command(epilog="Example: copulasynth inspect usage.model.json --candidates")
def inspect(
    model: ModelPath,
    marginals: Annotated[
        bool, typer.Option("--marginals", help="Parameters, fit and reason of each marginal.")
    ] = False,
    dependence: Annotated[
        bool, typer.Option("--dependence", help="Numbers of the copula, and its strongest pairs.")
    ] = False,
    candidates: Annotated[
        bool, typer.Option("--candidates", help="All that was tried, not only what was chosen.")
    ] = False,
    group: Annotated[
        list[str] | None,
        typer.Option(help="COLUMN=VALUE of --by: show the law of that group; repeatable."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """Show what a model file holds: columns, rules, strongest pairs, and why it was chosen."""
    from copulasynth.report.inspected import model_json, show_model
    from copulasynth.schema.given import parse_given
    from copulasynth.synthesizers.stored import load

    found = load(model)
    if group:
        found = found.group(parse_given(found.schema, pairs(group, "group")))
    if json:
        typer.echo(model_json(found))
    else:
        show_model(found, marginals=marginals, dependence=dependence, candidates=candidates)


@app.command(epilog="Example: copulasynth methods vine")
def methods(
    name: Annotated[str, typer.Argument(help="A method: show what can be set.")] = "",
    marginals: Annotated[
        bool, typer.Option("--marginals", help="The marginals of a column, not the methods.")
    ] = False,
) -> None:
    """List every method by name, what one of them takes, or every marginal."""
    from rich.console import Console
    from rich.table import Table

    from copulasynth.marginals.registry import table as marginal_rows
    from copulasynth.synthesizers.registry import table as method_rows

    if name:
        row = named(name)
        typer.echo(f"{name}: {row.about}")
        typer.echo(f"settings: {', '.join(sorted(row.takes)) or 'none'}")
        typer.echo(f"knobs, in a run file or in Python: {', '.join(row.knobs) or 'none'}")
        return
    rows = marginal_rows() if marginals else method_rows()
    heads = [head for head in rows[0] if head not in ("takes", "knobs")]
    shown = Table(*heads, box=None, pad_edge=False)
    for row_of_table in rows:
        shown.add_row(*(row_of_table[head] for head in heads))
    Console().print(shown)
    if not marginals:
        typer.echo("Each copula also as 'NAME + calibration'. What one takes: methods NAME")


@app.command(epilog="Example: copulasynth demo -o demo --seed 7")
def demo(
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the results.")] = Path(
        "demo"
    ),
    rows: Annotated[int, typer.Option("-n", "--rows", min=1, max=10**12)] = 1_000_000,
    method: MethodName = "gaussian",
    seed: Seed = None,
    workers: Workers = 2,
) -> None:
    """Simulate 5,000 telecom customers, fit them, and draw 1,000,000 more into Parquet."""
    from copulasynth.datasets import simulate_telecom
    from copulasynth.fitting import fit as fit_table

    start = seed_of(seed)
    make_folder(out)
    customers = simulate_telecom(5000, rng=start)
    with whole(out / "telecom.parquet") as f:
        customers.to_parquet(f, index=False)
    with working("fitting 5,000 customers") as note:
        model = fit_table(customers, copula=method, rng=start, progress=note)
    model.save(out / "telecom.model.json")
    with progress_bar(f"drawing {rows:,} rows", rows) as progress:
        model.write(out / "synthetic.parquet", rows, rng=start, workers=workers, progress=progress)
    tell_seed(seed, start)
    say(f"{out}/telecom.parquet      5,000 simulated customers")
    say(f"{out}/telecom.model.json   the model: no rows, only statistics")
    say(f"{out}/synthetic.parquet    {rows:,} rows drawn from it")
    say(f"Next: copulasynth inspect {out}/telecom.model.json")
    say(
        f"      copulasynth evaluate {out}/telecom.parquet {out}/synthetic.parquet "
        f"-o {out}/report.html"
    )


_SAMPLED = "usage.model.json -n 1000000 -o synthetic.parquet"
app.command(epilog=f"Example: copulasynth sample {_SAMPLED}")(draw.sample)
_EXPORTED = "usage.model.json -o usage.release.json --k-min 10"
app.command(epilog=f"Example: copulasynth export {_EXPORTED}")(export.export)
_EVALUATED = "usage.csv synthetic.parquet --holdout kept.csv -o report.html"
_COMPARED = "usage.csv --methods gaussian,vine,cart,smote -o report.html"
app.command(epilog=f"Example: copulasynth evaluate {_EVALUATED}")(judge.evaluate)
app.command(epilog=f"Example: copulasynth compare {_COMPARED}")(judge.compare)
_GATED = "usage.csv synthetic.csv --holdout kept.csv --policy policy.toml -o gate.json"
app.command(epilog=f"Example: copulasynth gate {_GATED}")(gating.gate)
_TREATED = "usage.csv -o usage.treated.csv --public region --round income=100"
app.command(epilog=f"Example: copulasynth treat {_TREATED}")(treat.treat)
_AUDITED = "usage.csv --method gaussian --holdout kept.csv -o audit.json"
app.command(epilog=f"Example: copulasynth audit {_AUDITED}")(audit)
app.command(epilog="Example: copulasynth run spec.toml --dry-run")(run.run)
app.command(epilog="Example: copulasynth init usage.csv -o spec.toml")(run.init)
