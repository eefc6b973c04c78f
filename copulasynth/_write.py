"""The one way to a file: whole or not at all."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from copulasynth.errors import OutputError

__all__ = ["whole", "write_text"]


@contextmanager
def whole(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of `path` once the block ends well.

    Until then everything goes to a hidden file beside it, so that whoever reads `path` sees the
    older file or the new one, and never a half.

    Raises
    ------
    OutputError
        If the file cannot be written, e.g. because the disk is full; an older file of that name
        is then untouched.
    """
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with open(temporary, "xb") as f:
            yield f
        os.replace(temporary, target)
    except OutputError:
        raise
    except OSError as e:
        why = "the disk is full" if e.errno == errno.ENOSPC else e.strerror or str(e)
        raise OutputError(f"cannot write {target}: {why}. Nothing was left behind.") from e
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    r"""Write a text file as UTF-8 with ``\n`` at the ends of lines, whole or not at all.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    data = text.encode("utf-8")
    with whole(path) as f:
        f.write(data)
