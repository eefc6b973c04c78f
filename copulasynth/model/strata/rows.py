"""Rows of groups: drawn, drawn where columns take given values, and completed group by group."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth.errors import DataError
from copulasynth.model.api import Sampler
from copulasynth.model.following import Following
from copulasynth.model.given import ADVICE, Fitting, given_source
from copulasynth.model.joint_law import JointLaw, law_of
from copulasynth.model.rows import Rows
from copulasynth.model.strata.law import Strata, Stratum
from copulasynth.model.wanted import Wanted, plain_test
from copulasynth.rows.blocks import Source
from copulasynth.rules.levels.patterns import matched
from copulasynth.schema import Schema
from copulasynth.schema.given import Condition, conditions_of

__all__ = ["GROUPED", "grouping", "kept_groups", "laws_of_rows", "source_of"]

#: What errors call what was fitted group by group.
GROUPED = "a model of groups"
ONE = "give values of one group too"


def source_of(
    schema: Schema,
    sampler: Sampler,
    following: Following | None,
    given: Mapping[Any, Any] | None,
    method: str,
) -> Source:
    """Return what draws rows of a sampler, in which columns take given values if any are.

    Raises
    ------
    DataError
        As of :func:`copulasynth.model.given.given_source`, or if no group has the values.
    """
    if given is None:
        return Rows(schema, sampler, following)
    if isinstance(sampler, Strata):
        return _grouped(schema, sampler, given)
    return given_source(schema, sampler, given, method)


def _grouped(schema: Schema, strata: Strata, given: Mapping[Any, Any]) -> Source:
    """Return what draws rows of the groups that have the given values."""
    conditions = conditions_of(schema, given)
    told = [c for c in conditions if _columns(schema, strata) & {str(c.column.name)}]
    kept, whole = kept_groups(schema, strata, told)
    rest = tuple(c for c in conditions if c not in told)
    if whole and not rest:
        return Rows(schema, kept)
    if len(kept.strata) == 1:
        # all rows of a group of its own have what tells it; among those of several it is drawn
        names = set() if kept.strata[0].pooled else {c.column.name for c in told}
        others = {name: value for name, value in given.items() if name not in names}
        return given_source(schema, kept.laws[0], others, GROUPED)
    tests = (*map(_exact, told), *(plain_test(schema, c, GROUPED, ONE) for c in rest))
    return Fitting(schema, kept, kept, tests, ADVICE)


def grouping(schema: Schema, sampler: Sampler) -> set[str]:
    """Return the columns that tell groups, none of a sampler without groups."""
    return _columns(schema, sampler) if isinstance(sampler, Strata) else set()


def _columns(schema: Schema, strata: Strata) -> set[str]:
    return {str(schema.columns[schema.variables[j].column].name) for j in strata.by}


def kept_groups(schema: Schema, strata: Strata, told: list[Condition]) -> tuple[Strata, bool]:
    """Return the strata that have given values, and whether in all of their groups.

    Raises
    ------
    DataError
        If none has.
    """
    tests = list(map(_exact, told))
    found = [_fits(strata, s, tests) for s in strata.strata]
    kept = tuple(s for s, fits in zip(strata.strata, found, strict=True) if fits.any())
    if not kept:
        names = ", ".join(repr(c.column.name) for c in told)
        raise DataError(
            f"no group has the given values of {names}; model.groups lists those that there are"
        )
    return replace(strata, strata=kept), all(f.all() for f in found if f.any())


def _fits(strata: Strata, s: Stratum, tests: list[Wanted]) -> Bools:
    """Return which groups of a stratum have given values."""
    x = np.full((strata.dim, len(s.keys)), np.nan)
    x[list(strata.by)] = s.keys.T
    fits = np.ones(len(s.keys), dtype=np.bool_)
    for test in tests:
        fits &= test.passed(x)
    return fits


def _exact(c: Condition) -> Wanted:
    """Return a condition on a column that is the same in all rows of a group."""
    if c.value is None or not c.present:
        return Wanted(c, 0.0, np.empty(0), np.empty(0), pinned=False)
    low, high = (c.points, c.points) if c.interval is None else np.array(c.interval)[:, None]
    slack = 1e-9 * np.maximum(np.abs(np.where(np.isfinite(low), low, 0.0)), 1.0)
    return Wanted(c, 0.0, low - slack, high + slack, pinned=False)


def laws_of_rows(
    schema: Schema, sampler: Sampler, x: Floats, rng: np.random.Generator, verb: str
) -> Iterator[tuple[JointLaw, str, Ints, np.random.Generator]]:
    """Yield laws, what each was fitted by, whose rows of variables (n, d) they are, and streams.

    Raises
    ------
    DataError
        If the method has no joint law, or a row does not say which of the groups it is of.
    """
    if not isinstance(sampler, Strata):
        yield law_of(sampler, type(sampler).__name__, verb), "", np.arange(len(x)), rng
        return
    told = sampler.told(x.T)
    found = [np.flatnonzero(~np.isnan(matched(told, s.keys))) for s in sampler.strata]
    left = np.ones(len(x), dtype=np.bool_)
    left[np.concatenate(found)] = False
    if left.any():
        names = ", ".join(sorted(map(repr, _columns(schema, sampler))))
        raise DataError(
            f"row {int(np.argmax(left))} is of none of the groups that the model knows: to {verb} "
            f"rows, give values of {names} as model.groups lists them"
        )
    streams = rng.spawn(len(found))
    for law, s, rows, stream in zip(sampler.laws, sampler.strata, found, streams, strict=True):
        if rows.size:
            yield law, s.knobs, rows, stream
