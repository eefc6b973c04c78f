"""Laws of groups of a lake: each from rows of its own, with the marginals of all of its rows.

A pass chooses rows within each group, another counts all rows of each at edges among these and
checks the rules, which are found in the uniform sample. Then laws are fitted group by group.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from copulasynth._arrays import Floats, Ints
from copulasynth._clock import Report
from copulasynth.errors import DataError, FitWarning
from copulasynth.fitting.by_group import Group
from copulasynth.fitting.lake.group_counts import GroupTallies, GroupTallying, Slots
from copulasynth.fitting.lake.group_rows import LookingAtGroups, Room, looked
from copulasynth.fitting.lake.group_sample import GroupSample, sample_of_groups
from copulasynth.fitting.lake.reach import reaching
from copulasynth.fitting.strata import GroupLaws, drawable, following_of, groups_of, places_of
from copulasynth.model import Model, Provenance
from copulasynth.model.encoded import Encoded, encode, ruled
from copulasynth.model.fit import lighter
from copulasynth.model.following import Following
from copulasynth.model.provenance import versions
from copulasynth.rows.lake import Lake, Where, mapped
from copulasynth.rules import Check
from copulasynth.rules.api import Found
from copulasynth.schema import Rule, Schema

__all__ = ["LakeGroups"]

#: What is said when a pass begins.
ROWS = "all rows: groups, and rows of each"
COUNTS = "all rows: shares, quantiles and rules"

#: From a table's rules, the rows of a sample that break each, their number, and the same of all
#: rows, to the schema of rules that all rows obey, and what is said of the others.
Obeyed = Callable[[Encoded, Ints, int, Ints, int], tuple[Schema, list[str]]]


@dataclass(frozen=True, slots=True, eq=False)
class LakeGroups:
    """Fits groups of a lake.

    Attributes
    ----------
    laws : GroupLaws
    rules : sequence of rules and checks
        Those that are declared.
    given : bool
        Whether a person wrote the schema.
    obeyed : callable
    lake : Lake
    full : pyarrow.Table
        Rows that have all that columns have.
    where : Where
    sample_rows : int
    start : int
        The seed.
    report : callable
    tell : callable
        Hears how many rows are read.
    """

    laws: GroupLaws
    rules: Sequence[Rule | Check]
    given: bool
    obeyed: Obeyed
    lake: Lake
    full: pa.Table
    where: Where
    sample_rows: int
    start: int
    report: Report
    tell: Callable[[], Callable[[int], object]]

    def fitted(self, sample: pa.Table, schema: Schema) -> tuple[Model, list[str]]:
        """Return a model, and what is to be warned of, from a uniform sample of the rows."""
        declared = bool(self.rules) or schema.rules is not None
        said: list[str] = []
        with _hearing(said):
            data = encode(sample, schema, self.rules)
        uniform = data.coordinates.x[:, : len(data.schema.variables)]
        found = self._rows(data.schema)
        rng = np.random.default_rng([self.start % 2**64, 1])
        schema = data.schema
        while True:
            settled = self._settled(schema, uniform, found, said)
            data, counts, slots = settled.data, settled.counts, settled.slots
            each = [counts.of_law(slots, s) for s in range(len(settled.groups))]
            sampler, words = self.laws.fitted(
                data, settled.following, settled.x, settled.groups, each, rng, self.report
            )
            said += words
            if declared or drawable(sampler):
                break
            schema, told = lighter(data.schema)
            said.append(told)
        choices = self.laws.choices | _choices(found, slots)
        made = Provenance(counts.rows, None, versions(), choices)
        return Model(data.schema, sampler, made), said

    def _rows(self, schema: Schema) -> GroupSample:
        """Return rows of each group."""
        self.report(ROWS)
        tell = self.tell()
        places = places_of(schema, self.laws.by)
        room = Room.of(self.sample_rows, len(schema.variables))
        looking = LookingAtGroups(schema, places, self.start, room, self.given)
        lake = self._read(schema)
        for found in looked(mapped(looking, lake, self.where), looking):
            tell(found.rows)
        seen = found.done()
        assert seen is not None
        return sample_of_groups(seen, looking, lake, self.where)

    def _read(self, schema: Schema) -> Lake:
        """Return the lake without what is not modelled."""
        kinds = ("identifier", "drop")
        return self.lake.without(frozenset(str(c.name) for c in schema.columns if c.kind in kinds))

    def _settled(
        self, schema: Schema, uniform: Floats, found: GroupSample, said: list[str]
    ) -> "Settled":
        """Return all rows counted by coordinates whose rules they obey."""
        while True:
            one = self._counted(self._ruled(schema, uniform, found.x), found)
            own = one.following.broken(one.following.extended(uniform))
            counts = one.counts
            schema, words = self.obeyed(one.data, own, len(uniform), counts.broken, counts.rows)
            said += words
            if schema is one.data.schema:
                said += strange_words(counts.strange)
                return one

    @property
    def _checks(self) -> list[Check]:
        return [r for r in self.rules if isinstance(r, Check)]

    def _ruled(self, schema: Schema, uniform: Floats, more: Floats) -> Encoded:
        """Return rules of the uniform sample, whose lists have what only rows of groups show.

        Rows of groups with which a rule would be given up wait for the count of all rows.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FitWarning)
            alone = ruled(schema, uniform, self._checks)
            told = {f.record.key: f for f in alone.coordinates.found}
            for _ in range(2):
                try:
                    both = ruled(schema, np.concatenate([uniform, more]), self._checks)
                except DataError:  # a rule that was declared
                    break
                kept = {f.record.key for f in both.coordinates.found}
                if kept == told.keys():
                    return _as_told(both, told)
                x = following_of(alone).extended(more).T
                lost = [f.rule.holds(x) for key, f in told.items() if key not in kept]
                more = more[np.logical_and.reduce(lost, axis=0)]
        return alone

    def _counted(self, data: Encoded, found: GroupSample) -> "Settled":
        """Return all rows counted by coordinates."""
        schema, variables = data.schema, data.coordinates.variables
        parts = variables[len(schema.variables) :]
        following = reaching(following_of(data), parts, schema, self.full)
        x = following.extended(found.x)
        told = (found.keys, found.rows, found.code, found.effective)
        groups = groups_of(schema, self.laws, *told)
        places = places_of(schema, self.laws.by)
        inner = [j for j in data.coordinates.free if j not in places]
        slots = Slots.of(inner, variables, x, groups)
        law = np.concatenate([np.full(len(g.keys), k) for k, g in enumerate(groups)])
        keys = np.concatenate([g.keys for g in groups])
        tallying = GroupTallying(schema, following, places, keys, law, slots, self.given)
        return Settled(data, following, x, groups, slots, self._tallied(tallying))

    def _tallied(self, tallying: GroupTallying) -> GroupTallies:
        self.report(COUNTS)
        found, tell = tallying.none(), self.tell()
        lake = self._read(tallying.schema)
        for part in mapped(tallying, lake, self.where, fixed=True):
            found = found.merged(part)
            tell(found.rows)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """Rows of groups by coordinates, and all rows counted by them."""

    data: Encoded
    following: Following
    x: Floats
    groups: list[Group]
    slots: Slots
    counts: GroupTallies


