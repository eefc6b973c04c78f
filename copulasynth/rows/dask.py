"""Rows as a lazy Dask DataFrame: one partition a block, drawn where it is computed."""

from typing import Any

from copulasynth.errors import DataError, MissingExtraError
from copulasynth.rows.blocks import Rng, RowBlock, Source, blocks, buffers_of

__all__ = ["to_dask"]


def to_dask(source: Source, n: int, *, rng: Rng = None) -> Any:
    """Return n rows as a Dask DataFrame whose partitions are the seeded blocks.

    Computed on any number of workers, the rows are those of ``sample(source, n, rng)``.

    Raises
    ------
    MissingExtraError
        If Dask is not installed.
    DataError
        If the model was fitted to a table of another library than pandas.
    """
    try:
        import dask.dataframe as dd
    except ImportError as e:
        raise MissingExtraError(
            "Dask is not installed; run: pip install 'copulasynth[dask]'"
        ) from e
    if source.schema.library != "pandas":
        raise DataError(
            f"Dask holds pandas tables, the model was fitted to a {source.schema.library} table. "
            "Fit to df.to_pandas(), or write to Parquet."
        )
    parts = blocks(n, rng)
    empty = source.schema.assemble(source.schema.allocate(0))
    if not parts:
        return dd.from_pandas(empty, npartitions=1)
    ends = [part.start for part in parts] + [n - 1]
    return dd.from_map(_partition, parts, source=source, meta=empty, divisions=ends)


def _partition(block: RowBlock, source: Source) -> Any:
    table = source.schema.assemble(buffers_of(source, block))
    table.index = table.index + block.start
    return table
