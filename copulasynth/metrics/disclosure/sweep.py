"""Which columns make rows unique, and what they tell about every other column."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Unpack

import numpy as np
import pandas as pd

from copulasynth._arrays import Ints
from copulasynth.errors import DataError
from copulasynth.metrics.alignment import Aligned, align
from copulasynth.metrics.disclosure.by_keys import key_counts
from copulasynth.metrics.disclosure.key_counts import column_codes, joint_codes
from copulasynth.metrics.score import Score, from_row, sampled, wilson
from copulasynth.metrics.shared import Shared, aligned, metric
from copulasynth.metrics.table import AnyTable, Table
from copulasynth.schema import Schema

__all__ = ["disclosure_sweep", "quasi_identifiers"]

# Where more rows are unique than this, a further key tells little more.
_ENOUGH = 0.5
_GROUPS = 10


def quasi_identifiers(
    table: AnyTable, *, most: int = 4, groups: int = _GROUPS, schema: Schema | None = None
) -> pd.DataFrame:
    """Return the columns that together make most rows unique: keys an intruder would like to know.

    One after the other, the column that leaves most rows alone with their values, until half of
    all rows are; where none is, the one that makes most combinations.

    Parameters
    ----------
    table : table
    most : int
        At most so many columns.
    groups : int
        Numbers are put into so many groups of equal size first: who knows a person's income does
        not know it to the cent.
    schema : Schema, optional

    Returns
    -------
    DataFrame
        `column`, and the share of rows that are `unique` by it and those above it.

    Examples
    --------
    >>> table = pd.DataFrame({"a": [0, 1] * 4, "b": list("uuuuuuvv"), "c": [1] * 8})
    >>> quasi_identifiers(table).column.tolist()
    ['a', 'b']
    """
    real = align(table, table, schema=schema).real
    return _chosen(real, real.names, most, groups)


def _chosen(real: Table, names: Sequence[str], most: int, groups: int) -> pd.DataFrame:
    codes = {name: column_codes([real], name, groups) for name in names}
    left = [name for name in names if np.ptp(codes[name][0])]
    chosen: list[tuple[str, float]] = []
    key: list[list[Ints]] = []
    while left and len(chosen) < most and (not chosen or chosen[-1][1] < _ENOUGH):
        found = {name: _unique(joint_codes([*key, codes[name]])[0]) for name in left}
        best = max(left, key=found.__getitem__)
        left.remove(best)
        chosen.append((best, found[best][0] / real.n))
        key = [joint_codes([*key, codes[best]])]
    return pd.DataFrame(chosen, columns=["column", "unique"])


def _unique(key: Ints) -> tuple[int, int]:
    """Return how many rows are alone with their key, and how many keys there are."""
    counts = np.bincount(key)
    return int((counts == 1).sum()), int((counts > 0).sum())


@dataclass(frozen=True, slots=True)
class _EqualSizes:
    """Tables with as many synthetic as holdout rows: more rows meet more keys."""

    tables: Aligned

    @classmethod
    def of(cls, tables: Aligned, rng: np.random.Generator) -> "_EqualSizes":
        if tables.holdout is None:
            return cls(tables)
        rows = min(tables.synthetic.n, tables.holdout.n)
        made, held = tables.synthetic.sample(rows, rng), tables.holdout.sample(rows, rng)
        return cls(Aligned(tables.real, made, held, tables.notes))

    def row(self, keys: list[str], target: str, groups: int) -> tuple[str | float | int, ...]:
        """Return what the keys tell about the target."""
        known = [key for key in keys if key != target]
        tables = self.tables
        sides = [tables.synthetic, *([tables.holdout] if tables.holdout else [])]
        counts = [
            key_counts(tables, made, known, target, key_groups=groups, target_groups=groups)
            for made in sides
        ]
        found = counts[0].measures()
        usual = counts[1].measures() if len(counts) > 1 else dict.fromkeys(found, np.nan)
        n = tables.real.n
        shown = [found[k] for k in ("iS", "DiS", "DCAP", "baseCAPd", "max_denom")]
        limits = wilson(n * found["DiSCO"], n)
        excess = found["DiSCO"] - usual["DiSCO"]
        told = (found["DiSCO"], *limits, usual["DiSCO"], excess, *shown, usual["DCAP"], n)
        return (target, ", ".join(known), *told)


@metric
def disclosure_sweep(
    real: AnyTable,
    synthetic: AnyTable,
    keys: Sequence[str] | Literal["auto"] = "auto",
    *,
    targets: Sequence[str] | None = None,
    groups: int = _GROUPS,
    **shared: Unpack[Shared],
) -> Score:
    """DiSCO of every column from the same keys, the worst column first.

    The value is that of the column whose DiSCO exceeds the holdout's most; without a holdout, of
    the largest DiSCO. Numbers are put into groups. Where there are more synthetic than holdout
    rows, or fewer, as many of both are sampled.

    Parameters
    ----------
    keys : sequence of str or "auto"
        Columns that an intruder knows; "auto" takes those of `quasi_identifiers`. A key that is
        the target itself is left out.
    targets : sequence of str, optional
        Columns that he wants to know; by default all.
    groups : int
        Groups of numbers, in keys and targets.

    Returns
    -------
    Score
        `table` has one row a target: `keys`, `value` (DiSCO) with interval and `reference`,
        `excess`, iS, DiS, DCAP, baseCAPd, max_denom of `disclosure`, and DCAP of the holdout.
    """
    tables, rng = aligned(real, synthetic, **shared)
    names = tables.real.names
    known = list(_chosen(tables.real, names, 4, groups).column) if keys == "auto" else list(keys)
    sides = _EqualSizes.of(tables, rng)
    wanted = names if targets is None else targets
    rows = [sides.row(known, t, groups) for t in wanted if known and known != [t]]
    heads = ["target", "keys", "value", "low", "high", "reference", "excess", "iS", "DiS", "DCAP"]
    table = pd.DataFrame(rows, columns=[*heads, "baseCAPd", "max_denom", "reference DCAP", "n"])
    by = "value" if tables.holdout is None else "excess"
    table = table.sort_values(by, ascending=False, kind="stable").reset_index(drop=True)
    made = sides.tables.synthetic.n
    if not len(table):
        raise DataError("no column can be a key: give keys, and targets other than them.")
    note = f"of column {table.target[0]} from {table['keys'][0]}, the worst of {len(table)}."
    return from_row("worst DiSCO", table, 0, made, note).with_note(
        sampled(made, tables.synthetic.n)
    )
