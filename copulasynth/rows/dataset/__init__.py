"""Rows as a folder of Parquet files, here or in a store, drawn by threads, Dask or Spark."""

from copulasynth.rows.dataset.settings import DatasetOptions, Origin
from copulasynth.rows.dataset.write import is_dataset, write_dataset

__all__ = ["DatasetOptions", "Origin", "is_dataset", "write_dataset"]
