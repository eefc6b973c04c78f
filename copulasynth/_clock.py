"""Seconds and peak memory of a piece of work."""

import os
import threading
import time
from pathlib import Path
from types import TracebackType

__all__ = ["Stopwatch", "resident"]

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
