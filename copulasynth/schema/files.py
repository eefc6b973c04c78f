"""Schema files: TOML that a person reads and edits, checked when it is read back."""

import datetime as dt
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any

import msgspec
import tomlkit

from copulasynth._paths import read_bytes
from copulasynth._write import write_text
from copulasynth.errors import SchemaError
from copulasynth.schema.column import ALLOWED, SECOND, Column, key, places_among, short
from copulasynth.schema.records import RULES, Rule

__all__ = ["read_fields", "write_fields"]

FORMAT = "copulasynth-schema"
VERSION = 1
STORED: tuple[str, ...] = (
    "storage",
    "dtype",
    "physical",
    "unit",
    "timezone",
    "categorical",
    "ordered",
    "marker",
    "scale",
    "offset",
    "behind",
    "stray",
)

HEADER = """\
Schema of a table: what copulasynth takes each column for. Edit it and use it again with
Schema.from_file(path). What you may change in a column:

  kind           the comment behind it lists what its values can be; "drop" leaves it out
  lower, upper   natural bounds of numbers; without the line there is none
  decimals       decimals of numbers; without the line values are not rounded
  multiple       numbers are multiples of so many units of the last decimal: 100 for hundreds
  discrete       true for numbers that take few values (counts, scores)
  levels         every level, in order; the order matters for kind = "ordinal". If you make numbers
                 nominal or ordinal and list no levels, fitting learns them from the data.
  missing_codes  values such as -8 that mean another kind of missing; they come back as themselves
  format         how text is written that holds something else: "%d/%m/%Y", "#,##0.00 EUR",
                 "[h]:mm"; without it, text of a changed kind is read as the data tell
  pattern        what new identifiers look like: "ID-#####", "[A-Z]{2}-####"
  style          how text files write numbers, truth values and times: "0.00", "TRUE/FALSE",
                 "%Y-%m-%d %H:%M"
  title          the label that files of SPSS and Stata have for the column
  gaps           true if values may be missing
  value          the value of a constant column

A [[rule]] is a relation that holds in every drawn row of a copula model: an age group that follows
from age, a start before an end. Of `told` rows that could break it, `obey` obey it; columns without
the relation would have shown it with a probability below `chance`. Delete a rule, or write
keep = false, to model its columns freely; or write rules of your own.

Leave `stored` as it is: it says how the table library keeps the column."""


