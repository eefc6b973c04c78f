"""Laws with parameters, and laws made of others."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from copulasynth._arrays import Endless, floats
from copulasynth.marginals._api import Marginal
from copulasynth.marginals.coarse.api import (
    NONE,
    SHARE_DIGITS,
    Asked,
    Coarse,
    coarse_marginal,
    given_to,
    outward,
    shares_of,
    short,
)
from copulasynth.marginals.count import Count
from copulasynth.marginals.discrete import Discrete
from copulasynth.marginals.gpd import GpdTail
from copulasynth.marginals.hurdle import Hurdle
from copulasynth.marginals.mixture import NormalMixture
from copulasynth.marginals.parametric import Parametric
from copulasynth.marginals.pieces import Pieces
from copulasynth.marginals.rounded import Rounded
from copulasynth.marginals.truncated import Truncated

#: Parameters get digits until no quantile moves by more than this part of the spread.
MOVED = 1e-3
#: Probabilities at which quantiles are compared.
PROBES = np.array([0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99])


@coarse_marginal.register
def _(m: Rounded, asked: Asked) -> Coarse:
    found = coarse_marginal(m.base, replace(asked, step=m.step))
    if isinstance(found.marginal, Discrete):
        return found
    return replace(found, marginal=Rounded(found.marginal, m.step))


@coarse_marginal.register
def _(m: Pieces, asked: Asked) -> Coarse:
    to = given_to(m.shares, asked.few(m.shares))
    if to[0] < 0:
        raise ValueError(f"no stretch of it has {asked.k_min} rows")
    kept = np.unique(to)
    shares = np.bincount(to, m.shares, len(to))[kept]
    found = [coarse_marginal(m.bases[k], asked.part(float(m.shares[k]))) for k in kept]
    ends = np.concatenate([np.flatnonzero(np.diff(to))])
    low = [f.marginal.quantile(np.array([1e-6, 1 - 1e-6])) for f in found]
    cuts = [
        _between(float(a[1]), float(b[0]), float(m.cuts[e]))
        for a, b, e in zip(low, low[1:], ends, strict=False)
    ]
    made = Pieces(tuple(f.marginal for f in found), shares_of(floats(shares)), np.array(cuts))
    lost = ~np.isin(np.arange(len(to)), kept)
    inner = sum(f.moved * float(m.shares[k]) for f, k in zip(found, kept, strict=True))
    cells = np.concatenate([NONE, *(f.cells for f in found)])
    dropped = int(lost.sum()) + sum(f.dropped for f in found)
    return Coarse(made, cells, dropped, float(m.shares[lost].sum()) + inner)


def _between(low: float, high: float, cut: float) -> float:
    """Return a point of the hole between two pieces with as few digits as the hole allows."""
    if not high > low:
        return cut
    near = _rounded(0.5 * (low + high), 0.1 * (high - low))
    return near if low < near < high else cut


def _rounded(x: float, room: float) -> float:
    return round(x, -int(np.floor(np.log10(room))))


@coarse_marginal.register
def _(m: Hurdle, asked: Asked) -> Coarse:
    if asked.few(m.p):
        found = coarse_marginal(m.base, asked)
        return replace(found, dropped=found.dropped + 1, moved=found.moved + m.p)
    if asked.few(1.0 - m.p):
        one = Discrete(np.array([m.zero]), np.ones(1))
        return Coarse(one, np.full((1, 3), m.zero), 1, 1.0 - m.p)
    found = coarse_marginal(m.base, _beside(m, asked))
    cells = np.concatenate([found.cells, np.full((1, 3), m.zero)])
    made = Hurdle(m.zero, round(m.p, SHARE_DIGITS), found.marginal)
    return replace(found, marginal=made, cells=cells[np.argsort(cells[:, 0])])


def _beside(m: Hurdle, asked: Asked) -> Asked:
    """Return what is asked of the law beside the atom, which is where that law ends."""
    low, high = m.base.quantile(np.array([1e-6, 1 - 1e-6]))
    lower = m.zero if low > m.zero else asked.lower
    upper = m.zero if high < m.zero else asked.upper
    return replace(asked.part(1.0 - m.p), lower=lower, upper=upper)


@coarse_marginal.register
def _(m: Truncated, asked: Asked) -> Coarse:
    found = coarse_marginal(m.base, asked)
    return replace(found, marginal=Truncated(found.marginal, *_reached(m, asked)))


def _reached(m: Truncated | Parametric, asked: Asked) -> tuple[Endless, Endless]:
    """Return the bounds of a law; one that is not natural, and few rows reach, moves outward."""
    ends = []
    quartiles = m.quantile(np.array([0.25, 0.75]))
    room = 0.25 * float(quartiles[1] - quartiles[0])
    for bound, up in ((m.lower, False), (m.upper, True)):
        kept = not np.isfinite(bound) or asked.natural(bound, up)
        ends.append(bound if kept else outward(bound, room, up))
    return ends[0], ends[1]


@coarse_marginal.register
def _(m: GpdTail, asked: Asked) -> Coarse:
    if asked.few(1.0 - float(m.body.cell(np.array([m.threshold]))[1][0])):
        return coarse_marginal(m.body, asked)
    found = coarse_marginal(m.body, asked)
    fixed = asked.natural(m.cap, True) or not np.isfinite(m.cap)
    cap = m.cap if fixed else outward(m.cap, m.sigma, True)

    def made(digits: int) -> Marginal:
        place, shape, scale = (short(v, digits) for v in (m.threshold, m.xi, m.sigma))
        return GpdTail(found.marginal, place, shape, scale, cap=cap)

    return replace(found, marginal=_fewest(made, m))


@coarse_marginal.register
def _(m: Parametric, asked: Asked) -> Coarse:
    _enough(asked)
    lower, upper = _reached(m, asked)

    def made(digits: int) -> Marginal:
        numbers = tuple(short(p, digits) for p in m.params)
        return replace(m, params=numbers, se=_unsaid(m.se), lower=lower, upper=upper)

    return Coarse(_fewest(made, m), NONE)


@coarse_marginal.register
def _(m: Count, asked: Asked) -> Coarse:
    _enough(asked)

    def made(digits: int) -> Marginal:
        numbers = tuple(short(p, digits) for p in m.params)
        return replace(m, params=numbers, se=_unsaid(m.se))

    return Coarse(_fewest(made, m), NONE)


@coarse_marginal.register
def _(m: NormalMixture, asked: Asked) -> Coarse:
    _enough(asked)
    kept = [k for k, w in enumerate(m.weights) if not asked.few(w)]
    if not kept:
        raise ValueError(f"no component of it has {asked.k_min} rows")
    weights = tuple(shares_of(np.array([m.weights[k] for k in kept])).tolist())
    parts = [coarse_marginal(m.components[k], asked.part(m.weights[k])).marginal for k in kept]
    lost = len(m.weights) - len(kept)
    return Coarse(NormalMixture(weights, tuple(parts)), NONE, lost)


def _unsaid(se: tuple[float, ...]) -> tuple[float, ...]:
    """Return standard errors with two digits."""
    return tuple(short(s, 2) for s in se)


def _enough(asked: Asked) -> None:
    if asked.few(1.0):
        raise ValueError(f"it has values in fewer than {asked.k_min} rows")


def _fewest(made: Callable[[int], Marginal], m: Marginal) -> Marginal:
    """Return the law of fewest digits whose quantiles are, nearly, those of m."""
    was = m.quantile(PROBES)
    spread = float(was[-1] - was[0]) or 1.0
    for digits in range(4, 16):
        try:
            found = made(digits)
        except ValueError:
            continue
        if (np.abs(found.quantile(PROBES) - was) <= MOVED * spread).all():
            return found
    return made(17)
