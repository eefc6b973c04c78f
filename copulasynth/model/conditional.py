"""Rows of a model in which some columns take given values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.errors import DataError
from copulasynth.model.rejection import Rejection
from copulasynth.rows import blocks
from copulasynth.schema import Schema
from copulasynth.schema.given import encode_given

if TYPE_CHECKING:
    from copulasynth.model.joint import JointModel

__all__ = ["conditional"]


@dataclass(frozen=True, slots=True, eq=False)
class Conditional:
    """The rows of a model whose given variables stay inside given cells."""

    model: "JointModel"
    lower: Floats
    upper: Floats
    value: Floats

    @property
    def schema(self) -> Schema:
        return self.model.schema

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        from copulasynth.model.joint import lookups

        copula: Any = self.model.copula
        x: Floats = copula.draw_given(n, rng, self.lower, self.upper)
        for j, lookup in enumerate(lookups(self.model)):
            if np.isnan(self.value[j]):
                lookup(x[j], out=x[j])
            else:
                x[j] = self.value[j]
        return self.model.derive(x)


def conditional(model: "JointModel", given: Mapping[Any, Any]) -> blocks.Source:
    """Return the rows of a model in which columns take given values.

    A copula with conditional draws gives them exactly; of any other, and where a given column is
    derived from others, rows are drawn and those that fit are kept.

    Raises
    ------
    DataError
        If a column does not exist, is not modelled, or never has the value.
    """
    value = encode_given(model.schema, given)
    asked, free = np.flatnonzero(~np.isnan(value)).tolist(), list(model.free)
    lower, upper = np.zeros(len(free)), np.ones(len(free))
    for j in set(asked) & set(free):
        k = free.index(j)
        lo, hi = model.marginals[k].cell(value[j : j + 1])
        lower[k], upper[k] = lo[0], hi[0]
        variable = model.schema.variables[j]
        if variable.kind != "continuous" and not lo[0] < hi[0]:
            raise DataError(
                f"column {variable.name!r}: the given value has probability 0 under the model. "
                "Ask for a value that the training data hold."
            )
    if hasattr(model.copula, "draw_given") and set(asked) <= set(free):
        return Conditional(model, lower, upper, value[free])
    return Rejection.of(model, value)
