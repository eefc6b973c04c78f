"""Marginals of numbers that are counted from elsewhere."""

from dataclasses import replace
from functools import singledispatch

from copulasynth.marginals._api import Marginal
from copulasynth.marginals.discrete import Discrete
from copulasynth.marginals.empirical import Empirical
from copulasynth.marginals.gpd import GpdTail
from copulasynth.marginals.hurdle import Hurdle
from copulasynth.marginals.kernel import Kernel
from copulasynth.marginals.mixture import NormalMixture
from copulasynth.marginals.parametric import Parametric
from copulasynth.marginals.pieces import Pieces
from copulasynth.marginals.rounded import Rounded
from copulasynth.marginals.spline import AtomSpline
from copulasynth.marginals.truncated import Truncated

__all__ = ["shifted"]

#: Families that have a place, and which of their parameters it is.
LOCATED = {"normal": 0, "uniform": 0, "student": 1, "johnson_su": 2, "beta": 2}


@singledispatch
def shifted(m: Marginal, by: float) -> Marginal:
    """Return the law of values to which a number is added.

    Raises
    ------
    ValueError
        If the law has no place of its own.

    Examples
    --------
    >>> import numpy as np
    >>> shifted(Discrete(np.array([0.0, 1.0]), np.array([0.5, 0.5])), 3.0).values.tolist()
    [3.0, 4.0]
    """
    raise ValueError(f"a marginal of kind {type(m).__name__} cannot count from elsewhere")


@shifted.register
def _(m: Discrete, by: float) -> Marginal:
    return Discrete(m.values + by, m.probabilities)


@shifted.register
def _(m: AtomSpline, by: float) -> Marginal:
    return replace(
        m, atoms=m.atoms + by, centre=m.centre + by, lower=m.lower + by, upper=m.upper + by
    )


@shifted.register
def _(m: Empirical, by: float) -> Marginal:
    return replace(
        m, atoms=m.atoms + by, points=m.points + by, lower=m.lower + by, upper=m.upper + by
    )


@shifted.register
def _(m: Kernel, by: float) -> Marginal:
    return replace(
        m, atoms=m.atoms + by, centre=m.centre + by, lower=m.lower + by, upper=m.upper + by
    )


@shifted.register
def _(m: Pieces, by: float) -> Marginal:
    return Pieces(tuple(shifted(b, by) for b in m.bases), m.shares, m.cuts + by)


@shifted.register
def _(m: Rounded, by: float) -> Marginal:
    if abs(by / m.step - round(by / m.step)) > 1e-9:
        raise ValueError("its numbers are on a grid")
    return Rounded(shifted(m.base, by), m.step)


@shifted.register
def _(m: Hurdle, by: float) -> Marginal:
    return Hurdle(m.zero + by, m.p, shifted(m.base, by))


@shifted.register
def _(m: Truncated, by: float) -> Marginal:
    return Truncated(shifted(m.base, by), m.lower + by, m.upper + by)


@shifted.register
def _(m: GpdTail, by: float) -> Marginal:
    return replace(m, body=shifted(m.body, by), threshold=m.threshold + by, cap=m.cap + by)


@shifted.register
def _(m: NormalMixture, by: float) -> Marginal:
    return NormalMixture(m.weights, tuple(shifted(c, by) for c in m.components))


@shifted.register
def _(m: Parametric, by: float) -> Marginal:
    if m.family not in LOCATED:
        raise ValueError(f"its law, {m.family}, begins at a number; fit it with 'spline'")
    params = list(m.params)
    params[LOCATED[m.family]] += by
    return replace(m, params=tuple(params), lower=m.lower + by, upper=m.upper + by)
