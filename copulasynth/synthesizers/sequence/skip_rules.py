"""Structural skips: where a condition on earlier columns fixes the value of a later one."""

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints, frozen
from copulasynth._masking import few
from copulasynth.errors import ArgumentError, DataError, FitWarning, no_column
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
    if rules is not None and not isinstance(rules, Mapping):
        raise ArgumentError(
            "rules of a sequential method say what some rows have, as {'marital': ('age < 18', "
            f"'SINGLE')}}; got {rules!r}. For rules between columns, cs.rules, fit a copula, or "
            "pass them to cs.fit(df, copula=..., rules=...), which says which methods take them."
        )
    found = []
    for column, given in (rules or {}).items():
        for pair in [given] if isinstance(given, tuple) else list(given):
            if not isinstance(pair, tuple) or len(pair) != 2 or not isinstance(pair[0], str):
                raise DataError(
                    f"rule for {column!r}: expected (condition, value) such as "
                    f"('age < 18', 'SINGLE'), got {pair!r}"
                )
            text = f"{column}: {pair[0]} -> {pair[1]}"
            try:
                found.append(_parse_rule(column, *pair, schema, place, text))
            except DataError as e:
                raise DataError(f"rule {text!r}: {e}") from None
    return tuple(found)


def _parse_rule(
    column: Any, condition: str, value: Any, schema: Schema, place: Mapping[Any, int], text: str
) -> SkipRule:
    state, own = _variables(schema, column)
    tests = []
    for part in map(str.strip, re.split(r"\s+and\s+|&", condition)):
        match = _MISSING.match(part) or _COMPARE.match(part)
        if match is None:
            raise DataError(
                f"cannot read {part!r}; write 'column < 18', 'column == level' or 'column is "
                "missing', joined by 'and'"
            )
        called = match["column"].strip("'\"` ")
        name = next((c.name for c in schema.columns if str(c.name) == called), called)
        asked = _variables(schema, name)
        if place[name] >= place[column]:
            raise DataError(f"{name!r} comes after {column!r}; put it before it with order=")
        tests.append(_test(schema.column(name), asked, match.groupdict()))
    c, assigned = schema.column(column), {}
    if value is None or value in c.missing_codes:
        code = 1 if value is None else 2 + c.missing_codes.index(value)
        assigned[_present(c, state, "has no missing values")] = float(code)
    else:
        assigned[_present(c, own, "is not modelled")] = _encoded(c, value)
        if state is not None:
            assigned[state] = 0.0
    return SkipRule(
        tuple(tests),
        frozen(np.array(list(assigned), dtype=np.int64)),
        frozen(np.array(list(assigned.values()), dtype=np.float64)),
        text,
    )


def _test(c: Column, asked: tuple[int | None, int | None], read: dict[str, str]) -> SkipTest:
    state, own = asked
    if "op" not in read:
        state = _present(c, state, "has no missing values")
        return SkipTest(state, "==" if read["no"] else "!=", 0.0)
    own = _present(c, own, "is not modelled")
    return SkipTest(own, read["op"], _encoded(c, read["value"].strip().strip("'\"")))


def _variables(schema: Schema, column: Any) -> tuple[int | None, int | None]:
    """Return the places of a column's state and value variables."""
    names = [c.name for c in schema.columns]
    if column not in names:
        raise DataError(no_column(column, names))
    at = names.index(column)
    own = {v.kind == "state": j for j, v in enumerate(schema.variables) if v.column == at}
    if not own:
        raise DataError(f"column {column!r} is not modelled")
    return own.get(True), own.get(False)


def _present(c: Column, variable: int | None, otherwise: str) -> int:
    if variable is None:
        raise DataError(f"column {c.name!r} {otherwise}")
    return variable


def _encoded(c: Column, value: Any) -> float:
    """Return a value of column `c` as its variable has it."""
    if c.coded:
        codes = {str(c.levels[k]): code for code, k in enumerate(c.order)}
        if str(value) not in codes:
            raise DataError(f"column {c.name!r} has no level {value!r}")
        return float(codes[str(value)])
    try:
        number = float(value)
    except ValueError:
        raise DataError(f"{value!r} is not a number") from None
    if c.storage in ("datetime", "duration", "time"):
        raise DataError("rules compare numbers and levels, not times")
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
