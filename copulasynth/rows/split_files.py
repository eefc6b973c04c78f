"""Split a file of rows into two of the same kind: text stays as it is written."""

from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as papq

from copulasynth._write import check_outputs, whole
from copulasynth.errors import DataError
from copulasynth.rows import files
from copulasynth.rows.blocks import Rng
from copulasynth.rows.csv_form import CsvForm, form_of
from copulasynth.rows.split import split

__all__ = ["split_file"]


def split_file(
    path: Path, holdout: float, rng: Rng, folder: Path | None = None, unit: str | None = None
) -> dict[Path, int]:
    """Write the rows of a file to two files, one to fit to and one to judge by.

    They are called as the file is, with ``.train`` and ``.holdout`` before the ending. The cells
    of a CSV file are written as they were read, in UTF-8 and with its separator.

    Parameters
    ----------
    path : Path
        A .csv, .csv.gz or .parquet file.
    holdout : float
        Share of the rows that is kept from fitting, in (0, 1).
    rng : int, Generator or None
    folder : Path, optional
        Where the two files go; beside the file if not given.
    unit : str, optional
        Column that says whose rows they are; all rows of one go to the same file.

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
    table = files.read(path)
    text = ".csv" in path.suffixes
    form = form_of(path) if text else CsvForm()
    if text:
        table = _cells(path, form)
    stem = path.name.partition(".csv" if text else path.suffix)[0]
    names = [f"{stem}.{part}.{'csv' if text else 'parquet'}" for part in ("train", "holdout")]
    places = [(folder or path.parent) / name for name in names]
    check_outputs(places, [path])
    parts = split(table, rng, share=1 - holdout, unit=unit)
    for place, part in zip(places, parts, strict=True):
        with whole(place, [path]) as f:
            if text:
                pacsv.write_csv(part, f, pacsv.WriteOptions(delimiter=form.separator))
            else:
                papq.write_table(part, f)
    return {place: len(part) for place, part in zip(places, parts, strict=True)}


def _cells(path: Path, form: CsvForm) -> pa.Table:
    """Read every cell of a CSV file as text."""
    read, parse = form.reading(), form.parsing()
    with pacsv.open_csv(path, read_options=read, parse_options=parse) as opened:
        names = opened.schema.names
    kinds = pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
    return pacsv.read_csv(path, read_options=read, parse_options=parse, convert_options=kinds)
