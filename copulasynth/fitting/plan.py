"""What a search tries on a table of a given size, and how long each candidate takes."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from copulasynth.copulas import CopulaKnobs
from copulasynth.fitting.rule import FEWEST, WIDE, WIDEST
from copulasynth.synthesizers.registry import METHODS, expected_seconds, row_of

if TYPE_CHECKING:
    from copulasynth.copulas import Blend, Calibrated

__all__ = ["HALF", "candidates", "foretold", "too_few"]

#: Rows of each half that a search judges on: the standard error of one C2ST is then about .008.
HALF = 2500

#: Seconds a candidate needs for each variable beside its copula: marginals, and two judges.
BESIDE = 0.25


def candidates(d: int) -> list[tuple[str, CopulaKnobs]]:
    """Return what is worth trying on d variables, cheapest first.

    So stopping early leaves something. On a wide table knobs are leaner, and only the cheapest
    copula is calibrated.

    Examples
    --------
    >>> [name for name, _ in candidates(100)]
    ['gaussian', 'tree', 'gaussian + calibration', 'vine']
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
