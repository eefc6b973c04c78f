"""What is wanted of a column, as a test of drawn rows."""

from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Bools, Floats, on_grid, open_unit
from copulasynth.errors import DataError
from copulasynth.model.joint_law import JointLaw
from copulasynth.model.reach import cell_of, check_reach, parents_of
from copulasynth.schema import Schema
from copulasynth.schema.given import Condition

__all__ = ["WINDOW", "Wanted", "law_test", "plain_test", "standing"]

#: A number is given as a point, which no draw hits: rows within this probability on either side of
#: it are taken, and set to it.
WINDOW = 0.01

#: Rows that show what values a variable without a marginal has.
PILOT = 8192


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """A condition on drawn variables; a number without a grid is met within `low` to `high`.

    Attributes
    ----------
    condition : Condition
    step : float
        Grid of the values, 0 for none.
    low, high : (k,) float64
        Ends between which a value counts as each of the points.
    pinned : bool
        Whether values that count as a point are set to it.
    parents : tuple or None
        The other columns that a rule makes the column from; None where it is free.
    """

    condition: Condition
    step: float
    low: Floats
    high: Floats
    pinned: bool
    parents: tuple[object, ...] | None = None

    def passed(self, x: Floats) -> Bools:
        """Return which rows of variables (d, n) fit."""
        c, n = self.condition, x.shape[1]
        state = np.zeros(n) if c.state is None else np.rint(x[c.state])
        fits: Bools = np.isin(state, c.absent)
        if c.present and c.value is not None:
            value = x[c.value]
            if not self.pinned:
                value = on_grid(value, self.step)
            inside = np.zeros(n, dtype=np.bool_)
            for a, b in zip(self.low, self.high, strict=True):
                inside |= (value >= a) & (value <= b)
            fits |= (state == 0) & inside
        return fits

    def pin(self, x: Floats) -> Floats:
        """Return what the values of rows (d, n) are to be; NaN in rows that have none."""
        c = self.condition
        assert c.value is not None
        value = x[c.value]
        near = np.abs(value[:, None] - c.points).argmin(axis=1)
        target = c.points[near]
        return np.where(np.rint(x[c.state]) == 0, target, np.nan) if c.state is not None else target


FIT = "fit a copula (such as copula='gaussian'), which draws them"


def plain_test(schema: Schema, c: Condition, method: str, remedy: str = FIT) -> Wanted:
    """Return a condition on what a method draws that has no marginals, or none of all its rows."""
    if c.value is None or not c.present:
        return Wanted(c, 0.0, np.empty(0), np.empty(0), pinned=False)
    variable = schema.variables[c.value]
    step = variable.step or 0.0
    if c.interval is not None:
        return Wanted(c, step, *_slack(c.interval, step), pinned=False)
    if variable.kind == "continuous" and c.column.kind != "integer":
        raise DataError(
            f"column {c.column.name!r} is continuous, and {method.split('(')[0]} has no "
            "marginals to draw rows near a number by. Give an interval, or values of others, or "
            f"{remedy}."
        )
    return Wanted(c, 0.0, c.points - 0.25, c.points + 0.25, pinned=True)


def _slack(interval: tuple[float, float], step: float) -> tuple[Floats, Floats]:
    """Return the ends of an interval, wider by what rounding may take away."""
    return np.array([interval[0] - 1e-6 * step]), np.array([interval[1] + 1e-6 * step])


def law_test(schema: Schema, law: JointLaw, c: Condition) -> Wanted:
    """Return a condition on what a joint law draws."""
    j = c.value
    made = j is not None and j not in law.free
    if j is None or not c.present:
        return Wanted(c, 0.0, np.empty(0), np.empty(0), pinned=False)
    variable = schema.variables[j]
    step = variable.step or 0.0
    parents = tuple(parents_of(schema, law, j)) if made else None
    if made and not variable.levels:
        drawn = _pilot(law, j)
        spread = float(drawn[-1] - drawn[0])
        wide = (float(drawn[0]) - 0.25 * spread, float(drawn[-1]) + 0.25 * spread)
        check_reach(c.column, variable, wide, standing(c, wide))
    if c.interval is not None:
        return Wanted(c, step, *_slack(c.interval, step), pinned=False, parents=parents)
    if variable.kind != "continuous":
        near = 0.25 * step if step else 0.0
        return Wanted(c, 0.0, c.points - near, c.points + near, pinned=False, parents=parents)
    low, high = _windows(law, j, c.points, drawn if made else None)
    return Wanted(c, step, low, high, pinned=True, parents=parents)


def _pilot(law: JointLaw, j: int) -> Floats:
    """Return drawn values of a variable that a rule makes, rising."""
    return np.sort(law.draw(PILOT, np.random.default_rng(0))[j])


def _windows(law: JointLaw, j: int, points: Floats, drawn: Floats | None) -> tuple[Floats, Floats]:
    """Return the ends between which a continuous variable counts as each point.

    Windows of several points are equally wide, so that the points keep the ratio of their
    densities, and do not overlap.
    """
    if drawn is not None:
        at = np.searchsorted(drawn, points) / drawn.size
        tail = np.clip([at - WINDOW, at + WINDOW], 0.0, 1.0)
        low, high = np.quantile(drawn, tail)
    else:
        marginal = law.marginals[law.free.index(j)]
        a, b = cell_of(marginal, points)
        low, high = (marginal.quantile(open_unit(u)) for u in (a - WINDOW, b + WINDOW))
    low, high = np.minimum(low, points), np.maximum(high, points)
    if points.size > 1:
        half = min(0.5 * float((high - low).min()), 0.5 * float(np.diff(points).min()))
        return points - half, points + half
    return low, high


def standing(c: Condition, drawn: tuple[float, float]) -> Floats:
    """Return the points, or what of an interval lies next to the middle of what is drawn."""
    if c.interval is None:
        return c.points
    return np.array([np.clip(0.5 * (drawn[0] + drawn[1]), *c.interval)])
