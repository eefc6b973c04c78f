"""A model that can leave: nothing in it rests on fewer than k_min rows of the table."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from copulasynth._arrays import Floats, Ints
from copulasynth._masking import K_MIN, check_k_min
from copulasynth.copulas.coarse import coarse_copula
from copulasynth.errors import DataError
from copulasynth.marginals import Marginal
from copulasynth.model.api import Grouped
from copulasynth.model.joint_law import JointLaw, storable
from copulasynth.model.provenance import Release
from copulasynth.model.release.columns import coarse_parts, coarse_schema, rounded_up, scrubbed
from copulasynth.model.release.coordinates import (
    REMEDY,
    Free,
    Left,
    coarse_free,
    codes_left,
    natural_bounds,
    with_codes,
    with_shift,
)
from copulasynth.model.release.origins import shifts_of, with_origins
from copulasynth.model.release.rows_behind import drawn_coordinates, rows_behind
from copulasynth.rules import FittedRule
from copulasynth.rules.coarse import Codes, Rewriting, rewritten
from copulasynth.rules.numeric.place import PlaceRule
from copulasynth.schema import Schema

if TYPE_CHECKING:
    from copulasynth.model.model import Model

__all__ = ["K_MIN", "export_release", "released"]


def export_release(
    model: "Model", path: str | PathLike[str], k_min: int = K_MIN, force: bool = False
) -> "Model":
    """Write a model that can leave, and return it; see :meth:`Model.export_release`."""
    made = released(model, k_min, force)
    made.save(path)
    return made


def released(model: "Model", k_min: int = K_MIN, force: bool = False) -> "Model":
    """Return a model in which nothing rests on fewer than k_min rows.

    Raises
    ------
    DataError
        If the model holds training rows, or something in it cannot be made to rest on enough.
    """
    check_k_min(k_min)
    done = model.provenance.release
    if done is not None and done.k_min >= k_min:
        return model
    if isinstance(model.sampler, Grouped):
        raise DataError(
            f"{model.method} cannot be exported together. Fit without by=, so that the groups are "
            "a column of one law, or export groups: model.group({...}).export_release(path)"
        )
    if not isinstance(model.sampler, JointLaw):
        return _forced(model, k_min, force)
    law = storable(model.sampler)
    assert isinstance(law, JointLaw)
    made, schema, release = _coarse_law(model, law, k_min)
    provenance = scrubbed(model.provenance, model.method, release)
    return replace(model, schema=schema, sampler=made, provenance=provenance, others=())


def _forced(model: "Model", k_min: int, force: bool) -> "Model":
    """Return a model of another method as it is, if told to."""
    if force:
        return replace(model, provenance=scrubbed(model.provenance, model.method, None))
    if model.holds_training_rows:
        why = "draws from rows of the table, which are in the file: to give it away is to give them"
    else:
        why = "keeps laws for groups of rows that cannot be made to rest on more of them"
    raise DataError(
        f"{model.method} {why}. Fit a copula (copulasynth.fit), or give away a table drawn of the "
        f"model; force=True writes the file all the same, with k_min = {k_min} not kept"
    )


def _coarse_law(model: "Model", law: JointLaw, k_min: int) -> tuple[JointLaw, Schema, Release]:
    """Return the law and the schema that are left, and how much of each column was dropped."""
    schema, variables = model.schema, law.coordinates(model.schema)
    x = drawn_coordinates(law)
    rows = rows_behind(law, x, model.provenance.rows, cautious=True)
    natural = natural_bounds(law, variables)
    free = coarse_free(law, schema, variables, rows, natural, k_min)
    weight = model.provenance.rows / x.shape[1]
    left = Left(law, variables, {f.place: f for f in free}, x, weight, k_min)
    codes, _ = codes_left(left, schema)
    shifts = shifts_of(law, schema, variables, x, {f.place: f.base for f in free})
    cells = {f.place: _cells(f) for f in free if _is_cell(law, f.place)}
    new = Rewriting(codes, shifts, x, weight, k_min, natural, law.following.steps, left, cells)
    rules = tuple(_rewritten(rule, new, model) for rule in law.rules)
    changes = tuple(f.change for f in free)
    try:
        copula = coarse_copula(law.copula, changes, model.provenance.rows, k_min)
    except ValueError as e:
        raise DataError(f"the copula cannot be exported with k_min = {k_min}: {e}") from e
    made = replace(
        law,
        marginals=tuple(_written(f, codes, shifts, model) for f in free),
        copula=copula,
        following=replace(law.following, rules=rules),
        parts=coarse_parts(schema, law.parts, codes, _shifted(natural, shifts)),
    )
    behind = tuple(map(rounded_up, rows.tolist()))
    release = Release(k_min, *_suppressed(model, free, codes), behind)
    left_over = coarse_schema(with_origins(schema, shifts), codes, model.provenance.rows, k_min)
    return made, left_over, release


def _written(
    f: Free, codes: Mapping[int, Codes], shifts: Mapping[int, float], model: "Model"
) -> Marginal:
    """Return a marginal on the codes and numbers that are left."""
    m = f.coarse.marginal
    try:
        if f.place in codes:
            return with_codes(m, codes[f.place])
        return with_shift(m, shifts[f.place]) if f.place in shifts else m
    except ValueError as e:
        variable = model.law.coordinates(model.schema)[f.place]
        name = model.schema.columns[variable.column].name
        raise DataError(
            f"column {name!r} cannot be exported: {e}. Fit it with marginals={{{name!r}: 'auto'}}, "
            f"or {REMEDY}"
        ) from e


def _shifted(bounds: Floats, shifts: Mapping[int, float]) -> Floats:
    by = np.array([shifts.get(j, 0.0) for j in range(len(bounds))])
    return np.asarray(bounds + by[:, None])


def _is_cell(law: JointLaw, j: int) -> bool:
    return any(isinstance(r, PlaceRule) and r.cell == j for r in law.rules)


def _cells(f: Free) -> Ints:
    """Return for each code the one that stands for it now."""
    first, last, value = f.coarse.cells.T
    to = np.arange(int(last.max()) + 1)
    for a, b, v in zip(first.astype(int), last.astype(int), value.astype(int), strict=True):
        to[a : b + 1] = v
    return to


def _rewritten(rule: FittedRule, new: Rewriting, model: "Model") -> FittedRule:
    try:
        return rewritten(rule, new)
    except ValueError as e:
        variables = model.law.coordinates(model.schema)
        j = next(iter((*rule.makes, *rule.needs)), 0)
        name = model.schema.columns[variables[j].column].name
        raise DataError(
            f"column {name!r} cannot be exported with k_min = {new.k_min}: {e}. Fit without the "
            f"rule (keep = false in the schema), or {REMEDY}"
        ) from e


def _suppressed(
    model: "Model", free: tuple[Free, ...], codes: dict[int, Codes]
) -> tuple[dict[str, int], dict[str, float]]:
    """Return how many levels, values and pieces of each column are no more, and their share."""
    variables = model.law.coordinates(model.schema)
    names = [str(model.schema.columns[v.column].name) for v in variables]
    counted, moved = Counter[str](), dict.fromkeys(names, 0.0)
    for f in free:
        counted[names[f.place]] += f.coarse.dropped
        part = f.coarse.moved * f.change.rows / max(model.provenance.rows, 1)
        moved[names[f.place]] += part
    for j, c in codes.items():
        if j < model.law.dim and j not in model.law.free:
            counted[names[j]] += c.size - len(c.kept)
    told = {name: count for name, count in counted.items() if count}
    return told, {name: round(moved[name], 3) for name in told}
