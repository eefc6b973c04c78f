"""`copulasynth run`: from a run file to a folder of tables, model, judgement and manifest."""

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from copulasynth._write import write_text
from copulasynth.run.checks import read_spec
from copulasynth.run.files import SpecFile
from copulasynth.run.folder import FORMAT, MANIFEST, check_target, listed, output_folder
from copulasynth.run.lock import lock_path, read_lock, refuse, settings_of, write_lock
from copulasynth.run.log import Log, Silent, Watch
from copulasynth.run.prepare import seeds_of
from copulasynth.run.stages import run_stages
from copulasynth.run.versions import platform_name, versions

__all__ = ["Finished", "Job", "open_job", "run_spec"]

VERSION = 1


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A run that is about to start: its file, folder, seed and lock.

    Attributes
    ----------
    file : SpecFile
    folder : Path
    seed : int
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
    def settings(self) -> dict[str, Any]:
        """Every setting that decides a byte."""
        return settings_of(self.file.spec)

    @property
    def key(self) -> str:
        """Hash of settings and seed: two runs of the same key write the same files."""
        text = json.dumps([self.settings, self.seed], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """What a run left: the folder, its manifest, and the lock."""

    folder: Path
    manifest: dict[str, Any] = field(repr=False)
    lock: Path


def open_job(
    path: str | os.PathLike[str],
    *,
    seed: int | None = None,
    workers: int | None = None,
    folder: str | os.PathLike[str] | None = None,
) -> Job:
    """Read a run file, and resolve its folder and seed.

    A seed that is not given is that of the lock, if the lock was made with these settings; else
    one is drawn.
    """
    file = read_spec(path)
    spec = file.spec
    if workers is not None:
        file = replace(file, spec=replace(spec, run=replace(spec.run, workers=workers)))
    target = Path(folder) if folder else file.beside(spec.output.folder or _default(file))
    lock = read_lock(lock_path(file))
    given = spec.run.seed if seed is None else seed
    if given is not None:
        return Job(file, target, given, "given", lock)
    if lock is not None and lock.get("settings") == settings_of(spec):
        return Job(file, target, int(lock["seed"]), "locked", lock)
    return Job(file, target, secrets.randbits(32), "drawn", lock)


def _default(file: SpecFile) -> str:
    return f"{file.path.stem}-output"


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
    log = Log(watch or Silent())
    lock = lock_path(job.file)
    now: dict[str, Any] = {
        "seed": job.seed,
        "platform": platform_name(),
        "versions": versions(),
        "settings": job.settings,
    }
    if locked:
        _refuse(job, now)
    check_target(job.folder, job.key, force=force)
    with output_folder(job.folder) as new:
        staged = run_stages(
            job.file, job.seed, new, log, lambda found: _refuse(job, found) if locked else None
        )
        now |= staged.resolved
        files = listed(new)
        now["outputs"] = {name: f["sha256"] for name, f in files.items()}
        if locked:
            _refuse(job, {"outputs": now["outputs"]})
        manifest = _manifest(job, now, log, files, staged.costs)
        write_text(new / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
    if not locked:
        write_lock(lock, now)
    return Finished(job.folder, manifest, lock)


def _refuse(job: Job, now: Mapping[str, Any]) -> None:
    path = lock_path(job.file)
    if job.lock is None:
        raise job.file.error((), f"--locked needs {path.name}; run once without it")
    refuse(path, job.lock, now)


def _manifest(
    job: Job,
    now: Mapping[str, Any],
    log: Log,
    files: Mapping[str, Any],
    costs: Mapping[str, Any],
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
        "seeds": seeds_of(job.seed),
        "rows": now["resolved"]["rows"],
        "choices": now["resolved"]["choices"],
        "versions": now["versions"],
        "platform": now["platform"],
        "warnings": log.notes,
        "outputs": files,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "workers": job.file.spec.run.workers,
        "timings": log.timings,
        "costs": costs,
    }
