"""Marginals of coordinates that are looked at in some rows only: they hold among those.

The amount of a claim is a coordinate of every drawn row, but is looked at only where there is a
claim; an income only where its state says that it is there. Its marginal is that of the rows with
claims; drawn everywhere and looked at there, its law is another as soon as the copula has the
amount depend on there being a claim, which no row of the table speaks of. So rows are drawn once,
and the probabilities at which a coordinate stands among the rows in which it is looked at are made
even. Rows that are drawn again because they break a rule are looked at nowhere. And copulas whose
margins are uniform by a map in equal steps may pile up within one of them: they are looked through.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from copulasynth._arrays import Floats, freeze, open_unit
from copulasynth._clock import step
from copulasynth.copulas.api import mapped as are_mapped
from copulasynth.marginals import Marginal
from copulasynth.model.joint_law import JointLaw

__all__ = ["DRAWS", "Even", "evened"]

#: Rows drawn, fewest in which a coordinate must be seen, and knots of what makes it even.
DRAWS, FEWEST, KNOTS = 2**16, 1000, 128

#: Rows that tell whether more are drawn where nothing but a copula's own margins may be uneven.
SCOUTS = 2**14

#: Share of rows that are drawn again, from which on what is left of every marginal is made even.
REJECTED = 0.005

#: Decimals of probabilities, far below the noise of so many draws, and what no row takes keeps.
DIGITS, SLIVER = 5, 2e-5

#: Laws that differ less than this, in probability, are left alone: the noise of so many draws.
NEAR = 2.0

#: Parts that decide may be looked at in some rows only themselves: so often all are made even.
ROUNDS = 2

#: Each round changes which rows obey: what is left falls with the share of rows that do not, and
#: more rounds are made until it is so little, but not more than these.
LEFT, MOST = 0.002, 8


@dataclass(frozen=True, slots=True, eq=False)
class Even:
    """A marginal behind a map of probabilities.

    Attributes
    ----------
    base : Marginal
    knots : (k,) float64
        Distribution function of where the copula puts the coordinate in the rows in which it is
        looked at.
    places : (k,) float64 or None
        Probabilities at which these are its values, for equal steps None.
    """

    base: Marginal
    knots: Floats
    places: Floats | None = None

    def __post_init__(self) -> None:
        freeze(self, "knots")
        if self.places is not None:
            freeze(self, "places")
        for k in (self.knots, self._even):
            if k.shape != self.knots.shape or k.ndim != 1 or k.size < 2:
                raise ValueError("knots must rise from 0 to 1, as their places")
            if k[0] != 0.0 or k[-1] != 1.0 or not (np.diff(k) > 0).all():
                raise ValueError("knots must rise from 0 to 1, as their places")

    @property
    def _even(self) -> Floats:
        if self.places is not None:
            return self.places
        return np.linspace(0.0, 1.0, self.knots.size)

    def cell(self, x: Floats, /) -> tuple[Floats, Floats]:
        """Return the probabilities between which the copula draws each value, (n,) each."""
        lower, upper = self.base.cell(x)
        return np.interp(lower, self.knots, self._even), np.interp(upper, self.knots, self._even)

    def quantile(self, u: Floats, /) -> Floats:
        """Return the values at probabilities of the copula, (n,)."""
        return self.base.quantile(open_unit(np.interp(u, self._even, self.knots)))


def evened(law: JointLaw, rng: np.random.Generator, draws: int = DRAWS) -> JointLaw:
    """Return a law whose coordinates have their marginals where they are looked at.

    `draws` rows tell where that is.

    Where that is, states and rules say: what rules split a row of variables into has no value
    elsewhere, and rows that break a rule are drawn again.
    """
    gated = [k for k, j in enumerate(law.free) if j >= law.dim or law.following.states[j] >= 0]
    rejects, mapped = law.following.rejects, are_mapped(law.copula)
    source, scout = rng.spawn(2)
    if not (gated or rejects) and not (mapped and _uneven(law, scout)):
        return law
    scores = law.copula.draw(draws, source)
    u = _units(law, scores)
    done, rounds = 0, ROUNDS if law.parts or rejects else 1
    while done < rounds:
        step(f"round {done + 1} of {rounds}")
        x = law.values(scores.copy())
        kept = law.obey(x) if rejects else np.ones(draws, dtype=bool)
        if np.count_nonzero(kept) < FEWEST:
            break
        if not done:
            rounds = _rounds(rounds, 1.0 - float(kept.mean()))
        everywhere = mapped or kept.mean() < 1.0 - REJECTED
        if not gated and not everywhere:
            break
        places = range(len(law.free)) if everywhere else gated
        even = bool(kept.all()) and not mapped
        law = _made_even(law, u[:, kept], x[:, kept], places, all_kept=even)
        done += 1
    return law


def _rounds(least: int, rejected: float) -> int:
    """Return how often all is made even where that share of the rows is drawn again."""
    if rejected <= LEFT:
        return least
    return min(max(least, math.ceil(math.log(LEFT) / math.log(rejected))), MOST)


def _uneven(law: JointLaw, rng: np.random.Generator) -> bool:
    """Whether a few draws show that some coordinate of a copula is not uniform."""
    u = _units(law, law.copula.draw(SCOUTS, rng))
    return any(_knots(own) is not None for own in u)


def _units(law: JointLaw, scores: Floats) -> Floats:
    return np.stack([law.copula.scale(k).to_unit(s) for k, s in enumerate(scores)])


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
        found = _knots(u[k, rows])
        marginals[k] = base if found is None else Even(base, *found)
    return replace(law, marginals=tuple(marginals))


def _knots(u: Floats) -> tuple[Floats, Floats | None] | None:
    """Return the distribution function of probabilities, None where it is even.

    It is that at equal steps, or at places with equally many rows between them where those of one
    step lie at its end.
    """
    steps, u = np.linspace(0.0, 1.0, KNOTS + 1), np.sort(u)
    share, near = np.searchsorted(u, steps, side="right") / u.size, NEAR / np.sqrt(u.size)
    if np.abs(share - steps).max() < near:
        return None
    # a step that no row takes keeps a sliver, so that the map can be turned round
    knots = np.concatenate([[0.0], np.cumsum(np.maximum(np.diff(share), SLIVER))])
    knots = np.round(knots / knots[-1], DIGITS)
    even = (np.arange(u.size) + 0.5) / u.size
    if np.abs(np.interp(u, steps, knots) - even).max() < near:
        return knots, None
    return _by_rows(u, steps)


def _by_rows(u: Floats, steps: Floats) -> tuple[Floats, Floats]:
    """Return the distribution function of sorted probabilities where it reaches each step."""
    inner = np.unique(np.round(np.quantile(u, steps[1:-1]), DIGITS))
    inner = inner[(inner > 0.0) & (inner < 1.0)]
    share = np.round(np.searchsorted(u, inner, side="right") / u.size, DIGITS)
    # of places with the same rows below them the first
    knots, first = np.unique(np.concatenate([[0.0], share, [1.0]]), return_index=True)
    return knots, np.append(np.concatenate([[0.0], inner])[first[:-1]], 1.0)
