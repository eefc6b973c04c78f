"""Structural skips: where a condition on earlier columns fixes the value of a later one."""

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints, frozen
from copulasynth._masking import few
from copulasynth.errors import DataError, FitWarning
from copulasynth.schema import Column, Schema

__all__ = ["SkipRule", "SkipTest", "parse_rules", "warn_of_breaches"]

_OPERATORS = {
    "<=": np.less_equal,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    ">": np.greater,
}
_MISSING = re.compile(r"^(?P<column>.+?)\s+is\s+(?P<no>not\s+)?missing$")
_COMPARE = re.compile(r"^(?P<column>.+?)\s*(?P<op><=|>=|==|!=|<|>)\s*(?P<value>.+)$")


@dataclass(frozen=True, slots=True, eq=False)
class SkipTest:
    """A comparison of one variable with a number; false where the variable is missing."""

    variable: int
    op: str
    value: float

    def __post_init__(self) -> None:
        if self.op not in _OPERATORS or not np.isfinite(self.value):
            raise ValueError(f"expected a comparison with a number, got {self.op} {self.value}")

    def holds(self, x: Floats) -> Bools:
        """Return where it holds among the columns of `x` (d, m)."""
        v = x[self.variable]
        where: Bools = _OPERATORS[self.op](v, self.value) & ~np.isnan(v)
        return where


@dataclass(frozen=True, slots=True, eq=False)
class SkipRule:
    """Where all tests hold, variables take fixed values.

    Attributes
    ----------
    tests : tuple of SkipTest
    variables : (k,) int64
        The state and the value of one column, or either.
    values : (k,) float64
    text : str
        The rule as it was given.
    """

    tests: tuple[SkipTest, ...]
    variables: Ints
    values: Floats
    text: str = ""

    def __post_init__(self) -> None:
        if not self.tests or self.variables.shape != self.values.shape:
            raise ValueError("a rule needs a test, and a value for each of its variables")

    def check(self, d: int) -> None:
        """Raise ValueError if a variable is not among d."""
        every = [t.variable for t in self.tests] + self.variables.tolist()
        if min(every) < 0 or max(every) >= d:
            raise ValueError(f"a rule names variable {max(every)} of {d}")

    def holds(self, x: Floats) -> Bools:
        """Return where all tests hold among the columns of `x` (d, m)."""
        where: Bools = np.logical_and.reduce([test.holds(x) for test in self.tests])
        return where

    def applied(self, j: int, value: Floats, x: Floats) -> Floats:
        """Return draws of variable j with the rule's value where its tests hold in `x`."""
        where = np.flatnonzero(self.variables == j)
        return np.where(self.holds(x), self.values[where[0]], value) if len(where) else value


def parse_rules(
    rules: Mapping[Any, Any] | None, schema: Schema, place: Mapping[Any, int]
) -> tuple[SkipRule, ...]:
    """Return rules such as ``{"marital": ("age < 18", "SINGLE")}`` in terms of variables.

    `place` is the position of every column in the visit order.

    Raises
    ------
    DataError
        If a rule cannot be read, or its condition looks at a column that comes later.
    """
    found = []
    for column, given in (rules or {}).items():
        pairs = [given] if isinstance(given, tuple) else list(given)
        for pair in pairs:
            if not isinstance(pair, tuple) or len(pair) != 2 or not isinstance(pair[0], str):
                raise DataError(
                    f"rule for {column!r}: expected (condition, value) such as "
                    f"('age < 18', 'SINGLE'), got {pair!r}"
                )
            found.append(_parse_rule(column, pair[0], pair[1], schema, place))
    return tuple(found)


