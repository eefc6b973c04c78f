"""Fitting a sequence of conditional laws: visit order, predictors, rows, strata."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from copulasynth._arrays import Floats, Ints, frozen
from copulasynth.errors import DataError
from copulasynth.schema import Schema
from copulasynth.synthesizers.sequence.sampler import Law, SequenceSampler, StratifiedSampler
from copulasynth.synthesizers.sequence.skip_rules import SkipRule, parse_rules, warn_of_breaches
from copulasynth.synthesizers.training_rows import Layout

__all__ = ["Conditioned", "Plan", "fit_sequence", "plan_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Who is drawn when, from what, and by what rules; all in terms of variables."""

    order: Ints
    predictors: tuple[Ints, ...]  # one a variable
    strata: Ints
    rules: tuple[SkipRule, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Conditioned:
    """One variable to be learnt from earlier ones.

    Attributes
    ----------
    target : int
    y : (n,) float64
        Its values, none missing.
    seen : (n, d) float64
        All variables, `fill` where missing.
    predictors : ndarray of int64
        Those that it may depend on.
    layout : Layout
    name : str
    """

    target: int
    y: Floats
    seen: Floats
    predictors: Ints
    layout: Layout
    name: str


def plan_of(
    schema: Schema,
    *,
    order: str | Sequence[Any],
    predictors: Mapping[Any, Sequence[Any]] | None,
    strata: Any,
    rules: Mapping[Any, Any] | None,
) -> Plan:
    """Turn settings about columns into a plan about variables.

    Raises
    ------
    DataError
        If a setting names a column that does not exist, or one that comes too late.
    """
    names = [c.name for c in schema.columns]
    visit = _visit_order(names, order)
    place = {name: i for i, name in enumerate(visit)}
    own = {name: [j for j, v in enumerate(schema.variables) if v.column == i]
           for i, name in enumerate(names)}  # fmt: skip
    chosen = _predictors(visit, place, predictors)
    parents: list[Ints] = [np.empty(0, dtype=np.int64)] * len(schema.variables)
    for name in visit:
        before = [j for parent in chosen[name] for j in own[parent]]
        for j in own[name]:
            parents[j] = np.array(before, dtype=np.int64)
    if strata is None:
        by: list[Any] = []
    else:
        by = [strata] if isinstance(strata, str) or not isinstance(strata, Sequence) else [*strata]
    return Plan(
        order=np.array([j for name in visit for j in own[name]], dtype=np.int64),
        predictors=tuple(parents),
        strata=np.array([j for name in _known(by, names, "strata") for j in own[name]], dtype=int),
        rules=parse_rules(rules, schema, place),
        names=tuple(str(v.name) for v in schema.variables),
    )


def _visit_order(names: list[Any], order: str | Sequence[Any]) -> list[Any]:
    if isinstance(order, str):
        if order != "table":
            raise DataError(f"order={order!r} is unknown; give 'table' or a list of columns")
        return names
    first = _known(list(order), names, "order")
    if len(set(first)) != len(first):
        raise DataError(f"order= names a column twice: {first}")
    return [*first, *(name for name in names if name not in first)]


def _predictors(
    visit: list[Any], place: dict[Any, int], given: Mapping[Any, Sequence[Any]] | None
) -> dict[Any, list[Any]]:
    chosen = {name: visit[: place[name]] for name in visit}
    for name, wanted in (given or {}).items():
        _known([name], visit, "predictors")
        for parent in _known(list(wanted), visit, f"predictors of {name!r}"):
            if place[parent] >= place[name]:
                raise DataError(
                    f"predictors: {parent!r} does not come before {name!r}; change order="
                )
        chosen[name] = sorted(wanted, key=place.__getitem__)
    return chosen


def _known(wanted: list[Any], names: list[Any], setting: str) -> list[Any]:
    for name in wanted:
        if name not in names:
            raise DataError(f"{setting}: there is no column {name!r}")
    return wanted


def fit_sequence(
    x: Floats,
    layout: Layout,
    plan: Plan,
    fit_law: Callable[[Conditioned, np.random.Generator], Law],
    *,
    fill: Floats,
    proper: bool,
    rng: np.random.Generator,
) -> SequenceSampler | StratifiedSampler:
    """Fit the laws of all variables, in each stratum.

    Parameters
    ----------
    x : (n, d) float64
        NaN where missing.
    layout : Layout
    plan : Plan
    fit_law : callable
        Fits the law of one variable.
    fill : (d,) float64
        What a missing value looks like to later laws.
    proper : bool
        Fit each law to a bootstrap sample of its rows.
    rng : numpy.random.Generator
    """
    warn_of_breaches(plan.rules, x)
    if not len(plan.strata):
        return _fit_one(x, layout, plan, fit_law, fill, proper, rng)
    keys = np.nan_to_num(x[:, plan.strata], nan=-np.inf)
    _, stratum, counts = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    if len(counts) > 200:
        raise DataError(f"strata: {len(counts)} strata are too many; choose columns of few levels")
    parts = tuple(
        _fit_one(x[stratum.ravel() == k], layout, plan, fit_law, fill, proper, rng)
        for k in range(len(counts))
    )
    return StratifiedSampler(parts, frozen(counts / counts.sum()))


def _fit_one(
    x: Floats,
    layout: Layout,
    plan: Plan,
    fit_law: Callable[[Conditioned, np.random.Generator], Law],
    fill: Floats,
    proper: bool,
    rng: np.random.Generator,
) -> SequenceSampler:
    missing = np.isnan(x)
    seen = np.where(missing, fill, x)
    laws: list[Law] = []
    for j, child in enumerate(rng.spawn(layout.dim)):
        rows = ~missing[:, j]
        for rule in plan.rules:
            if j in rule.variables:
                rows = rows & ~rule.holds(x.T)
        which = np.flatnonzero(rows)
        if proper and len(which):
            which = which[child.integers(len(which), size=len(which))]
        problem = Conditioned(
            j, x[which, j], seen[which], plan.predictors[j], layout, plan.names[j]
        )
        if not len(which):
            problem = replace(problem, y=fill[[j]], seen=seen[:1])
        laws.append(fit_law(problem, child))
    return SequenceSampler(layout, frozen(plan.order), tuple(laws), frozen(fill), plan.rules)
