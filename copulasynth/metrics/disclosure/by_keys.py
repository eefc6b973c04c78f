"""What a synthetic table tells an intruder who knows some columns (keys) about one more."""

from collections.abc import Collection, Sequence
from typing import Unpack

import numpy as np
import pandas as pd

from copulasynth._arrays import Ints
from copulasynth.errors import DataError
from copulasynth.metrics.alignment import Aligned, MissingCodes
from copulasynth.metrics.disclosure.key_counts import (
    MEASURES,
    KeyCounts,
    column_codes,
    count_by_keys,
    joint_codes,
)
from copulasynth.metrics.score import Score, from_row, wilson
from copulasynth.metrics.shared import Shared, aligned_all, metric
from copulasynth.metrics.table import AnyTable, Table

__all__ = ["disclosure", "key_counts", "replicated_uniques"]


@metric
def disclosure(
    real: AnyTable,
    synthetic: AnyTable,
    keys: Sequence[str],
    target: str,
    *,
    missing_codes: MissingCodes | None = None,
    count_gaps: bool = True,
    exclude: Collection[str] = (),
    max_denominator: int | None = None,
    key_groups: int | None = None,
    target_groups: int | None = None,
    **shared: Unpack[Shared],
) -> Score:
    """Share of rows whose target a synthetic table tells, and tells rightly, from their keys.

    The value is DiSCO, disclosive in synthetic and correct in original [1]_. With d_tq original
    and s_tq synthetic rows of target t and keys q, d_q and s_q their sums over t, and n original
    and m synthetic rows, `table` has, as shares of 1 (synthpop prints them in %):

    - UiO, UiS: rows that are alone with their keys, #{d_q = 1} / n and #{s_q = 1} / m; UiOiS and
      UiSiO: those whose keys are in the other table; repU: replicated uniques,
      #{d_q = 1 and s_q = 1} / n.
    - Dorig, Dsyn: rows whose keys have one target only, in each table.
    - iS: rows whose keys are in the synthetic table; DiS: where those rows have one target only;
      DiSCO: the right one; DiSDiO: and it is the only one in the original too.
    - CAPd, CAPs, DCAP: sums of d_tq d_tq / d_q, of s_tq s_tq / s_q and of d_tq s_tq / s_q;
      baseCAPd is what a guess from the target's shares gets; TCAP: DiSCO / iS.
    - max_denom, mean_denom: original rows in a cell that DiSCO counts. Large ones are groups that
      share a fact, not persons.

    A row of `table` has `value`, its 95 % interval, the value of the holdout in place of the
    synthetic table (`reference`), and, of the rows it selects, how many do not count and why. The
    reference says how much of it is knowledge about the population, which a good table must give.
    It holds for as many rows as the holdout has: compare tables of one size.

    Parameters
    ----------
    keys : sequence of str
        Columns that an intruder knows.
    target : str
        The column that he wants to know.
    missing_codes : mapping of column to values, optional
        Values that mean a second kind of missing.
    count_gaps : bool
        Whether missing values count as values; else rows with a gap in keys or target do not
        count.
    exclude : collection of str
        Labels of the target that disclose nothing, such as "none".
    max_denominator : int, optional
        Cells of more rows do not count.
    key_groups, target_groups : int, optional
        Put numbers into so many groups, at equal steps of the quantiles of all tables.

    References
    ----------
    .. [1] Raab, Nowok and Dibben (2024), Practical privacy metrics for synthetic data,
       arXiv:2406.16826.

    Examples
    --------
    >>> real = pd.DataFrame({"age": [1, 1, 2, 3], "sick": ["y", "y", "n", "y"]})
    >>> made = pd.DataFrame({"age": [1, 2, 2, 4], "sick": ["y", "n", "y", "n"]})
    >>> score = disclosure(real, made, ["age"], "sick")
    >>> score.value, score.table.set_index("measure").value[["iS", "DiS", "repU", "TCAP"]].tolist()
    (0.5, [0.75, 0.5, 0.0, 0.6666666666666666])
    """
    (tables,), _ = aligned_all(real, synthetic, missing_codes, **shared)
    settings = (list(keys), target, count_gaps, exclude, max_denominator, key_groups, target_groups)
    counts = key_counts(tables, tables.synthetic, *settings)
    held = None if tables.holdout is None else key_counts(tables, tables.holdout, *settings)
    table = _table(counts, held)
    note = "" if not held or held.sizes[1] == counts.sizes[1] else _sizes(counts, held)
    return from_row("DiSCO", table, list(table.measure).index("DiSCO"), tables.synthetic.n, note)


def key_counts(
    tables: Aligned,
    made: Table,
    keys: list[str],
    target: str,
    count_gaps: bool = True,
    exclude: Collection[str] = (),
    limit: int | None = None,
    key_groups: int | None = None,
    target_groups: int | None = None,
) -> KeyCounts:
    """Count aligned rows of the real table and of one that takes the synthetic one's place."""
    _check(keys, target)
    known = [_pair(tables, made, name, key_groups) for name in keys]
    wanted = _pair(tables, made, target, target_groups)
    why = [_reasons(t, keys, target, count_gaps, exclude) for t in (tables.real, made)]
    return count_by_keys(joint_codes(known), wanted, why, limit)


