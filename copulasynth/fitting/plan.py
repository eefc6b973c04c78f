"""What a search tries on a table of a given size, and how long each candidate takes."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from copulasynth.copulas import CopulaKnobs
from copulasynth.fitting.rule import FEWEST, WIDE, WIDEST, leaf_of
from copulasynth.synthesizers.registry import METHODS, Method, expected_seconds, row_of

if TYPE_CHECKING:
    from copulasynth.copulas import Blend, Calibrated

__all__ = ["HALF", "candidates", "foretold", "too_few"]

#: Rows of each half that a search judges on: the standard error of one C2ST is then about .008.
HALF = 2500

#: Seconds a candidate needs for each variable beside its copula: marginals, and two judges.
BESIDE = 0.25


def candidates(n: int, d: int) -> list[tuple[str, CopulaKnobs]]:
    """Return what is worth trying on n rows of d variables, cheapest first.

    So stopping early leaves something. Trees have the leaves that the rule of "auto" gives them. On
    a wide table knobs are leaner, and only the cheapest copula is calibrated.

    Examples
    --------
    >>> [name for name, _ in candidates(5000, 100)]
    ['gaussian', 'tree', 'gaussian + calibration', 'vine']
    >>> [name for name, _ in candidates(5000, 300)]
    ['gaussian']
    """
    # on a table of ten columns, so that the order is the same for all
    costs = {m: expected_seconds(m.make(), HALF, 10) for m in METHODS if m.tried}
    tried = sorted(costs, key=lambda m: costs[m])
    if d > WIDEST:
        tried = tried[:1]
    elif d > WIDE:
        tried = [m for m in tried if m.where == tried[0].where or not m.calibrated]
    return [(m.name, cast("CopulaKnobs", _made(m, n, d))) for m in tried]


def _made(method: Method, n: int, d: int) -> Any:
    return _grown(method.leaner() if d > WIDE else method.make(), *leaf_of(n, d))


def _grown(made: Any, leaf: int, group: int) -> Any:
    """Return knobs whose trees have leaves of the size of the rule."""
    name = row_of(made).name
    if name == "tree":
        return replace(made, leaf=leaf, group=group)
    if row_of(made).calibrated:
        return replace(made, base=_grown(made.base, leaf, group))
    if name == "blend":
        return replace(made, parts=tuple(_grown(part, leaf, group) for part in made.parts))
    return made


def too_few(n: int, d: int) -> str:
    """Return why a search has nothing to choose, or nothing."""
    if n < FEWEST:
        return f"{n} rows are too few to choose on (fewer than {FEWEST})"
    if d < 2:
        return f"{d} variables have no dependence to choose"
    if d > WIDEST:
        return f"{d} variables are too wide to try several (more than {WIDEST})"
    return ""


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
    row = row_of(made)
    if row.calibrated:
        return _parts(cast("Calibrated", made).base)
    if row.name == "blend":
        return [leaf for part in cast("Blend", made).parts for leaf in _parts(part)]
    return [made]
