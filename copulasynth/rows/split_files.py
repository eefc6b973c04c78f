"""Split a file of rows into two of the same kind: text stays as it is written."""

from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv

from copulasynth._write import check_outputs, whole
from copulasynth.errors import DataError
from copulasynth.rows.blocks import Rng
from copulasynth.rows.files import write_table
from copulasynth.rows.kinds import TEXTS, ending_of
from copulasynth.rows.reader import read_as_text, read_table
from copulasynth.rows.reading import FOUND, Reading
from copulasynth.rows.sinks import written_as
from copulasynth.rows.split import split

__all__ = ["split_file"]


def split_file(
    path: Path,
    holdout: float,
    rng: Rng,
    folder: Path | None = None,
    unit: str | None = None,
    said: Reading = FOUND,
) -> dict[Path, int]:
    """Write the rows of a file to two files, one to fit to and one to judge by.

    They are called as the file is, with ``.train`` and ``.holdout`` before the ending, which is
    .csv for all text, and .parquet for what cannot be written. The cells of a text file are written
    as they were read, in UTF-8 and with its separator.

    Parameters
    ----------
    path : Path
        A file that `copulasynth.read` reads.
    holdout : float
        Share of the rows that is kept from fitting, in (0, 1).
    rng : int, Generator or None
    folder : Path, optional
        Where the two files go; beside the file if not given.
    unit : str, optional
        Column that says whose rows they are; all rows of one go to the same file.
    said : Reading
        How the file is to be read.

    Returns
    -------
    dict of Path to int
        Rows by file: to fit to, and to judge by.

    Raises
    ------
    DataError
        If the file cannot be read, or has fewer than two rows.
    OutputError
        If a file cannot be written; none of that name is then replaced.
    """
    if not 0 < holdout < 1:
        raise DataError(f"the holdout's share is {holdout}; it must lie between 0 and 1")
    table = read_table(path, said)
    ending = ending_of(path)[0]
    separator = None
    if ending in TEXTS:
        table, form = read_as_text(path, said)
        separator = form.separator
    kind = "csv" if separator else written_as(ending, "parquet")
    stem = _stem(path, ending)
    names = [f"{stem}.{part}.{kind}" for part in ("train", "holdout")]
    places = [(folder or path.parent) / name for name in names]
    check_outputs(places, [path])
    parts = split(table, rng, share=1 - holdout, unit=unit)
    for place, part in zip(places, parts, strict=True):
        _write(part, place, path, separator)
    return {place: len(part) for place, part in zip(places, parts, strict=True)}


def _stem(path: Path, ending: str) -> str:
    """Return the name of a file without its endings."""
    if str(path) == "-":
        return "stdin"
    place = path.name.lower().rfind(ending) if ending and not path.is_dir() else len(path.name)
    return path.name[:place]


def _write(table: pa.Table, place: Path, source: Path, separator: str | None) -> None:
    if separator is None:
        write_table(table, place)
        return
    with whole(place, [source]) as f:
        pacsv.write_csv(table, f, pacsv.WriteOptions(delimiter=separator))
