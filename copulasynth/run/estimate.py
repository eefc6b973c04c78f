"""What a run would do, how long it would take, and how much memory: said before it starts.

Seconds come from a pilot and the clock of `copulasynth.fitting`: the method is fitted to a few
hundred rows of the table, draws, and is judged, in memory. A stage takes at least as long for the
whole table; a fit at most as much longer as the clock says, a judgement as the table is. Memory
comes from a formula. A pilot that its few rows do not suffice for stops nothing: then the clock
alone tells the time of the fit, and rows drawn column by column that of the rest.
"""

import os
import warnings
from dataclasses import dataclass, replace
from typing import Any

from copulasynth._clock import Stopwatch, resident
from copulasynth.errors import CopulasynthError, FitWarning, OutputError
from copulasynth.evaluation import split
from copulasynth.fitting import expected, fit
from copulasynth.rows.blocks import BLOCK
from copulasynth.run.execute import Job, open_job
from copulasynth.run.folder import check_target
from copulasynth.run.lock import described, differences, lock_path
from copulasynth.run.log import Log, Silent
from copulasynth.run.methods import fit_method, method_of, prefer_of
from copulasynth.run.prepare import Prepared, prepare
from copulasynth.run.spec import Spec
from copulasynth.run.stages import judge
from copulasynth.run.work import JUDGED, Work

__all__ = ["Estimate", "estimate", "explain"]

#: Rows of the pilot that a method is fitted to, and synthetic rows that are drawn from it.
PILOT, DRAWN = 300, 20_000

#: How far the clock may be wrong where no pilot corrects it; seconds a cell of what it cannot tell.
ROUGH, UNKNOWN = 10.0, 1e-4

