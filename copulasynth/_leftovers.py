"""What killed processes left beside a file or folder: found by its name, cleared if not held."""

import errno
import os
import re
import shutil
import sys
from contextlib import suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

__all__ = ["clear_leftovers", "hold"]


def hold(descriptor: int) -> None:
    """Mark a file or folder as in work until the descriptor is closed, if only by our end."""
    if sys.platform != "win32":
        # some network file systems know no locks
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def clear_leftovers(target: Path) -> None:
    """Delete what processes that were killed left beside a target.

    A folder that was moved aside by a run that did not live to put the new one in its place comes
    back.
    """
    stem = re.escape(os.fsdecode(os.fsencode(target.name)[:200]))
    named = re.compile(rf"\.{stem}\.([0-9a-f]{{8}})\.(part|old)")
    with suppress(OSError):
        found = {p: m for p in target.parent.iterdir() if (m := named.fullmatch(p.name))}
        # parts first: what was moved aside belongs to a run that goes on while its part is held
        for path, match in sorted(found.items(), key=lambda item: item[1][2] == "old"):
            part = path.with_name(f".{target.name}.{match[1]}.part")
            if not _held(part):
                _clear(path, target)


def _clear(path: Path, target: Path) -> None:
    with suppress(OSError):
        if path.suffix == ".old" and not target.exists():
            os.replace(path, target)
        elif path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def _held(path: Path) -> bool:
    """Whether a process that lives is at work on a file or folder; in doubt, yes."""
    if sys.platform == "win32":
        return path.is_dir()  # an open file cannot be deleted there
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError as e:
        return e.errno != errno.ENOENT
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
