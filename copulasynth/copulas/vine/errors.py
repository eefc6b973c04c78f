"""Standard errors of the pair copulas of a vine, tree by tree."""

from collections.abc import Iterator

import numpy as np

from copulasynth._arrays import Floats, open_unit
from copulasynth.copulas.vine.pairs import NONPARAMETRIC, Bicop, fortran
from copulasynth.copulas.vine.structure import Structure, sources


def pair_data(
    structure: Structure, bicops: list[list[Bicop]], u: Floats
) -> Iterator[tuple[int, int, Floats]]:
    """Yield (tree, edge, (n, 2) pseudo-observations) for every pair copula of a vine."""
    source = sources(structure)
    own = {j: u[:, v - 1] for j, v in enumerate(structure.order)}
    companion: dict[int, Floats] = {}
    for t, row in enumerate(bicops):
        next_own, next_companion = {}, {}
        for j, bicop in enumerate(row):
            is_own, m = source[t, j]
            pair = open_unit(fortran(own[j], own[m] if is_own else companion[m]))
            pair = np.asfortranarray(pair)
            yield t, j, pair
            if t + 1 < len(bicops):
                next_own[j] = bicop.hfunc2(pair)
                next_companion[j] = bicop.hfunc1(pair)
        own, companion = next_own, next_companion


def stepwise_errors(
    structure: Structure, bicops: list[list[Bicop]], u: Floats, *, wanted: bool
) -> list[list[tuple[float, ...]]]:
    """Return standard errors from the observed information of each pair's own likelihood.

    They take the pseudo-observations of the tree as given, which is what step-wise estimation
    maximises; Stoeber & Schepsmeier (2013), Computational Statistics 28, show what the lower
    trees add. Nonparametric pairs and estimates at the end of their range get none, and nobody does
    where they are not wanted.
    """
    out: list[list[tuple[float, ...]]] = [[() for _ in row] for row in bicops]
    families = {b.family.name for row in bicops for b in row}
    if wanted and families - {*NONPARAMETRIC, "indep"}:
        for t, j, pair in pair_data(structure, bicops, u):
            out[t][j] = _errors(bicops[t][j], pair)
    return out


def _errors(bicop: Bicop, pair: Floats) -> tuple[float, ...]:
    if bicop.family.name in (*NONPARAMETRIC, "indep"):
        return ()
    p = bicop.parameters.ravel()
    lower, upper = bicop.parameters_lower_bounds.ravel(), bicop.parameters_upper_bounds.ravel()
    if (np.minimum(p - lower, upper - p) <= 1e-6 * (upper - lower)).any():
        return ()
    information = -len(pair) * np.asarray(bicop.hessian(pair))
    if not np.isfinite(information).all() or np.linalg.eigvalsh(information).min() <= 0.0:
        return ()
    return tuple(float(v) for v in np.sqrt(np.diag(np.linalg.inv(information))))
