"""The commands `copulasynth evaluate` and `copulasynth compare`: arguments and progress only."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copulasynth._write import check_outputs, write_text
from copulasynth.cli.closing import close, close_verdict, command
from copulasynth.cli.reading import FOUND, Reading, reads
from copulasynth.cli.shared import (
    Data,
    Formats,
    Kinds,
    SchemaFile,
    Seed,
    read,
    read_schema,
    say,
    schema_of,
    seed_of,
    tell_seed,
    working,
)
from copulasynth.errors import DataError, did_you_mean
from copulasynth.synthesizers.registry import named

if TYPE_CHECKING:
    from copulasynth.comparison import Comparison
    from copulasynth.evaluation import Evaluation
    from copulasynth.model import Model
    from copulasynth.privacy import GateResult
    from copulasynth.schema import Schema, Tabular

__all__ = ["compare", "evaluate", "gate"]

Target = Annotated[
    list[str] | None,
    typer.Option(help="A column to predict, to see whether models learn as much; repeatable."),
]

Metrics = Annotated[
    list[str] | None,
    typer.Option(help="A metric to run, or 'quick' for all that train no model; repeatable."),
]

Out = Annotated[Path, typer.Option("-o", "--out", help="Report to write, one .html file.")]
_PAGE = ".html"
Json = Annotated[Path | None, typer.Option("--json", help="Write all numbers here, as JSON.")]


@reads
def evaluate(
    real: Annotated[Path, typer.Argument(help="The table that the synthesizer was trained on.")],
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
    schema: SchemaFile = None,
    reading: Reading = FOUND,
    seed: Seed = None,
) -> None:
    """Judge a synthetic table beside the real one, and write a report that shows no row."""
    from copulasynth.evaluation import evaluate as evaluate_tables
    from copulasynth.inference.models import MODELS
    from copulasynth.metrics.run import check_metrics
    from copulasynth.privacy.attacks import ATTACKS
    from copulasynth.synthesizers.stored import load

    check_outputs(_outputs(out, json), [real, synthetic, holdout, model, schema])
    check_metrics(metrics, ATTACKS)
    if fit not in MODELS:
        raise DataError(f"--fit: no model is called {fit!r}; {did_you_mean(fit, MODELS)}")
    fitted = None if model is None else load(model)
    known = _schema_of(schema, fitted)
    tables = [read(p, reading) for p in (real, synthetic)]
    kept = None if holdout is None else read(holdout, reading)
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
        )
        fits = [_compare_fits(f, fit, *tables, schema=known) for f in formula or ()]
    origin = f"{synthetic.name} was compared with {real.name}; seed {rng}."
    tell_seed(seed, rng)
    _deliver(found, json, out, fits=fits, model=fitted, origin=origin)
    close_verdict(found.verdict, _after(real, synthetic, holdout))


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
    target: Target = None,
    json: Json = None,
    schema: SchemaFile = None,
    kind: Kinds = None,
    form: Formats = None,
    reading: Reading = FOUND,
    seed: Seed = None,
) -> None:
    """Split a table, let several methods imitate one half, judge them by the other, report."""
    names = [name.strip() for name in methods.split(",") if name.strip()]
    for name in names:
        named(name)  # before a library loads
    from copulasynth.comparison import compare as compare_methods

    check_outputs(_outputs(out, json), [data, schema])
    table = read(data, reading)
    known = schema_of(table, schema, kind, form)
    rng = seed_of(seed)
    with working(f"comparing {len(names)} methods on {data.name}") as progress:
        found = compare_methods(
            table, names, n=rows, target=target, schema=known, rng=rng, progress=progress
        )
    for method, why in found.failed.items():
        say(f"{method}: {why}", note=True)
    origin = f"One half of {data.name} was imitated by {len(found.scores)} methods; seed {rng}."
    tell_seed(seed, rng)
    _deliver(found, json, out, origin=origin, title="Comparison of synthesizers")
    best = next(iter(found.ranks.index), names[0])
    close(
        found.verdict.lines,
        command("fit", data, "--method", best, "-o", _beside(out, "model.json")),
    )


@reads
def gate(
    train: Annotated[
        Path | None, typer.Argument(help="The table that the synthesizer was trained on.")
    ] = None,
    synthetic: Annotated[
        Path | None,
        typer.Argument(help="The table to release, or a model file: as many rows are drawn of it."),
    ] = None,
    holdout: Annotated[
        Path | None, typer.Option(help="Real rows that the synthesizer never saw.")
    ] = None,
    policy: Annotated[Path | None, typer.Option(help="Limits, as a TOML file.")] = None,
    write_policy: Annotated[
        bool, typer.Option("--write-policy", help="Write the default policy, and stop.")
    ] = False,
    out: Annotated[
        Path,
        typer.Option("-o", "--out", help="Result to write: .html is a page to sign, .json data."),
    ] = Path("gate.json"),
    json: Json = None,
    audit: Annotated[
        Path | None, typer.Option(help="What 'copulasynth audit' found, for step 6.")
    ] = None,
    schema: SchemaFile = None,
    reading: Reading = FOUND,
    seed: Seed = None,
) -> None:
    """Check a table before release; exit code 0 is a pass, 1 a fail, 3 a required step NOT RUN."""
    from copulasynth.privacy import gate as gate_tables
    from copulasynth.privacy import read_audit, read_policy

    if write_policy:
        _write_policy(policy or Path("policy.toml"))
        return
    if train is None or synthetic is None:
        raise DataError("gate takes two tables: copulasynth gate TRAIN SYNTHETIC --holdout KEPT")
    if out.suffix.lower() not in (_PAGE, ".json"):
        raise DataError(f"-o {out}: give a name that ends in .html (a page) or .json (all numbers)")
    check_outputs(_outputs(out, json), [train, synthetic, holdout, policy, audit, schema])
    limits = None if policy is None else read_policy(policy)
    shadow = None if audit is None else read_audit(audit)
    known = read_schema(schema)
    seen = read(train, reading)
    kept = None if holdout is None else read(holdout, reading)
    rng = seed_of(seed)
    made, model = _to_release(synthetic, reading, len(seen), rng)
    with working(f"attacking {synthetic.name}"):
        found = gate_tables(
            seen,
            made,
            holdout=kept,
            policy=limits,
            schema=known,
            model=model,
            audit=shadow,
            rng=rng,
        )
    tell_seed(seed, rng)
    found.summary()
    held = "without a holdout" if holdout is None else f"with {holdout.name} as the holdout"
    limits_of = "default policy" if policy is None else f"policy {policy.name}"
    _record(found, out, json, f"{synthetic.name} against {train.name}, {held}; {limits_of}")
    say(f"Next: {_after_gate(found, train, synthetic, holdout, out)}")
    if not found.passed:
        raise typer.Exit(1 if found.failed else 3)


def _after(real: Path, synthetic: Path, holdout: Path | None) -> dict[str, str]:
    """Return a command for each advice of a verdict."""
    parted = command("split", real, "--holdout", 0.5)
    gated = command("gate", real, synthetic, "--holdout", holdout, "-o", "gate.html")
    release = parted if holdout is None else gated
    compared = command("compare", real, "-o", "compare.html")
    judged = command("evaluate", real, synthetic, "--holdout", holdout, "--metrics", "dcr_share")
    found = {"holdout": parted, "measure": judged, "method": compared}
    return found | dict.fromkeys(("privacy", "close", "release"), release)


def _after_gate(
    found: "GateResult", train: Path, synthetic: Path, holdout: Path | None, out: Path
) -> str:
    """Return the command to go on with after a gate."""
    if found.failed:
        return command("treat", train, "-o", _beside(out, f"treated{train.suffix}"))
    if holdout is None:
        return command("split", train, "--holdout", 0.5)
    return command("gate", train, synthetic, "--holdout", holdout, "-o", out.with_suffix(".html"))


def _beside(out: Path, name: str) -> Path:
    return out.with_name(name)


def _record(found: "GateResult", out: Path, json: Path | None, origin: str) -> None:
    """Write a gate's result as a page or as data, as the name says, and as JSON if asked for."""
    from copulasynth.report import render_html

    if out.suffix.lower() == _PAGE:
        write_text(out, render_html(found, origin=origin))
    else:
        found.to_json(out)
    if json is not None:
        found.to_json(json)
    for path in _outputs(out, json):
        say(f"result written to {path}")


def _write_policy(target: Path) -> None:
    from copulasynth.privacy.policy import policy_text

    if target.exists():
        raise DataError(f"{target} exists already; it was not touched.")
    write_text(target, policy_text())
    say(f"policy written to {target}; edit it and pass it on with --policy {target}")


def _to_release(path: Path, reading: Reading, n: int, rng: int) -> "tuple[Tabular, Model | None]":
    """Return a table of a file, or rows of a model file and the model."""
    if path.suffix != ".json":
        return read(path, reading), None
    from copulasynth.synthesizers.stored import load

    model = load(path)
    return model.sample(n, rng=rng), model


def _schema_of(path: Path | None, model: "Model | None") -> "Schema | None":
    """Return the schema of a file, else that of the model: it knows what identifies rows."""
    return read_schema(path) if path is not None or model is None else model.schema


def _outputs(*paths: Path | None) -> list[Path]:
    return [path for path in paths if path is not None]


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
