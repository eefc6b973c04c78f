"""What other libraries hold as a lake: Dask and Spark DataFrames, relations of DuckDB, datasets."""

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count, groupby
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as pads

from copulasynth.errors import DataError, SchemaError
from copulasynth.rows.common_types import unified_schema
from copulasynth.rows.dataset.on_spark import hushed
from copulasynth.rows.lake.attempts import result_of, spark_naming, tried
from copulasynth.rows.lake.lake import BATCH, Lake, first_line, naming, typed
from copulasynth.rows.lake.orders import Level, is_ordered, levels_of, with_levels, with_orders
from copulasynth.rows.lake.parquet import ROWS, LakeFile, parquet_lake
from copulasynth.schema import column_names

#: Tables and queries of libraries that need not be installed.
DaskFrame: TypeAlias = Any
SparkFrame: TypeAlias = Any
Relation: TypeAlias = Any
Delayed: TypeAlias = Any
Over = Callable[[Iterator[pa.RecordBatch]], Any]

SPARK, DASK = "the Spark DataFrame", "the Dask DataFrame"

__all__ = ["dask_lake", "dataset_lake", "duckdb_lake", "spark_lake"]


@dataclass(frozen=True, slots=True)
class HeldRows:
    """Rows that are in memory."""

    batches: tuple[pa.RecordBatch, ...]
    name: str

    def read(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows."""
        yield from self.batches


@dataclass(frozen=True, slots=True)
class Streamed:
    """Rows that come one after the other whenever they are asked for."""

    begin: Callable[[], Iterator[pa.RecordBatch]]
    name: str

    def pieces(self) -> Iterator[HeldRows]:
        """Yield about `ROWS` rows at a time."""
        read = 0

        def place(batch: pa.RecordBatch) -> int:
            nonlocal read
            read += batch.num_rows
            return int(read // ROWS)

        with naming(self.name):
            for _, some in groupby(self.begin(), place):
                yield HeldRows(tuple(some), self.name)


def dataset_lake(dataset: pads.Dataset) -> Lake:
    """Return a dataset of pyarrow as a lake: its files, or its rows where it is filtered."""
    plain = isinstance(dataset, pads.FileSystemDataset) and not dataset._scan_options
    if plain and isinstance(dataset.format, pads.ParquetFileFormat):
        files = []
        for part in dataset.get_fragments():
            keys = pads.get_partition_keys(part.partition_expression)
            told = tuple((k, None if v is None else str(v)) for k, v in keys.items())
            size = part.filesystem.get_file_info(part.path).size or 0
            files.append(LakeFile(part.path, part.filesystem, size, told))
        return parquet_lake(files, dataset.schema)
    begin = partial(dataset.to_batches, batch_size=BATCH)
    schema = with_levels(unified_schema({"the dataset": dataset.schema}), dataset.schema)
    if names := [f.name for f in dataset.schema if is_ordered(f.type)]:
        first = dataset.head(1, columns=names)
        schema = with_orders(schema, _orders(first, "the dataset"))
    return Lake(schema, Streamed(begin, "the dataset"), dataset.count_rows())


def _orders(table: pa.Table, name: str) -> dict[str, dict[str, list[Level]]]:
    """Return the levels of the ordered dictionaries of a table."""
    columns = [c for c, f in zip(table.columns, table.schema, strict=True) if is_ordered(f.type)]
    names = [f.name for f in table.schema if is_ordered(f.type)]
    return {
        n: {name: levels_of(c.chunk(0))}
        for n, c in zip(names, columns, strict=True)
        if c.num_chunks
    }


def duckdb_lake(relation: Relation) -> Lake:
    """Return a relation of DuckDB as a lake; its query is run again for each pass.

    Raises
    ------
    DataError
        If DuckDB cannot run it, as where a type of Arrow is none of its own.
    """
    import duckdb

    def begin() -> Iterator[pa.RecordBatch]:
        try:
            read = relation.to_arrow_reader
        except AttributeError:  # older releases call it so, and read a relation once
            read = relation.project("*").fetch_arrow_reader
        with _duckdb_naming(duckdb.Error):
            for batch in read(BATCH):
                yield batch.rename_columns(names)

    # names that differ by their case alone are told apart by numbers on the way
    names = list(relation.columns)
    with _duckdb_naming(duckdb.Error):
        empty = relation.limit(0).to_arrow_table().rename_columns(names)
    schema = unified_schema({"the relation": empty.schema})
    return Lake(schema, Streamed(begin, "the relation"))


@contextmanager
def _duckdb_naming(fault: type[Exception]) -> Iterator[None]:
    try:
        yield
    except fault as e:
        raise DataError(
            f"the relation cannot be read: {first_line(e)}. Cast the column in the query, or give "
            "the files that it reads"
        ) from e


@dataclass(frozen=True, slots=True)
class DaskPiece:
    """A partition of a Dask DataFrame, made where it is read."""

    delayed: Delayed
    number: int

    @property
    def name(self) -> str:
        """Its number, from 0 on as Dask counts."""
        return f"partition {self.number} of the Dask DataFrame"

    def read(self) -> Iterator[pa.RecordBatch]:
        """Yield its rows.

        Raises
        ------
        DataError
            If it cannot be made.
        """
        yield from self.table().to_batches(BATCH)

    def table(self) -> pa.Table:
        """Return its rows."""
        try:
            frame = self.delayed.compute(scheduler="synchronous")
        except Exception as e:  # of whatever makes it
            why = f"{type(e).__name__}: {first_line(e)}"
            raise DataError(f"{self.name} cannot be computed: {why}") from e
        with naming(self.name):
            return _arrow_of(frame)


@dataclass(frozen=True, slots=True)
class DaskParts:
    """The partitions of a Dask DataFrame."""

    parts: tuple[Delayed, ...]

    def pieces(self) -> Iterator[DaskPiece]:
        """Yield the partitions."""
        yield from map(DaskPiece, self.parts, count())


def _arrow_of(frame: pd.DataFrame) -> pa.Table:
    """Return a table of pandas without its index, as it is not modelled."""
    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()


def dask_lake(frame: DaskFrame) -> Lake:
    """Return a Dask DataFrame as a lake."""
    column_names(frame._meta)
    empty = _arrow_of(frame._meta)
    schema = empty.schema
    parts = DaskParts(tuple(frame.to_delayed()))
    unknown = [f.name for f in schema if pa.types.is_null(f.type)]
    objects = _objects(parts, unknown) if unknown else {}
    known = [f.with_type(objects.get(f.name, f.type)) for f in schema]
    made = unified_schema({DASK: pa.schema(known)})
    orders = {n: told for n, told in _orders(empty, DASK).items() if not _unknown(told[DASK])}
    return Lake(with_orders(with_levels(made, schema), orders), parts)


def _unknown(levels: list[Level]) -> bool:
    """Whether Dask has not looked at the levels of a column yet."""
    from dask.dataframe.utils import UNKNOWN_CATEGORIES

    return UNKNOWN_CATEGORIES in levels


def _objects(parts: DaskParts, names: list[str]) -> dict[str, pa.DataType]:
    """Return the types of columns that an empty table calls objects, by the rows.

    The first values tell them, unless it is a type that others may widen, as decimals.
    """
    found: dict[str, pa.Schema] = {}
    for piece in parts.pieces():
        found[piece.name] = piece.table().select(names).schema
        kinds = unified_schema(found).types
        if all(pa.types.is_string(k) or pa.types.is_boolean(k) for k in kinds):
            break
    return dict(zip(names, kinds, strict=True))


@dataclass(frozen=True, slots=True)
class SparkRows:
    """A Spark DataFrame; functions are sent to where its rows are."""

    frame: SparkFrame

    def pieces(self) -> Iterator[HeldRows]:
        """Yield its partitions, brought here."""
        with spark_naming(), hushed():
            rows = self.frame.toArrow()
        for batch in rows.to_batches(BATCH):
            yield HeldRows((batch,), SPARK)

    def run(self, work: Over, schema: pa.Schema) -> Iterator[Any]:
        """Yield what `work` returns for each partition, one at a time."""
        with spark_naming(), hushed():
            found = self.frame.mapInArrow(_on_spark(work, schema), "found binary")
            rows = found.toLocalIterator()
        with spark_naming():
            for row in rows:
                yield result_of(pickle.loads(row.found))


def _on_spark(
    work: Over, schema: pa.Schema
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def task(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        told = pickle.dumps(tried(partial(work, typed(batches, schema, SPARK))))
        yield pa.RecordBatch.from_pydict({"found": pa.array([told], pa.binary())})

    return task


def spark_lake(frame: SparkFrame) -> Lake:
    """Return a Spark DataFrame as a lake.

    Raises
    ------
    SchemaError
        If a column has a type of Spark that Arrow has none for.
    """
    with spark_naming(), hushed():
        names = frame.columns
        numbered = frame.toDF(*map(str, range(len(names))))
        empty = _empty(numbered, names)
    schema = pa.schema([f.with_name(n) for n, f in zip(names, empty.schema, strict=True)])
    return Lake(unified_schema({SPARK: schema}), SparkRows(frame))


def _empty(frame: SparkFrame, names: list[str]) -> pa.Table:
    """Return no rows of a frame whose columns are numbered."""
    from pyspark.errors import PySparkTypeError

    try:
        return frame.limit(0).toArrow()
    except PySparkTypeError:
        for name, field in zip(names, frame.schema, strict=True):
            try:
                frame.select(field.name).limit(0).toArrow()
            except PySparkTypeError as e:
                raise SchemaError(
                    f"column {name!r} has type {field.dataType.simpleString()} of Spark, which is "
                    "not supported; cast it to a plain type such as int or string, or drop it"
                ) from e
        raise
