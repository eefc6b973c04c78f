"""What a page asks of the results that it shows; no more, so that it stands below them."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import pandas as pd

from copulasynth.metrics import Score
from copulasynth.metrics.summary import Portrait

__all__ = ["COSTS", "Compared", "Gated", "GatedStep", "Judged"]

#: What a method costs: titles, and the columns of `Compared.costs`.
COSTS = {"fit seconds": "fit", "sample seconds": "sample", "peak memory MB": "memory"}


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


class Limits(Protocol):
    """What a release must satisfy, as a `Policy` has it."""

    @property
    def unit(self) -> str: ...
    @property
    def k_min(self) -> int: ...
    @property
    def required(self) -> Sequence[int]: ...
    @property
    def changed(self) -> Mapping[str, tuple[object, object]]: ...


class GatedStep(Protocol):
    """A step of the release gate, as a `GateStep` has it."""

    @property
    def number(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def verdict(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def findings(self) -> pd.DataFrame: ...


@runtime_checkable
class Gated(Protocol):
    """What the release gate found, as a `GateResult` has it."""

    @property
    def steps(self) -> Sequence[GatedStep]: ...
    @property
    def policy(self) -> Limits: ...
    @property
    def sizes(self) -> Mapping[str, int]: ...
    @property
    def columns(self) -> Sequence[str]: ...
    @property
    def seed(self) -> int | None: ...
    @property
    def failed(self) -> Sequence[GatedStep]: ...
    @property
    def missing(self) -> Sequence[GatedStep]: ...
    @property
    def sentence(self) -> str: ...
