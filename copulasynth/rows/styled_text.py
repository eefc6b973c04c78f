"""Text files that have columns written in a style, as the file that a table came from."""

import io
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from copulasynth.schema import styled, styles_of

__all__ = ["StyledText"]

#: Stands inside of the quotes of cells that are to have none; private signs of Unicode.
BARE = "\uf8f3\uf8f4"


class StyledText:
    """Text, of which columns with a style are written in it, and without quotes."""

    def __init__(
        self, where: IO[bytes], header: pa.Schema, *, write_options: pacsv.WriteOptions
    ) -> None:
        self._where, self._header = where, header
        self._buffer = io.BytesIO()
        self._styles = styles_of(header)
        fields = [f.with_type(pa.string()) if f.name in self._styles else f for f in header]
        self._written = pa.schema(fields)
        self._writer = pacsv.CSVWriter(self._buffer, self._written, write_options=write_options)

    def write_table(self, table: pa.Table, /) -> None:
        """Append rows."""
        columns = [
            self._bare(styled(cells, self._styles[name])) if name in self._styles else cells
            for name, cells in zip(table.column_names, table.columns, strict=True)
        ]
        self._writer.write_table(pa.Table.from_arrays(columns, schema=self._written))
        self._hand_on()

    def _bare(self, texts: pa.Array) -> pa.Array:
        return pc.binary_join_element_wise(BARE, texts, BARE, "")

    def _hand_on(self) -> None:
        data = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        for mark in (f'"{BARE}', f'{BARE}"'):
            data = data.replace(mark.encode(), b"")
        self._where.write(data)

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()
        self._hand_on()
