"""The stages of a run in order, from reading to the report, and the files that they write."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from copulasynth._write import write_text
from copulasynth.comparison import Comparison, compare
from copulasynth.evaluation import Evaluation, evaluate
from copulasynth.model import Model
from copulasynth.model.syntheses import models_of
from copulasynth.privacy import GateResult
from copulasynth.privacy.manifest import about
from copulasynth.privacy.treating.treat import Treated
from copulasynth.report.verdict import Verdict
from copulasynth.run.methods import fit_method, prefer_of
from copulasynth.run.prepare import Prepared, prepare
from copulasynth.run.release import GatedRun, exported, gated, treated
from copulasynth.run.work import JUDGED, Work

__all__ = ["Outcome", "judge", "run_stages"]

PRIVATE = (
    'the method is fitted with prefer = "privacy", as what leaves is where [fit] says nothing: '
    "leaves of trees are larger"
)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What was resolved, for the lock; costs of compared methods; what gate and judge said."""

    resolved: dict[str, Any]
    costs: dict[str, Any]
    gated: GatedRun | None = None
    verdict: Verdict | None = None


def run_stages(work: Work, check: Callable[[Mapping[str, Any]], object]) -> Outcome:
    """Run all stages and write their files.

    Parameters
    ----------
    work : Work
    check : callable
        Is given what was resolved before the long stages begin, and may refuse it.

    Returns
    -------
    Outcome
    """
    spec, log = work.spec, work.log
    with log.stage("read", f"reading {spec.data.path}"):
        tables = prepare(work.file, work.seeds)
    for note in tables.schema.notes:
        log.note(note)
    seen, done = treated(work, tables)
    if spec.fit.prefer is None and prefer_of(spec) == "privacy":
        log.note(PRIVATE)
    model = judged = _fitted(work, "fit", seen.train, seen)
    if spec.evaluate.refit and len(tables.whole) > len(tables.train):
        model = _fitted(work, "refit", tables.whole, tables)
        log.note(
            f"refit: the delivered model is fitted to all {len(tables.whole):,} rows; what is "
            f"judged is the same method fitted to {len(tables.train):,} of them, so privacy "
            "measures are those of the judged one"
        )
    if spec.release is not None:
        model = judged = exported(work, tables, model)
    else:
        _write_model(work, model)
    whole = len(tables.whole)
    # exactly as many rows as there are people would say how many there are
    rows = spec.sample.rows or (whole if spec.release is None else about(whole))
    resolved = _resolved(work, tables, model, rows)
    check(resolved)
    _write_tables(work, model, rows)
    costs = _compare(work, tables) if spec.compare.methods else {}
    found = None if spec.release is None else _gate(work, tables, model, done, rows)
    said = None
    if spec.evaluate.metrics != ():
        said = _judge(work, tables, judged, rows, None if found is None else found.result)
    return Outcome(resolved, costs, found, said)


def _gate(work: Work, tables: Prepared, model: Model, done: Treated | None, rows: int) -> GatedRun:
    """Hold what may leave against the gate, and write what it says."""
    found = gated(work, tables, model, done, rows)
    found.result.to_json(work.path("gate"))
    names = ", ".join(work.spec.tables)
    origin = f"{names}, drawn from a model of {work.data}, as {work.file.path.name} asks"
    _report(work, "gate_page", found.result, origin)
    return found


def _fitted(work: Work, stage: str, table: Any, tables: Prepared) -> Any:
    spec, log = work.spec, work.log
    with log.stage(stage, f"fitting {spec.fit.method} to {len(table):,} rows"):
        return fit_method(spec, table, tables.schema, work.seeds["fit"], log.watch.detail)


def _resolved(work: Work, tables: Prepared, model: Model, rows: int) -> dict[str, Any]:
    return {
        "resolved": {
            "schema_sha256": hashlib.sha256(work.path("schema").read_bytes()).hexdigest(),
            "rows": {**tables.rows, "synthetic": rows},
            "choices": dict(model.provenance.choices),
        },
        "columns": {str(name): kind for name, kind in model.schema.kinds.items()},
    }


