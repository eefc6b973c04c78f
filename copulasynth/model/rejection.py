"""Conditional rows of a model whose copula has no conditional draws: draw, and keep what fits."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from copulasynth._arrays import Floats, open_unit
from copulasynth.errors import DataError, SamplingError
from copulasynth.schema import Schema

if TYPE_CHECKING:
    from copulasynth.model.joint import JointModel

__all__ = ["Rejection"]

#: Rows drawn at a time; fixed, so that the rows do not depend on how many are asked for.
CHUNK = 16_384

#: A number is given as a point, which no draw hits: rows within this probability on either side of
#: it are taken, and set to it.
WINDOW = 0.01

#: Fewer accepted rows than this share, over `PATIENCE` chunks, end the attempt.
RAREST = 1e-5
PATIENCE = 60


@dataclass(frozen=True, slots=True, eq=False)
class Rejection:
    """The rows of a model that fall into a box of its variables; no row is used twice."""

    model: "JointModel"
    value: Floats
    low: Floats
    high: Floats

    @classmethod
    def of(cls, model: "JointModel", value: Floats) -> "Rejection":
        low, high = value.copy(), value.copy()
        for j in np.flatnonzero(~np.isnan(value)):
            variable = model.schema.variables[j]
            if variable.kind != "continuous":
                low[j], high[j] = value[j] - 0.25, value[j] + 0.25
            elif j in model.free:
                marginal = model.marginals[model.free.index(int(j))]
                a, b = marginal.cell(value[j : j + 1])
                if not a[0] < b[0]:
                    a, b = a - WINDOW, b + WINDOW
                ends = marginal.quantile(open_unit(np.concatenate([a, b])))
                low[j], high[j] = min(ends[0], value[j]), max(ends[1], value[j])
            else:
                raise DataError(
                    f"column {variable.name!r} is derived from others; give values for "
                    f"{parents(model, int(j))} instead."
                )
        return cls(model, value, low, high)

    @property
    def schema(self) -> Schema:
        return self.model.schema

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        """Draw n rows, (d, n), or say how rare the given values are."""
        given = np.flatnonzero(~np.isnan(self.value))
        kept: list[Floats] = []
        drawn = accepted = 0
        while accepted < n:
            x = self.model.draw(CHUNK, rng.spawn(1)[0])
            inside = (x[given] >= self.low[given, None]) & (x[given] <= self.high[given, None])
            kept.append(x[:, inside.all(axis=0)])
            drawn, accepted = drawn + CHUNK, accepted + kept[-1].shape[1]
            if drawn >= PATIENCE * CHUNK and accepted < RAREST * drawn:
                raise SamplingError(
                    f"of {drawn:,} rows {accepted} had the given values. Give fewer values, or fit "
                    "with copula='gaussian' or 'student', which draw them directly."
                )
        out = np.concatenate(kept, axis=1)[:, :n]
        for j in given:
            if j in self.model.free:
                out[j] = self.value[j]
        return out


def parents(model: "JointModel", j: int) -> list[str]:
    """Return the names of the variables that variable j is derived from."""
    derivation = next(d for d in model.derivations if d.target == j)
    return [model.schema.variables[i].name for i in derivation.parents]
