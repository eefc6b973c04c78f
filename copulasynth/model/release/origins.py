"""Dates that are counted from the first of all: they count from a round one instead."""

import math
from collections.abc import Mapping

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.marginals import Marginal
from copulasynth.marginals.hurdle import Hurdle
from copulasynth.marginals.rounded import Rounded
from copulasynth.model.joint_law import JointLaw
from copulasynth.rules import Excepted, Guarded
from copulasynth.rules.links.link import LinkRule
from copulasynth.rules.numeric.lattice import LatticeRule
from copulasynth.schema import Schema, Variable

__all__ = ["shifts_of", "with_origins"]

#: The origin moves by less than the power of ten below this part of the spread of the values.
PART = 0.25


def shifts_of(
    law: JointLaw,
    schema: Schema,
    variables: tuple[Variable, ...],
    x: Floats,
    laws: Mapping[int, Marginal],
) -> dict[int, float]:
    """Return what is added to each coordinate whose column does not count from zero.

    Where one of the coarse laws has an atom at zero, enough rows share what the column counts from.
    """
    found: dict[int, float] = {}
    for j, v in enumerate(schema.variables):
        c = schema.columns[v.column]
        if c.offset == 0 or v.kind == "state" or v.levels or _from_zero(laws.get(j)):
            continue
        spread = float(np.nanstd(x[j])) if np.isfinite(x[j]).any() else 0.0
        unit = max(round(v.step or 1.0), 1)
        coarse = 10 ** math.floor(math.log10(max(PART * spread, 1.0)))
        by = (c.offset // c.scale) % max(coarse, unit)
        found[j] = float(by - by % unit)
    for rule in law.rules:
        inner = rule.rule if isinstance(rule, Guarded) else rule
        if isinstance(rule, Guarded) and rule.target in found:
            found[rule.own] = found[rule.target]
        if isinstance(inner, Excepted) and inner.derivation.target in found and not inner.relative:
            found |= {inner.own: found[inner.derivation.target]} if inner.own >= 0 else {}
        if isinstance(rule, LatticeRule) and rule.value in found:
            found[rule.size] = found[rule.value]
        if isinstance(rule, LinkRule):
            for fork in rule.forks:
                for b in (fork.inside, fork.outside):
                    if b.part >= 0 and not b.values.size and fork.event.place in found:
                        found[b.part] = found[fork.event.place]
    return {j: by for j, by in found.items() if by}


def _from_zero(m: Marginal | None) -> bool:
    """Tell whether a law has an atom at zero, on which enough rows stand."""
    inner = m.base if isinstance(m, Rounded) else m
    return isinstance(inner, Hurdle) and inner.zero == 0


def with_origins(schema: Schema, shifts: Mapping[int, float]) -> Schema:
    """Return a schema whose columns count from their new origins."""
    for j, v in enumerate(schema.variables):
        if j in shifts:
            c = schema.columns[v.column]
            schema = schema.with_column(c.name, offset=c.offset - int(shifts[j]) * c.scale)
    return schema
