"""Find which events of a table decide which others: `copulasynth.rules.links.link`.

Events are counted together on some two thousand rows, all pairs at once, and what may be a rule is
then judged on all rows. A rule of a number's end (``claims = 0``) or threshold (``age < 18``) must
begin there: where rows beside it show what it forces hardly less, it is the end of a dependence
without a jump. What is a function of the other column is left to identities, unless it says that
values are missing, and what is a table of many impossible pairs to combinations.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.rules.api import Coordinates
from copulasynth.rules.levels.jumps import (
    SOME,
    STRONG,
    begins,
    beyond,
    function_of,
    left_to_levels,
    lumped,
    stands_out,
)
from copulasynth.rules.links.candidates import events_of
from copulasynth.rules.links.choice import Implied, chosen
from copulasynth.rules.links.events import Event
from copulasynth.rules.links.parts import Fork
from copulasynth.rules.links.thresholds import thresholds

__all__ = ["LinkSearch"]

#: Rows on which all pairs of events are counted.
SCREEN = 2000

#: Most values of a number, such as an age, whose thresholds decide other things than gaps.
VALUES = 150

#: Rows on which it is tried first whether a column is a function of another.
FEW = 300

#: Share of the rows of an event that may lack what it forces, and a looser one for the screen.
BREAKING, LOOSE = 0.01, 0.02

#: Fewest rows with an event, and fewest that independence would have breaking the rule.
ROWS, TOLD = 10, 10.0

#: An implication holds by chance less often than e to this, and less by the number of pairs.
EVIDENCE = -14.0


@dataclass(slots=True, eq=False)
class LinkSearch:
    """A search that remembers what it has judged, as links are added one after the other.

    Attributes
    ----------
    refused : tuple of sets of names
    whole : int
        Coordinates before the first link. Parts of links say by what threshold they were split,
        and a dependence of two columns would be split again and again: the two sides of one are
        asked for thresholds of columns and gaps, not of parts.
    gaps, bands, sides : set of int
        Coordinates that say what is missing, sides of thresholds, and of all events that decide.
    """

    refused: tuple[frozenset[str], ...] = ()
    whole: int = 0
    gaps: set[int] = field(default_factory=set)
    bands: set[int] = field(default_factory=set)
    sides: set[int] = field(default_factory=set)
    events: dict[int, list[Event]] = field(default_factory=dict)
    judged: dict[tuple[Event, Event], Implied | None] = field(default_factory=dict)
    functions: set[int] = field(default_factory=set)
    checked: set[int] = field(default_factory=set)
    sought: set[tuple[int, int]] = field(default_factory=set)

    @classmethod
    def of(cls, c: Coordinates, refused: tuple[frozenset[str], ...]) -> "LinkSearch":
        gaps = {j for j in c.free if c.variables[j].kind == "state"}
        return cls(refused, len(c.variables), gaps)

    def best(self, c: Coordinates) -> tuple[list[Event], list[Event]] | None:
        """Return what decides, all or none, and what is decided, of the rule to add next.

        None if there is none.
        """
        for j in c.free:
            if j not in self.events:
                self.events[j] = events_of(c, j)
        self._learn(self._thresholds(c))
        return self._chosen(c)

    def every(self, c: Coordinates) -> list[Implied]:
        """Return all implications between events of the free coordinates, thresholds among them."""
        self.events |= {j: events_of(c, j) for j in c.free if j not in self.events}
        self._learn(self._thresholds(c))
        return self._implied(c)

    def _learn(self, events: Sequence[Event]) -> None:
        for e in events:
            self.events[e.place].append(e)

    def _chosen(self, c: Coordinates) -> tuple[list[Event], list[Event]] | None:
        """Return the link to add next, of columns that are no functions of others.

        Such columns are made from those by other rules, which a link of them would take apart.
        """
        implied = self._implied(c)
        while True:
            left = [i for i in implied if not self.functions & {i.left.place, i.right.place}]
            found = chosen(left, c.variables)
            if found is None:
                return None
            places = {e.place for events in found for e in events if e.place < self.whole}
            places -= self.gaps | self.checked
            new = {j for j in places if is_function(c, j, range(self.whole))}
            self.checked |= places
            self.functions |= new
            if not new:
                return found

    def added(self, part: int, forks: Sequence[Fork], deciding: int) -> None:
        """Learn what the parts of a new link are."""
        self.sides |= {j for f in forks[:deciding] for j in f.needs}
        if all(f.event.place in self.gaps for f in forks if f.event.single):
            self.gaps.add(part)
        for fork in forks:
            if fork.event.place in self.gaps:
                self.gaps.add(fork.outside.part)
            if not fork.event.single:
                self.bands |= set(fork.needs)

    def _thresholds(self, c: Coordinates) -> list[Event]:
        """Return thresholds that were not known: of numbers of few values, and of all for gaps."""
        found: list[Event] = []
        columns = [j for j in c.free if j < self.whole]
        numbers = [j for j in c.free if j < self.whole or j in self.bands]
        # amounts of many values that have a threshold for a level are sums it is a part of
        few = [j for j in numbers if _values(c, j) <= VALUES]
        for own, asked in ((few, set(columns)), (numbers, self.gaps)):
            pool = [e for j in c.free if j in asked for e in self.events[j]]
            found += thresholds(c, own, pool, self.sought)
            self.sought |= {(j, e.place) for j in own for e in pool}
        return [e for e in dict.fromkeys(found) if e not in self.events[e.place]]

    def _implied(self, c: Coordinates) -> list[Implied]:
        """Return the implications between the events of the free coordinates."""
        pool = [e for j in c.free for e in self.events[j]]
        found = []
        for a, b in _hopeful(c, pool):
            if (a, b) not in self.judged:
                refused = self._refuses(c, a, b)
                apart = a.place >= self.whole and not covers(c, a.place, b.place)
                # how often a side is decided hangs on how often the other side is
                apart |= b.place in self.sides and not covers(c, b.place, a.place)
                gaps = not self.gaps.isdisjoint((a.place, b.place))
                self.judged[a, b] = None if refused or apart else judged(c, a, b, len(pool), gaps)
            hit = self.judged[a, b]
            if hit is not None:
                found.append(hit)
        return found

    def _refuses(self, c: Coordinates, a: Event, b: Event) -> bool:
        names = {c.variables[a.place].name, c.variables[b.place].name}
        return any(names <= columns for columns in self.refused)


def _hopeful(c: Coordinates, pool: list[Event]) -> Iterator[tuple[Event, Event]]:
    """Yield pairs of events of which the second holds where the first does, in nearly all rows."""
    if len(pool) < 2:
        return
    step = max(1, len(c.x) // SCREEN)
    places = sorted({e.place for e in pool})
    x = c.x[::step][:, places]
    at = np.array([places.index(e.place) for e in pool])
    shown = np.empty((len(x), len(pool)), dtype=np.float32)
    for k, e in enumerate(pool):
        shown[:, k] = e.of(x[:, at[k]])
    known = (~np.isnan(x)).astype(np.float32)
    both = shown.T @ shown
    left = (shown.T @ known)[:, at]
    seen = (known.T @ known)[np.ix_(at, at)]
    share = left.T / np.maximum(seen, 1)
    lacking = left - both
    few = LOOSE * left + (2.0 if step > 1 else 0.0)
    maybe = (lacking <= few) & (both >= 4) & (at[:, None] != at)
    maybe &= both * np.log(np.maximum(share, 1e-9)) < EVIDENCE / (2.0 if step > 1 else 1.0)
    maybe &= np.array([e.single for e in pool])
    # thresholds decide, but are decided by what they are equivalent to only
    loop = lacking.T <= few.T
    single = np.array([e.single for e in pool])
    maybe |= (lacking <= few) & (both >= 4) & (at[:, None] != at) & loop & single[:, None]
    for i, j in np.argwhere(maybe).tolist():
        yield pool[i], pool[j]


def judged(c: Coordinates, a: Event, b: Event, tries: int, gaps: bool = False) -> Implied | None:
    """Return the implication if all rows bear it out; with `gaps` it says what is missing."""
    if c.variables[a.place].column == c.variables[b.place].column:
        return None
    x, y = c.x[:, a.place], c.x[:, b.place]
    whole = ~(np.isnan(x) | np.isnan(y))
    x, y = x[whole], y[whole]
    left, right = a.of(x), b.of(y)
    rows, obey = int(left.sum()), int((left & right).sum())
    if not certain(rows, obey, right, tries):
        return None
    if not _judgeable(c, a, b, x, y):
        return None
    if not gaps and _of_others(c, a, b, x, y):
        return None
    return Implied(a, b, obey, rows - obey)


def _values(c: Coordinates, j: int) -> int:
    """Return how many values some rows show of a coordinate."""
    return int(np.unique(c.x[:: max(1, len(c.x) // SCREEN), j]).size)


def is_function(c: Coordinates, j: int, among: Sequence[int]) -> bool:
    """Whether a column is a function of another of these, of two of each other the later one."""
    step = max(1, len(c.x) // FEW)
    for i in among:
        if i == j or i not in c.free or c.variables[i].kind == "state":
            continue
        for rows in (slice(None, None, step), slice(None)):
            x, y = c.x[rows, i], c.x[rows, j]
            known = y == y
            x, y = x[known], y[known]
            if np.isnan(x).any() or not function_of(y, x):
                break
        else:
            if i < j or not function_of(x, y):
                return True
    return False


def covers(c: Coordinates, part: int, place: int) -> bool:
    """Whether a part is known where another coordinate is.

    A part of a link has a value in every drawn row, also where it is not used: what it decided
    there would follow from nothing.
    """
    needed = ~np.isnan(c.x[:, place])
    lacking = np.count_nonzero(needed & np.isnan(c.x[:, part]))
    return bool(lacking <= BREAKING * np.count_nonzero(needed))


def certain(rows: int, obey: int, right: Bools, tries: int) -> bool:
    """Whether so many of the rows of an event would not show another by chance."""
    share = float(right.mean()) if right.size else 1.0
    if obey < ROWS or right.size - rows < ROWS or rows - obey > BREAKING * rows:
        return False
    if rows * (1 - share) < TOLD:
        return False
    broken = rows - obey
    choices = math.lgamma(rows + 1) - math.lgamma(broken + 1) - math.lgamma(obey + 1)
    return obey * math.log(share) + choices + 2 * math.log(max(tries, 1)) < EVIDENCE


def _judgeable(c: Coordinates, a: Event, b: Event, x: Floats, y: Floats) -> bool:
    """Whether a pair of events is more than a dependence."""
    u, left, right = c.variables[a.place], a.of(x), b.of(y)
    rows, broken = int(left.sum()), int((left & ~right).sum())
    share, n = float(right.mean()), x.size
    if not beyond(rows, broken, share, n, SOME):
        return False
    ordered = u.kind not in ("nominal", "state")
    jumps = ordered and not a.single and not lumped(x, left)
    jumps |= u.kind == "nominal" and u.levels > 2 and stands_out(x, left, right)
    if not jumps and not beyond(rows, broken, share, n, STRONG):
        return False
    return not ordered or begins(x, left, right)


def _of_others(c: Coordinates, a: Event, b: Event, x: Floats, y: Floats) -> bool:
    """Whether a pair of events is a matter of identities or of combinations."""
    if function_of(x, y) or function_of(y, x):
        return True
    kinds = c.variables[a.place].kind, c.variables[b.place].kind
    return kinds == ("nominal", "nominal") and not left_to_levels(x, y, a.number, b.number)
