"""One part of a dataset: its rows drawn, made Parquet in memory, and put into the folder."""

import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib import metadata
from typing import overload
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as papq
from threadpoolctl import threadpool_limits

from copulasynth.errors import SamplingError
from copulasynth.rows.arrow_rows import arrow_header, arrow_tables
from copulasynth.rows.blocks import Blocks, Source
from copulasynth.rows.dataset.folder import Folder, folder_of
from copulasynth.rows.dataset.manifest import DoneFile, Files
from copulasynth.rows.dataset.settings import NO_VALUE, hash_of
from copulasynth.rows.sinks import FileKind

__all__ = ["Done", "Draw", "Part", "Parts", "made", "there"]

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
class Parts(Sequence[Part]):
    """Parts of so many blocks each, made when they are asked for, by their numbers."""

    work: Blocks
    each: int
    numbers: Sequence[int]

    @overload
    def __getitem__(self, k: int) -> Part: ...
    @overload
    def __getitem__(self, k: slice) -> "Parts": ...
    def __getitem__(self, k: int | slice) -> "Part | Parts":
        if isinstance(k, slice):
            return Parts(self.work, self.each, self.numbers[k])
        number = self.numbers[k]
        return Part(number, self.work[number * self.each : (number + 1) * self.each])

    def __len__(self) -> int:
        return len(self.numbers)


@dataclass(frozen=True, slots=True)
class Draw:
    """Draws parts into a folder; what an engine sends to its workers.

    A part is made in memory, so that its checksum is that of what was meant to be written.
    """

    source: Source
    address: str
    partition_by: str | None
    versions: Mapping[str, str]

    def __call__(self, part: Part, folder: Folder, workers: int = 1) -> Files:
        """Write a part, and return its files."""
        files = made(self.source, part, self.partition_by, workers)
        for name, (_, data) in files.items():
            folder.write(name, data)
        return {n: DoneFile(rows, len(data), hash_of(data)) for n, (rows, data) in files.items()}


#: A part and its files.
Done = tuple[Part, Files]


def there(draw: Draw, part: Part) -> Done:
    """Draw a part where an engine's worker is, in one thread, so that cores can be counted.

    Raises
    ------
    SamplingError
        If the worker has other versions of what decides the bytes.
    """
    _check_versions(draw.versions)
    with threadpool_limits(1):
        return part, draw(part, folder_of(draw.address))


def _check_versions(wanted: Mapping[str, str]) -> None:
    other = [f"{p} {v} where {w} is needed" for p, w in wanted.items() if (v := _version(p)) != w]
    if other:
        raise SamplingError(
            f"a worker on {platform.node()} has {', '.join(other)}: its rows could differ. Install "
            "the same versions there"
        )


def _version(package: str) -> str:
    try:
        return platform.python_version() if package == "python" else metadata.version(package)
    except metadata.PackageNotFoundError:
        return "none"


def made(
    source: Source, part: Part, by: str | None, workers: int
) -> dict[str, tuple[int, memoryview]]:
    """Return the files of a part: their rows and bytes.

    One worker is one thread, which draws and writes in turn.
    """
    header = arrow_header(source.schema, PARQUET)
    if not part.blocks and by is None:
        return _files(iter([header.empty_table()]), part.name, by)
    drawn = arrow_tables(source, part.blocks, workers, header, PARQUET, ahead=workers > 1)
    with closing(drawn) as tables:
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
