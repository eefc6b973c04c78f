"""How many rows of the table stand behind each coordinate of a joint law."""

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.model.joint_law import JointLaw

__all__ = ["drawn_coordinates", "rows_behind"]

#: Rows that are drawn to see in which of them a coordinate is looked at.
DRAWS = 1 << 16
#: Standard errors by which a share that was seen in draws may be too large.
CAUTION = 3.0


def drawn_coordinates(law: JointLaw, n: int = DRAWS) -> Floats:
    """Return drawn rows as (D, n) coordinates, NaN where one is not looked at."""
    x = np.array(law.draw(n, np.random.default_rng(0)))
    states = law.following.states[: len(x)]
    missing = {j: x[s] >= 0.5 for j, s in enumerate(states.tolist()) if s >= 0}
    for j, rows in missing.items():
        x[j, rows] = np.nan
    return np.ascontiguousarray(law.extended(np.ascontiguousarray(x.T)).T)


def rows_behind(law: JointLaw, x: Floats, rows: int, *, cautious: bool) -> Floats:
    """Return the rows behind each coordinate, (D,).

    That of a column with a state of its own is exact. For what rules look at in some rows only,
    drawn coordinates x say how many; `cautious` takes the fewest that these may stand for.
    """
    share = 1.0 - np.isnan(x).mean(axis=1)
    if cautious:
        error = np.sqrt(share * (1.0 - share) / x.shape[1])
        share = np.maximum(share - CAUTION * error, 0.0)
    of = dict(zip(law.free, law.marginals, strict=True))
    for j, s in enumerate(law.following.states.tolist()):
        if s in of:
            share[j] = float(of[s].cell(np.zeros(1))[1][0])
    return np.asarray(share * rows)
