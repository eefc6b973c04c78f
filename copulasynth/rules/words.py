"""Identities in words, as a formula that can be read back where it is one."""

from collections.abc import Collection, Sequence

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.rules.formula import name_in
from copulasynth.rules.kinds import Derivation, GroupedLinear, Linear, Lookup, Product

__all__ = ["words"]


def words(d: Derivation, names: Sequence[str], times: Collection[int] = ()) -> str:
    """Return a derivation in words.

    Parameters
    ----------
    d : Derivation
    names : sequence of str
        Of all coordinates.
    times : collection of int
        Coordinates that count from an origin of their own, in units of their own; factors and
        constants of a rule with such are left out, since a reader would not know them.

    Examples
    --------
    >>> words(Derivation(2, (0, 1), Product(1.0, np.array([1.0, -2.0]))), ["kg", "m", "bmi"])
    'bmi = kg / m^2'
    """
    target, parents = name_in(names[d.target]), [name_in(names[i]) for i in d.parents]
    rule, order = d.rule, np.argsort(d.parents)
    in_order = [parents[k] for k in order]
    if isinstance(rule, Linear):
        timed = not {d.target, *d.parents}.isdisjoint(times)
        return f"{target} = {_sum(rule.constant, rule.weights[order], in_order, timed)}"
    if isinstance(rule, Product):
        return f"{target} = {_product(rule.factor, rule.powers[order], in_order)}"
    if isinstance(rule, GroupedLinear):
        rates = " + ".join(f"rate * {p}" for p in parents[1:])
        return f"{target} = {rates} + fee, by {parents[0]}"
    many = isinstance(rule, Lookup) and len(rule.values) > 2 and not _rises(rule)
    return f"{target} = {'lookup' if many else 'steps'} of {parents[0]}"


def _rises(rule: Lookup) -> bool:
    change = np.diff(rule.values)
    return bool((change > 0).all() or (change < 0).all())


def _sum(constant: float, weights: Floats, parents: list[str], timed: bool) -> str:
    terms = []
    for weight, parent in zip(weights, parents, strict=True):
        size = abs(weight)
        over = 1.0 / size
        term = parent if size == 1 or timed else f"{_plain(size)} * {parent}"
        if not timed and size < 1 and over == round(over):
            term = f"{parent} / {over:.0f}"
        terms.append((weight < 0, term))
    if constant and not timed:
        terms.append((constant < 0, _plain(abs(constant))))
    # what is added first, so that nothing starts with a sign if it can be helped
    terms.sort(key=lambda t: t[0])
    text = "".join(f" {'-' if minus else '+'} {term}" for minus, term in terms)
    return text.removeprefix(" + ").strip()


def _product(factor: float, powers: Floats, parents: list[str]) -> str:
    above: list[str] = []
    below: list[str] = []
    for power, parent in zip(powers, parents, strict=True):
        size = abs(power)
        (above if power > 0 else below).append(parent if size == 1 else f"{parent}^{_plain(size)}")
    if factor != 1 or not above:
        above.insert(0, _plain(factor))
    return " * ".join(above) + "".join(f" / {b}" for b in below)


def _plain(x: float) -> str:
    """Return a number as it is read back to the last digit."""
    return f"{x:.0f}" if x == round(x) and abs(x) < 1e15 else repr(float(x))
