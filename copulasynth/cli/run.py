"""The commands `copulasynth run` and `copulasynth init`: arguments and progress only."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["register"]

RUN_EXAMPLE = "Example: copulasynth run spec.toml --dry-run"
INIT_EXAMPLE = "Example: copulasynth init usage.csv -o spec.toml"


def register(app: typer.Typer) -> None:
    """Add the commands to an application."""
    app.command(epilog=RUN_EXAMPLE)(run)
    app.command(epilog=INIT_EXAMPLE)(init)


def run(
    spec: Annotated[Path, typer.Argument(help="A run file; 'copulasynth init' writes one.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen and how long; write nothing.")
    ] = False,
    locked: Annotated[
        bool,
        typer.Option(
            "--locked", help="Refuse if versions, settings or bytes differ from the lock."
        ),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace an output folder that holds another run.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Output folder, in place of the file's.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed, in place of the file's.", min=0)] = None,
    workers: Annotated[
        int | None, typer.Option(help="Threads; they change the time, not a byte.", min=1)
    ] = None,
) -> None:
    """Do what a run file says: fit, draw, judge, report, all into one folder."""
    settings: dict[str, Any] = {"seed": seed, "workers": workers, "folder": out}
    if dry_run:
        from copulasynth.run.estimate import explain

        for line in explain(spec, **settings):
            typer.echo(line)
        return
    from copulasynth.run import run_spec

    # a run that is told to end must clear away what it has written so far
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    with _shown() as watch:
        done = run_spec(spec, force=force, locked=locked, watch=watch, **settings)
    origin = done.manifest["seed"]["origin"]
    if origin != "given":
        _say(f"seed {done.manifest['seed']['value']} ({origin}; kept in {done.lock})")
    for name, file in done.manifest["outputs"].items():
        _say(f"{done.folder / name}  {_size(file['bytes'])}")
    seconds = sum(t["seconds"] for t in done.manifest["timings"].values())
    _say(f"{done.folder / 'manifest.json'}  what was made of what, in {seconds:.0f} s")


def init(
    data: Annotated[Path, typer.Argument(help="A .csv, .csv.gz or .parquet file.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Run file to write.")] = Path(
        "spec.toml"
    ),
    force: Annotated[bool, typer.Option("--force", help="Replace an older run file.")] = False,
) -> None:
    """Write a run file for a table, with every entry explained, to edit and run."""
    from copulasynth.run.starter import write_starter

    write_starter(data, out, force=force)
    _say(f"{out} written; look at it, then: copulasynth run {out} --dry-run")


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"


class _Bars:
    """One line a stage on stderr, with a bar where rows are made."""

    def __init__(self, progress: "Progress") -> None:
        self._progress = progress
        self._task: Any = None
        self._title = ""

    def stage(self, title: str, total: int | None = None, /) -> None:
        self.close()
        self._progress.start()
        self._title = title
        self._task = self._progress.add_task(title, total=total)

    def detail(self, text: str, /) -> None:
        self._progress.update(self._task, description=f"{self._title}: {text}")

    def advance(self, rows: int, /) -> None:
        self._progress.advance(self._task, rows)

    def note(self, text: str, /) -> None:
        self._progress.console.print(f"note: {text}", style="yellow", markup=False, soft_wrap=True)

    def close(self) -> None:
        """Mark the stage that ends as done."""
        if self._task is not None:
            task = self._progress.tasks[-1]
            total = task.total or 1
            self._progress.update(self._task, description=self._title, total=total, completed=total)


@contextmanager
def _shown() -> Iterator[_Bars]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), TimeElapsedColumn())
    progress = Progress(*columns, console=Console(stderr=True))
    bars = _Bars(progress)
    try:
        yield bars
        bars.close()
    finally:
        if progress.tasks:
            progress.stop()
