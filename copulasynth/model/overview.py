"""A model column by column, in words."""

from typing import NamedTuple

import numpy as np

from copulasynth.marginals import Marginal
from copulasynth.marginals.words import in_words
from copulasynth.model.api import Grouped, Sampler
from copulasynth.model.joint_law import JointLaw
from copulasynth.model.seen import Even
from copulasynth.schema import Column, Schema

__all__ = ["Line", "overview"]

#: Storages whose numbers a reader knows; those of times count from somewhere.
NUMBERS = ("float", "integer", "decimal", "boolean")


class Line(NamedTuple):
    """A column: its name and kind, its law in words, and what is missing."""

    column: str
    kind: str
    law: str
    gaps: str


def overview(schema: Schema, sampler: Sampler) -> tuple[Line, ...]:
    """Return one line a column: what it is, how its values are distributed, and its gaps.

    Laws are told for joint laws only, as are the shares of gaps; those of groups differ.
    """
    law = sampler if isinstance(sampler, JointLaw) else None
    none = {JointLaw: "made by a rule", Grouped: "one a group"}
    otherwise = next((words for kind, words in none.items() if isinstance(sampler, kind)), "")
    laws = {} if law is None else dict(zip(law.free, law.marginals, strict=True))
    place = {(v.column, v.kind == "state"): j for j, v in enumerate(schema.variables)}
    lines = []
    for i, c in enumerate(schema.columns):
        marginal, state = laws.get(place.get((i, False), -1)), laws.get(place.get((i, True), -1))
        lines.append(Line(str(c.name), c.kind, _law(c, marginal, otherwise), _gaps(c, state)))
    return tuple(lines)


def _law(c: Column, marginal: Marginal | None, otherwise: str) -> str:
    if not c.modelled:
        return "one value" if c.kind == "constant" else "not modelled"
    if c.coded:
        return f"{len(c.order)} levels"
    if isinstance(marginal, Even):
        marginal = marginal.base  # how the copula looks at it is no part of its law
    if marginal is None:
        return otherwise
    return in_words(marginal, numbers=c.storage in NUMBERS)


def _gaps(c: Column, state: Marginal | None) -> str:
    """Return the share of rows without a value."""
    if state is None:
        return "some" if c.gaps or c.missing_codes else ""
    there = float(state.cell(np.zeros(1))[1][0])
    return f"{100 * (1 - there):.1f} %"
