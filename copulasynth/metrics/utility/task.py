"""A prediction task: one column from all others, learnt from one table and tested on another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth._clock import step
from copulasynth._judging import aucs
from copulasynth.errors import DataError
from copulasynth.metrics.alignment import Aligned
from copulasynth.metrics.asinh import asinh_scale
from copulasynth.metrics.features import tree_features
from copulasynth.metrics.once import once
from copulasynth.metrics.score import sampled
from copulasynth.metrics.table import GROUPS, Table
from copulasynth.metrics.utility.targets import choose_targets
from copulasynth.schema import Schema

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

__all__ = ["Predict", "Roles", "Task", "roles", "tasks"]

#: From features to class probabilities (n, levels), or to numbers (n, 1).
Predict = Callable[[Floats], Floats]

# One tree a class is grown in each round; this keeps the number of trees within bounds.
_ROUNDS, _FEWEST_ROUNDS = 40, 20
# Boosting finds its bins on a random sample of more rows than this.
_SEEDLESS = 200_000


@dataclass(frozen=True, slots=True, eq=False)
class Roles:
    """Rows to learn from, real and synthetic in equal number, and real rows to test on."""

    real: Table
    synthetic: Table
    test: Table
    note: str
    whole: Table


def roles(tables: Aligned, max_rows: int, rng: np.random.Generator) -> Roles:
    """Return who trains and who tests: the holdout tests, or a third of the real rows."""
    real, test, note = tables.real, tables.holdout, ""
    if test is None:
        order = rng.permutation(real.n)
        third = max(real.n // 3, 1)
        real, test = real.take(order[third:]), real.take(order[:third])
        note = "tested on rows the synthesizer saw."
    size = min(real.n, tables.synthetic.n, max_rows)
    note = f"{note} {sampled(size, tables.synthetic.n)}".strip()
    test = test.sample(max_rows, rng)
    learnt, made = real.sample(size, rng), tables.synthetic.sample(size, rng)
    return Roles(learnt, made, test, note, tables.real)


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """Features and target of the rows that have the target; `levels` is 0 for a regression."""

    target: str
    features: tuple[str, ...]
    owner: Ints
    nominal: Ints
    levels: int
    train: tuple[Floats, Floats]
    synthetic: tuple[Floats, Floats]
    test: tuple[Floats, Floats]

    @property
    def kind(self) -> Literal["classification", "regression"]:
        """Whether the target has levels."""
        return "classification" if self.levels else "regression"

    def test_rows(self, rng: np.random.Generator) -> list[Bools]:
        """Return masks of all test rows, and of all but each group of a jackknife."""
        groups = rng.permutation(np.arange(len(self.test[1])) % GROUPS)
        return [groups >= 0, *(groups != g for g in range(GROUPS))]

    def learn(
        self, data: tuple[Floats, Floats], estimator: "BaseEstimator | None", seed: int
    ) -> Predict:
        """Fit the estimator, or histogram gradient boosting, to features and target.

        Boosting takes the seed for samples of 200,000 rows alone; where there are fewer, metrics
        of the same rows share a model.
        """
        x, y = data
        if estimator is not None or y.size > _SEEDLESS:
            return self._learnt(x, y, estimator, seed)
        make = partial(self._learnt, x, y, None, seed)
        return once("model of a task", make, x, y, self.levels, self.nominal)

    def _learnt(
        self, x: Floats, y: Floats, estimator: "BaseEstimator | None", seed: int
    ) -> Predict:
        step(f"learning {self.target}")
        known = np.unique(y).astype(int) if self.levels else None
        if known is not None and known.size == 1:
            return lambda z: np.tile(np.eye(self.levels)[known], (len(z), 1))
        from sklearn.base import clone

        model = (self._default(seed) if estimator is None else clone(estimator)).fit(x, y)
        if known is None:
            return lambda z: np.asarray(model.predict(z), dtype=float)[:, None]
        # Classes that the rows do not show are 0.
        return lambda z: model.predict_proba(z) @ np.eye(self.levels)[known]

    def _default(self, seed: int) -> Any:
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        kind = HistGradientBoostingClassifier if self.levels else HistGradientBoostingRegressor
        return kind(
            max_iter=max(_FEWEST_ROUNDS, 2 * _ROUNDS // max(self.levels, 2)),
            learning_rate=0.15,
            max_leaf_nodes=15,
            min_samples_leaf=20,
            categorical_features=self.nominal,
            early_stopping=False,
            random_state=seed,
        )

    def skills(self, predicted: Floats, choices: Sequence[Bools]) -> list[float]:
        """Return 2 AUC - 1, averaged over classes by their share, or R squared; 0 is no skill.

        Parameters
        ----------
        predicted : (n, levels or 1) float64
            What is said of the first n test rows.
        choices : sequence of (n,) bool
            Which of them each skill is of.
        """
        y = self.test[1][: len(predicted)]
        if self.levels == 0:
            return [_explained(y[rows], predicted[rows, 0]) for rows in choices]
        areas, shares = [], []
        for k in np.unique(y).astype(int):
            mine = y == k
            areas.append(aucs(predicted[:, k], mine, choices))
            shares.append([(mine & rows).sum() for rows in choices])
        return [_mean_skill(*of) for of in zip(np.array(areas).T, np.array(shares).T, strict=True)]


def _explained(y: Floats, predicted: Floats) -> float:
    """Return R squared; 0 where nothing varies."""
    total = ((y - y.mean()) ** 2).sum() if y.size else 0.0
    return float(1 - ((y - predicted) ** 2).sum() / total) if total > 0 else 0.0


def _mean_skill(areas: Floats, shares: Ints) -> float:
    """Return the mean of 2 AUC - 1 over the classes that have one, by their share."""
    has = ~np.isnan(areas)
    return float(np.average(2 * areas[has] - 1, weights=shares[has])) if has.any() else 0.0


def tasks(
    parts: Roles, targets: str | Sequence[str] | None, schema: Schema | None = None
) -> list[Task]:
    """Return one task a target; without targets, up to three of `choose_targets`."""
    if isinstance(targets, str):
        targets = [targets]
    if targets is None:
        targets = choose_targets(parts.real, schema=schema, whole=parts.whole)
    chosen = list(targets)
    unknown = [name for name in chosen if name not in parts.real.names]
    if unknown:
        raise DataError(f"no common column is called {unknown[0]!r}; have {parts.real.names}.")
    return [_task(parts, name) for name in chosen]


def _task(parts: Roles, target: str) -> Task:
    j = parts.real.names.index(target)
    column = parts.real.columns[j]
    others = [name for name in parts.real.names if name != target]
    if not others:
        raise DataError("a prediction task needs at least one column besides its target.")
    values = np.unique(parts.real.present(j))
    # a number of two values is an outcome, such as 0 and 1
    two = column.kind == "numeric" and values.size == 2
    levels = 2 if two else len(column.levels)
    scale = asinh_scale(parts.real.numbers[j])
    data, features = [], None
    for table in (parts.real, parts.synthetic, parts.test):
        rows = np.flatnonzero(table.states[j] == 0)
        y = table.numbers[j, rows]
        if two:
            y = (y == values[1]).astype(np.float64)
        elif levels == 0:
            # A heavy tail would let a handful of rows decide the fit and its judgement.
            y = scale(y)
        features = tree_features(table.take(rows).select(others))
        if rows.size == 0:
            raise DataError(f"column {target!r} has no values in one of the tables.")
        data.append((features.x, y))
    assert features is not None
    owner, nominal = np.array(features.column), np.flatnonzero(features.nominal)
    return Task(target, tuple(others), owner, nominal, levels, *data)
