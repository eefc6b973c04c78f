"""Read a text file: numbers that would not come back as they are written are kept exactly."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from copulasynth._paths import one_line
from copulasynth.errors import DataError
from copulasynth.rows.csv_aligned import refuse_aligned
from copulasynth.rows.csv_exact import (
    Inexact,
    Kinds,
    inexact,
    is_number,
    is_text,
    ungrouped,
)
from copulasynth.rows.csv_form import CsvForm, form_of
from copulasynth.rows.csv_lines import GAPS, is_typed
from copulasynth.rows.csv_styles import Styles
from copulasynth.rows.reading import Reading
from copulasynth.rows.text_file import TextFile
from copulasynth.schema import with_styles

__all__ = ["batches_of", "form_settled", "read_cells", "read_csv", "refuse_twice"]


QUOTED = re.compile('"(?:.*[^"])?(?:"")*"', re.DOTALL)


def read_csv(file: TextFile, said: Reading) -> tuple[pa.Table, list[str]]:
    """Return the table of a text file, and what is unusual about it.

    Raises
    ------
    DataError
        If it is no text, has no rows, names a column twice, or a row is not as long as the header.
    """
    table, form, notes = _settled(file, said)
    notes = _notes(file.title, form, said) + notes
    found, styles = _as_written(file, form, said, table)
    if kinds := found.kinds:
        table = _parsed(file, form, _convert(form, said, kinds))
    notes += found.notes(file.title)
    table = with_styles(table, {name: s for name, s in styles.items() if name not in kinds})
    if said.thousands is not None:
        coded = [name for name, kind in kinds.items() if kind == pa.string()]
        table = ungrouped(table, said.thousands, form.decimal, coded)
    return table, notes


def _as_written(
    file: TextFile, form: CsvForm, said: Reading, table: pa.Table
) -> tuple[Inexact, dict[str, str]]:
    """Return what the cells of a table tell that its values do not."""
    styles = Styles(table)
    names = [f.name for f in table.schema if is_number(f.type) or f.name in styles.names]
    if not names:
        return Inexact(), {}
    texts = _convert(form, said, dict.fromkeys(names, pa.string()), names)
    found = inexact(map(styles.see, _batches(file, form, texts)), table)
    return found, styles.found()


def read_cells(file: TextFile, said: Reading) -> tuple[pa.Table, CsvForm]:
    """Return every cell of a text file as it is written, and how the file is."""
    table, form, _ = _settled(file, said)
    kinds = dict.fromkeys(table.column_names, pa.string())
    texts = pacsv.ConvertOptions(column_types=kinds, include_columns=table.column_names)
    return _parsed(file, form, texts), form


def form_settled(file: TextFile, said: Reading) -> CsvForm:
    """Return how a text file is written, by all of its rows."""
    return _settled(file, said)[1]


def batches_of(
    file: TextFile, form: CsvForm, said: Reading, kinds: Kinds | None
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a text file of a known form, as columns of these types, or as text.

    Raises
    ------
    DataError
        If a row is not as long as the others, or a cell not of its column's type.
    """
    with pacsv.open_csv(
        form.open(file), read_options=form.reading(), parse_options=form.parsing()
    ) as first:
        names = [name for name in first.schema.names if name]
    refuse_twice(file.name, names)
    wanted = dict.fromkeys(names, pa.string()) if kinds is None else dict(kinds)
    grouped = said.thousands is not None
    read = {n: pa.string() if grouped and is_number(k) else k for n, k in wanted.items()}
    try:
        for batch in _batches(file, form, _convert(form, said, read, list(read))):
            yield _grouped(batch, wanted, said.thousands, form.decimal) if grouped else batch
    except pa.ArrowInvalid as e:
        raise DataError(f"{file.name} {_fault(file, form, str(e))}") from e


