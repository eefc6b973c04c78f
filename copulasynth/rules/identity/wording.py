"""Identities in words: written for people, and read back."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.errors import SchemaError
from copulasynth.rules.identity.contrast import Contrast
from copulasynth.rules.identity.dated import PARTS, Dated
from copulasynth.rules.identity.elapsed import AFTER, FROM, MONTHS, Elapsed, Later
from copulasynth.rules.identity.kinds import (
    STEEPEST,
    Derivation,
    Function,
    GroupedLinear,
    Linear,
    Lookup,
    Product,
    known,
)
from copulasynth.rules.identity.spanned import Spanned
from copulasynth.rules.words.formula import Expression, parse_comparison, parse_identity
from copulasynth.rules.words.reading import name_in

__all__ = ["Statement", "read", "words"]

_STEPS = re.compile(
    rf"\s*(`[^`]+`|.*?)\s*=\s*(steps|lookup|{'|'.join(PARTS)}) of\s+(`[^`]+`|.*?)\s*"
)
_LATER = re.compile(
    rf"\s*(`[^`]+`|.*?)\s*=\s*(\d+|`[^`]+`|\S+) ({'|'.join(MONTHS)}) {AFTER}\s+(`[^`]+`|.*?)\s*"
)
_ELAPSED = re.compile(
    rf"\s*(`[^`]+`|.*?)\s*=\s*({'|'.join(MONTHS)}) {FROM}\s+(`[^`]+`|.*?) to "
    r"(\d{4}-\d\d-\d\d|`[^`]+`|.*?)\s*"
)
_WITHIN = re.compile(r"(.*) within\s+(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)\s*")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_PAIR = re.compile(r"(`[^`]+`|[^\s`]+) - (`[^`]+`|[^\s`]+)")
_GROUPS = re.compile(r"(.*), by\s+(`[^`]+`|[^`]*?)\s*")

_LINEAR = re.compile(r"\s*(`[^`]+`|.*?)\s*=\s*linear in\s+(.*?)\s*")
_LISTED = re.compile(r"`(?:[^`]|``)+`|[^\s`]+")

#: Characters from which on a number above 1 is written as one over a shorter one.
LONG = 10

#: What files of earlier releases write for the numbers of each group.
_RATE, _FEE = "rate", "fee"


@dataclass(frozen=True, slots=True)
class Statement:
    """What a formula says: a target, its parents, and the function where it can be read.

    Attributes
    ----------
    target : str
    parents : tuple of str
    rule : Function or None
        None where the function is to be fitted: steps, lookups, parts of times, rates by group.
    part : str
        Of which part of a time the target is a function, or in which unit it counts months after or
        from one; "" for none.
    sign : str
        How the difference of two sides, which is `rule`, compares with 0; "steps" of a difference,
        or of `rule`, whose edges are to be fitted, "" for no comparison.
    text : str
        The right-hand side of a comparison, or the number of months, or the day to count to.
    off : float
        By how much the target may be off.
    """

    target: str
    parents: tuple[str, ...]
    rule: Function | None = None
    part: str = ""
    sign: str = ""
    text: str = ""
    off: float = 0.0


def words(
    d: Derivation,
    names: Sequence[str],
    times: Collection[int] = (),
    nominal: Collection[int] = (),
    ahead: float = 0.0,
) -> str:
    """Return a derivation in words.

    Parameters
    ----------
    d : Derivation
    names : sequence of str
        Of all coordinates.
    times : collection of int
        Coordinates that count from an origin of their own, in units of their own; factors and
        constants of a rule with such are left out, since a reader would not know them.
    nominal : collection of int
        Coordinates whose codes have no order: there are no steps along them.
    ahead : float
        Days by which a time is ahead of the only time that it follows from.

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
        if timed and len(parents) == 1 and rule.weights[0] < 0:
            start = "a fixed time -" if d.target in times else "time since"
            return f"{target} = {start} {parents[0]}"
        later = f" {'-' if ahead < 0 else '+'} {_plain(abs(ahead))}" if ahead else ""
        return f"{target} = {_sum(rule.constant, rule.weights[order], in_order, timed)}{later}"
    if isinstance(rule, Product):
        return f"{target} = {_product(rule.factor, rule.powers[order], in_order)}"
    if isinstance(rule, Expression | Contrast | Spanned):
        return f"{target} = {rule.text}"
    if isinstance(rule, Later | Elapsed):
        return f"{target} = {_months(rule, parents)}"
    if isinstance(rule, Dated):
        return f"{target} = {rule.part} of {parents[0]}"
    if isinstance(rule, GroupedLinear):
        return f"{target} = linear in {' and '.join(parents[1:])}, by {parents[0]}"
    steps = _in_steps(rule, d.target in nominal) and d.parents[0] not in nominal
    return f"{target} = {'steps' if steps else 'lookup'} of {parents[0]}"


def _months(rule: Later | Elapsed, parents: list[str]) -> str:
    unit = next(name for name, size in MONTHS.items() if size == rule.unit)
    if isinstance(rule, Later):
        return f"{parents[1] if len(parents) > 1 else rule.months} {unit} {AFTER} {parents[0]}"
    until = str(np.datetime64(int(rule.until), "D"))
    return f"{unit} {FROM} {parents[0]} to {parents[1] if len(parents) > 1 else until}"


