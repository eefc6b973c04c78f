"""`copulasynth run`: from a run file to a folder of tables, model, judgement and manifest."""

import hashlib
import json
import os
import secrets
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from copulasynth._paths import inside
from copulasynth._write import check_outputs, write_text
from copulasynth.privacy import GateResult
from copulasynth.report.verdict import Verdict
from copulasynth.run.checks import read_spec
from copulasynth.run.files import SpecFile
from copulasynth.run.folder import FORMAT, MANIFEST, check_target, listed, output_folder
from copulasynth.run.lock import described, lock_path, read_lock, refuse, settings_of, write_lock
from copulasynth.run.log import Log, Silent, Watch
from copulasynth.run.release import write_release
from copulasynth.run.release_checks import check_place, target_of
from copulasynth.run.stages import run_stages
from copulasynth.run.work import Work

__all__ = ["Finished", "Job", "open_job", "run_spec"]

VERSION = 1


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A run that is about to start: its file, folder, seed and lock.

    Attributes
    ----------
    origin : {"given", "locked", "drawn"}
        Where the seed comes from.
    lock : dict or None
        What the lock beside the run file holds.
    """

    file: SpecFile
    folder: Path
    seed: int
    origin: str
    lock: dict[str, Any] | None

    @property
    def key(self) -> str:
        """Hash of settings and seed: two runs of the same key write the same files."""
        text = json.dumps([settings_of(self.file.spec), self.seed], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def inputs(self) -> list[Path]:
        """What the run reads: the run file, and the files that it names."""
        spec = self.file.spec
        policy = spec.release and spec.release.policy
        named = (spec.data.path, spec.schema.file, spec.evaluate.holdout, policy)
        return [self.file.path, *(self.file.beside(n) for n in named if isinstance(n, str))]

    def refuse(self, now: Mapping[str, Any]) -> None:
        """Refuse what differs from the lock, or that there is none."""
        path = lock_path(self.file)
        if self.lock is None:
            raise self.file.error((), f"--locked needs {path.name}; run once without it")
        refuse(path, self.lock, now)


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """What a run left: the folder, its manifest, and the lock.

    Attributes
    ----------
    gate : GateResult or None
        What the gate said, where the run file has a section [release].
    release : Path or None
        The folder of what may leave, on a pass.
    stale : Path or None
        The folder of an earlier release that still stands after a run that did not pass.
    verdict : Verdict or None
        What the judgement of the synthetic table says, where there was one.
    """

    folder: Path
    manifest: dict[str, Any] = field(repr=False)
    lock: Path
    gate: GateResult | None = field(default=None, repr=False)
    release: Path | None = None
    stale: Path | None = None
    verdict: Verdict | None = field(default=None, repr=False)


def open_job(
    path: str | os.PathLike[str],
    *,
    seed: int | None = None,
    workers: int | None = None,
    folder: str | os.PathLike[str] | None = None,
) -> Job:
    """Read a run file, and resolve its folder and seed.

    A seed that is not given is that of the lock, whatever settings have changed since; without a
    lock one is drawn.
    """
    file = read_spec(path)
    spec = file.spec
    if workers is not None:
        file = replace(file, spec=replace(spec, run=replace(spec.run, workers=workers)))
    default = file.beside(spec.output.folder or f"{file.path.stem}-output")
    if not folder and not inside(default, file.path.parent):
        # a run file may come from others: what it writes stays beside it
        raise file.error(
            ("output", "folder"),
            "leads out of the folder of the run file; to write there, say so: --out "
            + shlex.quote(str(default)),
        )
    target = Path(folder) if folder else default
    lock = read_lock(lock_path(file))
    given = spec.run.seed if seed is None else seed
    if given is not None:
        return Job(file, target, given, "given", lock)
    if lock is not None:
        return Job(file, target, int(lock["seed"]), "locked", lock)
    return Job(file, target, secrets.randbits(32), "drawn", lock)


def run_spec(
    path: str | os.PathLike[str],
    *,
    seed: int | None = None,
    workers: int | None = None,
    folder: str | os.PathLike[str] | None = None,
    force: bool = False,
    locked: bool = False,
    watch: Watch | None = None,
) -> Finished:
    """Do what a run file says.

    Parameters
    ----------
    path : path
        The run file; see :func:`copulasynth.run.starter` for one with all its entries.
    seed, workers, folder : optional
        In place of the entries ``seed``, ``workers`` and ``folder`` of the file.
    force : bool
        Replace an output folder that holds another run.
    locked : bool
        Refuse to run, or to deliver, if anything differs from the lock beside the run file:
        settings, versions, platform, schema, choices, or a byte of an output.
    watch : Watch, optional
        Is told how the run goes on.

    Returns
    -------
    Finished

    Raises
    ------
    SpecError
        If the run file asks for what does not exist, or a lock does not hold.
    CopulasynthError
        If a stage cannot be done; nothing is left behind.
    """
    job = open_job(path, seed=seed, workers=workers, folder=folder)
    check = job.refuse if locked else lambda _: None
    now = described(job.file.spec, job.seed)
    check(now)
    check_target(job.folder, job.key, job.inputs, force=force)
    check_place(job.file, job.folder, job.inputs, force=force)
    lock = lock_path(job.file)
    if not locked:
        check_outputs([lock], job.inputs)
    with output_folder(job.folder) as new:
        work = Work(job.file, job.seed, new, Log(watch or Silent()))
        outcome = run_stages(work, check)
        files = listed(new)
        hashes = {"outputs": {name: f["sha256"] for name, f in files.items()}}
        check(hashes)
        now |= outcome.resolved | hashes
        manifest = _manifest(job, now, work, files) | {"costs": outcome.costs}
        write_text(new / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
    if not locked:
        write_lock(lock, now)
    found = outcome.gated
    if found is None:
        return Finished(job.folder, manifest, lock, verdict=outcome.verdict)
    left = write_release(job.file, job.folder, found)
    target = target_of(job.file)
    stale = target if left is None and target.exists() else None
    return Finished(job.folder, manifest, lock, found.result, left, stale, outcome.verdict)


def _manifest(
    job: Job, now: Mapping[str, Any], work: Work, files: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the account of a run; its times are the only thing that differs in a rerun."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "run": job.key,
        "spec": {"name": job.file.path.name, "sha256": job.file.sha256},
        "schema": {"sha256": now["resolved"]["schema_sha256"]},
        "settings": now["settings"],
        "seed": {"value": job.seed, "origin": job.origin},
        "seeds": work.seeds,
        "rows": now["resolved"]["rows"],
        "choices": now["resolved"]["choices"],
        "versions": now["versions"],
        "platform": now["platform"],
        "warnings": work.log.notes,
        "outputs": files,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "workers": job.file.spec.run.workers,
        "timings": work.log.timings,
    }
