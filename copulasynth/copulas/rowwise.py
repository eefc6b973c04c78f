"""Rows of a copula that stay inside boxes of their own: drawn directly, or chosen by weight.

A copula that can draws such rows itself (:class:`RowWise`). Of others each row has m weighted
candidates, one of which is chosen in proportion to its weight (sampling importance resampling;
Rubin 1987, JASA 82, 543): their law tends to that of the copula as m grows. Candidates are the
copula's own (:class:`Completing`), or those of a t copula of the same correlations, weighted by the
ratio of the densities.
"""

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.random import Generator

from copulasynth._arrays import Floats, floats, open_unit
from copulasynth.copulas.api import Copula
from copulasynth.copulas.elliptical.correlation import shrunk
from copulasynth.copulas.elliptical.latent import correlation_of
from copulasynth.copulas.elliptical.sequential import choose, weighted_rows
from copulasynth.copulas.elliptical.student_fit import student_logpdf, t_quantile
from copulasynth.copulas.margins import unit_draw

__all__ = ["CANDIDATES", "Completing", "RowWise", "candidates", "choose_rows", "draw_rows"]

#: Candidates a row.
CANDIDATES = 64

#: Degrees of freedom of the t copula whose draws are candidates for others: its tails are heavier
#: than those of most, so that no weight is out of proportion.
DF = 8.0

#: Draws that show the correlations of a copula.
PILOT = 20_000


@runtime_checkable
class RowWise(Copula, Protocol):
    """A copula that draws rows inside boxes of their own."""

    def draw_rows(self, lower: Floats, upper: Floats, /, rng: Generator) -> Floats:
        """Draw one row u (d, n) with lower <= u <= upper, (d, n) each; equal bounds are points."""


@runtime_checkable
class Completing(Copula, Protocol):
    """A copula that draws weighted rows inside boxes of their own."""

    def candidates(
        self, lower: Floats, upper: Floats, m: int, /, rng: Generator
    ) -> tuple[Floats, Floats]:
        """Draw m weighted rows u (d, n, m) inside each box, and log weights (n, m).

        The mean of the weights estimates the density of the points of a box times the probability
        of its cells given these.
        """


def draw_rows(copula: Copula, lower: Floats, upper: Floats, rng: Generator) -> Floats:
    """Draw one row of a copula inside each box, u (d, n)."""
    if isinstance(copula, RowWise):
        return copula.draw_rows(lower, upper, rng)
    return choose_rows(copula, lower, upper, rng)


def choose_rows(copula: Copula, lower: Floats, upper: Floats, rng: Generator) -> Floats:
    """Choose one of the weighted candidates for each box, u (d, n)."""
    u, weight = candidates(copula, lower, upper, CANDIDATES, rng)
    return choose(u, weight, rng)


def candidates(
    copula: Copula, lower: Floats, upper: Floats, m: int, rng: Generator
) -> tuple[Floats, Floats]:
    """Draw m weighted rows of any copula inside each box, as :class:`Completing` says."""
    if isinstance(copula, Completing):
        return copula.candidates(lower, upper, m, rng)
    d, n = lower.shape
    pilot = t_quantile(DF, unit_draw(copula, PILOT, np.random.default_rng(0)))
    # a t law of the right correlations, moved a little off singular ones
    r = shrunk(correlation_of(pilot), PILOT, 0.01)[0]
    u, weight = weighted_rows(r, DF, lower, upper, m, rng)
    flat = open_unit(u.reshape(d, n * m).T)
    own = student_logpdf(t_quantile(DF, flat), floats(np.linalg.cholesky(r)), DF)
    weight += (copula.logpdf(flat) - own).reshape(n, m)
    return u, weight
