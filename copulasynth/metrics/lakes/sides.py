"""The tables that are compared, where some do not fit in memory: a seeded sample of each."""

from dataclasses import dataclass
from typing import Any, TypeAlias, TypedDict

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.dataset as pads

from copulasynth.errors import DataError, did_you_mean
from copulasynth.rows.blocks import count
from copulasynth.rows.dataset.settings import ENGINES, Engine
from copulasynth.rows.lake import Lake, Where, begun, is_lake, lake_of, sampled
from copulasynth.rows.lake.orders import ordered
from copulasynth.rows.opening import opened

__all__ = ["LakeOptions", "LakeSide", "LakeSides", "refuse_lakes", "sides_of"]

#: Rows of each table from which models are trained and distances are measured.
ROWS = 100_000
_CLOSE = (
    "Copies and near rows are looked for among the sampled rows alone, so few are found even where "
    "there are many; judge privacy on the rows that the synthesizer was trained on"
)


#: Tables in memory, and what is read in pieces: paths, datasets, DataFrames.
LakeOrTable: TypeAlias = Any


class LakeOptions(TypedDict, total=False):
    """How tables are read that do not fit in memory; tables in memory take none of these.

    Attributes
    ----------
    sample_rows : int
        Rows of each table for what cannot be counted, 100,000 by default.
    engine : {"threads", "dask", "spark"}
        What reads them; the numbers are the same.
    scheduler : str
        Address of a Dask scheduler or Spark master; without one, workers of this machine.
    workers : int
    """

    sample_rows: int
    engine: Engine
    scheduler: str
    workers: int


@dataclass(frozen=True, slots=True, eq=False)
class LakeSide:
    """A table that is compared: all of its rows in pieces, and a sample in memory."""

    lake: Lake
    sample: LakeOrTable
    rows: int
    sampled: int


@dataclass(frozen=True, slots=True, eq=False)
class LakeSides:
    """The real, the synthetic and maybe a holdout table."""

    real: LakeSide
    synthetic: LakeSide
    holdout: LakeSide | None
    where: Where

    @property
    def whole(self) -> bool:
        """Whether the samples are all rows of the tables that are counted."""
        return all(s.sampled == s.rows for s in (self.real, self.synthetic))

    @property
    def samples(self) -> tuple[Any, Any, Any]:
        """The rows of each that are in memory."""
        return self.real.sample, self.synthetic.sample, self.holdout and self.holdout.sample

    @property
    def counts(self) -> dict[str, int]:
        """How many rows each table has."""
        found = {"real": self.real.rows, "synthetic": self.synthetic.rows}
        return found if self.holdout is None else found | {"holdout": self.holdout.rows}

    @property
    def words(self) -> str:
        """How many rows were sampled of which."""
        return (
            f"from {self.real.sampled:,} of {self.real.rows:,} real and "
            f"{self.synthetic.sampled:,} of {self.synthetic.rows:,} synthetic rows"
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of the samples."""
        if self.whole:
            return ()
        return (
            f"One-way and two-way tables, distribution functions and gaps are counted in all "
            f"{self.real.rows:,} real and {self.synthetic.rows:,} synthetic rows, their bins and "
            f"errors taken {self.words}; all else is measured on these samples. {_CLOSE}.",
        )


def sides_of(
    real: LakeOrTable,
    synthetic: LakeOrTable,
    holdout: LakeOrTable,
    rng: np.random.Generator,
    options: LakeOptions,
) -> LakeSides | None:
    """Return the tables with their samples, or None if all are in memory.

    Raises
    ------
    DataError
        If there is a setting of lakes and none.
    """
    tables = (real, synthetic, holdout)
    if not any(map(is_lake, tables)):
        if options:
            raise DataError(
                f"{next(iter(options))}: is for tables that do not fit in memory, such as "
                "'lake/*.parquet'; these are read whole, leave it out"
            )
        return None
    rows = count(options.get("sample_rows", ROWS), "sample_rows", least=100)
    where = _where(options)
    # samples of one seed would be of the same contents, and nearer to each other than tables are
    seeds = [int(child.integers(2**62)) for child in rng.spawn(3)]
    with begun(where) as at:
        found = [
            None if table is None else _side(table, rows, seed, at)
            for table, seed in zip(tables, seeds, strict=True)
        ]
    assert found[0] is not None
    assert found[1] is not None
    return LakeSides(found[0], found[1], found[2], where)


def _where(options: LakeOptions) -> Where:
    engine, scheduler = options.get("engine", "threads"), options.get("scheduler")
    if engine not in ENGINES:
        raise DataError(f"engine={engine!r} is unknown; {did_you_mean(engine, ENGINES)}")
    if scheduler is not None and engine == "threads":
        raise DataError("scheduler= is for engine='dask' and engine='spark'; give one, or leave it")
    return Where(engine, scheduler, count(options.get("workers", 2), "workers", least=1))


def refuse_lakes(*tables: LakeOrTable) -> None:
    """Refuse what does not fit in memory where a model draws as many rows.

    Raises
    ------
    DataError
    """
    if any(map(is_lake, tables)):
        raise DataError(
            "evaluate_model draws as many rows as the real table has, in memory; for tables that "
            "do not fit, model.write('drawn/', n), and evaluate(real, 'drawn/*.parquet')"
        )


def _side(table: LakeOrTable, rows: int, seed: int, where: Where) -> LakeSide:
    if not is_lake(table):
        held = nw.from_native(opened(table), eager_only=True)
        lake = _held(held)
        if len(held) <= rows:
            return LakeSide(lake, held.to_native(), len(held), len(held))
    else:
        lake = lake_of(table)
    found = sampled(lake, rows, seed, where)
    if not found.rows:
        raise DataError("a table has no rows. Nothing can be measured on it.")
    table = ordered(found.table, lake.schema)
    return LakeSide(lake, table, found.rows, len(table))


def _held(table: "nw.DataFrame[Any]") -> Lake:
    try:
        return lake_of(pads.dataset(table.to_arrow()))
    except (pa.ArrowInvalid, pa.ArrowTypeError) as e:
        raise DataError(
            f"a table in memory cannot be put beside one that is not: {e}. Write it to Parquet, "
            "with one type a column"
        ) from e
