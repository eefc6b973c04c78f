"""Seconds and peak memory of a piece of work, how quick the machine is, and steps that begin."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from types import TracebackType

import numpy as np

__all__ = [
    "KERNEL",
    "Report",
    "Stage",
    "Stopwatch",
    "Substage",
    "Whole",
    "heard",
    "hearing",
    "pace",
    "resident",
    "step",
]

#: Who is told, in one line of text, that a piece of work begins; a `Stage` says how long it takes.
Report = Callable[[str], object]

#: Processor seconds of the kernel on the machine on which the constants of costs were measured.
KERNEL = 7.9e-3

#: Seconds without a line after which a stage says what it is at.
QUIET = 1.0

_PAUSE = 0.01
_STATM = Path("/proc/self/statm")


class Stopwatch:
    """Time a block, and sample the resident memory of the process every 10 ms meanwhile.

    Attributes
    ----------
    seconds : float
        Wall-clock time.
    peak_mb : float
        Most memory above that at the start, in MB of 10^6 bytes; nan where the system does not
        publish it in /proc.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self.peak_mb = float("nan")
        self._done = threading.Event()
        self._peak = 0
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Stopwatch":
        self._start_memory = resident()
        self._peak = self._start_memory
        if _STATM.exists():
            self._watcher.start()
        self._start = time.perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.seconds = time.perf_counter() - self._start
        self._done.set()
        if self._watcher.ident is not None:
            self._watcher.join()
            self._peak = max(self._peak, resident())
            self.peak_mb = (self._peak - self._start_memory) / 1e6

    def _watch(self) -> None:
        while not self._done.wait(_PAUSE):
            self._peak = max(self._peak, resident())


def resident() -> int:
    """Return the bytes that the process has in memory, or 0 where the system does not say."""
    if not _STATM.exists():
        return 0
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Stage(str):
    """A line of text about a piece of work that begins, and about how many seconds it takes.

    Attributes
    ----------
    name : str
    seconds : float
        Not a number where nobody knows.

    Examples
    --------
    >>> Stage("marginals", 2.2), Stage("reading").seconds
    ('marginals, about 2 s', nan)
    """

    name: str
    seconds: float

    def __new__(cls, name: str, seconds: float = float("nan")) -> "Stage":
        """Return the line."""
        about = f", about {seconds:.0f} s" if seconds >= 1 else ""
        made = super().__new__(cls, name + about)
        made.name, made.seconds = name, seconds
        return made


class Whole(Stage):
    """A line about work that steps follow, and about how many seconds all of them take."""


class Substage(str):
    """A line about what a stage is at, said only where it takes long."""

    __slots__ = ()


class _Ear:
    """Who listens in this process, and when he last heard something."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self.process = os.getpid()
        self.last = time.monotonic()

    def __call__(self, line: str) -> None:
        self.last = time.monotonic()
        self._report(line)


_EAR: ContextVar[_Ear | None] = ContextVar("ear", default=None)


@contextmanager
def hearing(report: Report) -> Iterator[Report]:
    """Let a report hear of the `step`s in the block too; tell it of stages by what is yielded."""
    ear = _Ear(report)
    token = _EAR.set(ear)
    try:
        yield ear
    finally:
        _EAR.reset(token)


def heard() -> bool:
    """Whether this is part of work that somebody listens to, or did before a process was forked."""
    return _EAR.get() is not None


def step(text: str) -> None:
    """Say what the work at hand has come to, unless something was said a moment ago.

    Loops call it in passing: of many short turns none is told, of long ones each. A process that
    was forked speaks to nobody.
    """
    ear = _EAR.get()
    if ear is None or time.monotonic() - ear.last < QUIET or ear.process != os.getpid():
        return
    ear(Substage(text))


def kernel() -> float:
    """Return the processor seconds of a fixed piece of work: sorting, products, functions."""
    x = np.sin(np.arange(60_000.0) * 1.7)
    square = x[:10_000].reshape(100, 100)
    start = time.process_time()
    order = np.argsort(x)
    found = np.searchsorted(x[order], x[:5_000]) + np.cumsum(np.exp(-x * x))[:5_000]
    for _ in range(3):
        square = square @ square / 100.0
    np.bincount(found.astype(np.int64), minlength=10)
    return time.process_time() - start


@cache
def pace() -> float:
    """Return how many times as long as on the machine of the constants this one takes.

    Measured once, by the middle one of a few runs of the kernel: a machine that is busy is slow.
    """
    return max(sorted(kernel() for _ in range(5))[2], 1e-4) / KERNEL
