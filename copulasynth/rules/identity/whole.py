"""Say of a number that was found to follow from others how it was rounded: down, up, halves up.

A line through the rows of `floor(x)` is `x - 0.5`, which rounds to either neighbour where x is
whole. So a function whose own rounding does not give the rows back is taken for what is rounded
down, or up, to the grid of its target, if that gives back all of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.rules.identity.direction import costs_of
from copulasynth.rules.identity.kinds import (
    Derivation,
    Function,
    Linear,
    Product,
    digits_of,
    inverse,
    known,
)
from copulasynth.rules.identity.pursuit import round_to, simplest
from copulasynth.rules.identity.searched import (
    FEWEST,
    LATTICE,
    Rounding,
    Searched,
    Supported,
    judged,
)
from copulasynth.rules.identity.wording import words
from copulasynth.rules.words.formula import expressed

__all__ = ["as_rounded"]

#: Part of a step that errors of arithmetic stay below.
TINY = 1e-7

#: Largest share of the rows that lie midway between two values, but for numbers of few decimals.
MIDWAY = 0.05

#: Most digits of weights that are tried in place of those that were found.
DIGITS = 5

#: Characters of a number that errors of arithmetic have made longer.
LONGEST = 10

#: What is added before a number is rounded down, and up, where nothing odd is: nothing, or a half.
PLAIN = (("floor", 0.0), ("ceil", 0.0), ("floor", 0.5), ("ceil", -0.5))


def as_rounded(s: Searched, hit: Supported) -> Supported:
    """Return a relation, or one of the same members whose rounding gives back all rows it obeys.

    What gives them back itself is kept, unless its numbers are shorter, or the same are another
    member's, if nothing is added before it is rounded down or up. Where some rows that lie midway
    are all it misses, its target stays.
    """
    d = hit.derivation
    if not isinstance(d.rule, Linear | Product) or not _off_grid(s, hit):
        return hit
    x = _obeying(s, d)
    missed = np.abs(d.of(x) - x[d.target]) > TINY * d.step
    midway = 0 < float(missed.mean()) <= MIDWAY
    plain = int(np.count_nonzero(missed)) < FEWEST
    members = (d.target,) if midway else (d.target, *d.parents)
    ways = [way for way in _turned(s, d, x, members, plain) if way.share <= hit.share]
    if not ways:
        return hit
    choices = [hit, *ways] if plain else ways
    return min(costs_of(s, choices), key=lambda o: o[1])[0]


def _off_grid(s: Searched, hit: Supported) -> bool:
    """Whether a function lies between the values of its target, and so is rounded somehow."""
    d = hit.derivation
    if not 0 < d.room <= d.step:
        return False
    x = _obeying(s, d)
    return bool((np.abs(x[d.target] - d.rule(x[list(d.parents)])) > LATTICE * d.step).any())


def _obeying(s: Searched, d: Derivation) -> Floats:
    """Return the rows, (D, n), in which all is known and the derivation holds."""
    x = s.x[s.known((d.target, *d.parents))].T
    return np.asarray(x[:, d.obeys(x)])


def _turned(
    s: Searched, d: Derivation, x: Floats, members: Sequence[int], plain: bool
) -> Iterator[Supported]:
    """Yield members as what the others make, rounded down or up.

    A `plain` one adds nothing, and has shorter numbers than the derivation or the same.
    """
    for j in members:
        solved = d if j == d.target else _solved(s, d, j)
        if solved is None:
            continue
        step = float(s.steps[j])
        own = _over(solved.rule, step)
        functions: Iterable[Function] = (own,)
        if j == d.target or not plain:
            made = _functions(own, np.round(x[j] / step), x[list(solved.parents)])
            most = _length(own) - plain
            functions = (f for f in made if _length(f) <= most)
        way = _way(s, solved, x, functions, plain)
        if way is not None:
            yield way


def _solved(s: Searched, d: Derivation, j: int) -> Derivation | None:
    """Return a derivation solved for a parent, if that can be derived."""
    parents = tuple(d.target if i == j else i for i in d.parents)
    if j in s.above or not s.ordered[j] or any(s.depends(i, j) for i in parents):
        return None
    rule = inverse(d.rule, d.parents.index(j)) if s.steps[j] > 0 else None
    return None if rule is None else replace(d, target=j, parents=parents, rule=rule)


def _way(
    s: Searched, d: Derivation, x: Floats, functions: Iterable[Function], plain: bool
) -> Supported | None:
    """Return a target as the first function that makes all of it, rounded down or up."""
    step, parents = float(s.steps[d.target]), x[list(d.parents)]
    for function in functions:
        fold = _fold(np.round(x[d.target] / step) - function(parents))
        if fold is None or (plain and fold[1]):
            continue
        text = _written(s, d, function, *fold, step)
        rule = expressed(text, tuple(s.variables[i].name for i in d.parents))
        room = s.room(d.target, Rounding.NONE)
        return None if rule is None else judged(s, d.target, d.parents, rule, room)
    return None


def _over(rule: Function, step: float) -> Function:
    """Return a function in steps, with 119 rather than 118.99999999999999 in it."""

    def over(x: float) -> float:
        short = f"{x / step:.12g}"
        return float(short) if len(short) <= LONGEST else x / step

    if isinstance(rule, Linear):
        return Linear(over(rule.constant), np.array([over(w) for w in rule.weights]))
    return Product(over(rule.factor), rule.powers) if isinstance(rule, Product) else rule


def _functions(rule: Function, z: Floats, parents: Floats) -> Iterator[Function]:
    """Yield what may make z before it is rounded, without a constant, shortest numbers first."""
    found: list[Linear | None] | list[Product | None]
    if isinstance(rule, Linear):
        weights = [rule.weights, *_shortened(rule.weights)]
        if len(parents) == 1:
            weights += [np.array([w]) for w in _factors(z, parents[0])]
        found = [known(Linear, 0.0, w) for w in weights]
    elif isinstance(rule, Product):
        base = Product(1.0, rule.powers)(parents)
        factors = [rule.factor, *_factors(z, base)]
        found = [known(Product, w, rule.powers) for w in factors]
    else:
        return
    yield from sorted((f for f in found if f is not None), key=lambda f: (_length(f), digits_of(f)))


def _length(rule: Function) -> int:
    """Return how many digits the numbers of a function, or one over them, have."""
    numbers = (rule.constant, *rule.weights) if isinstance(rule, Linear) else ()
    numbers = (rule.factor,) if isinstance(rule, Product) else numbers
    return sum(min(_digits(x), _digits(1 / x)) for x in numbers if x)


def _digits(x: float) -> int:
    return len(f"{abs(x):.12g}".partition("e")[0].replace(".", "").strip("0"))


def _shortened(weights: Floats) -> Iterator[Floats]:
    """Yield weights of ever more digits, and those over which one has so many."""
    for digits in range(1, DIGITS + 1):
        yield round_to(weights, digits)
        yield 1.0 / round_to(1.0 / weights, digits)


def _factors(z: Floats, base: Floats) -> Iterator[float]:
    """Yield simple numbers that times `base` are rounded to z, or one over such."""
    z, base = z[base != 0], base[base != 0]
    for fold, added in PLAIN:
        low = z - added - (fold == "ceil")
        ends = np.sort([low / base, (low + 1) / base], axis=0)
        least, most = float(ends[0].max()), float(ends[1].min())
        if 0 < least * (1 + TINY) <= most * (1 - TINY):
            yield simplest(least, most)
            yield 1.0 / simplest(1.0 / most, 1.0 / least)


def _fold(left: Floats) -> tuple[str, float] | None:
    """Return how numbers are rounded to others, from which they are `left` away, if in one way."""
    low, high = float(left.max()) - TINY, float(left.min()) + 1
    for fold, added in PLAIN:
        # what is rounded down is no less than the number, what is rounded up no more
        down = low <= added < high - TINY
        if down if fold == "floor" else low + 2 * TINY < added + 1 <= high + TINY:
            return fold, added
    return ("floor", simplest(low + TINY, high - 2 * TINY)) if low < high - 4 * TINY else None


def _written(
    s: Searched, d: Derivation, function: Function, fold: str, added: float, step: float
) -> str:
    names = [v.name for v in s.variables]
    inner = words(replace(d, rule=function), names).partition(" = ")[2]
    sign = "-" if added < 0 else "+"
    more = f" {sign} {abs(added):.12g}" if added else ""
    return f"{fold}({inner}{more}){_times(step)}"


def _times(step: float) -> str:
    over = round(1 / step)
    if step == 1:
        return ""
    return f" / {over}" if abs(over * step - 1) < TINY else f" * {step:.12g}"
