"""A table as the metrics see it: numbers, shared level codes, and a state for every cell."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, Union

import numpy as np
from numpy.typing import NDArray

from copulasynth._arrays import Floats, Ints
from copulasynth.schema import Tabular

__all__ = ["GROUPS", "AnyTable", "ComparedColumn", "Kind", "Table", "join"]

#: Groups of rows that a jackknife leaves out in turn.
GROUPS = 20

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
    groups : ndarray of int64, shape (n,), optional
        The group in which a jackknife leaves each row out; see `split`.
    """

    columns: tuple[ComparedColumn, ...]
    numbers: Floats
    states: NDArray[np.int8]
    groups: Ints | None = None

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.numbers.shape[1])

    def split(self, rng: np.random.Generator) -> "Table":
        """Return the table with its rows in random groups, of equal size to within one."""
        return replace(self, groups=rng.permutation(np.arange(self.n) % GROUPS))

    def left_out(self) -> Iterator["Table"]:
        """Yield the rows without those of each group; nothing where there are no groups."""
        if self.groups is not None:
            yield from (self.take(np.flatnonzero(self.groups != g)) for g in range(GROUPS))

    def present(self, j: int) -> Floats:
        """Return the values of a column that are not missing."""
        values: Floats = self.numbers[j, self.states[j] == 0]
        return values

    def take(self, rows: Ints | slice) -> "Table":
        """Return the given rows, in no groups."""
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


def join(*tables: Table) -> Table:
    """Return the rows of aligned tables one below the other."""
    numbers = np.concatenate([t.numbers for t in tables], axis=1)
    return Table(tables[0].columns, numbers, np.concatenate([t.states for t in tables], axis=1))
