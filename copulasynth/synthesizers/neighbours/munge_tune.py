"""The frontier of MUNGE's settings: fidelity against distance from the training rows."""

import itertools
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from copulasynth._arrays import Bools, Floats, generator
from copulasynth._judging import auc, closer, out_of_fold
from copulasynth.errors import DataError, FitWarning
from copulasynth.model import Model
from copulasynth.schema import Schema, Tabular
from copulasynth.synthesizers.fitted import Rng
from copulasynth.synthesizers.neighbours.nearest import closest, embed
from copulasynth.synthesizers.training_rows import Layout, layout_of

__all__ = ["MungeFrontier", "tune"]

GRID: dict[str, tuple[Any, ...]] = {
    "p": (0.2, 0.5),
    "s": (2.0, 5.0),
    "k": (5, 20),
    "sweeps": (1, 2, 5),
}
#: Rows of each half that are used; the standard error of an AUC is then about .008.
MOST = 2500


@dataclass(frozen=True, slots=True, eq=False)
class MungeFrontier:
    """What was tried and what was chosen.

    Attributes
    ----------
    table : DataFrame
        One row a setting: ``p``, ``s``, ``k``, ``sweeps``, ``c2st``, ``dcr_ratio``, ``dcr_share``,
        ``frontier`` (no other setting is better on both c2st and dcr_ratio) and ``chosen``.
    knobs : Munge
    model : Model
        The chosen setting fitted to all rows.
    """

    table: pd.DataFrame
    knobs: Any
    model: Model

    def __repr__(self) -> str:
        shown = self.table[self.table["frontier"]].to_string(
            index=False, float_format="{:.3f}".format
        )
        return f"<MungeFrontier: {len(self.table)} settings, chosen {self.knobs}>\n{shown}"


def tune(
    munge: Any,
    df: Tabular,
    *,
    min_dcr: float,
    schema: Schema | None,
    grid: dict[str, tuple[Any, ...]] | None,
    rng: Rng,
) -> MungeFrontier:
    """Do what :meth:`Munge.tune` documents."""
    rng = generator(rng)
    grid = GRID | (grid or {})
    if set(grid) != set(GRID):
        raise DataError(f"grid: expected values of {sorted(GRID)}, got {sorted(grid)}")
    schema = Schema.infer(df) if schema is None else schema
    x = schema.encode(df)
    if len(x) < 40:
        raise DataError(f"tuning splits the rows and needs at least 40, the table has {len(x)}")
    order = rng.permutation(len(x))[: 2 * min(len(x) // 2, MOST)]
    train, fresh = np.array_split(x[order], 2)
    layout = layout_of(schema.variables)
    settings = [
        dict(zip(GRID, values, strict=True))
        for values in itertools.product(*(grid[name] for name in GRID))
    ]
    table = pd.DataFrame(
        [
            setting | _judge(munge(**setting), train, fresh, layout, stream)
            for setting, stream in zip(settings, rng.spawn(len(settings)), strict=True)
        ]
    )
    table["frontier"] = _undominated(table["c2st"].to_numpy(), table["dcr_ratio"].to_numpy())
    best = _choose(table, min_dcr)
    table["chosen"] = np.arange(len(table)) == best
    knobs = munge(**settings[best])
    return MungeFrontier(table, knobs, knobs.fit(df, schema=schema, rng=rng))


def _choose(table: pd.DataFrame, min_dcr: float) -> int:
    allowed = np.flatnonzero(table["dcr_ratio"] >= min_dcr)
    if allowed.size:
        return int(allowed[np.argmin(table["c2st"].to_numpy()[allowed])])
    best = int(np.argmax(table["dcr_ratio"]))
    warnings.warn(
        f"no setting of MUNGE keeps dcr_ratio >= {min_dcr}; chose the largest, "
        f"{table['dcr_ratio'].iloc[best]:.3f}. Add larger k and sweeps to the grid.",
        FitWarning,
        stacklevel=4,
    )
    return best


def _judge(
    knobs: Any, train: Floats, fresh: Floats, layout: Layout, rng: np.random.Generator
) -> dict[str, float]:
    made = knobs._learn(train, layout, rng).draw(len(fresh), rng).T
    here, there, new = (embed(a, layout, train) for a in (train, fresh, made))
    to_train, to_fresh = closest(new, here), closest(new, there)
    usual = float(np.median(closest(there, here)))
    return {
        "c2st": _c2st(made, fresh, rng),
        "dcr_ratio": float(np.median(to_train)) / usual if usual > 0.0 else 1.0,
        "dcr_share": float(closer(to_train, to_fresh, tie=0.5).mean()),
    }


def _c2st(made: Floats, fresh: Floats, rng: np.random.Generator) -> float:
    """Return the cross-validated AUC of boosted trees that tell made rows from fresh ones."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    x = np.vstack([made, fresh])
    y = np.repeat([True, False], [len(made), len(fresh)])
    seed, score = int(rng.integers(2**31)), np.empty(len(x))

    def make() -> Any:
        return HistGradientBoostingClassifier(max_iter=60, random_state=seed)

    for _, test, found in out_of_fold(make, x, y, 3, int(rng.integers(2**31))):
        score[test] = found
    return auc(score, y)[0]


def _undominated(c2st: Floats, dcr: Floats) -> Bools:
    better = (c2st <= c2st[:, None]) & (dcr >= dcr[:, None])
    strictly = (c2st < c2st[:, None]) | (dcr > dcr[:, None])
    return np.asarray(~(better & strictly).any(axis=1))
