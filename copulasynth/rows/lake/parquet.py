"""Parquet files as a lake: a piece is some row groups of a file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as papq
from pyarrow import fs

from copulasynth.errors import DataError
from copulasynth.rows.common_types import plain, unified_schema
from copulasynth.rows.csv_cells import refuse_twice
from copulasynth.rows.lake.lake import BATCH, Lake, naming
from copulasynth.rows.lake.orders import Level, is_ordered, levels_of, with_levels, with_orders
from copulasynth.rows.workers import in_order

__all__ = ["FilePiece", "LakeFile", "ParquetFiles", "keys_of", "parquet_lake", "with_keys"]

#: Rows of a piece, unless a row group has more.
ROWS = 1 << 20
#: Whole numbers of 63 bits that come back as they are written.
WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")

#: What the folders above a file say of its rows.
Keys: TypeAlias = Mapping[str, pa.Scalar]


@dataclass(frozen=True, slots=True)
class LakeFile:
    """A file of a file system, and what the folders above it say of its rows."""

    path: str
    system: fs.FileSystem = field(compare=False)
    size: int = 0
    keys: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class FilePiece:
    """Row groups of a Parquet file."""

    file: LakeFile
    groups: tuple[int, ...]
    keys: Keys

    @property
    def name(self) -> str:
        """The path of the file."""
        return self.file.path

    def read(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows, with columns for what the folders say."""
        with opened(self.file) as parquet:
            for batch in parquet.iter_batches(BATCH, list(self.groups), use_threads=False):
                yield with_keys(batch, self.keys, self.name)


@dataclass(frozen=True, slots=True)
class ParquetFiles:
    """The files of a lake, and how many rows each row group has."""

    files: tuple[LakeFile, ...]
    groups: tuple[tuple[int, ...], ...]
    keys: tuple[Keys, ...]

    def pieces(self) -> Iterator[FilePiece]:
        """Yield row groups by about `ROWS` rows."""
        for file, groups, keys in zip(self.files, self.groups, self.keys, strict=True):
            some: list[int] = []
            for k, rows in enumerate(groups):
                if some and sum(groups[i] for i in some) + rows > ROWS:
                    yield FilePiece(file, tuple(some), keys)
                    some = []
                some.append(k)
            if some:
                yield FilePiece(file, tuple(some), keys)


@contextmanager
def opened(file: LakeFile) -> Iterator[papq.ParquetFile]:
    with file.system.open_input_file(file.path) as source:
        yield papq.ParquetFile(source, pre_buffer=False)


def parquet_lake(files: Sequence[LakeFile], declared: pa.Schema | None = None) -> Lake:
    """Return Parquet files as a lake.

    Parameters
    ----------
    files : sequence of LakeFile
    declared : Schema, optional
        Columns to keep, of types at least as wide as these.

    Raises
    ------
    DataError
        If a file cannot be read, lacks a column, or has one of another type.
    """
    files = tuple(sorted(files, key=lambda f: f.path))
    footers = list(in_order(_footer, files, 8))
    keys = keys_of(files, declared)
    found = {
        file.path: _with_keys(schema, own)
        for file, (schema, _), own in zip(files, footers, keys, strict=True)
    }
    if declared is not None:
        found = {"the dataset": declared} | {
            path: pa.schema([f for f in schema if f.name in declared.names])
            for path, schema in found.items()
        }
    groups = tuple(rows for _, rows in footers)
    schema = unified_schema(found)
    if declared is not None:
        schema = with_levels(schema, declared)
    schema = with_orders(schema, _orders(files, footers, declared))
    return Lake(
        schema,
        ParquetFiles(files, groups, keys),
        sum(map(sum, groups)),
        sum(f.size for f in files),
    )


def _footer(file: LakeFile) -> tuple[pa.Schema, tuple[int, ...]]:
    with naming(file.path), opened(file) as parquet:
        meta = parquet.metadata
        schema = parquet.schema_arrow.remove_metadata()
        rows = tuple(meta.row_group(k).num_rows for k in range(meta.num_row_groups))
    refuse_twice(file.path, schema.names)
    return schema, rows


def _orders(
    files: Sequence[LakeFile],
    footers: Sequence[tuple[pa.Schema, tuple[int, ...]]],
    declared: pa.Schema | None,
) -> dict[str, dict[str, list[Level]]]:
    """Return the levels of ordered dictionaries by column and file, by the first rows of each."""
    kept = None if declared is None else {f.name for f in declared if is_ordered(f.type)}
    asked = [
        (file, [f.name for f in schema if is_ordered(f.type) and (kept is None or f.name in kept)])
        for file, (schema, groups) in zip(files, footers, strict=True)
        if groups
    ]
    found: dict[str, dict[str, list[Level]]] = {}
    some = [(file, names) for file, names in asked if names]
    for (file, _), levels in zip(some, in_order(_levels, some, 8), strict=True):
        for name, own in levels.items():
            found.setdefault(name, {})[file.path] = own
    return found


def _levels(asked: tuple[LakeFile, list[str]]) -> dict[str, list[Level]]:
    file, names = asked
    with naming(file.path), opened(file) as parquet:
        batch = next(parquet.iter_batches(1, [0], columns=names, use_threads=False), None)
    if batch is None:
        return {}
    return {name: levels_of(batch.column(name)) for name in names}


def _with_keys(schema: pa.Schema, keys: Keys) -> pa.Schema:
    for name, value in keys.items():
        if name not in schema.names:
            schema = schema.append(pa.field(name, value.type))
    return schema


def with_keys(batch: pa.RecordBatch, keys: Keys, path: str) -> pa.RecordBatch:
    """Return rows with what the folders say of them.

    Raises
    ------
    DataError
        If the file has such a column itself, and it says something else.
    """
    for name, value in keys.items():
        if name not in batch.schema.names:
            batch = batch.append_column(name, pa.repeat(value, batch.num_rows))
        elif not _says(batch.column(name), value):
            raise DataError(
                f"{path}: column {name!r} has other values than its folder, {name}={value}; drop "
                "the column from the file, or move the file"
            )
    return batch


def _says(column: pa.Array, value: pa.Scalar) -> bool:
    """Whether all of a column's values are one."""
    try:
        same = pc.equal(column, value.cast(plain(column.type)))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return False
    if not value.is_valid:
        return bool(column.null_count == len(column))
    return column.null_count == 0 and bool(pc.all(same).as_py())


def keys_of(
    files: Sequence[LakeFile], declared: pa.Schema | None = None
) -> tuple[dict[str, pa.Scalar], ...]:
    """Return what folders such as ``year=2020`` say, as numbers where all come back as written.

    Columns that are declared have their types.
    """
    kinds: dict[str, pa.DataType] = {}
    for name in dict.fromkeys(name for f in files for name, _ in f.keys):
        told = {text for f in files for key, text in f.keys if key == name}
        whole = told - {None} and all(text is None or WHOLE.fullmatch(text) for text in told)
        kinds[name] = pa.int64() if whole else pa.string()
        if declared is not None and name in declared.names:
            kinds[name] = plain(declared.field(name).type)
    return tuple({n: pa.scalar(v, pa.string()).cast(kinds[n]) for n, v in f.keys} for f in files)
