"""Each kind of copula made coarse, and what rests on how many rows in it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from copulasynth._arrays import Floats, Ints
from copulasynth.copulas.api import Copula
from copulasynth.copulas.blend import BlendCopula
from copulasynth.copulas.calibration.calibrated import CalibratedCopula
from copulasynth.copulas.coarse.change import Change, Marks
from copulasynth.copulas.coarse.tilted import coarse_calibrated, edge_marks
from copulasynth.copulas.coarse.trees import coarse_tree, leaf_rows, loose_of, piece_rows
from copulasynth.copulas.elliptical.gaussian import GaussianCopula
from copulasynth.copulas.elliptical.student import StudentCopula
from copulasynth.copulas.independence import IndependenceCopula
from copulasynth.copulas.margins import even_counts, unit_draw, unmapped
from copulasynth.copulas.mixture.copula import MixtureCopula
from copulasynth.copulas.tree.copula import TreeCopula
from copulasynth.copulas.vine.copula import VineCopula
from copulasynth.copulas.vine.pairs import PairCopula

__all__ = ["Support", "coarse_copula", "supports"]

Evened = TypeVar("Evened", CalibratedCopula, TreeCopula)

#: Draws by which margins are made uniform.
PILOT = 1 << 17
#: Decimals of correlations, and digits of other numbers.
CORRELATION_DIGITS, DIGITS = 3, 4


@dataclass(frozen=True, slots=True, eq=False)
class Support:
    """Things of one kind that a copula holds of one variable, and the rows behind each.

    Attributes
    ----------
    part : {"copula", "calibration"}
    variable : int
        -1 for all.
    what : str
    rows : (k,) float64
    """

    part: str
    variable: int
    what: str
    rows: Floats


def coarse_copula(copula: Copula, changes: tuple[Change, ...], rows: int, k_min: int) -> Copula:
    """Return a copula in which nothing rests on fewer than k_min of the rows.

    Raises
    ------
    ValueError
        If that cannot be, with the reason.
    """

    def inner(part: Copula) -> Copula:
        return coarse_copula(part, changes, rows, k_min)

    if isinstance(copula, CalibratedCopula):
        return _evened(_calibrated(copula, inner(copula.base), changes))
    if isinstance(copula, BlendCopula):
        weights = np.round(copula.weights, DIGITS)
        return BlendCopula(tuple(map(inner, copula.parts)), weights / weights.sum())
    if isinstance(copula, TreeCopula):
        return _evened(coarse_tree(copula, _tree_marks(copula, changes), k_min))
    if isinstance(copula, GaussianCopula):
        return _positive(lambda r: GaussianCopula(r, round(copula.shrinkage, 3),
                         _short(copula.distance)), copula.correlation)  # fmt: skip
    if isinstance(copula, StudentCopula):
        return _positive(lambda r: StudentCopula(r, _short(copula.df)), copula.correlation)
    if isinstance(copula, MixtureCopula):
        return _mixture(copula, rows, k_min)
    if isinstance(copula, VineCopula):
        return _vine(copula, rows)
    if isinstance(copula, IndependenceCopula):
        return copula
    raise ValueError(f"a copula of kind {type(copula).__name__} cannot be made coarse")


def _evened(copula: Evened) -> Evened:
    """Return a copula whose margins are made uniform again, by draws of its own."""
    steps = copula.counts.shape[1]
    if steps == 1:
        return copula
    plain = replace(copula, counts=unmapped(copula.dim))
    draws = unit_draw(plain, PILOT, np.random.default_rng(0))
    return replace(plain, counts=even_counts(draws, steps))


def _tree_marks(copula: TreeCopula, changes: tuple[Change, ...]) -> tuple[Marks, ...]:
    every = range(copula.dim)
    return tuple(
        Marks.of(copula.points.marks[j], loose_of(copula.points, j), changes[j]) for j in every
    )


def _calibrated(
    copula: CalibratedCopula, base: Copula, changes: tuple[Change, ...]
) -> CalibratedCopula:
    marks = []
    for j, change in enumerate(changes):
        ends = edge_marks(copula.bins, j)
        marks.append(Marks.of(ends, np.zeros(len(ends) - 1, dtype=bool), change))
    gates = tuple(_value_marks(change) for change in changes)
    return coarse_calibrated(copula, base, tuple(marks), gates)


def _value_marks(change: Change) -> Marks:
    """Return the ends of the values of a variable as marks, with nothing between them."""
    return Marks(change.was, change.now, np.zeros(len(change.was) - 1, dtype=bool), change)


def _positive(made: Callable[[Floats], Copula], correlation: Floats) -> Copula:
    """Return a copula of the rounded correlations, moved to the identity until it is one."""
    eye = np.eye(len(correlation))
    for weight in (0.0, 0.002, 0.005, 0.01, 0.02, 0.05):
        r = np.round((1.0 - weight) * correlation, CORRELATION_DIGITS)
        np.fill_diagonal(r, 1.0)
        if np.linalg.eigvalsh(r)[0] > 1e-6 or weight == 0.05:
            try:
                return made(r)
            except ValueError:
                continue
    return made(eye)


def _short(x: float) -> float:
    return float(f"{x:.{DIGITS}g}")


def _mixture(copula: MixtureCopula, rows: int, k_min: int) -> MixtureCopula:
    kept = copula.weights * rows >= k_min
    if not kept.any():
        raise ValueError(f"no component of the mixture has {k_min} rows; fit fewer components")
    weights = np.round(copula.weights[kept], DIGITS)
    means, full = copula.means[kept], copula.covariances[kept]
    covariances = np.round(full, DIGITS)
    if (np.linalg.eigvalsh(covariances)[:, 0] <= 1e-9).any():
        covariances = np.round(full + 1e-3 * np.eye(copula.dim), DIGITS)
    return MixtureCopula(weights / weights.sum(), np.round(means, DIGITS), covariances)


def _vine(copula: VineCopula, rows: int) -> VineCopula:
    pairs = tuple(tuple(map(_pair, row)) for row in copula.pairs)
    return replace(copula, pairs=pairs, n_obs=rows if copula.n_obs else 0,
                   loglik=_short(copula.loglik))  # fmt: skip


def _pair(pair: PairCopula) -> PairCopula:
    bare = replace(pair, npars=round(pair.npars, 1), loglik=_short(pair.loglik), errors=())
    numbers = np.array([_short(p) for p in pair.parameters.ravel()])
    try:
        return replace(bare, parameters=numbers.reshape(pair.parameters.shape))
    except ValueError:
        # a parameter at an end of its range
        return bare


def supports(copula: Copula, rows: Floats, whole: int, released: bool) -> Iterator[Support]:
    """Yield what a copula holds; `rows` are those behind each variable, `whole` all.

    In one that was made coarse, a lone piece of a leaf law of few rows lies where a branch says.
    """
    if isinstance(copula, CalibratedCopula):
        yield from supports(copula.base, rows, whole, released)
        for j in range(copula.dim):
            ends = edge_marks(copula.bins, j)
            yield Support("calibration", j, "bins", np.diff(ends) * rows[j])
    elif isinstance(copula, BlendCopula):
        for part in copula.parts:
            yield from supports(part, rows, whole, released)
    elif isinstance(copula, TreeCopula):
        yield from _tree_supports(copula, rows, released)
    elif isinstance(copula, MixtureCopula):
        yield Support("copula", -1, "components", copula.weights * whole)
    else:
        pairs = max(copula.dim * (copula.dim - 1) // 2, 0)
        yield Support("copula", -1, "pairs of columns", np.full(pairs, float(whole)))


def _tree_supports(copula: TreeCopula, rows: Floats, released: bool) -> Iterator[Support]:
    yield Support("copula", -1, "leaves of trees", np.asarray(leaf_rows(copula), dtype=np.float64))
    variable, count, alone = piece_rows(copula)
    told = ~alone | (not released)
    for j in range(copula.dim):
        width = np.diff(copula.points.marks[j])[~loose_of(copula.points, j)]
        if width.size:
            yield Support("copula", j, "values that trees tell apart", width * rows[j])
        own: Ints = count[(variable == j) & told]
        if own.size:
            yield Support("copula", j, "pieces of leaf laws", own.astype(np.float64))
