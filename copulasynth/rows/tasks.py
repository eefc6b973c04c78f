"""Work done by copies of this process, over a list of things, whose results come in order."""

import signal
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any, TypeVar

from copulasynth.errors import SamplingError
from copulasynth.rows.blocks import count
from copulasynth.rows.workers import COPIES, in_order

__all__ = ["each"]

T = TypeVar("T")
Item = TypeVar("Item")
#: In a copy: the work and the things, which are copied with it and not sent.
_held: list[Any] = []


def each(work: Callable[[Item], T], items: Sequence[Item], workers: int = 1) -> list[T]:
    """Return what `work` makes of each thing, by so many processes; threads where none is copied.

    Things of a kind that take long should come first. What `work` raises is raised here.

    Raises
    ------
    SamplingError
        If a process was ended from outside.
    """
    workers = min(count(workers, "workers", least=1), len(items))
    if workers <= 1:
        return [work(item) for item in items]
    if not COPIES:
        return list(in_order(work, items, workers))
    pool = ProcessPoolExecutor(workers, get_context("fork"), _begin, (work, items))
    try:
        with warnings.catch_warnings():
            # of threads, whose locks a copy keeps shut; what it runs takes none of theirs
            warnings.simplefilter("ignore", DeprecationWarning)
            found = pool.map(_nth, range(len(items)))
        return list(found)
    except BrokenProcessPool as e:
        raise SamplingError(
            "a worker process ended, perhaps for want of memory; go on with workers=1"
        ) from e
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(work: Callable[[Item], T], items: Sequence[Item]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _held[:] = work, items


def _nth(k: int) -> Any:
    work, items = _held
    return work(items[k])