def _grouped(
    batch: pa.RecordBatch, kinds: Kinds, thousands: str | None, decimal: str
) -> pa.RecordBatch:
    """Return a batch of texts as its types, digits being grouped by a mark."""
    columns = []
    for cells, kind in zip(batch.columns, kinds.values(), strict=True):
        if is_number(kind):
            plain = pc.replace_substring(pc.utf8_trim_whitespace(cells), thousands, "")
            cells = pc.replace_substring(plain, decimal, ".").cast(kind)
        columns.append(cells)
    return pa.RecordBatch.from_arrays(columns, names=list(kinds))


def _convert(
    form: CsvForm, said: Reading, kinds: Kinds, only: list[str] | None = None
) -> pacsv.ConvertOptions:
    return pacsv.ConvertOptions(
        column_types=kinds,
        include_columns=only,
        null_values=list(said.missing),
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
        decimal_point=form.decimal,
    )


def _settled(file: TextFile, said: Reading) -> tuple[pa.Table, CsvForm, list[str]]:
    """Return the table of a file, by a form that all of its rows agree with."""
    form = form_of(file, said)
    table = _parsed(file, form, _convert(form, said, {}))
    if form.headers and not all(_typed(table.column(j)) for j in form.typed):
        form = replace(form, headers=0)  # words stand below, too: these were rows
        table = _parsed(file, form, _convert(form, said, {}))
    _refuse_merged(file, form, table, said.quote is None)
    if len(table.columns) == 1 and said.sep is None and form.names is None:
        refuse_aligned(file.name, table)
    notes = []
    if form.single and (blank := table.column(0).null_count):
        notes.append(f"{file.title}: {blank} blank lines are rows without a value")
    if said.header is None and (again := _header_again(form, table)):
        without = replace(form, header=tuple(table.column_names))
        rest = _parsed(file, without, _convert(form, said, {}))
        texts = [is_text(f.type) or pa.types.is_null(f.type) for f in rest.schema]
        if len(rest) + again == len(table) and not all(texts):
            return rest, without, notes
        notes.append(f"{file.title}: {again} rows are as its header; they are kept")
    return table, form, notes


def _typed(column: pa.ChunkedArray) -> bool:
    """Whether a column has numbers or dates, gaps aside."""
    if not is_text(column.type):
        return True
    cells = pc.unique(column.drop_null()).to_pylist()
    return all(is_typed(cell) or cell.strip().lower() in GAPS for cell in cells)


def _refuse_merged(file: TextFile, form: CsvForm, table: pa.Table, found: bool) -> None:
    """Refuse a file whose rows are not those that its lines and quotes tell.

    Raises
    ------
    DataError
        If a quote ends within a cell, or rows were lost or put together.
    """
    mark = form.quote.encode()
    if not mark or not any(mark in chunk for chunk in file.chunks()):
        return  # each line is a row
    count = -form.headers - (form.names is None)
    width = None
    for row, text in form.rows(file):
        if not row and not form.single:
            continue
        width = len(row) if width is None else width
        both = filter(QUOTED.fullmatch, row) if found and form.quote == "'" else iter(())
        if (cell := next(both, None)) is not None:
            raise DataError(
                f"{file.name}: ' encloses cells, and so does the usual quote: {_short(cell)}; say "
                "which it is (quote=, --quote)"
            )
        count += not (form.remark and len(row) != width and text.startswith(form.remark))
    count -= form.skipped if form.single else 0
    if count != len(table):
        raise DataError(
            f"{file.name}: its quotes tell {count:,} rows, and {len(table):,} are found; say "
            "quote='' (--quote '') if it has none, or quote cells whole"
        )


def _batches(
    file: TextFile, form: CsvForm, convert: pacsv.ConvertOptions
) -> Iterator[pa.RecordBatch]:
    opened = pacsv.open_csv(
        form.open(file),
        read_options=form.reading(),
        parse_options=form.parsing(),
        convert_options=convert,
    )
    with opened:
        yield from opened


