"""What is a lake, and how it is opened."""

import glob
import os
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as papq
from pyarrow import fs

from copulasynth.errors import ArgumentError, DataError, FitWarning
from copulasynth.rows.dataset.folder import Folder, folder_of, is_address
from copulasynth.rows.kinds import (
    PARQUET,
    TEXTS,
    WILD,
    ending_of,
    is_hidden,
    passed_over,
    refuse_versions,
    rows_of_one_kind,
)
from copulasynth.rows.lake.frames import dask_lake, dataset_lake, duckdb_lake, spark_lake
from copulasynth.rows.lake.lake import Lake, naming
from copulasynth.rows.lake.parquet import LakeFile, parquet_lake
from copulasynth.rows.lake.texts import text_lake
from copulasynth.rows.reading import FOUND, Reading

__all__ = ["is_lake", "lake_of"]

#: Cells of a folder of Parquet files that is read as one table, as it fits in memory easily.
HELD = 20_000_000
#: What a folder is called for rows without a value.
NULL = "__HIVE_DEFAULT_PARTITION__"
#: What hands its rows out once.
ONCE = (pa.RecordBatchReader, pads.Scanner)

#: Columns that folders tell, and their values.
Keys: TypeAlias = tuple[tuple[str, str | None], ...]

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
    of Dask and Spark, and relations of DuckDB. A smaller folder of Parquet files is one table. What
    can be read once only is to be read in pieces too, but `lake_of` refuses it with the remedy.
    """
    if isinstance(source, (Lake, pads.Dataset, *ONCE)) or _library(source) is not None:
        return True
    if isinstance(source, list | tuple):
        return all(isinstance(p, str | os.PathLike) for p in source)
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
    if isinstance(source, ONCE):
        raise ArgumentError(
            f"rows of a {type(source).__name__} can be read once, and a fit reads them twice; "
            "give what it comes from, such as a pyarrow dataset, or write it to Parquet"
        )
    if isinstance(source, str | os.PathLike):
        return _of_files(_files(source), str(source), said)
    if isinstance(source, list | tuple) and is_lake(source):
        if not source:
            raise ArgumentError("the list of paths is empty; give at least one")
        return _of_files(_listed(source), f"the {len(source)} paths", said)
    raise ArgumentError(
        f"expected a folder, paths with *, a dataset of pyarrow, a DataFrame of Dask or Spark, or "
        f"a relation of DuckDB, got {type(source).__name__}"
    )


def _of_files(files: Sequence[LakeFile], name: str, said: Reading) -> Lake:
    found = {file.path: file for file in _once(files)}
    paths, others = rows_of_one_kind(name, list(found))
    if others:
        warnings.warn(FitWarning(passed_over(name, others)), stacklevel=3)
    rows = [found[path] for path in paths]
    if ending_of(Path(paths[0]))[0] in PARQUET:
        return parquet_lake(rows)
    if not isinstance(rows[0].system, fs.LocalFileSystem):
        raise DataError(f"{name}: text files are read from disks only; write them as Parquet first")
    return text_lake(rows, said)


def _listed(paths: Sequence[object]) -> list[LakeFile]:
    """Return the files of several paths; folders in which these differ may say something."""
    parts = [_parts(path) for path in paths]
    differing = (k for k, some in enumerate(zip(*parts, strict=False)) if len(set(some)) > 1)
    shared = next(differing, min(map(len, parts))) if len(parts) > 1 else None
    return [file for path in paths for file in _files(path, shared)]


def _files(path: object, fixed: int | None = None) -> list[LakeFile]:
    """Return the files that a path, an address or a name with ``*`` stands for.

    Folders from part `fixed` of the path on may say something of rows, as those below it do; by
    default those from its first part with a ``*`` on.
    """
    if is_address(path) or Path(str(path)).is_dir():
        return _inside(folder_of(path), _told(path, fixed))
    if Path(str(path)).exists():
        rows_of_one_kind(str(path), [str(path)])
        return [_file(str(path), fixed)]
    wild = [k for k, part in enumerate(_parts(path)) if WILD.intersection(part)]
    first = min(wild[:1] + ([] if fixed is None else [fixed]), default=None)
    hidden = any(map(is_hidden, _parts(path)))
    found = [
        p
        for p in sorted(glob.glob(str(path), recursive=True))
        if hidden or not any(map(is_hidden, _parts(p)[first:]))
    ]
    if not found:
        raise DataError(f"{path}: there are no such files; check the path")
    folders = [p for p in found if Path(p).is_dir()]
    files = [_file(p, first) for p in found if p not in set(folders)]
    return [f for p in folders for f in _inside(folder_of(p), _told(p, first))] + files


def _parts(path: object) -> tuple[str, ...]:
    return tuple(str(path).split("/")) if is_address(path) else Path(str(path)).parts


def _told(path: object, fixed: int | None) -> Keys:
    """Return what the folders of a path say from a part on, the last part among them."""
    return () if fixed is None else _keys(_parts(path)[fixed:])


def _file(path: str, fixed: int | None) -> LakeFile:
    """Return a file of this machine."""
    told = _told(Path(path).parent, fixed)
    return LakeFile(path, fs.LocalFileSystem(), Path(path).stat().st_size, told)


def _inside(folder: Folder, above: Keys = ()) -> list[LakeFile]:
    """Return the files of a folder, but for hidden ones and those that begin with ``_``."""
    sizes = folder.sizes()
    refuse_versions(folder.name, sizes)
    shown = {name: size for name, size in sizes.items() if not any(map(is_hidden, name.split("/")))}
    root = folder.address if folder.local else folder.root
    return [
        LakeFile(f"{root}/{name}", folder.system, size, above + _keys(name.split("/")[:-1]))
        for name, size in shown.items()
    ]


def _keys(folders: Iterable[str]) -> Keys:
    """Return what folders called ``name=value`` say of the rows below them."""
    parts = [part.partition("=") for part in folders]
    told = [(unquote(name), unquote(value)) for name, mark, value in parts if mark and name]
    return tuple((name, None if value == NULL else value) for name, value in told)


def _once(files: Sequence[LakeFile]) -> list[LakeFile]:
    """Return each file once, however often and by whatever name it was given."""
    found: dict[str, LakeFile] = {}
    for file in sorted(files, key=lambda f: (-len(f.keys), f.path)):
        local = isinstance(file.system, fs.LocalFileSystem)
        found.setdefault(os.path.realpath(file.path) if local else file.path, file)
    return list(found.values())
