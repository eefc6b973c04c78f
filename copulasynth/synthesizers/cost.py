"""How long a method takes: seconds of processor time to fit n rows of d variables.

Formulas of the numbers of rows and variables, whose constants were measured on one core: those of a
default fit by ``validation/benchmarks/clock.py``, which fits them to what it measured, others by
``validation/wide_tables.py``, without the marginals. They are seconds of the machine on which they
were measured; `copulasynth.fitting.clock` turns them into those of another. The registry names the
formula of each method; what is made of others asks for their seconds there.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copulasynth.copulas import Calibrated, Tree, Vine

__all__ = [
    "FEATURES",
    "Cost",
    "calibration",
    "gaussian",
    "growing",
    "marginals",
    "margins",
    "reading",
    "tree",
    "vine",
]

#: From the knobs and the numbers of rows and variables to seconds.
Cost = Callable[..., float]

# Constants of a default fit, one for each feature of `FEATURES`.
READING = (1.2e-2, 9.9e-7, 1.2e-2)
MARGINALS = (9.3e-3, 3.5e-2, 1.3e-6)
GAUSSIAN = (4e-6, 2e-8)
TREE = (1.1e-2, 1.3e-4, 7.8e-7)
CALIBRATION = (4.4e-2, 2.8e-8, 7.3e-9)
#: Seconds a variable of the draws by which margins are made even, by what is drawn from.
MARGINS = {"calibrated": (8.2e-2,), "plain": (2e-2,)}


def growing(by_cell: float, by_pair: float = 0.0) -> Cost:
    """Return the cost of a method that looks at every cell, and at every pair of variables.

    Examples
    --------
    >>> growing(1e-6, 1e-8)(None, 1000, 10)
    0.011
    """
    return lambda _, n, d: by_cell * n * d + by_pair * n * d * d


def _reading(n: int, d: int) -> tuple[float, ...]:
    """Return one table, its cells and its variables; nobody knows yet how many rules there are."""
    return 1, n * d, d


def _marginals(n: int, d: int, numbers: int) -> tuple[float, ...]:
    """Return variables, columns for which families are tried, and their values."""
    return d, numbers, n * numbers


def _gaussian(n: int, d: int) -> tuple[float, ...]:
    """Return cells, and products of cells of a row."""
    return n * d, n * d * d


def _tree(n: int, d: int, knobs: "Tree") -> tuple[float, ...]:
    """Return variables that are drawn from, what trees look at, and the rows that they look at."""
    looks = knobs.bags * d * math.sqrt(min(d, knobs.parents))
    return d, looks, n * looks


def _calibration(n: int, d: int, knobs: "Calibrated") -> tuple[float, ...]:
    """Return variables that are drawn, tables of a pool of draws, and sweeps over those kept."""
    pool, pairs = min(knobs.pool * n, 100_000), d * (d - 1) / 2
    return d, pool * pairs, pool * min(pairs, knobs.pairs) * knobs.sweeps


def _margins(d: int) -> tuple[float, ...]:
    """Return variables that are drawn."""
    return (d,)


#: What the seconds of a stage grow with: features, by the name of their constants.
FEATURES: dict[str, Callable[..., tuple[float, ...]]] = {
    "READING": _reading,
    "MARGINALS": _marginals,
    "GAUSSIAN": _gaussian,
    "TREE": _tree,
    "CALIBRATION": _calibration,
    "MARGINS": _margins,
}


def _sum(constants: tuple[float, ...], features: tuple[float, ...]) -> float:
    return sum(c * f for c, f in zip(constants, features, strict=True))


def reading(n: int, d: int) -> float:
    """Foretell columns and rules."""
    return _sum(READING, _reading(n, d))


def marginals(n: int, d: int, numbers: int) -> float:
    """Foretell marginals."""
    return _sum(MARGINALS, _marginals(n, d, numbers))


def margins(d: int, *, calibrated: bool) -> float:
    """Foretell the evening of margins, as if rules or gaps gave cause for it."""
    return _sum(MARGINS["calibrated" if calibrated else "plain"], _margins(d))


def gaussian(_: object, n: int, d: int) -> float:
    """Foretell latent scores and their correlations."""
    return _sum(GAUSSIAN, _gaussian(n, d))


def tree(knobs: "Tree", n: int, d: int) -> float:
    """Foretell trees: every bag looks at the parents of every variable; then a pilot is drawn."""
    return _sum(TREE, _tree(n, d, knobs))


def vine(knobs: "Vine", n: int, d: int) -> float:
    """Foretell a vine: an edge weight for every pair, and an estimate for every edge."""
    # the engine loads with it
    from copulasynth.copulas.vine.fit import WIDE_DIM, levels_of, simplifies

    trees = levels_of(knobs.truncation, d) or d - 1
    edges = sum(d - t for t in range(1, min(trees, d - 1) + 1))
    weight = 1.1e-6 if d <= WIDE_DIM else 1.5e-7
    estimate = 2.4e-5 if knobs.families == "tll" else 1.2e-4
    scores = 2.5e-6 * n * d + 1e-8 * n * d * d
    # an h-function or two of every pair copula, and a closed estimate
    gaussian = 2.5e-6 * d * (d - 1) / 2 if simplifies(knobs, d) else 0.0
    return n * (weight * d * (d - 1) / 2 + estimate * edges + gaussian) + scores


def calibration(knobs: "Calibrated", n: int, d: int) -> float:
    """Foretell a calibration: a table of every pair from a pool of draws, then the kept pairs."""
    return _sum(CALIBRATION, _calibration(n, d, knobs))
