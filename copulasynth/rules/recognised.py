"""Formulas as the functions that rules know: sums of weighted columns, and products of powers."""

import numpy as np

from copulasynth.rules.formula import Expression, Tree
from copulasynth.rules.kinds import Function, Linear, Product

__all__ = ["recognised"]

#: A factor, and the power of each column in it.
_Term = tuple[float, dict[str, float]]

#: More terms than this are no sum that a person writes.
_MOST = 64


def recognised(function: Expression) -> tuple[tuple[str, ...], Function]:
    """Return a formula's columns and its function, linear or a product where it is one.

    Those can be solved for any of their columns; another formula stays as it is written.

    Examples
    --------
    >>> recognised(Expression("1.2 * (net + tip) - 3", ("net", "tip")))[1].weights.tolist()
    [1.2, 1.2]
    """
    terms = _terms(function.tree)
    if terms is not None:
        merged: dict[tuple[tuple[str, float], ...], float] = {}
        for factor, powers in terms:
            key = tuple(sorted((k, p) for k, p in powers.items() if p))
            merged[key] = merged.get(key, 0.0) + factor
        found = _known([(factor, dict(key)) for key, factor in merged.items() if factor])
        if found is not None:
            return found
    return function.names, function


def _known(terms: list[_Term]) -> tuple[tuple[str, ...], Function] | None:
    """Return a linear function or a product, if the terms are one."""
    moving = [(factor, powers) for factor, powers in terms if powers]
    if moving and all(list(powers.values()) == [1.0] for _, powers in moving):
        constant = sum(factor for factor, powers in terms if not powers)
        names = tuple(name for _, powers in moving for name in powers)
        return names, Linear(constant, np.array([factor for factor, _ in moving]))
    if len(terms) == 1 and moving and terms[0][0] > 0:
        ((factor, powers),) = terms
        return tuple(powers), Product(factor, np.array(list(powers.values())))
    return None


def _terms(tree: Tree) -> list[_Term] | None:
    """Return a formula as a sum of products of powers, or None if it is none."""
    head, *inner = tree
    if isinstance(head, float):
        return [(head, {})]
    if head == "name":
        return [(1.0, {str(inner[0]): 1.0})]
    parts = [_terms(part) for part in inner if isinstance(part, tuple)]
    if any(part is None for part in parts) or len(parts) != 2:
        return None
    left, right = (part or [] for part in parts)
    if head in ("+", "-"):
        sign = 1.0 if head == "+" else -1.0
        return [*left, *((sign * factor, powers) for factor, powers in right)]
    if head == "^" and len(left) == len(right) == 1 and not right[0][1]:
        return _power(left[0], right[0][0])
    if head == "/" and len(right) == 1:
        right = _power(right[0], -1.0) or []
        return _product(left, right) if right else None
    return _product(left, right) if head == "*" else None


def _power(term: _Term, power: float) -> list[_Term] | None:
    factor, powers = term
    if (factor <= 0 and power != round(power)) or factor == 0:
        return None
    return [(factor**power, {name: p * power for name, p in powers.items()})]


def _product(left: list[_Term], right: list[_Term]) -> list[_Term] | None:
    if len(left) * len(right) > _MOST:
        return None
    out = []
    for a, first in left:
        for b, second in right:
            names = {**first, **second}
            out.append((a * b, {k: first.get(k, 0.0) + second.get(k, 0.0) for k in names}))
    return out
