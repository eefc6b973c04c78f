"""Which of the implications between events is made a link next, and in what form."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from copulasynth.rules.links.events import Event, EventKind
from copulasynth.schema.column import Variable

__all__ = ["Implied", "chosen"]

#: Share of the rows that may break what one event forces, unless it forces it in turn: what is
#: nearly always so is an ordinary dependence more often than a rule with exceptions.
ONE_WAY = 0.004

_OTHER: dict[EventKind, EventKind] = {"below": "above", "above": "below"}


@dataclass(frozen=True, slots=True)
class Implied:
    """That one event forces another, in so many rows, and that so many break this."""

    left: Event
    right: Event
    rows: int
    broken: int = 0


def chosen(
    found: Sequence[Implied], variables: Sequence[Variable]
) -> tuple[list[Event], list[Event]] | None:
    """Return the events that decide together, and what they decide, of the link to add next.

    Events that hold in the same rows come first, most columns and then most rows: they are one
    thing under many names. Of the others, those of most rows: what forces them in turn can then
    force the part that they become.
    """
    both = {(i.right, i.left) for i in found}
    there = {
        (i.left, i.right): i.rows
        for i in found
        if i.broken <= ONE_WAY * i.rows or (i.left, i.right) in both
    }
    groups = []
    for a in dict.fromkeys(left for left, _ in there):
        group = _equivalent(a, there)
        rows = max(n for (left, _), n in there.items() if left == a)
        groups.append((len(group), rows, group))
    if not groups:
        return None
    group = max(groups, key=lambda g: g[:2])[2]
    decided = _decided(group, there)
    if len(group) == 1 and group[0].kind == "value" and variables[group[0].place].levels > 2:
        return _with_others(group[0], decided, there)
    return _with_gaps(group, decided, there, variables)


def _equivalent(a: Event, there: dict[tuple[Event, Event], int]) -> list[Event]:
    """Return an event with those that hold in the same rows, one a coordinate."""
    group = [a]
    for left, b in there:
        if left != a or b.place in {e.place for e in group}:
            continue
        if all((b, e) in there and (e, b) in there for e in group):
            group.append(b)
    return sorted(group, key=lambda e: (e.single, e.place))


def _decided(group: list[Event], there: dict[tuple[Event, Event], int]) -> list[Event]:
    """Return what a group of events forces, one event a coordinate, that of most rows."""
    used = {e.place for e in group}
    decided = []
    for (left, right), _ in sorted(there.items(), key=lambda item: -item[1]):
        if left == group[0] and right.single and right.place not in used:
            decided.append(right)
            used.add(right.place)
    return decided


def _with_others(
    a: Event, decided: list[Event], there: dict[tuple[Event, Event], int]
) -> tuple[list[Event], list[Event]]:
    """Return a level that decides with all others of its column that force one of the same.

    Taken one by one they would each leave a part of what the others leave.
    """
    levels: list[Event] = []
    for right in decided:
        same = [e for e, b in there if b == right and e.place == a.place and e != a and e.single]
        if len(same) > len(levels):
            levels = same
    if not levels:
        return [a], decided
    kept = [b for b in decided if all((e, b) in there for e in levels)]
    if not kept:
        return [a], decided
    numbers = sorted({e.number for e in (a, *levels)})
    return [replace(a, number=numbers[0], others=tuple(numbers[1:]))], kept


def _with_gaps(
    group: list[Event],
    decided: list[Event],
    there: dict[tuple[Event, Event], int],
    variables: Sequence[Variable],
) -> tuple[list[Event], list[Event]]:
    """Return the same link, in the form that says what is missing, if it says what is there."""
    turned = [_opposite(e, variables) for e in (*group, *decided)]
    whole = [e for e in turned if e is not None]
    if len(whole) < len(turned) or not any(e.kind == "missing" and e.number for e in whole):
        return group, decided
    if not decided and all((a, b) in there for a in whole for b in whole if a != b):
        return whole, _decided(whole, there)
    if len(group) == len(decided) == 1 and (whole[1], whole[0]) in there and whole[0].single:
        return [whole[1]], _decided([whole[1]], there)
    return group, decided


def _opposite(e: Event, variables: Sequence[Variable]) -> Event | None:
    """Return the event that holds where this one does not, if there is one."""
    if e.kind in _OTHER:
        return replace(e, kind=_OTHER[e.kind])
    return replace(e, number=1 - e.number) if variables[e.place].levels == 2 else None
