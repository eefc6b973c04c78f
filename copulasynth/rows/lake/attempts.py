"""What a task on another machine returns, or the error of ours that it raised.

Engines print, wrap and repeat what a task raises; a bad file is as bad the next time.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from copulasynth.errors import CopulasynthError, SamplingError
from copulasynth.rows.dataset.on_spark import reason_of

__all__ = ["Attempt", "result_of", "spark_naming", "tried"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a function returned, or why it did not."""

    found: object = None
    error: CopulasynthError | None = None


def tried(function: Callable[[], object]) -> Attempt:
    """Return what a function returns, or the error of ours that it raises."""
    try:
        return Attempt(function())
    except CopulasynthError as e:
        return Attempt(error=e)


def result_of(attempt: Attempt) -> Any:
    """Return what was found, or raise the error."""
    if attempt.error is not None:
        raise attempt.error
    return attempt.found


@contextmanager
def spark_naming(at: str = "while it read") -> Iterator[None]:
    """Say in one line why Spark gave up.

    Raises
    ------
    SamplingError
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (Py4JError, PySparkException, ConnectionError) as e:
        raise SamplingError(f"Spark gave up {at}: {reason_of(e)}") from e
