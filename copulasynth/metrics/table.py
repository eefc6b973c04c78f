"""A table as the metrics see it: numbers, shared level codes, and a state for every cell."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, Union

import numpy as np
from numpy.typing import NDArray

from copulasynth._arrays import Floats, Ints
from copulasynth.schema import Tabular

__all__ = ["AnyTable", "ComparedColumn", "Kind", "Table"]

Kind = Literal["numeric", "ordinal", "nominal"]

#: A table of any maker, or one that was aligned.
AnyTable: TypeAlias = Union[Tabular, "Table"]


@dataclass(frozen=True, slots=True)
class ComparedColumn:
    """A column that two tables share.

    Parameters
    ----------
    name : str
    kind : {"numeric", "ordinal", "nominal"}
    levels : tuple of str
        Labels behind the codes 0..K-1 of an ordinal or nominal column; empty for numbers.
    states : tuple of str
        Labels of the states of a cell: 0 present, 1 missing, then each missing code.
    unit : {"", "time", "span"}
        What numbers are: "time" are seconds since 1970, "span" are seconds.
    """

    name: str
    kind: Kind
    levels: tuple[str, ...]
    states: tuple[str, ...]
    unit: str = ""

    @property
    def ranked(self) -> bool:
        """Whether the values have an order."""
        return self.kind != "nominal"


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows coded by the columns that all compared tables share.

    Parameters
    ----------
    columns : tuple of ComparedColumn
    numbers : ndarray of shape (d, n)
        Numbers, or level codes; nan where the state is not 0.
    states : ndarray of int8, shape (d, n)
    """

    columns: tuple[ComparedColumn, ...]
    numbers: Floats
    states: NDArray[np.int8]

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.numbers.shape[1])

    def take(self, rows: Ints | slice) -> "Table":
        """Return the given rows."""
        return Table(self.columns, self.numbers[:, rows], self.states[:, rows])

    def select(self, names: list[str]) -> "Table":
        """Return the named columns, in the order given."""
        index = [self.names.index(name) for name in names]
        columns = tuple(self.columns[j] for j in index)
        return Table(columns, self.numbers[index], self.states[index])

    def sample(self, n: int, rng: np.random.Generator) -> "Table":
        """Return at most `n` rows, drawn without replacement."""
        if n >= self.n:
            return self
        return self.take(np.sort(rng.choice(self.n, n, replace=False)))

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [column.name for column in self.columns]

    @property
    def ranked(self) -> list[int]:
        """Positions of the columns whose values have an order."""
        return [j for j, column in enumerate(self.columns) if column.ranked]

    @property
    def numeric(self) -> list[int]:
        """Positions of the columns of numbers."""
        return [j for j, column in enumerate(self.columns) if column.kind == "numeric"]
