"""Formulas of identities in words, written and read; nothing in them is ever run."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.rules.kinds import Derivation, Function, GroupedLinear, Linear, Lookup, Product

__all__ = ["Formula", "read", "words"]

#: Names that a formula can have as they are; others stand between backquotes.
PLAIN = re.compile(r"[^\W\d]\w*(?: [^\W\d]\w*)*", re.UNICODE)

_NUMBER = re.compile(r"\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?")

_ENDS = "steps of ", "lookup of "


@dataclass(frozen=True, slots=True)
class Formula:
    """What a formula says: a target, its parents, and the function where it can be read.

    Attributes
    ----------
    target : str
    parents : tuple of str
    rule : Function or None
        None where the function is to be fitted: steps, lookups, rates by group.
    """

    target: str
    parents: tuple[str, ...]
    rule: Function | None = None


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
    target, parents = _quoted(names[d.target]), [_quoted(names[i]) for i in d.parents]
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


def _quoted(name: str) -> str:
    return name if PLAIN.fullmatch(name) else "`" + name.replace("`", "") + "`"


def read(formula: str, names: Sequence[str]) -> Formula | None:
    """Return what a formula says of variables with these names, or None if it cannot be read.

    Examples
    --------
    >>> f = read("total = 1.2 * unit price * quantity", ["quantity", "unit price", "total"])
    >>> f.target, f.parents, f.rule.factor
    ('total', ('unit price', 'quantity'), 1.2)
    """
    left, equals, right = formula.partition("=")
    known = {_quoted(name): name for name in names}
    known.update({name: name for name in names})
    target = known.get(left.strip())
    if not equals or target is None:
        return None
    right = right.strip()
    for start in _ENDS:
        parent = known.get(right.removeprefix(start).strip())
        if right.startswith(start) and parent is not None:
            return Formula(target, (parent,))
    head, by, group = right.rpartition(", by ")
    if by and group.strip() in known:
        tokens = _tokens(head, {**known, "rate": "", "fee": ""})
        parents = [value for kind, value in tokens or () if kind == "name" and value]
        return Formula(target, (known[group.strip()], *parents)) if parents else None
    tokens = _tokens(right, known)
    return None if tokens is None else _parsed(target, tokens)


def _tokens(text: str, known: dict[str, str]) -> list[tuple[str, str]] | None:
    """Split into names, numbers and signs; None if something is neither."""
    longest = sorted(known, key=len, reverse=True)
    tokens, at = [], 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        name = next(
            (k for k in longest if k and text.startswith(k, at) and _ends(text, at, k)), None
        )
        number = _NUMBER.match(text, at)
        if name is not None:
            tokens.append(("name", known[name]))
            at += len(name)
        elif number is not None:
            tokens.append(("number", number.group()))
            at = number.end()
        elif text[at] in "+-*/^":
            tokens.append(("sign", text[at]))
            at += 1
        else:
            return None
    return tokens


def _ends(text: str, at: int, name: str) -> bool:
    """Whether a name ends where a word does."""
    end = at + len(name)
    return end == len(text) or not (text[end].isalnum() or text[end] == "_")


def _parsed(target: str, tokens: list[tuple[str, str]]) -> Formula | None:
    """Return a sum of terms or one product."""
    terms = _terms(tokens)
    if terms is None:
        return None
    if all(not powers or powers in ({n: 1.0} for n in powers) for _, powers in terms):
        constant = sum(f for f, powers in terms if not powers)
        weights: dict[str, float] = {}
        for factor, powers in terms:
            for name in powers:
                weights[name] = weights.get(name, 0.0) + factor
        weights.pop(target, None)
        if not weights:
            return None
        return Formula(target, tuple(weights), Linear(constant, np.array([*weights.values()])))
    if len(terms) > 1 or terms[0][0] <= 0 or target in terms[0][1]:
        return None
    factor, powers = terms[0]
    return Formula(target, tuple(powers), Product(factor, np.array([*powers.values()])))


def _terms(tokens: list[tuple[str, str]]) -> list[tuple[float, dict[str, float]]] | None:
    """Return the factor and the powers of each term of a sum."""
    terms: list[tuple[float, dict[str, float]]] = []
    at, sign = 0, 1.0
    if tokens and tokens[0] in (("sign", "-"), ("sign", "+")):
        at, sign = 1, -1.0 if tokens[0][1] == "-" else 1.0
    factor, powers, way = sign, dict[str, float](), 1.0
    while at < len(tokens):
        kind, value = tokens[at]
        power = 1.0
        at += 1
        if kind == "sign":
            return None
        if at + 1 < len(tokens) and tokens[at] == ("sign", "^") and tokens[at + 1][0] == "number":
            power = float(tokens[at + 1][1])
            at += 2
        if kind == "number":
            number = float(value)
            if number == 0 and way < 0:
                return None
            factor *= number ** (way * power)
        else:
            powers[value] = powers.get(value, 0.0) + way * power
        if at == len(tokens):
            break
        operator = tokens[at][1] if tokens[at][0] == "sign" else ""
        at += 1
        if operator in ("+", "-"):
            terms.append((factor, powers))
            factor, powers, way = (-1.0 if operator == "-" else 1.0), {}, 1.0
        elif operator in ("*", "/"):
            way = 1.0 if operator == "*" else -1.0
        else:
            return None
        if at == len(tokens):
            return None
    return [*terms, (factor, powers)] if tokens else None
