"""Numbers that follow from others but at an end of their range, where many rows lie.

A payout is `max(0, damage - deductible)`: the formula decides which rows lie on the end, too. The
total of a stay is 0 where it was cancelled and else rate times nights: rows on the end are
exceptions.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import product as product_of

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.rules.identity.excepted import FEWEST
from copulasynth.rules.identity.kinds import Derivation
from copulasynth.rules.identity.numbers import Numbers
from copulasynth.rules.identity.searched import Rounding, Searched, Supported, judged
from copulasynth.rules.identity.wording import plain, read, words
from copulasynth.rules.words.reading import name_in

__all__ = ["capped"]

#: Share of the rows that an end has, and that must be left beside the ends, at least.
PILED, LEFT = 0.01, 0.1

#: Values that a number needs beside its ends.
VALUES = 10

#: Ends of a column: the value, and whether it is the least.
_Ends = list[tuple[float, bool]]


def capped(s: Searched, names: Sequence[str], times: Collection[int]) -> Iterator[Supported]:
    """Yield relations of numbers that nothing makes yet, found in the rows beside their ends.

    Parameters
    ----------
    s : Searched
    names : sequence of str
        Of all coordinates.
    times : collection of int
        Coordinates that are left out: their origins are none that a reader knows.
    """
    piled = {j: ends for j in s.targets if j not in times and (ends := _ends(s, j))}
    if not piled:
        return
    apart = _apart(s, piled)
    numbers = [Numbers.of(apart, logs) for logs in (False, True)]
    for k, (j, ends) in enumerate(piled.items()):
        copy, copies = len(names) + k, range(len(names), len(names) + len(piled))
        above = {j: (copy,), **{i: (copy,) for i in copies if i != copy}}
        alone = replace(apart, above={**s.above, **above})
        for rounding, found in product_of(Rounding, numbers):
            hit = found.relation(alone, copy, rounding) if copy in found.columns else None
            if hit is None or hit.obey < hit.told or set(hit.derivation.parents) & {*times}:
                continue
            whole = _whole(s, replace(hit.derivation, target=j), ends, names)
            if whole is not None:
                s = s.adding(whole.derivation)
                yield whole
                break


def _ends(s: Searched, j: int) -> _Ends:
    """Return the ends on which many rows of a number lie, if enough lie beside them."""
    y = s.x[:, j][~np.isnan(s.x[:, j])]
    if not s.ordered[j] or s.distinct[j] < VALUES:
        return []
    many = max(FEWEST, PILED * y.size)
    found = [(float(y.min()), True), (float(y.max()), False)]
    found = [(end, low) for end, low in found if np.count_nonzero(y == end) >= many]
    beside = y[~np.isin(y, [end for end, _ in found])]
    return found if beside.size >= LEFT * y.size and len(np.unique(beside)) >= VALUES else []


def _apart(s: Searched, piled: dict[int, _Ends]) -> Searched:
    """Return what is searched with a copy of each target that is not known on its ends."""
    copied = s.x[:, list(piled)].copy()
    for k, (j, ends) in enumerate(piled.items()):
        copied[np.isin(s.x[:, j], [end for end, _ in ends]), k] = np.nan
    at, before = list(piled), len(s.variables)
    copies = tuple(replace(s.variables[j], name=f"{s.variables[j].name} [beside]") for j in at)
    distinct = [len(np.unique(y[~np.isnan(y)])) for y in copied.T]
    return replace(
        s,
        x=np.asfortranarray(np.column_stack([s.x, copied])),
        variables=(*s.variables, *copies),
        steps=np.append(s.steps, s.steps[at]),
        ordered=np.append(s.ordered, s.ordered[at]),
        distinct=np.append(s.distinct, distinct),
        spread=np.append(s.spread, np.nanstd(copied, axis=0)),
        largest=np.append(s.largest, s.largest[at]),
        order=(*s.order, *range(before, before + len(at))),
        # the columns themselves are not searched again
        above=dict.fromkeys(range(before), ()),
    )


def _whole(s: Searched, d: Derivation, ends: _Ends, names: Sequence[str]) -> Supported | None:
    """Return the relation in all rows: with the ends in its formula, or with rows as exceptions."""
    rows = s.known((d.target, *d.parents))
    x = s.x[rows].T
    made, y = d.rule(x[list(d.parents)]), x[d.target]
    formula = words(d, names).removeprefix(f"{name_in(names[d.target])} = ")
    for end, low in ends:
        if _decided(made, y == end, end, low, d.room):
            formula = f"{'max' if low else 'min'}({plain(end)}, {formula})"
    stated = read(f"{name_in(names[d.target])} = {formula}")
    if stated is None or stated.rule is None:
        return None
    parents = [names.index(name) for name in stated.parents]
    whole = judged(s, d.target, parents, stated.rule, d.room)
    return whole if whole is not None and whole.obey >= LEFT * whole.told else None


def _decided(made: Floats, at: Bools, end: float, low: bool, room: float) -> bool:
    """Whether the rows on an end are those in which the formula is there or beyond."""
    if not low:
        made, end = -made, -end
    return bool(at.any() and (made <= end + room)[at].all() and at[made < end - room].all())
