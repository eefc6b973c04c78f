"""Inverse decision tree: tables that contain the pattern of one tree, and nothing else."""

from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np

from copulasynth import _knobs
from copulasynth._arrays import Floats, Ints, frozen
from copulasynth.errors import DataError
from copulasynth.model import Model
from copulasynth.schema import Schema, Tabular
from copulasynth.synthesizers.fitted import Rng, fit_sampler
from copulasynth.synthesizers.sequence.cart_fit import fit_cart_law
from copulasynth.synthesizers.sequence.cart_law import CartLaw
from copulasynth.synthesizers.sequence.fit import Conditioned
from copulasynth.synthesizers.sequence.inverse_tree_sampler import InverseTreeSampler
from copulasynth.synthesizers.training_rows import Layout, TrainingRows

__all__ = ["InverseTree"]


@dataclass(frozen=True, slots=True)
class InverseTree:
    """Draw from the leaves of a decision tree for one column [1]_.

    A tree explains `target` by the other columns. A synthetic row chooses a leaf by its share of
    the training rows and then draws every column within the leaf, each on its own: a model
    trained on the rows finds the same tree again, and dependence that the tree does not use is
    lost.

    Parameters
    ----------
    target : column
    within : {"empirical", "uniform"}
        "empirical" draws values of the leaf's training rows. "uniform" draws the other columns
        uniformly from the leaf's box: between its split points (or the ends of the data) for
        numbers, among the levels that its splits admit for nominal columns.
    min_leaf : int
        Rows of the smallest leaf.

    References
    ----------
    .. [1] Eno & Thompson (2008). Generating synthetic data to match data mining patterns. IEEE
       Internet Computing 12(3), 78-82.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> x = np.random.default_rng(0).uniform(0, 10, 400)
    >>> df = pd.DataFrame({"x": x, "big": np.where(x > 6, "yes", "no")})
    >>> rows = InverseTree("big", within="uniform").fit(df, rng=1).sample(1000, rng=2)
    >>> bool(rows.loc[rows.big == "yes", "x"].min() > 5.8)
    True
    """

    target: Any
    within: Literal["empirical", "uniform"] = "empirical"
    min_leaf: int = 20

    def __post_init__(self) -> None:
        _knobs.whole(self, "min_leaf", self.min_leaf, low=1)
        _knobs.one_of(self, "within", self.within, ("empirical", "uniform"))

    @_knobs.taking
    def fit(self, df: Tabular, *, schema: Schema | None = None, rng: Rng = None) -> Model:
        """Grow the tree.

        Raises
        ------
        DataError
            If there is no such target, or it is a number with gaps.
        """
        schema = Schema.infer(df) if schema is None else schema
        target = _target(schema, self.target)
        learn = partial(_invert, target=target, within=self.within, min_leaf=self.min_leaf)
        return fit_sampler(df, self, learn, schema=schema, rng=rng)


def _target(schema: Schema, name: Any) -> int:
    """Return the variable of the target column."""
    for j, variable in enumerate(schema.variables):
        column = schema.columns[variable.column]
        if column.name != name or variable.kind == "state":
            continue
        if column.has_state and variable.kind != "nominal":
            raise DataError(
                f"target {name!r} is a number with gaps; drop those rows or choose another target"
            )
        return j
    raise DataError(f"target: there is no column {name!r} that is modelled")


