"""A tie as a rule: one that was found, or that a formula says."""

from dataclasses import dataclass, replace

import numpy as np

from copulasynth._arrays import Bools, Floats, floats
from copulasynth.errors import SchemaError
from copulasynth.rules.api import Coordinates
from copulasynth.rules.identity.constants import room_of
from copulasynth.rules.identity.excepted import FEWEST, Excepted
from copulasynth.rules.identity.kinds import Derivation, Function, GroupedLinear, Linear
from copulasynth.rules.identity.wording import read, words
from copulasynth.rules.words.formula import alternatives
from copulasynth.rules.words.reading import name_in
from copulasynth.schema.column import Variable
from copulasynth.schema.records import Rule

__all__ = ["EQUAL", "Refused", "TiedPair", "fit_tie", "heaps_of", "scales_of", "steps_of", "tied"]
__all__ += ["with_tie"]

#: A value of so many rows and such a share of them is a heap: two columns meet there anyway.
HEAP, HEAP_SHARE = 10, 0.005
#: What is added to an equal number and what it is multiplied by, and the seconds of a day.
EQUAL, DAY = (0.0, 1.0), 86400.0

#: Kind and columns of rules that must not be found.
Refused = frozenset[tuple[str, frozenset[str]]]


@dataclass(frozen=True, slots=True)
class TiedPair:
    """A target that in so many rows is a constant plus a weight times its parent.

    Constants and weights are those of the table's own values, and of times in seconds.
    """

    rows: int
    target: int
    parent: int
    ways: tuple[tuple[float, float], ...]


def fit_tie(c: Coordinates, record: Rule) -> Coordinates | None:
    """Return coordinates with the declared tie, or None if hardly any rows show it.

    Raises
    ------
    SchemaError
        If its columns are not two, or not both numbers, or times, or it reads as no tie.
    """
    more = with_tie(c, _declared(c, record), frozenset(), record)
    return None if more is c else more


def tied(c: Coordinates, record: Rule) -> Bools:
    """Return which rows show a declared tie, (n,)."""
    tie = _declared(c, record)
    return np.asarray(_known(c, tie) & _rule(c, tie).obeys(c.x.T))


def scales_of(c: Coordinates) -> list[tuple[float, float]]:
    return [*c.scales, *[(0.0, 1.0)] * (len(c.variables) - len(c.scales))]


def steps_of(c: Coordinates) -> tuple[float, ...]:
    return tuple((v.step or 0.0) * u for v, (_, u) in zip(c.variables, scales_of(c), strict=True))


def heaps_of(x: Floats) -> Bools:
    """Return which values are missing, or those of many rows."""
    values, place, counts = np.unique(x, return_inverse=True, return_counts=True)
    many = counts > max(HEAP, HEAP_SHARE * x.size)
    return np.asarray((many | np.isnan(values))[place])


def _declared(c: Coordinates, record: Rule) -> TiedPair:
    """Return the tie that a record says, whatever share of the rows shows it."""
    if len(record.columns) != 2:
        raise SchemaError(f"rule {record.words!r}: a tie is of two columns")
    formula = record.formula or " = ".join(map(name_in, record.columns))
    ways, names = [], ("", "")
    for stated in map(read, alternatives(formula)):
        rule = None if stated is None else stated.rule
        if stated is None or not isinstance(rule, Linear) or not rule.weights.all():
            raise SchemaError(
                f"rule {record.words!r}: a tie reads 'price = list or 0.9 * list', or "
                "'deadline = start + 30'"
            )
        ways.append((rule.constant, float(rule.weights[0])))
        names = stated.target, stated.parents[0]
    target, parent = map(c.place, names)
    if any(c.variables[j].levels or scales_of(c)[j][1] <= 0 for j in (target, parent)):
        raise SchemaError(f"rule {record.words!r}: its columns are not both numbers, or times")
    unit = _unit(c, target)
    return TiedPair(0, target, parent, tuple((unit * a, weight) for a, weight in ways))


