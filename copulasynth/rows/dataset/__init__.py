"""Rows as a folder of Parquet files, here or in a store, drawn by threads, Dask or Spark."""

from copulasynth.rows.dataset.foretell import Foretold, foretold
from copulasynth.rows.dataset.settings import DatasetOptions, Origin
from copulasynth.rows.dataset.write import Begun, begun_dataset, is_dataset, write_dataset

__all__ = [
    "Begun",
    "DatasetOptions",
    "Foretold",
    "Origin",
    "begun_dataset",
    "foretold",
    "is_dataset",
    "write_dataset",
]
