"""Rows in which columns take given values: drawn inside a box, and kept if they fit."""

from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.copulas.api import Conditional
from copulasynth.errors import DataError, SamplingError
from copulasynth.model.api import Sampler
from copulasynth.model.joint_law import JointLaw
from copulasynth.model.reach import cell_of, check_reach, ends
from copulasynth.model.rows import Rows, holds
from copulasynth.model.wanted import WINDOW, Wanted, law_test, plain_test, standing
from copulasynth.rows.blocks import RowBlock, Source
from copulasynth.schema import Schema
from copulasynth.schema.given import Condition, conditions_of

__all__ = ["Boxed", "Fitting", "given_source"]

#: Rows drawn at a time; fixed, so that the rows do not depend on how many are asked for.
CHUNK = 16_384

#: Fewer accepted rows than this share, over so many rows, end the attempt.
RAREST = 1e-5
PATIENCE = 1_000_000


def given_source(schema: Schema, sampler: Sampler, given: object, method: str) -> Source:
    """Return a source of rows in which columns take given values.

    A joint law whose copula has conditional draws gives values and intervals of its free
    coordinates directly. Rows for whatever else is asked (sets, columns that a rule makes, other
    methods) are drawn, and those that fit are kept.

    `given` is a mapping of column to a value, a set of values, or an interval; None asks for a
    missing value. `method` is what errors call the method.

    Raises
    ------
    DataError
        If a column does not exist, is not modelled, or never has the value; or if a number on a
        continuous scale is given to a method without marginals.
    """
    conditions = conditions_of(schema, given)
    if not conditions:
        return Rows(schema, sampler)
    if not isinstance(sampler, JointLaw):
        tests = tuple(plain_test(schema, c, method) for c in conditions)
        return Fitting(schema, sampler, sampler, tests, ADVICE)
    for c in conditions:
        _check_free(schema, sampler, c)
    if not isinstance(sampler.copula, Conditional):
        tests = tuple(law_test(schema, sampler, c) for c in conditions)
        return Fitting(schema, sampler, sampler, tests, ADVICE)
    box = Boxed.of(schema, sampler, sampler.copula, conditions)
    left = tuple(c for c in conditions if not _settled(sampler, c))
    tests = tuple(law_test(schema, sampler, c) for c in left)
    return Fitting(schema, sampler, box, tests, "") if left else box


ADVICE = " Or fit with copula='gaussian' or 'student', which draw within given values directly."


def _check_free(schema: Schema, law: JointLaw, c: Condition) -> None:
    """Refuse values of a free coordinate that its marginal cannot draw."""
    if c.value not in law.free or c.value is None or not c.present:
        return
    marginal, variable = law.marginals[law.free.index(c.value)], schema.variables[c.value]
    if not variable.levels:
        drawn = ends(marginal)
        check_reach(c.column, variable, drawn, standing(c, drawn))
    if variable.kind != "continuous" and c.interval is None:
        lower, upper = marginal.cell(c.points)
        _refuse_never(c, lower >= upper)


def _refuse_never(c: Condition, never: Bools) -> None:
    if never.any():
        raise DataError(
            f"column {c.column.name!r}: the given value has probability 0 under the model. "
            "Ask for a value that the training data hold."
        )


def _settled(law: JointLaw, c: Condition) -> bool:
    """Whether a box of free coordinates is all that a condition asks for."""
    places = [j for j in (c.state, c.value if c.present else None) if j is not None]
    return c.single and all(j in law.free for j in places)


@dataclass(frozen=True, slots=True, eq=False)
class Boxed:
    """The rows of a joint law whose free coordinates stay inside a box, where it is asked for.

    Attributes
    ----------
    lower, upper : (d_free,) float64
        Ends of the box as probabilities.
    value : (d_free,) float64
        Values that coordinates are set to; NaN for none.
    """

    schema: Schema
    law: JointLaw
    copula: Conditional
    lower: Floats
    upper: Floats
    value: Floats

    @classmethod
    def of(
        cls, schema: Schema, law: JointLaw, copula: Conditional, conditions: tuple[Condition, ...]
    ) -> "Boxed":
        """Return the smallest box that holds what the conditions ask of free coordinates."""
        free = law.free
        lower, upper = np.zeros(len(free)), np.ones(len(free))
        value = np.full(len(free), np.nan)
        for c in conditions:
            states = [0.0] * c.present + list(c.absent)
            if c.state in free:
                k = free.index(c.state)
                a, b = law.marginals[k].cell(np.array(states))
                lower[k], upper[k] = a.min(), b.max()
                _refuse_never(c, np.array([lower[k] >= upper[k]]))
                value[k] = states[0] if len(states) == 1 else np.nan
            if c.value in free and not c.absent:
                k = free.index(c.value)
                lower[k], upper[k] = _hull(schema, law, c, k)
                value[k] = c.points[0] if c.single else np.nan
        return cls(schema, law, copula, lower, upper, value)

    def draw_block(self, block: RowBlock, /) -> Floats:
        return self.draw(block.rows, block.rng)

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        """Draw n rows, (d, n)."""
        return self.law.obeying(self._draw, n, rng)

    def _draw(self, n: int, rng: np.random.Generator) -> Floats:
        """Draw coordinates of n rows, (D, n)."""
        scores = self.copula.draw_given(n, rng, self.lower, self.upper)
        return self.law.values(scores, self.value)


