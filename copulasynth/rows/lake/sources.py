"""What is a lake, and how it is opened."""

import glob
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as papq
from pyarrow import fs

from copulasynth.errors import ArgumentError, DataError
from copulasynth.rows.dataset.folder import Folder, folder_of, is_address
from copulasynth.rows.lake.frames import dask_lake, dataset_lake, duckdb_lake, spark_lake
from copulasynth.rows.lake.lake import Lake
from copulasynth.rows.lake.parquet import LakeFile, naming, parquet_lake
from copulasynth.rows.lake.texts import text_lake
from copulasynth.rows.reader import PARQUET, TEXTS, ending_of
from copulasynth.rows.reading import FOUND, Reading

__all__ = ["is_lake", "lake_of"]

#: Cells of a folder of Parquet files that is read as one table, as it fits in memory easily.
HELD = 20_000_000
#: Characters that stand for others in the names of files.
WILD = frozenset("*?[")

LIBRARIES: dict[tuple[str, str], Callable[[Any], Lake]] = {
    ("dask", "DataFrame"): dask_lake,
    ("pyspark", "DataFrame"): spark_lake,
    ("duckdb", "DuckDBPyRelation"): duckdb_lake,
    ("_duckdb", "DuckDBPyRelation"): duckdb_lake,
}


def is_lake(source: object) -> bool:
    """Whether rows are to be read in pieces.

    So are names of files with ``*`` in them, lists of paths, folders of CSV files and those of
    Parquet files of more than `HELD` cells, addresses of stores, datasets of pyarrow, DataFrames
    of Dask and Spark, and relations of DuckDB. A smaller folder of Parquet files is one table.
    """
    if isinstance(source, Lake | pads.Dataset) or _library(source) is not None:
        return True
    if isinstance(source, list | tuple):
        return bool(source) and all(isinstance(p, str | os.PathLike) for p in source)
    if not isinstance(source, str | os.PathLike) or str(source) == "-":
        return False
    if is_address(source):
        return True
    path = Path(source)
    if not path.exists():
        return bool(WILD.intersection(str(source)))
    return path.is_dir() and _is_large(path)


def _library(source: object) -> Callable[[Any], Lake] | None:
    """Return what opens a table of a library that need not be installed."""
    for kind in type(source).__mro__:
        found = LIBRARIES.get((kind.__module__.partition(".")[0], kind.__name__))
        if found is not None:
            return found
    return None


def _is_large(path: Path) -> bool:
    """Whether a folder is one of text files, or one of many Parquet rows."""
    files = _inside(folder_of(path))
    kinds = {ending_of(Path(f.path))[0] for f in files}
    if not kinds & PARQUET:
        return bool(kinds & TEXTS)
    cells = 0
    for file in files:
        if ending_of(Path(file.path))[0] in PARQUET:
            with naming(file.path):
                meta = papq.read_metadata(file.path)
            cells += meta.num_rows * max(meta.num_columns, 1)
    return cells > HELD


def lake_of(source: object, said: Reading = FOUND) -> Lake:
    """Open a lake: see `is_lake`.

    Parameters
    ----------
    source : Lake, path, glob, address, list of paths, dataset, DataFrame or relation
    said : Reading, optional
        How text files are written; what is not said is found in the first, for all.

    Raises
    ------
    ArgumentError
        If it is none.
    DataError
        If there are no files, files of several kinds, or one that cannot be read.
    """
    if isinstance(source, Lake):
        return source
    if isinstance(source, pads.Dataset):
        return dataset_lake(source)
    opens = _library(source)
    if opens is not None:
        return opens(source)
    if isinstance(source, pa.RecordBatchReader):
        raise ArgumentError(
            "rows of a RecordBatchReader can be read once, and a fit reads them twice; give what "
            "it comes from, such as a pyarrow dataset, or write it to Parquet"
        )
    if isinstance(source, str | os.PathLike):
        return _of_files(_files(source), str(source), said)
    if isinstance(source, list | tuple) and is_lake(source):
        every = [file for path in source for file in _files(path)]
        return _of_files(every, f"the {len(source)} paths", said)
    raise ArgumentError(
        f"expected a folder, paths with *, a dataset of pyarrow, a DataFrame of Dask or Spark, or "
        f"a relation of DuckDB, got {type(source).__name__}"
    )


def _of_files(files: Sequence[LakeFile], name: str, said: Reading) -> Lake:
    kinds = {file.path: ending_of(Path(file.path))[0] for file in files}
    parquet = [f for f in files if kinds[f.path] in PARQUET]
    texts = [f for f in files if kinds[f.path] in TEXTS]
    if parquet and texts:
        raise DataError(
            f"{name} holds Parquet files and text files, such as {parquet[0].path} and "
            f"{texts[0].path}; give one kind, as in {name.rstrip('/')}/*.parquet"
        )
    if not parquet and not texts:
        raise DataError(f"{name}: no Parquet or CSV files are there; give where they are")
    if parquet:
        return parquet_lake(parquet)
    if not isinstance(texts[0].system, fs.LocalFileSystem):
        raise DataError(f"{name}: text files are read from disks only; write them as Parquet first")
    return text_lake(texts, said)


def _files(path: object) -> list[LakeFile]:
    """Return the files that a path, an address or a name with ``*`` stands for."""
    if is_address(path):
        return _inside(folder_of(path))
    if Path(str(path)).is_dir():
        return _inside(folder_of(path))
    if Path(str(path)).exists():
        return [_file(str(path))]
    found = sorted(glob.glob(str(path), recursive=True))
    if not found:
        raise DataError(f"{path}: there are no such files; check the path")
    fixed = next(k for k, part in enumerate(Path(str(path)).parts) if WILD.intersection(part))
    return [
        f for p in found for f in (_inside(folder_of(p)) if Path(p).is_dir() else [_file(p, fixed)])
    ]


def _file(path: str, fixed: int | None = None) -> LakeFile:
    """Return a file of this machine; folders from part `fixed` of its path on may say something."""
    told = "" if fixed is None else "/".join(Path(path).parts[fixed:])
    return LakeFile(path, fs.LocalFileSystem(), Path(path).stat().st_size, _keys(told))


def _inside(folder: Folder) -> list[LakeFile]:
    """Return the files of a folder, but for hidden ones and those that begin with ``_``."""
    shown = {
        name: size
        for name, size in folder.sizes().items()
        if not any(part.startswith((".", "_")) for part in name.split("/"))
    }
    root = folder.address if folder.local else folder.root
    return [
        LakeFile(f"{root}/{name}", folder.system, size, _keys(name)) for name, size in shown.items()
    ]


def _keys(path: str) -> tuple[tuple[str, str], ...]:
    """Return what folders called ``name=value`` say of the rows below them."""
    parts = [part.partition("=") for part in path.split("/")[:-1]]
    return tuple((name, unquote(value)) for name, mark, value in parts if mark and name)
