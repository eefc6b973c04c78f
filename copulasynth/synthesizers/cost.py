"""How long a method takes: seconds of processor time to fit n rows of d variables.

A formula of the numbers of rows and variables, a n d + b n d^2 and so on, whose constants were
measured by ``validation/wide_tables.py`` on one core of a shared machine, without the marginals.
They say whether a fit takes seconds or minutes, and no more. The registry names the formula of
each method; what is made of others asks for their seconds there.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copulasynth.copulas import Calibrated, Tree, Vine

__all__ = [
    "Cost",
    "calibration",
    "growing",
    "marginals",
    "margins",
    "reading",
    "tree",
    "vine",
]

# Measured by validation/benchmarks/clock.py.
#: Seconds of a table, a cell and a pair; of a cell and of a column of many numbers; of a variable.
READING, MARGINALS, MARGINS = (0.02, 1.5e-6, 2e-4), (1e-6, 0.06), 0.01

#: From the knobs and the numbers of rows and variables to seconds.
Cost = Callable[..., float]


def growing(by_cell: float, by_pair: float = 0.0) -> Cost:
    """Return the cost of a method that looks at every cell, and at every pair of variables.

    Examples
    --------
    >>> growing(1e-6, 1e-8)(None, 1000, 10)
    0.011
    """
    return lambda _, n, d: by_cell * n * d + by_pair * n * d * d


def reading(n: int, d: int) -> float:
    """Foretell columns and rules: every cell is read, and pairs are looked at for rules."""
    return READING[0] + n * d * READING[1] + d * d * READING[2]


def marginals(n: int, d: int, numbers: int) -> float:
    """Foretell marginals: of every variable, and families tried for columns of many numbers."""
    return n * d * MARGINALS[0] + numbers * MARGINALS[1]


def margins(d: int) -> float:
    """Foretell the evening of margins: draws that are looked at where their states say so."""
    return d * MARGINS


def tree(knobs: "Tree", n: int, d: int) -> float:
    """Foretell trees: every bag looks at the parents of every variable."""
    return 2e-6 * knobs.bags * n * d * math.sqrt(min(d, knobs.parents))


def vine(knobs: "Vine", n: int, d: int) -> float:
    """Foretell a vine: an edge weight for every pair, and an estimate for every edge."""
    # the engine loads with it
    from copulasynth.copulas.vine.fit import WIDE_DIM, levels_of

    trees = levels_of(knobs.truncation, d) or d - 1
    edges = sum(d - t for t in range(1, min(trees, d - 1) + 1))
    weight = 1.1e-6 if d <= WIDE_DIM else 1.5e-7
    estimate = 2.4e-5 if knobs.families == "tll" else 1.2e-4
    scores = 2.5e-6 * n * d + 1e-8 * n * d * d
    return n * (weight * d * (d - 1) / 2 + estimate * edges) + scores


def calibration(knobs: "Calibrated", n: int, d: int) -> float:
    """Foretell a calibration: a table of every pair from a pool of draws, then the kept pairs."""
    pool = min(knobs.pool * n, 100_000)
    pairs = d * (d - 1) / 2
    return 6e-9 * pool * pairs + 1e-8 * pool * min(pairs, knobs.pairs) * knobs.sweeps
