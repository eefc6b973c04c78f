"""Decide which member of a relation is derived from the others, by drawing the others.

`total = price * quantity` can derive any of the three. Each that could be is derived from draws of
the others, and what comes out is compared with the table: a price that is derived from total and
quantity leaves the price list, a quantity is no whole number, a length that is derived from two
times is negative as often as not.
"""

import numpy as np
from scipy.special import ndtr, ndtri

from copulasynth._arrays import Floats, floats, midranks, on_grid
from copulasynth.rules.identity.disorder import beside, disordered, in_order
from copulasynth.rules.identity.kinds import (
    Derivation,
    Function,
    GroupedLinear,
    Linear,
    Product,
    digits_of,
    inverse,
)
from copulasynth.rules.identity.numbers import linear, product
from copulasynth.rules.identity.rounded import is_wide
from copulasynth.rules.identity.search import grouped_of
from copulasynth.rules.identity.searched import Searched, Supported, judged
from copulasynth.rules.identity.settle import ALLOWED

__all__ = ["costs_of", "directed", "drawn_members", "losses", "options", "unlike"]

#: Rows that are drawn, and rows that they are drawn after.
DRAWN, ROWS = 4000, 5000

#: A difference or ratio must lose so much less than a sum or product to be preferred, and a rule
#: whose numbers are so many times longer than those of another.
ALIKE, LONGER = 0.04, 2.0

#: Values beyond the observed ones by this share of their range are out of range.
SLACK = 0.1

#: Rows that break the relation, solved for another member, count so often.
UNTRUE = 4.0

#: A share of the rows from which on a value is an atom.
ATOM = 0.02

#: A column whose rows have each value so often on average, and hardly a value once, is a list.
LISTED, ONCE = 5, 0.01


def directed(s: Searched, found: Supported, declared: int | None = None) -> Supported:
    """Return the relation with the member derived that costs least; the declared one if alike."""
    costs = costs_of(s, options(s, found), declared)
    return min(costs, key=lambda o: o[1])[0]


def costs_of(
    s: Searched, choices: list[Supported], declared: int | None = None
) -> list[tuple[Supported, float]]:
    """Return what each way to derive a relation costs."""
    if len(choices) == 1:
        return [(choices[0], 0.0)]
    found = []
    digits = [digits_of(o.derivation.rule) for o in choices]
    for option, size, lost in zip(choices, digits, losses(s, choices), strict=True):
        d = option.derivation
        # numbers that somebody wrote down are short the way they were used
        lost += ALIKE * (_backwards(d.rule) + (size > LONGER * min(digits)))
        lost -= ALIKE / 2 * (d.target == declared)
        found.append((option, lost))
    return found


def options(s: Searched, found: Supported) -> list[Supported]:
    """Return the relation as it was found, and solved for each parent for which it is exact."""
    d = found.derivation
    choices = [found]
    if found.share > ALLOWED:
        # rows on an end of the target, which is no end of another
        return choices
    for k, parent in enumerate(d.parents):
        parents = [d.target if i == parent else i for i in d.parents]
        if parent in s.above or not s.ordered[parent]:
            continue
        if any(s.depends(i, parent) for i in parents):
            continue
        solved = [_solved(s, d, parent, parents), _inverted(s, d, k, parents)]
        exact = [o for o in solved if o is not None and o.share <= found.share]
        if exact:
            choices.append(max(exact, key=lambda o: o.obey))
    return choices


def _solved(s: Searched, d: Derivation, j: int, parents: list[int]) -> Supported | None:
    """Return the relation fitted anew with another target, whose numbers may be simpler."""
    if isinstance(d.rule, GroupedLinear):
        other = grouped_of(s, j, d.parents[:1], parents)
    elif isinstance(d.rule, Linear | Product):
        fit = linear if isinstance(d.rule, Linear) else product
        other = fit(s, j, parents, s.room(j), -np.inf)
    else:
        return None
    return other if other is not None and set(other.derivation.parents) == set(parents) else None


def _inverted(s: Searched, d: Derivation, k: int, parents: list[int]) -> Supported | None:
    """Return the relation solved for parent k, number for number."""
    rule = inverse(d.rule, k)
    room = d.room if is_wide(d, s.x[:, d.target]) else None
    return None if rule is None else judged(s, d.parents[k], parents, rule, room)


def _backwards(rule: Function) -> bool:
    """Whether a rule subtracts or divides."""
    if isinstance(rule, Linear | GroupedLinear):
        return bool((rule.weights < 0).any())
    return isinstance(rule, Product) and bool((rule.powers < 0).any())


