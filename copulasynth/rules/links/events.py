"""What links of states are about: a gap, one value of a column, or what lies beyond a threshold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.errors import SchemaError, did_you_mean
from copulasynth.rules.api import Coordinates
from copulasynth.rules.words.saying import Said, parse_link

__all__ = ["Event", "EventKind", "link_words", "read_link"]

EventKind = Literal["missing", "value", "below", "above"]
STATE = " [state]"

#: Words for the codes of a state variable, before the missing codes.
STATES = ("present", "missing")


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


def link_words(c: Coordinates, deciding: Sequence[Event], decided: Sequence[Event]) -> str:
    """Return a link in words: ``a <-> b -> c and d``."""
    left = " <-> ".join(str(_said(c, e)) for e in deciding)
    right = " and ".join(str(_said(c, e)) for e in decided)
    return f"{left} -> {right}" if right else left


def _said(c: Coordinates, event: Event) -> Said:
    """Return what an event says in the words of the table."""
    name, labels = c.variables[event.place].name, c.labels.get(event.place, ())
    if event.kind == "missing":
        states = labels or STATES
        code = int(event.number)
        return Said(name.removesuffix(STATE), "is", (states[code] if code < len(states) else code,))
    sign = {"value": "=", "below": "<", "above": ">="}[event.kind]
    values = [labels[int(v)] if 0 <= v < len(labels) else v for v in event.values]
    return Said(name, sign, tuple(values))


def read_link(c: Coordinates, formula: str) -> tuple[list[Event], list[Event]]:
    """Read a link in words: the events that decide, all or none of which hold, and the decided.

    Raises
    ------
    SchemaError
        If it is no link, or names what the table does not have.
    """
    deciding, decided = ([_event(c, said) for said in side] for side in parse_link(formula))
    if not all(e.single for e in decided):
        raise SchemaError(
            f"formula {formula!r}: a threshold can decide, but not be decided; turn it round"
        )
    return deciding, decided


def _event(c: Coordinates, said: Said) -> Event:
    """Return the event that something said of a column means."""
    if said.sign == "is":
        return _state(c, said)
    place = c.place(said.column)
    labels, step = c.labels.get(place, ()), c.variables[place].step or 0.0
    numbers = [_number(said, v, labels) for v in said.values]
    if said.sign == "=":
        return Event(place, "value", numbers[0], tuple(numbers[1:]))
    # one step further, or the next number: x <= 5 is x < 6 of whole numbers
    beyond = numbers[0] + step if step else float(np.nextafter(numbers[0], np.inf))
    edge = numbers[0] if said.sign in ("<", ">=") else beyond
    return Event(place, "below" if said.sign[0] == "<" else "above", edge)


def _state(c: Coordinates, said: Said) -> Event:
    # a part of a state has the state's name in its own
    part = STATE in said.column and said.column in c.places
    place = c.place(said.column if part else said.column + STATE)
    states = [*(c.labels.get(place) or STATES)]
    (value,) = said.values
    shown = value if isinstance(value, str) else label_of(value)
    if shown not in states:
        raise SchemaError(f"a rule says {said}: the states of {said.column!r} are {states}")
    return Event(place, "missing", float(states.index(shown)))


def _number(said: Said, value: float | str, labels: Sequence[str]) -> float:
    """Return the number of a value of a column, the code of a level."""
    text = value if isinstance(value, str) else label_of(value)
    if text in labels:
        return float(labels.index(text))
    if labels or isinstance(value, str):
        known = did_you_mean(text, labels) if labels else "it holds numbers."
        raise SchemaError(f"a rule says {said}: {said.column!r} has no level {text!r}; {known}")
    return value


def label_of(value: float) -> str:
    """Return a number as levels are written, whole ones without decimals."""
    return f"{value:.0f}" if value == round(value) else repr(value)
