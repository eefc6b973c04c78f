"""Rows as a lazy Dask DataFrame: one partition a block, drawn where it is computed."""

from typing import Any

import numpy as np

from copulasynth.errors import DataError, MissingExtraError
from copulasynth.rows.blocks import Rng, Source, blocks, count

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
    parts = blocks(count(n), rng)
    empty = source.schema.assemble(source.schema.allocate(0))
    if not parts:
        return dd.from_pandas(empty, npartitions=1)
    ends = [start for start, _, _ in parts] + [n - 1]
    return dd.from_map(_partition, parts, source=source, meta=empty, divisions=ends)


def _partition(block: tuple[int, int, np.random.Generator], source: Source) -> Any:
    start, m, child = block
    buffers = source.schema.allocate(m)
    # the task may be computed again: its generator must not move
    x = source.draw(m, np.random.Generator(type(child.bit_generator)(_seed(child))))
    source.schema.fill(buffers, slice(0, m), x, start=start)
    table = source.schema.assemble(buffers)
    table.index = table.index + start
    return table


def _seed(child: np.random.Generator) -> np.random.SeedSequence:
    """Return the child's seed sequence as it was before anything was spawned from it."""
    sequence: Any = child.bit_generator.seed_seq
    return np.random.SeedSequence(
        entropy=sequence.entropy, spawn_key=sequence.spawn_key, pool_size=sequence.pool_size
    )