def losses(s: Searched, choices: list[Supported]) -> list[float]:
    """Return for each way to derive a relation what is lost of its target's law, about 0 to 5."""
    first = choices[0].derivation
    members = sorted((first.target, *first.parents), key=s.order.index)
    members += beside(s, members)
    drawn, x = drawn_members(s, members)
    return [
        _loss(
            s,
            o,
            choices,
            in_order(s, o.derivation.target, drawn),
            x[:, members.index(o.derivation.target)],
        )
        for o in choices
    ]


def drawn_members(s: Searched, members: list[int]) -> tuple[Floats, Floats]:
    """Return draws of members, (D, DRAWN), and rows (n, p) that they are drawn after."""
    rows = s.known(members)
    x = s.x[rows[:: max(1, rows.size // ROWS), None], members]
    drawn = np.full((len(s.variables), DRAWN), np.nan)
    drawn[members] = _drawn(s, members, x)
    return drawn, x


def _drawn(s: Searched, members: list[int], x: Floats) -> Floats:
    """Draw all members by a Gaussian copula, (p, DRAWN); any p - 1 are their joint law."""
    n = len(x)
    scores = ndtri((midranks(x) - 0.5) / n)
    found = floats(np.corrcoef(scores, rowvar=False))
    # a member of one value goes with no other
    found = np.where(np.isnan(found), np.eye(len(found)), found)
    values, axes = np.linalg.eigh(found)
    root = (axes * np.sqrt(np.maximum(values, 0.0))) @ axes.T
    # a stream of its own for each decision, the same for the same relation
    z = np.random.default_rng(0).standard_normal((DRAWN, len(members))) @ root
    place = ndtr(z)
    drawn = np.empty((len(members), DRAWN))
    for k, j in enumerate(members):
        if s.variables[j].kind == "continuous":
            drawn[k] = _between(x[:, k], place[:, k])
        else:
            drawn[k] = np.sort(x[:, k])[np.round(place[:, k] * (n - 1)).astype(np.int64)]
        drawn[k] = on_grid(drawn[k], float(s.steps[j]))
    return drawn


def _between(x: Floats, u: Floats) -> Floats:
    """Return quantiles that lie between the values seen too, as marginals have them, but atoms."""
    values, counts = np.unique(x, return_counts=True)
    top = np.cumsum(counts) / x.size
    half = np.where(counts >= ATOM * x.size, 0.5, 0.0) * counts / x.size
    middle = top - counts / x.size / 2
    return np.interp(u, np.column_stack([middle - half, middle + half]).ravel(), values.repeat(2))


def _loss(
    s: Searched, option: Supported, choices: list[Supported], drawn: Floats, seen: Floats
) -> float:
    """Return what is lost if the target of an option is derived."""
    d = option.derivation
    v, step = s.variables[d.target], d.step
    y = d.rule(drawn[list(d.parents)])
    lost = 0.0
    if step > 0:
        lost += float(np.mean(np.abs(y / step - np.round(y / step)) > 0.01)) * _lattice(d, s)
        y = on_grid(y, step)
    spread = SLACK * float(np.ptp(seen))
    low, high = max(v.lower, seen.min() - spread), min(v.upper, seen.max() + spread)
    lost += float(np.mean((y < low) | (y > high)))
    lost += UNTRUE * _broken(option, choices, drawn, y) + disordered(s, d, drawn, y)
    return lost + unlike(np.sort(seen), np.sort(y))


def _lattice(d: Derivation, s: Searched) -> float:
    """Return 1 where the values seen lie on the grid without being rounded to it, else 0."""
    rows = s.known((d.target, *d.parents))
    y = d.rule(s.x[rows].T[list(d.parents)])
    off = np.abs(y / d.step - np.round(y / d.step)) > 0.01
    return float(np.mean(off) < 0.01)


def _broken(option: Supported, choices: list[Supported], drawn: Floats, y: Floats) -> float:
    """Return the share of draws in which the relation, solved for another member, is broken."""
    x = drawn.copy()
    x[option.derivation.target] = y
    return max(float(1.0 - o.derivation.obeys(x).mean()) for o in choices)


def unlike(seen: Floats, y: Floats) -> float:
    """Return the Kolmogorov distance plus what is lost of atoms and of a list of values."""
    n = seen.size
    values, counts = np.unique(seen, return_counts=True)
    below = np.searchsorted(y, values, side="right") / y.size
    distance = float(np.abs(below - np.cumsum(counts) / n).max())
    at = below - np.searchsorted(y, values, side="left") / y.size
    atoms = counts >= ATOM * n
    lost = float(np.maximum(counts / n - at, 0.0)[atoms].sum())
    if n >= LISTED * values.size and np.count_nonzero(counts == 1) <= ONCE * n:
        lost += float(1.0 - at.sum())
    return distance + lost
