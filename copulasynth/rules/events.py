"""What links of states are about: a gap, one value of a column, or what lies beyond a threshold."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.schema.column import Variable

__all__ = ["Event", "EventKind", "event_words", "link_words", "read_event", "read_link"]

EventKind = Literal["missing", "value", "below", "above"]
STATE = " [state]"

#: Turns the number of a value of a coordinate into the words for it, or the words into the number.
Told = Callable[[int, float], str]
Meant = Callable[[int, str], float]

_REST = re.compile(r"\s*(=|<|>=|is)\s*(.+?)\s*$")
_STATES = {"present": 0.0, "missing": 1.0}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a row shows or does not.

    Attributes
    ----------
    place : int
        Its coordinate.
    kind : {"missing", "value", "below", "above"}
        "missing" is one code of a state variable (0 present, 1 missing, 2, .. the missing codes),
        "below" is less than `number`, "above" is not less.
    number : float
    others : tuple of float
        Further values, each of which is the event too.
    """

    place: int
    kind: EventKind
    number: float
    others: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.place < 0 or self.kind not in get_args(EventKind):
            raise ValueError("an event has a coordinate from 0 on, and a known kind")
        if not np.isfinite(self.values).all() or len(set(self.values)) < len(self.values):
            raise ValueError("the numbers of an event are finite and differ")
        if self.others and self.kind != "value":
            raise ValueError("an event of several numbers is of kind 'value'")

    @property
    def values(self) -> tuple[float, ...]:
        return (self.number, *self.others)

    @property
    def single(self) -> bool:
        """Whether there is but one value that the coordinate can have."""
        return self.kind in ("missing", "value") and not self.others

    def of(self, x: Floats) -> Bools:
        """Return which values of the coordinate show it; missing ones do not."""
        if self.kind == "below":
            return np.asarray(x < self.number)
        if self.others:
            return np.isin(x, self.values)
        return np.asarray(x >= self.number if self.kind == "above" else x == self.number)


def event_words(event: Event, variables: Sequence[Variable], told: Told | None = None) -> str:
    """Return an event in words that `read_event` reads.

    Parameters
    ----------
    told : function, optional
        From coordinate and number to the words for a value, such as a level's name. By default
        the number.
    """
    name = variables[event.place].name
    if event.kind == "missing":
        state = {v: k for k, v in _STATES.items()}.get(event.number)
        return f"{name.replace(STATE, '')} is {state or f'code {event.number - 1:g}'}"
    sign = {"value": "=", "below": "<", "above": ">="}[event.kind]
    values = [repr(v) if told is None else told(event.place, v) for v in event.values]
    return f"{name} {sign} {' or '.join(v.removesuffix('.0') for v in values)}"


def read_event(text: str, variables: Sequence[Variable], meant: Meant | None = None) -> Event:
    """Read an event in words; the longest name that it begins with is the column's.

    Raises
    ------
    ValueError
        If it begins with no name of a variable, or does not go on as an event does.
    """
    text = text.strip()
    names = {v.name.replace(STATE, "") if v.kind == "state" else v.name for v in variables}
    fits = sorted((n for n in names if text.startswith(n)), key=len, reverse=True)
    for name in fits:
        rest = _REST.match(text[len(name) :])
        if rest:
            return _meant(name, rest[1], rest[2], variables, meant)
    raise ValueError(
        f"link: expected 'column = value', 'column < number', 'column >= number' or 'column is "
        f"missing', got {text!r}"
    )


def _meant(
    name: str, sign: str, value: str, variables: Sequence[Variable], meant: Meant | None
) -> Event:
    """Return the event of a name, a sign and what stands behind it."""
    if sign == "is":
        states = [j for j, v in enumerate(variables) if _is_state(v, name)]
        code = _STATES.get(value)
        if code is None and value.startswith("code ") and value[5:].isdecimal():
            code = float(value[5:]) + 1
        if not states or code is None:
            raise ValueError(f"link: column {name!r} has no gaps, or {value!r} is not known")
        return Event(states[0], "missing", code)
    place = [v.name for v in variables].index(name)
    try:
        first, *others = (
            float(text) if meant is None else meant(place, text) for text in value.split(" or ")
        )
    except ValueError:
        raise ValueError(f"link: expected a number behind {name!r}, got {value!r}") from None
    kinds: dict[str, EventKind] = {"=": "value", "<": "below", ">=": "above"}
    return Event(place, kinds[sign], first, tuple(others))


def _is_state(v: Variable, name: str) -> bool:
    return v.kind == "state" and v.name.replace(STATE, "") == name


def link_words(
    deciding: Sequence[Event],
    decided: Sequence[Event],
    variables: Sequence[Variable],
    told: Told | None = None,
) -> str:
    """Return a link in words: ``a <-> b -> c and d``."""
    left = " <-> ".join(event_words(e, variables, told) for e in deciding)
    right = " and ".join(event_words(e, variables, told) for e in decided)
    return f"{left} -> {right}" if right else left


def read_link(
    text: str, variables: Sequence[Variable], meant: Meant | None = None
) -> tuple[list[Event], list[Event]]:
    """Read a link in words: the events that decide, all or none of which hold, and the decided.

    Raises
    ------
    ValueError
        If it is no link, or names a column twice.
    """
    left, _, right = text.partition(" -> ")
    deciding = [read_event(t, variables, meant) for t in left.split(" <-> ")]
    decided = [read_event(t, variables, meant) for t in right.split(" and ")] if right else []
    places = [e.place for e in (*deciding, *decided)]
    if len(places) < 2 or len(set(places)) < len(places):
        raise ValueError(f"link: expected two or more different columns, got {text!r}")
    if not all(e.single for e in decided):
        raise ValueError(f"link: a threshold decides, and is not decided, got {text!r}")
    return deciding, decided
