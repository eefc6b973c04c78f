"""The bytes of a text file: unpacked, told from what is no text, and decoded."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from copulasynth.errors import DataError

__all__ = ["CHUNK", "LINE", "PACKINGS", "TextFile", "encoding_of", "refuse_swollen"]

CHUNK = 1 << 22

#: By the ending of a file's name, what its bytes are packed with.
PACKINGS = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd"}

#: Bytes that any file may unpack to, and so many more for each of its own.
FREE, EACH = 1 << 30, 200

LINE = re.compile(r"\r\n|\n|\r")
BINARY = {
    b"PK\x03\x04": "a zip archive or workbook",
    b"\x1f\x8b": "compressed by gzip",
    b"(\xb5/\xfd": "compressed by zstd",
    b"PAR1": "a Parquet file",
    b"ARROW1": "an Arrow file",
    b"\xd0\xcf\x11\xe0": "a workbook of Excel",
    b"$FL2": "a file of SPSS",
}
HIGH = bytes(range(128, 256))
CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b"))
#: By the marks at the start of files; that of UTF-16 begins that of UTF-32.
WIDE = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
#: Characters of UTF-8 beyond ASCII, and bytes that are none of Windows-1252.
BEYOND = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
NONE = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text file, on the disk or in memory, maybe packed.

    Attributes
    ----------
    name : str
        What messages call it.
    place : Path or bytes
    packing : str or None
        As pyarrow calls it.
    """

    name: str
    place: Path | bytes
    packing: str | None = None

    @property
    def title(self) -> str:
        """The name without folders, for notes."""
        return Path(self.name).name

    @property
    def size(self) -> int:
        """Bytes as they are packed."""
        return len(self.place) if isinstance(self.place, bytes) else self.place.stat().st_size

    def stream(self) -> pa.NativeFile:
        """Open the bytes, unpacked."""
        place = pa.py_buffer(self.place) if isinstance(self.place, bytes) else str(self.place)
        return pa.input_stream(place, compression=self.packing)

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes, and nothing at their end."""
        total, size = 0, self.size
        with self.stream() as source:
            while chunk := source.read(CHUNK):
                total += len(chunk)
                if self.packing is not None:
                    refuse_swollen(self.name, size, total)
                yield chunk
        yield b""

    def text(self, encoding: str) -> str:
        """Return all of it, without the mark of its encoding."""
        return b"".join(self.chunks()).decode(encoding).removeprefix("\ufeff")


def refuse_swollen(name: str, packed: int, unpacked: int) -> None:
    """Refuse what becomes too large for what it is, before it fills the memory.

    Raises
    ------
    DataError
        If a file unpacks to more than a table of its size may.
    """
    if unpacked > FREE + EACH * packed:
        raise DataError(
            f"{name} unpacks from {packed / 1e6:.1f} MB to more than {unpacked / 1e9:.0f} GB, as "
            "no table does; unpack it yourself if you trust it"
        )


def encoding_of(file: TextFile) -> str:
    """Return the encoding of a text file.

    What is no UTF-8 is UTF-16 or UTF-32 if it begins with its mark, and Windows-1252 if not.

    Raises
    ------
    DataError
        If it is no text, or in no one of these encodings.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    start = b""
    for k, chunk in enumerate(file.chunks()):
        if k == 0:
            start = chunk
            if marked := [name for mark, name in WIDE.items() if chunk.startswith(mark)]:
                return marked[0]
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError:
            _refuse_binary(file.name, start, most=0.01)
            _refuse_mixed(file)
            return "cp1252"
    _refuse_binary(file.name, start, most=0.1)
    return "utf8"


def _refuse_mixed(file: TextFile) -> None:
    """Refuse what is no Windows-1252 either, and UTF-8 with a few bytes of something else."""
    utf8 = other = lines = 0
    for chunk in file.chunks():
        if (none := NONE.search(rest := BEYOND.sub(b"", chunk))) is not None:
            line = 1 + lines + rest.count(b"\n", 0, none.start())
            raise DataError(
                f"{file.name} is neither UTF-8 nor Windows-1252: line {line} has the byte "
                f"{none[0][0]:#04x}; say which it is, such as encoding='cp1250' (--encoding)"
            )
        characters = BEYOND.findall(chunk)
        utf8 += len(characters)
        other += len(rest) - len(rest.translate(None, HIGH))
        lines += chunk.count(b"\n")
    if utf8 > other:
        raise DataError(
            f"{file.name} has {utf8:,} characters of UTF-8 and {other:,} bytes that are none; save "
            "it as UTF-8, or say encoding='cp1252' (--encoding) and all of it is read as that"
        )


def _refuse_binary(name: str, start: bytes, most: float) -> None:
    """Refuse bytes that are no text: other kinds of files, UTF-16 without a mark, noise."""
    for mark, what in BINARY.items():
        if start.startswith(mark):
            raise DataError(
                f"{name} is not a text file but {what}; unpack or export it, or give it its ending"
            )
    zeros = [start[i::2].count(0) for i in (0, 1)]
    if sum(zeros) > most * len(start):
        if sum(zeros) > 0.1 * len(start) and max(zeros) > 20 * min(zeros):
            raise DataError(
                f"{name} has zero bytes, as UTF-16 without a mark at its start; save it as UTF-8, "
                f"or say --encoding utf-16-{'be' if zeros[0] > zeros[1] else 'le'}"
            )
        raise DataError(f"{name} is not a text file: it has zero bytes; export it as CSV in UTF-8")
    if len(start) - len(start.translate(None, CONTROLS)) > most * len(start):
        raise DataError(
            f"{name} is not a text file: it has control characters; export it as CSV in UTF-8"
        )
