"""The files of a run, each written into the folder that will become the output."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from copulasynth._write import write_text
from copulasynth.comparison import Comparison, compare
from copulasynth.evaluation import Evaluation, evaluate
from copulasynth.run.log import Log
from copulasynth.run.prepare import Prepared
from copulasynth.run.spec import NAMES, Spec

__all__ = [
    "judge",
    "name_of",
    "table_names",
    "write_comparison",
    "write_model",
    "write_report",
    "write_tables",
]

#: More synthetic rows than this are judged by the first so many, which are a random sample.
JUDGED = 1_000_000


def name_of(spec: Spec, key: str) -> str:
    """Return the name of a file in the output folder."""
    return spec.output.names.get(key, NAMES[key])


def table_names(spec: Spec) -> list[str]:
    """Return the names of the synthetic tables."""
    stem = name_of(spec, "table")
    kind = spec.sample.format or ("csv" if ".csv" in Path(spec.data.path).suffixes else "parquet")
    m = spec.sample.syntheses
    return [f"{stem}.{kind}"] if m == 1 else [f"{stem}-{i + 1}.{kind}" for i in range(m)]


def write_model(spec: Spec, model: Any, folder: Path, log: Log) -> None:
    """Write the schema and the model, if JSON can hold it."""
    model.schema.to_file(folder / name_of(spec, "schema"))
    try:
        model.save(folder / name_of(spec, "model"))
    except TypeError as e:
        # a synthesizer of another package; its rows can be delivered all the same
        log.note(str(e))
        return
    if getattr(model, "holds_training_rows", False):
        log.note(
            f"{name_of(spec, 'model')} holds training rows, as every model of method "
            f"{spec.fit.method!r} does; do not hand it out with the tables"
        )


def write_tables(spec: Spec, model: Any, folder: Path, rows: int, seed: int, log: Log) -> None:
    """Draw the synthetic tables into files; the first one is ``model.sample(rows, rng=seed)``."""
    rng = np.random.default_rng(seed)
    names, workers = table_names(spec), spec.run.workers
    others = getattr(model, "others", ())
    models = (model, *others) if others else (model,) * len(names)
    for one, name in zip(models, names, strict=True):
        one.write(folder / name, rows, rng=rng, workers=workers, progress=log.watch.advance)


def judge(
    spec: Spec, tables: Prepared, model: Any, rows: int, seeds: Mapping[str, int], log: Log
) -> Evaluation:
    """Judge the first synthetic table."""
    if rows > JUDGED:
        log.note(f"the first {JUDGED:,} of {rows:,} synthetic rows are judged")
    if spec.sample.syntheses > 1:
        log.note(f"the first of {spec.sample.syntheses} synthetic tables is judged")
    synthetic = model.sample(min(rows, JUDGED), rng=seeds["sample"], workers=1)
    return evaluate(
        tables.train,
        synthetic,
        holdout=tables.holdout,
        metrics=spec.evaluate.metrics,
        schema=model.schema,
        rng=seeds["evaluate"],
    )


def write_comparison(
    spec: Spec, tables: Prepared, seed: int, folder: Path, log: Log
) -> tuple[Comparison, dict[str, Any]]:
    """Compare methods, write what they scored, and return it with what they cost apart.

    What a method costs differs from run to run, so it goes into the manifest, and the comparison
    that is written and shown has no costs.
    """
    found = compare(
        tables.whole,
        spec.compare.methods,
        n=spec.compare.rows,
        metrics=spec.compare.metrics or spec.evaluate.metrics or None,
        schema=tables.schema,
        rng=seed,
    )
    for name, why in found.failed.items():
        log.note(f"comparison: {name} failed: {why}")
    costs = found.costs.drop(columns="holds rows").astype(float).round(3)
    bare = replace(found, costs=found.costs.assign(fit=np.nan, sample=np.nan, memory=np.nan))
    bare.to_json(folder / name_of(spec, "comparison"))
    return bare, {str(name): dict(cost) for name, cost in costs.T.to_dict().items()}


def write_report(path: Path, result: Evaluation | Comparison, model: Any, origin: str) -> None:
    """Write the report of an evaluation or a comparison as one standalone page."""
    # matplotlib loads with it, and only where a report is asked for
    from copulasynth.report import render_html

    page = render_html(result, model=model, origin=origin)
    write_text(path, page)
