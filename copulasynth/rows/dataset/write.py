"""Write rows as a folder of files: what is begun can be finished, with the same bytes."""

import time
import warnings
from array import array
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from copulasynth.errors import DataError, OutputError, SamplingError, SamplingWarning, several
from copulasynth.rows.blocks import BLOCK, Rng, Source, blocks, count, told_rows
from copulasynth.rows.dataset.drawing import Draw, Part, Parts
from copulasynth.rows.dataset.engines import RUN, check_engine
from copulasynth.rows.dataset.folder import Folder, folder_of, is_address
from copulasynth.rows.dataset.manifest import (
    MANIFEST,
    Files,
    Finished,
    begun,
    check_same,
    intact,
    line_of,
    manifest_of,
)
from copulasynth.rows.dataset.settings import (
    DatasetOptions,
    Origin,
    Settings,
    generator_of,
    rows_of,
    settings_of,
    told_of,
)
from copulasynth.rows.sinks import KINDS as ENDINGS

__all__ = ["Begun", "begun_dataset", "is_dataset", "write_dataset"]

#: Seconds of work that a killed run may lose, and how much of the time its manifest may take.
EVERY, SHARE = 5.0, 0.05


def is_dataset(path: str | PathLike[str], options: DatasetOptions) -> bool:
    """Whether a path is to become a folder of files, and not one file.

    Raises
    ------
    DataError
        If it is named as one file, or standard output, and options of a folder are asked for.
    """
    text = str(path)
    if text == "-" and options:
        raise DataError(
            f"- is standard output, and {', '.join(options)} of a folder; name one, such as out/"
        )
    named = text.endswith(("/", "\\")) or Path(text).is_dir() or is_address(text)
    if options and not named and (ending := Path(text).suffix.lower()) in ENDINGS:
        raise DataError(
            f"{path} is one file, and {', '.join(options)} of a folder; name one, such as "
            f"{text[: -len(ending)]}/"
        )
    return named or bool(options)


@dataclass(frozen=True, slots=True)
class Begun:
    """How far a folder is that was begun.

    Attributes
    ----------
    rows : int
        Of all of its files.
    done : int
        Of those that are there, by their names and sizes; what they hold is looked at when it is
        gone on with.
    """

    rows: int
    done: int


def begun_dataset(path: str | PathLike[str]) -> Begun | None:
    """Return how far a folder is that was begun, None where nothing was.

    Raises
    ------
    OutputError
        If its manifest cannot be read.
    """
    folder = folder_of(path)
    found = begun(folder)
    if found is None:
        return None
    sizes, held = folder.sizes(), found["parts"].values()
    done = [
        sum(file.rows for file in files.values())
        for files in held
        if all(sizes.get(name) == file.bytes for name, file in files.items())
    ]
    return Begun(rows_of(found), sum(done))


def write_dataset(
    source: Source,
    path: str | PathLike[str],
    n: int | None,
    origin: Origin,
    options: DatasetOptions,
    *,
    rng: Rng = None,
    workers: int = 2,
    progress: Callable[[int], object] | None = None,
) -> None:
    """Draw n rows into a folder of Parquet files; one that is gone on with knows how many.

    Raises
    ------
    DataError
        If an option cannot be, there is no worker, or nobody says how many rows.
    OutputError
        If the folder holds something else, was begun with other settings, or cannot be written;
        what is done stays, and `resume` goes on with it.
    MissingExtraError
        If the engine, or what the store needs, is not installed.
    """
    count(workers, "workers", least=1)
    folder = folder_of(path)
    found = _begun(folder, resume=options.get("resume", False))
    if found is not None:  # what is not said again is as it was
        options = DatasetOptions(**{**told_of(found), **options})
        rng = generator_of(found) if rng is None else rng
        n = rows_of(found) if n is None else n
    work = blocks(told_rows(n), rng)
    if found is None and options.get("resume"):  # as whoever runs one command again and again
        warnings.warn(
            f"{folder.name} holds nothing to go on with: the draw begins with its first row",
            SamplingWarning,
            stacklevel=4,
        )
    settings = settings_of(source.schema, work, options, origin)
    engine = options.get("engine", "threads")
    check_engine(engine)
    finished = {} if found is None else _kept(found, settings, folder)
    record = Record(folder, settings, finished)
    record.write()
    told = progress or (lambda rows: None)
    if finished:
        told(sum(map(settings.rows_of, finished)))
    parts = Parts(work, settings.rows_per_file // BLOCK, _missing(settings.files, finished))
    draw = Draw(source, folder.address, settings.partition_by, settings.versions)
    try:
        with closing(RUN[engine](draw, folder, parts, workers, options.get("scheduler"))) as drawn:
            for part, files in drawn:
                record.add(part, files)
                told(settings.rows_of(part.number))
    except (DataError, SamplingError):
        if found is None:
            record.leave()
        raise
    finally:
        if not record.left:
            record.write()


def _begun(folder: Folder, *, resume: bool) -> dict[str, Any] | None:
    """Return the manifest of a folder that is to be gone on with; refuse one that is not."""
    found = begun(folder)
    if found is not None and not resume:
        raise OutputError(
            f"{folder.name} is complete; write into another folder, or mend lost files of it with "
            "resume=True (--resume)"
            if found.get("complete")
            else f"{folder.name} was begun and not finished; go on with resume=True "
            "(--resume), or write into another folder"
        )
    if found is None and (there := sorted(folder.sizes())):
        raise OutputError(
            f"{folder.name} holds other files, such as {there[0]}; write into an empty folder"
        )
    return found


def _kept(found: dict[str, Any], settings: Settings, folder: Folder) -> Finished:
    """Return the parts that stay, and say which files are drawn anew."""
    check_same(found, settings, folder)
    finished, damaged = intact(found, settings, folder)
    if damaged:
        warnings.warn(
            f"{several(len(damaged), 'file')} of {folder.name} missing or damaged, such as "
            f"{damaged[0]}: drawn anew",
            SamplingWarning,
            stacklevel=4,
        )
    return finished


def _missing(files: int, finished: Finished) -> Sequence[int]:
    """Return the numbers of the parts that are not done, in their order, in little memory."""
    return array("q", (k for k in range(files) if k not in finished)) if finished else range(files)


@dataclass(slots=True, eq=False)
class Record:
    """The manifest while files come in, written now and then, and never for most of the time."""

    folder: Folder
    settings: Settings
    finished: Finished
    due: float = 0.0
    left: bool = False

    def add(self, part: Part, files: Files) -> None:
        """Note a part as done."""
        self.finished[part.number] = line_of(files)
        if time.monotonic() > self.due:
            self.write()

    def leave(self) -> None:
        """Leave nothing where an engine did not begin, so that the folder can be named again."""
        if not self.finished and self.folder.sizes().keys() <= {MANIFEST}:
            self.folder.remove(MANIFEST)
            self.left = True

    def write(self) -> None:
        """Write the manifest."""
        start = time.monotonic()
        self.folder.write(MANIFEST, manifest_of(self.settings, self.finished))
        now = time.monotonic()
        self.due = now + max(EVERY, (now - start) / SHARE)
