"""Rows as a folder of Parquet files, here or in a store, drawn by threads, Dask or Spark."""

from copulasynth.rows.dataset.foretell import Foretold, foretold
from copulasynth.rows.dataset.settings import DatasetOptions, Origin
from copulasynth.rows.dataset.write import is_dataset, write_dataset

__all__ = [
    "DatasetOptions",
    "Foretold",
    "Origin",
    "foretold",
    "is_dataset",
    "write_dataset",
]
