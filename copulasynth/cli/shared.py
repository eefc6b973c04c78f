"""What several commands share: arguments, reading, seeds, and how they show that work goes on."""

import secrets
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import typer

from copulasynth._clock import Report, Stage, hearing
from copulasynth._progress import Bar, bars
from copulasynth.cli.ending import is_own
from copulasynth.errors import DataError, FitWarning
from copulasynth.rows.reading import FOUND, Reading
from copulasynth.synthesizers.registry import METHODS

if TYPE_CHECKING:
    from rich.progress import Progress


__all__ = [
    "Data",
    "Formats",
    "Json",
    "Kinds",
    "Marginals",
    "MethodName",
    "ModelPath",
    "SchemaFile",
    "Seed",
    "Workers",
    "declared",
    "noting",
    "outputs",
    "pairs",
    "progress_bar",
    "read",
    "read_all",
    "say",
    "seed_of",
    "stages",
    "tell_seed",
    "waiting",
    "working",
]

#: Stands for the name of a file in what is said of several.
_FILE = "\0"
_PLAIN = [m.name for m in METHODS if not m.calibrated]

Data = Annotated[
    Path,
    typer.Argument(
        help="A file (text, Parquet, Excel, SPSS, ...), 'lake/*.parquet', or - for standard input."
    ),
]
ModelPath = Annotated[Path, typer.Argument(help="A model file written by 'copulasynth fit'.")]
Seed = Annotated[
    int | None, typer.Option(help="Seed; without one, a seed is drawn and printed.", min=0)
]
Json = Annotated[Path | None, typer.Option("--json", help="Write all numbers here, as JSON.")]
Kinds = Annotated[
    list[str] | None,
    typer.Option(
        "--kind",
        metavar="COLUMN=KIND",
        help="What a column is: datetime, nominal, drop; repeatable.",
    ),
]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="COLUMN=FORM",
        help="How text is written: %d/%m/%Y, '#.##0,00 EUR', [h]:mm, ID-#####; repeatable.",
    ),
]
SchemaFile = Annotated[Path | None, typer.Option("--schema", help="Schema file (see 'schema').")]
Workers = Annotated[
    int, typer.Option(help="Threads or processes; they change the time, not the rows.", min=1)
]
MethodName = Annotated[
    str,
    typer.Option(
        "--copula",
        "--method",
        help=f"{', '.join(_PLAIN)}; each copula also as 'tree + calibration' (see 'methods').",
    ),
]
Marginals = Annotated[
    list[str] | None,
    typer.Option(help="A choice for all columns, or COLUMN=CHOICE; repeat for several."),
]


def read(path: Path, reading: Reading = FOUND) -> Any:
    """Read a table, and say what is unusual about its file."""
    return read_all([path], reading)[0]


def read_all(paths: Sequence[Path | None], reading: Reading = FOUND) -> list[Any]:
    """Read tables, None for none, and say once what is unusual about several files.

    What is said of how they are written is of the first, and of others that no model drew.
    """
    from copulasynth.rows.drawn import reading_of
    from copulasynth.rows.reader import read_table

    tables: list[Any] = []
    told: dict[str, list[Path]] = {}
    names: list[str] = []
    for path in paths:
        if path is None:
            tables.append(None)
            continue
        with warnings.catch_warnings(record=True) as caught, waiting(f"reading {path.name}"):
            warnings.simplefilter("always", FitWarning)
            how = reading_of(path, names, reading) if names else reading
            tables.append(read_table(path, how))
        names = names or tables[-1].column_names
        for w in caught:
            if is_own(w.category):
                told.setdefault(str(w.message).replace(str(path), _FILE), []).append(path)
    for text, (first, *more) in told.items():
        same = f"; the same of {', '.join(map(str, more))}" if more else ""
        say(text.replace(_FILE, str(first)) + same, note=True)
    return tables


