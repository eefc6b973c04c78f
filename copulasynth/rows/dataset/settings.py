"""What a dataset is asked to be, and what decides its bytes."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

import numpy as np
import pyarrow as pa

from copulasynth.errors import DataError, OutputError, did_you_mean
from copulasynth.rows.blocks import BLOCK, Blocks, count
from copulasynth.schema import Schema

__all__ = [
    "ENGINES",
    "NO_VALUE",
    "DatasetOptions",
    "Engine",
    "Origin",
    "Settings",
    "generator_of",
    "hash_of",
    "rows_of",
    "settings_of",
    "told_of",
]

Engine = Literal["threads", "dask", "spark"]
ENGINES: tuple[Engine, ...] = ("threads", "dask", "spark")
GENERATORS = {
    kind.__name__: kind
    for kind in (
        np.random.PCG64,
        np.random.PCG64DXSM,
        np.random.MT19937,
        np.random.Philox,
        np.random.SFC64,
    )
}
FILE = re.compile(r"([^/]+=[^/]*/)?part-(\d{6,})\.parquet")
#: What Hive calls the folder of rows without a value.
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
#: Rows of a file: 16 blocks of 20 columns are about 80 MB, as readers like.
ROWS_PER_FILE = 16 * BLOCK


class DatasetOptions(TypedDict, total=False):
    """How a folder of Parquet files is written.

    Attributes
    ----------
    engine : {"threads", "dask", "spark"}
        What draws the files; the bytes are the same.
    scheduler : str
        Address of a Dask scheduler or Spark master; without one, workers of this machine.
    rows_per_file : int
        Rounded up to whole blocks of 65,536 rows.
    partition_by : str
        Column of few levels, each of which gets a folder ``column=level`` (Hive).
    resume : bool
        Go on with a folder that was begun with the same settings.
    """

    engine: Engine
    scheduler: str
    rows_per_file: int
    partition_by: str
    resume: bool


@dataclass(frozen=True, slots=True)
class Origin:
    """Where rows come from, so far as it decides their bytes.

    Attributes
    ----------
    model : str
        Hash of the model.
    given : mapping
        What columns were asked to be in every row, in words.
    versions : mapping
        Of Python and the packages that draw.
    """

    model: str
    given: Mapping[str, str]
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Settings:
    """All that decides the bytes of a dataset."""

    rows: int
    rows_per_file: int
    partition_by: str | None
    seeds: Mapping[str, Any]
    origin: Origin

    @property
    def plain(self) -> dict[str, Any]:
        """The settings as a manifest has them."""
        origin = self.origin
        return {
            "rows": self.rows,
            "rows_per_file": self.rows_per_file,
            "partition_by": self.partition_by,
            "seed": dict(self.seeds),
            "model": origin.model,
            "given": dict(origin.given),
            "versions": self.versions,
        }

    @property
    def versions(self) -> dict[str, str]:
        """Of what decides the bytes."""
        return {**self.origin.versions, "pyarrow": pa.__version__}

    @property
    def files(self) -> int:
        """How many files there are, each of which may be divided among partitions.

        Also of no rows there is one, which tells readers the columns.
        """
        return max(-(-self.rows // self.rows_per_file), 1)

    def rows_of(self, number: int) -> int:
        """Return the rows of a part, none of one that there is not."""
        left = self.rows - number * self.rows_per_file
        return min(left, self.rows_per_file) if 0 <= number < self.files else 0

    def writes(self, name: str) -> bool:
        """Whether a file of that name would be written."""
        found = FILE.fullmatch(name)
        folder = found is not None and bool(found[1])
        return bool(found and int(found[2]) < self.files) and folder == bool(self.partition_by)


def settings_of(schema: Schema, work: Blocks, options: DatasetOptions, origin: Origin) -> Settings:
    """Return what is asked for, checked.

    Raises
    ------
    DataError
        If the engine is unknown, a file is to have no rows, or the column of the partitions is
        none, or is not one of levels.
    """
    engine = options.get("engine", "threads")
    if engine not in ENGINES:
        raise DataError(f"engine: there is no {engine!r}; {did_you_mean(engine, ENGINES)}")
    if options.get("scheduler") and engine == "threads":
        raise DataError("scheduler= is of engine='dask' or 'spark'; threads need none")
    asked = count(options.get("rows_per_file", ROWS_PER_FILE), "rows_per_file", least=1)
    by = options.get("partition_by")
    if by is not None:
        _check_partitions(schema, by)
    return Settings(work.n, -(-asked // BLOCK) * BLOCK, by, _seeds(work), origin)


def _check_partitions(schema: Schema, by: str) -> None:
    names = [str(column.name) for column in schema.kept]
    if by not in names:
        raise DataError(f"partition_by: there is no column {by!r}; {did_you_mean(by, names)}")
    column = schema.kept[names.index(by)]
    if column.kind not in ("nominal", "ordinal", "boolean"):
        raise DataError(
            f"partition_by: column {by!r} is {column.kind}; a folder each is for a column of "
            f"levels. Take another, or fit with kinds={{{by!r}: 'nominal'}} (--kind {by}=nominal)"
        )
    if {"", NO_VALUE} & set(map(str, column.levels)):
        raise DataError(
            f"partition_by: column {by!r} has the level '' or {NO_VALUE!r}, which a folder cannot "
            "have for a name; take another column"
        )
    if len(names) == 1:
        raise DataError(f"partition_by: without {by!r} the files would have no column")


def _seeds(work: Blocks) -> dict[str, Any]:
    """Return what the generators of the blocks are made of; whole numbers as text, to any size."""
    seeds = work.seeds
    entropy = np.atleast_1d(np.asarray(seeds.parent.entropy, dtype=object))
    return {
        "generator": seeds.kind.__name__,
        "entropy": [str(e) for e in entropy],
        "spawn_key": list(map(int, seeds.parent.spawn_key)),
        "first": seeds.first,
    }


def told_of(found: Mapping[str, Any]) -> DatasetOptions:
    """Return the options that a manifest tells."""
    told = DatasetOptions()
    if isinstance(rows := found.get("rows_per_file"), int):
        told["rows_per_file"] = rows
    if isinstance(by := found.get("partition_by"), str):
        told["partition_by"] = by
    return told


def rows_of(found: Mapping[str, Any]) -> int:
    """Return the number of rows that a manifest tells.

    Raises
    ------
    OutputError
        If it tells none.
    """
    rows = found.get("rows")
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 0:
        raise OutputError("the manifest tells no number of rows; say it again (n, -n)")
    return rows


def generator_of(found: Mapping[str, Any]) -> np.random.Generator:
    """Return the generator that a manifest tells, as it was before the draw.

    Raises
    ------
    OutputError
        If the manifest tells none.
    """
    try:
        seed = found["seed"]
        kind = GENERATORS[seed["generator"]]
        entropy = [int(e) for e in seed["entropy"]]
        parent = np.random.SeedSequence(
            entropy[0] if len(entropy) == 1 else entropy,
            spawn_key=tuple(seed["spawn_key"]),
            n_children_spawned=seed["first"],
        )
        return np.random.Generator(kind(parent))
    except (KeyError, TypeError, ValueError) as e:
        raise OutputError(f"the manifest tells no seed that can be used: {e}") from e


def hash_of(text: bytes | memoryview) -> str:
    """Return the SHA-256 of some bytes, as a manifest has it."""
    return hashlib.sha256(text).hexdigest()
