"""What many rows will cost, from a few that are drawn here and now."""

import time
from dataclasses import dataclass

from copulasynth.rows.blocks import BLOCK, Source, blocks, count
from copulasynth.rows.dataset.drawing import Part, made

__all__ = ["Foretold", "foretold"]

#: Blocks that are drawn to learn the pace; the first warms up and is not counted.
MEASURED = 2


@dataclass(frozen=True, slots=True)
class Foretold:
    """What a draw of many rows will cost, by a draw of a few on this machine.

    Attributes
    ----------
    rows : int
    rows_per_second : float
        By one worker, with the making of Parquet and without the disk.
    bytes_per_row : float
        Of the Parquet files.
    """

    rows: int
    rows_per_second: float
    bytes_per_row: float

    def hours(self, workers: int = 1) -> float:
        """Return the hours of so many workers that are as fast as this one."""
        return self.rows / self.rows_per_second / workers / 3600

    @property
    def gigabytes(self) -> float:
        """Bytes of all files, in 10**9."""
        return self.rows * self.bytes_per_row / 1e9

    def words(self, workers: int) -> str:
        """Say it in two lines."""
        many = sorted({1, workers, 10 * workers, 100 * workers})
        times = ", ".join(f"{_time(self.hours(w))} with {w:,}" for w in many)
        return (
            f"one worker here makes {self.rows_per_second:,.0f} rows a second; "
            f"{self.rows:,} rows are about {_size(self.gigabytes)}\n"
            f"time by workers: {times}"
        )


def _time(hours: float) -> str:
    if hours < 1 / 60:
        return f"{hours * 3600:.0f} s"
    return f"{hours * 60:.0f} min" if hours < 2 else f"{hours:,.1f} h"


def _size(gigabytes: float) -> str:
    return f"{gigabytes * 1000:,.1f} MB" if gigabytes < 1 else f"{gigabytes:,.1f} GB"


def foretold(source: Source, n: int) -> Foretold:
    """Draw some rows, make Parquet of them, and say what n rows will cost.

    Examples
    --------
    >>> Foretold(7_200_000, 1000.0, 50.0).hours(2)
    1.0
    """
    work = blocks(min(max(count(n), 1), MEASURED * BLOCK), 0)
    paces, size = [], 0
    for k in range(len(work)):
        part = work[k : k + 1]
        start = time.perf_counter()
        files = made(source, Part(k, part), None, 1)
        paces.append(part[0].rows / (time.perf_counter() - start))
        size += sum(len(data) for _, data in files.values())
    return Foretold(n, paces[-1], size / work.n)
