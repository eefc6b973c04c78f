"""Read a text file: numbers that would not come back as they are written are kept exactly."""

import re
from contextlib import suppress
from dataclasses import replace
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from copulasynth._paths import one_line
from copulasynth.errors import DataError
from copulasynth.rows.csv_form import CsvForm, form_of
from copulasynth.rows.reading import Reading
from copulasynth.rows.text_file import TextFile

__all__ = ["read_cells", "read_csv", "refuse_twice"]

Kinds = dict[str, pa.DataType]

PADDED = r"^\s*[-+]?0[0-9]"
WHOLE = r"^\s*-?[0-9]+\s*$"


def read_csv(file: TextFile, said: Reading) -> tuple[pa.Table, list[str]]:
    """Return the table of a text file, and what is unusual about it.

    Raises
    ------
    DataError
        If it is no text, has no rows, names a column twice, or a row is not as long as the header.
    """
    form = form_of(file, said)

    def convert(kinds: Kinds, only: list[str] | None = None) -> pacsv.ConvertOptions:
        return pacsv.ConvertOptions(
            column_types=kinds,
            include_columns=only,
            null_values=list(said.missing),
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            decimal_point=form.decimal,
        )

    table = _parsed(file, form, convert({}))
    if said.header is None and _header_again(file.name, form, table):
        form = replace(form, repeated=True)
        table = _parsed(file, form, convert({}))
    notes = _notes(file.title, form, said)
    numbers = [f.name for f in table.schema if _number(f.type)]
    texts = convert(dict.fromkeys(numbers, pa.string()), numbers)
    padded, wide = _inexact(file, form, texts, _huge(table)) if numbers else ([], {})
    if padded or wide:
        table = _parsed(file, form, convert(wide | dict.fromkeys(padded, pa.string())))
    if padded:
        notes.append(f"{file.title}: numbers begin with zeros, as codes do; kept as text: {padded}")
    if beyond := [name for name in wide if wide[name] == pa.string() and name not in padded]:
        notes.append(f"{file.title}: whole numbers beyond 64 bits are kept as text: {beyond}")
    if said.thousands is not None:
        table = _ungrouped(table, said.thousands, form.decimal)
    return table, notes


def read_cells(file: TextFile, said: Reading) -> tuple[pa.Table, CsvForm]:
    """Return every cell of a text file as it is written, and how the file is."""
    form = form_of(file, said)
    names = _parsed(file, form, pacsv.ConvertOptions()).column_names
    kinds = dict.fromkeys(names, pa.string())
    texts = pacsv.ConvertOptions(column_types=kinds, include_columns=names)
    return _parsed(file, form, texts), form


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


def _header_again(name: str, form: CsvForm, table: pa.Table) -> bool:
    """Whether rows repeat the header, as those of files that were put together do."""
    texts = [pa.types.is_string(f.type) for f in table.schema]
    if form.names is not None or not all(texts):
        return False
    equal = [pc.equal(table.column(i), n) for i, n in enumerate(table.column_names)]
    places = pc.indices_nonzero(pc.fill_null(reduce(pc.and_, equal), False))
    if len(places) and not form.header:
        raise DataError(
            f"{name}: row {places[0].as_py() + 2} is the header again, as in files that were put "
            "together; remove it"
        )
    return len(places) > 0


def _ungrouped(table: pa.Table, thousands: str, decimal: str) -> pa.Table:
    """Return a table whose columns of numbers with marks of thousands are numbers."""
    mark, point = re.escape(thousands), re.escape(decimal)
    number = rf"^\s*[-+]?(?:[0-9]+|[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+)(?:{point}[0-9]+)?\s*$"
    for i, column in enumerate(table.columns):
        if not pa.types.is_string(column.type) or column.null_count == len(column):
            continue
        if pc.all(pc.match_substring_regex(column, number)).as_py():
            plain = pc.replace_substring(pc.utf8_trim_whitespace(column), thousands, "")
            plain = pc.replace_substring(plain, decimal, ".")
            whole = pc.all(pc.match_substring_regex(plain, WHOLE)).as_py()
            kind = pa.int64() if whole else pa.float64()
            table = table.set_column(i, table.column_names[i], plain.cast(kind))
    return table


def _number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _huge(table: pa.Table) -> list[str]:
    """Return the columns of floats that may be whole numbers beyond 63 bits."""
    floats = [f.name for f in table.schema if pa.types.is_floating(f.type)]
    return [name for name in floats if (pc.max(pc.abs(table[name])).as_py() or 0) >= 2.0**63]


def _inexact(
    file: TextFile, form: CsvForm, texts: pacsv.ConvertOptions, huge: list[str]
) -> tuple[list[str], Kinds]:
    """Return the columns whose numbers begin with zeros, and the types that hold whole ones."""
    padded: dict[str, None] = {}
    wide: Kinds = dict.fromkeys(huge, pa.uint64())
    opened = pacsv.open_csv(
        form.open(file),
        read_options=form.reading(),
        parse_options=form.parsing(),
        convert_options=texts,
    )
    with opened:
        for batch in opened:
            for name in texts.include_columns:
                cells = batch.column(name)
                if name not in padded and pc.any(pc.match_substring_regex(cells, PADDED)).as_py():
                    padded[name] = None
                if name in wide and not pc.all(pc.match_substring_regex(cells, WHOLE)).as_py():
                    del wide[name]  # fractions among them: these are measured
                elif name in wide:
                    wide[name] = wide[name] if _unsigned(cells) else pa.string()
    return list(padded), wide


def _unsigned(cells: pa.Array) -> bool:
    try:
        cells.cast(pa.uint64())
    except pa.ArrowInvalid:
        return False
    return True


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
    if row.expected_columns == 1:
        remedy = "remove titles and comments above the header, or say what separates with --sep"
    uncounted = "blank lines and comments do" if form.comment else "blank lines do"
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
