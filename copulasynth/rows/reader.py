"""The one reader of tables: what a file is, by its name or its first bytes, and how it is read."""

import io
import os
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.feather as feather
import pyarrow.parquet as papq

from copulasynth._paths import special
from copulasynth.errors import ArgumentError, DataError, FitWarning
from copulasynth.rows.common_types import unified_schema
from copulasynth.rows.csv_cells import read_cells, read_csv, refuse_twice
from copulasynth.rows.csv_form import CsvForm
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
from copulasynth.rows.labelled import LABELLED, read_labelled
from copulasynth.rows.reading import FOUND, MISSING, Reading
from copulasynth.rows.text_file import TextFile, refuse_swollen
from copulasynth.rows.totals import total_note
from copulasynth.rows.workbooks import WORKBOOKS, read_workbook

__all__ = [
    "KINDS",
    "read",
    "read_as_text",
    "read_table",
    "text_of",
]

Found = tuple[pa.Table, list[str]]

ARROW = {".feather", ".arrow", ".ipc"}
KINDS = (
    ".csv, .tsv, .txt, .dat (also with .gz, .bz2, .zst), .parquet, .feather, .arrow, .xlsx, .xls, "
    ".ods, .sav, .por, .dta, .sas7bdat, .xpt or .zip, a folder of .parquet files, or - for "
    "standard input"
)


def read(
    path: str | os.PathLike[str],
    *,
    missing: tuple[str, ...] = MISSING,
    sep: str | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    encoding: str | None = None,
    quote: str | None = None,
    header: bool | None = None,
    comment: str | None = None,
    sheet: str | int | None = None,
) -> pa.Table:
    """Read a table from a file as people have it.

    Text files (.csv, .tsv, .txt, .dat, also packed as .gz, .bz2, .zst), .parquet and folders of
    it, .feather and .arrow; with ``pip install "copulasynth[files]"`` workbooks (.xlsx, .xls,
    .ods) and files of SPSS (.sav, .por), Stata (.dta) and SAS (.sas7bdat, .xpt); a .zip with one
    of them; ``-`` is standard input, text or Parquet. Of a text file everything below is found;
    what is not usual is said in a `FitWarning`, and what is stated is not searched for. Numbers
    that would not come back as they are written, as codes and phones, are kept as text.

    Parameters
    ----------
    path : path
    missing : tuple of str
        Texts that mean a missing value, quoted or not; of files of SPSS, Stata and SAS the values
        before labels, such as "99999". The default is the empty text alone, so that levels called
        ``NA`` or ``None`` stay levels.
    sep : str, optional
        What separates cells: one character; comma, semicolon, tab or bar are found.
    decimal : {".", ","}, optional
        The decimal mark.
    thousands : str, optional
        What groups digits; columns all of whose cells are such numbers become numbers. It is not
        searched for: such columns are text that means numbers.
    encoding : str, optional
        UTF-8, UTF-16 with its mark, or Windows-1252 are found.
    quote : str, optional
        What encloses cells: ``"``, or ``'`` if the header is in it, are found; "" if nothing is.
    header : bool, optional
        Whether the first line names the columns; else they are c1, c2, ...
    comment : str, optional
        What begins lines that are no rows; ``#`` is found above the header, or if they have another
        number of cells.
    sheet : str or int, optional
        Of a workbook, a name or a number from 1 on; by default the first sheet with rows.

    Returns
    -------
    pyarrow.Table
        ``.to_pandas()`` makes it a DataFrame. Labels of values of SPSS and Stata are levels, in
        the order of their values.

    Raises
    ------
    DataError
        If the file does not exist, is damaged or of another kind, or does not parse; the message
        says where and what to do.
    """
    if not isinstance(path, str | os.PathLike):
        raise ArgumentError(f"read takes the path of a file, got {type(path).__name__}")
    said = Reading(missing, sep, decimal, thousands, encoding, quote, header, comment, sheet)
    return read_table(path, said)


def read_table(path: str | os.PathLike[str], said: Reading = FOUND) -> pa.Table:
    """Read a table by what is said of its file; see `read`."""
    table, notes = _read(Path(path), said)
    for note in notes:
        warnings.warn(FitWarning(note), stacklevel=3)
    return table


def read_as_text(path: Path, said: Reading) -> tuple[pa.Table, CsvForm]:
    """Return every cell of a text file as it is written, and how the file is."""
    with _naming(path):
        return read_cells(text_of(path), said)


