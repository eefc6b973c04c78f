"""CSV files as a lake: how they are written is found once, and what their columns are in all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv

from copulasynth.errors import DataError
from copulasynth.rows.csv_cells import batches_of, form_settled, read_csv
from copulasynth.rows.csv_form import CsvForm
from copulasynth.rows.lake.lake import Lake, naming
from copulasynth.rows.lake.parquet import LakeFile, keys_of, with_keys
from copulasynth.rows.lake.types import unified_schema
from copulasynth.rows.reader import text_of
from copulasynth.rows.reading import Reading
from copulasynth.rows.text_file import TextFile
from copulasynth.rows.workers import in_order

__all__ = ["TextFiles", "text_lake"]

#: Bytes of the first file in which its form is found, and of rows whose types are found at once.
HEAD, AT_ONCE = 1 << 24, 1 << 24


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A text file, read by a form and types that are those of all files."""

    path: str
    form: CsvForm
    said: Reading
    kinds: dict[str, pa.DataType]
    keys: Mapping[str, pa.Scalar]

    @property
    def name(self) -> str:
        """The path of the file."""
        return self.path

    def read(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows.

        Raises
        ------
        DataError
            If a cell is not of its column's type any more, or a row has another length.
        """
        for batch in batches_of(text_of(Path(self.path)), self.form, self.said, self.kinds):
            yield with_keys(batch, self.keys, self.path)


@dataclass(frozen=True, slots=True)
class TextFiles:
    """Text files of one form."""

    all: tuple[TextPiece, ...]

    def pieces(self) -> Iterator[TextPiece]:
        """Yield the files."""
        yield from self.all


def text_lake(files: Sequence[LakeFile], said: Reading) -> Lake:
    """Return text files as a lake.

    Raises
    ------
    DataError
        If a file is not written as the first is, or lacks a column.
    """
    files = tuple(sorted(files, key=lambda f: f.path))
    form = form_settled(_head(text_of(Path(files[0].path))), said)
    keys = keys_of(files)

    def typed(file: LakeFile) -> pa.Schema:
        with naming(file.path):
            return _typed(text_of(Path(file.path)), form, said)

    found = dict(zip((f.path for f in files), in_order(typed, files, 2), strict=True))
    schema = unified_schema(found, otherwise=pa.string())
    kinds = {f.name: f.type for f in schema}
    for name, value in keys[0].items():
        if name not in schema.names:
            schema = schema.append(pa.field(name, value.type))
    pieces = (TextPiece(f.path, form, said, kinds, own) for f, own in zip(files, keys, strict=True))
    return Lake(schema, TextFiles(tuple(pieces)), size=sum(f.size for f in files))


def _head(file: TextFile) -> TextFile:
    """Return the first lines of a file."""
    if file.packing is None and file.size <= HEAD:
        return file
    with file.stream() as stream:
        data = stream.read(HEAD)
    whole = data.rfind(b"\n") + 1 if len(data) == HEAD else len(data)
    return TextFile(file.name, data[:whole])


def _typed(file: TextFile, form: CsvForm, said: Reading) -> pa.Schema:
    """Return the types of a file's columns: those of its parts, each found by the reader."""
    header = batches_of(file, form, said, None)
    found: dict[str, pa.Schema] = {}
    waiting: list[pa.RecordBatch] = []
    for batch in header:
        waiting.append(batch)
        if sum(b.nbytes for b in waiting) > AT_ONCE:
            found[str(len(found))] = _types(file, waiting, form, said)
            waiting = []
    if waiting:
        found[str(len(found))] = _types(file, waiting, form, said)
    if not found:
        raise DataError(f"{file.name} has no rows; leave the file out")
    return unified_schema(found, otherwise=pa.string())


def _types(
    file: TextFile, rows: Sequence[pa.RecordBatch], form: CsvForm, said: Reading
) -> pa.Schema:
    """Return the types that the reader finds in cells as they are written."""
    sink = pa.BufferOutputStream()
    pacsv.write_csv(pa.Table.from_batches(rows), sink, pacsv.WriteOptions(delimiter="\t"))
    cells = TextFile(file.name, sink.getvalue().to_pybytes())
    plain = Reading(said.missing, "\t", form.decimal, said.thousands, "utf-8", '"', True, "", None)
    return read_csv(cells, plain)[0].schema
