"""Step functions of a difference: late = delivered > due, result = steps of home - away."""

from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.rules.identity.kinds import Function, Linear, Lookup
from copulasynth.rules.identity.pursuit import simplest

__all__ = ["Contrast", "contrast"]


@dataclass(frozen=True, slots=True, eq=False)
class Contrast:
    """A step function of a sum or difference of columns.

    Attributes
    ----------
    text : str
        What it says of them: "delivered > due", "steps of home - away".
    difference : Function
        On the numbers of the coordinates; of times in days.
    rule : Lookup
        What is made of the difference.
    """

    text: str
    difference: Function
    rule: Lookup

    def __call__(self, parents: Floats, /) -> Floats:
        gap = self.difference(parents)
        return np.where(np.isnan(gap), np.nan, self.rule(gap[None]))


def contrast(
    names: tuple[str, str], difference: Linear, rule: Lookup, event: float, slack: float
) -> Contrast:
    """Return a step function of a - b with edges at simple numbers, and what it says.

    Parameters
    ----------
    names : (str, str)
        The columns a and b as a formula writes them.
    difference : Linear
    rule : Lookup
        Its edges are those of steps, up to `slack`.
    event : float
        The value of the target that the words are about.
    slack : float
        Differences that are smaller are errors of arithmetic.
    """
    return Contrast(_words(names, rule, event, slack), difference, rule)


def _words(names: tuple[str, str], rule: Lookup, event: float, slack: float) -> str:
    ends, upper = rule.edges, rule.values[-1] == event
    if len(ends) == 1:
        at = simplest(ends[0] - 2 * slack, ends[0] + 2 * slack)
        # an edge above the number leaves the number itself below
        sign = (">" if ends[0] > at else ">=") if upper else ("<=" if ends[0] > at else "<")
        return _said(names, sign, at)
    even = len(ends) == 2 and rule.values[0] == rule.values[2] and ends[1] - ends[0] <= 3 * slack
    if even:
        return _said(names, "=" if rule.values[1] == event else "!=", simplest(*ends.tolist()))
    return f"steps of {names[0]} - {names[1]}"


def _said(names: tuple[str, str], sign: str, at: float) -> str:
    first, other = names
    turned = sign.translate(str.maketrans("<>", "><"))
    if at == 0:
        # what is about the larger one names it first
        return f"{other} {turned} {first}" if sign[0] == "<" else f"{first} {sign} {other}"
    if at < 0:
        # what is above less than nothing is below something
        return f"{other} - {first} {turned} {_plain(-at)}"
    return f"{first} - {other} {sign} {_plain(at)}"


def _plain(x: float) -> str:
    return f"{x:.0f}" if x == round(x) and abs(x) < 1e15 else repr(float(x))