def _parse_rule(
    column: Any, condition: str, value: Any, schema: Schema, place: Mapping[Any, int]
) -> SkipRule:
    text = f"{column}: {condition} -> {value}"
    states, values = _variables(schema, column, text)
    tests = []
    for part in re.split(r"\s+and\s+|&", condition):
        match = _MISSING.match(part.strip()) or _COMPARE.match(part.strip())
        if match is None:
            raise DataError(
                f"rule {text!r}: cannot read {part.strip()!r}; write 'column < 18', "
                "'column == level' or 'column is missing', joined by 'and'"
            )
        name = _named(schema, match["column"].strip("'\"` "), text)
        if place[name] >= place[column]:
            raise DataError(
                f"rule {text!r}: {name!r} comes after {column!r}; put it before it with order="
            )
        tests.append(_test(schema, name, match, text))
    c = schema.column(column)
    if value is None or value in c.missing_codes:
        if states is None:
            raise DataError(f"rule {text!r}: column {column!r} has no missing values")
        code = 1 if value is None else 2 + c.missing_codes.index(value)
        assigned = {states: float(code)}
    else:
        assigned = {values: _encoded(c, value, text)}
        if states is not None:
            assigned[states] = 0.0
    return SkipRule(
        tuple(tests),
        frozen(np.array(list(assigned), dtype=np.int64)),
        frozen(np.array(list(assigned.values()), dtype=np.float64)),
        text,
    )


def _test(schema: Schema, name: Any, match: re.Match[str], text: str) -> SkipTest:
    state, value = _variables(schema, name, text)
    groups = match.groupdict()
    if "op" not in groups:
        if state is None:
            raise DataError(f"rule {text!r}: column {name!r} has no missing values")
        return SkipTest(state, "==" if groups["no"] else "!=", 0.0)
    if value is None:
        raise DataError(f"rule {text!r}: column {name!r} is not modelled")
    given = groups["value"].strip().strip("'\"")
    return SkipTest(value, groups["op"], _encoded(schema.column(name), given, text))


def _variables(schema: Schema, column: Any, text: str) -> tuple[int | None, Any]:
    """Return the places of a column's state and value variables."""
    names = [c.name for c in schema.columns]
    if column not in names:
        raise DataError(f"rule {text!r}: there is no column {column!r}")
    own = [(j, v.kind) for j, v in enumerate(schema.variables) if v.column == names.index(column)]
    if not own:
        raise DataError(f"rule {text!r}: column {column!r} is not modelled")
    state = next((j for j, kind in own if kind == "state"), None)
    return state, next((j for j, kind in own if kind != "state"), None)


def _named(schema: Schema, name: str, text: str) -> Any:
    for c in schema.columns:
        if str(c.name) == name:
            return c.name
    raise DataError(f"rule {text!r}: there is no column {name!r}")


def _encoded(c: Column, value: Any, text: str) -> float:
    """Return a value of column `c` as its variable has it."""
    if c.coded:
        codes = {str(c.levels[k]): code for code, k in enumerate(c.order)}
        if str(value) not in codes:
            raise DataError(f"rule {text!r}: column {c.name!r} has no level {value!r}")
        return float(codes[str(value)])
    try:
        number = float(value)
    except ValueError:
        raise DataError(f"rule {text!r}: {value!r} is not a number") from None
    if c.storage in ("datetime", "duration", "time"):
        raise DataError(f"rule {text!r}: rules compare numbers and levels, not times")
    return number if c.storage in ("float", "decimal") else (number - c.offset) / c.scale


def warn_of_breaches(rules: tuple[SkipRule, ...], x: Floats) -> None:
    """Warn of training rows (n, d) that break a rule; synthetic rows will not."""
    for rule in rules:
        where = rule.holds(x.T)
        kept = x[where][:, rule.variables] == rule.values
        broken = int((~kept.all(axis=1)).sum())
        if broken:
            warnings.warn(
                f"{few(broken)} of {few(int(where.sum()))} training rows break the rule "
                f"{rule.text!r}; they are left out where that column is fitted, and every "
                "synthetic row keeps the rule",
                FitWarning,
                stacklevel=2,
            )