#: What a method or a metric may raise on the few rows of a pilot.
UNFIT = (CopulasynthError, ValueError, ArithmeticError)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Least and most seconds of each stage, the most memory in MB, rows and notes of the pilot."""

    seconds: dict[str, tuple[float, float]]
    megabytes: float
    pilot: int
    notes: tuple[str, ...] = ()


def explain(path: str | os.PathLike[str], **settings: Any) -> list[str]:
    """Say what `copulasynth.run.run_spec` would do with the same arguments, and write nothing.

    Raises
    ------
    CopulasynthError
        What a run would raise when it reads its file and its table.
    """
    job = open_job(path, **settings)
    work = Work(job.file, job.seed, job.folder, Log(Silent()))
    with work.log.stage("read", ""):
        tables = prepare(job.file, work.seeds)
    lines = [*_plan(job, tables), *_state(job)]
    found = estimate(work, tables)
    notes = (*tables.schema.notes, *work.log.notes, *found.notes)
    return [*lines, *(f"note       {note}" for note in notes), *_costs(found)]


def _plan(job: Job, tables: Prepared) -> list[str]:
    spec, rows = job.file.spec, tables.rows
    kinds = list(tables.schema.kinds.values())
    counted = ", ".join(f"{kinds.count(k)} {k}" for k in dict.fromkeys(kinds))
    n = spec.sample.rows or rows["data"]
    names = spec.tables
    named = ", ".join([*names[:8], "..."] if len(names) > 8 else names)
    prefer = prefer_of(spec)
    preferred = "" if prefer == "fidelity" else f", for {prefer}"
    held = f", {rows['holdout']:,} kept apart to judge it" if "holdout" in rows else ""
    lines = [
        f"read       {spec.data.path}: {rows['data']:,} rows, {len(kinds)} columns ({counted})",
        f"fit        {spec.fit.method} to {rows['train']:,} rows{held}{preferred}",
        f"draw       {n:,} rows each into {named}",
    ]
    if spec.compare.methods:
        lines.append(f"compare    {', '.join(spec.compare.methods)}")
    if spec.evaluate.metrics != ():
        count = "all" if spec.evaluate.metrics is None else len(spec.evaluate.metrics)
        lines.append(f"judge      by {count} metrics, then write a report")
    if spec.release is not None:
        lines.append("release    hold the tables against the gate; what passes gets its own folder")
    return lines


def _state(job: Job) -> list[str]:
    """Say where outputs go, which seed is used, and what differs from the lock."""
    try:
        check_target(job.folder, job.key, job.inputs, force=False)
        lines = [f"write      {job.folder}"]
    except OutputError as e:
        lines = [f"refused    {e}"]
    if job.origin == "drawn":
        lines.append("seed       none is given: the run draws one and keeps it in the lock")
    else:
        lines.append(f"seed       {job.seed} ({job.origin})")
    if job.lock is not None:
        found = differences(job.lock, described(job.file.spec, job.seed))
        name = lock_path(job.file).name
        lines += [f"lock       {name}: {line}" for line in found] or [f"lock       {name} holds"]
    return lines


def estimate(work: Work, tables: Prepared) -> Estimate:
    """Estimate what a run costs from a pilot on a few hundred rows of its tables."""
    spec, seeds = work.spec, work.seeds
    small = _pilot(tables, seeds["rows"])
    n, k, rows = len(tables.train), len(small.train), spec.sample.rows or len(tables.whole)
    model, fitting, notes = _fitted(spec, small, n, seeds["fit"])
    with Stopwatch() as drawing:
        model.sample(DRAWN, rng=seeds["sample"])
    drawn = drawing.seconds * rows * spec.sample.syntheses / DRAWN
    seconds = {"fit": fitting, "sample": (drawn, drawn)}
    if spec.evaluate.metrics != ():
        judged, reason = _judged(work, small, model, n)
        methods = len(spec.compare.methods)
        if methods:
            # as if every method cost what the delivered one costs
            low, high = (methods * (f + j) for f, j in zip(fitting, judged, strict=True))
            seconds["compare"] = low, high
        seconds["evaluate"] = judged
        notes += reason
    return Estimate(seconds, _megabytes(spec, tables, rows), k, notes)


def _fitted(
    spec: Spec, small: Prepared, n: int, seed: int
) -> tuple[Any, tuple[float, float], tuple[str, ...]]:
    """Fit the pilot, or a stand-in; return it, seconds of the fit to n rows, and notes."""
    method, k, d = method_of(spec), len(small.train), len(small.schema.variables)
    told, least = expected(method, n, d), expected(method, k, d)
    try:
        with Stopwatch() as watch, warnings.catch_warnings():
            # what a few rows give cause for need not hold of all
            warnings.simplefilter("ignore", FitWarning)
            model = fit_method(spec, small.train, small.schema, seed, lambda _: None)
    except UNFIT as e:
        note = f"the pilot could not be fitted to {k:,} rows, so times are rougher: {e}"
        stand_in = fit(small.train, copula="independence", marginals="spline", rng=seed)
        seconds = told if told == told else n * d * UNKNOWN
        return stand_in, (seconds / ROUGH, seconds * ROUGH), (note,)
    growth = told / least if told == told and least > 0 else n / k
    return model, _between(watch.seconds, growth), ()


def _judged(
    work: Work, small: Prepared, model: Any, n: int
) -> tuple[tuple[float, float], tuple[str, ...]]:
    """Judge the pilot; return seconds for n rows, and notes."""
    k = len(small.train)
    reason: tuple[str, ...] = ()
    with Stopwatch() as watch:
        try:
            judge(work, small, model, k)
        except UNFIT as e:
            reason = (f"the pilot could not be judged, so its time is too short: {e}",)
    return _between(watch.seconds, n / k), reason


def _between(seconds: float, times: float) -> tuple[float, float]:
    return seconds, seconds * max(times, 1.0)


def _pilot(tables: Prepared, seed: int) -> Prepared:
    """Return the first rows of a random order of the tables, fewer than the run has."""
    held = tables.holdout
    train = _few(tables.train, PILOT, seed)
    holdout = None if held is None else _few(held, PILOT, seed)
    return replace(tables, whole=_few(tables.whole, 2 * PILOT, seed), train=train, holdout=holdout)


def _few(table: Any, n: int, seed: int) -> Any:
    return table if len(table) <= n else split(table, seed, share=n / len(table))[0]


def _megabytes(spec: Spec, tables: Prepared, rows: int) -> float:
    """Return the most memory of a run: this process, the tables, and blocks being drawn."""
    d = len(tables.schema.variables)
    width = tables.whole.nbytes / max(len(tables.whole), 1)
    data = len(tables.whole) * (3 * width + 2 * 8 * d)
    blocks = (spec.run.workers + 4) * min(rows, BLOCK) * (3 * 8 * d + width)
    judged = min(rows, JUDGED) * (2 * width + 8 * d)
    if spec.evaluate.metrics == ():
        judged = 0
    return float((resident() or 300e6) + data + max(blocks, judged)) / 1e6


def _costs(found: Estimate) -> list[str]:
    parts = ", ".join(f"{stage} {_span(s)}" for stage, s in found.seconds.items())
    low, high = (sum(s[i] for s in found.seconds.values()) for i in (0, 1))
    return [
        f"time       about {_span((low, high))} ({parts}), without drawing reports; a pilot on "
        f"{found.pilot:,} rows: from as long as it took to as much longer as the table is",
        f"memory     about {found.megabytes:,.0f} MB; a formula from rows, columns and threads",
        "nothing was written",
    ]


def _span(seconds: tuple[float, float]) -> str:
    low, high = map(_time, seconds)
    return low if low == high else f"{low} to {high}"


def _time(seconds: float) -> str:
    if seconds < 60:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