def _invert(
    x: Floats,
    layout: Layout,
    rng: np.random.Generator,
    *,
    target: int,
    within: Literal["empirical", "uniform"],
    min_leaf: int,
) -> InverseTreeSampler:
    missing = np.isnan(x)
    bottom, top = _range(x)
    seen = np.where(missing, np.where(layout.categorical, -1.0, 2 * bottom - top - 1), x)
    state = layout.states[target]
    y = seen[:, target]
    if state >= 0:
        # Each kind of missing is one more level of the target.
        y = np.where(missing[:, target], -x[:, state], y)
    others = np.flatnonzero(layout.columns != layout.columns[target])
    law = fit_cart_law(Conditioned(target, y, seen, others, layout, ""), min_leaf, True, rng)
    leaf = law.leaves(np.vstack([seen.T, np.zeros((law.scratch, len(x)))]))
    order = np.argsort(leaf, kind="stable")
    rows = x[order]
    low, high, codes = np.empty((0, layout.dim)), np.empty((0, layout.dim)), np.empty(0)
    if within == "uniform":
        low, high, codes = _boxes(law, layout, bottom, top)
        kept = np.array([kind == "state" for kind in layout.kinds])
        kept[target] = True
        rows = np.where(kept | np.isnan(rows), rows, 0.0)
    return InverseTreeSampler(
        layout=layout,
        target=target,
        within=within,
        rows=TrainingRows.of(rows),
        offset=frozen(np.cumsum(np.r_[0, np.bincount(leaf)])),
        low=frozen(low),
        high=frozen(high),
        codes=frozen(codes),
    )


def _range(x: Floats) -> Floats:
    """Return the smallest and the largest value of each variable, 0 where there is none."""
    seen = ~np.isnan(x)
    bottom = x.min(axis=0, where=seen, initial=np.inf)
    top = x.max(axis=0, where=seen, initial=-np.inf)
    return np.where(seen.any(axis=0), (bottom, top), 0.0)


def _boxes(law: CartLaw, layout: Layout, bottom: Floats, top: Floats) -> tuple[Floats, ...]:
    """Return the boxes of the leaves as :class:`InverseTreeSampler` keeps them."""
    d = layout.dim
    inputs = np.r_[np.arange(d), law.ranked]
    nodes = len(law.feature)
    low, high = np.full((nodes, len(inputs)), -np.inf), np.full((nodes, len(inputs)), np.inf)
    # Children come after their parents.
    for node in np.flatnonzero(law.feature >= 0):
        f, left = law.feature[node], law.child[node]
        low[[left, left + 1]], high[[left, left + 1]] = low[node], high[node]
        high[left, f] = min(high[node, f], law.threshold[node])
        low[left + 1, f] = max(low[node, f], law.threshold[node])
    at = np.flatnonzero(law.feature < 0)
    at = at[np.argsort(law.leaf[at])]
    low, high = low[at], high[at]
    codes: list[Floats] = []
    place = {int(j): d + t for t, j in enumerate(law.ranked)}
    out = np.zeros((2, len(at), d))
    for j in range(d):
        if layout.kinds[j] == "nominal":
            f = place.get(j, j)
            ranks = law.ranks_of(f - d)[1:] if f >= d else np.arange(layout.levels[j])
            out[:, :, j] = _levels(ranks, low[:, f], high[:, f], codes)
        elif layout.kinds[j] != "state":
            a, b = np.maximum(low[:, j], bottom[j]), np.minimum(high[:, j], top[j])
            step = layout.steps[j]
            if step > 0:
                # Values just above a split point, unless the box begins with the data.
                first = np.where(low[:, j] >= bottom[j], np.floor(a / step) + 1, np.rint(a / step))
                a, b = first, np.maximum(np.floor(b / step + 1e-9), first)
            out[0, :, j], out[1, :, j] = a, np.maximum(a, b)
    return out[0], out[1], np.concatenate([*codes, np.empty(0)])


def _levels(ranks: Floats | Ints, low: Floats, high: Floats, codes: list[Floats]) -> Ints:
    """Append the levels that each leaf admits to `codes`; return where they begin and end."""
    admitted = (ranks > low[:, None]) & (ranks <= high[:, None])
    admitted[~admitted.any(axis=1)] = True
    count = admitted.sum(axis=1)
    ends = sum(map(len, codes)) + np.cumsum(count)
    codes.append(np.nonzero(admitted)[1].astype(np.float64))
    return np.stack([ends - count, ends])
