"""Rules of a sample on all rows: which stay, with how many exceptions, and what is said of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from copulasynth._arrays import Ints
from copulasynth.errors import DataError
from copulasynth.rules.identity.settle import ALLOWED
from copulasynth.schema import Rule, Schema

__all__ = ["Breaks", "obeyed"]

#: Kinds that are found, in memory, though some rows break them, or are lists of what was seen.
EXCEPTED = ("identity", "link", "one_hot", "combination")
#: Standard deviations by which shares of a sample and of all rows may differ.
SIGMAS = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Breaks:
    """How many rows break each rule.

    Attributes
    ----------
    records : sequence of Rule
    own : int64
        Rows of the sample that break each.
    size : int
        Rows of the sample.
    broken : int64
        Of all rows.
    rows : int
    """

    records: Sequence[Rule]
    own: Ints
    size: int
    broken: Ints
    rows: int

    def usual(self, k: int) -> bool:
        """Whether so few rows break a rule as it allows, or as its sample told."""
        record = self.records[k]
        share = self.own[k] / self.size
        told = record.told / self.size if record.told else 1.0
        most = max(record.allow * told, share + SIGMAS * np.sqrt(share / self.size))
        # digits of no frequent class are one more class, whose share is that of all rows
        return bool(record.kind == "lattice" or self.broken[k] <= most * self.rows)

    def few(self, k: int) -> bool:
        """Whether a found rule may have so many exceptions, none of which the sample shows."""
        few = self.broken[k] <= ALLOWED * self.rows
        return bool(few and not self.own[k] and self.records[k].kind in EXCEPTED)


def obeyed(
    schema: Schema, breaks: Breaks, declared: set[tuple[str, frozenset[str]]]
) -> tuple[Schema, list[str]]:
    """Return the schema without found rules that too many rows break, and what is said.

    Raises
    ------
    DataError
        If more rows break a declared rule than it allows.
    """
    given_up, said = [], []
    for k, record in enumerate(breaks.records):
        many = int(breaks.broken[k])
        if breaks.usual(k):
            continue
        words = f"the rule {record.words!r} does not hold in {many:,} of {breaks.rows:,} rows"
        if record.key in declared or record.kind == "check":
            raise DataError(f"{words}. Mend the rows, or leave the rule out{_allowed(breaks, k)}.")
        if breaks.few(k):
            said.append(
                f"{words}, none of which is in the sample: it is kept, and all rows that are drawn "
                "obey it; a larger sample_rows may learn the exceptions"
            )
            continue
        given_up.append(record.key)
        seen = int(breaks.own[k])
        than = f"in {seen:,} of the {breaks.size:,} of the sample" if seen else ""
        said.append(f"{words}, {_although(than)}; it is not kept")
    if not given_up:
        return schema, said
    rules = tuple(replace(r, keep=r.keep and r.key not in given_up) for r in schema.rules or ())
    return replace(schema, rules=rules), said


def _although(seen: str) -> str:
    return f"and {seen}" if seen else "although it does in all of the sample"


def _allowed(breaks: Breaks, k: int) -> str:
    """Return the advice to allow exceptions, where few rows are."""
    share = float(np.ceil(breaks.broken[k] / breaks.rows * 1e3) / 1e3)
    known = breaks.records[k].kind not in ("check", "unique")
    return f", or declare it with allow={share:g}" if known and share < 0.5 else ""
