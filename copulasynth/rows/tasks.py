"""Work done by copies of this process, over a list of things, whose results come in order.

Each copy takes the next thing when it is done with one, and writes its results to a file of its
own. What a copy that was lost did not bring is done here.
"""

import os
import pickle
import signal
import struct
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO, Any, TypeVar

from copulasynth.rows.blocks import count
from copulasynth.rows.workers import COPIES, in_order

__all__ = ["each"]

T = TypeVar("T")
Item = TypeVar("Item")
#: The number of a thing, as it stands in the queue.
NUMBER = struct.Struct("<I")
#: Numbers that the buffer of a pipe has room for on every system.
QUEUED = 4096 // NUMBER.size


def each(work: Callable[[Item], T], items: Sequence[Item], workers: int = 1) -> list[T]:
    """Return what `work` makes of each thing, by so many processes; threads where none is copied.

    Things of a kind that take long should come first. What `work` raises is raised here.
    """
    workers = min(count(workers, "workers", least=1), len(items))
    if workers <= 1:
        return [work(item) for item in items]
    if not COPIES:
        return list(in_order(work, items, workers))
    found: list[T] = []
    for a in range(0, len(items), QUEUED):
        found += _shared(work, items[a : a + QUEUED], workers)
    return found


def _shared(work: Callable[[Item], T], items: Sequence[Item], workers: int) -> list[T]:
    queue, end = os.pipe()
    os.write(end, b"".join(map(NUMBER.pack, range(len(items)))))
    os.close(end)
    done: dict[int, Any] = {}
    helpers: list[tuple[int, IO[bytes]]] = []
    with ExitStack() as stack:
        stack.callback(os.close, queue)
        stack.callback(_end, helpers)
        for _ in range(workers - 1):
            file: IO[bytes] = stack.enter_context(TemporaryFile())
            helpers.append((_copied(work, items, queue, file), file))
        done.update((k, work(items[k])) for k in _taken(queue))
        while helpers:
            pid, file = helpers[-1]
            os.waitpid(pid, 0)
            helpers.pop()
            file.seek(0)
            done.update(_read(file))
    for value in done.values():
        if isinstance(value, _Raised):
            raise value.error
    return [done[k] if k in done else work(item) for k, item in enumerate(items)]


class _Raised:
    """What a thing raised in a copy."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def _taken(queue: int) -> Iterator[int]:
    """Yield numbers of the queue until none is left; each goes to one process."""
    while len(taken := os.read(queue, NUMBER.size)) == NUMBER.size:
        yield NUMBER.unpack(taken)[0]


def _copied(work: Callable[[Item], T], items: Sequence[Item], queue: int, file: IO[bytes]) -> int:
    """Start a copy of this process that works; return its number."""
    with warnings.catch_warnings():
        # of threads, whose locks a copy keeps shut; what it runs takes none of theirs
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            for k in _taken(queue):
                pickle.dump((k, _made(work, items[k])), file)
                file.flush()
        finally:
            os._exit(0)
    return pid


def _made(work: Callable[[Item], T], item: Item) -> "T | _Raised":
    try:
        return work(item)
    except Exception as e:  # whatever it is, it is raised where the work was asked for
        return _Raised(e)


def _read(file: IO[bytes]) -> Iterator[tuple[int, Any]]:
    """Yield what a copy wrote, as far as it came."""
    while True:
        try:
            yield pickle.load(file)
        except (EOFError, pickle.UnpicklingError):
            return


def _end(helpers: list[tuple[int, IO[bytes]]]) -> None:
    for pid, _ in helpers:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
