"""Scores of tables that are counted over all rows, with errors of samples brought to their size."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd

from copulasynth import _masking as masking
from copulasynth._arrays import Floats, Ints, floats
from copulasynth.metrics.columns.bin_distances import jensen_shannon_of
from copulasynth.metrics.lakes.coding import coders_of
from copulasynth.metrics.lakes.counts import CountPlan, LakeCounts, counts_of, labels_of, plan_of
from copulasynth.metrics.lakes.sides import LakeSides
from copulasynth.metrics.pair_counts import Stat, variation
from copulasynth.metrics.pairs.contingency import association_v, table_information
from copulasynth.metrics.reference import size_factor
from copulasynth.metrics.run import Judgement
from copulasynth.metrics.score import Score
from copulasynth.rows.lake import begun
from copulasynth.schema import Schema

__all__ = ["counted"]

#: Items with their values, from the plan and the counts of both tables.
Exact = Callable[[CountPlan, LakeCounts, LakeCounts], pd.DataFrame]


def counted(run: Judgement, sides: LakeSides, schema: Schema | None, *, own: bool) -> Judgement:
    """Return a judgement of samples with the tables of all rows in place of those of samples.

    Parameters
    ----------
    run : Judgement
        Of the samples.
    sides : LakeSides
    schema : Schema or None
    own : bool
        Whether metrics are the caller's own, and none is counted.
    """
    if sides.whole:
        return run
    exact = {} if own else {name: EXACT[name] for name in run.scores if name in EXACT}
    scores = {name: score.with_note(f"{sides.words}.") for name, score in run.scores.items()}
    if exact:
        plan, real, synthetic = _counts(run, sides, schema)
        if not plan.pairs:
            exact = {name: of for name, of in exact.items() if name not in PAIRS}
        for name, of in exact.items():
            scores[name] = _of_all(run.scores[name], of(plan, real, synthetic), sides)
    kept = tuple(note for note in run.notes if "Most metrics use" not in note)
    return replace(run, scores=scores, notes=(*sides.notes, *kept))


def _counts(
    run: Judgement, sides: LakeSides, schema: Schema | None
) -> tuple[CountPlan, LakeCounts, LakeCounts]:
    tables = run.tables
    both = sides.real, sides.synthetic
    coders = coders_of(tables.real.columns, [side.sample for side in both], schema)
    with begun(sides.where) as at:
        labels = [labels_of(side, coders, at) for side in both]
        plan = plan_of(coders, labels, (tables.real, tables.synthetic))
        real, synthetic = (counts_of(side, plan, at) for side in both)
    return plan, real, synthetic


def _of_all(score: Score, items: pd.DataFrame, sides: LakeSides) -> Score:
    """Return a score of a sample with values of all rows, intervals as wide as these leave."""
    seen = sides.real.sampled, sides.synthetic.sampled
    every = sides.real.rows, sides.synthetic.rows
    if not len(items):
        return replace(score, n=every[1])
    factor = size_factor("distance", seen, every)
    value = float(np.nanmean(items["value"])) if items["value"].notna().any() else np.nan
    half = factor * (score.high - score.value)
    return replace(
        score,
        value=value,
        low=max(value - half, 0.0),
        high=value + half,
        reference=factor * score.reference,
        n=sides.synthetic.rows,
        table=_items(score, items, factor),
        note=f"all {every[0]:,} real and {every[1]:,} synthetic rows counted.",
    )


def _items(score: Score, items: pd.DataFrame, factor: float) -> pd.DataFrame:
    """Return items with their values, and the errors and references that their samples have."""
    keys = [c for c in ("column", "columns", "first", "second") if c in items]
    of = score.table
    if of is None or not len(of):
        rest = pd.DataFrame(np.nan, items.index, ["half", "reference"])
    else:
        told = of[keys].assign(half=of["high"] - of["value"], reference=of["reference"])
        rest = items[keys].merge(told, on=keys, how="left", validate="one_to_one")
    half = factor * rest["half"].to_numpy()
    value = items["value"].to_numpy()
    made = items.drop(columns="value").assign(
        value=value,
        low=np.maximum(value - half, 0.0),
        high=value + half,
        reference=factor * rest["reference"].to_numpy(),
    )
    return made.sort_values("value", ascending=False, ignore_index=True)


def _one(stat: Stat) -> Exact:
    def of(plan: CountPlan, real: LakeCounts, synthetic: LakeCounts) -> pd.DataFrame:
        pairs = zip(real.ones, synthetic.ones, strict=True)
        return pd.DataFrame(
            {"column": _names(plan), "value": [_stat(stat, o, s) for o, s in pairs]}
        )

    return of


def _stat(stat: Stat, o: Ints, s: Ints) -> float:
    return float(stat(floats(o)[None], floats(s)[None])[0])


def _names(plan: CountPlan) -> list[str]:
    return [c.coder.name for c in plan.columns]


def _ks(plan: CountPlan, real: LakeCounts, synthetic: LakeCounts) -> pd.DataFrame:
    """Return the largest distance of distribution functions, at the points that are compared."""
    ranked = [j for j, c in enumerate(plan.columns) if c.coder.compared.ranked]
    names = _names(plan)
    values = [_distance(real.below[j], synthetic.below[j]) for j in ranked]
    return pd.DataFrame({"column": [names[j] for j in ranked], "value": values})


def _distance(a: Ints, b: Ints) -> float:
    if not a.sum() or not b.sum():
        return float(bool(a.sum()) != bool(b.sum()))
    return float(np.abs(np.cumsum(a) / a.sum() - np.cumsum(b) / b.sum()).max())


def _missing(plan: CountPlan, real: LakeCounts, synthetic: LakeCounts) -> pd.DataFrame:
    rows = []
    for j, name in enumerate(_names(plan)):
        gone = [int(side.states[j][1:].sum()) for side in (real, synthetic)]
        if any(gone):
            share = [k / side.rows for k, side in zip(gone, (real, synthetic), strict=True)]
            told = [
                masking.share(k, side.rows) for k, side in zip(gone, (real, synthetic), strict=True)
            ]
            rows.append((name, told[0], told[1], abs(share[0] - share[1])))
    return pd.DataFrame(rows, columns=["column", "real", "synthetic", "value"])


def _tables(plan: CountPlan, side: LakeCounts) -> list[Floats]:
    sizes = [c.cells(1) for c in plan.columns]
    pairs = zip(plan.pairs, side.twos, strict=True)
    return [floats(two).reshape(1, sizes[i], sizes[j]) for (i, j), two in pairs]


def _variations(plan: CountPlan, real: LakeCounts, synthetic: LakeCounts) -> pd.DataFrame:
    both = zip(_tables(plan, real), _tables(plan, synthetic), strict=True)
    named = [":".join(pair) for pair in combinations(_names(plan), 2)]
    return pd.DataFrame({"columns": named, "value": [float(variation(o, s)[0]) for o, s in both]})


def _associations(stat: Callable[[Floats], Floats]) -> Exact:
    def of(plan: CountPlan, real: LakeCounts, synthetic: LakeCounts) -> pd.DataFrame:
        found = pd.DataFrame(list(combinations(_names(plan), 2)), columns=["first", "second"])
        for role, side in (("real", real), ("synthetic", synthetic)):
            found[role] = [float(stat(table)[0]) for table in _tables(plan, side)]
        return found.assign(value=(found["real"] - found["synthetic"]).abs())

    return of


EXACT: dict[str, Exact] = {
    "ks": _ks,
    "total_variation": _one(variation),
    "jensen_shannon": _one(jensen_shannon_of),
    "missing_rate": _missing,
    "tv2": _variations,
    "cramers_v": _associations(association_v),
    "mutual_information": _associations(table_information),
}
#: Those of two columns.
PAIRS = ("tv2", "cramers_v", "mutual_information")
