"""Which records are audited, and the tables of shadow fits: each record in half of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np

from copulasynth._arrays import Bools, Ints
from copulasynth.errors import DataError
from copulasynth.metrics.alignment import align
from copulasynth.metrics.disclosure.overlap import refuse_overlap
from copulasynth.metrics.table import Table
from copulasynth.privacy.membership import outlying
from copulasynth.privacy.sides import FEWEST, Side, unit_numbers
from copulasynth.schema import Schema, Tabular

__all__ = ["Chosen", "Worlds", "inclusions"]

#: Most rows, beside the records, that say what is usual.
_USUAL = 1000


@dataclass(frozen=True, slots=True)
class Chosen:
    """An audited record: a row of the training table, or the most outlying one of a person."""

    row: int
    unit: int
    kind: str


@dataclass(frozen=True, slots=True, eq=False)
class Worlds:
    """Training rows and stand-ins in one table, and who is audited.

    Attributes
    ----------
    pool : narwhals DataFrame
        Training rows, then stand-ins: one table, so that types say nothing of who is in.
    n : int
        Number of training rows.
    unit : ndarray of int64
        Whose each row of the pool is; training rows and stand-ins share none.
    chosen : tuple of Chosen
    spare : ndarray of int64
        Units that stand in for records that are left out.
    base : table
        The records, in order, then rows that say what is usual.
    names : tuple of str
        Columns that are attacked.
    schema : Schema
        What columns of draws are taken for.
    """

    pool: nw.DataFrame[Any]
    n: int
    unit: Ints
    chosen: tuple[Chosen, ...]
    spare: Ints
    base: Tabular
    names: tuple[str, ...]
    schema: Schema

    @classmethod
    def of(
        cls,
        train: Tabular,
        holdout: Tabular | None,
        records: int | Sequence[int],
        unit: str | None,
        schema: Schema | None,
        rng: np.random.Generator,
    ) -> "Worlds":
        """Choose records and stand-ins.

        Raises
        ------
        DataError
            If the tables are too small, do not fit together or share rows.
        """
        known = schema or Schema.infer(train, refused="drop")
        pool, n = _pooled(train, holdout)
        coded = _coded(train, holdout, unit, known)
        number = unit_numbers(train, holdout, unit, (n, len(pool) - n))
        side = Side(coded, number[0])
        chosen = _choose(side, records, holdout is None, rng)
        audited = np.array([one.unit for one in chosen])
        first = side.units
        spare = first + np.arange(len(np.unique(number[1])))
        if holdout is None:
            others = np.setdiff1d(np.arange(first), audited)
            spare = rng.permutation(others)[: len(chosen)]
        if spare.size < len(chosen):
            raise DataError(
                f"{len(chosen)} records need as many stand-ins, and the holdout has {spare.size}."
            )
        owners = np.concatenate([number[0], number[1] + first])
        usual = np.setdiff1d(np.arange(n), [one.row for one in chosen])
        usual = np.sort(rng.permutation(usual)[:_USUAL])
        rows = [one.row for one in chosen] + usual.tolist()
        base = pool[rows].to_native()
        return cls(pool, n, owners, chosen, spare, base, tuple(coded.names), known)

    def table(self, inside: Bools, rng: np.random.Generator) -> Any:
        """Return a training table with the given records in it, stand-ins for the others.

        Rows come in random order, so that places say nothing.
        """
        audited = np.array([one.unit for one in self.chosen])
        away = np.concatenate([audited[~inside], self.spare])
        come = rng.choice(self.spare, int((~inside).sum()), replace=False)
        first = np.arange(self.n)
        kept = first[~np.isin(self.unit[: self.n], away)]
        rows = np.concatenate([kept, np.flatnonzero(np.isin(self.unit, come))])
        return self.pool[rng.permutation(rows).tolist()].to_native()


def inclusions(records: int, fits: int, rng: np.random.Generator) -> Bools:
    """Return who is in which fit, shape (fits, records).

    Each record is in one half of the first half of the fits, and of the second, apart from the
    other records.
    """
    quarter = fits // 4
    halves = [_half(records, size, rng) for size in (2 * quarter, fits - 2 * quarter)]
    return np.concatenate(halves)


def _half(records: int, fits: int, rng: np.random.Generator) -> Bools:
    half = np.arange(fits) < fits // 2
    return rng.permuted(np.tile(half, (records, 1)), axis=1).T


def _pooled(train: Tabular, holdout: Tabular | None) -> tuple[nw.DataFrame[Any], int]:
    """Return training rows and those of a holdout in one table."""
    first = nw.maybe_reset_index(nw.from_native(train, eager_only=True))
    if holdout is None:
        return first, len(first)
    other = nw.maybe_reset_index(nw.from_native(holdout, eager_only=True))
    lacking = [name for name in first.columns if name not in other.columns]
    if lacking:
        raise DataError(f"the holdout has no column {lacking[0]!r}, which the training table has.")
    both = nw.concat([first, other.select(first.columns)], how="vertical")
    return nw.maybe_reset_index(both), len(first)


def _coded(train: Tabular, holdout: Tabular | None, unit: str | None, schema: Schema) -> Table:
    """Return the training rows coded, and refuse a holdout of training rows."""
    found = align(train, train if holdout is None else holdout, schema=schema)
    names = [name for name in found.real.names if name != unit]
    if not names:
        raise DataError("no column is left to attack: all are identifiers or free text.")
    coded = found.real.select(names)
    if holdout is not None:
        refuse_overlap(coded, found.synthetic.select(names))
    return coded


def _choose(
    side: Side, records: int | Sequence[int], reserved: bool, rng: np.random.Generator
) -> tuple[Chosen, ...]:
    """Return the most outlying records and random other ones, or those that were asked for."""
    far = outlying(side.table, side.table)
    if not isinstance(records, int):
        return _named(side, records)
    needed = records * (2 if reserved else 1)
    if records < 1 or side.units < max(FEWEST, needed + 2):
        raise DataError(
            f"{records} records of {side.units} rows (or units) cannot be audited: ask for at "
            f"least one, of at least {max(FEWEST, needed + 2)}."
        )
    # ties, as of rare levels, by chance
    order = np.lexsort((rng.random(far.size), -far))
    unit, at = np.unique(side.unit[order], return_index=True)
    best = order[at]
    ranked = np.argsort(at)
    many = (records + 1) // 2
    others = rng.permutation(ranked[many:])[: records - many]
    kinds = [("vulnerable", ranked[:many]), ("random", np.sort(others))]
    return tuple(Chosen(int(best[k]), int(unit[k]), kind) for kind, places in kinds for k in places)


def _named(side: Side, rows: Sequence[int]) -> tuple[Chosen, ...]:
    wanted = [int(row) for row in rows]
    units = [int(side.unit[row]) for row in wanted if 0 <= row < side.table.n]
    if not wanted or len(units) < len(wanted) or len(set(units)) < len(units):
        raise DataError(
            f"records: expected different rows (or units) from 0 to {side.table.n - 1}, got "
            f"{wanted[:5]}"
        )
    return tuple(Chosen(row, u, "chosen") for row, u in zip(wanted, units, strict=True))
