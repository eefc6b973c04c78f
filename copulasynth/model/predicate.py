"""A check of a table that a person wrote, as a rule of a law: rows that fail are drawn again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.errors import DataError, no_column
from copulasynth.rules.api import Checking
from copulasynth.schema import Schema
from copulasynth.schema.kinds import short

__all__ = ["Predicate"]


@dataclass(frozen=True, slots=True)
class Predicate(Checking):
    """Rows whose table `function` says True of; no model file can hold it."""

    function: Callable[[Any], Any]
    words: str
    schema: Schema

    @property
    def needs(self) -> tuple[int, ...]:
        return tuple(range(len(self.schema.variables)))

    def holds(self, x: Floats, /) -> Bools:
        """Return what the function says of the rows as a table.

        Raises
        ------
        DataError
            If it does not return one truth value a row, or cannot be asked.
        """
        table = self.schema.decode(x[: len(self.schema.variables)].T)
        told = np.asarray(self._asked(table))
        if told.shape != (x.shape[1],) or told.dtype != np.bool_:
            raise DataError(
                f"check {self.words!r} must return one truth value for each of {x.shape[1]} rows, "
                f"got {told.dtype} of shape {told.shape}"
            )
        return told

    def _asked(self, table: object) -> object:
        """Return what the function returns, or say which check failed and what it was given."""
        try:
            return self.function(table)
        except Exception as e:
            names = [str(column.name) for column in self.schema.columns]
            why = f"{type(e).__name__}: {e}"
            if isinstance(e, KeyError | AttributeError) and (name := _asked_for(e)):
                why = no_column(name, names)
            raise DataError(
                f"check {self.words!r} could not be asked of a table with the columns "
                f"{short(tuple(names))}: {why}"
            ) from e


def _asked_for(e: KeyError | AttributeError) -> str:
    """Return the name that a table does not have, or nothing."""
    named = e.name if isinstance(e, AttributeError) else e.args[0] if e.args else ""
    return named if isinstance(named, str) else ""