def _pair(tables: Aligned, made: Table, name: str, groups: int | None) -> list[Ints]:
    """Return the codes of the real and of the other rows, in groups of real and synthetic ones."""
    if made is tables.synthetic:
        return column_codes([tables.real, made], name, groups)
    parts = column_codes([tables.real, tables.synthetic, made], name, groups)
    return [parts[0], parts[2]]


def _check(keys: list[str], target: str) -> None:
    if not keys:
        raise DataError("no keys were given. Name the columns that an intruder may know.")
    if len(set(keys)) < len(keys) or target in keys:
        raise DataError(f"keys are {keys} and the target {target!r}: name each column once.")


def _reasons(
    table: Table, keys: list[str], target: str, count_gaps: bool, exclude: Collection[str]
) -> Ints:
    """Return for every row why it does not count, by its place in `REASONS`, from 1; else 0."""
    j = table.names.index(target)
    labels = [k for k, level in enumerate(table.columns[j].levels) if level in exclude]
    numbers = [float(v) for v in exclude if _is_number(v)] if not table.columns[j].levels else []
    why = np.where(np.isin(table.numbers[j], [*labels, *numbers]), 1, 0)
    if not count_gaps:
        gap = np.any([table.states[table.names.index(k)] != 0 for k in keys], axis=0)
        why[(why == 0) & (table.states[j] != 0)] = 2
        why[(why == 0) & gap] = 3
    return why.astype(np.int64)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _table(counts: KeyCounts, held: KeyCounts | None) -> pd.DataFrame:
    """Return a row for every measure, in synthpop's order."""
    found, reference = counts.measures(), held.measures() if held else {}
    n, m = counts.sizes
    known = n * found["DiSCO"] / found["TCAP"] if found["TCAP"] > 0 else n * found["iS"]
    sizes = {"original": n, "synthetic": m, "keys in synthetic": round(known)}
    rows = []
    for name, of in [*MEASURES, ("original", "original"), ("synthetic", "synthetic")]:
        limits = wilson(found[name] * sizes[of], sizes[of])
        rows.append((name, found[name], *limits, reference.get(name, np.nan), of, sizes[of]))
    rows += [
        (name, found[name], np.nan, np.nan, reference.get(name, np.nan), "", n)
        for name in ("max_denom", "mean_denom")
    ]
    names = ["measure", "value", "low", "high", "reference", "of", "n"]
    out = counts.exclusions().astype("Int64").rename_axis("measure").reset_index()
    return pd.DataFrame(rows, columns=names).merge(out, on="measure", how="left")


def _sizes(counts: KeyCounts, held: KeyCounts) -> str:
    return (
        f"the reference is of {held.sizes[1]} holdout rows and the value of {counts.sizes[1]} "
        "synthetic ones: more rows meet more keys."
    )


@metric
def replicated_uniques(
    real: AnyTable,
    synthetic: AnyTable,
    keys: Sequence[str] | None = None,
    *,
    missing_codes: MissingCodes | None = None,
    key_groups: int | None = None,
    **shared: Unpack[Shared],
) -> Score:
    """Share of real rows that are alone with their keys, and meet one synthetic row with them.

    The value is repU = #{d_q = 1 and s_q = 1} / n, with d_q real and s_q synthetic rows of keys q.

    Parameters
    ----------
    keys : sequence of str, optional
        Columns that an intruder knows; by default all.
    missing_codes, key_groups
        As in `disclosure`.

    Returns
    -------
    Score
        `table` has UiO, UiS, UiOiS, UiSiO and repU as shares of the rows they count, each with its
        interval and the value of the holdout.

    Examples
    --------
    >>> real = pd.DataFrame({"age": [1, 1, 2, 3]})
    >>> replicated_uniques(real, pd.DataFrame({"age": [1, 2, 3, 3]})).value
    0.25
    """
    (tables,), _ = aligned_all(real, synthetic, missing_codes, **shared)
    names = tables.real.names if keys is None else list(keys)
    counted = [
        _uniques(tables, made, names, key_groups)
        for made in (tables.synthetic, *([tables.holdout] if tables.holdout else []))
    ]
    found, reference = counted[0].measures(), counted[-1].measures() if tables.holdout else {}
    n, m = counted[0].sizes
    rows = []
    for name, of in MEASURES[:5]:
        size = n if of == "original" else m
        limits = wilson(found[name] * size, size)
        rows.append((name, found[name], *limits, reference.get(name, np.nan), of, size))
    table = pd.DataFrame(rows, columns=["measure", "value", "low", "high", "reference", "of", "n"])
    note = "" if len(counted) == 1 or counted[1].sizes[1] == m else _sizes(*counted)
    return from_row("repU", table, 4, m, note)


def _uniques(tables: Aligned, made: Table, keys: list[str], groups: int | None) -> KeyCounts:
    key = joint_codes([_pair(tables, made, name, groups) for name in keys])
    nothing = [np.zeros(part.size, dtype=np.int64) for part in key]
    return count_by_keys(key, nothing, nothing)
