"""Splines with atoms of too few rows, whose rows become part of the smooth law again.

The law itself says where its rows are: at even steps of probability. The knots are fitted anew to
those that are on no atom any more, so that the probability of an atom stays where the atom was.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from copulasynth._arrays import Floats, floats
from copulasynth.marginals._knots import WINDOW, fit_knots, squeeze, tail_rows
from copulasynth.marginals.coarse.api import SHARE_DIGITS, Asked
from copulasynth.marginals.rounded import to_grid
from copulasynth.marginals.spline import AtomSpline

__all__ = ["AXIS_DIGITS", "SCORE_DIGITS", "refitted", "thinned"]

#: Decimals of points on an asinh axis and of normal scores.
AXIS_DIGITS, SCORE_DIGITS = 4, 4
#: Most rows by which a law says where it is.
MOST = 20_000


class End(NamedTuple):
    """The outermost rows at one end, coded as one value: from where, that value, their share."""

    inner: float
    value: float
    share: float


def refitted(m: AtomSpline, asked: Asked) -> tuple[AtomSpline, Floats]:
    """Return a spline without the atoms of too few rows, and the cells of the others."""
    n = int(np.clip(round(asked.rows), 1, MOST))
    x = m.quantile((np.arange(n) + 0.5) / n)
    x = to_grid(x, m.gap) if m.gap else x
    kept = ~asked.few(m.shares)
    low, high = _end(m, x, asked, up=False), _end(m, x, asked, up=True)
    inside = kept & (m.atoms > low.inner) & (m.atoms < high.inner)
    coded = [end for end in (low, high) if np.isfinite(end.value)]
    atoms = np.r_[m.atoms[inside], [end.value for end in coded]]
    shares = np.r_[m.shares[inside], [end.share for end in coded]]
    order = np.argsort(atoms)
    atoms, shares = atoms[order], np.round(shares[order], SHARE_DIGITS)
    rest = x[(x > low.inner) & (x < high.inner) & ~np.isin(x, atoms)]
    if not rest.size or asked.few(1.0 - float(shares.sum())):
        raise ValueError(f"fewer than {asked.k_min} rows lie between its values")
    lower = low.value if np.isfinite(low.value) else m.lower
    upper = high.value if np.isfinite(high.value) else m.upper
    made = _smooth(m, x, rest, replace(asked, lower=lower, upper=upper), atoms)
    first, last = np.r_[atoms], np.r_[atoms]
    for end, outer in ((low, m.lower), (high, m.upper)):
        at = atoms == end.value
        first[at], last[at] = sorted((end.inner, outer)) if at.any() else (0.0, 0.0)
    return replace(made, shares=shares), np.column_stack([first, last, atoms])


def _end(m: AtomSpline, x: Floats, asked: Asked, *, up: bool) -> End:
    """Return how rows are coded at one end if a value of too few rows is a bound there.

    So many rows as are enough go to their mean, or to an atom that is among them.
    """
    k = -1 if up else 0
    bound, natural = (m.upper, asked.upper) if up else (m.lower, asked.lower)
    if not m.atoms.size or bound != m.atoms[k] or bound == natural or not asked.few(m.shares[k]):
        return End(np.inf if up else -np.inf, np.nan, 0.0)
    share, j = 0.0, 0
    values = np.unique(x)[::-1] if up else np.unique(x)
    kept = m.atoms[~asked.few(m.shares)]
    for j, inner in enumerate(values):
        share = _beyond(m, float(inner), up)
        if inner in kept or not asked.few(share):
            break
    own = x[np.isin(x, values[: j + 1])]
    inner = float(values[j])
    value = inner if inner in kept else float(own.mean())
    return End(inner, float(to_grid(np.array([value]), m.gap)[0]) if m.gap else value, share)


def _beyond(m: AtomSpline, inner: float, up: bool) -> float:
    """Return the probability of a value and what is beyond it."""
    half = 0.5 * m.gap
    if up:
        return 1.0 - float(m.cell(np.array([inner - half]))[0][0])
    return float(m.cell(np.array([inner + half]))[1][0])


def _smooth(m: AtomSpline, x: Floats, rest: Floats, asked: Asked, atoms: Floats) -> AtomSpline:
    """Return the spline of the rows between atoms, within the bounds that are asked."""
    rows = rest
    if m.gap:
        values, counts = np.unique(x, return_counts=True)
        rows = tail_rows(values, counts, m.gap)
    cut = m.gap * len(atoms)
    low, high = asked.lower - 0.5 * m.gap, asked.upper + 0.5 * m.gap - cut
    found = fit_knots(squeeze(np.sort(rest), atoms, m.gap), low, high, (rows, rows - cut))
    behind = asked.rows * rest.size / x.size
    scores, knots = thinned(found.scores, found.values, behind, asked.k_min)
    tails = tuple(float(f"{t:.4g}") for t in found.tails)
    return replace(
        m,
        atoms=atoms,
        shares=np.full(len(atoms), 0.5 / max(len(atoms), 1)),
        scores=np.round(scores, SCORE_DIGITS),
        knots=np.round(knots, AXIS_DIGITS),
        centre=found.centre,
        scale=found.scale,
        tails=(tails[0], tails[1]),
        lower=asked.lower,
        upper=asked.upper,
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
