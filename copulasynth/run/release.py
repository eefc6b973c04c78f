"""The release of a run: treated, exported, held against the gate, and written only on a pass."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from copulasynth._paths import inside
from copulasynth._plain import json_text
from copulasynth._write import check_outputs, write_text
from copulasynth.model import Model
from copulasynth.privacy import GateResult, Policy, gate, read_policy, treat
from copulasynth.privacy.manifest import (
    FORMAT,
    add_release,
    read_releases,
    release_key,
    release_manifest,
)
from copulasynth.privacy.treating.treat import schema_like
from copulasynth.run.files import SpecFile
from copulasynth.run.folder import MANIFEST, check_target, listed, output_folder
from copulasynth.run.lock import settings_of
from copulasynth.run.prepare import Prepared
from copulasynth.run.work import JUDGED, Work, models_of
from copulasynth.synthesizers.registry import named
from copulasynth.synthesizers.stored import load

__all__ = ["Gated", "check_place", "check_release", "exported", "gated", "treated", "write_release"]


@dataclass(frozen=True, slots=True, eq=False)
class Gated:
    """What the gate said of the tables of a run, and what goes with them if they may leave."""

    result: GateResult
    manifest: dict[str, Any]


def check_release(file: SpecFile) -> None:
    """Refuse a release that cannot pass, before any work.

    Raises
    ------
    SpecError
        At the line of the entry that stands in the way.
    """
    spec = file.spec
    if spec.release is None:
        return
    policy_of(file)
    with file.blaming("release", "log"):
        read_releases(file.beside(spec.release.log))
    if spec.evaluate.holdout == 0:
        why = "a release needs rows that the method never sees; leave out the 0"
        raise file.error(("evaluate", "holdout"), why)
    if spec.evaluate.refit:
        why = "a release is of the model that was judged, not of one fitted to its holdout too"
        raise file.error(("evaluate", "refit"), why)
    if named(spec.fit.method).holds_rows:
        why = "models of this method hold training rows; a release needs one that does not"
        raise file.error(("fit", "method"), why)


def policy_of(file: SpecFile) -> Policy:
    """Return the limits that the release of a run file names, or the default ones."""
    asked = file.spec.release
    if asked is None or asked.policy is None:
        return Policy()
    with file.blaming("release", "policy"):
        return read_policy(file.beside(asked.policy))


def _target(file: SpecFile) -> Path:
    """Return the folder of what may leave."""
    asked = file.spec.release
    return file.beside((asked and asked.folder) or f"{file.path.stem}-release")


def check_place(file: SpecFile, folder: Path, inputs: Iterable[Path], *, force: bool) -> None:
    """Refuse a place of the release that holds something else, or lies in the folder of the run.

    Raises
    ------
    SpecError, OutputError
        With what is in the way and what to do.
    """
    asked, target = file.spec.release, _target(file)
    if asked is None:
        return
    log = file.beside(asked.log)
    for key, place in {"folder": target, "log": log}.items():
        if not inside(place, file.path.parent):
            raise file.error(("release", key), "leads out of the folder of the run file")
        if inside(place, folder) or inside(folder, place):
            raise file.error(("release", key), f"is a place of the run's own, {folder}")
    if inside(log, target):
        raise file.error(("release", "log"), "would leave with the release")
    check_outputs([log], inputs)
    key = release_key(settings_of(file.spec))
    check_target(target, key, [*inputs, log], force=force, form=FORMAT)


def treated(work: Work, tables: Prepared) -> tuple[Prepared, pd.DataFrame | None]:
    """Return the tables with the training rows treated, and what was done to them."""
    asked = work.spec.release
    if asked is None or not asked.treat:
        return tables, None
    policy = policy_of(work.file)
    with work.log.stage("treat", f"treating {len(tables.train):,} rows"):
        done = treat(tables.train, k_min=policy.k_min, public=policy.public, schema=tables.schema)
        schema = schema_like(done.table, tables.schema)
    return replace(tables, train=done.table, schema=schema), done.record


def gated(
    work: Work, tables: Prepared, model: Model, record: pd.DataFrame | None, rows: int
) -> Gated:
    """Hold the tables of a run, and the model if it is to leave, against the gate."""
    asked, spec = work.spec.release, work.spec
    assert asked is not None
    made = _drawn(work, model, rows)
    with work.log.stage("gate", f"attacking {len(made):,} rows"):
        found = gate(
            tables.train,
            made,
            holdout=tables.holdout,
            policy=policy_of(work.file),
            schema=model.schema,
            model=model if asked.model else None,
            rng=work.seeds["gate"],
        )
    # whoever has the seed can check a guess of the training table to the byte
    found = replace(found, seed=None)
    manifest = release_manifest(
        found,
        schema=model.schema,
        settings=settings_of(spec),
        tables=spec.sample.syntheses,
        rows=rows,
        models=int(asked.model),
        treatments=() if record is None else record,
        earlier=read_releases(work.file.beside(asked.log)),
    )
    return Gated(found, manifest)


def _drawn(work: Work, model: Model, rows: int) -> Any:
    """Return the rows of all synthetic tables, which leave together, as many as are judged."""
    m = work.spec.sample.syntheses
    rng = np.random.default_rng(work.seeds["sample"])
    each = [one.sample(min(rows, JUDGED // m), rng=rng) for one in models_of(model, m)]
    return nw.concat([nw.from_native(table) for table in each]).to_native()


def exported(work: Work, model: Model) -> Model:
    """Write a model so that it may leave, with its schema, and return what the file says."""
    path = work.path("model")
    with work.log.stage("export", "treating the model"):
        model.export_release(path, k_min=policy_of(work.file).k_min)
        found = load(path)
    found.schema.to_file(work.path("schema"))
    return found


def write_release(file: SpecFile, folder: Path, found: Gated) -> Path | None:
    """Copy what may leave out of the folder of a run, with a manifest; nothing on a fail."""
    asked, spec = file.spec.release, file.spec
    if asked is None or not found.result.passed:
        return None
    leaving = [*spec.tables, spec.output.name("gate_page")]
    leaving += [spec.output.name("model")] if asked.model else []
    target = _target(file)
    with output_folder(target) as new:
        for name in leaving:
            shutil.copyfile(folder / name, new / name)
        manifest = found.manifest | {"outputs": listed(new)}
        write_text(new / MANIFEST, json_text(manifest))
    add_release(file.beside(asked.log), manifest)
    return target
