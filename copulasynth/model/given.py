"""Rows in which some columns take given values: drawn exactly, or drawn and kept if they fit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from copulasynth._arrays import Floats, Ints, open_unit
from copulasynth.copulas.api import Conditional
from copulasynth.errors import DataError, SamplingError
from copulasynth.model.api import Sampler
from copulasynth.model.joint_law import JointLaw
from copulasynth.rows.blocks import RowBlock, Source
from copulasynth.schema import Schema
from copulasynth.schema.given import encode_given

__all__ = ["Exact", "Rejection", "given_source"]

#: Rows drawn at a time; fixed, so that the rows do not depend on how many are asked for.
CHUNK = 16_384

#: A number is given as a point, which no draw hits: rows within this probability on either side of
#: it are taken, and set to it.
WINDOW = 0.01

#: Fewer accepted rows than this share, over `PATIENCE` chunks, end the attempt.
RAREST = 1e-5
PATIENCE = 60


def given_source(schema: Schema, sampler: Sampler, given: Mapping[Any, Any], method: str) -> Source:
    """Return a source of rows in which columns take given values.

    A joint law whose copula has conditional draws gives them exactly. Of any other method, and
    where a given column is derived from others, rows are drawn and those that fit are kept.

    None as a given value asks for a missing one; `method` is what errors call the method.

    Raises
    ------
    DataError
        If a column does not exist, is not modelled, or never has the value; or if a number on a
        continuous scale is given to a method without marginals.
    """
    value = encode_given(schema, given)
    for j in np.flatnonzero(~np.isnan(value)):
        variable = schema.variables[j]
        if variable.kind != "continuous" and value[j] != np.rint(value[j]):
            raise DataError(f"column {variable.name!r} holds whole numbers; give one of them.")
    if isinstance(sampler, JointLaw):
        lower, upper = _cells(schema, sampler, value)
        free = list(sampler.free)
        asked = set(np.flatnonzero(~np.isnan(value)).tolist())
        if isinstance(sampler.copula, Conditional) and asked <= set(free):
            known = np.append(value, np.full(len(sampler.parts), np.nan))[free]
            return Exact(schema, sampler, sampler.copula, lower, upper, known)
    return Rejection.of(schema, sampler, value, method)


def _cells(schema: Schema, law: JointLaw, value: Floats) -> tuple[Floats, Floats]:
    """Return the probability intervals of given values, (0, 1) of the other free variables."""
    lower, upper = np.zeros(len(law.free)), np.ones(len(law.free))
    for k, j in enumerate(law.free):
        if j >= law.dim or np.isnan(value[j]):
            continue
        (lower[k],), (upper[k],) = law.marginals[k].cell(value[j : j + 1])
        variable = schema.variables[j]
        if variable.kind != "continuous" and not lower[k] < upper[k]:
            raise DataError(
                f"column {variable.name!r}: the given value has probability 0 under the model. "
                "Ask for a value that the training data hold."
            )
    return lower, upper


@dataclass(frozen=True, slots=True, eq=False)
class Exact:
    """The rows of a joint law whose given free variables stay inside given cells."""

    schema: Schema
    law: JointLaw
    copula: Conditional
    lower: Floats
    upper: Floats
    value: Floats

    def draw_block(self, block: RowBlock, /) -> Floats:
        return self.law.obeying(self._draw, block.rows, block.rng)

    def _draw(self, n: int, rng: np.random.Generator) -> Floats:
        """Draw coordinates of n rows, (D, n)."""
        scores = self.copula.draw_given(n, rng, self.lower, self.upper)
        return self.law.values(scores, self.value)


@dataclass(frozen=True, slots=True, eq=False)
class Rejection:
    """The rows of a sampler that fall into a box of its variables; no row is used twice."""

    schema: Schema
    sampler: Sampler
    value: Floats
    low: Floats
    high: Floats
    #: Variables that are set to the given value in the rows that are kept.
    fixed: Ints

    @classmethod
    def of(cls, schema: Schema, sampler: Sampler, value: Floats, method: str) -> "Rejection":
        """Return the source whose box holds the given values, NaN where nothing is given."""
        low, high = value.copy(), value.copy()
        fixed = np.flatnonzero(~np.isnan(value))
        for j in fixed.tolist():
            variable = schema.variables[j]
            if variable.kind != "continuous":
                low[j], high[j] = value[j] - 0.25, value[j] + 0.25
            elif isinstance(sampler, JointLaw):
                low[j], high[j] = _window(schema, sampler, j, value[j])
            elif schema.columns[variable.column].kind == "integer":
                low[j], high[j] = value[j] - 0.25, value[j] + 0.25
            else:
                raise DataError(
                    f"column {variable.name!r} is continuous, and {method.split('(')[0]} has no "
                    "marginals to draw rows near a number by. Give values of others, or fit a "
                    "copula (such as copula='gaussian'), which draws them."
                )
        if isinstance(sampler, JointLaw):
            fixed = np.intersect1d(fixed, sampler.free)
        return cls(schema, sampler, value, low, high, fixed)

    def draw_block(self, block: RowBlock, /) -> Floats:
        """Draw the rows of a block, (d, rows), or say how rare the given values are."""
        given, rng = np.flatnonzero(~np.isnan(self.value)), block.rng
        kept: list[Floats] = []
        drawn = accepted = 0
        while accepted < block.rows:
            x = self.sampler.draw(CHUNK, rng.spawn(1)[0])
            inside = (x[given] >= self.low[given, None]) & (x[given] <= self.high[given, None])
            kept.append(x[:, inside.all(axis=0)])
            drawn, accepted = drawn + CHUNK, accepted + kept[-1].shape[1]
            if drawn >= PATIENCE * CHUNK and accepted < RAREST * drawn:
                raise SamplingError(
                    f"of {drawn:,} rows {accepted} had the given values. Give fewer values, or fit "
                    "with copula='gaussian' or 'student', which draw them directly."
                )
        out = np.concatenate(kept, axis=1)[:, : block.rows]
        out[self.fixed] = self.value[self.fixed, None]
        if not isinstance(self.sampler, JointLaw):
            return out
        # what follows from a given value follows from it, not from the value drawn near it
        return self.sampler.derive(self.sampler.extended(out.T).T)[: self.sampler.dim]


def _window(schema: Schema, law: JointLaw, j: int, value: float) -> tuple[float, float]:
    """Return the ends between which a continuous variable counts as the given value."""
    variable = schema.variables[j]
    if j not in law.free:
        rule = next(r for r in law.rules if j in r.makes)
        parents = [law.coordinates(schema)[i].name for i in rule.needs]
        raise DataError(
            f"column {variable.name!r} is derived from others; give values for {parents} instead."
        )
    marginal = law.marginals[law.free.index(j)]
    a, b = marginal.cell(np.array([value]))
    if not a[0] < b[0]:
        a, b = a - WINDOW, b + WINDOW
    ends = marginal.quantile(open_unit(np.concatenate([a, b])))
    return min(ends[0], value), max(ends[1], value)
