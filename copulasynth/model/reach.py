"""Values as intervals of probability, and how far the values reach that a law can draw."""

import numpy as np

from copulasynth._arrays import Floats, floats
from copulasynth.errors import DataError
from copulasynth.marginals import Marginal
from copulasynth.model.joint_law import JointLaw
from copulasynth.schema import Column, Schema, Variable
from copulasynth.schema.given import shown

__all__ = ["cell_of", "check_reach", "ends", "parents_of", "reach"]

#: Quantiles of this probability, and of one minus it, are the ends of what a law draws.
TINY = 1e-9

#: A value may lie beyond the ends by this share of their distance, within natural bounds: people
#: ask for ages that are a year more than the oldest.
MARGIN = 0.05

#: A value that is beyond the ends is taken for one of this probability: about 4.3 standard
#: deviations out.
BEYOND = 1e-5


def ends(marginal: Marginal) -> tuple[float, float]:
    """Return the least and the greatest value that a marginal draws."""
    low, high = marginal.quantile(np.array([TINY, 1.0 - TINY]))
    return float(low), float(high)


def reach(variable: Variable, low: float, high: float) -> tuple[float, float]:
    """Return the ends, of a continuous variable with a margin within its natural bounds."""
    if variable.kind != "continuous":
        return low, high
    margin = MARGIN * (high - low) + 0.5 * (variable.step or 0.0)
    return max(low - margin, min(variable.lower, low)), min(
        high + margin, max(variable.upper, high)
    )


def check_reach(
    column: Column,
    variable: Variable,
    drawn: tuple[float, float],
    values: Floats,
    where: str = "",
) -> None:
    """Refuse values beyond what is drawn; `where` says in which row they stand.

    Raises
    ------
    DataError
        That names column, value and range.
    """
    low, high = reach(variable, *drawn)
    beyond = np.flatnonzero((values < low) | (values > high))
    if beyond.size:
        value, least, most = shown(column, [values[beyond[0]], *drawn])
        raise DataError(
            f"column {column.name!r}: {value}{where} lies beyond what the model can draw, which is "
            f"{least} to {most}. Give a value from this range, or fit to a table that has such."
        )


def cell_of(marginal: Marginal, x: Floats) -> tuple[Floats, Floats]:
    """Return the probability intervals of values; one beyond the law is a point at its end."""
    lower, upper = marginal.cell(x)
    lower, upper = floats(lower).copy(), floats(upper).copy()
    out = (lower >= upper) & ((upper <= 0.0) | (lower >= 1.0))
    lower[out] = upper[out] = np.clip(upper[out], BEYOND, 1.0 - BEYOND)
    return lower, upper


def parents_of(schema: Schema, law: JointLaw, j: int) -> list[object]:
    """Return the columns from which a rule makes coordinate j, without its own.

    Rules also look at parts that they add, which no table has and nobody can give.
    """
    rule = next(r for r in law.rules if j in r.makes)
    own = schema.variables[j].column
    places = dict.fromkeys(law.coordinates(schema)[i].column for i in rule.needs)
    return [schema.columns[k].name for k in places if k != own]
