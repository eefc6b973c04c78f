"""What is worth fitting to a table of a given width, and how long it takes.

Times are a formula of the numbers of rows and variables, a n d + b n d^2 and so on, whose
constants were measured by ``validation/wide_tables.py`` on one core of a shared machine. They say
whether a fit takes seconds or minutes, and no more.
"""

import math
from typing import Any

from copulasynth import copulas
from copulasynth.copulas.api import CopulaKnobs

__all__ = ["WIDE", "WIDEST", "Candidate", "candidates", "expected_seconds", "knobs_for"]

#: A candidate of the search: its name, the knobs it is made of, and whether it is calibrated.
Candidate = tuple[str, str, bool]

#: Up to this many variables everything is tried.
WIDE = 60

#: Beyond this many only a Gaussian copula is.
WIDEST = 150

#: Quickest first, so that stopping early leaves something.
ALL: tuple[Candidate, ...] = (
    ("gaussian", "Gaussian", False),
    ("gaussian + calibration", "Gaussian", True),
    ("tree", "Tree", False),
    ("tree + calibration", "Tree", True),
    ("vine", "Vine", False),
    ("vine + calibration", "Vine", True),
    ("blend + calibration", "Blend", True),
)

#: Parents of a variable's trees in a wide table.
PARENTS = 12


def candidates(d: int) -> tuple[Candidate, ...]:
    """Return what is worth trying on d variables.

    Examples
    --------
    >>> [name for name, _, _ in candidates(100)]
    ['gaussian', 'gaussian + calibration', 'tree', 'vine']
    >>> [name for name, _, _ in candidates(300)]
    ['gaussian']
    """
    if d <= WIDE:
        return ALL
    if d <= WIDEST:
        return tuple(c for c in ALL if c[1] == "Gaussian" or not c[2])
    return ALL[:1]


def knobs_for(base: str, calibrated: bool, d: int) -> CopulaKnobs:
    """Return the knobs of a candidate, leaner ones for a wide table."""
    lean: dict[str, dict[str, Any]] = {"Tree": {"parents": PARENTS}, "Vine": {"truncation": 1}}
    made: CopulaKnobs = getattr(copulas, base)(**(lean.get(base, {}) if d > WIDE else {}))
    wrapped: CopulaKnobs = copulas.Calibrated(made) if calibrated else made
    return wrapped


def expected_seconds(knobs: CopulaKnobs, n: int, d: int) -> float:
    """Return about how many seconds of processor time a fit to n rows of d variables takes.

    Examples
    --------
    >>> expected_seconds(copulas.Gaussian(), 5000, 20) < expected_seconds(copulas.Vine(), 5000, 20)
    True
    """
    kind, cells = type(knobs).__name__, n * d
    made: Any = knobs
    if kind == "Calibrated":
        return expected_seconds(made.base, n, d) + _calibration(made, n, d)
    if kind == "Blend":
        return sum(expected_seconds(part, n, d) for part in made.parts)
    if kind == "Gaussian":
        return 2.5e-6 * cells + 1e-8 * cells * d
    if kind == "Student":
        return 1.0e-5 * cells + 4e-8 * cells * d
    if kind == "Mixture":
        return 1e-5 * cells + 2e-7 * cells * d
    if kind == "Tree":
        return 2e-6 * float(made.bags) * cells * math.sqrt(min(d, int(made.parents)))
    if kind == "Vine":
        return _vine(made, n, d)
    return 1e-8 * cells


def _vine(knobs: Any, n: int, d: int) -> float:
    """Foretell a vine: an edge weight for every pair, and an estimate for every edge."""
    from copulasynth.copulas.vine.fit import WIDE_DIM, levels_of

    trees = levels_of(knobs.truncation, d) or d - 1
    edges = sum(d - t for t in range(1, min(trees, d - 1) + 1))
    pairs = d * (d - 1) / 2
    weight = 1.1e-6 if d <= WIDE_DIM else 1.5e-7
    estimate = 2.4e-5 if knobs.families == "tll" else 1.2e-4
    return n * (weight * pairs + estimate * edges) + expected_seconds(copulas.Gaussian(), n, d)


def _calibration(knobs: Any, n: int, d: int) -> float:
    """Foretell a calibration: a table of every pair from a pool of draws, then the kept pairs."""
    pool = min(int(knobs.pool) * n, 100_000)
    pairs = d * (d - 1) / 2
    return 6e-9 * pool * pairs + 1e-8 * pool * min(pairs, int(knobs.pairs)) * int(knobs.sweeps)
