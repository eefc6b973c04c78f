"""CSV files as a lake: how they are written is found once, and what their columns are in all."""

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv

from copulasynth.errors import DataError, FitWarning
from copulasynth.rows.csv_cells import batches_of, form_settled, read_csv
from copulasynth.rows.csv_form import CsvForm
from copulasynth.rows.lake.lake import Lake, naming
from copulasynth.rows.lake.parquet import LakeFile, keys_of, with_keys
from copulasynth.rows.lake.text_types import common_schema, marked_schema, plain_schema, unlike
from copulasynth.rows.reader import text_of
from copulasynth.rows.reading import Reading
from copulasynth.rows.text_file import TextFile, encoding_of
from copulasynth.rows.workers import in_order

__all__ = ["TextFiles", "text_lake"]

#: Bytes of the first file in which its form is found, and of rows whose types are found at once.
HEAD, AT_ONCE = 1 << 24, 1 << 24
#: Bytes of which a line may consist that says nothing, whatever the encoding.
BLANK = "\0 \t\r\n"


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
    first = next((f for f in files if _has_rows(text_of(Path(f.path)), said)), files[0])
    form = form_settled(_head(text_of(Path(first.path))), said)
    keys = keys_of(files)
    reader = _Typing(first.path, form, said)
    found = dict(zip((f.path for f in files), in_order(reader, files, 2), strict=True))
    notes = {note: path for path, (_, told) in reversed(found.items()) for note in told}
    for note, path in notes.items():
        warnings.warn(FitWarning(f"{path}{note}"), stacklevel=2)
    schemas = {path: schema for path, (schema, _) in found.items() if schema is not None}
    schema = plain_schema(common_schema(schemas))
    for note in unlike(schema, schemas, list(notes)):
        warnings.warn(FitWarning(note), stacklevel=2)
    kinds = {f.name: f.type for f in schema}
    for name, value in keys[0].items():
        if name not in schema.names:
            schema = schema.append(pa.field(name, value.type))
    pieces = tuple(
        TextPiece(f.path, form, said, kinds, own)
        for f, own in zip(files, keys, strict=True)
        if _has_rows(text_of(Path(f.path)), said)
    )
    return Lake(schema, TextFiles(pieces), size=sum(f.size for f in files))


def _has_rows(file: TextFile, said: Reading) -> bool:
    """Whether there are lines below the header."""
    return _has_lines(file, 1 if said.header is False else 2)


def _has_lines(file: TextFile, least: int) -> bool:
    with io.TextIOWrapper(file.stream(), "latin-1") as stream:
        return sum(1 for _ in islice(filter(_is_told, stream), least)) == least


def _is_told(line: str) -> bool:
    return bool(line.strip(BLANK))


@dataclass(frozen=True, slots=True)
class _Typing:
    """Finds the types of a file's columns, and what is unusual about them."""

    first: str
    form: CsvForm
    said: Reading

    def __call__(self, part: LakeFile) -> tuple[pa.Schema | None, list[str]]:
        file = text_of(Path(part.path))
        with naming(part.path):
            if not _has_rows(file, self.said):
                return self._header(file), []
            try:
                schema, notes = _typed(file, self.form, self.said)
            except (DataError, pa.ArrowException):
                self._refuse_unlike(file)
                raise
        if part.path != self.first and not self._is_named_alike(schema):
            self._refuse_unlike(file)
        return schema, notes

    def _is_named_alike(self, schema: pa.Schema) -> bool:
        """Whether columns have the names of the first file, which are in it."""
        first = self._names(text_of(Path(self.first)))
        return self.form.names is None and set(schema.names) == set(first)

    def _names(self, file: TextFile) -> list[str]:
        how = {"read_options": self.form.reading(), "parse_options": self.form.parsing()}
        with pacsv.open_csv(self.form.open(file), **how) as opened:
            return [name for name in opened.schema.names if name]

    def _header(self, file: TextFile) -> pa.Schema | None:
        """Return the columns of a file without rows, if it has as much as a header."""
        if self.form.names is not None or not _has_lines(file, 1):
            return None
        schema = pa.schema([(name, pa.null()) for name in self._names(file)])
        if not self._is_named_alike(schema):
            raise DataError(
                f"{file.name} has no rows, and its header is not that of {self.first}; leave the "
                "file out"
            )
        return schema

    def _refuse_unlike(self, file: TextFile) -> None:
        """Refuse a file that is written in another way than the first.

        Raises
        ------
        DataError
        """
        encoding = encoding_of(file)
        if self.said.encoding is None and encoding != self.form.encoding:
            raise DataError(
                f"{file.name} is written in {encoding}, and {self.first} in {self.form.encoding}; "
                "write all files in UTF-8"
            )
        own = form_settled(_head(file), self.said)
        if own.separator != self.form.separator:
            raise DataError(
                f"{file.name} is written with {own.separator!r} between cells, and {self.first} "
                f"with {self.form.separator!r}; write all files with the same"
            )
        if own.quote != self.form.quote and own.quote and self.form.quote:
            raise DataError(
                f"{file.name} encloses cells in {own.quote}, and {self.first} in "
                f"{self.form.quote}; write all files with the same"
            )
        if (own.names is None) != (self.form.names is None):
            bare, named = (file.name, self.first) if own.names else (self.first, file.name)
            raise DataError(
                f"{bare} has no names of columns in its first line, and {named} has; write them "
                "into all files"
            )


def _head(file: TextFile) -> TextFile:
    """Return the first lines of a file."""
    if file.packing is None and file.size <= HEAD:
        return file
    with file.stream() as stream:
        data = stream.read(HEAD)
    whole = data.rfind(b"\n") + 1 if len(data) == HEAD else len(data)
    return TextFile(file.name, data[:whole])


def _typed(file: TextFile, form: CsvForm, said: Reading) -> tuple[pa.Schema, list[str]]:
    """Return the types of a file's columns: those of its parts, each found by the reader."""
    found: dict[str, pa.Schema] = {}
    notes: dict[str, None] = {}
    waiting: list[pa.RecordBatch] = []

    def take() -> None:
        found[str(len(found))], told = _types(file, waiting, form, said)
        notes.update(dict.fromkeys(told))
        waiting.clear()

    for batch in batches_of(file, form, said, None):
        waiting.append(batch)
        if sum(b.nbytes for b in waiting) > AT_ONCE:
            take()
    if waiting:
        take()
    return common_schema(found), list(notes)


def _types(
    file: TextFile, rows: Sequence[pa.RecordBatch], form: CsvForm, said: Reading
) -> tuple[pa.Schema, list[str]]:
    """Return the types that the reader finds in cells as they are written, and what it says."""
    sink = pa.BufferOutputStream()
    pacsv.write_csv(pa.Table.from_batches(rows), sink, pacsv.WriteOptions(delimiter="\t"))
    cells = TextFile(file.name, sink.getvalue().to_pybytes())
    plain = Reading(said.missing, "\t", form.decimal, said.thousands, "utf-8", '"', True, "", None)
    table, notes = read_csv(cells, plain)
    # what is said of each file is said once, so without its name
    return marked_schema(table), [
        n.removeprefix(file.title) for n in notes if n.startswith(file.title)
    ]
