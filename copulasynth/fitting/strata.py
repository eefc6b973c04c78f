"""One law a group of rows: rules found once on all rows, and a law for all small groups together.

A group has a law of its own from `LEAST` rows on. The rows of smaller ones are pooled, and one law
is fitted to them in which the group is a column: it draws each group as often as it occurs, and
knows of a group what so few rows can say. The next smallest groups join where these are too few.
"""

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, overload

import numpy as np

from copulasynth._arrays import Floats, Ints, generator
from copulasynth._clock import Report
from copulasynth.copulas import CopulaKnobs
from copulasynth.errors import DataError, FitWarning, SamplingError
from copulasynth.fitting.by_group import Counts, Group, GroupItem, GroupTask, fit_group
from copulasynth.fitting.rule import Prefer
from copulasynth.model import Model, Provenance, Strata
from copulasynth.model.encoded import Encoded, encode
from copulasynth.model.fit import READING, TRIAL, lighter
from copulasynth.model.following import Following
from copulasynth.model.learn import specs_of
from copulasynth.model.provenance import recorded, seed_of, versions
from copulasynth.model.strata import named_keys
from copulasynth.rows.blocks import Rng
from copulasynth.rows.lake import Where
from copulasynth.rows.tasks import each
from copulasynth.schema import Schema, Tabular
from copulasynth.synthesizers.registry import Method

__all__ = ["GroupLaws", "drawable", "fit_strata", "following_of", "groups_of", "places_of"]

#: Fewest rows of a group with a law of its own: about those of which a Gaussian copula and
#: marginals take less room than the rows themselves.
LEAST = 200
#: Fewest rows, on average, of a group.
MEAN = 5
#: Words of fits that are told.
TOLD = 10


@dataclass(frozen=True, slots=True, eq=False)
class GroupLaws:
    """How laws of groups are fitted.

    Attributes
    ----------
    by : list
        The columns that tell groups.
    knobs : CopulaKnobs or None
        None has the rule of "auto" name a copula by the rows of each group.
    marginals : str or mapping
    prefer : {"fidelity", "privacy", "speed"}
    where : Where
        The engine whose workers fit.
    """

    by: list[Any]
    knobs: CopulaKnobs | None
    marginals: str | Mapping[Any, str]
    prefer: Prefer
    where: Where

    @classmethod
    def of(
        cls,
        by: object,
        row: Method,
        made: object,
        settings: Mapping[str, Any],
        prefer: Prefer,
        where: Where,
    ) -> "GroupLaws":
        """Return how a method is fitted, if it can be.

        Raises
        ------
        DataError
            If the method is no copula, or a setting is not heeded.
        """
        _check(row, settings)
        knobs = made if isinstance(made, CopulaKnobs) else None
        return cls(_columns_by(by), knobs, settings["marginals"], prefer, where)

    @property
    def choices(self) -> dict[str, str]:
        """What a model keeps of it, as text."""
        copula = "auto" if self.knobs is None else repr(self.knobs)
        return {"copula": copula, "marginals": str(self.marginals), "by": repr(self.by)}

    def fitted(
        self,
        data: Encoded,
        following: Following,
        x: Floats,
        groups: Sequence[Group],
        counts: Sequence[Sequence[Counts | None]],
        rng: np.random.Generator,
        begin: Report,
    ) -> tuple[Strata, tuple[str, ...]]:
        """Return the laws of groups of coordinates x, (n, D), and what their fits warned of.

        `counts` are those of all rows of each, and are empty where x has them all.
        """
        c = data.coordinates
        parts = c.variables[len(data.schema.variables) :]
        places = places_of(data.schema, self.by)
        specs = tuple(specs_of(self.marginals, data.schema, c.variables))
        known = (c.variables, c.free, places, following, parts, specs, self.knobs, self.prefer)
        task = GroupTask(*known, _usual(x))
        begin(f"laws of {len(groups):,} groups")
        items = _Items(x, groups, counts, rng.spawn(len(groups)))
        found = each(partial(fit_group, task), items, self.where, _telling(len(groups), begin))
        sampler = Strata(places, task.column, following, parts, tuple(f.stratum for f in found))
        return sampler, _words(Counter(w for f in found for w in f.said), len(groups))


@dataclass(frozen=True, slots=True, eq=False)
class _Items(Sequence[GroupItem]):
    """What each fit needs; a group's rows are taken when a worker is to have them."""

    x: Floats
    groups: Sequence[Group]
    counts: Sequence[Sequence[Counts | None]]
    rngs: Sequence[np.random.Generator]

    def __len__(self) -> int:
        return len(self.groups)

    @overload
    def __getitem__(self, k: int) -> GroupItem: ...
    @overload
    def __getitem__(self, k: slice) -> Sequence[GroupItem]: ...
    def __getitem__(self, k: int | slice) -> GroupItem | Sequence[GroupItem]:
        if isinstance(k, slice):
            return [self[i] for i in range(*k.indices(len(self)))]
        group = self.groups[k]
        counts = self.counts[k] if self.counts else ()
        return GroupItem(group, self.x[group.rows], counts, self.rngs[k])


