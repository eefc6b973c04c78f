"""Find products with a rate among their factors: price * quantity * (1 - discount / 100).

A discount of 10 % or a tax of .19 goes into a product as what is left of 1, or added to it. Such
factors stand beside the numbers as columns of their own when products are sought once more.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.rules.identity.kinds import Product
from copulasynth.rules.identity.numbers import Numbers, product
from copulasynth.rules.identity.searched import Rounding, Searched, Supported, judged
from copulasynth.rules.identity.settle import ALLOWED
from copulasynth.rules.identity.wording import words
from copulasynth.rules.words.formula import Expression, expressed
from copulasynth.rules.words.reading import name_in
from copulasynth.schema.column import Variable

__all__ = ["rated"]

#: A rate takes so many values at least and at most, all below one or one hundred.
FEWEST, MOST = 2, 500

Search = Callable[[Searched, int], Supported | None]


def rated(s: Searched, sign: int) -> tuple[list[int], Search]:
    """Return which numbers may be products with a rate, and how to find it.

    Parameters
    ----------
    s : Searched
    sign : -1 or 1
        Whether the rate is taken from 1 or added to it.
    """
    factors = {j: f for j in s.order if (f := _factor(s, j, sign)) is not None}
    if not factors:
        return [], lambda s, j: None
    wide = _beside(s, factors)
    numbers = Numbers.of(wide, logs=True, targets=tuple(s.targets))

    def search(s: Searched, j: int) -> Supported | None:
        now = replace(wide, above={**wide.above, **s.above})
        hit = numbers.relation(now, j, Rounding.FINE)
        return None if hit is None else _best(s, now, hit, factors)

    return numbers.hopeful(wide, Rounding.FINE), search


def _factor(s: Searched, j: int, sign: int) -> str | None:
    """Return 1 less or more a rate as a formula, if a number may be one."""
    if not s.ordered[j] or not FEWEST <= s.distinct[j] <= MOST:
        return None
    low, high = float(np.nanmin(s.x[:, j])), float(np.nanmax(s.x[:, j]))
    if low < 0 or not 0 < high < 100:
        return None
    over, name = " / 100" if high >= 1 else "", s.variables[j].name
    factor = f"(1 {'+' if sign > 0 else '-'} {name_in(name)}{over})"
    return None if expressed(factor, (name,)) is None else factor


def _beside(s: Searched, factors: dict[int, str]) -> Searched:
    """Return the numbers with the factors as further ones, each made from its rate."""
    d, rates = len(s.variables), list(factors)
    made = [Expression(f, (s.variables[j].name,))(s.x[:, [j]].T) for j, f in factors.items()]
    columns: Floats = np.column_stack(made)
    more = tuple(Variable(_placeholder(k), k, "continuous") for k in range(d, d + len(rates)))
    return Searched(
        x=np.asfortranarray(np.column_stack([s.x, columns])),
        variables=(*s.variables, *more),
        steps=np.append(s.steps, np.zeros(len(rates))),
        ordered=np.append(s.ordered, np.ones(len(rates), dtype=bool)),
        distinct=np.append(s.distinct, s.distinct[rates]),
        spread=np.append(s.spread, np.nanstd(columns, axis=0)),
        largest=np.append(s.largest, np.nanmax(np.abs(columns), axis=0)),
        order=(*s.order, *range(d, d + len(rates))),
        above={**s.above, **{d + k: (j,) for k, j in enumerate(rates)}},
    )


def _placeholder(k: int) -> str:
    return f"factor {k}"


def _best(s: Searched, wide: Searched, hit: Supported, factors: dict[int, str]) -> Supported | None:
    """Return the relation with the member derived that most rows obey, by multiplying if alike."""
    d = hit.derivation
    others = [i for i in d.parents if i < len(s.variables) and i not in s.above]
    ways = [hit]
    for i in others:
        parents = [d.target if k == i else k for k in d.parents]
        if not any(wide.depends(k, i) for k in parents):
            way = product(wide, i, parents, wide.room(i), -np.inf)
            ways += [] if way is None else [way]
    found = [w for way in ways if (w := _written(s, way, factors)) is not None]
    return max(found, key=lambda w: w[:2])[2] if found else None


def _written(
    s: Searched, hit: Supported, factors: dict[int, str]
) -> tuple[float, int, Supported] | None:
    """Return a product as a formula of the table's columns, with what speaks for it."""
    d, own, formulas = hit.derivation, len(s.variables), list(factors.values())
    made = [i for i in d.parents if i >= own]
    if not made or not isinstance(d.rule, Product):
        return None
    powers = dict(zip(d.parents, d.rule.powers.tolist(), strict=True))
    if any(abs(powers[i]) != 1 for i in made):
        return None
    names = [v.name for v in s.variables] + [_placeholder(own + k) for k in range(len(factors))]
    text = words(d, names).removeprefix(f"{name_in(names[d.target])} = ")
    for i in made:
        text = text.replace(name_in(_placeholder(i)), formulas[i - own])
    rates = list(factors)
    parents = tuple(dict.fromkeys(rates[i - own] if i >= own else i for i in d.parents))
    rule = expressed(text, tuple(s.variables[i].name for i in parents))
    found = None if rule is None else judged(s, d.target, parents, rule, d.room)
    if found is None or found.share > ALLOWED:
        return None
    return -found.share, -sum(p < 0 for p in powers.values()), found
