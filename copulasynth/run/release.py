"""The release of a run: treated, exported, held against the gate, and written only on a pass."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np

from copulasynth._plain import json_text, plain
from copulasynth._write import write_text
from copulasynth.model import Model
from copulasynth.model.syntheses import models_of
from copulasynth.privacy import GateResult, gate, treat
from copulasynth.privacy.given import rows_of_one
from copulasynth.privacy.manifest import (
    about_result,
    add_release,
    read_releases,
    release_manifest,
)
from copulasynth.privacy.treating.treat import Treated, schema_like
from copulasynth.run.files import SpecFile
from copulasynth.run.folder import MANIFEST, listed, output_folder
from copulasynth.run.lock import settings_of
from copulasynth.run.prepare import Prepared
from copulasynth.run.release_checks import policy_of, target_of, unit_of
from copulasynth.run.work import JUDGED, Work
from copulasynth.synthesizers.stored import load

__all__ = ["GatedRun", "exported", "gated", "treated", "write_release"]


@dataclass(frozen=True, slots=True, eq=False)
class GatedRun:
    """What the gate said of the tables of a run, and what goes with them if they may leave."""

    result: GateResult
    manifest: dict[str, Any]


def treated(work: Work, tables: Prepared) -> tuple[Prepared, Treated | None]:
    """Return the tables with the training rows treated, and what was done to them."""
    asked = work.spec.release
    if asked is None or not asked.treat:
        return tables, None
    policy = policy_of(work.file)
    with work.log.stage("treat", f"treating {len(tables.train):,} rows"):
        # marginals of a model are smooth at their ends, and its export codes those
        done = treat(tables.train, k_min=policy.k_min, public=policy.public,
                     schema=tables.schema, ends=False, unit=unit_of(work.file))  # fmt: skip
        schema = schema_like(done.table, tables.schema)
    return replace(tables, train=done.table, schema=schema), done


def gated(work: Work, tables: Prepared, model: Model, done: Treated | None, rows: int) -> GatedRun:
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
            # that of the model lists no codes and levels of few rows, which tables at home have
            schema=tables.schema,
            model=model if asked.model else None,
            rng=work.seeds["gate"],
        )
    found = about_result(found)
    manifest = release_manifest(
        found,
        schema=model.schema,
        settings=settings_of(spec),
        data=spec.data.path,
        tables=spec.sample.syntheses,
        rows=rows,
        models=int(asked.model),
        treatments=() if done is None else done.to_data()["treatments"],
        suppressed=plain(model.provenance.release),
        earlier=read_releases(work.file.beside(asked.log), spec.data.path),
    )
    return GatedRun(found, manifest)


def _drawn(work: Work, model: Model, rows: int) -> Any:
    """Return the rows of all synthetic tables, which leave together, as many as are judged."""
    m = work.spec.sample.syntheses
    rng = np.random.default_rng(work.seeds["sample"])
    each = [one.sample(min(rows, JUDGED // m), rng=rng) for one in models_of(model, m)]
    return nw.concat([nw.from_native(table) for table in each]).to_native()


def exported(work: Work, tables: Prepared, model: Model) -> Model:
    """Write a model so that it may leave, with its schema, and return what the file says."""
    path, policy = work.path("model"), policy_of(work.file)
    with work.log.stage("export", "treating the model"):
        k_min = policy.k_min * rows_of_one(tables.train, policy.unit)
        model.export_release(path, k_min=k_min)
        found = load(path)
    found.schema.to_file(work.path("schema"))
    return found


def write_release(file: SpecFile, folder: Path, found: GatedRun) -> Path | None:
    """Copy what may leave out of the folder of a run, with a manifest; nothing on a fail."""
    asked, spec = file.spec.release, file.spec
    assert asked is not None
    if not found.result.passed:
        return None
    leaving = [*spec.tables, spec.output.name("gate_page")]
    leaving += [spec.output.name("model")] if asked.model else []
    target = target_of(file)
    with output_folder(target) as new:
        for name in leaving:
            shutil.copyfile(folder / name, new / name)
        manifest = found.manifest | {"outputs": listed(new)}
        write_text(new / MANIFEST, json_text(manifest))
    add_release(file.beside(asked.log), manifest)
    return target
