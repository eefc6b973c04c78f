"""What tests of folders of files share: so many rows, and what is in a folder."""

from pathlib import Path

from copulasynth.rows.blocks import BLOCK

__all__ = ["N", "files_of"]

#: Three files of a block each, the last one short.
N = 2 * BLOCK + 50


def files_of(path):
    """Return the bytes of the files of rows."""
    return {f.relative_to(path).as_posix(): f.read_bytes() for f in Path(path).rglob("*.parquet")}
