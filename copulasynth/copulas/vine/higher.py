"""Trees beyond those of the chosen families: Gaussian pair copulas where BIC asks for them.

Brechmann, Czado & Aas (2012), Truncated regular vines in high dimensions with application to
financial data, Canadian Journal of Statistics 40, 68-85: a vine is truncated if its higher trees
are independent, and simplified if they are Gaussian.
"""

import warnings
from typing import Any

import numpy as np
import pyvinecopulib as pv
from scipy.special import ndtri

from copulasynth._arrays import Floats, open_unit
from copulasynth.copulas.vine.copula import VineCopula
from copulasynth.copulas.vine.errors import pair_data
from copulasynth.copulas.vine.pairs import FAMILIES, Bicop
from copulasynth.copulas.vine.structure import Engine, Structure, structure_of
from copulasynth.errors import FitWarning

__all__ = ["largest_loss", "say_what_is_lost", "simplified"]

#: Rows that are drawn to see what a truncated vine has lost.
DRAWN = 10_000
#: Standard errors of a correlation, 1 / sqrt(n), beyond which a loss is one.
NOISE = 4.0
#: Closed estimates; a pair that BIC does not support is independent.
_GAUSSIAN: dict[str, Any] = {
    "family_set": [FAMILIES["indep"], FAMILIES["gaussian"]],
    "parametric_method": "itau",
    "selection_criterion": "bic",
}


def simplified(
    engine: Engine,
    u: Floats,
    levels: int,
    whole: Structure | None,
    own: pv.core.FitControlsBicop,
) -> Engine:
    """Return a vine of `levels` trees with Gaussian pair copulas in all trees beyond them.

    Parameters
    ----------
    engine
        The vine of the first trees.
    u : (n, d) float64
    levels : int
    whole : Structure, optional
        All trees, where they are known; else chosen by Kendall's tau.
    own
        How a pair copula of the first trees is fitted: an edge whose variables the longer
        structure has in the other order is fitted again.
    """
    first = structure_of(engine.structure, levels)
    structure = _extended(first, u) if whole is None else whole
    known = {
        _edge(first, t, j): bicop
        for t, row in enumerate(engine.pair_copulas)
        for j, bicop in enumerate(row)
    }
    rows: list[list[Bicop]] = [
        [known.get(_edge(structure, t, j), pv.core.Bicop()) for j in range(len(row))]
        for t, row in enumerate(structure.array)
    ]
    gaussian = pv.core.FitControlsBicop(**_GAUSSIAN)
    for t, j, pair in pair_data(structure, rows, u):
        if _edge(structure, t, j) not in known:
            rows[t][j].select(pair, own if t < levels else gaussian)
    while len(rows) > levels and all(b.family.name == "indep" for b in rows[-1]):
        rows.pop()
    shorter = structure.truncated(len(rows))
    return pv.core.Vinecop.from_structure(structure=shorter.engine(), pair_copulas=rows)


def _extended(first: Structure, u: Floats) -> Structure:
    """Return a structure whose first trees are those of `first`."""
    vine = pv.core.Vinecop.from_structure(structure=first.engine())
    vine.select(u, pv.core.FitControlsVinecop(tree_criterion="tau", **_GAUSSIAN))
    return structure_of(vine.structure, first.dim - 1)


def _edge(structure: Structure, t: int, j: int) -> tuple[tuple[int, int], tuple[int, ...]]:
    return structure.conditioned(t, j), structure.conditioning(t, j)


def largest_loss(engine: Engine, u: Floats) -> tuple[float, tuple[int, int]]:
    """Return the largest difference of a correlation of normal scores, and the pair.

    Between the rows that a vine was fitted to and its draws, which are always the same ones.
    """
    drawn = np.asarray(engine.sample(DRAWN, seeds=[1, 2, 3, 4, 5]))
    own, theirs = (np.corrcoef(ndtri(open_unit(x)), rowvar=False) for x in (u, drawn))
    lost = own - theirs
    j, k = np.unravel_index(int(np.argmax(np.abs(lost))), lost.shape)
    return float(lost[j, k]), (int(min(j, k)), int(max(j, k)))


def say_what_is_lost(vine: VineCopula) -> None:
    """Warn of a loss beyond noise where a rule, and not the user, left out trees."""
    d, levels = vine.dim, len(vine.array)
    if abs(vine.lost) > NOISE / np.sqrt(max(vine.n_obs, 1)):
        first, second = vine.lost_pair
        warnings.warn(
            f"a vine of {d} variables is truncated after tree {levels}: of {d * (d - 1) // 2} pair "
            f"copulas the strongest {sum(map(len, vine.array))} are fitted. What it costs: the "
            f"correlation of variables {first} and {second} (from 0) is off by {vine.lost:.2f} on "
            "the scale of normal scores. Give truncation= for more.",
            FitWarning,
            stacklevel=4,
        )
