"""The commands `copulasynth evaluate` and `copulasynth compare`: arguments and progress only."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from copulasynth._write import check_outputs, write_text
from copulasynth.cli.closing import beside, close, close_verdict, command
from copulasynth.cli.reading import FOUND, UNDECLARED, Declaration, Reading, reads, words_of
from copulasynth.cli.shared import (
    Data,
    Json,
    Seed,
    outputs,
    read,
    read_all,
    say,
    seed_of,
    tell_seed,
    working,
)
from copulasynth.errors import DataError, did_you_mean
from copulasynth.synthesizers.registry import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copulasynth.comparison import Comparison
    from copulasynth.evaluation import Evaluation
    from copulasynth.metrics.lakes import LakeOptions
    from copulasynth.schema import Schema, Tabular

__all__ = ["compare", "evaluate"]

Target = Annotated[
    list[str] | None,
    typer.Option(help="A column to predict, to see whether models learn as much; repeatable."),
]

Metrics = Annotated[
    list[str] | None,
    typer.Option(help="A metric to run, or 'quick' for all that train no model; repeatable."),
]

Out = Annotated[Path, typer.Option("-o", "--out", help="Report to write, one .html file.")]


@reads
def evaluate(
    real: Annotated[
        Path,
        typer.Argument(
            help="The table that the synthesizer was trained on; 'lake/*.parquet' if large."
        ),
    ],
    synthetic: Annotated[Path, typer.Argument(help="The synthetic table, whoever made it.")],
    out: Out = Path("report.html"),
    holdout: Annotated[
        Path | None, typer.Option(help="Real rows that the synthesizer never saw.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="Model file: adds its marginals and provenance.")
    ] = None,
    formula: Annotated[
        list[str] | None,
        typer.Option(help="A regression to fit to both tables, as 'y ~ x + C(g)'; repeatable."),
    ] = None,
    fit: Annotated[str, typer.Option(help="What --formula is: ols, logit, mnlogit.")] = "ols",
    metrics: Metrics = None,
    target: Target = None,
    json: Json = None,
    sample_rows: Annotated[
        int | None,
        typer.Option(
            help="Rows of each 'lake/*.parquet' for what is no count; 100,000 by default.",
            min=100,
            show_default=False,
        ),
    ] = None,
    engine: Annotated[
        Literal["threads", "dask", "spark"] | None,
        typer.Option(help="What reads tables that do not fit in memory."),
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler or Spark master.")
    ] = None,
    told: Declaration = UNDECLARED,
    reading: Reading = FOUND,
    seed: Seed = None,
) -> None:
    """Judge a synthetic table beside the real one, and write a report that shows no row."""
    from copulasynth.evaluation import evaluate as evaluate_tables
    from copulasynth.inference.models import MODELS
    from copulasynth.metrics.run import check_metrics
    from copulasynth.privacy.attacks import ATTACKS
    from copulasynth.rows.lake import Lake
    from copulasynth.synthesizers.stored import load

    check_outputs(outputs(out, json), [real, synthetic, holdout, model, told.schema])
    check_metrics(metrics, ATTACKS)
    if fit not in MODELS:
        raise DataError(f"--fit: no model is called {fit!r}; {did_you_mean(fit, MODELS)}")
    fitted = None if model is None else load(model)
    *tables, kept = _tables([real, synthetic, holdout], reading, told, formula)
    asked = {"sample_rows": sample_rows, "engine": engine, "scheduler": scheduler}
    lake = {name: value for name, value in asked.items() if value is not None}
    known = told.of(tables[0]) or (None if fitted is None else fitted.schema)
    rng = seed_of(seed)
    with working(f"judging {synthetic.name}") as progress:
        found = evaluate_tables(
            *tables,
            holdout=kept,
            metrics=metrics,
            target=target,
            schema=known,
            rng=rng,
            progress=progress,
            **cast("LakeOptions", lake),
        )
        fits = [_compare_fits(f, fit, *tables, schema=known) for f in formula or ()]
    origin = f"{synthetic.name} was compared with {real.name}; seed {rng}."
    tell_seed(seed, rng)
    _deliver(found, json, out, fits=fits, model=fitted, origin=origin)
    # the other commands read files of one table
    inside = not any(isinstance(table, Lake) for table in (*tables, kept))
    after = _after(real, synthetic, holdout, out, told, reading) if inside else {}
    close_verdict(found.verdict, after)


def _tables(
    paths: "Sequence[Path | None]", reading: Reading, told: Declaration, formula: list[str] | None
) -> list[Any]:
    """Return tables, those that do not fit in memory as what reads them in pieces."""
    from copulasynth.rows.lake import is_lake, lake_of

    lakes = {path: lake_of(path, reading) for path in paths if path is not None and is_lake(path)}
    if lakes and (told.kind or told.form or formula):
        raise DataError(
            f"{next(iter(lakes))} is read in pieces: say what columns are by --schema, and take "
            "--formula to a sample of its rows"
        )
    held = read_all([None if path in lakes else path for path in paths], reading)
    pairs = zip(paths, held, strict=True)
    return [table if path is None else lakes.get(path, table) for path, table in pairs]


@reads
def compare(
    data: Data,
    methods: Annotated[
        str, typer.Option(help="Names with commas between (see 'methods').")
    ] = "gaussian,cart,smote,independent",
    out: Out = Path("report.html"),
    rows: Annotated[
        int | None,
        typer.Option("-n", "--rows", help="Synthetic rows of each method; else as trained.", min=1),
    ] = None,
    metrics: Metrics = None,
    target: Target = None,
    json: Json = None,
    told: Declaration = UNDECLARED,
    reading: Reading = FOUND,
    seed: Seed = None,
) -> None:
    """Split a table, let several methods imitate one half, judge them by the other, report."""
    names = [name.strip() for name in methods.split(",") if name.strip()]
    for name in names:
        named(name)  # before a library loads
    from copulasynth.comparison import compare as compare_methods
    from copulasynth.metrics.run import check_metrics
    from copulasynth.privacy.attacks import ATTACKS

    check_outputs(outputs(out, json), [data, told.schema])
    check_metrics(metrics, ATTACKS)
    table = read(data, reading)
    known = told.of(table)
    rng = seed_of(seed)
    with working(f"comparing {len(names)} methods on {data.name}") as progress:
        found = compare_methods(
            table,
            names,
            n=rows,
            metrics=metrics,
            target=target,
            schema=known,
            rng=rng,
            progress=progress,
        )
    for method, why in found.failed.items():
        say(f"{method}: {why}", note=True)
    origin = f"One half of {data.name} was imitated by {len(found.scores)} methods; seed {rng}."
    tell_seed(seed, rng)
    _deliver(found, json, out, origin=origin, title="Comparison of synthesizers")
    best = next(iter(found.ranks.index), names[0])
    said = told.words
    fitted = command(
        "fit", data, "--method", best, "-o", beside(out, "model.json"), *said, *words_of(reading)
    )
    close(found.verdict.lines, fitted)


def _after(
    real: Path,
    synthetic: Path,
    holdout: Path | None,
    out: Path,
    told: Declaration,
    reading: Reading,
) -> dict[str, str]:
    """Return a command for each advice of a verdict."""
    read = words_of(reading)
    said = *told.words, *read
    parted = command("split", real, "--holdout", 0.5, *read)
    tables = real, synthetic, "--holdout", holdout
    gated = command("gate", *tables, "-o", beside(out, "gate.html"), *said)
    measured = command("evaluate", *tables, "--metrics", "dcr_share", "-o", out, *said)
    release = parted if holdout is None else gated
    compared = command("compare", real, "-o", beside(out, "compare.html"), *said)
    found = {"holdout": parted, "measure": measured, "method": compared}
    return found | dict.fromkeys(("privacy", "close", "release"), release)


def _deliver(found: "Evaluation | Comparison", json: Path | None, out: Path, **page: Any) -> None:
    """Print what was found, write it as JSON, if asked for, and as a report."""
    from copulasynth.report import render_html

    found.summary()
    if json is not None:
        found.to_json(json)
        say(f"scores written to {json}")
    with working("drawing the report"):
        text = render_html(found, **page)
    write_text(out, text)
    say(f"report written to {out}")


def _compare_fits(
    formula: str, kind: str, real: "Tabular", synthetic: "Tabular", *, schema: "Schema | None"
) -> Any:
    from copulasynth.inference import compare_fits, fit_original, fit_synthetic

    original = fit_original(formula, real, model=kind, schema=schema)
    made = fit_synthetic(formula, [synthetic], model=kind, n_original=len(real), schema=schema)
    return compare_fits(original, made)
