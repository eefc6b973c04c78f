"""Parquet files as a lake: a piece is some row groups of a file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as papq
from pyarrow import fs

from copulasynth.errors import DataError
from copulasynth.rows.csv_cells import refuse_twice
from copulasynth.rows.lake.lake import BATCH, Lake
from copulasynth.rows.lake.types import unified_schema
from copulasynth.rows.workers import in_order

__all__ = ["FilePiece", "LakeFile", "ParquetFiles", "keys_of", "naming", "parquet_lake"]

#: Rows of a piece, unless a row group has more.
ROWS = 1 << 20


@dataclass(frozen=True, slots=True)
class LakeFile:
    """A file of a file system, and what the folders above it say of its rows."""

    path: str
    system: fs.FileSystem = field(compare=False)
    size: int = 0
    keys: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FilePiece:
    """Row groups of a Parquet file."""

    file: LakeFile
    groups: tuple[int, ...]
    keys: Mapping[str, pa.Scalar]

    def read(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows, with columns for what the folders say.

        Raises
        ------
        DataError
            If the file is damaged.
        """
        with naming(self.file.path), opened(self.file) as parquet:
            for batch in parquet.iter_batches(BATCH, list(self.groups), use_threads=False):
                for name, value in self.keys.items():
                    batch = batch.append_column(name, pa.repeat(value, batch.num_rows))
                yield batch


@dataclass(frozen=True, slots=True)
class ParquetFiles:
    """The files of a lake, and how many rows each row group has."""

    files: tuple[LakeFile, ...]
    groups: tuple[tuple[int, ...], ...]
    keys: tuple[Mapping[str, pa.Scalar], ...]

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
def naming(path: str) -> Iterator[None]:
    """Name the file in what goes wrong while it is read."""
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeError) as e:
        reason = str(e).strip().splitlines() or [type(e).__name__]
        raise DataError(
            f"{path} cannot be read: {reason[0]}. Write the file again, or leave it out."
        ) from e


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
    keys = keys_of(files)
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
    return Lake(
        unified_schema(found),
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


def _with_keys(schema: pa.Schema, keys: Mapping[str, pa.Scalar]) -> pa.Schema:
    for name, value in keys.items():
        if name not in schema.names:
            schema = schema.append(pa.field(name, value.type))
    return schema


def keys_of(files: Sequence[LakeFile]) -> tuple[dict[str, pa.Scalar], ...]:
    """Return what folders such as ``year=2020`` say, as numbers where all come back as written."""
    kinds: dict[str, Callable[[str], pa.Scalar]] = {}
    for name in dict.fromkeys(name for f in files for name, _ in f.keys):
        texts = {dict(f.keys).get(name, "") for f in files}
        whole = all(t.lstrip("-").isdigit() and str(int(t)) == t for t in texts)
        kinds[name] = _whole if whole else partial(pa.scalar, type=pa.string())
    return tuple({unquote(n): kinds[n](v) for n, v in f.keys} for f in files)


def _whole(text: str) -> pa.Scalar:
    return pa.scalar(int(text), pa.int64())