def _as_told(data: Encoded, told: Mapping[tuple[str, frozenset[str]], Found]) -> Encoded:
    """Return a table whose rules are known by what the uniform sample says of them."""
    c = data.coordinates
    found = tuple(replace(f, record=told[f.record.key].record) for f in c.found)
    return replace(data, coordinates=replace(c, found=found))


@contextmanager
def _hearing(said: list[str]) -> Iterator[None]:
    """Keep what is warned of, to be said in the end."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FitWarning)
        yield
    said += [str(w.message) for w in caught if issubclass(w.category, FitWarning)]


def strange_words(columns: frozenset[str]) -> list[str]:
    """Return what is said of columns of which some texts count as missing."""
    return [
        f"column {name!r} has texts in other forms than those of the sample; they count as missing"
        for name in sorted(columns)
    ]


def _choices(found: GroupSample, slots: Slots) -> dict[str, str]:
    """Return what laws rest on."""
    rows = np.bincount(found.code, minlength=len(found.keys))
    ends = (found.effective.max(), found.effective.min())
    errors = [f"{1 / np.sqrt(e):.2g}".lstrip("0") for e in ends]
    return {
        "dependence": f"from {len(found.x):,} of {found.rows.sum():,} rows, {rows.min():,} to "
        f"{rows.max():,} of each of {len(rows):,} groups; standard error of a correlation in a "
        f"group {errors[0]} to {errors[1]}",
        "quantiles": f"from all rows of each group, at up to {slots.most:,} values a column",
    }
