"""Work done over a list of things, by copies of this process or by an engine; results in order."""

import signal
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Generic, TypeVar

from copulasynth.errors import SamplingError
from copulasynth.rows.blocks import count
from copulasynth.rows.lake import Where, spread
from copulasynth.rows.workers import COPIES

__all__ = ["each"]

T = TypeVar("T")
Item = TypeVar("Item")
#: In a copy: the work and the things, which are copied with it and not sent.
_held: list[Any] = []
#: Work may catch warnings, which are a process's: one thread of an engine's worker does at a time.
_alone = threading.Lock()


def each(
    work: Callable[[Item], T],
    items: Sequence[Item],
    where: Where | None = None,
    told: Callable[[int], object] = bool,
) -> list[T]:
    """Return what `work` makes of each thing; what it raises is raised here.

    Without an engine processes are copied, or, where none is, one thing is done after the other.
    Things of a kind that take long should come first. `told` hears how many are done.

    Raises
    ------
    SamplingError
        If a process was ended from outside.
    """
    where = where or Where(workers=1)
    workers = min(count(where.workers, "workers", least=1), len(items))
    if where.engine != "threads":
        return _by_engine(work, items, where, told)
    if workers <= 1 or not COPIES:
        return _heard(map(work, items), told)
    pool = ProcessPoolExecutor(workers, get_context("fork"), _begin, (work, items))
    try:
        with warnings.catch_warnings():
            # of threads, whose locks a copy keeps shut; what it runs takes none of theirs
            warnings.simplefilter("ignore", DeprecationWarning)
            found = pool.map(_nth, range(len(items)))
        return _heard(found, told)
    except BrokenProcessPool as e:
        raise SamplingError(
            "a worker process ended, perhaps for want of memory; go on with workers=1"
        ) from e
    finally:
        pool.shutdown(cancel_futures=True)


def _heard(found: Iterator[T], told: Callable[[int], object]) -> list[T]:
    made = []
    for one in found:
        made.append(one)
        told(len(made))
    return made


def _begin(work: Callable[[Item], T], items: Sequence[Item]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _held[:] = work, items


def _nth(k: int) -> Any:
    work, items = _held
    return work(items[k])


@dataclass(frozen=True, slots=True)
class _Numbered(Generic[Item, T]):
    """Work whose results say of what they are, as they come in any order."""

    work: Callable[[Item], T]

    def __call__(self, item: tuple[int, Item]) -> tuple[int, T]:
        k, own = item
        with _alone:
            return k, self.work(own)


def _by_engine(
    work: Callable[[Item], T], items: Sequence[Item], where: Where, told: Callable[[int], object]
) -> list[T]:
    # a thing is taken from the list when a worker is to have it
    with closing(spread(_Numbered(work), enumerate(items), where)) as found:
        return [one for _, one in sorted(_heard(found, told), key=_place)]


def _place(one: tuple[int, Any]) -> int:
    return one[0]