def _read(path: Path, said: Reading) -> Found:
    with _naming(path):
        table, notes = _found(path, said)
    total = total_note(path.name, table)
    return table, [*notes, *([total] if total else [])]


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Name the file in whatever goes wrong."""
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeError, zipfile.BadZipFile, EOFError) as e:
        raise DataError(f"{path} cannot be read: {e}") from e


def _found(path: Path, said: Reading) -> Found:
    if str(path) == "-":
        return _standard_input(said)
    if not path.exists():
        raise DataError(_absent(path))
    if (what := special(path)) not in ("", "a folder"):
        raise DataError(f"{path} is {what}, not a file; write its rows to a file first")
    ending, packing = ending_of(path)
    if path.is_dir():
        return _folder(path)
    if ending in TEXTS:
        return read_csv(text_of(path), said)
    if packing is None and (reader := _reader(ending)) is not None:
        return reader(path, said)
    raise DataError(f"{path}: expected a name that ends in {KINDS}")


def _absent(path: Path) -> str:
    """Return what is said of a file that is not there, which may be meant as many."""
    if WILD.intersection(str(path)) or ":/" in path.as_posix():
        return (
            f"{path} stands for what fit and evaluate read in pieces; here one table is read: give "
            "a file, or a folder of Parquet files"
        )
    return f"{path} does not exist"


def _reader(ending: str) -> Callable[[Path, Reading], Found] | None:
    readers = {
        **dict.fromkeys(PARQUET, lambda path, said: (_parquet(path), [])),
        **dict.fromkeys(ARROW, lambda path, said: (_arrow(path), [])),
        **dict.fromkeys(WORKBOOKS, read_workbook),
        **dict.fromkeys(LABELLED, read_labelled),
        ".zip": _zipped,
    }
    return readers.get(ending)


def text_of(path: Path) -> TextFile:
    """Return a text file by its path."""
    return TextFile(str(path), path, ending_of(path)[1])


def _parquet(path: Path) -> pa.Table:
    refuse_twice(path, papq.read_schema(path).names)
    return papq.read_table(path)


def _arrow(path: Path) -> pa.Table:
    """Read a file of Arrow: Feather, or the format of streams."""
    try:
        table = feather.read_table(path)
    except pa.ArrowInvalid:
        with pa.ipc.open_stream(path.read_bytes()) as stream:
            table = stream.read_all()
    refuse_twice(path, table.column_names)
    return table


def _folder(path: Path) -> Found:
    """Read a folder of Parquet files; parts of its names such as ``year=2020`` are a column."""
    inside = sorted(p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file())
    refuse_versions(str(path), inside)
    shown = [p for p in inside if not any(map(is_hidden, p.split("/")))]
    root = path.as_posix()
    files, others = rows_of_one_kind(str(path), [f"{root}/{p}" for p in shown])
    if ending_of(Path(files[0]))[0] in TEXTS:
        raise DataError(f"{path} is a folder without .parquet files; give a file")
    schema = _schema(files)
    folders = [part.partition("=") for p in shown for part in p.split("/")[:-1] if "=" in part]
    named = dict.fromkeys(unquote(key) for key, _, _ in folders)
    keys = [key for key in named if key not in schema.names]
    # read as text: "01" is no number
    told = [pa.field(key, pa.string()) for key in keys]
    table = pads.dataset(
        files,
        pa.schema([*schema, *told]),
        format="parquet",
        partitioning=pads.HivePartitioning(pa.schema(told)),
        partition_base_dir=root,
    ).to_table()
    for key in keys:
        place = table.schema.get_field_index(key)
        table = table.set_column(place, key, _numbered(table.column(place)))
    notes = [passed_over(str(path), others)] if others else []
    return table.replace_schema_metadata(schema.metadata), notes


def _schema(files: Sequence[str]) -> pa.Schema:
    """Return the columns that all files have, dictionaries where all have the same."""
    found = {file: papq.read_schema(file) for file in files}
    for file, schema in found.items():
        refuse_twice(file, schema.names)
    first = found[files[0]]
    if all(schema.equals(first) for schema in found.values()):
        return first
    fields = [
        own if all(schema.field(own.name).type == own.type for schema in found.values()) else common
        for common in unified_schema(found)
        for own in [first.field(common.name)]
    ]
    return pa.schema(fields, first.metadata)


def _numbered(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return texts as whole numbers where all of them come back as they are."""
    try:
        numbers = texts.cast(pa.int64())
    except pa.ArrowInvalid:
        return texts
    return numbers if numbers.cast(pa.string()).equals(texts) else texts


def _zipped(path: Path, said: Reading) -> Found:
    """Read the one table of a zip archive."""
    with zipfile.ZipFile(path) as packed, tempfile.TemporaryDirectory() as folder:
        members = [m for m in packed.infolist() if _is_table(m.filename)]
        if len(members) != 1:
            names = ", ".join(m.filename for m in members[:5])
            raise DataError(
                f"{path} has {len(members)} tables{': ' * bool(names)}{names}; give an archive of "
                "one, or unpack it"
            )
        member = members[0]
        refuse_swollen(str(path), path.stat().st_size, member.file_size)
        if member.flag_bits & 1:
            raise DataError(f"{path} is encrypted; unpack it first")
        target = Path(folder, Path(member.filename).name)
        with packed.open(member) as source, open(target, "wb") as sink:
            sink.write(source.read(member.file_size + 1))
        try:
            table, notes = _read(target, said)
        except DataError as e:
            raise DataError(str(e).replace(str(target), f"{path}/{member.filename}")) from e
        return table, notes


def _is_table(name: str) -> bool:
    path = Path(name)
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    ending = ending_of(path)[0]
    known = ending in TEXTS or (ending != ".zip" and _reader(ending) is not None)
    return known and not hidden and not name.endswith("/")


def _standard_input(said: Reading) -> Found:
    """Read text or Parquet, as the first bytes tell."""
    data = sys.stdin.buffer.read()
    if data.startswith(b"PAR1"):
        table = papq.read_table(io.BytesIO(data))
        refuse_twice("standard input", table.column_names)
        return table, []
    packing = {b"\x1f\x8b": "gzip", b"(\xb5": "zstd", b"BZ": "bz2"}.get(data[:2])
    if packing == "bz2" and data[3:4] not in b"123456789":
        packing = None
    return read_csv(TextFile("standard input", data, packing), said)
