"""Exact draws from multivariate normal and t laws inside a box.

Several intervals at once are drawn by acceptance-rejection with an exponentially tilted
sequential proposal, whose tilt solves a minimax problem: independent exact draws even of
improbable boxes (Botev 2017, JRSS B 79, 125-148; for Student t: Botev and L'Ecuyer 2015, Winter
Simulation Conference, 380-391).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import scipy
from numpy.random import Generator
from scipy.special import log_ndtr

from copulasynth._arrays import Floats, floats
from copulasynth.copulas.elliptical.latent import truncated_normal
from copulasynth.errors import SamplingError

# Proposals a row before giving up, and before giving up where not a single row was accepted; the
# minimax tilt accepts a few percent at the very worst.
MAX_ROUNDS = 10_000
MAX_BARREN = 20


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """Independent normals e with lower <= (L e) <= upper, the bounds times r if `df` is given.

    With `df`, r follows a chi law of that many degrees of freedom, which makes L e / r a
    multivariate t up to a constant.

    Attributes
    ----------
    factor : (c, c) float64
        Unit lower triangular: each row divided by its diagonal element.
    lower, upper : (c,) float64
        Bounds, divided likewise; infinite ones allowed.
    df : float or None
        Degrees of freedom of the chi law of r; None: r = 1.
    shift : (c,) float64
        Means of the proposal; the last is 0.
    tilt : float
        Location of the proposal of r, a normal cut off at 0; unused without `df`.
    bound : float
        Largest log weight of a proposal.
    """

    factor: Floats
    lower: Floats
    upper: Floats
    df: float | None
    shift: Floats
    tilt: float
    bound: float


def tilt(factor: Floats, lower: Floats, upper: Floats, df: float | None = None) -> Box:
    """Return the box with its minimax tilt; untilted, and still exact, where none is found."""
    diagonal = np.diag(factor)
    unit = factor / diagonal[:, None]
    a, b = lower / diagonal, upper / diagonal
    plain = Box(unit, a, b, df, np.zeros(len(a)), 0.0, 0.0)
    if len(a) == 1 and df is None:
        return plain
    for start in _starts(plain):
        box = _solve(plain, start)
        if box is not None:
            return box
    return _untilted(plain)


def _starts(plain: Box) -> Iterator[Floats]:
    """Yield points to start the solver from; for t laws, normal saddle points at likely radii."""
    c = len(plain.lower)
    v = np.zeros(2 * c - 2)
    if plain.df is None:
        yield v
        return
    guesses = []
    for r in np.sqrt(plain.df) * 2.0 ** np.arange(-6.0, 2.5, 0.5):
        normal = replace(plain, lower=plain.lower * r, upper=plain.upper * r, df=None)
        with np.errstate(all="ignore"):
            v = scipy.optimize.root(_stationary, v, args=(normal,)).x if c > 1 else v
            x, shift, _, _ = _unpack(v, c, None)
            peak = _log_weight(replace(normal, shift=shift), x[:, None], np.ones(1))[0]
            height = (plain.df - 1.0) * np.log(r) - 0.5 * r * r + peak
        if np.isfinite(height):
            guesses.append((height, np.concatenate([v, [r, r]])))
        else:
            v = np.zeros(2 * c - 2)
    for _, start in sorted(guesses, key=lambda g: -g[0])[:4]:
        yield start


def _solve(plain: Box, start: Floats) -> Box | None:
    """Return the box tilted at the saddle point that the solver finds, if it finds one."""
    # on its way the solver may leave the box, where weights are not numbers; that is no solution
    with np.errstate(all="ignore"):
        found = scipy.optimize.root(_stationary, start, args=(plain,))
        x, shift, r, location = _unpack(found.x, len(plain.lower), plain.df)
        if not found.success or r <= 0:
            return None
        box = replace(plain, shift=shift, tilt=location)
        peak = float(_log_weight(box, x[:, None], np.array([r]))[0])
    return replace(box, bound=peak) if np.isfinite(peak) else None


def _untilted(plain: Box) -> Box:
    """Return the plain sequential proposal: every factor of its weight is a probability."""
    if plain.df is None:
        return plain
    # the chi density over that of N(r0, 1) cut off at 0 peaks at its mode r0 = sqrt(df - 1)
    mode = float(np.sqrt(max(plain.df - 1.0, 0.0)))
    box = replace(plain, tilt=mode)
    return replace(box, bound=float(_log_radius(box, np.array([max(mode, 1e-300)]))[0]))


def _unpack(v: Floats, c: int, df: float | None) -> tuple[Floats, Floats, float, float]:
    """Split the unknowns of the minimax problem: x and shift (last ones 0), r and its tilt."""
    x, shift = np.zeros(c), np.zeros(c)
    x[:-1], shift[:-1] = v[: c - 1], v[c - 1 : 2 * c - 2]
    return (x, shift, 1.0, 0.0) if df is None else (x, shift, float(v[-2]), float(v[-1]))


def _stationary(v: Floats, box: Box) -> Floats:
    """Return the gradient of the log weight in point and tilt, zero at the saddle point."""
    c = len(box.lower)
    x, shift, r, location = _unpack(v, c, box.df)
    drift = box.factor @ x - x
    a, b = box.lower * r - drift - shift, box.upper * r - drift - shift
    mass = log_mass(a, b)
    at_a = np.exp(-0.5 * a**2 - mass) / np.sqrt(2 * np.pi)
    at_b = np.exp(-0.5 * b**2 - mass) / np.sqrt(2 * np.pi)
    slope = at_a - at_b
    in_x = -shift + (box.factor - np.eye(c)).T @ slope
    in_shift = shift - x + slope
    if box.df is None:
        return np.concatenate([in_x[:-1], in_shift[:-1]])
    finite_a, finite_b = np.isfinite(box.lower), np.isfinite(box.upper)
    pull = at_b[finite_b] @ box.upper[finite_b] - at_a[finite_a] @ box.lower[finite_a]
    in_r = -location + (box.df - 1.0) / r + pull
    hazard = np.exp(-0.5 * location**2 - log_ndtr(location)) / np.sqrt(2 * np.pi)
    return np.concatenate([in_x[:-1], in_shift[:-1], [in_r, location - r + hazard]])


def log_mass(a: Floats, b: Floats) -> Floats:
    """Return log(Phi(b) - Phi(a)), precise in both tails."""
    flip = a > 0
    lo, hi = np.where(flip, -b, a), np.where(flip, -a, b)
    top = log_ndtr(hi)
    return floats(top + np.log1p(-np.exp(np.minimum(log_ndtr(lo) - top, -1e-300))))


def _log_radius(box: Box, r: Floats) -> Floats:
    """Return the log of chi density over proposal density at r, up to a constant."""
    assert box.df is not None
    t = box.tilt
    return 0.5 * t**2 - r * t + (box.df - 1.0) * np.log(r) + log_ndtr(t)


def _log_weight(box: Box, e: Floats, r: Floats) -> Floats:
    """Return the log weight of proposals e (c, m) with radii r (m,)."""
    drift = box.factor @ e - e
    a = box.lower[:, None] * r - drift - box.shift[:, None]
    b = box.upper[:, None] * r - drift - box.shift[:, None]
    w: Floats = (0.5 * box.shift**2).sum() - box.shift @ e + log_mass(a, b).sum(axis=0)
    return w if box.df is None else w + _log_radius(box, r)


def _propose(box: Box, m: int, rng: Generator) -> tuple[Floats, Floats]:
    """Draw m proposals one variable after the other: normals within what is left of the box."""
    c = len(box.lower)
    r = np.ones(m)
    if box.df is not None:
        r = box.tilt + truncated_normal(np.full(m, -box.tilt), np.full(m, np.inf), rng)
    e = np.empty((c, m))
    for k in range(c):
        offset = box.factor[k, :k] @ e[:k] + box.shift[k]
        e[k] = box.shift[k] + truncated_normal(
            box.lower[k] * r - offset, box.upper[k] * r - offset, rng
        )
    return e, r


def draw_box(box: Box, m: int, rng: Generator) -> tuple[Floats, Floats]:
    """Draw m exact points e (c, m) of the box, and their radii r (m,).

    Raises
    ------
    SamplingError
        If rows stay rejected; the message gives the acceptance rate.
    """
    e, r = _propose(box, m, rng)
    if len(box.lower) == 1 and box.df is None:
        return e, r
    todo = np.arange(m)
    proposals = 0
    for k in range(MAX_ROUNDS):
        if k >= MAX_BARREN and len(todo) == m:
            break
        proposals += len(todo)
        log_w = _log_weight(box, e[:, todo], r[todo])
        todo = todo[np.log(rng.random(len(todo))) > log_w - box.bound]
        if not len(todo):
            return e, r
        e[:, todo], r[todo] = _propose(box, len(todo), rng)
    rate = (m - len(todo)) / proposals
    raise SamplingError(
        f"{len(todo)} of {m} rows rejected throughout (acceptance {rate:.1e}); the given cells "
        "contradict each other under this copula. Give fewer or wider ones."
    )
