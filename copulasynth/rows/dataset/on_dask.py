"""Dask: a part is a task, whose worker writes it to the folder itself."""

import os
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from typing import Any

from copulasynth.errors import CopulasynthError, DataError, SamplingError
from copulasynth.rows.dataset.drawing import Done, Draw, Part, there
from copulasynth.rows.dataset.folder import Folder

__all__ = ["client_of", "cluster_of", "on_dask"]

#: Parts that a thread has before it asks for more: it never waits, and a full disk stops it soon.
AHEAD = 2
#: Seconds in which a cluster must have a worker, at the beginning and whenever all are lost.
PATIENCE = 60.0
#: Seconds between two looks whether there are workers.
LOOK = 5.0
#: Memory that a worker frees stays its own. Dask has it returned at once, and blocks of rows, which
#: come and go, take half as long again (glibc; other systems pass it over).
MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(1 << 30), "MALLOC_MMAP_THRESHOLD_": str(1 << 25)}
GO_ON = "What is done stays: go on with resume=True"


def on_dask(
    draw: Draw, _: Folder, parts: Sequence[Part], workers: int, scheduler: str | None
) -> Generator[Done]:
    """Draw parts on the workers of a Dask cluster.

    Raises
    ------
    DataError
        If the scheduler's address is none.
    SamplingError
        If the scheduler cannot be reached, has no workers, or they are lost or cannot draw.
    """
    with client_of(workers, scheduler) as client:
        yield from _drawn(client, draw, iter(parts))


def _drawn(client: Any, draw: Draw, parts: Iterator[Part]) -> Iterator[Done]:
    import distributed

    # a task and not scattered data: were all workers that hold it lost, it is made again
    shared = client.submit(_itself, draw, pure=False)
    waiting: set[Any] = set()
    try:
        while True:
            ahead = AHEAD * max(sum(client.nthreads().values()), 1)
            more = islice(parts, max(ahead - len(waiting), 0))
            waiting |= {client.submit(there, shared, part, pure=False) for part in more}
            if not waiting:
                return
            for future in _finished(client, waiting):
                try:
                    done = future.result(timeout=LOOK)
                except TimeoutError:  # its worker was lost before it told; another draws it again
                    continue
                waiting.discard(future)
                yield done
    except CopulasynthError:
        raise
    except distributed.scheduler.KilledWorker as e:
        raise SamplingError(
            "workers of the Dask cluster were lost again and again in the same part, perhaps for "
            f"want of memory: take larger ones, or a new folder with fewer rows_per_file. {GO_ON}"
        ) from e
    except (distributed.CancelledError, OSError) as e:
        raise SamplingError(f"the Dask scheduler was lost. {GO_ON}") from e
    except (ImportError, AttributeError, RuntimeError) as e:
        why = str(e.__cause__ or e).partition("\n")[0]
        raise SamplingError(
            f"the scheduler or a worker of the Dask cluster cannot read a task ({why}): they need "
            "the same copulasynth as here"
        ) from e


def _itself(draw: Draw) -> Draw:
    return draw


def _finished(client: Any, waiting: set[Any]) -> set[Any]:
    """Return tasks that are done, when there are some.

    Raises
    ------
    SamplingError
        If there is nobody who could do them.
    """
    import distributed

    seen = time.monotonic()
    while True:
        try:
            with client.as_current():
                found: set[Any] = distributed.wait(waiting, LOOK, "FIRST_COMPLETED").done
            return found
        except TimeoutError:
            now = time.monotonic()
            seen = now if client.nthreads() else seen
        if now - seen > PATIENCE:
            raise SamplingError(
                f"the Dask cluster has had no worker for {PATIENCE:.0f} s: all were lost, or are "
                f"without copulasynth. {GO_ON}"
            )


@contextmanager
def client_of(workers: int, scheduler: str | None) -> Iterator[Any]:
    """Connect to a scheduler, or start workers of one thread on this machine."""
    import distributed

    try:
        _ = scheduler and distributed.comm.get_address_host(scheduler)
    except ValueError as e:
        raise DataError(f"scheduler: {scheduler!r} is no address of a Dask scheduler: {e}") from e
    with ExitStack() as stack:
        try:
            address = scheduler or stack.enter_context(cluster_of(workers))
            client = stack.enter_context(distributed.Client(address, set_as_default=False))
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError as e:
            raise SamplingError(f"the Dask scheduler at {scheduler} has no workers") from e
        except (OSError, RuntimeError) as e:
            where = f"there is no Dask scheduler at {scheduler}" if scheduler else "Dask"
            raise SamplingError(f"{where}: {e}") from e
        yield client


def cluster_of(workers: int) -> Any:
    """Return workers in processes of their own, which run nothing of the caller's script."""
    from distributed.deploy.subprocess import SubprocessCluster

    before = dict(os.environ)
    os.environ.update(MEMORY | before)
    try:
        return SubprocessCluster(
            n_workers=workers, threads_per_worker=1, worker_kwargs={"dashboard": False},
            scheduler_kwargs={"dashboard": False},
        )  # fmt: skip
    finally:
        for name in MEMORY.keys() - before.keys():
            del os.environ[name]
