"""The one way to a file: whole or not at all, and never over an input or what is no file."""

import errno
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import combinations
from pathlib import Path
from typing import IO

from copulasynth._leftovers import clear_leftovers, hold
from copulasynth._paths import inside, one_line, same, special
from copulasynth.errors import OutputError

__all__ = [
    "AnyPath",
    "check_outputs",
    "destination",
    "make_folder",
    "part_of",
    "said",
    "whole",
    "write_text",
]

AnyPath = str | os.PathLike[str]

#: What the system calls a disk without room, and a user without any left.
FULL = (errno.ENOSPC, errno.EDQUOT)


def check_outputs(outputs: Iterable[AnyPath], inputs: Iterable[AnyPath | None] = ()) -> None:
    """Refuse outputs before the work begins: over inputs, over one another, or not to be written.

    Raises
    ------
    OutputError
        Naming the output, what is in the way, and what to do.
    """
    asked, known = list(outputs), list(inputs)
    for path in asked:
        parent = destination(path, known).parent
        if not parent.is_dir():
            raise OutputError(f"cannot write {path}: there is no folder {parent}; make it first")
    for a, b in combinations(asked, 2):
        if same(a, b):
            raise OutputError(f"{a} and {b} are the same file; give each output its own name")


def destination(path: AnyPath, inputs: Iterable[AnyPath | None] = ()) -> Path:
    """Return the file to write where `path` is asked for: that which a link leads to.

    Raises
    ------
    OutputError
        If it is an input, lies in a folder that is one, or is no regular file.
    """
    try:
        what = special(path)
    except OSError as e:
        raise OutputError(f"cannot write {path}: {said(e)}") from e
    if what:
        raise OutputError(f"{path} is {what}, which is never replaced; give the name of a file")
    for one in inputs:
        if one is not None and (same(path, one) or inside(path, one)):
            raise OutputError(f"{path} would replace the input {one}; give another name")
    target = Path(os.path.realpath(path))
    if target.exists() and not os.access(target, os.W_OK):
        raise OutputError(f"cannot write {path}: it is protected from writing")
    return target


def make_folder(path: AnyPath) -> None:
    """Make a folder and those above it, where they do not exist.

    Raises
    ------
    OutputError
        If that cannot be done.
    """
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as e:
        raise OutputError(f"cannot make the folder {path}: {said(e)}") from e


@contextmanager
def whole(path: AnyPath, inputs: Iterable[AnyPath | None] = ()) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of `path` once the block ends well.

    Until then everything goes to a hidden file beside it, so that whoever reads `path` sees the
    older file or the new one, and never a half. A link stays and what it leads to is replaced;
    the new file has the permissions of the older one. What a killed process left is cleared away.

    Raises
    ------
    OutputError
        If the file cannot be written, e.g. because the disk is full, would replace one of the
        `inputs`, or is none; an older file of that name is then untouched.
    """
    target = destination(path, inputs)
    temporary = part_of(target)
    try:
        clear_leftovers(target)
        with _begun(temporary, target) as f:
            yield f
            f.flush()
            _finish(f, temporary, target)
    except OutputError:
        raise
    except OSError as e:
        raise OutputError(f"cannot write {path}: {said(e)}. {_cleared(temporary)}") from e
    finally:
        _cleared(temporary)


def part_of(target: Path, ending: str = "part") -> Path:
    """Return a name beside a file, or a folder, for what is not yet, or no longer, in its place."""
    # names may have 255 bytes
    stem = os.fsdecode(os.fsencode(target.name)[:200])
    return target.with_name(f".{stem}.{secrets.token_hex(4)}.{ending}")


def _begun(temporary: Path, target: Path) -> IO[bytes]:
    """Open a new file with the owner and permissions of the one whose place it takes."""
    older = target.stat() if target.exists() else None

    def opener(name: str, flags: int) -> int:
        # nobody who may not read the older file may read this one, not even for a moment
        return os.open(name, flags, 0o666 if older is None else 0o600)

    f = open(temporary, "xb", opener=opener)  # noqa: SIM115
    hold(f.fileno())
    if older is not None:
        with suppress(OSError, AttributeError):
            os.chown(temporary, older.st_uid, older.st_gid)
        with suppress(OSError):
            os.chmod(temporary, stat.S_IMODE(older.st_mode))
    return f


def _finish(f: IO[bytes], temporary: Path, target: Path) -> None:
    """Put a finished file into its place."""
    if os.name == "nt":
        f.close()  # an open file cannot be moved there; elsewhere it is ours until it is in place
    os.replace(temporary, target)


def _cleared(temporary: Path) -> str:
    """Delete what was begun, and say whether that could be done."""
    try:
        temporary.unlink(missing_ok=True)
    except OSError:
        return f"{temporary} could not be cleared away; delete it."
    return "Nothing was left behind."


def said(error: Exception) -> str:
    """Return in words why something cannot be written, without names of files of our own."""
    if isinstance(error, OSError) and error.errno in FULL:
        return "the disk is full"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def write_text(path: AnyPath, text: str, inputs: Iterable[AnyPath | None] = ()) -> None:
    r"""Write a text file as UTF-8 with ``\n`` at the ends of lines, whole or not at all.

    Raises
    ------
    OutputError
        If the file cannot be written, or the text has halves of characters.
    """
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as e:
        near = one_line(text[max(e.start - 20, 0) : e.end])
        raise OutputError(f"cannot write {path}: {near!r} ends with half a character") from e
    with whole(path, inputs) as f:
        f.write(data)