def write_fields(path: str | os.PathLike[str], head: Mapping[str, Any]) -> None:
    """Write the fields of a schema as a schema file.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    lines = [f"# {line}".rstrip() for line in HEADER.splitlines()]
    lines += ["", f'format = "{FORMAT}"', f"version = {VERSION}"]
    tables = ("columns", "rules")
    lines += [_entry(k, v) for k, v in head.items() if k not in tables and v is not None]
    if head["rules"] == ():
        lines += ["rule = []"]
    for column in head["columns"]:
        lines += ["", "[[column]]", *_column_lines(column)]
    for rule in head["rules"] or ():
        lines += ["", "[[rule]]", *_rule_lines(rule)]
    write_text(path, "\n".join([*lines, ""]))


def _column_lines(column: Column) -> list[str]:
    lines: list[str] = []
    stored: list[str] = []
    for f in fields(column):
        value = getattr(column, f.name)
        if f.name == "order":
            if value == column.default_order:
                continue
            value = tuple(column.levels[i] for i in value)
        elif type(value) is type(f.default) and value == f.default:
            continue
        shown = f.name if f.name != "writing" else _form_name(column)
        (stored if f.name in STORED else lines).append(_entry(shown, value))
    counted = column.writing and column.storage != "text"
    allowed = (*ALLOWED[column.storage], *(["identifier"] if counted else []))
    others = ", ".join(kind for kind in allowed if kind != column.kind)
    lines[1] += f" # or {others}"
    return [*lines, f"stored = {{{', '.join(stored)}}}"]


def _form_name(column: Column) -> str:
    return "pattern" if column.kind == "identifier" else "format"


def _rule_lines(rule: Rule) -> list[str]:
    values = {f.name: (getattr(rule, f.name), f.default) for f in fields(rule)}
    return [_entry(k, value) for k, (value, default) in values.items() if value != default]


def _entry(name: str, value: Any) -> str:
    if not isinstance(value, tuple):
        return f"{name} = {tomlkit.item(value).as_string()}"
    items = [tomlkit.item(v).as_string() for v in value]
    if len(items) > 8:
        return "\n".join([f"{name} = [", *(f"    {item}," for item in items), "]"])
    return f"{name} = [{', '.join(items)}]"


def read_fields(path: str | os.PathLike[str], known: Sequence[str]) -> dict[str, Any]:
    """Return the fields of a schema file, read as untrusted input; columns are checked.

    Raises
    ------
    SchemaError
        If it cannot be read, is no schema file, or has fields that are not among the `known`.
    """
    try:
        document = tomllib.loads(read_bytes(path).decode("utf-8"))
    except OSError as e:
        raise SchemaError(f"cannot read {path}: {e.strerror or e}") from e
    except (ValueError, RecursionError) as e:
        raise SchemaError(f"{path} is not valid TOML: {e}") from e
    if document.pop("format", None) != FORMAT:
        raise SchemaError(f'{path} is no schema file; it must begin with format = "{FORMAT}"')
    if document.pop("version", None) != VERSION:
        raise SchemaError(f"{path} has another version; this release reads version {VERSION}")
    tables = document.pop("column", [])
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        raise SchemaError(f"{path}: columns must be written as [[column]] tables")
    rules = document.pop("rule", None)
    older = document.pop("dependency", None)
    if rules is not None or older is not None:
        listed = [*(rules or ()), *map(_identity, older or ())]
        for k, rule in enumerate(listed):
            _check_rule(rule, f"[[rule]] number {k + 1}")
        document["rules"] = listed
    columns = [_column(table, i) for i, table in enumerate(tables)]
    _refuse_unknown(document, known, str(path))
    return {**document, "columns": columns}


def _check_rule(table: Any, where: str) -> None:
    if not isinstance(table, dict) or "kind" not in table:
        raise SchemaError(f"{where}: a rule needs a kind; use one of {list(RULES)}")
    _refuse_unknown(table, [f.name for f in fields(Rule)], where)
    if table["kind"] not in RULES:
        raise SchemaError(f"{where}: unknown kind {table['kind']!r}; use one of {list(RULES)}")


def _identity(table: Any) -> dict[str, Any]:
    """Return as a rule what files of earlier releases call a dependency."""
    if not isinstance(table, dict) or not {"target", "parents"} <= set(table):
        raise SchemaError("a [[dependency]] needs target and parents")
    columns = [table["target"], *table["parents"]]
    return {"kind": "identity", "columns": columns, "keep": table.get("use", True)}


def _column(table: dict[str, Any], place: int) -> Column:
    """Return the column of one [[column]] table."""
    where = f"column {table['name']!r}" if "name" in table else f"column number {place + 1}"
    stored = table.pop("stored", {})
    if not isinstance(stored, dict):
        raise SchemaError(f"{where}: stored must be a table")
    data = {**table, **stored}
    for name in ("format", "pattern"):
        if name in data:
            data["writing"] = data.pop(name)
    _refuse_unknown(data, [f.name for f in fields(Column)], where)
    needed = [f.name for f in fields(Column) if f.default is MISSING and f.name not in data]
    if needed:
        raise SchemaError(f"{where}: {needed[0]!r} is missing")
    if "order" in data:
        data["order"] = _places(data, where)
    for bound in ("lower", "upper"):
        if isinstance(data.get(bound), dt.date):
            data[bound] = _count(data[bound], data.get("unit"), where)
    try:
        column = msgspec.convert(data, Column)
    except msgspec.ValidationError as e:
        raise SchemaError(_explained(e, data, where)) from e
    if column.kind == "constant" and column.value is None and not column.gaps:
        raise SchemaError(f"{where}: a constant needs a value; add value = ...")
    return column


def _explained(e: Exception, data: dict[str, Any], where: str) -> str:
    text = str(e)
    if text.startswith("column "):
        return text
    if "$.kind" in text or "$.storage" in text:
        allowed = ALLOWED.get(data.get("storage", ""), tuple(ALLOWED))
        return f"{where}: unknown kind {data.get('kind')!r}; use one of {list(allowed)}"
    return f"{where}: {text.replace(' - at `$.', ' at `')}"


def _refuse_unknown(data: dict[str, Any], known: Sequence[str], where: str) -> None:
    unknown = tuple(k for k in data if k not in known)
    if unknown:
        raise SchemaError(f"{where}: unknown entries {short(unknown)}; known are {list(known)}")


def _places(data: dict[str, Any], where: str) -> list[int]:
    levels, order = data.get("levels", []), data["order"]
    if not isinstance(levels, list) or not isinstance(order, list):
        raise SchemaError(f"{where}: levels and order must be lists")
    try:
        places = places_among(levels)
        return [places[key(v)] for v in order]
    except KeyError as e:
        strange = e.args[0][1]
        raise SchemaError(f"{where}: order names {strange!r}, which is not among the levels") from e
    except TypeError as e:
        raise SchemaError(f"{where}: levels and order hold texts, numbers or truth values") from e


def _count(value: dt.date, unit: str | None, where: str) -> int:
    """Return a date or datetime of the file as a count of the column's unit."""
    if unit not in SECOND:
        raise SchemaError(f"{where}: a bound must be a number, got {value}")
    if not isinstance(value, dt.datetime):
        value = dt.datetime(value.year, value.month, value.day)
    if value.tzinfo is None:
        value = value.replace(tzinfo=dt.UTC)
    elapsed = value - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    if unit == "D":
        return elapsed.days
    return elapsed // dt.timedelta(microseconds=1) * SECOND[unit] // 10**6