@contextmanager
def noting() -> Iterator[None]:
    """Print warnings of ours as notes."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FitWarning)
        yield
    for w in caught:
        if is_own(w.category):
            say(str(w.message), note=True)


def outputs(*paths: Path | None) -> list[Path]:
    """Return the paths of files to write, without those not asked for."""
    return [path for path in paths if path is not None]


class Declarations(TypedDict):
    """What is declared of columns."""

    kinds: dict[str, str]
    formats: dict[str, str]


def declared(kinds: Sequence[str] | None, formats: Sequence[str] | None) -> "Declarations":
    """Return what is declared of columns, as :meth:`Schema.infer` takes it."""
    return {"kinds": pairs(kinds, "kind"), "formats": _forms(formats)}


def _forms(items: Sequence[str] | None) -> dict[str, str]:
    """Turn COLUMN=FORM arguments into a mapping; a form may hold an equals sign itself."""
    found = [item.partition("=") for item in items or ()]
    bare = next((name for name, equals, _ in found if not equals), None)
    if bare is not None:
        raise DataError(f"--format {bare}: expected COLUMN=FORM")
    return {name: form for name, _, form in found}


def pairs(items: Sequence[str] | None, option: str, rest: str | None = None) -> dict[str, str]:
    """Turn NAME=VALUE arguments into a mapping; a bare value is for `rest`, if there is one.

    Raises
    ------
    DataError
        If a value is bare and there is no `rest`.
    """
    found = {}
    for item in items or ():
        name, equals, value = item.rpartition("=")
        if equals:
            found[name] = value
        elif rest is not None:
            found[rest] = item
        else:
            raise DataError(f"--{option} {item}: expected COLUMN=VALUE")
    return found


def seed_of(seed: int | None) -> int:
    """Return the seed, or draw one."""
    return secrets.randbits(32) if seed is None else seed


def tell_seed(seed: int | None, drawn: int) -> None:
    """Print a seed that was drawn; a command that failed has none to tell."""
    if seed is None:
        say(f"seed {drawn} (drawn; --seed {drawn} repeats this run)")


def say(text: str, *, note: bool = False) -> None:
    """Print to stderr, so that rows on stdout stay alone."""
    typer.secho(f"note: {text}" if note else text, err=True, fg="yellow" if note else None)


@contextmanager
def working(text: str) -> Iterator[Report]:
    """Draw a bar a stage of some work, by what is yielded; warnings follow as notes."""
    with noting(), waiting(text) as report:
        yield report


@contextmanager
def waiting(text: str) -> Iterator[Report]:
    """Draw a bar a stage of some work, by what is yielded."""
    from rich.console import Console

    with bars(Console(stderr=True), transient=True) as drawn, hearing(Bar(drawn)) as report:
        report(Stage(text))
        yield report


@contextmanager
def progress_bar(text: str, total: int) -> Iterator[Callable[[int], object]]:
    """Show how many rows are made."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

    said = TextColumn("{task.description}")
    columns = said, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with _progress(*columns, transient=True) as progress:
        progress.start()
        task = progress.add_task(text, total=total)
        yield lambda rows: progress.advance(task, rows)


@contextmanager
def stages() -> Iterator["Stages"]:
    """Show the stages of a run."""
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(bar_width=24), TimeElapsedColumn()
    with _progress(*columns) as progress:
        shown = Stages(progress)
        yield shown
        shown.close()


@contextmanager
def _progress(*columns: Any, transient: bool = False) -> "Iterator[Progress]":
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    unseen = transient and not console.is_terminal
    progress = Progress(*columns, console=console, transient=transient, disable=unseen)
    try:
        yield progress
    finally:
        if progress.tasks:
            progress.stop()


class Stages:
    """One line a stage on stderr, with a bar where rows are made."""

    def __init__(self, progress: "Progress") -> None:
        self._progress = progress
        self._task: Any = None
        self._title = ""

    def stage(self, title: str, total: int | None = None, /) -> None:
        """Begin a stage."""
        self.close()
        self._progress.start()
        self._title = title
        self._task = self._progress.add_task(title, total=total)

    def detail(self, text: str, /) -> None:
        """Say what the stage is about."""
        self._progress.update(self._task, description=f"{self._title}: {text}")

    def advance(self, rows: int, /) -> None:
        """Count rows that are made."""
        self._progress.advance(self._task, rows)

    def note(self, text: str, /) -> None:
        """Print what the user should read."""
        self._progress.console.print(f"note: {text}", style="yellow", markup=False, soft_wrap=True)

    def close(self) -> None:
        """Mark the stage that ends as done."""
        if self._task is not None:
            task = self._progress.tasks[-1]
            total = task.total or 1
            self._progress.update(self._task, description=self._title, total=total, completed=total)
