"""Find numbers that are linear functions or products of others in all rows but a share."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.rules.identity.kinds import HIGHEST, Linear, Product, digits_of, known
from copulasynth.rules.identity.pursuit import ROOM, ROUNDING, least_squares, round_to
from copulasynth.rules.identity.screen import Screen
from copulasynth.rules.identity.searched import TINY, Rounding, Searched, Supported, judged
from copulasynth.rules.identity.settle import (
    ALLOWED,
    DIFFERENT,
    DIFFERENT_ROUNDED,
    by_chance,
    halfway,
    promising,
    settled,
)

__all__ = ["Numbers", "linear", "product", "simple_product"]

#: Values that a number needs to be a function of others, and that others need to be its parents.
VALUES, PARENT_VALUES = 3, 2

#: Share of values other than 0 that a factor needs.
FACTOR = 0.3

#: Rows in which parents are tried.
TRIED = 2000

#: Powers are multiples of one over these where such fit, and lie this close to them before.
PARTS, CLOSE = (1, 2, 3), 0.05

#: Powers so near whole numbers are theirs, bent by rounding.
BENT = 0.005

#: Standard deviation that logarithms of parents must have in every direction.
SPREAD = 1e-3

#: Significant digits of a factor.
DIGITS = 12


def linear(
    s: Searched, j: int, parents: list[int], room: float, tries: float, allowed: float = ALLOWED
) -> Supported | None:
    """Return j as a linear function of parents, some of which may turn out not to be needed."""
    rows = s.known((j, *parents))
    if not s.enough(rows.size, j):
        return None
    a, y = s.x[rows[:, None], parents], s.x[rows, j]
    fit = settled(a, y, np.full(y.size, room), allowed)
    if fit is None:
        return None
    constant, weights, obeys = fit
    needed = [i for i, w in zip(parents, weights, strict=True) if w != 0]
    if not needed:
        return None
    a, rule = a[:, weights != 0], known(Linear, constant, weights[weights != 0])
    if rule is None or by_chance(a, y, obeys, tries, _different(s, j, room)):
        return None
    if np.abs(y - rule(a.T))[obeys].max() > room:
        # weights that are known roughly: of no harm to the last digit of a fine grid, but an age
        # group must come back as it was
        if s.coarse(j):
            return None
        room *= ROOM / ROUNDING
    return None if halfway(y, rule(a.T), float(s.steps[j])) else judged(s, j, needed, rule, room)


def product(
    s: Searched, j: int, parents: list[int], room: float, tries: float, allowed: float = ALLOWED
) -> Supported | None:
    """Return j as a product of powers of parents."""
    rows = s.known((j, *parents))
    if not s.enough(rows.size, j):
        return None
    a, y = s.x[rows[:, None], parents], s.x[rows, j]
    whole = (y != 0) & (a != 0).all(axis=1)
    if np.count_nonzero(whole) < FACTOR * y.size:
        return None
    b, z = a[whole], y[whole]
    kept = _powerful(b, z)
    if 1 < np.count_nonzero(kept) < kept.size:
        # what goes with the target came in before what makes it
        own = [i for i, k in zip(parents, kept, strict=True) if k]
        found = product(s, j, own, room, tries, allowed)
        if found is not None:
            return found
    # powers before they are rounded may miss where numbers are largest
    nearly = max(allowed, ALLOWED)
    rule, needed = simple_product(b, z, room, nearly), np.ones(len(parents), dtype=bool)
    if rule is None:
        fit = settled(np.log(np.abs(b)), np.log(np.abs(z)), _room(z, room), nearly)
        if fit is None or not fit[1].any():
            return None
        needed = fit[1] != 0
        rule = _simplest(b[fit[2]][:, needed], z[fit[2]], fit[1][needed], room)
        if rule is None or _bent(rule.powers) or not _told_apart(b[:, needed]):
            return None
    found = judged(s, j, [i for i, n in zip(parents, needed, strict=True) if n], rule, room)
    if found is None or found.share > allowed:
        return None
    a = a[:, needed]
    obeys = np.abs(y - rule(a.T)) <= room
    if halfway(y, rule(a.T), float(s.steps[j])):
        return None
    return None if by_chance(a, y, obeys, tries, _different(s, j, room)) else found


def _powerful(a: Floats, y: Floats) -> Bools:
    """Return which numbers have a power, by the rows whose rounding says least."""
    rows = np.abs(y) >= np.median(np.abs(y))
    powers = least_squares(np.log(np.abs(a[rows])), np.log(np.abs(y[rows])))[1]
    return np.asarray(np.abs(powers) > CLOSE)


def _different(s: Searched, j: int, room: float) -> int:
    """Return how many different rows each number of a rule needs."""
    return DIFFERENT_ROUNDED if s.coarse(j) and room > s.room(j) else DIFFERENT


def _room(y: Floats, room: float) -> Floats:
    """Return how far logarithms may miss."""
    return room / np.abs(y) + TINY


def simple_product(a: Floats, y: Floats, room: float, allowed: float) -> Product | None:
    """Return a product of simple powers, by the rows whose rounding says least, if it is one."""
    rows = np.abs(y) >= np.median(np.abs(y))
    powers = least_squares(np.log(np.abs(a[rows])), np.log(np.abs(y[rows])))[1]
    for parts in PARTS:
        rounded = np.round(powers * parts) / parts
        if np.abs(rounded - powers).max() > CLOSE or not rounded.all():
            continue
        made = None if _bent(rounded) else known(Product, 1.0, rounded)
        if made is None:
            continue
        with np.errstate(all="ignore"):
            base = made(a.T)
            middle = float(np.median(y[rows] / base[rows]))
        if not np.isfinite(middle):
            # powers too high for these numbers
            continue
        for digits in range(1, DIGITS if middle > 0 else 0):
            factor = float(round_to(middle, digits))
            if np.mean(np.abs(y - factor * base) > room) <= allowed:
                return known(Product, factor, rounded)
    return None


def _told_apart(parents: Floats) -> bool:
    """Whether powers are told by the rows: of parents in proportion to each other they are not."""
    logs = np.log(np.abs(parents))
    spread = np.linalg.svd(logs - logs.mean(axis=0), compute_uv=False)
    return bool(spread.min() >= SPREAD * np.sqrt(len(logs)))


def _bent(powers: Floats) -> bool:
    """Whether nobody makes columns with such powers: too high, or nearly simple but not quite.

    Those are powers of the inverse of a rounded member, or of one that others follow from.
    """
    off, size = np.abs(powers - np.round(powers)), np.abs(powers)
    return bool((size < CLOSE).any() or size.max() > HIGHEST or 0 < off.max() < BENT)


def _simplest(a: Floats, y: Floats, powers: Floats, room: float) -> Product | None:
    """Return powers that are simple fractions, and a factor of few digits, if they fit as well.

    None where the numbers have no such powers, as negative ones have none that are not whole.
    """
    for parts in PARTS:
        rounded = np.round(powers * parts) / parts
        made = known(Product, 1.0, rounded)
        if np.abs(rounded - powers).max() <= CLOSE and rounded.all() and made is not None:
            factor = _factor(made(a.T), y, room)
            if factor is not None:
                return known(Product, factor, rounded)
    made = known(Product, 1.0, powers)
    if made is None:
        return None
    with np.errstate(all="ignore"):
        base = made(a.T)
        factor = float(np.exp(np.median(np.log(np.abs(y)) - np.log(np.abs(base)))))
    return known(Product, factor, powers) if np.isfinite(base).all() else None


def _factor(base: Floats, y: Floats, room: float) -> float | None:
    """Return the factor with the fewest digits that brings every row within its room."""
    # powers that these numbers do not have say nothing
    with np.errstate(all="ignore"):
        ends = np.sort(np.stack([(y - room) / base, (y + room) / base]), axis=0)
    low, high = float(ends[0].max()), float(ends[1].min())
    if not 0 < low <= high:
        return None
    middle = (low + high) / 2
    for digits in range(1, DIGITS):
        rounded = float(round_to(middle, digits))
        if low <= rounded <= high:
            return rounded
    return middle


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Numbers, or their logarithms, and quick answers to which may be functions of which.

    Attributes
    ----------
    columns : tuple of int
        The coordinates that are numbers, by name.
    sample : (n, d) float64
        Some rows of them.
    screen : Screen
    logs : bool
    likely : frozenset of int
        Coordinates that seem functions of others.
    """

    columns: tuple[int, ...]
    sample: Floats
    screen: Screen
    logs: bool
    likely: frozenset[int] = frozenset()
    ENOUGH: ClassVar[int] = 20

    @classmethod
    def of(cls, s: Searched, logs: bool, targets: tuple[int, ...] | None = None) -> "Numbers":
        """Return the numbers, of which `targets` (all by default) may be functions of others."""
        columns = tuple(j for j in s.order if _number(s, j))
        sample = s.x[:: max(1, len(s.x) // TRIED), list(columns)]
        if logs:
            whole = (np.abs(sample) > 0).sum(axis=0) >= FACTOR * (~np.isnan(sample)).sum(axis=0)
            columns = tuple(j for j, w in zip(columns, whole, strict=True) if w)
            sample = np.abs(sample[:, whole])
            sample = np.log(np.where(sample == 0, np.nan, sample))
        room = np.empty_like(sample)
        for k, j in enumerate(columns):
            room[:, k] = _miss(sample[:, k], s.room(j, Rounding.COARSE), logs)
        numbers = cls(columns, sample, Screen.of(sample, room), logs)
        asked = columns if targets is None else [j for j in targets if j in columns]
        return replace(numbers, likely=frozenset(j for j in asked if numbers._likely(s, j)))

    def _likely(self, s: Searched, j: int) -> bool:
        """Whether a variable seems a function of others with all the room there may be."""
        k = self.columns.index(j)
        if not self.screen.hopeful[k] or not s.ordered[j] or s.distinct[j] < VALUES:
            return False
        room = s.room(j, Rounding.COARSE)
        others = [self.columns.index(i) for i in s.parents(j) if i in self.columns]
        return j not in s.above and any(
            self._promising(k, used, room) for used in self.screen.growing(k, others)
        )

    def hopeful(self, s: Searched, rounding: Rounding) -> list[int]:
        """Return the numbers that may be functions of others, by name."""
        return [
            j
            for j in self.columns
            if j in self.likely
            and (rounding == Rounding.NONE or s.coarse(j) == (rounding == Rounding.COARSE))
        ]

    def relation(self, s: Searched, j: int, rounding: Rounding) -> Supported | None:
        """Return j as a function of others, if it is one."""
        if j not in self.columns:
            return None
        parents = [i for i in s.parents(j) if i in self.columns]
        found = self._among(s, j, parents, rounding)
        if found is None or not set(found.derivation.parents) & s.above.keys():
            return found
        # what is made of others has their numbers in it, and rounding of its own
        other = self._among(s, j, [i for i in parents if i not in s.above], rounding)
        if other is None or other.share > found.share:
            return found
        return min(found, other, key=lambda hit: digits_of(hit.derivation.rule))

    def _among(
        self, s: Searched, j: int, parents: list[int], rounding: Rounding
    ) -> Supported | None:
        """Return j as a function of some of these parents."""
        place = {i: k for k, i in enumerate(self.columns)}
        fit, room = product if self.logs else linear, s.room(j, rounding)
        # what is rounded to a coarse grid has no room for exceptions too
        allowed = 0.0 if rounding == Rounding.COARSE else ALLOWED
        for used in self.screen.growing(place[j], [place[i] for i in parents]):
            if not self._promising(place[j], used, room):
                continue
            tries = (len(used) + 1) * float(np.log(len(self.columns)))
            found = fit(s, j, [self.columns[k] for k in used], room, tries, allowed)
            if found is not None:
                return found
        return None

    def _promising(self, j: int, used: list[int], room: float) -> bool:
        rows = np.flatnonzero(~np.isnan(self.sample[:, [j, *used]]).any(axis=1))
        if rows.size < max(self.ENOUGH, 2 * len(used)):
            return False
        y = self.sample[rows, j]
        if self.logs and rows.size >= 2 * max(self.ENOUGH, 2 * len(used)):
            # rounding says least where numbers are large
            rows = rows[y >= np.median(y)]
            y = self.sample[rows, j]
        return promising(self.sample[rows[:, None], used], y, _miss(y, room, self.logs))


def _miss(y: Floats, room: float, logs: bool) -> Floats:
    """Return how far numbers, or logarithms of numbers, may miss."""
    return _room(np.exp(y), room) if logs else np.full(y.shape, room)


def _number(s: Searched, j: int) -> bool:
    """Whether a variable is a number, or a flag that can be taken for one."""
    flag = s.variables[j].kind == "nominal" and s.variables[j].levels == PARENT_VALUES
    return bool((s.ordered[j] or flag) and s.distinct[j] >= PARENT_VALUES)
