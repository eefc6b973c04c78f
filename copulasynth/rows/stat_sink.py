"""Files of SPSS and Stata, whose writer takes all rows at once."""

import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import IO, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from copulasynth._paths import one_line
from copulasynth.errors import DataError
from copulasynth.rows.extra import needed
from copulasynth.schema import codes_of, titles_of

__all__ = ["StatFile"]

EXACT = 2**53
#: Bytes of the label of a column, and values that SPSS marks as missing one by one.
TITLE = {"sav": 255, "dta": 80}
MARKS = 3


class StatFile:
    """A file of SPSS or Stata, whose writer takes all rows at once."""

    def __init__(self, name: str, where: IO[bytes], header: pa.Schema) -> None:
        self._name, self._where, self._header = name, where, header
        self._tables: list[pa.Table] = []

    def write_table(self, table: pa.Table, /) -> None:
        """Keep rows until all are there."""
        self._tables.append(table)

    def close(self) -> None:
        """Write the file: levels as numbers from 1 on, with labels."""
        stat = needed("pyreadstat", self._name)
        table = pa.Table.from_batches([], self._header)
        table = pa.concat_tables([table, *self._tables]).unify_dictionaries()
        for field in table.schema:
            self._refuse_large(field, table.column(field.name))
        columns = dict(zip(table.column_names, map(_codes, table.columns), strict=True))
        frame = pd.DataFrame({name: cells for name, (cells, _) in columns.items()})
        labels = {name: levels for name, (_, levels) in columns.items() if levels}
        settings: dict[str, Any] = {"column_labels": _titles(self._header, TITLE[self._name])}
        if self._name == "sav":
            settings["variable_measure"] = _ordinal(self._header)
            settings["missing_ranges"] = _missing(table)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"table.{self._name}")
            try:
                vars(stat)[f"write_{self._name}"](
                    frame, os.fspath(path), variable_value_labels=labels, **settings
                )
            except (stat.ReadstatError, stat.PyreadstatError, ValueError) as e:
                raise DataError(f"cannot be written as .{self._name}: {one_line(str(e))}") from e
            _undated(path, self._name)
            with open(path, "rb") as source:
                shutil.copyfileobj(source, self._where)

    def _refuse_large(self, field: pa.Field, column: pa.ChunkedArray) -> None:
        if not pa.types.is_integer(field.type) or column.null_count == len(column):
            return
        ends = pc.min_max(column).as_py()
        if max(abs(ends["min"]), abs(ends["max"])) > EXACT:
            raise DataError(
                f"column {one_line(field.name)!r} has whole numbers beyond 2^53, which "
                f".{self._name} files do not hold exactly; write .parquet or .csv"
            )


def _ordinal(header: pa.Schema) -> dict[str, str]:
    """Return the measure of the columns whose levels have an order, as SPSS calls it."""
    levelled = [f for f in header if pa.types.is_dictionary(f.type)]
    return {f.name: "ordinal" for f in levelled if f.type.ordered}


def _titles(header: pa.Schema, most: int) -> dict[str, str]:
    """Return what the columns are called at length, as far as there is room."""
    found = {name: title.encode()[:most] for name, title in titles_of(header).items()}
    return {name: title.decode(errors="ignore") for name, title in found.items()}


def _missing(table: pa.Table) -> dict[str, list[Any]]:
    """Return the values that mean another kind of missing, as SPSS has them: three, or a range.

    More than three are a range if no other value lies between them; else they are not marked.
    """
    found: dict[str, list[Any]] = {}
    for name, codes in codes_of(table).items():
        column, own = table.column(str(name)), set(codes)
        if pa.types.is_dictionary(column.type):
            levels = column.chunk(0).dictionary.to_pylist() if column.num_chunks else []
            own = {levels.index(code) + 1 for code in codes if code in levels}
            between = len(own) < max(own, default=0) - min(own, default=0) + 1
        elif pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
            others = pc.invert(pc.is_in(column, pa.array(sorted(own)).cast(column.type)))
            inside = pc.and_(pc.greater(column, min(own)), pc.less(column, max(own)))
            between = bool(pc.any(pc.and_(others, inside)).as_py())
        else:
            continue
        if own and len(own) <= MARKS:
            found[str(name)] = sorted(own)
        elif own and not between:
            found[str(name)] = [{"lo": min(own), "hi": max(own)}]
    return found


def _codes(column: pa.ChunkedArray) -> "tuple[pd.Series[Any], dict[int, str]]":
    """Return the cells of a column, and the labels of levels that are numbered from 1."""
    if not pa.types.is_dictionary(column.type):
        return column.to_pandas(), {}
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0)
    codes = array.indices.to_pandas().astype("float64") + 1
    return codes, {i: str(v) for i, v in enumerate(array.dictionary.to_pylist(), 1)}


def _undated(path: Path, name: str) -> None:
    """Replace the time at which a file was written."""
    data = path.read_bytes()
    if name == "sav":
        data = data[:92] + b"01 Jan 0000:00:00" + data[109:]
    else:
        stamp = rb"(<timestamp>\x11).{17}"
        data = re.sub(stamp, rb"\g<1>01 Jan 2000 00:00", data, count=1, flags=re.DOTALL)
    path.write_bytes(data)
