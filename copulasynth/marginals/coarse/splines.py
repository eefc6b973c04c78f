"""Splines with atoms of too few rows, whose rows become part of the smooth law again.

The probability of an atom stays where the atom was. Where it is little beside that of the smooth
law, the knots stay and their scores say what lies between them now. Where it is much, or a bound
goes with it, the law itself says where its rows are, at even steps of probability, and knots are
fitted anew to those that are on no atom any more.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from copulasynth._arrays import Bools, Floats, floats
from copulasynth.marginals._axis import from_axis, to_axis
from copulasynth.marginals._knots import WINDOW, fit_knots, squeeze
from copulasynth.marginals._tails import tail_rows
from copulasynth.marginals.coarse.api import SHARE_DIGITS, Asked, short
from copulasynth.marginals.rounded import to_grid
from copulasynth.marginals.spline import AtomSpline

__all__ = ["thinned", "with_knots", "without_few"]

#: Decimals of points on an asinh axis and of normal scores.
AXIS_DIGITS, SCORE_DIGITS = 4, 4
#: Most rows by which a law says where it is.
MOST = 20_000
#: Knots stay where atoms of few rows hold at most this part of what the smooth law does.
LITTLE = 0.25


class CodedEnd(NamedTuple):
    """The outermost rows at one end, coded as one value: from where, that value, their share."""

    inner: float
    value: float
    share: float


def without_few(m: AtomSpline, asked: Asked) -> tuple[AtomSpline, Floats]:
    """Return a spline without the atoms of too few rows, and the cells of the others.

    Raises
    ------
    ValueError
        If too few rows lie between those.
    """
    n = int(np.clip(round(asked.rows), 1, MOST))
    x = m.quantile((np.arange(n) + 0.5) / n)
    x = to_grid(x, m.gap) if m.gap else x
    low, high = _end(m, x, asked, up=False), _end(m, x, asked, up=True)
    few, rest = asked.few(m.shares), 1.0 - float(m.shares.sum())
    coded = [end for end in (low, high) if np.isfinite(end.value)]
    if not coded and m.shares[few].sum() <= LITTLE * rest:
        scores, knots = _rescored(m, few)
        if (np.diff(scores) > 0).all():
            bare = replace(m, atoms=m.atoms[~few], shares=m.shares[~few])
            behind = asked.rows * (1.0 - float(bare.shares.sum()))
            return with_knots(bare, scores, knots, behind, asked), np.column_stack([bare.atoms] * 3)
    return _refitted(m, x, asked, (low, high))


def _rescored(m: AtomSpline, few: Bools) -> tuple[Floats, Floats]:
    """Return scores and places of the knots of a law that takes back the atoms of few rows."""
    x = from_axis(m.knots, m.scale, m.centre)
    below = np.zeros(x.size)
    left = np.cumsum(~few)
    for k in np.flatnonzero(few):
        # the axis gets back the piece that was cut out around the atom
        above = x > m.atoms[k] - m.gap * (left[k] + 0.5)
        x = np.where(above, x + m.gap, x)
        below += m.shares[k] * above
    rest, moved = 1.0 - m.shares.sum(), m.shares[few].sum()
    whole = rest + moved
    lower = (rest * ndtr(m.scores) + below) / whole
    upper = (rest * ndtr(-m.scores) + moved - below) / whole
    scores = np.where(lower < 0.5, ndtri(lower), -ndtri(np.maximum(upper, ndtr(-9.0))))
    return np.round(scores, SCORE_DIGITS), to_axis(x, m.scale, m.centre)


def _refitted(
    m: AtomSpline, x: Floats, asked: Asked, ends: tuple[CodedEnd, CodedEnd]
) -> tuple[AtomSpline, Floats]:
    """Return a spline fitted anew to the rows of another that are on no atom any more."""
    low, high = ends
    inside = ~asked.few(m.shares) & (m.atoms > low.inner) & (m.atoms < high.inner)
    coded = [end for end in ends if np.isfinite(end.value)]
    atoms = np.r_[m.atoms[inside], [end.value for end in coded]]
    shares = np.r_[m.shares[inside], [end.share for end in coded]]
    order = np.argsort(atoms)
    atoms, shares = atoms[order], shares[order]
    rest = x[(x > low.inner) & (x < high.inner) & ~np.isin(x, atoms)]
    if not rest.size or asked.few(1.0 - float(shares.sum())):
        raise ValueError(f"fewer than {asked.k_min} rows lie between its values")
    lower = low.value if np.isfinite(low.value) else m.lower
    upper = high.value if np.isfinite(high.value) else m.upper
    bare = replace(m, atoms=atoms, shares=shares, lower=lower, upper=upper)
    cells = np.column_stack([atoms] * 3)
    for end, outer in ((low, m.lower), (high, m.upper)):
        cells[atoms == end.value, :2] = sorted((end.inner, outer))
    return _smooth(bare, x, rest, asked), cells


def _end(m: AtomSpline, x: Floats, asked: Asked, *, up: bool) -> CodedEnd:
    """Return how rows are coded at one end if a value of too few rows is a bound there.

    So many rows as are enough go to their mean, or to an atom that is among them.
    """
    k = -1 if up else 0
    bound, natural = (m.upper, asked.upper) if up else (m.lower, asked.lower)
    if not m.atoms.size or bound != m.atoms[k] or bound == natural or not asked.few(m.shares[k]):
        return CodedEnd(np.inf if up else -np.inf, np.nan, 0.0)
    kept = m.atoms[~asked.few(m.shares)]
    values = np.unique(x)[::-1] if up else np.unique(x)
    inner = next(v for v in map(float, values) if v in kept or not asked.few(_beyond(m, v, up)))
    own = x[x >= inner] if up else x[x <= inner]
    value, share = inner if inner in kept else float(own.mean()), _beyond(m, inner, up)
    if m.gap:
        value = float(to_grid(np.array([value]), m.gap)[0])
        # the bound itself is a value of too few rows
        value = min(value, bound - m.gap) if up else max(value, bound + m.gap)
    return CodedEnd(inner, value, share)


def _beyond(m: AtomSpline, inner: float, up: bool) -> float:
    """Return the probability of a value and what is beyond it."""
    half = 0.5 * m.gap
    if up:
        return 1.0 - float(m.cell(np.array([inner - half]))[0][0])
    return float(m.cell(np.array([inner + half]))[1][0])


def _smooth(m: AtomSpline, x: Floats, rest: Floats, asked: Asked) -> AtomSpline:
    """Return the spline of the rows between atoms, out of all of x, within its bounds."""
    rows = rest
    if m.gap:
        values, counts = np.unique(x, return_counts=True)
        rows = tail_rows(values, counts, m.gap)
    cut = m.gap * len(m.atoms)
    low, high = m.lower - 0.5 * m.gap, m.upper + 0.5 * m.gap - cut
    found = fit_knots(squeeze(np.sort(rest), m.atoms, m.gap), low, high, (rows, rows - cut))
    bare = replace(m, centre=found.centre, scale=found.scale, tails=found.tails)
    behind = asked.rows * rest.size / x.size
    return with_knots(bare, found.scores, found.values, behind, asked)


def with_knots(
    m: AtomSpline, scores: Floats, knots: Floats, rows: float, asked: Asked
) -> AtomSpline:
    """Return a spline with other knots, which so many rows are behind, and with few digits."""
    scores, knots = thinned(scores, knots, rows, asked.k_min)
    return replace(
        m,
        shares=np.round(m.shares, SHARE_DIGITS),
        scores=np.round(scores, SCORE_DIGITS),
        knots=np.round(knots, AXIS_DIGITS),
        tails=(short(m.tails[0]), short(m.tails[1])),
    )


def thinned(scores: Floats, knots: Floats, rows: float, k_min: int) -> tuple[Floats, Floats]:
    """Join knots, each a mean of neighbouring rows, until each is one of enough of them.

    Knots beyond the rows, of a fitted tail, are thinned alike.
    """
    if k_min <= WINDOW or scores.size < 2:
        return scores, knots
    every = -(-k_min // WINDOW)
    start = np.arange(0, max(scores.size - every + 1, 1), every)
    size = np.diff(np.r_[start, scores.size])
    return (
        floats(np.add.reduceat(scores, start) / size),
        floats(np.add.reduceat(knots, start) / size),
    )
