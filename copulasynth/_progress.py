"""How work shows that it goes on: one line a step for a callable, or a bar (Rich).

`copulasynth.fit` and whatever else takes long call a `copulasynth._clock.Report` with a line of
text when a step begins, nothing more; who watches decides what that looks like. A bar moves by the
clock towards the seconds that were foretold, so that no step stands still, and what is deep within
a stage says by `copulasynth._clock.step` what it is at.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from copulasynth._clock import Report, Stage, Substage, Whole, heard, hearing, step
from copulasynth.errors import ArgumentError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import Task

__all__ = ["Bar", "Progress", "bars", "shown"]

#: What an argument `progress` may be: a callable, whether to draw a bar, or None where a notebook
#: draws one and a script none.
Progress = Report | bool | None
#: How much of a step that takes longer than was foretold its bar may show.
NEARLY = 0.98
#: Letters of what a stage is at that its bar shows.
SHOWN = 40


@contextmanager
def shown(progress: Progress) -> Iterator[Report]:
    """Yield whom to tell of stages; where nothing is asked for within other work, who hears that.

    What is a stage by itself is a step of the stage at hand then.
    """
    if progress is None and heard():
        yield lambda line: step(line.name if isinstance(line, Stage) else line)
        return
    if progress is None:
        progress = in_notebook()
    if not isinstance(progress, bool):
        if not callable(progress):
            raise ArgumentError(f"progress: expected True, False or a callable, got {progress!r}")
        with hearing(progress) as report:
            yield report
    elif not progress:
        with hearing(str) as report:
            yield report
    else:
        with bars() as drawn, hearing(Bar(drawn)) as report:
            yield report


def in_notebook() -> bool:
    """Say whether a Jupyter kernel runs this; a plain script has not loaded IPython."""
    shell: Any = sys.modules.get("IPython")
    return shell is not None and type(shell.get_ipython()).__name__ == "ZMQInteractiveShell"


@contextmanager
def bars(console: "Console | None" = None, *, transient: bool = False) -> Iterator["Bars"]:
    """Draw the bars of steps, on standard error or in a notebook, while the block runs."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = console or Console(stderr=not in_notebook())
    columns = (
        TextColumn("{task.description}"),
        _moving(BarColumn)(bar_width=24),
        TimeElapsedColumn(),
        TextColumn("{task.fields[at]}", style="dim", markup=False),
    )
    # elsewhere a bar that goes away leaves an empty line
    unseen = transient and not console.is_terminal
    with Progress(*columns, console=console, transient=transient, disable=unseen) as drawn:
        yield drawn
        for task in drawn.tasks:
            drawn.update(task.id, total=1, completed=1, at="")


class Bar:
    """A report that draws one bar a step, and prints lines that are no steps."""

    def __init__(self, drawn: "Bars") -> None:
        self._drawn = drawn
        self._last: Any = None

    def __call__(self, line: str) -> None:
        """Begin a stage, and mark the one before as done; say what it is at; or print a line."""
        if isinstance(line, Substage):
            if self._last is not None:
                short = line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"
                self._drawn.update(self._last, at=short)
            return
        if not isinstance(line, Stage):
            self._drawn.console.print(line, style="dim", highlight=False, markup=False)
            return
        if self._last is not None:
            self._drawn.update(self._last, total=1, completed=1, at="")
        known = line.seconds == line.seconds
        total, seconds = (1 if known else None), (max(line.seconds, 0.1) if known else None)
        begun = self._drawn.add_task(line.name, total=total, seconds=seconds, at="")
        # the bar of the whole work goes on until all of its steps are done
        self._last = None if isinstance(line, Whole) else begun


def _moving(column: type) -> type:
    """Return a column whose bar stands where the clock says that its step is."""

    class Moving(column):  # type: ignore[misc]
        def render(self, task: "Task") -> Any:
            if task.fields.get("seconds") and not task.finished:
                since = time.monotonic() - (task.start_time or time.monotonic())
                task.completed = min(since / task.fields["seconds"], NEARLY)
            return super().render(task)

    return Moving
