"""Engines: threads of this process, Dask, Spark. Each hands out parts and brings back their files.

They have in common that nothing but a part's number and blocks decides its bytes. What an engine
does not do here, it does itself: where workers are, what happens when one is lost, who may draw.
"""

import os
import shutil
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from copulasynth.errors import MissingExtraError
from copulasynth.rows.dataset.drawing import Done, Draw, Part
from copulasynth.rows.dataset.folder import Folder
from copulasynth.rows.dataset.on_dask import on_dask
from copulasynth.rows.dataset.on_spark import on_spark
from copulasynth.rows.workers import Holding, in_order

__all__ = ["RUN", "check_engine"]

Run = Callable[[Draw, Folder, Sequence[Part], int, str | None], Generator[Done]]


def check_engine(engine: str) -> None:
    """Refuse an engine that is not installed.

    Raises
    ------
    MissingExtraError
        With the command that installs it.
    """
    package = {"dask": "distributed", "spark": "pyspark"}.get(engine)
    if package is not None and find_spec(package) is None:
        raise MissingExtraError(
            f"engine {engine!r} is not installed; run: pip install 'copulasynth[{engine}]'"
        )
    if engine == "spark" and not _java():
        raise MissingExtraError(
            "engine 'spark' needs Java 17 or newer, which is not found: install it, such as by "
            "apt-get install openjdk-17-jre-headless, or say where it is in JAVA_HOME"
        )


def _java() -> bool:
    """Whether there is a Java where Spark looks for it."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=str(Path(home, "bin")) if home else None) is not None


def _threads(
    draw: Draw, folder: Folder, parts: Sequence[Part], workers: int, _: str | None
) -> Generator[Done]:
    """Draw parts in threads here, or one after the other where processes share their blocks."""
    source = draw.source
    if workers == 1 or (isinstance(source, Holding) and source.holds):
        for part in parts:
            yield part, draw(part, folder, workers)
        return
    with closing(in_order(lambda part: (part, draw(part, folder)), parts, workers)) as drawn:
        yield from drawn


RUN: dict[str, Run] = {"threads": _threads, "dask": on_dask, "spark": on_spark}
