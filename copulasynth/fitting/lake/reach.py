"""Rules of a sample with the ranges of all rows: a value beyond the sample's breaks none."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from copulasynth._arrays import Floats
from copulasynth.model.following import Following
from copulasynth.rules import Derivation, Excepted, FittedRule, Guarded, Within
from copulasynth.rules.identity.backward import Backward
from copulasynth.rules.numeric.calendar import CalendarRule
from copulasynth.rules.numeric.gap import GapRule
from copulasynth.rules.numeric.lattice import LatticeRule
from copulasynth.rules.numeric.order import OrderRule
from copulasynth.schema import Schema, Variable

__all__ = ["reaching"]

#: Rules that have a range.
Reaching = Derivation | Backward | OrderRule | LatticeRule | CalendarRule


def reaching(
    following: Following, parts: Sequence[Variable], schema: Schema, full: pa.Table
) -> Following:
    """Return rules that reach as far as the rows of a table that has all columns' ends."""
    x = schema.encode(full, unseen="missing")
    ends = np.array([_ends(column) for column in x.T]).reshape(-1, 2)
    own = np.array([(v.lower, v.upper) for v in parts]).reshape(-1, 2)
    ends = np.concatenate([ends, own])
    return replace(following, rules=tuple(_reaching(rule, ends) for rule in following.rules))


def _ends(x: Floats) -> tuple[float, float]:
    seen = x[~np.isnan(x)]
    return (float(seen.min()), float(seen.max())) if seen.size else (np.inf, -np.inf)


def _reaching(rule: FittedRule, ends: Floats) -> FittedRule:
    match rule:
        case Guarded():
            inner = _reaching(rule.rule, ends)
            assert isinstance(inner, Derivation | Excepted)
            return replace(rule, rule=inner)
        case Excepted():
            derivation = _reaching(rule.derivation, ends)
            assert isinstance(derivation, Derivation)
            return replace(rule, derivation=derivation)
        case Within():
            derivation = _reaching(rule.derivation, ends)
            assert isinstance(derivation, Derivation)
            return replace(rule, derivation=derivation)
        case Derivation():
            return _wider(rule, *ends[rule.target])
        case Backward():
            return _wider(rule, *ends[rule.made])
        case GapRule():
            order = _reaching(rule.order, ends)
            assert isinstance(order, OrderRule)
            return replace(rule, order=order)
        case OrderRule(part=part) if part >= 0:
            return _wider(rule, *ends[rule.made])
        case LatticeRule():
            return _wider(rule, *ends[rule.value])
        case CalendarRule():
            return _wider(rule, *rule.parted(ends[rule.time])[0])
    return rule


def _wider(rule: Reaching, low: float, high: float) -> Reaching:
    return replace(rule, lower=min(rule.lower, float(low)), upper=max(rule.upper, float(high)))
