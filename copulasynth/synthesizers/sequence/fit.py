"""Fitting a sequence of conditional laws: visit order, predictors, rows, strata."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from copulasynth._arrays import Floats, Ints, frozen
from copulasynth.errors import DataError, no_column
from copulasynth.marginals import Marginal, fit_marginal
from copulasynth.model import Model
from copulasynth.schema import Schema, Tabular
from copulasynth.synthesizers.fitted import Rng, fit_sampler
from copulasynth.synthesizers.sequence.sampler import Law, SequenceSampler, StratifiedSampler
from copulasynth.synthesizers.sequence.skip_rules import SkipRule, parse_rules, warn_of_breaches
from copulasynth.synthesizers.training_rows import Layout

__all__ = ["Conditioned", "fit_sequence"]


class Sequential(Protocol):
    """Knobs that say who is drawn when, from what, and by what rules."""

    @property
    def order(self) -> str | Sequence[Any]: ...
    @property
    def proper(self) -> bool: ...
    @property
    def strata(self) -> object: ...
    @property
    def predictors(self) -> Mapping[Any, Sequence[Any]] | None: ...
    @property
    def rules(self) -> Mapping[Any, Any] | None: ...


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
        All variables, with a number where one is missing.
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

    @property
    def kind(self) -> str:
        return self.layout.kinds[self.target]

    def marginal(self, rng: np.random.Generator) -> Marginal:
        """Fit a spline to the values alone."""
        j, layout = self.target, self.layout
        return fit_marginal(
            self.y,
            "spline",
            kind=self.kind,
            step=float(layout.steps[j]) or None,
            lower=float(layout.lower[j]),
            upper=float(layout.upper[j]),
            name=self.name,
            rng=rng,
        ).marginal


def _plan(schema: Schema, knobs: Sequential) -> Plan:
    """Turn settings about columns into a plan about variables."""
    names = [c.name for c in schema.columns]
    visit = _visit_order(names, knobs.order)
    place = {name: i for i, name in enumerate(visit)}
    own: dict[Any, list[int]] = {name: [] for name in names}
    for j, v in enumerate(schema.variables):
        own[names[v.column]].append(j)
    chosen = _predictors(visit, place, knobs.predictors)
    parents: list[Ints] = [np.empty(0, dtype=np.int64)] * len(schema.variables)
    for name in visit:
        before = [j for parent in chosen[name] for j in own[parent]]
        for j in own[name]:
            parents[j] = np.array(before, dtype=np.int64)
    by = knobs.strata
    strata = [*by] if isinstance(by, Sequence) and not isinstance(by, str) else [by]
    strata = [] if by is None else _known(strata, names, "strata")
    return Plan(
        order=np.array([j for name in visit for j in own[name]], dtype=np.int64),
        predictors=tuple(parents),
        strata=np.array([j for s in strata for j in own[s]], dtype=np.int64),
        rules=parse_rules(knobs.rules, schema, place),
        names=tuple(str(v.name) for v in schema.variables),
    )


def _visit_order(names: list[Any], order: str | Sequence[Any]) -> list[Any]:
    if isinstance(order, str):
        if order != "table":
            raise DataError(f"order={order!r} is unknown; give 'table' or a list of columns")
        return names
    first = _known(order, names, "order")
    if len(set(first)) != len(first):
        raise DataError(f"order= names a column twice: {first}")
    return [*first, *(name for name in names if name not in first)]


def _predictors(
    visit: list[Any], place: dict[Any, int], given: Mapping[Any, Sequence[Any]] | None
) -> dict[Any, list[Any]]:
    chosen = {name: visit[: place[name]] for name in visit}
    for name, wanted in (given or {}).items():
        _known([name], visit, "predictors")
        for parent in _known(wanted, visit, f"predictors of {name!r}"):
            if place[parent] >= place[name]:
                raise DataError(
                    f"predictors: {parent!r} does not come before {name!r}; change order="
                )
        chosen[name] = sorted(wanted, key=place.__getitem__)
    return chosen


def _known(wanted: Sequence[Any], names: list[Any], setting: str) -> list[Any]:
    for name in wanted:
        if name not in names:
            raise DataError(no_column(name, names, setting))
    return list(wanted)


def fit_sequence(
    df: Tabular,
    knobs: Sequential,
    fit_law: Callable[[Conditioned, np.random.Generator], Law],
    fill: Callable[[Floats], float],
    *,
    schema: Schema | None,
    rng: Rng,
) -> Model:
    """Fit the laws of all variables to a table, in each stratum.

    Parameters
    ----------
    fit_law : callable
        Fits the law of one variable.
    fill : callable
        From the observed values of a number to what a missing one looks like to later laws.

    Raises
    ------
    DataError
        If a setting names a column that does not exist or comes too late, or a rule cannot be read.

    Warns
    -----
    FitWarning
        If training rows break a rule.
    """
    schema = Schema.infer(df) if schema is None else schema
    plan = _plan(schema, knobs)

    def learn(
        x: Floats, layout: Layout, rng: np.random.Generator
    ) -> SequenceSampler | StratifiedSampler:
        warn_of_breaches(plan.rules, x)
        fills = np.full(layout.dim, -1.0)
        for j in np.flatnonzero(~layout.categorical):
            fills[j] = fill(x[~np.isnan(x[:, j]), j])

        def part(x: Floats) -> SequenceSampler:
            return _fit_part(x, layout, plan, fit_law, fills, knobs.proper, rng)

        return part(x) if not len(plan.strata) else _stratified(x, plan.strata, part)

    return fit_sampler(df, knobs, learn, schema=schema, rng=rng)


def _stratified(
    x: Floats, strata: Ints, fit_part: Callable[[Floats], SequenceSampler]
) -> StratifiedSampler:
    keys = np.nan_to_num(x[:, strata], nan=-np.inf)
    _, stratum, counts = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    if len(counts) > 200:
        raise DataError(f"strata: {len(counts)} strata are too many; choose columns of few levels")
    parts = tuple(fit_part(x[stratum.ravel() == k]) for k in range(len(counts)))
    return StratifiedSampler(parts, frozen(counts / counts.sum()))


def _fit_part(
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
        skipped = [rule.holds(x.T) for rule in plan.rules if j in rule.variables]
        which = np.flatnonzero(~np.logical_or.reduce([missing[:, j], *skipped]))
        if proper and len(which):
            which = which[child.integers(len(which), size=len(which))]
        problem = Conditioned(
            j, x[which, j], seen[which], plan.predictors[j], layout, plan.names[j]
        )
        if not len(which):
            problem = replace(problem, y=fill[[j]], seen=seen[:1])
        laws.append(fit_law(problem, child))
    return SequenceSampler(layout, frozen(plan.order), tuple(laws), frozen(fill), plan.rules)