def _in_steps(rule: Function, nominal: bool) -> bool:
    """Whether a function changes once along its parent, or goes up or down only."""
    if not isinstance(rule, Lookup) or len(rule.values) <= 2:
        return True
    change = np.diff(rule.values)
    return not nominal and bool((change > 0).all() or (change < 0).all())


def _sum(constant: float, weights: Floats, parents: list[str], timed: bool) -> str:
    terms = []
    for weight, parent in zip(weights, parents, strict=True):
        size = abs(weight)
        term = parent if size == 1 or timed else f"{_plain(size)} * {parent}"
        over = float(f"{1.0 / size:.12g}")
        shorter = over == round(over) or len(_plain(over)) < len(_plain(size))
        long = size < 1 or len(_plain(size)) > LONG
        if not timed and long and 1.0 / over == size and shorter:
            term = f"{parent} / {_plain(over)}"
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


def read(formula: str) -> Statement | None:
    """Return what a formula says, or None if it is no identity.

    Examples
    --------
    >>> s = read("total = 1.2 * `unit price` * quantity")
    >>> s.target, s.parents, s.rule.factor
    ('total', ('unit price', 'quantity'), 1.2)
    >>> read("charge = linear in minutes, by plan").parents
    ('plan', 'minutes')
    """
    if steps := _STEPS.fullmatch(formula):
        part, parents = steps[2] if steps[2] in PARTS else "", _parents(steps[3])
        made = _made(steps[3]) if not part and len(parents) == 1 else None
        if made is not None:
            text = f"steps of {steps[3]}"
            return Statement(_bare(steps[1]), made.names, _simplest(made), sign="steps", text=text)
        sign = "steps" if len(parents) > 1 else ""
        return Statement(_bare(steps[1]), parents, part=part, sign=sign)
    if after := _LATER.fullmatch(formula):
        term = () if after[2].isdigit() else (_bare(after[2]),)
        text = after[2] if after[2].isdigit() else ""
        part = f"{after[3]} {AFTER}"
        return Statement(_bare(after[1]), (_bare(after[4]), *term), part=part, text=text)
    if ages := _ELAPSED.fullmatch(formula):
        text = ages[4] if _DATE.fullmatch(ages[4]) else ""
        end = () if text else (_bare(ages[4]),)
        part = f"{ages[2]} {FROM}"
        return Statement(_bare(ages[1]), (_bare(ages[3]), *end), part=part, text=text)
    if rough := _WITHIN.fullmatch(formula):
        stated = read(rough[1])
        return None if stated is None else replace(stated, off=float(rough[2]))
    groups = _GROUPS.fullmatch(formula)
    if groups and (lines := _LINEAR.fullmatch(groups[1])):
        among = [_bare(name) for name in _LISTED.findall(lines[2]) if name != "and"]
        return Statement(_bare(lines[1]), (_bare(groups[2]), *among))
    try:
        compares = None if groups else parse_comparison(formula)
        if compares is not None:
            target, gap, sign, text = compares
            return Statement(target, gap.names, _simplest(gap), sign=sign, text=text)
        target, expression = parse_identity(groups[1] if groups else formula)
    except SchemaError:
        return None
    if groups is None:
        return Statement(target, expression.names, _simplest(expression))
    numbers = [name for name in expression.names if name not in (_RATE, _FEE)]
    return Statement(target, (_bare(groups[2]), *numbers))


def _parents(text: str) -> tuple[str, ...]:
    """Return the column of which there are steps, or the two of whose difference."""
    pair = _PAIR.fullmatch(text)
    return (_bare(pair[1]), _bare(pair[2])) if pair else (_bare(text),)


def _made(text: str) -> Expression | None:
    """Return the function of several columns of which there are steps, if it is one."""
    try:
        made = parse_identity(f"`[steps]` = {text}")[1]
    except SchemaError:
        return None
    return made if len(made.names) > 1 else None


def _bare(name: str) -> str:
    return name.strip("`")


def _simplest(expression: Expression) -> Function:
    """Return an expression as a sum or a product, where it is one."""
    if expression.folds:
        return expression
    p = len(expression.names)
    probes = np.random.default_rng(0).uniform(0.5, 2.0, (p, 9))
    for function in (_as_sum(expression, p), _as_product(expression, p)):
        if function is not None and np.allclose(
            function(probes), expression(probes), rtol=1e-12, atol=0.0
        ):
            return function
    return expression


def _as_sum(expression: Expression, p: int) -> Linear | None:
    constant = expression(np.zeros((p, 1)))[0]
    weights = expression(np.eye(p)) - constant
    if not (np.isfinite(constant) and np.isfinite(weights).all()):
        return None
    # .17 again, of 5.17 - 5
    return known(Linear, float(constant), np.array([float(f"{w:.13g}") for w in weights]))


def _as_product(expression: Expression, p: int) -> Product | None:
    factor = expression(np.ones((p, 1)))[0]
    with np.errstate(all="ignore"):
        powers = np.log2(expression(np.eye(p) + 1.0) / factor)
    if not factor > 0 or not (np.abs(powers) <= STEEPEST).all():
        return None
    return known(Product, float(factor), np.round(powers, 12))