def _write_model(work: Work, model: Model) -> None:
    """Write the schema and the model, if JSON can hold it."""
    model.schema.to_file(work.path("schema"))
    path = work.path("model")
    try:
        model.save(path)
    except TypeError as e:
        # a synthesizer of another package; its rows can be delivered all the same
        work.log.note(str(e))
        return
    if getattr(model, "holds_training_rows", False):
        work.log.note(
            f"{path.name} holds training rows, as every model of method {work.spec.fit.method!r} "
            "does; do not hand it out with the tables"
        )


def _write_tables(work: Work, model: Model, rows: int) -> None:
    """Draw the synthetic tables into files; the first one is ``model.sample(rows, rng=seed)``."""
    rng = np.random.default_rng(work.seeds["sample"])
    names, workers, log = work.spec.tables, work.spec.run.workers, work.log
    m = len(names)
    title = f"drawing {m} tables of {rows:,} rows" if m > 1 else f"drawing {rows:,} rows"
    settings: dict[str, Any] = {
        "workers": workers,
        "progress": log.watch.advance,
        "safe_csv": work.spec.sample.safe_csv,
    }
    with log.stage("sample", title, m * rows):
        for one, name in zip(models_of(model, m), names, strict=True):
            path = work.folder / name
            one.write(path, rows, rng=rng, **settings)


def _compare(work: Work, tables: Prepared) -> dict[str, Any]:
    """Compare methods, write and report what they scored, and return what they cost.

    What a method costs differs from run to run, so it goes into the manifest, and the comparison
    that is written and shown has no costs.
    """
    spec, log = work.spec, work.log
    with log.stage("compare", f"comparing {', '.join(spec.compare.methods)}"):
        found = compare(
            tables.whole,
            spec.compare.methods,
            n=spec.compare.rows,
            metrics=spec.compare.metrics or spec.evaluate.metrics or None,
            target=spec.evaluate.target,
            schema=tables.schema,
            rng=work.seeds["compare"],
            progress=log.watch.detail,
        )
        for name, why in found.failed.items():
            log.note(f"comparison: {name} failed: {why}")
        bare = replace(found, costs=found.costs.assign(fit=np.nan, sample=np.nan, memory=np.nan))
        bare.to_json(work.path("comparison"))
    if spec.output.report:
        origin = f"Methods were fitted to one half of {work.data}, as {work.file.path.name} asks, "
        with log.stage("comparison report", "drawing the report of the comparison"):
            _report(work, "comparison_report", bare, origin + "and judged by the other.")
    costs = found.costs.drop(columns="holds rows").astype(float).round(3)
    return {str(name): dict(cost) for name, cost in costs.T.to_dict().items()}


def _judge(
    work: Work, tables: Prepared, model: Model, rows: int, gate: GateResult | None = None
) -> Verdict:
    """Judge the first synthetic table, write and report what was found, and return the verdict."""
    spec, log = work.spec, work.log
    with log.stage("evaluate", "judging"):
        if rows > JUDGED:
            log.note(f"the first {JUDGED:,} of {rows:,} synthetic rows are judged")
        if spec.sample.syntheses > 1:
            log.note(f"the first of {spec.sample.syntheses} synthetic tables is judged")
        evaluation = judge(work, tables, model, rows)
        evaluation.to_json(work.path("evaluation"))
    if spec.output.report:
        origin = f"Method {spec.fit.method} was fitted to {len(tables.train):,} rows of "
        origin += f"{work.data}, as {work.file.path.name} asks."
        with log.stage("report", "drawing the report"):
            _report(work, "report", evaluation, origin, model=model, gate=gate)
    return evaluation.verdict


def judge(work: Work, tables: Prepared, model: Model, rows: int) -> Evaluation:
    """Return the judgement of the first synthetic table."""
    seeds = work.seeds
    return evaluate(
        tables.train,
        model.sample(min(rows, JUDGED), rng=seeds["sample"], workers=1),
        holdout=tables.holdout,
        metrics=work.spec.evaluate.metrics,
        target=work.spec.evaluate.target,
        schema=model.schema if work.spec.release is None else tables.schema,
        rng=seeds["evaluate"],
        progress=work.log.watch.detail,
    )


def _report(
    work: Work, key: str, result: Evaluation | Comparison | GateResult, origin: str, **more: Any
) -> None:
    # matplotlib loads with it, and only where a report is asked for
    from copulasynth.report import render_html

    write_text(work.path(key), render_html(result, origin=origin, **more))
