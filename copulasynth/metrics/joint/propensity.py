"""Propensity scores of two tables put together, and the statistics made of them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy

from copulasynth._arrays import Bools, Floats
from copulasynth.metrics.bins import bin_tables
from copulasynth.metrics.joint.cart import cart_features, cart_scores
from copulasynth.metrics.joint.logit import design_blocks, fit_logit, interactions
from copulasynth.metrics.table import ComparedColumn, Table, join

__all__ = ["Method", "Propensity", "propensity_statistics"]

Method = Literal["logit", "cart"]


@dataclass(frozen=True, slots=True)
class Propensity:
    """How scores are made: see `utility_gen` for the settings."""

    method: Method = "cart"
    order: int = 1
    min_leaf: int = 5
    cp: float = 1e-3
    groups: int | None = None

    def scores(self, both: Table, y: Floats) -> tuple[Floats, int]:
        """Return the scores of every row and the number of coefficients or leaves."""
        if self.method == "cart":
            return cart_scores(cart_features(both, y), y, min_leaf=self.min_leaf, cp=self.cp)
        blocks = design_blocks(both)
        if self.order == 1:
            blocks += interactions(blocks)
        return fit_logit(np.hstack([np.empty((both.n, 0)), *blocks]), y)

    def both(self, real: Table, synthetic: Table) -> tuple[Table, Floats]:
        """Return the tables as one, grouped if asked for, and y = 1 for synthetic rows."""
        both = join(real, synthetic)
        y = np.repeat([0.0, 1.0], [real.n, synthetic.n])
        return (both if self.groups is None else _grouped(both, self.groups)), y


def _grouped(table: Table, groups: int) -> Table:
    """Return the table with numbers replaced by the quantile groups that they fall into."""
    binned = bin_tables([table], groups=groups)
    columns, values = list(table.columns), table.numbers.copy()
    for j in table.numeric:
        column = table.columns[j]
        width = len(binned.labels[j]) - len(column.states) + 1
        columns[j] = ComparedColumn(column.name, "ordinal", binned.labels[j][:width], column.states)
        values[j] = np.where(table.states[j] == 0, binned.codes[0][j], np.nan)
    return Table(tuple(columns), values, table.states)


def propensity_statistics(scores: Floats, synthetic: Bools) -> dict[str, float]:
    """Return pMSE, SPECKS, PO50 and U of propensity scores.

    SPECKS is the Kolmogorov-Smirnov distance between the scores of real and synthetic rows, U
    the Mann-Whitney count of pairs in which the synthetic one scores higher (ties one half),
    PO50 the percentage of rows on the right side of c, less 50.
    """
    # Scores equal but for rounding are ties.
    scores = np.round(scores, 10)
    c = float(synthetic.mean())
    right = (scores > c) == synthetic
    a, b = scores[~synthetic], scores[synthetic]
    return {
        "pMSE": float(((scores - c) ** 2).mean()),
        "SPECKS": float(scipy.stats.ks_2samp(a, b, method="asymp").statistic),
        "PO50": 100 * float(right.mean()) - 50,
        "U": float(scipy.stats.mannwhitneyu(b, a, method="asymptotic").statistic),
    }
