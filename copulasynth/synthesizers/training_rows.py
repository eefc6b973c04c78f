"""Encoded training rows, and what their variables are: all that a row-holding method keeps."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from copulasynth._arrays import Bools, EndlessFloats, Floats, Ints, floats, frozen
from copulasynth.rows.blocks import RowBlock
from copulasynth.schema import Variable

__all__ = [
    "Layout",
    "RowSampler",
    "TrainingRows",
    "check_neighbours",
    "check_rows",
    "even_rows",
    "layout_of",
    "observed_moments",
    "on_grid",
]

KINDS = ("continuous", "discrete", "nominal", "state")


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """What each variable of an encoded table is, without names.

    Attributes
    ----------
    kinds : tuple of str
        ``"continuous"``, ``"discrete"``, ``"nominal"`` or ``"state"``.
    columns : (d,) int64
        The column that a variable belongs to; a value and its state share one.
    levels : (d,) int64
        Number of levels; 0 for numeric variables.
    steps : (d,) float64
        The grid on which values lie; 0 for none.
    lower, upper : (d,) float64
        Natural bounds, which may be infinite.
    """

    kinds: tuple[str, ...]
    columns: Ints
    levels: Ints
    steps: Floats
    lower: EndlessFloats
    upper: EndlessFloats

    def __post_init__(self) -> None:
        if not set(self.kinds) <= set(KINDS):
            raise ValueError(f"kinds must be among {KINDS}, got {sorted(set(self.kinds))}")
        for name in ("columns", "levels", "steps", "lower", "upper"):
            if (shape := getattr(self, name).shape) != (self.dim,):
                raise ValueError(f"{name} needs shape ({self.dim},), got {shape}")
        if (self.levels < 0).any() or (self.steps < 0).any() or (self.lower > self.upper).any():
            raise ValueError("levels and steps must not be negative, nor lower above upper")

    @property
    def dim(self) -> int:
        return len(self.kinds)

    @property
    def categorical(self) -> Bools:
        """Variables whose values are levels without a distance: nominal ones and states."""
        return np.array([kind in ("nominal", "state") for kind in self.kinds], dtype=np.bool_)

    @property
    def states(self) -> Ints:
        """For each variable the index of its column's state variable, -1 where there is none."""
        own = {int(self.columns[j]): j for j, kind in enumerate(self.kinds) if kind == "state"}
        found = [-1 if k == "state" else own.get(int(c), -1)
                 for k, c in zip(self.kinds, self.columns, strict=True)]  # fmt: skip
        return np.array(found, dtype=np.int64)

    def blank(self, x: Floats) -> None:
        """Write NaN into drawn values (d, n) where the state of their column says so."""
        states = self.states
        for j in np.flatnonzero(states >= 0):
            x[j, x[states[j]] != 0.0] = np.nan


def layout_of(variables: Sequence[Variable]) -> Layout:
    """Return the layout of a schema's variables."""

    def array(values: list[float], kind: type = np.float64) -> NDArray[Any]:
        return frozen(np.array(values, dtype=kind))

    return Layout(
        kinds=tuple(v.kind for v in variables),
        columns=array([v.column for v in variables], np.int64),
        levels=array([v.levels for v in variables], np.int64),
        steps=array([v.step or 0.0 for v in variables]),
        lower=array([v.lower for v in variables]),
        upper=array([v.upper for v in variables]),
    )


def observed_moments(x: Floats) -> tuple[Floats, Floats]:
    """Return mean and standard deviation (denominator n) of each variable's observed values."""
    seen = ~np.isnan(x)
    count = np.maximum(seen.sum(axis=0), 1)
    mean = np.where(seen, x, 0.0).sum(axis=0) / count
    return mean, np.sqrt(np.where(seen, (x - mean) ** 2, 0.0).sum(axis=0) / count)


