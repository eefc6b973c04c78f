"""Read a CSV file: numbers that would not come back as they are written are kept exactly."""

from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from copulasynth._paths import one_line
from copulasynth.errors import DataError
from copulasynth.rows.csv_form import CsvForm, form_of

__all__ = ["read_csv", "refuse_twice"]

Kinds = dict[str, pa.DataType]

PADDED = r"^\s*[-+]?0[0-9]"
WHOLE = r"^\s*-?[0-9]+\s*$"


def read_csv(source: Path, missing: tuple[str, ...]) -> tuple[pa.Table, list[str]]:
    """Return the table of a CSV file, and what is unusual about it.

    Raises
    ------
    DataError
        If it is no text, has no rows, names a column twice, or a row is not as long as the header.
    """
    form = form_of(source)

    def convert(kinds: Kinds, only: list[str] | None = None) -> pacsv.ConvertOptions:
        return pacsv.ConvertOptions(
            column_types=kinds,
            include_columns=only,
            null_values=list(missing),
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            decimal_point=form.decimal,
        )

    table = _parsed(source, form, convert({}))
    refuse_twice(source, table.column_names)
    notes = [f"{source.name} is read as a CSV file {form.note}"] if form.note else []
    numbers = [f.name for f in table.schema if _number(f.type)]
    texts = convert(dict.fromkeys(numbers, pa.string()), numbers)
    padded, wide = _inexact(source, form, texts, _huge(table)) if numbers else ([], {})
    if padded or wide:
        table = _parsed(source, form, convert(wide | dict.fromkeys(padded, pa.string())))
    if padded:
        notes.append(
            f"{source.name}: numbers begin with zeros, as codes do; kept as text: {padded}"
        )
    if beyond := [name for name in wide if wide[name] == pa.string() and name not in padded]:
        notes.append(f"{source.name}: whole numbers beyond 64 bits are kept as text: {beyond}")
    return table, notes


def _number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _huge(table: pa.Table) -> list[str]:
    """Return the columns of floats that may be whole numbers beyond 63 bits."""
    floats = [f.name for f in table.schema if pa.types.is_floating(f.type)]
    return [name for name in floats if (pc.max(pc.abs(table[name])).as_py() or 0) >= 2.0**63]


def _inexact(
    source: Path, form: CsvForm, texts: pacsv.ConvertOptions, huge: list[str]
) -> tuple[list[str], Kinds]:
    """Return the columns whose numbers begin with zeros, and the types that hold whole ones."""
    padded: dict[str, None] = {}
    wide: Kinds = dict.fromkeys(huge, pa.uint64())
    opened = pacsv.open_csv(
        source, read_options=form.reading(), parse_options=form.parsing(), convert_options=texts
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


def _parsed(source: Path, form: CsvForm, convert: pacsv.ConvertOptions) -> pa.Table:
    try:
        return pacsv.read_csv(
            source,
            read_options=form.reading(),
            parse_options=form.parsing(),
            convert_options=convert,
        )
    except pa.ArrowInvalid as e:
        raise DataError(f"{source} {_fault(source, form, str(e))}") from e


def _fault(source: Path, form: CsvForm, said: str) -> str:
    """Return what is wrong with a file that does not parse, where, and what to do."""
    if "Empty CSV" in said:
        return "is empty or ends in its header; a line of names and lines of values are expected"
    if "straddling" in said:
        return "has a row of more than 1 MB; shorten its texts, or close a quote that stays open"
    if (row := _uneven(source, form)) is None:
        return f"cannot be read: {_short(said)}"
    cells = f"{row.actual_columns} cell{'s' * (row.actual_columns != 1)}"
    remedy = "quote cells that hold the separator, and remove lines that are no rows"
    if row.expected_columns == 1:
        remedy = "remove titles and comments above the header"
    return (
        f"cannot be read: row {row.number} (the header is row {1 + form.skipped}, blank lines do "
        f"not count) has {cells}, the header has {row.expected_columns}: "
        f"{_short(row.text)}; {remedy}"
    )


def _short(text: str) -> str:
    return one_line(text if len(text) <= 80 else f"{text[:80]}...")


def _uneven(source: Path, form: CsvForm) -> pacsv.InvalidRow | None:
    """Return the first row that is not as long as the header; only one thread knows its number."""
    found: list[pacsv.InvalidRow] = []

    def note(row: pacsv.InvalidRow) -> str:
        found.append(row)
        return "error"

    parse = form.parsing()
    parse.invalid_row_handler = note
    with suppress(pa.ArrowInvalid):
        pacsv.read_csv(source, read_options=form.reading(threads=False), parse_options=parse)
    return found[0] if found else None


def refuse_twice(source: Path, names: list[str]) -> None:
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
