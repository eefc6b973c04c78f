"""What a report may know of a table: frozen, aggregated, and plain enough for JSON."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from copulasynth import _masking as masking
from copulasynth._arrays import Floats
from copulasynth._plain import plain
from copulasynth.metrics.summary.bins import show

__all__ = ["Association", "ColumnPortrait", "PairPortrait", "Portrait", "Scale", "TailPanel"]

Scale = Literal["linear", "asinh", "levels"]
_SIDES = [(s, r) for s in ("mean", "50%") for r in ("real", "synthetic")]
_SHARES = ["column", "kind", "level", "real", "synthetic"]


@dataclass(frozen=True, slots=True, eq=False)
class ColumnPortrait:
    """One column of both tables.

    Attributes
    ----------
    kind : {"numeric", "ordinal", "nominal"}
    unit : {"", "time", "span"}
        Numbers may be seconds since 1970 or seconds of a duration.
    scale : {"linear", "asinh", "levels"}
        Axis on which the bins have equal widths; "levels" has a bar a level.
    width : float
        Linear part of the asinh scale.
    bins : DataFrame
        low, high (nan for levels), label, real, synthetic: shares of the values present. A bin
        of width 0 is an atom. The first and the last bin are open.
    gaps : DataFrame
        label, real, synthetic: shares of all rows; nan where fewer than `k_min` rows.
    qq : DataFrame
        p, real, synthetic: means of both tables over the same blocks of probability.
    facts : DataFrame
        statistic, real, synthetic and holdout if there is one.
    distance : float
        Total variation between the bins; nan where all values fell into one that joins them.
    """

    name: str
    kind: str
    unit: str
    scale: str
    width: float
    bins: pd.DataFrame
    gaps: pd.DataFrame
    qq: pd.DataFrame
    facts: pd.DataFrame
    distance: float

    @property
    def pooled(self) -> int:
        """How many levels the last bin stands for, if it is the pool of the rare ones."""
        last = str(self.bins["label"].iloc[-1]) if self.kind == "nominal" else ""
        return masking.pooled(last)

    @property
    def statistics(self) -> dict[str, dict[str, float]]:
        """The facts by statistic and table."""
        table = self.facts.set_index("statistic")
        return {str(s): {str(r): float(x) for r, x in row.items()} for s, row in table.iterrows()}


@dataclass(frozen=True, slots=True, eq=False)
class Association:
    """Two symmetric (d, d) matrices of a measure of dependence, real beside synthetic."""

    measure: str
    names: tuple[str, ...]
    real: Floats
    synthetic: Floats

    @property
    def difference(self) -> Floats:
        """Synthetic minus real."""
        return np.asarray(self.synthetic - self.real)


@dataclass(frozen=True, slots=True, eq=False)
class PairPortrait:
    """Shares of the joint cells of two columns; nan where a cell has fewer than `k_min` rows.

    `real` and `synthetic` have a row a label of the first and a column a label of the second.
    """

    first: str
    second: str
    first_kind: str
    second_kind: str
    first_labels: tuple[str, ...]
    second_labels: tuple[str, ...]
    real: Floats
    synthetic: Floats
    s_pmse: float


@dataclass(frozen=True, slots=True, eq=False)
class TailPanel:
    """chi(q), how often one column is beyond its q-quantile when the other is, at m values of q."""

    first: str
    second: str
    q: Floats
    real: Floats
    synthetic: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """Aggregated tables of real and synthetic rows.

    Attributes
    ----------
    k_min : int
        Least number of rows behind anything that is shown.
    rows : dict of str to int
    columns : tuple of ColumnPortrait
        In the order of the table.
    spearman : Association
        Of the ordered columns.
    cramers_v : Association
        Of all columns on shared bins, corrected for bias; of none where pairs were not portrayed.
    s_pmse : ndarray of shape (d, d)
        Two-way S_pMSE of all columns; the one-way one on the diagonal; nan where pairs were not
        portrayed.
    pairs : tuple of PairPortrait
        The pairs of largest S_pMSE, worst first.
    tails : tuple of TailPanel
        The pairs whose joint tails differ most.
    reliability : DataFrame
        target, level, trained ("real" or "synthetic"), predicted, observed, rows: of groups of
        real test rows by predicted probability.
    alignment : DataFrame
        column, problem, action; levels of few real rows are counted and not named.
    """

    k_min: int
    rows: dict[str, int]
    columns: tuple[ColumnPortrait, ...]
    spearman: Association
    cramers_v: Association
    s_pmse: Floats
    pairs: tuple[PairPortrait, ...]
    tails: tuple[TailPanel, ...]
    reliability: pd.DataFrame
    alignment: pd.DataFrame

    def __repr__(self) -> str:
        return f"<Portrait: {len(self.columns)} columns, no cell below {self.k_min} rows>"

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> ColumnPortrait:
        """Return a column by its name."""
        return self.columns[self.names.index(name)]

    @property
    def overview(self) -> pd.DataFrame:
        """One row a column, the most different bins first: mean and median of both tables."""
        names = ["column", "kind", "share that differs"]
        rows = []
        for c in sorted(self.columns, key=lambda c: -np.nan_to_num(c.distance, nan=-1.0)):
            found = [show(c.statistics.get(s, {}).get(r, np.nan), c.unit) for s, r in _SIDES]
            rows.append((c.name, c.kind, c.distance, *found))
        return pd.DataFrame(rows, columns=[*names, *(f"{s}, {r}" for s, r in _SIDES)])

    @property
    def describe(self) -> pd.DataFrame:
        """Moments and quantiles of the columns of numbers, a pair (statistic, table) a column."""
        numbers = [c for c in self.columns if c.kind == "numeric"]
        found = {
            c.name: {(s, r): x for s, side in c.statistics.items() for r, x in side.items()}
            for c in numbers
        }
        heads = list(found[numbers[0].name]) if numbers else []
        wide = pd.DataFrame.from_dict(found, orient="index", columns=None if heads else [])
        return wide.set_axis(pd.MultiIndex.from_tuples(heads), axis=1) if heads else wide

    @property
    def histograms(self) -> pd.DataFrame:
        """One row a bin, a level, or a kind of missing (a share of all rows) of every column."""
        parts = [
            table.rename(columns={"label": "level"}).assign(column=c.name, kind=kind)[_SHARES]
            for c in self.columns
            for kind, table in ((c.kind, c.bins), ("missing", c.gaps))
            if len(table)
        ]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=_SHARES)

    def to_data(self) -> dict[str, Any]:
        """Return everything as plain values, not-a-number as None."""
        data: dict[str, Any] = plain(self)
        return data
