"""Find the few columns of which a variable is a linear function, exact up to its rounding."""

from collections.abc import Iterator

import numpy as np
import scipy
from numpy.typing import ArrayLike

from copulasynth._arrays import Floats, floats

__all__ = [
    "EVIDENCE",
    "GROUP_PARENTS",
    "PARENTS",
    "ROOM",
    "ROUNDING",
    "SHARP",
    "between",
    "exact",
    "growing",
    "least_squares",
    "prune",
    "round_to",
    "simple",
    "simplest",
    "written",
]

#: Accept a rule when its chance probability, choices included, is below e^-25.
EVIDENCE = -25.0

#: A row may miss the rule by this many steps of the target: half of one for rounding, and the
#: rest for the error of the estimated weights, which shrinks as they are rounded themselves.
ROUNDING, ROOM = 0.505, 0.75

#: Most parents of a linear rule or product, and of one whose weights differ between groups.
PARENTS, GROUP_PARENTS = 24, 6

#: A rule must explain a variable far below its spread, else "up to rounding" means nothing.
SHARP = 0.1

#: Decimals of simple numbers, and digits of less simple ones.
FEW, DIGITS = 4, 10

#: Fitted numbers may miss by so many times the room that simple ones have.
WIDE = 2.0

#: Rows that the numbers with the least worst row are sought in.
BINDING = 600

#: Part of a unit that errors of arithmetic stay below.
TINY = 1e-9

#: A column with less than this share of its variance beside others adds nothing to them.
COLLINEAR = 1e-12


