"""All kinds of rules in the order in which they are looked for, and how records become rules.

Each finder takes coordinates and returns them with what it found. What comes earlier has
precedence: a later finder sees the parts in place of the variables that an earlier rule makes.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from copulasynth.rules.api import Coordinates
from copulasynth.rules.bounds import find_bounds, fit_bounds
from copulasynth.rules.identity import find_identities, fit_identity
from copulasynth.schema.records import Rule

__all__ = ["KINDS", "Kind", "find_rules", "fit_rules"]

#: Kind and columns of rules that must not be found.
Refused = frozenset[tuple[str, frozenset[str]]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of rule: how it is found in a table, and how a record of it is fitted to one."""

    name: str
    find: Callable[[Coordinates, Refused], Coordinates]
    fit: Callable[[Coordinates, Rule], Coordinates | None]


KINDS = (
    Kind("identity", find_identities, fit_identity),
    Kind("range", find_bounds, fit_bounds),
)


def find_rules(c: Coordinates, refused: Refused = frozenset()) -> Coordinates:
    """Return coordinates with every rule that holds in them, but for those refused."""
    for kind in KINDS:
        c = kind.find(c, refused)
    return c


def fit_rules(c: Coordinates, records: Iterable[Rule]) -> tuple[Coordinates, tuple[Rule, ...]]:
    """Return coordinates with the recorded rules, and the records that the table breaks."""
    broken, wanted = [], [r for r in records if r.keep]
    for kind in KINDS:
        for record in wanted:
            if record.kind != kind.name:
                continue
            more = kind.fit(c, record)
            if more is None:
                broken.append(record)
            else:
                c = more
    return c, tuple(broken)
