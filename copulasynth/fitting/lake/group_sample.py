"""Rows of each group of a lake, chosen among those that are known of it.

A group of which all contents are known has its rows chosen one by one. Of others the contents of
the smallest hashes stand for all, each by its share of the rows; contents so frequent that one of
them would be several rows of a sample are counted in a further pass, and have their own share.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth.fitting.lake.group_rows import GroupRows, LookingAtGroups, content_hashes
from copulasynth.model.tally import encoded
from copulasynth.rows.lake import Lake, Where, mapped
from copulasynth.rows.lake.contents import EVERY
from copulasynth.rows.lake.hashing import Hashes
from copulasynth.rows.lake.sampling import copies

__all__ = ["GroupSample", "sample_of_groups"]


@dataclass(frozen=True, slots=True, eq=False)
class GroupSample:
    """Rows of each group of a lake.

    Attributes
    ----------
    keys : (G, m) float64
        Values that tell each group, 0 where missing.
    rows : (G,) int64
        How many rows it has in the lake.
    effective : (G,) float64
        How many rows, chosen one by one, would tell as much of a mean (Kish 1965).
    code : (n,) int64
        The group of each row of the sample, which is sorted by it.
    x : (n, d) float64
        Variables.
    """

    keys: Floats
    rows: Ints
    effective: Floats
    code: Ints
    x: Floats


@dataclass(frozen=True, slots=True, eq=False)
class CountingAgain:
    """Counts the rows of certain hashes, and keeps one of each."""

    looking: LookingAtGroups
    hashes: Hashes

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> "Recounted":
        found = self.none()
        for batch in batches:
            table = pa.Table.from_batches([batch])
            x, _ = encoded(self.looking.schema, table, self.looking.given)
            own = content_hashes(x, self.looking.seed)
            place = np.minimum(np.searchsorted(self.hashes, own), len(self.hashes) - 1)
            rows = np.flatnonzero(self.hashes[place] == own)
            np.add.at(found.counts, place[rows], 1)
            found.x[place[rows]] = x[rows]
        return found

    def none(self) -> "Recounted":
        """Return the counts of no rows."""
        width = len(self.looking.schema.variables)
        return Recounted(np.zeros(len(self.hashes), np.int64), np.zeros((len(self.hashes), width)))


@dataclass(frozen=True, slots=True, eq=False)
class Recounted:
    """How often contents occur, and the variables of each."""

    counts: Ints
    x: Floats

    def merged(self, other: "Recounted") -> "Recounted":
        """Return the counts of the rows of both."""
        x = np.where(self.counts[:, None] > 0, self.x, other.x)
        return Recounted(self.counts + other.counts, x)


def sample_of_groups(
    seen: GroupRows, looking: LookingAtGroups, lake: Lake, where: Where
) -> GroupSample:
    """Return rows of each group, all of those that there is room for."""
    frequent = _frequent(seen, looking, lake, where)
    parts: list[tuple[Floats, float]] = []
    ends = np.searchsorted(seen.contents.code, np.arange(len(seen.keys) + 1))
    for g in range(len(seen.keys)):
        own = slice(ends[g], ends[g + 1])
        parts.append(_of_group(seen, g, own, frequent))
    sizes = [len(x) for x, _ in parts]
    code = np.repeat(np.arange(len(parts)), sizes)
    effective = np.array([e for _, e in parts])
    return GroupSample(seen.keys, seen.rows, effective, code, np.concatenate([x for x, _ in parts]))


@dataclass(frozen=True, slots=True, eq=False)
class FrequentRows:
    """Contents that are more than one in so many rows of their group; sorted by hash."""

    code: Ints
    hashes: Hashes
    counts: Ints
    x: Floats

    def of(self, g: int) -> tuple[Hashes, Ints, Floats]:
        """Return those of a group."""
        own = self.code == g
        return self.hashes[own], self.counts[own], self.x[own]


def _frequent(seen: GroupRows, looking: LookingAtGroups, lake: Lake, where: Where) -> FrequentRows:
    """Return what is frequent; what is not among the contents that are known is counted again."""
    c, often = seen.contents, seen.often
    partly = seen.limits < EVERY
    unknown = partly[often.code] & (often.hashes > seen.limits[often.code])
    order = np.argsort(often.hashes[unknown], kind="stable")
    hashes, code = often.hashes[unknown][order], often.code[unknown][order]
    counting = CountingAgain(looking, hashes)
    found = counting.none()
    if len(hashes):
        for part in mapped(counting, lake, where, fixed=True):
            found = found.merged(part)
    known = np.flatnonzero(partly[c.code] & _often(seen, c.code, c.counts))
    more = np.flatnonzero(_often(seen, code, found.counts))
    return FrequentRows(
        np.concatenate([c.code[known], code[more]]),
        np.concatenate([c.hashes[known], hashes[more]]),
        np.concatenate([c.counts[known], found.counts[more]]),
        np.concatenate([seen.x[known], found.x[more]]),
    )


def _often(seen: GroupRows, code: Ints, counts: Ints) -> Bools:
    """Whether contents are more than one in as many rows as are kept of their group."""
    return np.asarray(counts > seen.rows[code] // seen.each)


def _of_group(seen: GroupRows, g: int, own: slice, frequent: FrequentRows) -> tuple[Floats, float]:
    """Return rows of a group, and how many of them, chosen one by one, would tell as much."""
    hashes, counts, x = seen.contents.hashes[own], seen.contents.counts[own], seen.x[own]
    rows, each = int(seen.rows[g]), seen.each
    if seen.limits[g] == EVERY:
        return np.repeat(x, copies(hashes, counts, each), axis=0), float(min(each, rows))
    known, often, theirs = frequent.of(g)
    share = each * often / rows
    light = np.where(np.isin(hashes, known), 0, counts)
    rest = each - float(share.sum())
    shares = rest * light / max(int(light.sum()), 1)
    every = np.concatenate([_in_shares(x, shares), _in_shares(theirs, share)])
    different = light.sum() ** 2 / max(int((light**2).sum()), 1)
    design = max(rest / max(different, 1.0), 1.0)
    within = 1.0 - rest / each
    return every, each / (within + (1.0 - within) * design)


def _in_shares(x: Floats, shares: Floats) -> Floats:
    """Return each row about as often as its share says, and as many as all shares do."""
    times = np.diff(np.floor(np.cumsum(shares) + 0.5), prepend=0.0)
    return np.repeat(x, times.astype(np.int64), axis=0)
