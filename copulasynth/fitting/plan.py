"""What is worth fitting to a table of a given size, and how long it takes: the one clock.

A formula a method stands in the registry; here is what a whole search takes.
"""

from collections.abc import Iterable
from typing import cast

from copulasynth.copulas import Blend, Calibrated, CopulaKnobs
from copulasynth.synthesizers.registry import METHODS, expected_seconds

__all__ = ["FEWEST", "HALF", "WIDE", "WIDEST", "candidates", "expected", "foretold", "too_few"]

#: Up to this many variables everything is tried.
WIDE = 60

#: Beyond this many only the cheapest copula is.
WIDEST = 150

#: Rows of each half that a search judges on: the standard error of one C2ST is then about .008.
HALF = 2500

#: Fewer rows than this cannot tell candidates apart.
FEWEST = 200

#: Seconds a candidate needs for each variable beside its copula: marginals, and two judges.
BESIDE = 0.25


def candidates(d: int) -> list[tuple[str, CopulaKnobs]]:
    """Return what is worth trying on d variables, cheapest first.

    So stopping early leaves something. On a wide table knobs are leaner, and only the cheapest
    copula is calibrated.

    Examples
    --------
    >>> [name for name, _ in candidates(100)]
    ['gaussian', 'gaussian + calibration', 'tree', 'vine']
    >>> [name for name, _ in candidates(300)]
    ['gaussian']
    """
    # on a table of ten columns, so that the order is the same for all
    costs = {m: expected_seconds(m.make(), HALF, 10) for m in METHODS if m.tried}
    tried = sorted(costs, key=lambda m: costs[m])
    if d > WIDEST:
        tried = tried[:1]
    elif d > WIDE:
        tried = [m for m in tried if m.where == tried[0].where or not m.calibrated]
    made = [m.leaner() if d > WIDE else m.make() for m in tried]
    return [(m.name, cast("CopulaKnobs", knobs)) for m, knobs in zip(tried, made, strict=True)]


def too_few(n: int, d: int) -> str:
    """Return why a search has nothing to choose, or nothing."""
    if n < FEWEST:
        return f"{n} rows are too few to choose on (fewer than {FEWEST})"
    if d < 2:
        return f"{d} variables have no dependence to choose"
    if d > WIDEST:
        return f"{d} variables are too wide to try several (more than {WIDEST})"
    return ""


def expected(made: object | None, n: int, d: int) -> float:
    """Return about how many seconds a fit to n rows of d variables takes; None is a search.

    Examples
    --------
    >>> expected(Blend(), 5000, 20) < expected(None, 5000, 20)
    True
    """
    if made is not None:
        return expected_seconds(made, n, d)
    tried = [knobs for _, knobs in candidates(d)]
    if too_few(n, d):
        return expected_seconds(tried[0], n, d)
    last = max(expected_seconds(knobs, n, d) for knobs in tried)
    return sum(foretold(tried, min(n // 2, HALF), d)) + last


def foretold(tried: Iterable[CopulaKnobs], n: int, d: int) -> list[float]:
    """Return about how long each candidate takes, given that shared parts are fitted once."""
    known: set[CopulaKnobs] = set()
    out = []
    for made in tried:
        parts = _parts(made)
        spared = sum(expected_seconds(p, n, d) for p in parts if p in known)
        out.append(expected_seconds(made, n, d) - spared + BESIDE * d)
        known.update(parts)
    return out


def _parts(made: CopulaKnobs) -> list[CopulaKnobs]:
    """Return the knobs that a candidate is made of."""
    if isinstance(made, Calibrated):
        return _parts(made.base)
    if isinstance(made, Blend):
        return [leaf for part in made.parts for leaf in _parts(part)]
    return [made]
