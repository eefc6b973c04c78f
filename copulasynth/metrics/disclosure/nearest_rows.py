"""Distances of synthetic rows to the training rows, beside those of rows never seen."""

from dataclasses import dataclass
from typing import Unpack

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from copulasynth import _masking as masking
from copulasynth._arrays import Floats, Ints
from copulasynth._judging import closer
from copulasynth.errors import DataError
from copulasynth.metrics.alignment import Aligned
from copulasynth.metrics.disclosure.overlap import SPLIT
from copulasynth.metrics.mixed import TIE, MixedRows, MixedScale, nearest_two
from copulasynth.metrics.score import Score, interval, sampled
from copulasynth.metrics.shared import Shared, aligned, metric
from copulasynth.metrics.table import AnyTable

__all__ = ["dcr_share", "distance_ratio", "nearest_scores", "nndr"]

# Distances of synthetic rows to reference rows that are computed at the most, and rows at least.
_MOST, _FEWEST = 200_000_000, 500
_RESAMPLES = 200
# What is learnt from rows lies nearer to them, whoever learns: drawn by a histogram whose cells
# rest on m rows each, the share is near 1/2 + 1/(4 m). Cells of two rows are the least that are
# not yet called kept rows.
_LEARNT = 1 / (4 * 2)


@dataclass(frozen=True, slots=True, eq=False)
class _Near:
    """Distances of query rows to the nearest and the second nearest reference row.

    `count` is how many references are as near as the nearest, if it was asked for; `n` how many
    there are.
    """

    first: Floats
    second: Floats
    count: Ints
    n: int

    @classmethod
    def of(
        cls, queries: MixedRows, references: MixedRows, own: bool = False, ties: bool = False
    ) -> "_Near":
        return cls(*nearest_two(queries, references, own, ties), len(references))

    @property
    def ratios(self) -> Floats:
        """Return first / second; 1 where both are 0, for such a row is not one person's."""
        out = np.ones_like(self.first)
        return np.divide(self.first, self.second, out=out, where=self.second > 0)


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """Rows on one rank scale of training and holdout rows, and the synthetic ones sampled."""

    queries: MixedRows
    train: MixedRows
    held: MixedRows | None
    total: int

    @classmethod
    def of(cls, tables: Aligned, max_rows: int, rng: np.random.Generator) -> "_Placed":
        references = [tables.real, *([tables.holdout] if tables.holdout else [])]
        most = min(max_rows, max(_FEWEST, _MOST // sum(t.n for t in references)))
        queries = tables.synthetic.sample(most, rng)
        scale = MixedScale.of(references, [queries])
        placed = [scale.place(t) for t in references]
        held = placed[1] if tables.holdout else None
        return cls(scale.place(queries), placed[0], held, tables.synthetic.n)

    def fresh(self) -> _Near:
        """Return the distances of fresh real rows: of the holdout, or of each row to the others."""
        if self.held is None:
            return _Near.of(self.train, self.train, own=True)
        return _Near.of(self.held, self.train)

    def of_both(self) -> "tuple[_Near, _Near]":
        """Return the distances to training and to holdout rows, ties counted where they differ."""
        assert self.held is not None
        ties = len(self.train) != len(self.held)
        train, held = (_Near.of(self.queries, t, ties=ties) for t in (self.train, self.held))
        return train, held

    def note(self, score: Score) -> Score:
        """Say how many synthetic rows were looked at."""
        return score.with_note(sampled(len(self.queries), self.total))


@metric
def dcr_share(
    real: AnyTable, synthetic: AnyTable, *, max_rows: int = 10_000, **shared: Unpack[Shared]
) -> Score:
    """Share of synthetic rows closer to the training rows than to as many holdout rows.

    .5 is what a synthesizer that knew the law and no row would give. What learns the law from rows
    lies nearer to them: drawn by a histogram whose cells rest on m rows each, the share is near
    1/2 + 1/(4 m). Up to .625, which is that of cells of two rows, the verdict is 'slightly worse'
    where noise does not explain the share; above, as a whole interval, single rows were kept.

    One rank scale, of both references together, serves for all distances, so that an outlier in
    one of them decides nothing, and no reference row is left out, so that every copy is found.

    With references of one size, ties count one half. Otherwise a row counts the share of
    training rows among its nearest reference rows, whose mean is n / (n + h) for fresh rows,
    and the odds are divided by n / h: an honest 80/20 split scores .5 too.

    Parameters
    ----------
    real : table
        The n rows that the synthesizer was trained on; `holdout`, which must be given, has h rows
        of the same origin that it never saw.
    max_rows : int
        Most synthetic rows sampled; fewer where the references are large.

    Returns
    -------
    Score
        `table` has quantiles of the distance to the closest record in both references, each the
        mean of the ten distances about it.

    Raises
    ------
    DataError
        Without a holdout: there is nothing to compare distances with.
    """
    if shared.get("holdout") is None:
        raise DataError(
            "the DCR share needs a holdout of rows that the synthesizer never saw. Split the "
            f"table first: {SPLIT}."
        )
    tables, rng = aligned(real, synthetic, **shared)
    placed = _Placed.of(tables, max_rows, rng)
    return placed.note(_share(*placed.of_both()))


def _share(to_train: _Near, to_held: _Near) -> Score:
    n, h = to_train.n, to_held.n
    tie = 0.5 if n == h else to_train.count / (to_train.count + to_held.count)
    nearer = closer(to_train.first, to_held.first, tie, TIE)
    share = float(nearer.mean())
    value = share * h / (share * h + (1 - share) * n)
    slope = n * h / (share * h + (1 - share) * n) ** 2
    # Synthetic rows share their neighbours, so that the binomial error alone is too small.
    se = float(np.hypot(slope * nearer.std() / np.sqrt(nearer.size), 0.5 / np.sqrt(min(n, h))))
    limits = interval(value, se, 0.0, 1.0)
    table = _quantiles(training=to_train.first, holdout=to_held.first)
    note = f"references of {n} and {h} rows."
    return Score(
        "DCR share", value, *limits, 0.5, 0.5, nearer.size, table, note=note, leeway=_LEARNT
    )


def _quantiles(**distances: Floats) -> pd.DataFrame:
    levels = np.array([0.01, 0.05, 0.25, 0.5])
    found = {
        f"distance to {k}": masking.quantiles(np.sort(d), levels) for k, d in distances.items()
    }
    return pd.DataFrame({"quantile": levels} | found)


@metric
def nndr(
    real: AnyTable, synthetic: AnyTable, *, max_rows: int = 10_000, **shared: Unpack[Shared]
) -> Score:
    """Nearest-neighbour distance ratio (NNDR): nearest over second nearest training row, mean.

    A row far nearer to one training row than to any other tells about one person. The reference is
    the same mean for holdout rows; without a holdout, for each training row among the others. A
    row at distance 0 of two training rows has ratio 1.

    Parameters
    ----------
    max_rows : int
        Most synthetic rows sampled; fewer where the references are large.

    Returns
    -------
    Score
        `table` has quantiles of the ratio for synthetic and for fresh rows.
    """
    tables, rng = aligned(real, synthetic, **shared)
    placed = _Placed.of(tables, max_rows, rng)
    return placed.note(_nndr(_Near.of(placed.queries, placed.train), placed.fresh()))


def _nndr(made: _Near, fresh: _Near) -> Score:
    ratios, usual = made.ratios, fresh.ratios
    value, reference = float(ratios.mean()), float(usual.mean())
    # Rows share their neighbours; the reference has its own error, of as many rows as it has.
    se = float(np.hypot(ratios.std() / np.sqrt(ratios.size), usual.std() / np.sqrt(usual.size)))
    levels = np.array([0.01, 0.05, 0.25, 0.5])
    named = {"synthetic": ratios, "fresh": usual}
    found = {name: masking.quantiles(np.sort(r), levels) for name, r in named.items()}
    table = pd.DataFrame({"quantile": levels} | found)
    return Score(
        "NNDR", value, *interval(value, se, 0.0, 1.0), reference, reference, ratios.size, table,
        better="closer", below="nearer to single training rows than fresh rows are",
    )  # fmt: skip


@metric
def distance_ratio(
    real: AnyTable,
    synthetic: AnyTable,
    *,
    share: float = 0.05,
    max_rows: int = 10_000,
    **shared: Unpack[Shared],
) -> Score:
    """How near the nearest 5 % of synthetic rows are to training rows, over fresh rows' 5 %.

    The quantile of the distance to the closest training row of synthetic rows, divided by that of
    holdout rows; without a holdout, of each training row to the others. 1 is what fresh rows have;
    0 says that one row in twenty is a copy.

    Parameters
    ----------
    share : float
        Which quantile.
    max_rows : int
        Most synthetic rows sampled; fewer where the references are large.
    """
    tables, rng = aligned(real, synthetic, **shared)
    placed = _Placed.of(tables, max_rows, rng)
    found = _ratio(_Near.of(placed.queries, placed.train), placed.fresh(), share, rng)
    return placed.note(found)


def _ratio(made: _Near, fresh: _Near, share: float, rng: np.random.Generator) -> Score:
    value = float(_over(np.quantile(made.first, share), np.quantile(fresh.first, share)))
    drawn = [
        np.quantile(rng.choice(d.first, (_RESAMPLES, d.first.size)), share, axis=1)
        for d in (made, fresh)
    ]
    limits = np.quantile(_over(*drawn), [0.025, 0.975])
    many = f"more than {share:.0%} of fresh rows equal a training row."
    name = f"nearest-distance ratio at {share:.0%}"
    low, high = map(float, limits)
    return Score(
        name, value, low, high, 1.0, 1.0, made.first.size, better="closer",
        note="" if np.isfinite(value) else many,
        below="nearer to training rows than fresh rows are",
    )  # fmt: skip


def _over(a: ArrayLike, b: ArrayLike) -> Floats:
    """Return a / b; nan where b is 0 and nothing can be said."""
    above, below = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    found: Floats = np.divide(above, below, out=np.full(below.shape, np.nan), where=below > 0)
    return found


def nearest_scores(
    tables: Aligned, rng: np.random.Generator, max_rows: int = 10_000
) -> dict[str, Score]:
    """Return `dcr_share`, `nndr` and `distance_ratio` of aligned tables from the same distances."""
    placed = _Placed.of(tables, max_rows, rng)
    held = placed.held is not None
    to_train, *to_held = placed.of_both() if held else [_Near.of(placed.queries, placed.train)]
    fresh = placed.fresh()
    scores = {"nndr": _nndr(to_train, fresh), "distance_ratio": _ratio(to_train, fresh, 0.05, rng)}
    if to_held:
        scores["dcr_share"] = _share(to_train, to_held[0])
    return {name: placed.note(score) for name, score in scores.items()}
