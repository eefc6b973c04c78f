"""What the machine has room for."""

import os
import sys
from contextlib import suppress
from pathlib import Path

from copulasynth.errors import DataError
from copulasynth.schema import Schema

__all__ = ["memory", "refuse_beyond_memory"]

#: Where Linux says how much a container may take.
LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def memory() -> int:
    """Return the bytes of memory of the machine, or of its container; 0 where nobody tells."""
    names = os.sysconf_names if sys.platform != "win32" else {}
    if not {"SC_PAGE_SIZE", "SC_PHYS_PAGES"} <= set(names):
        return 0
    least = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for path in LIMITS:
        with suppress(OSError, ValueError):  # "max" where there is none
            least = min(least, int(Path(path).read_text()))
    return least


def refuse_beyond_memory(schema: Schema, n: int) -> None:
    """Refuse rows that cannot be a table in memory, before one is drawn.

    Raises
    ------
    DataError
        If their numbers alone take more memory than there is.
    """
    row = sum(
        b.values.nbytes + (0 if b.mask is None else b.mask.nbytes) for b in schema.allocate(1)
    )
    if 0 < memory() < n * row:
        raise DataError(
            f"{n:,} rows take at least {n * row / 1e9:,.0f} GB of memory, and there are "
            f"{memory() / 1e9:,.0f} GB. Draw fewer, or model.write('drawn/', n) "
            "(copulasynth sample -o drawn/) and model.iter_batches(n), which take little"
        )
