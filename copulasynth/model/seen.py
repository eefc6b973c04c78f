"""Marginals of coordinates that are looked at in some rows only: they hold among those.

The amount of a claim is a coordinate of every drawn row, but is looked at only where there is a
claim; an income only where its state says that it is there. Its marginal is that of the rows with
claims; drawn everywhere and looked at there, its law is another as soon as the copula has the
amount depend on there being a claim, which no row of the table speaks of. So rows are drawn once,
and the probabilities at which a coordinate stands among the rows in which it is looked at are made
even. Rows that are drawn again because they break a rule are looked at nowhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from copulasynth._arrays import Floats, freeze, open_unit
from copulasynth.marginals import Marginal
from copulasynth.model.joint_law import JointLaw

__all__ = ["DRAWS", "Even", "evened"]

#: Rows drawn, fewest in which a coordinate must be seen, and knots of what makes it even.
DRAWS, FEWEST, KNOTS = 2**16, 1000, 128

#: Share of rows that are drawn again, from which on what is left of every marginal is made even.
REJECTED = 0.005

#: Laws that differ less than this, in probability, are left alone: the noise of so many draws.
NEAR = 2.0

#: Parts that decide may be looked at in some rows only themselves: so often all are made even.
ROUNDS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Even:
    """A marginal behind a map of probabilities.

    Attributes
    ----------
    base : Marginal
    knots : (k,) float64
        Distribution function, at equal steps of probability, of where the copula puts the
        coordinate in the rows in which it is looked at.
    """

    base: Marginal
    knots: Floats

    def __post_init__(self) -> None:
        freeze(self, "knots")
        k = self.knots
        if k.ndim != 1 or k.size < 2 or k[0] != 0.0 or k[-1] != 1.0 or not (np.diff(k) > 0).all():
            raise ValueError("knots must rise from 0 to 1")

    def cell(self, x: Floats, /) -> tuple[Floats, Floats]:
        """Return the probabilities between which the copula draws each value, (n,) each."""
        even = np.linspace(0.0, 1.0, self.knots.size)
        lower, upper = self.base.cell(x)
        return np.interp(lower, self.knots, even), np.interp(upper, self.knots, even)

    def quantile(self, u: Floats, /) -> Floats:
        """Return the values at probabilities of the copula, (n,)."""
        even = np.linspace(0.0, 1.0, self.knots.size)
        return self.base.quantile(open_unit(np.interp(u, even, self.knots)))


def evened(law: JointLaw, rng: np.random.Generator, draws: int = DRAWS) -> JointLaw:
    """Return a law whose coordinates have their marginals where they are looked at.

    `draws` rows tell where that is.

    Where that is, states and rules say: what rules split a row of variables into has no value
    elsewhere, and rows that break a rule are drawn again.
    """
    gated = [k for k, j in enumerate(law.free) if j >= law.dim or law.following.states[j] >= 0]
    rejects = law.following.rejects
    rounds = ROUNDS if law.parts or rejects else int(bool(gated))
    for child in rng.spawn(rounds if gated or rejects else 0):
        scores = law.copula.draw(draws, child)
        u = np.stack([law.copula.scale(k).to_unit(s) for k, s in enumerate(scores)])
        x = law.values(scores)
        kept = law.obey(x) if rejects else np.ones(draws, dtype=bool)
        if np.count_nonzero(kept) < FEWEST:
            break
        everywhere = kept.mean() < 1.0 - REJECTED
        if not gated and not everywhere:
            break
        places = range(len(law.free)) if everywhere else gated
        law = _made_even(law, u[:, kept], x[:, kept], places, all_kept=bool(kept.all()))
    return law


def _made_even(
    law: JointLaw, u: Floats, x: Floats, places: Iterable[int], all_kept: bool
) -> JointLaw:
    """Return a law with even probabilities, (D_free, n), at those places, where rows show them."""
    x = x[: law.dim]
    for j, state in enumerate(law.following.states[: law.dim]):
        if state >= 0:
            x[j, x[state] >= 0.5] = np.nan
    seen = ~np.isnan(law.extended(x.T).T[list(law.free)])
    marginals = list(law.marginals)
    for k in places:
        rows, base = seen[k], marginals[k]
        if (rows.all() and all_kept) or np.count_nonzero(rows) < FEWEST:
            continue
        base = base.base if isinstance(base, Even) else base
        knots = _knots(u[k, rows])
        marginals[k] = base if knots is None else Even(base, knots)
    return replace(law, marginals=tuple(marginals))


def _knots(u: Floats) -> Floats | None:
    """Return the distribution function of probabilities at equal steps, None where it is even."""
    steps = np.linspace(0.0, 1.0, KNOTS + 1)
    share = np.searchsorted(np.sort(u), steps, side="right") / u.size
    if np.abs(share - steps).max() < NEAR / np.sqrt(u.size):
        return None
    # a step that no row takes keeps a sliver, so that the map can be turned round
    knots = np.concatenate([[0.0], np.cumsum(np.maximum(np.diff(share), 1e-9))])
    return np.asarray(knots / knots[-1])
