"""Steps of what a number was before it was rounded: the class of a body-mass index.

Where a table prints 24.96 as 25.0, the class may say what the printed number does not. It is a
step function of what the number is made from.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from copulasynth.rules.identity import lookups
from copulasynth.rules.identity.contrast import Contrast
from copulasynth.rules.identity.excepted import FEWEST
from copulasynth.rules.identity.kinds import Derivation, Function, Linear, Product, inverse
from copulasynth.rules.identity.searched import Searched, Supported, judged
from copulasynth.rules.identity.wording import words

__all__ = ["stepped_as", "unrounded"]


def unrounded(s: Searched, j: int, printed: Sequence[int], tries: float) -> Supported | None:
    """Return j as steps of what one of some printed numbers was before it was rounded."""
    names = [v.name for v in s.variables]
    for d in _made(s, printed):
        if not s.depends(d.target, j) and not any(s.depends(i, j) for i in d.parents):
            text = words(d, names).partition(" = ")[2]
            hit = stepped_as(s, j, d.parents, d.rule, f"steps of {text}", tries)
            if hit is not None and hit.told - hit.obey < FEWEST:
                return hit
    return None


def _made(s: Searched, printed: Sequence[int]) -> Iterator[Derivation]:
    """Yield what makes printed numbers from others, whatever member of a relation is derived."""
    for d in s.relations:
        if not isinstance(d.rule, Linear | Product) or not s.clocks.keys().isdisjoint(d.parents):
            continue
        for i in {d.target, *d.parents}.intersection(printed):
            if i == d.target:
                yield d
                continue
            solved = inverse(d.rule, d.parents.index(i))
            if solved is not None:
                parents = tuple(d.target if k == i else k for k in d.parents)
                yield replace(d, target=i, parents=parents, rule=solved)


def stepped_as(
    s: Searched, j: int, parents: Sequence[int], function: Function, text: str, tries: float
) -> Supported | None:
    """Return j as a step function of a function of parents, if it is one and no chance."""
    rows = s.known((j, *parents))
    if not s.enough(rows.size, j):
        return None
    a, levels = function(s.x[rows[:, None], list(parents)].T), int(s.distinct[j])
    rule = lookups.lookup(a, s.x[rows, j], True, levels, tries)
    if rule is None or not 0 < len(rule.edges) <= 2 * (levels - 1):
        return None
    return judged(s, j, parents, Contrast(text, function, lookups.rounded(rule, a, 0.0)))
