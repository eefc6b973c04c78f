"""What a page asks of the results that it shows; no more, so that it stands below them."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import pandas as pd

from copulasynth.metrics import Score
from copulasynth.metrics.summary import Portrait

__all__ = ["Compared", "Judged"]


@runtime_checkable
class Judged(Protocol):
    """Scores of one synthetic table, as an `Evaluation` has them."""

    @property
    def scores(self) -> Mapping[str, Score]: ...
    @property
    def rows(self) -> Mapping[str, int]: ...
    @property
    def notes(self) -> tuple[str, ...]: ...
    @property
    def portrait(self) -> Portrait | None: ...


@runtime_checkable
class Compared(Protocol):
    """Scores of several methods, as a `Comparison` has them."""

    @property
    def scores(self) -> Mapping[str, Mapping[str, Score]]: ...
    @property
    def rows(self) -> Mapping[str, int]: ...
    @property
    def notes(self) -> tuple[str, ...]: ...
    @property
    def portraits(self) -> Mapping[str, Portrait]: ...
    @property
    def costs(self) -> pd.DataFrame: ...
    @property
    def ranks(self) -> pd.DataFrame: ...
    @property
    def failed(self) -> Mapping[str, str]: ...