def fit_strata(
    df: Tabular, laws: GroupLaws, settings: Mapping[str, Any], rng: Rng, begin: Report = str
) -> Model:
    """Fit one law a group of rows; see :func:`copulasynth.fit`.

    Raises
    ------
    DataError
        If a column that is to tell groups is none, or tells hardly any rows apart or all.
    """
    schema, rules = settings["schema"], settings["rules"]
    seed, rng = seed_of(rng), generator(rng)
    begin(READING)
    declared = bool(rules) or (schema is not None and schema.rules is not None)
    said: tuple[str, ...] = ()
    with recorded() as heard:
        data = encode(df, schema, rules)
    while True:
        x = data.coordinates.x
        told = np.nan_to_num(x[:, list(places_of(data.schema, laws.by))])
        keys, code, rows = np.unique(told, axis=0, return_inverse=True, return_counts=True)
        groups = groups_of(data.schema, laws, keys, rows, code.ravel())
        sampler, words = laws.fitted(data, following_of(data), x, groups, (), rng, begin)
        said = (*said, *words)
        if declared or drawable(sampler):
            break
        lighter_schema, words_of_rules = lighter(data.schema)
        data, said = encode(df, lighter_schema), (*said, words_of_rules)
    made = Provenance(len(x), seed, versions(), laws.choices, (*heard, *said))
    return Model(data.schema, sampler, made)


def _columns_by(by: object) -> list[Any]:
    """Return the columns that tell groups."""
    named = list(by) if isinstance(by, list | tuple) else [by]
    if not named or len(set(named)) < len(named):
        raise DataError(f"by: expected a column, or a list of different columns, got {by!r}")
    return named


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


def places_of(schema: Schema, named: Sequence[Any]) -> tuple[int, ...]:
    """Return the variables that say which group a row is of.

    Raises
    ------
    DataError
        If a column tells no groups.
    """
    for name in named:
        c = schema.column(name)
        if not c.modelled:
            why = "has one value" if c.kind == "constant" else f"is of kind {c.kind}"
            raise DataError(f"by: column {name!r} {why}, and tells no groups; take another column")
    columns = [[c.name for c in schema.columns].index(name) for name in named]
    return tuple(j for i in columns for j, v in enumerate(schema.variables) if v.column == i)


def following_of(data: Encoded) -> Following:
    """Return the rules of a table, to be followed."""
    own = data.schema.variables
    rules = data.coordinates.rules
    return Following.of(rules, own, data.coordinates.variables[len(own) :])


def groups_of(
    schema: Schema,
    laws: GroupLaws,
    keys: Floats,
    rows: Ints,
    code: Ints,
    effective: Floats | None = None,
) -> list[Group]:
    """Return the groups, those of few rows together, largest first.

    Parameters
    ----------
    schema : Schema
    laws : GroupLaws
    keys : (G, m) float64
        Values that tell each group.
    rows : (G,) int64
        How many rows each has.
    code : (n,) int64
        The group of each row that is fitted.
    effective : (G,) float64, optional
        How many rows would tell as much of each, where not all rows are fitted.

    Raises
    ------
    DataError
        If there is one group, or hardly a row of each.
    """
    if len(keys) < 2 or rows.sum() < MEAN * len(keys):
        raise DataError(
            f"by: there are {len(keys):,} groups in {rows.sum():,} rows; take columns of fewer "
            f"values (two groups or more, of {MEAN} rows and more on average)"
        )
    order = np.argsort(rows, kind="stable")
    pooled = int(np.searchsorted(rows[order], LEAST))
    while pooled and rows[order[:pooled]].sum() < LEAST and pooled < len(order):
        pooled += 1
    small = [order[:pooled]] if pooled > 1 else []
    alone = [order[k : k + 1] for k in range(len(order) - 1, max(pooled, 0) - 1, -1)]
    names = named_keys(schema, places_of(schema, laws.by), keys)
    ranked = np.argsort(code, kind="stable")
    ends = np.searchsorted(code[ranked], np.arange(len(keys) + 1))
    found = []
    for which in (*alone, *map(np.sort, small)):
        mine = np.sort(np.concatenate([ranked[ends[g] : ends[g + 1]] for g in which]))
        place = np.searchsorted(which, code[mine])
        name = (
            f"group {names[which[0]]}" if len(which) == 1 else f"{len(which):,} groups of few rows"
        )
        one = Group(keys[which], rows[which], mine, place, name)
        told = 0.0 if effective is None else float(effective[which].sum())
        found.append(replace(one, effective=told))
    return found


def _usual(x: Floats) -> Floats:
    """Return a value of each coordinate, NaN where there is none."""
    first = np.argmax(~np.isnan(x), axis=0)
    return np.asarray(x[first, np.arange(x.shape[1])])


def _telling(groups: int, begin: Report) -> Any:
    """Return what says each tenth of the groups that was fitted."""

    def tell(done: int) -> None:
        if done * 10 // groups > (done - 1) * 10 // groups:
            begin(f"{done:,} of {groups:,} groups are fitted")

    return tell


def _words(said: Counter[str], groups: int) -> tuple[str, ...]:
    """Warn of what fits warned of, each once, and return it."""
    words = [f"{text} (in {k:,} of {groups:,} groups)" for text, k in said.most_common(TOLD)]
    if len(said) > TOLD:
        words.append(f"and {len(said) - TOLD} more notes on groups")
    for text in words:
        warnings.warn(text, FitWarning, stacklevel=5)
    return tuple(words)


def drawable(strata: Strata) -> bool:
    """Whether rows of each law obey the rules often enough to be drawn."""
    if not strata.following.rejects:
        return True
    try:
        for k in range(len(strata.laws)):
            strata.draw_of(k, TRIAL, np.random.default_rng(0))
    except SamplingError:
        return False
    return True
