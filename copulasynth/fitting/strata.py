"""One law a group of rows: rules found once on all rows, and a law for all small groups together.

A group has a law of its own from `LEAST` rows on. The rows of smaller ones are pooled, and one law
is fitted to them in which the group is a column: it draws each group as often as it occurs, and
knows of a group what so few rows can say. The next smallest groups join where these are too few.
"""

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from copulasynth._arrays import Floats, Ints, generator
from copulasynth._clock import Report
from copulasynth.copulas import CopulaKnobs
from copulasynth.errors import DataError, FitWarning, SamplingError
from copulasynth.fitting.by_group import Group, GroupTask, fit_group
from copulasynth.fitting.rule import Prefer
from copulasynth.model import Model, Provenance, Strata
from copulasynth.model.encoded import Encoded, encode
from copulasynth.model.fit import READING, TRIAL, lighter
from copulasynth.model.following import Following
from copulasynth.model.learn import specs_of
from copulasynth.model.provenance import recorded, seed_of, versions
from copulasynth.rows.blocks import Rng
from copulasynth.rows.tasks import each
from copulasynth.schema import Schema, Tabular
from copulasynth.synthesizers.registry import Method

__all__ = ["columns_by", "fit_strata"]

#: Fewest rows of a group with a law of its own: about those of which a Gaussian copula and
#: marginals take less room than the rows themselves.
LEAST = 200
#: Fewest rows, on average, of a group.
MEAN = 5
#: Words of fits that are told.
TOLD = 10


def columns_by(by: object) -> list[Any]:
    """Return the columns that tell groups."""
    named = list(by) if isinstance(by, list | tuple) else [by]
    if not named or len(set(named)) < len(named):
        raise DataError(f"by: expected a column, or a list of different columns, got {by!r}")
    return named


def fit_strata(
    df: Tabular,
    by: object,
    row: Method,
    made: object,
    settings: Mapping[str, Any],
    prefer: Prefer,
    rng: Rng,
    workers: int = 1,
    begin: Report = str,
) -> Model:
    """Fit one law a group of rows; see :func:`copulasynth.fit`.

    `row` and `made` are the method, of which only copulas and the rule of "auto" are fitted so; the
    rule names a copula by the rows of each group.

    Raises
    ------
    DataError
        If the method is no copula, a setting is not heeded, or a column that is to tell groups is
        none, or tells hardly any rows apart or all.
    """
    _check(row, settings)
    knobs = made if isinstance(made, CopulaKnobs) else None
    schema, rules = settings["schema"], settings["rules"]
    marginals = settings["marginals"]
    seed, rng = seed_of(rng), generator(rng)
    named = columns_by(by)
    begin(READING)
    declared = bool(rules) or (schema is not None and schema.rules is not None)
    said: tuple[str, ...] = ()
    with recorded() as heard:
        data = encode(df, schema, rules)
    while True:
        places = _places(data.schema, named)
        groups = _groups(data, places)
        laws = (knobs, marginals, prefer, rng, workers, begin)
        sampler, words = _fitted(data, places, groups, *laws)
        said = (*said, *words)
        if declared or _drawable(sampler):
            break
        lighter_schema, told = lighter(data.schema)
        data, said = encode(df, lighter_schema), (*said, told)
    choices = {
        "copula": "auto" if knobs is None else repr(knobs),
        "marginals": str(marginals), "by": repr(named),
    }  # fmt: skip
    made = Provenance(len(data.coordinates.x), seed, versions(), choices, (*heard, *said))
    return Model(data.schema, sampler, made)


def _check(row: Method, settings: Mapping[str, Any]) -> None:
    if row.kind not in ("copula", "rule"):
        raise DataError(
            f"by: method {row.name!r} is not fitted group by group; copulas are: take "
            "copula='auto', or the name of one"
        )
    if settings["proper"]:
        raise DataError(
            "by: proper synthesis is not done group by group; fit with proper=False, or each "
            "group's rows by themselves"
        )


def _places(schema: Schema, named: Sequence[Any]) -> tuple[int, ...]:
    """Return the variables that say which group a row is of."""
    for name in named:
        c = schema.column(name)
        if not c.modelled:
            why = "has one value" if c.kind == "constant" else f"is of kind {c.kind}"
            raise DataError(f"by: column {name!r} {why}, and tells no groups; take another column")
    columns = [[c.name for c in schema.columns].index(name) for name in named]
    return tuple(j for i in columns for j, v in enumerate(schema.variables) if v.column == i)


def _groups(data: Encoded, places: tuple[int, ...]) -> list[Group]:
    """Return the groups, those of few rows together, largest first."""
    told = np.nan_to_num(data.coordinates.x[:, list(places)])
    keys, code, rows = np.unique(told, axis=0, return_inverse=True, return_counts=True)
    if len(keys) < 2 or len(told) < MEAN * len(keys):
        raise DataError(
            f"by: there are {len(keys):,} groups in {len(told):,} rows; take columns of fewer "
            f"values (two groups or more, of {MEAN} rows and more on average)"
        )
    order = np.argsort(rows, kind="stable")
    pooled = int(np.searchsorted(rows[order], LEAST))
    while pooled and rows[order[:pooled]].sum() < LEAST and pooled < len(order):
        pooled += 1
    small = [order[:pooled]] if pooled > 1 else []
    alone = [order[k : k + 1] for k in range(len(order) - 1, max(pooled, 0) - 1, -1)]
    return [_group(keys, code.ravel(), rows, which) for which in (*alone, *small)]


def _group(keys: Floats, code: Ints, rows: Ints, which: Ints) -> Group:
    which = np.sort(which)
    place = np.full(len(keys), -1)
    place[which] = np.arange(len(which))
    mine = np.flatnonzero(place[code] >= 0)
    return Group(keys[which], rows[which], mine, place[code[mine]])


def _fitted(
    data: Encoded,
    places: tuple[int, ...],
    groups: list[Group],
    knobs: CopulaKnobs | None,
    marginals: str | Mapping[Any, str],
    prefer: Prefer,
    rng: np.random.Generator,
    workers: int,
    begin: Report,
) -> tuple[Strata, tuple[str, ...]]:
    """Return the laws of groups, and what their fits warned of."""
    c = data.coordinates
    specs = specs_of(marginals, data.schema, c.variables)
    parts = c.variables[len(data.schema.variables) :]
    following = Following.of(c.rules, data.schema.variables, parts)
    task = GroupTask(
        c.x, c.variables, c.free, places, following, parts, tuple(specs), knobs, prefer
    )
    begin(f"laws of {len(groups):,} groups")
    items = list(zip(groups, rng.spawn(len(groups)), strict=True))
    found = each(partial(fit_group, task), items, workers)
    sampler = Strata(places, task.column, following, parts, tuple(f.stratum for f in found))
    return sampler, _words(Counter(w for f in found for w in f.said), len(groups))


def _words(said: Counter[str], groups: int) -> tuple[str, ...]:
    """Warn of what fits warned of, each once, and return it."""
    words = [f"{text} (in {k:,} of {groups:,} groups)" for text, k in said.most_common(TOLD)]
    if len(said) > TOLD:
        words.append(f"and {len(said) - TOLD} more notes on groups")
    for text in words:
        warnings.warn(text, FitWarning, stacklevel=5)
    return tuple(words)


def _drawable(strata: Strata) -> bool:
    """Whether rows of each law obey the rules often enough to be drawn."""
    if not strata.following.rejects:
        return True
    try:
        for k in range(len(strata.laws)):
            strata.draw_of(k, TRIAL, np.random.default_rng(0))
    except SamplingError:
        return False
    return True