@dataclass(frozen=True, slots=True, eq=False)
class TrainingRows:
    """Encoded rows of the training table, kept because a method draws from them.

    A model file that holds this value holds training data; treat it like the table itself.

    Attributes
    ----------
    values : (n, d) float64
        Encoded values; 0 where one is missing.
    missing : (n, d) bool
    """

    values: Floats
    missing: Bools

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.shape != self.missing.shape:
            raise ValueError(
                f"values and missing need one shape (n, d), "
                f"got {self.values.shape} and {self.missing.shape}"
            )
        if len(self.values) == 0:
            raise ValueError("at least one training row is needed")
        if not np.isfinite(self.values).all():
            raise ValueError("values must be finite")

    @classmethod
    def of(cls, x: Floats) -> "TrainingRows":
        """Keep the rows of an encoded table, NaN marking a missing value."""
        x = floats(x, 2)
        missing = np.isnan(x)
        return cls(frozen(np.where(missing, 0.0, x)), frozen(missing))

    @property
    def n(self) -> int:
        return int(self.values.shape[0])

    @property
    def x(self) -> Floats:
        """The rows with NaN for missing values, (n, d)."""
        return np.where(self.missing, np.nan, self.values)


@dataclass(frozen=True, slots=True, eq=False)
class RowSampler(ABC):
    """What draws each row from particular training rows; abstract.

    Attributes
    ----------
    rows : TrainingRows
    layout : Layout
    """

    rows: TrainingRows
    layout: Layout
    holds_training_rows: ClassVar[bool] = True

    @property
    def dim(self) -> int:
        return self.layout.dim

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        return self.draw_with_origin(n, rng)[0]

    @abstractmethod
    def draw_with_origin(
        self, n: int, rng: np.random.Generator, block: RowBlock | None = None
    ) -> tuple[Floats, dict[str, Ints]]:
        """Draw n rows as :class:`~copulasynth.model.api.Traced` says."""


def check_rows(rows: TrainingRows, layout: Layout) -> None:
    """Raise ValueError if rows do not fit a layout; both may come from a file."""
    if rows.values.shape[1] != layout.dim:
        raise ValueError(f"rows have {rows.values.shape[1]} variables, the layout {layout.dim}")
    codes = rows.values[:, layout.categorical]
    levels = np.maximum(layout.levels[layout.categorical], 1)
    if (codes != np.rint(codes)).any() or (codes < 0).any() or (codes >= levels).any():
        raise ValueError("a code is no level of its variable")


def check_neighbours(neighbours: Ints, n: int) -> None:
    """Raise ValueError unless each of n rows has the numbers of k others, (n, k)."""
    if neighbours.ndim != 2 or len(neighbours) != n or neighbours.size == 0:
        raise ValueError(f"neighbours need shape ({n}, k), got {neighbours.shape}")
    if neighbours.min() < 0 or neighbours.max() >= n:
        raise ValueError(f"neighbours must lie in 0 .. {n - 1}")


def even_rows(
    n: int,
    size: int,
    rng: np.random.Generator,
    block: RowBlock | None = None,
    stream: Callable[[np.random.Generator], np.random.Generator] = lambda rng: rng.spawn(1)[0],
) -> Ints:
    """Draw n row numbers below `size`, of a whole draw each used equally often or once more.

    Whole random permutations follow each other, so a longer draw starts with a shorter one. A
    permutation is made in the block in which it begins, and the next blocks go on with it.

    Without a `block` of a longer draw the n rows are all there is. `rng` is the stream of
    permutations of this block, and `stream` turns the generator of any block into its own.
    """
    laps = []
    unfinished = block.unfinished(size) if block else None
    if unfinished is not None:
        earlier, number, used = unfinished
        child = stream(earlier)
        for _ in range(number):
            child.permutation(size)
        laps.append(child.permutation(size)[used:])
    missing = n - sum(map(len, laps))
    laps += [rng.permutation(size) for _ in range(-(-missing // size))]
    return np.concatenate(laps)[:n] if laps else np.empty(0, dtype=np.int64)


def on_grid(x: Floats, step: float, rng: np.random.Generator) -> Floats:
    """Round x in place to multiples of `step`, up or down at random so that the mean stays.

    A value v becomes step * floor(v / step + U) with U uniform on [0, 1), whose expectation is v;
    truncation would lower every mean by half a step.
    """
    if step != 1.0:
        x /= step
    x += rng.random(x.size)
    np.floor(x, out=x)
    if step != 1.0:
        x *= step
    return x
