"""The stages of a run in order: read, fit, draw, compare, judge, report."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from copulasynth.run import outputs
from copulasynth.run.files import SpecFile
from copulasynth.run.log import Log
from copulasynth.run.methods import fit_method
from copulasynth.run.prepare import Prepared, prepare, seeds_of

__all__ = ["Staged", "run_stages"]

Check = Callable[[Mapping[str, Any]], object]


@dataclass(frozen=True, slots=True, eq=False)
class Staged:
    """What the stages resolved, for the lock, and what methods of a comparison cost."""

    resolved: dict[str, Any]
    costs: dict[str, Any]


def run_stages(file: SpecFile, seed: int, folder: Path, log: Log, check: Check) -> Staged:
    """Run all stages and write their files into a folder.

    Parameters
    ----------
    file : SpecFile
    seed : int
    folder : Path
    log : Log
    check : callable
        Is given what was resolved before the long stages begin, and may refuse it.
    """
    spec, seeds = file.spec, seeds_of(seed)
    with log.stage("read", f"reading {spec.data.path}"):
        tables = prepare(file, seeds)
    for note in tables.schema.notes:
        log.note(note)
    with log.stage("fit", f"fitting {spec.fit.method} to {len(tables.train):,} rows"):
        model = fit_method(spec, tables.train, tables.schema, seeds["fit"], log.watch.detail)
    judged = model
    if spec.evaluate.refit and len(tables.whole) > len(tables.train):
        with log.stage("refit", f"fitting {spec.fit.method} to {len(tables.whole):,} rows"):
            model = fit_method(spec, tables.whole, tables.schema, seeds["fit"], log.watch.detail)
        log.note(_refitted(tables))
    outputs.write_model(spec, model, folder, log)
    rows = spec.sample.rows or len(tables.whole)
    resolved = _resolved(file, tables, model, folder, rows)
    check(resolved)
    m = spec.sample.syntheses
    title = f"drawing {m} tables of {rows:,} rows" if m > 1 else f"drawing {rows:,} rows"
    with log.stage("sample", title, m * rows):
        outputs.write_tables(spec, model, folder, rows, seeds["sample"], log)
    costs = _compare(file, tables, seeds, folder, log)
    _judge(file, tables, judged, rows, seeds, folder, log)
    return Staged(resolved, costs)


def _refitted(tables: Prepared) -> str:
    n, k = len(tables.whole), len(tables.train)
    return (
        f"refit: the delivered model is fitted to all {n:,} rows; what is judged is the same "
        f"method fitted to {k:,} of them, so privacy measures are those of the judged one"
    )


def _resolved(
    file: SpecFile, tables: Prepared, model: Any, folder: Path, rows: int
) -> dict[str, Any]:
    schema = (folder / outputs.name_of(file.spec, "schema")).read_bytes()
    return {
        "resolved": {
            "schema_sha256": hashlib.sha256(schema).hexdigest(),
            "rows": {**tables.rows, "synthetic": rows},
            "choices": dict(model.provenance.choices),
        },
        "columns": {str(name): kind for name, kind in model.schema.kinds.items()},
    }


def _compare(
    file: SpecFile, tables: Prepared, seeds: Mapping[str, int], folder: Path, log: Log
) -> dict[str, Any]:
    """Compare methods, if any are named; return what they cost."""
    spec = file.spec
    if not spec.compare.methods:
        return {}
    with log.stage("compare", f"comparing {', '.join(spec.compare.methods)}"):
        found, costs = outputs.write_comparison(spec, tables, seeds["compare"], folder, log)
    if spec.output.report:
        origin = f"Methods were fitted to one half of {Path(spec.data.path).name}, as "
        origin += f"{file.path.name} asks, and judged by the other."
        with log.stage("comparison report", "drawing the report of the comparison"):
            path = folder / outputs.name_of(spec, "comparison_report")
            outputs.write_report(path, found, None, origin)
    return costs


def _judge(
    file: SpecFile,
    tables: Prepared,
    model: Any,
    rows: int,
    seeds: Mapping[str, int],
    folder: Path,
    log: Log,
) -> None:
    """Judge the first synthetic table and report it, unless no metric is wanted."""
    spec = file.spec
    if spec.evaluate.metrics == ():
        return
    with log.stage("evaluate", "judging"):
        evaluation = outputs.judge(spec, tables, model, rows, seeds, log)
        evaluation.to_json(folder / outputs.name_of(spec, "evaluation"))
    if spec.output.report:
        origin = f"Method {spec.fit.method} was fitted to {len(tables.train):,} rows of "
        origin += f"{Path(spec.data.path).name}, as {file.path.name} asks."
        with log.stage("report", "drawing the report"):
            path = folder / outputs.name_of(spec, "report")
            outputs.write_report(path, evaluation, model, origin)