def _unit(c: Coordinates, j: int) -> float:
    """Return the seconds of a day for times, which formulas add days to."""
    return DAY if j in c.clocks else 1.0


def _known(c: Coordinates, tie: TiedPair) -> Bools:
    return np.asarray(~np.isnan(c.x[:, [tie.target, tie.parent]]).any(axis=1))


def _rule(c: Coordinates, tie: TiedPair) -> Excepted:
    """Return a tie as a rule whose parts stand behind all coordinates."""
    v, flag, steps = c.variables[tie.target], len(c.variables), steps_of(c)
    (o, u), (origin, unit) = (scales_of(c)[j] for j in (tie.target, tie.parent))
    both = c.x[_known(c, tie)][:, [tie.parent, tie.target]] * [unit, u]
    room = room_of(tie.ways, (steps[tie.parent], steps[tie.target]), both) / u
    constants = np.array([(a + w * origin - o) / u for a, w in tie.ways])
    weights = np.array([[w * unit / u] for _, w in tie.ways])
    function: Function = Linear(float(constants[0]), weights[0])
    parents: tuple[int, ...] = (tie.parent,)
    if tie.ways != (EQUAL,):
        edges = floats(np.arange(1, len(tie.ways)) - 0.5)
        function, parents = GroupedLinear(edges, constants, weights), (flag, tie.parent)
    found = Derivation(tie.target, parents, function, v.lower, v.upper, v.step or 0.0, room)
    y = c.x[_known(c, tie), tie.target]
    # of two last digits a value of many rows has one
    atoms = np.unique(y[heaps_of(y)]) if room > (v.step or 0.0) > 0 else y[:0]
    rule = Excepted(found, flag, flag + 1, tie=True, atoms=tuple(atoms.tolist()))
    broken = np.count_nonzero(_known(c, tie) & ~rule.obeys(c.x.T))
    return replace(rule, own=-1) if len(tie.ways) > 1 and broken < FEWEST else rule


def with_tie(
    c: Coordinates, tie: TiedPair, refused: Refused, record: Rule | None = None
) -> Coordinates:
    """Return coordinates with a tie, if nothing stands against it."""
    v, names = c.variables[tie.target], [c.variables[j].name for j in (tie.target, tie.parent)]
    if tie.target in c.made or ("tie", frozenset(names)) in refused:
        return c
    rule, known, ways = _rule(c, tie), _known(c, tie), len(tie.ways)
    obey, told = np.count_nonzero(rule.obeys(c.x.T) & known), np.count_nonzero(known)
    # one constant in all rows is an identity
    most = told - FEWEST if ways == 1 else told
    if not FEWEST <= obey <= most or not c.takes(rule):
        return c
    shown = replace(
        record or Rule("tie", tuple(names), _formula(c, tie)),
        allow=float(np.ceil(1000 * (told - obey) / told) / 1000),
        obey=int(obey),
        told=int(told),
    )
    name = f"{v.name} [not {names[1]}]"
    last = ways if rule.own >= 0 else ways - 1
    flag = Variable(name, v.column, "discrete", last + 1, 1.0, 0.0, float(last))
    # what they differ by, in its place, would lose zeros and other values of many rows
    own = () if rule.own < 0 else (replace(v, name=f"{v.name} [own]"),)
    return c.adding(rule, shown, (flag, *own))


def _formula(c: Coordinates, tie: TiedPair) -> str:
    """Return a tie in words."""
    names, unit = [v.name for v in c.variables], _unit(c, tie.target)
    made = [Linear(a / unit, np.array([w])) for a, w in tie.ways]
    each = [words(Derivation(tie.target, (tie.parent,), rule), names) for rule in made]
    again = f"{name_in(names[tie.target])} = "
    return " or ".join([each[0], *(e.removeprefix(again) for e in each[1:])])