def _notes(name: str, form: CsvForm, said: Reading) -> list[str]:
    notes = [f"{name} is read as a CSV file {found}"] if (found := form.note(said)) else []
    if form.names is not None and said.header is None:
        called = f"the columns are called {_listed(form.names)}"
        if form.names[0] == "row":
            notes.append(f"{name}: its header has one name fewer than rows have cells; {called}")
        else:
            notes.append(
                f"{name}: its first line holds values, no names; {called} (it has names: "
                "header=True, --header)"
            )
    return notes


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names if len(names) <= 4 else (*names[:2], "...", names[-1]))


def _header_again(form: CsvForm, table: pa.Table) -> int:
    """Return how many rows repeat the header, as those of files that were put together do."""
    if form.names is not None or not all(is_text(f.type) for f in table.schema):
        return 0
    equal = [pc.equal(table.column(i), n) for i, n in enumerate(table.column_names)]
    return int(pc.sum(pc.fill_null(reduce(pc.and_, equal), False)).as_py())


def _parsed(file: TextFile, form: CsvForm, convert: pacsv.ConvertOptions) -> pa.Table:
    """Return a table by pyarrow, without columns that have neither a name nor a value."""
    try:
        table = pacsv.read_csv(
            form.open(file),
            read_options=form.reading(),
            parse_options=form.parsing(),
            convert_options=convert,
        )
    except pa.ArrowInvalid as e:
        raise DataError(f"{file.name} {_fault(file, form, str(e))}") from e
    if len(table) == 0:
        raise DataError(f"{file.name} {EMPTY}")
    columns = enumerate(zip(table.column_names, table.columns, strict=True))
    kept = [i for i, (name, cells) in columns if name or cells.null_count < len(cells)]
    table = table.select(kept)
    refuse_twice(file.name, table.column_names)
    return table


EMPTY = "is empty or ends in its header; a line of names and lines of values are expected"


def _fault(file: TextFile, form: CsvForm, said: str) -> str:
    """Return what is wrong with a file that does not parse, where, and what to do."""
    if "Empty CSV" in said:
        return EMPTY
    if "straddling" in said:
        return "has a row of more than 1 MB; shorten its texts, or close a quote that stays open"
    if (row := _uneven(file, form)) is None:
        return f"cannot be read: {_short(said)}"
    cells = f"{row.actual_columns} cell{'s' * (row.actual_columns != 1)}"
    remedy = "quote cells that hold the separator, and remove lines that are no rows"
    if row.text.startswith("#"):
        remedy = "if it is a comment, say comment='#' (--comment)"
    elif row.expected_columns == 1:
        remedy = "remove titles and comments above the header, or say what separates with --sep"
    uncounted = "blank lines and comments do" if form.comment or form.remark else "blank lines do"
    return (
        f"cannot be read: row {row.number} (the header is row {1 + form.skipped}, {uncounted} "
        f"not count) has {cells}, the header has {row.expected_columns}: "
        f"{_short(row.text)}; {remedy}"
    )


def _short(text: str) -> str:
    return one_line(text if len(text) <= 80 else f"{text[:80]}...")


def _uneven(file: TextFile, form: CsvForm) -> pacsv.InvalidRow | None:
    """Return the first row that is not as long as the header; only one thread knows its number."""
    found: list[pacsv.InvalidRow] = []

    def note(row: pacsv.InvalidRow) -> str:
        found.append(row)
        return "error"

    parse = form.parsing()
    parse.invalid_row_handler = note
    with suppress(pa.ArrowInvalid):
        pacsv.read_csv(
            form.open(file), read_options=form.reading(threads=False), parse_options=parse
        )
    return found[0] if found else None


def refuse_twice(source: object, names: list[str]) -> None:
    """Refuse a file that names a column twice.

    Raises
    ------
    DataError
        With the places of the column.
    """
    if twice := [name for i, name in enumerate(names) if name in names[:i]]:
        places = [i for i, name in enumerate(names, 1) if name == twice[0]]
        raise DataError(
            f"{source}: the header names column {_short(twice[0])!r} twice, at places {places}; "
            "give each column a name of its own"
        )
