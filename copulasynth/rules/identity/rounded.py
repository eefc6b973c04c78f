"""Find sums whose members were rounded one by one: shares that add up to 99.9, 100 or 100.1."""

from collections.abc import Callable

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.rules.identity.kinds import Derivation, Linear
from copulasynth.rules.identity.numbers import Numbers
from copulasynth.rules.identity.pursuit import EVIDENCE, least_squares
from copulasynth.rules.identity.searched import Searched, Supported, judged

__all__ = ["is_wide", "narrow_room", "rounded", "sum_within", "wide_room"]

#: Weights of a sum lie so near 1, -1 or 0 before they are rounded.
NEAR = 0.15

#: What rounding may bring about of the spread of a sum, as the width of an even law.
SHARP, EVEN = 0.3, 12**0.5

#: Share of the rows that may be further off, and part of a step that is an error of arithmetic.
BROKEN, SLACK = 0.005, 0.25

#: Relative size of a room beyond which it is none of rounding errors.
TINY = 1e-6


def is_wide(d: Derivation, y: Floats) -> bool:
    """Whether a target y may be further off than by its own rounding."""
    return bool(d.step + TINY * float(np.nanmax(np.abs(y), initial=0.0)) < d.room < np.inf)


def wide_room(off: float, step: float) -> float:
    """Return how far a value may lie from a sum that it is off by so much at most."""
    return off + SLACK * step


def narrow_room(room: float, step: float) -> float:
    """Return by how much a value with that room may be off."""
    return room - SLACK * step


def rounded(
    s: Searched, numbers: Numbers
) -> tuple[list[int], Callable[[Searched, int], Supported | None]]:
    """Return which numbers may be sums of others but for their rounding, and how to find it."""
    columns = numbers.columns
    hopeful = [
        j
        for k, j in enumerate(columns)
        if s.ordered[j] and s.steps[j] > 0 and j not in s.above and numbers.screen.hopeful[k]
    ]

    def search(s: Searched, j: int) -> Supported | None:
        place = {i: k for k, i in enumerate(columns)}
        alike = [i for i in s.parents(j) if i in place and np.isclose(s.steps[i], s.steps[j])]
        if len(alike) < 2 or j in s.clocks:
            return None
        for used in numbers.screen.growing(place[j], [place[i] for i in alike]):
            hit = _summed(s, j, [columns[k] for k in used])
            if hit is not None:
                return hit
        return None

    return hopeful, search


def _summed(s: Searched, j: int, parents: list[int]) -> Supported | None:
    """Return j as a sum of parents, some of which may not be needed, off by a step or two."""
    rows = s.known((j, *parents))
    if len(parents) < 2 or not s.enough(rows.size, j):
        return None
    every = max(1, rows.size // 2000)
    a, y = s.x[rows[::every, None], parents], s.x[rows[::every], j]
    weights = least_squares(a, y)[1]
    whole = np.round(weights)
    if (np.abs(weights - whole) > NEAR).any() or not set(np.abs(whole)) <= {0.0, 1.0}:
        return None
    needed = [i for i, w in zip(parents, whole, strict=True) if w]
    if len(needed) < 2:
        return None
    return _judged(s, j, needed, whole[whole != 0])


def sum_within(s: Searched, d: Derivation) -> Supported | None:
    """Return a line that is nearly a sum as the sum that it is within a step or two of, if any."""
    if not isinstance(d.rule, Linear) or s.steps[d.target] <= 0:
        return None
    whole = np.round(d.rule.weights)
    if (np.abs(d.rule.weights - whole) > NEAR).any() or not (np.abs(whole) == 1).all():
        return None
    return _judged(s, d.target, list(d.parents), whole)


def _judged(s: Searched, j: int, parents: list[int], weights: Floats) -> Supported | None:
    """Return the sum if nearly all rows are off by as much as rounding explains, not by chance."""
    step = float(s.steps[j])
    rows = s.known((j, *parents))
    left = s.x[rows, j] - s.x[rows[:, None], parents] @ weights
    constant = float(np.round(np.median(left) / step) * step)
    off = np.round((left - constant) / step)
    most = (len(parents) + 1) // 2
    fits = np.abs(off) <= most
    if (
        np.mean(fits) < 1 - BROKEN
        or not off[fits].any()
        or EVEN * float(np.std(off[fits])) * step > SHARP * s.spread[j]
    ):
        return None
    # as many rows as chance would bring so near, if values were matched at random
    other = np.roll(s.x[rows, j], rows.size // 2) - s.x[rows, j] + left
    near = max(float(np.mean(np.abs(other - constant) <= (most + SLACK) * step)), 1 / rows.size)
    tries = (len(parents) + 1) * float(np.log(len(s.variables)))
    if np.count_nonzero(fits) * np.log(near) + tries > EVIDENCE:
        return None
    room = wide_room(float(np.abs(off[fits]).max()) * step, step)
    decimals = max(0, -int(np.floor(np.log10(step))))
    return judged(s, j, parents, Linear(round(constant, decimals), weights), room)