def _hull(schema: Schema, law: JointLaw, c: Condition, k: int) -> tuple[float, float]:
    """Return the least interval of probability that holds the values that are asked for."""
    marginal = law.marginals[k]
    if c.interval is not None:
        low, high = np.clip(c.interval, *ends(marginal))
        lower, upper = cell_of(marginal, np.array([low, high]))
        a = 0.0 if np.isneginf(c.interval[0]) else float(lower[0])
        b = 1.0 if np.isposinf(c.interval[1]) else float(upper[1])
        if not a < b:
            _refuse_never(c, np.array([True]))
        return a, b
    lower, upper = cell_of(marginal, c.points)
    a, b = float(lower.min()), float(upper.max())
    variable = schema.variables[law.free[k]]
    if variable.kind == "continuous" and not c.single:
        a, b = max(0.0, a - WINDOW), min(1.0, b + WINDOW)
    return a, b


@dataclass(frozen=True, slots=True, eq=False)
class Fitting:
    """The rows of a drawer of variables that pass tests; no row is used twice.

    Attributes
    ----------
    sampler : Sampler
        Whose rows they are.
    inner : Boxed or Sampler
        What draws rows of which those that pass are kept.
    advice : str
        What else to do where hardly any passes.
    """

    schema: Schema
    sampler: Sampler
    inner: "Boxed | Sampler"
    tests: tuple[Wanted, ...]
    advice: str

    @property
    def holds(self) -> bool:
        return holds(self.sampler)

    def draw_block(self, block: RowBlock, /) -> Floats:
        """Draw the rows of a block, (d, rows), or say how rare the given values are."""
        rng = block.rng
        kept: list[Floats] = []
        drawn = accepted = 0
        while accepted < block.rows or not kept:
            kept.append(self._passing(CHUNK, rng.spawn(1)[0]))
            drawn, accepted = drawn + CHUNK, accepted + kept[-1].shape[1]
            if drawn >= PATIENCE and accepted < RAREST * drawn:
                raise SamplingError(self._rare(drawn, accepted))
        return np.concatenate(kept, axis=1)[:, : block.rows]

    def _rare(self, drawn: int, accepted: int) -> str:
        share = f"acceptance {accepted / drawn:.1e}"
        text = f"of {drawn:,} rows {accepted} had the given values ({share}). "
        for test in self.tests:
            if test.parents is not None and test.pinned:
                instead = f"values for {list(test.parents)} instead, or " if test.parents else ""
                return text + (
                    f"Column {test.condition.column.name!r} is derived from others; give {instead}"
                    "an interval."
                )
        return text + "Give fewer values, or wider ones." + self.advice

    def _passing(self, n: int, rng: np.random.Generator) -> Floats:
        """Draw n rows and return those that pass, (d, m)."""
        x = self.inner.draw(n, rng)
        for test in self.tests:
            x = x[:, test.passed(x)]
        pins = [test for test in self.tests if test.pinned]
        return self._pinned(x, pins) if pins and x.size else x

    def _pinned(self, x: Floats, pins: list[Wanted]) -> Floats:
        """Set values that are near those given to them; return the rows whose rules allow it."""
        targets = {test.condition.value: test.pin(x) for test in pins}
        drawn, x = x, x.copy()
        for j, target in targets.items():
            x[j] = np.where(np.isnan(target), x[j], target)
        if not isinstance(self.sampler, JointLaw):
            return x
        # what follows from a given value follows from it, not from the value drawn near it
        law = self.sampler
        before = law.extended(drawn.T).T
        law.following.tie(x, before, _known(x, targets))
        again = law.extended(x.T).T
        full = law.derive(np.where(np.isnan(again), before, again))
        # a row whose given value does not follow from what was drawn is no exception for that, and
        # an exception has the value by itself
        excused = law.following.excused(again)
        moved = np.abs(x - drawn).max(axis=0) > 0.5 * max(test.step for test in pins)
        fits = law.obey(full) & ~(excused & (moved | ~law.following.excused(before))).any(axis=0)
        for test in pins:
            j = test.condition.value
            assert j is not None
            target, slack = (
                targets[j],
                0.5 * test.step or 1e-9 * np.abs(test.condition.points).max(),
            )
            fits &= np.isnan(target) | (np.abs(full[j] - target) <= slack)
            full[j] = np.where(np.isnan(target), full[j], target)
        return full[: law.dim, fits]


def _known(x: Floats, targets: dict[int | None, Floats]) -> Bools:
    """Return which of (d, n) values are given ones."""
    known = np.zeros(x.shape, dtype=np.bool_)
    for j, target in targets.items():
        known[j] = ~np.isnan(target)
    return known
