"""Membership inference: can one tell training rows from others by where synthetic rows lie?"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from copulasynth._arrays import Bools, Floats, Ints, floats, generator
from copulasynth._judging import auc
from copulasynth.metrics.asinh import asinh_scale
from copulasynth.metrics.mixed import MixedScale, nearest
from copulasynth.metrics.score import Score, from_row, wilson
from copulasynth.metrics.table import AnyTable, Table
from copulasynth.privacy.rates import level, seen
from copulasynth.privacy.sides import Side, Sides
from copulasynth.schema import Schema

__all__ = ["ENDS", "member_score", "membership", "most_outlying", "outlying"]

_FALSE_POSITIVES, _OUTLYING = 0.01, 0.02
_RESAMPLES = 400
# What is learnt from rows lies a little nearer to them: the limit of the release gate.
_LEARNT = 0.02
ENDS: tuple[Literal["left", "right"], ...] = ("left", "right")
# Smaller than any distance of two rows that differ.
_ROUNDING = 1e-6


def membership(
    train: AnyTable,
    synthetic: AnyTable,
    *,
    holdout: AnyTable | None,
    unit: str | None = None,
    max_rows: int = 10_000,
    schema: Schema | None = None,
    rng: int | np.random.Generator | None = None,
) -> Score:
    """Tell members from non-members by the ratio of densities of synthetic and reference rows.

    The holdout is split into non-members and a reference R, and as many synthetic rows S as R has
    are drawn. A row x has score log d(x, R) - log d(x, S), with d the distance to the nearest row
    on the scale of R. Training rows are members. The value is the area under the curve (AUC): how
    often a member has a higher score than a non-member; .5 is chance.

    Parameters
    ----------
    train, synthetic, holdout : table
    unit : str, optional
        Column that says whose rows they are, such as "customer_id": the split is by unit, a unit
        has the mean score of its rows, and units are counted. By default every row is one.
    max_rows : int
        Most members, and most reference rows, that are used.
    schema : Schema, optional
    rng : int, Generator or None

    Returns
    -------
    Score
        `table` has AUC with a bootstrap interval, the true positive rate at 1 % false positives
        with Wilson's (copies of a few rows show there), and the AUC of the 2 % most outlying
        units (copies of the richest and the rarest). `smallest` is the value that would have been
        told from chance four times in five.

    Raises
    ------
    DataError
        If the holdout has rows or units of the training table, or is too small.

    References
    ----------
    Carlini et al. (2022), Membership inference attacks from first principles; van Breugel et al.
    (2023), Membership inference attacks against synthetic data through overfitting detection.

    Examples
    --------
    >>> g = np.random.default_rng(1)
    >>> a, b = (pd.DataFrame(g.normal(size=(200, 3)), columns=list("xyz")) for _ in range(2))
    >>> membership(a, a, holdout=b, rng=1).value > 0.65
    True
    """
    sides = Sides.of(train, synthetic, holdout, unit, schema)
    return member_score(sides, generator(rng), max_rows)


def member_score(sides: Sides, rng: np.random.Generator, max_rows: int = 10_000) -> Score:
    """Attack tables that are checked."""
    outside, reference = sides.holdout.halves(rng)
    size = min(reference.table.n, sides.synthetic.n, max_rows)
    known, made = reference.table.sample(size, rng), sides.synthetic.sample(size, rng)
    inside = sides.train.sample(max_rows, rng)
    scale = MixedScale.of([known], [made, inside.table, outside.table])
    placed = scale.place(known), scale.place(made)

    def score(side: Side) -> Floats:
        rows = scale.place(side.table)
        far, near = (np.log(nearest(rows, one)[:, 0] + _ROUNDING) for one in placed)
        return floats(np.bincount(side.unit, far - near) / np.bincount(side.unit))

    scores = np.concatenate([score(inside), score(outside)])
    rare = np.concatenate([most_outlying(side, known) for side in (inside, outside)])
    member = np.arange(scores.size) < inside.units
    found = _Members(scores, member, rng)
    table = pd.DataFrame(
        [found.area("AUC"), found.positives(), found.outlying(rare)],
        columns=["measure", "value", "low", "high", "reference", "smallest", "members", "others"],
    )
    note = f"{size:,} reference and as many synthetic rows. {sides.note()}"
    judged = from_row("membership AUC", table, 0, sides.synthetic.n, note)
    return replace(judged, leeway=_LEARNT)


Row = tuple[str, float, float, float, float, float, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class _Members:
    """Scores of units, and which are members."""

    scores: Floats
    member: Bools
    rng: np.random.Generator

    def area(self, name: str) -> Row:
        """Return the AUC with its bootstrap interval, the chance value and the smallest seen."""
        m, k = int(self.member.sum()), int((~self.member).sum())
        if min(m, k) < 2:
            return (name, np.nan, np.nan, np.nan, 0.5, np.nan, m, k)
        value, _ = auc(self.scores, self.member)
        drawn = self._resampled()
        low, high = np.quantile(drawn, [0.025, 0.975])
        chance = np.sqrt((m + k + 1) / (12 * m * k))
        least = 0.5 + seen(float(chance), level())
        return (name, value, float(low), float(high), 0.5, least, m, k)

    def _resampled(self) -> Floats:
        """Return the AUC of units drawn with replacement, members and others apart."""
        values, place = np.unique(self.scores, return_inverse=True)
        sides = [place[self.member], place[~self.member]]

        def counts(at: Ints) -> Floats:
            drawn = self.rng.choice(at, at.size)
            return floats(np.bincount(drawn, minlength=values.size))

        def one() -> float:
            own, other = map(counts, sides)
            below = np.cumsum(other) - other / 2
            return float((own * below).sum() / (own.sum() * other.sum()))

        return np.array([one() for _ in range(_RESAMPLES)])

    def positives(self) -> Row:
        """Return the share of members above the highest 1 % of the others.

        The threshold is an estimate too: its error is that of as few rows as the others are.
        """
        own, other = self.scores[self.member], self.scores[~self.member]
        above = own > np.quantile(other, 1 - _FALSE_POSITIVES, method="higher")
        rate = float(above.mean())
        n = own.size * other.size / (own.size + other.size)
        limits = wilson(rate * n, n)
        error = np.sqrt(_FALSE_POSITIVES * (1 - _FALSE_POSITIVES) / n)
        least = _FALSE_POSITIVES + seen(float(error), level())
        sizes = own.size, other.size
        return ("TPR at 1% FPR", rate, *limits, _FALSE_POSITIVES, least, *sizes)

    def outlying(self, rare: Floats) -> Row:
        """Return the AUC among the units of the most outlying rows."""
        kept = rare >= np.quantile(rare, 1 - _OUTLYING)
        return _Members(self.scores[kept], self.member[kept], self.rng).area("AUC of outliers")


def most_outlying(side: Side, reference: Table) -> Floats:
    """Return how outlying the most outlying row of each unit is."""
    out = np.full(side.units, -np.inf)
    np.maximum.at(out, side.unit, outlying(side.table, reference))
    return out


def outlying(table: Table, reference: Table) -> Floats:
    """Return how far out the furthest value of each row is, on the asinh scale of the reference.

    A level, or a gap, is as far out as a normal value whose two tails have its share of rows.
    """
    most = np.zeros(table.n)
    for j, column in enumerate(table.columns):
        here, x, known = table.states[j] == 0, table.present(j), reference.present(j)
        own = _rarity(table.states[j], reference.states[j])
        far = np.abs(asinh_scale(known)(x)) if column.ranked else _rarity(x, known)
        own[here] = np.maximum(own[here], far)
        most = np.maximum(most, own)
    return most


def _rarity(values: Floats | NDArray[np.int8], known: Floats | NDArray[np.int8]) -> Floats:
    """Return the normal value whose two tails have the share of known values that are equal."""
    ordered = np.sort(known)
    below, upto = (np.searchsorted(ordered, values, side) for side in ENDS)
    share = (upto - below + 1) / (known.size + 1)
    return floats(np.arcsinh(scipy.stats.norm.isf(share / 2)))
