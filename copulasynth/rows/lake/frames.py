"""What other libraries hold as a lake: Dask and Spark DataFrames, relations of DuckDB, datasets."""

import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as pads

from copulasynth.rows.dataset.on_spark import hushed
from copulasynth.rows.lake.lake import BATCH, Lake, typed
from copulasynth.rows.lake.parquet import ROWS, LakeFile, parquet_lake
from copulasynth.rows.lake.types import unified_schema

#: Tables and queries of libraries that need not be installed.
DaskFrame: TypeAlias = Any
SparkFrame: TypeAlias = Any
Relation: TypeAlias = Any
Delayed: TypeAlias = Any
Over = Callable[[Iterator[pa.RecordBatch]], Any]

__all__ = ["dask_lake", "dataset_lake", "duckdb_lake", "spark_lake"]


@dataclass(frozen=True, slots=True)
class HeldRows:
    """Rows that are in memory."""

    batches: tuple[pa.RecordBatch, ...]

    def read(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows."""
        yield from self.batches


@dataclass(frozen=True, slots=True)
class Streamed:
    """Rows that come one after the other whenever they are asked for."""

    begin: Callable[[], Iterator[pa.RecordBatch]]

    def pieces(self) -> Iterator[HeldRows]:
        """Yield about `ROWS` rows at a time."""
        read = 0

        def place(batch: pa.RecordBatch) -> int:
            nonlocal read
            read += batch.num_rows
            return int(read // ROWS)

        for _, some in groupby(self.begin(), place):
            yield HeldRows(tuple(some))


def dataset_lake(dataset: pads.Dataset) -> Lake:
    """Return a dataset of pyarrow as a lake: its files, or its rows where it is filtered."""
    plain = isinstance(dataset, pads.FileSystemDataset) and not _filtered(dataset)
    if plain and isinstance(dataset.format, pads.ParquetFileFormat):
        files = []
        for part in dataset.get_fragments():
            keys = pads.get_partition_keys(part.partition_expression)
            told = tuple((name, str(value)) for name, value in keys.items())
            size = part.filesystem.get_file_info(part.path).size or 0
            files.append(LakeFile(part.path, part.filesystem, size, told))
        return parquet_lake(files, dataset.schema)
    begin = partial(dataset.to_batches, batch_size=BATCH)
    schema = unified_schema({"the dataset": dataset.schema})
    return Lake(schema, Streamed(begin), dataset.count_rows())


def _filtered(dataset: pads.Dataset) -> bool:
    return bool(getattr(dataset, "_scan_options", None))


def duckdb_lake(relation: Relation) -> Lake:
    """Return a relation of DuckDB as a lake; its query is run again for each pass."""

    def begin() -> Iterator[pa.RecordBatch]:
        yield from relation.to_arrow_reader(BATCH)

    schema = unified_schema({"the relation": relation.limit(0).to_arrow_table().schema})
    return Lake(schema, Streamed(begin))


@dataclass(frozen=True, slots=True)
class DaskPiece:
    """A partition of a Dask DataFrame, made where it is read."""

    delayed: Delayed

    def read(self) -> Iterator[pa.RecordBatch]:
        """Yield its rows."""
        frame = self.delayed.compute(scheduler="synchronous")
        yield from _arrow_of(frame).to_batches(BATCH)


@dataclass(frozen=True, slots=True)
class DaskParts:
    """The partitions of a Dask DataFrame."""

    parts: tuple[Delayed, ...]

    def pieces(self) -> Iterator[DaskPiece]:
        """Yield the partitions."""
        yield from map(DaskPiece, self.parts)


def _arrow_of(frame: pd.DataFrame) -> pa.Table:
    """Return a table of pandas without its index, as it is not modelled."""
    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()


def dask_lake(frame: DaskFrame) -> Lake:
    """Return a Dask DataFrame as a lake: text is what its empty table calls object."""
    schema = _arrow_of(frame._meta).schema
    texts = [pa.field(f.name, pa.string()) if pa.types.is_null(f.type) else f for f in schema]
    return Lake(
        unified_schema({"the Dask DataFrame": pa.schema(texts)}),
        DaskParts(tuple(frame.to_delayed())),
    )


@dataclass(frozen=True, slots=True)
class SparkRows:
    """A Spark DataFrame; functions are sent to where its rows are."""

    frame: SparkFrame

    def pieces(self) -> Iterator[HeldRows]:
        """Yield its partitions, brought here."""
        for batch in self.frame.toArrow().to_batches(BATCH):
            yield HeldRows((batch,))

    def run(self, work: Over, schema: pa.Schema) -> Iterator[Any]:
        """Yield what `work` returns for each partition, one at a time."""
        with hushed():
            found = self.frame.mapInArrow(_on_spark(work, schema), "found binary")
        for row in found.toLocalIterator():
            yield pickle.loads(row.found)


def _on_spark(
    work: Over, schema: pa.Schema
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def task(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        told = pickle.dumps(work(typed(batches, schema)))
        yield pa.RecordBatch.from_pydict({"found": pa.array([told], pa.binary())})

    return task


def spark_lake(frame: SparkFrame) -> Lake:
    """Return a Spark DataFrame as a lake."""
    from pyspark.sql.pandas.types import to_arrow_schema

    schema = to_arrow_schema(frame.schema)
    return Lake(unified_schema({"the Spark DataFrame": schema}), SparkRows(frame))
