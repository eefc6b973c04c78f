"""What a path leads to: a file, or what is none; the same file under another name."""

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

__all__ = ["inside", "one_line", "read_bytes", "same", "special"]

KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def special(path: str | os.PathLike[str]) -> str:
    """Return what a path leads to, if that exists and is no regular file; else nothing.

    Raises
    ------
    OSError
        If the path cannot be followed, e.g. because links lead in a circle.
    """
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return ""
    except ValueError as e:
        raise OSError(errno.EINVAL, str(e)) from e
    return next((what for holds, what in KINDS if holds(mode)), "")


def same(a: str | os.PathLike[str], b: str | os.PathLike[str]) -> bool:
    """Whether two paths lead to one file: by links of either sort, dots, or letters of a case."""
    with suppress(OSError, ValueError):
        return os.path.samefile(a, b)
    return os.path.realpath(a) == os.path.realpath(b)


def inside(path: str | os.PathLike[str], folder: str | os.PathLike[str]) -> bool:
    """Whether a path leads to a folder, or to what lies in it at any depth."""
    real = Path(os.path.realpath(path))
    return any(same(one, folder) for one in (real, *real.parents))


def read_bytes(path: str | os.PathLike[str], most: int | None = None) -> bytes:
    """Return what a regular file holds.

    Raises
    ------
    OSError
        If it cannot be read, is no regular file, whose end may never come, or holds more than
        `most` bytes.
    """
    if what := special(path):
        raise OSError(errno.EINVAL, f"it is {what}, not a file")
    with open(path, "rb") as f:
        data = f.read() if most is None else f.read(most + 1)
    if most is not None and len(data) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most:,} bytes")
    return data


def one_line(text: str) -> str:
    """Return a text whose control characters and halves of characters are written as escapes.

    Examples
    --------
    >>> print(one_line("a\\nb.csv"))
    a\\nb.csv
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