def growing(a: Floats, y: Floats, step: Floats) -> Iterator[tuple[list[int], Floats]]:
    """Yield ever more columns and what they leave of y, adding what explains most of the rest.

    What a column explains is judged by the part of it that the columns before do not hold, so that
    of strongly correlated parents the last is not missed: Chen, Billings & Luo (1989), Orthogonal
    least squares methods and their application to non-linear system identification.
    """
    spread = y.std()
    if spread == 0 or a.shape[1] == 0 or step.mean() > SHARP * spread:
        return
    unit = a - a.mean(axis=0)
    scale = np.sqrt((unit**2).sum(axis=0))
    unit /= np.where(scale > 0, scale, 1.0)
    left = y - y.mean()
    held = np.where(scale > 0, 0.0, 1.0)
    used: list[int] = []
    for _ in range(min(GROUP_PARENTS, a.shape[1], y.size // 10)):
        # `left` has nothing along the axes, so only the length of the columns needs correction
        gain = np.abs(left @ unit) / np.sqrt(np.maximum(1.0 - held, COLLINEAR))
        gain[held > 1.0 - COLLINEAR] = 0.0
        gain[used] = -1.0
        used.append(int(np.argmax(gain)))
        constant, weights = least_squares(a[:, used], y)
        left = y - constant - a[:, used] @ weights
        yield list(used), left
        axes = np.linalg.qr(unit[:, used])[0]
        held = np.where(scale > 0, ((axes.T @ unit) ** 2).sum(axis=0), 1.0)


def exact(a: Floats, y: Floats, room: Floats) -> tuple[float, Floats] | None:
    """Return a constant and a weight for each column within `room` of y in every row, if any are.

    A column that is not needed has weight 0.
    """
    used = prune(a, y, list(range(a.shape[1])), room)
    constant, needed = simple(a[:, used], y, room)
    left = np.abs(y - constant - a[:, used] @ needed)
    if (left > room).any():
        # the rows that miss most bind the numbers
        worst = np.argsort(-left, kind="stable")[:BINDING]
        constant, needed = least_worst(a[worst][:, used], y[worst])
        if (np.abs(y - constant - a[:, used] @ needed) > room).any():
            return None
    weights = np.zeros(a.shape[1])
    weights[used] = needed
    return constant, weights


def prune(a: Floats, y: Floats, used: list[int], room: Floats) -> list[int]:
    """Leave out parents that are not needed after all."""
    for k in list(used):
        fewer = [i for i in used if i != k]
        if not fewer:
            break
        constant, weights = least_squares(a[:, fewer], y)
        if (np.abs(y - constant - a[:, fewer] @ weights) <= room).all():
            used = fewer
    return used


def simple(a: Floats, y: Floats, room: Floats) -> tuple[float, Floats]:
    """Return the simplest numbers that fit every row as well: .17, not .16999.

    No constant is simpler than any. Few decimals come first, then few digits of the weights or of
    one over them (1 / 60 for minutes in hours), then more decimals.
    """
    factor = _factor(a[:, 0], y, room) if a.shape[1] == 1 else None
    if factor is not None and (np.abs(y - factor * a[:, 0]) <= room).all():
        return 0.0, np.array([factor])
    fitted = least_squares(a, y)
    for constant, weights in ((0.0, np.linalg.lstsq(a, y, rcond=None)[0]), fitted):
        if (np.abs(y - constant - a @ weights) > WIDE * room).any():
            continue
        simpler = [(round(constant, k), np.round(weights, k)) for k in range(FEW)]
        simpler += [(round(constant, k), round_to(weights, k)) for k in range(1, DIGITS)]
        simpler += [(round(constant, k), np.round(weights, k)) for k in range(FEW, DIGITS)]
        for c, w in simpler:
            if (np.abs(y - c - a @ w) <= room).all():
                return c, w
    return fitted


def _factor(a: Floats, y: Floats, room: Floats) -> float | None:
    """Return the factor with the fewest digits, or one over such, that fits every row, if any."""
    low, high = between(a, y, room)
    if not (low <= high and low * high > 0):
        return None
    plain, over = simplest(low, high), 1.0 / simplest(1.0 / high, 1.0 / low)
    few = round(plain, FEW - 1) == plain or written(plain) <= written(1.0 / over)
    return plain if few or not low <= over <= high else over


def between(a: Floats, y: Floats, room: ArrayLike) -> tuple[float, float]:
    """Return the least and the greatest factor that brings a within `room` of y in every row."""
    some = a != 0
    room = np.broadcast_to(room, y.shape)[some]
    ends = np.sort(np.stack([(y[some] - room) / a[some], (y[some] + room) / a[some]]), axis=0)
    return float(ends[0].max(initial=-np.inf)), float(ends[1].min(initial=np.inf))


def written(number: float) -> int:
    """Return how many digits a number is written with, zeros before and behind left out.

    >>> written(0.0975), written(1200.0)
    (3, 2)
    """
    return len(f"{abs(number):.12e}".split("e")[0].replace(".", "").rstrip("0"))


def round_to(x: ArrayLike, digits: int) -> Floats:
    """Return numbers of so many significant digits, or one over such, whichever lies nearer.

    >>> round_to(np.array([0.016667, 1.2001]), 2).tolist() == [1 / 60, 1.2]
    True
    """
    x = floats(x)
    safe = np.where(x == 0, 1.0, x)
    plain, over = _significant(safe, digits), 1.0 / _significant(1.0 / safe, digits)
    nearer = np.where(np.abs(over - safe) < 0.999 * np.abs(plain - safe), over, plain)
    return np.where(x == 0, 0.0, nearer)


def simplest(low: float, high: float) -> float:
    """Return the number with the fewest digits between two, ends included.

    >>> simplest(19_950.0, 20_100.0), simplest(-3.0, 2.0), simplest(0.1996, 0.2004)
    (20000.0, 0.0, 0.2)
    """
    if low <= 0 <= high:
        return 0.0
    middle, top = (low + high) / 2, int(np.ceil(np.log10(max(abs(low), abs(high)))))
    for k in range(top, top - 17, -1):
        for unit in (10.0**k, 5 * 10.0 ** (k - 1)):
            first, last = np.ceil(low / unit - TINY), np.floor(high / unit + TINY)
            if first <= last:
                near = float(min(max(round(middle / unit), first), last) * unit)
                return round(near, 1 - k) if k < 1 else near
    return middle


def _significant(x: Floats, digits: int) -> Floats:
    """Round numbers to significant digits, each to the float that is written so."""
    shape = np.shape(x)
    return np.array([float(f"{v:.{max(digits, 1)}g}") for v in np.ravel(x)]).reshape(shape)


def least_squares(a: Floats, y: Floats) -> tuple[float, Floats]:
    centre = a.mean(axis=0)
    weights = np.linalg.lstsq(a - centre, y - y.mean(), rcond=None)[0]
    return float(y.mean() - centre @ weights), weights


def least_worst(a: Floats, y: Floats) -> tuple[float, Floats]:
    """Return the numbers whose worst row is best: within half a step, if any numbers are."""
    constant, weights = least_squares(a, y)
    left = y - constant - a @ weights
    worst = np.abs(left).max()
    if worst == 0:
        return constant, weights
    # in units of the residuals and columns, which solvers take well; the last unknown is the worst
    centre, scale = a.mean(axis=0), np.maximum(a.std(axis=0), 1e-300)
    unit = np.column_stack([np.ones(y.size), (a - centre) / scale])
    rows = np.vstack([unit, -unit])
    rows = np.column_stack([rows, -np.ones(len(rows))])
    cost = np.append(np.zeros(unit.shape[1]), 1.0)
    within = np.concatenate([left, -left]) / worst
    best = scipy.optimize.linprog(cost, rows, within, bounds=(None, None))
    if best.x is None:
        return constant, weights
    more = worst * best.x[1:-1] / scale
    return constant + worst * float(best.x[0]) - float(centre @ more), weights + more
