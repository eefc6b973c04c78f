"""What happened during a run: how long each stage took, and every warning."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from copulasynth._clock import Stopwatch, hearing
from copulasynth.errors import FitWarning

__all__ = ["Log", "Silent", "Watch"]


class Watch(Protocol):
    """Somebody who is told how a run goes on."""

    def stage(self, title: str, total: int | None = None, /) -> None:
        """Say that a stage begins, with the number of rows that it will make if it makes any."""

    def detail(self, text: str, /) -> None:
        """Say what a stage is about."""

    def advance(self, rows: int, /) -> None:
        """Say that so many more rows are made."""

    def note(self, text: str, /) -> None:
        """Say something that the user should read."""


class Silent:
    """A watch that says nothing."""

    def stage(self, title: str, total: int | None = None, /) -> None: ...

    def detail(self, text: str, /) -> None: ...

    def advance(self, rows: int, /) -> None: ...

    def note(self, text: str, /) -> None: ...


class Log:
    """A diary of one run.

    Attributes
    ----------
    timings : dict
        Seconds and peak memory in MB of each stage.
    notes : list of str
        Warnings and remarks, in order, each once.
    """

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.timings: dict[str, dict[str, float | None]] = {}
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        """Remember something, once, and tell the watch."""
        if text not in self.notes:
            self.notes.append(text)
            self.watch.note(text)

    @contextmanager
    def stage(self, name: str, title: str, total: int | None = None) -> Iterator[None]:
        """Time a stage and keep its warnings."""
        self.watch.stage(title, total)
        with warnings.catch_warnings(record=True) as caught, Stopwatch() as clock:
            warnings.simplefilter("always", FitWarning)
            with hearing(self.watch.detail):
                yield
        memory = round(clock.peak_mb, 1)
        self.timings[name] = {
            "seconds": round(clock.seconds, 3),
            "peak_mb": memory if memory == memory else None,
        }
        for w in caught:
            if issubclass(w.category, FitWarning):
                self.note(str(w.message))
            else:
                warnings.warn_explicit(w.message, w.category, w.filename, w.lineno)
