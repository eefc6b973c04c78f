"""What a run would do, how long it would take, and how much memory: said before it starts.

Seconds come from a pilot: the method is fitted to a few hundred rows of the table, draws, and is
judged, in memory. A stage takes at least as long for the whole table, and at most as much longer as
the table is, where its time is linear in the rows. Memory comes from a formula.
"""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from copulasynth._clock import Stopwatch
from copulasynth.errors import OutputError
from copulasynth.evaluation import evaluate, split
from copulasynth.fitting import HALF
from copulasynth.rows.blocks import BLOCK
from copulasynth.run import outputs
from copulasynth.run.execute import Job, open_job
from copulasynth.run.folder import check_target
from copulasynth.run.lock import differences, lock_path
from copulasynth.run.log import Log, Silent
from copulasynth.run.methods import fit_method
from copulasynth.run.prepare import Prepared, prepare, seeds_of
from copulasynth.run.versions import platform_name, versions

__all__ = ["Estimate", "estimate", "explain"]

#: Rows of the pilot that a method is fitted to, and synthetic rows that are drawn from it.
PILOT, DRAWN = 300, 20_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """Least and most seconds of each stage, the most memory in MB, and the rows of the pilot."""

    seconds: dict[str, tuple[float, float]]
    megabytes: float
    pilot: int


def explain(path: str | os.PathLike[str], **settings: Any) -> list[str]:
    """Say what `copulasynth.run.run_spec` would do with the same arguments, and write nothing.

    Raises
    ------
    CopulasynthError
        What a run would raise when it reads its file and its table.
    """
    job = open_job(path, **settings)
    log = Log(Silent())
    with log.stage("read", ""):
        tables = prepare(job.file, seeds_of(job.seed))
    lines = [*_plan(job, tables), *_state(job)]
    lines += [f"note       {note}" for note in (*tables.schema.notes, *log.notes)]
    return [*lines, *_costs(estimate(job, tables))]


def _plan(job: Job, tables: Prepared) -> list[str]:
    spec, rows = job.file.spec, tables.rows
    kinds = list(tables.schema.kinds.values())
    counted = ", ".join(f"{kinds.count(k)} {k}" for k in dict.fromkeys(kinds))
    n = spec.sample.rows or rows["data"]
    held = f", {rows['holdout']:,} kept apart to judge it" if "holdout" in rows else ""
    lines = [
        f"read       {spec.data.path}: {rows['data']:,} rows, {len(kinds)} columns ({counted})",
        f"fit        {spec.fit.method} to {rows['train']:,} rows{held}",
        f"draw       {n:,} rows each into {', '.join(outputs.table_names(spec))}",
    ]
    if spec.compare.methods:
        lines.append(f"compare    {', '.join(spec.compare.methods)}")
    if spec.evaluate.metrics != ():
        count = "all" if spec.evaluate.metrics is None else len(spec.evaluate.metrics)
        lines.append(f"judge      by {count} metrics, then write a report")
    return lines


def _state(job: Job) -> list[str]:
    """Say where outputs go, which seed is used, and what differs from the lock."""
    try:
        check_target(job.folder, job.key, force=False)
        lines = [f"write      {job.folder}"]
    except OutputError as e:
        lines = [f"refused    {e}"]
    if job.origin == "drawn":
        lines.append("seed       none is given: the run draws one and keeps it in the lock")
    else:
        lines.append(f"seed       {job.seed} ({job.origin})")
    if job.lock is not None:
        now = {
            "seed": job.seed,
            "platform": platform_name(),
            "versions": versions(),
            "settings": job.settings,
        }
        found = differences({k: job.lock[k] for k in now if k in job.lock}, now)
        name = lock_path(job.file).name
        lines += [f"lock       {name}: {line}" for line in found] or [f"lock       {name} holds"]
    return lines


def estimate(job: Job, tables: Prepared) -> Estimate:
    """Estimate what a run costs from a pilot on a few hundred of its rows.

    Parameters
    ----------
    job : Job
    tables : Prepared
        The whole tables of the run.
    """
    spec, seeds = job.file.spec, seeds_of(job.seed)
    small = _pilot(tables, seeds["rows"])
    with Stopwatch() as fitting:
        model = fit_method(spec, small.train, small.schema, seeds["fit"], lambda _: None)
    with Stopwatch() as drawing:
        model.sample(DRAWN, rng=seeds["sample"])
    n, k = len(tables.train), len(small.train)
    rows = spec.sample.rows or len(tables.whole)
    drawn = drawing.seconds * rows * spec.sample.syntheses / DRAWN
    # the search of "auto" uses so many rows at most, and takes longer than the last fit
    fitted = min(n, 2 * HALF) if spec.fit.method == "auto" else n
    fit = _between(fitting.seconds, fitted / k)
    seconds = {"fit": fit, "sample": (drawn, drawn)}
    if spec.evaluate.metrics == ():
        return Estimate(seconds, _megabytes(job, tables, rows), k)
    with Stopwatch() as judging:
        evaluate(
            small.train,
            model.sample(k, rng=seeds["sample"]),
            holdout=small.holdout,
            metrics=spec.evaluate.metrics,
            schema=model.schema,
            rng=seeds["evaluate"],
        )
    judge = _between(judging.seconds, n / k)
    methods = len(spec.compare.methods)
    if methods:
        # as if every method cost what the delivered one costs
        seconds["compare"] = (methods * (fit[0] + judge[0]), methods * (fit[1] + judge[1]))
    seconds["evaluate"] = judge
    return Estimate(seconds, _megabytes(job, tables, rows), k)


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


def _megabytes(job: Job, tables: Prepared, rows: int) -> float:
    """Return the most memory of a run: this process, the tables, and blocks being drawn."""
    d = len(tables.schema.variables)
    width = tables.whole.nbytes / max(len(tables.whole), 1)
    data = len(tables.whole) * (3 * width + 2 * 8 * d)
    blocks = (job.file.spec.run.workers + 4) * min(rows, BLOCK) * (3 * 8 * d + width)
    judged = min(rows, outputs.JUDGED) * (2 * width + 8 * d)
    if job.file.spec.evaluate.metrics == ():
        judged = 0
    return float(_resident() + data + max(blocks, judged)) / 1e6


def _resident() -> float:
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return 300e6
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


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
