"""One part of a dataset: its rows drawn, made Parquet in memory, and put into the folder."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as papq

from copulasynth.rows.arrow_rows import arrow_header, arrow_tables
from copulasynth.rows.blocks import Blocks, Source
from copulasynth.rows.dataset.folder import Folder
from copulasynth.rows.dataset.manifest import DoneFile
from copulasynth.rows.dataset.settings import NO_VALUE, hash_of
from copulasynth.rows.sinks import FileKind

__all__ = ["Draw", "Part", "made"]

PARQUET = FileKind("parquet")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a dataset: its number and its rows."""

    number: int
    blocks: Blocks

    @property
    def name(self) -> str:
        """The name of its file, or of its file in each partition."""
        return f"part-{self.number:06d}.parquet"


@dataclass(frozen=True, slots=True)
class Draw:
    """Draws parts into a folder; what an engine sends to its workers.

    A part is made in memory, so that its checksum is that of what was meant to be written.
    """

    source: Source
    address: str
    partition_by: str | None

    def __call__(self, part: Part, folder: Folder, workers: int = 1) -> dict[str, DoneFile]:
        """Write a part, and return its files."""
        files = made(self.source, part, self.partition_by, workers)
        for name, (_, data) in files.items():
            folder.write(name, data)
        return {n: DoneFile(rows, len(data), hash_of(data)) for n, (rows, data) in files.items()}


def made(
    source: Source, part: Part, by: str | None, workers: int
) -> dict[str, tuple[int, memoryview]]:
    """Return the files of a part: their rows and bytes."""
    header = arrow_header(source.schema, PARQUET)
    with closing(arrow_tables(source, part.blocks, workers, header, PARQUET)) as tables:
        return _files(tables, part.name, by)


def _files(
    tables: Iterator[pa.Table], name: str, by: str | None
) -> dict[str, tuple[int, memoryview]]:
    sinks: dict[str, pa.BufferOutputStream] = {}
    writers: dict[str, papq.ParquetWriter] = {}
    rows: dict[str, int] = {}
    for table in tables:
        for path, chunk in _divided(table, by):
            file = f"{path}{name}"
            if file not in writers:
                sinks[file] = pa.BufferOutputStream()
                writers[file] = papq.ParquetWriter(sinks[file], chunk.schema)
            writers[file].write_table(chunk)
            rows[file] = rows.get(file, 0) + chunk.num_rows
    for writer in writers.values():
        writer.close()
    return {f: (rows[f], memoryview(sinks[f].getvalue())) for f in sinks}


def _divided(table: pa.Table, by: str | None) -> Iterator[tuple[str, pa.Table]]:
    """Yield the rows of each level of a column, without it, and the level's folder."""
    if by is None:
        yield "", table
        return
    column = table.column(by)
    levels = column.cast(pa.string())
    rest = table.drop_columns([by])
    for level in sorted(pc.unique(levels).to_pylist(), key=lambda v: (v is None, v or "")):
        held = pc.is_null(levels) if level is None else pc.equal(levels, level)
        value = NO_VALUE if level is None else quote(level, safe=" ")
        yield f"{quote(by, safe=' ')}={value}/", rest.filter(pc.fill_null(held, False))
