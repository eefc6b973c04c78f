"""What files are by their names, and which of many are the rows of a table."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from copulasynth.errors import DataError, several
from copulasynth.rows.text_file import PACKINGS

__all__ = [
    "PARQUET",
    "TEXTS",
    "WILD",
    "ending_of",
    "is_hidden",
    "passed_over",
    "refuse_versions",
    "rows_of_one_kind",
]

TEXTS = {".csv", ".tsv", ".tab", ".txt", ".dat", ".psv"}
PARQUET = {".parquet", ".pq"}
#: Folders beside the files of tables that have versions, and what makes such tables.
VERSIONED = {"_delta_log": "Delta Lake", ".hoodie": "Hudi"}
#: Characters that stand for others in the names of files.
WILD = frozenset("*?[")


def ending_of(path: Path) -> tuple[str, str | None]:
    """Return the ending of a file's name that says what it is, and what it is packed with."""
    suffixes = [s.lower() for s in path.suffixes]
    packing = PACKINGS.get(suffixes[-1]) if suffixes else None
    kinds = suffixes[:-1] if packing else suffixes
    return (kinds[-1] if kinds else ""), packing


def is_hidden(part: str) -> bool:
    """Whether a file or folder is none of the rows, as ``_temporary``; ``_key=value`` is."""
    return part.startswith(".") or (part.startswith("_") and "=" not in part)


def rows_of_one_kind(name: str, paths: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the files of rows, all Parquet or all text, and those that are neither.

    Raises
    ------
    DataError
        If there are none, or files of both kinds.
    """
    kinds = {path: ending_of(Path(path))[0] for path in paths}
    parquet = [path for path in paths if kinds[path] in PARQUET]
    texts = [path for path in paths if kinds[path] in TEXTS]
    if parquet and texts:
        raise DataError(
            f"{name} holds Parquet files and text files, such as {parquet[0]} and {texts[0]}: "
            "move those of one kind elsewhere, or name the others by their ending, such as "
            "'*.parquet'"
        )
    rows = parquet or texts
    if not rows:
        told = f", but {several(len(paths), 'other')}, such as {paths[0]}" if paths else ""
        raise DataError(
            f"{name}: no Parquet or CSV files are there{told}; give where they are, or files of "
            "another kind as a dataset of pyarrow"
        )
    return rows, [path for path in paths if path not in set(rows)]


def refuse_versions(name: str, inside: Iterable[str]) -> None:
    """Refuse a folder of a format of tables that keeps files of rows that are no more.

    Parameters
    ----------
    name : str
    inside : iterable of str
        The paths in the folder, hidden ones too.

    Raises
    ------
    DataError
        With how its rows are read.
    """
    marks = {part for path in inside for part in path.split("/")[:-1]} & VERSIONED.keys()
    if marks:
        kind = VERSIONED[min(marks)]
        raise DataError(
            f"{name} is a table of {kind}, whose files also hold rows that were changed or "
            f"deleted: give what {kind} makes of it, such as a pyarrow dataset or a Spark "
            f"DataFrame, or name the files to read them all, as in '{name.rstrip('/')}/*.parquet'"
        )


def passed_over(name: str, others: Sequence[str]) -> str:
    """Return what is said of files that are none of the rows."""
    many = several(len(others), "file")
    return f"{name}: {many} neither Parquet nor text, such as {others[0]}, passed over"
