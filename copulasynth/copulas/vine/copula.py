"""The vine copula: a product of pair copulas along a regular vine."""

import math
import threading
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyvinecopulib as pv
from numpy.random import Generator
from scipy.special import ndtri

from copulasynth._arrays import Floats, Ints, floats, open_unit, put
from copulasynth.copulas.api import NORMAL, Edge, Scale, Summary
from copulasynth.copulas.elliptical.given import check_box
from copulasynth.copulas.rowwise import choose_rows
from copulasynth.copulas.vine.given import WINDOW, Tail, draw_given, draw_points, tail_of
from copulasynth.copulas.vine.pairs import PairCopula
from copulasynth.copulas.vine.sampler import VineSampler
from copulasynth.copulas.vine.structure import Engine, Structure
from copulasynth.copulas.vine.summary import TreeLayout, edge_of, lay_out

__all__ = ["VineCopula"]

_MAKING = threading.Lock()


@dataclass(frozen=True, slots=True, eq=False)
class VineCopula:
    """Regular-vine copula: pair copulas of pairs given further variables, tree by tree.

    Trees beyond the last one hold independence copulas (a truncated vine).

    Parameters
    ----------
    order : tuple of int
        Variables from 1 in the order of the antidiagonal of the R-vine matrix; the last is drawn
        first.
    array : tuple of tuple of int
        Partner of each variable of `order`, tree by tree (:class:`Structure`).
    pairs : tuple of tuple of PairCopula
        Pair copulas in the layout of `array`.
    n_obs : int
        Rows that the vine was fitted to; 0 when it was written down by hand.
    loglik : float
        Log-likelihood of the vine at the fit.
    lost, lost_pair : float, tuple of int
        Of a truncated vine: the largest difference, over all pairs, between the correlation of the
        normal scores of its rows and of its draws, and the pair (column numbers from 0).

    Attributes
    ----------
    structure : Structure
        `order` and `array`, checked.
    engine
        The pyvinecopulib object, for what only it can do; treat it as read-only.

    Raises
    ------
    ValueError
        If the structure is no regular vine, or the pair copulas do not match it.

    References
    ----------
    Bedford & Cooke (2002), Annals of Statistics 30, 1031-1068; Joe (2014), Dependence Modeling
    with Copulas, chapter 3; Czado (2019), Analyzing Dependent Data with Vine Copulas.

    Examples
    --------
    >>> pair = PairCopula("clayton", 0, np.array([2.0]))
    >>> vine = VineCopula((1, 2), ((2,),), ((pair,),))
    >>> round(float(vine.logpdf(np.array([[0.1, 0.2]]))[0]), 4)
    0.784
    """

    order: tuple[int, ...]
    array: tuple[tuple[int, ...], ...]
    pairs: tuple[tuple[PairCopula, ...], ...]
    n_obs: int = 0
    loglik: float = 0.0
    lost: float = 0.0
    lost_pair: tuple[int, ...] = ()
    structure: Structure = field(init=False, repr=False)
    engine: Engine = field(init=False, repr=False)
    _sampler: VineSampler | None = field(init=False, repr=False)
    _tails: dict[tuple[int, ...], Tail | None] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        structure = Structure(self.order, self.array)
        if [len(row) for row in self.pairs] != [len(row) for row in structure.array]:
            raise ValueError("a vine needs one pair copula for every edge of its structure")
        if self.n_obs < 0 or not math.isfinite(self.loglik):
            raise ValueError(f"n_obs {self.n_obs} or loglik {self.loglik} out of range")
        if not abs(self.lost) <= 2.0 or any(not 0 <= j < self.dim for j in self.lost_pair):
            raise ValueError(f"lost {self.lost} or lost_pair {self.lost_pair} out of range")
        put(self, structure=structure, engine=_engine(structure, self.pairs), _sampler=None)
        put(self, _tails={})

    @property
    def dim(self) -> int:
        return len(self.order)

    @property
    def matrix(self) -> "np.ndarray[tuple[int, int], np.dtype[np.uint64]]":
        """The R-vine matrix in the layout of pyvinecopulib."""
        m: np.ndarray[tuple[int, int], np.dtype[np.uint64]] = np.array(self.engine.matrix)
        return m

    @property
    def npars(self) -> float:
        """Number of parameters, effective for nonparametric pairs."""
        return float(sum(p.npars for row in self.pairs for p in row))

    @property
    def aic(self) -> float:
        """Akaike's information criterion at the fit."""
        return -2.0 * self.loglik + 2.0 * self.npars

    @property
    def bic(self) -> float:
        """Bayesian information criterion at the fit."""
        return -2.0 * self.loglik + math.log(max(1, self.n_obs)) * self.npars

    def mbicv(self, psi0: float = 0.9) -> float:
        """Return the modified BIC for vines, whose prior makes higher trees ever sparser.

        bic - 2 sum_t (q_t log psi0^t + (d - t - q_t) log(1 - psi0^t)), with q_t the number of
        pair copulas of tree t that are not independence (Nagler, Bumann & Czado 2019, eq. 5).
        """
        total = self.bic
        for t in range(1, self.dim):
            row = self.pairs[t - 1] if t <= len(self.pairs) else ()
            q = sum(p.family != "indep" for p in row)
            total -= 2.0 * (q * math.log(psi0**t) + (self.dim - t - q) * math.log(1.0 - psi0**t))
        return total

    def logpdf(self, u: Floats, /) -> Floats:
        """Return the log density at (n, d) pseudo-observations, shape (n,)."""
        u = self._check(u)
        if self.dim == 1:
            return np.zeros(len(u))
        return floats(self.engine.logpdf(u))

    def rosenblatt(self, u: Floats, /) -> Floats:
        """Map rows of the copula to independent uniforms, (n, d) -> (n, d)."""
        u = self._check(u)
        return np.ascontiguousarray(u if self.dim == 1 else self.engine.rosenblatt(u))

    def inverse_rosenblatt(self, w: Floats, /) -> Floats:
        """Map independent uniforms to rows of the copula, (n, d) -> (n, d)."""
        w = self._check(w)
        return np.ascontiguousarray(w if self.dim == 1 else self.engine.inverse_rosenblatt(w))

    def scale(self, _j: int, /) -> Scale:
        """Return the normal scale."""
        return NORMAL

    def draw(self, n: int, /, rng: Generator) -> Floats:
        """Draw n rows of normal scores, (d, n); prefix-stable.

        Equal in law to `inverse_rosenblatt` of uniforms up to the error of tabulated conditional
        quantiles (:mod:`copulasynth.copulas.vine.tables`), and many times faster.
        """
        return self.sampler.draw(n, rng)

    def draw_given(self, n: int, /, rng: Generator, lower: Floats, upper: Floats) -> Floats:
        """Draw n rows of normal scores with lower <= u <= upper, (d, n); prefix-stable.

        Equal bounds fix a variable at a point, (0, 1) leaves it free. Exact where the points can
        be put at the tail of the vine's order, as any single variable can; other points are met
        within a probability of .01, and set to the point.

        Raises
        ------
        SamplingError
            If next to no row meets the bounds.
        """
        lower, upper = check_box(lower, upper, self.dim)
        points = np.flatnonzero(lower == upper)
        tail, fixed = self._tail(points if points.size else np.array([np.argmin(upper - lower)]))
        if tail is not None:
            return draw_given(tail, fixed, lower, upper, n, rng)
        low, high = lower.copy(), upper.copy()
        low[points] = np.maximum(0.0, lower[points] - WINDOW)
        high[points] = np.minimum(1.0, upper[points] + WINDOW)
        tail, fixed = self._tail(points[:1])
        assert tail is not None
        low[fixed], high[fixed] = lower[fixed], upper[fixed]
        out = draw_given(tail, fixed, low, high, n, rng)
        out[points] = ndtri(open_unit(lower[points]))[:, None]
        return out

    def draw_rows(self, lower: Floats, upper: Floats, /, rng: Generator) -> Floats:
        """Draw one row u (d, n) inside each box.

        Exact where every row has points of the same variables, which can be put at the tail of
        the vine's order; else one of the weighted draws of a t copula.
        """
        point, free = lower == upper, (lower <= 0.0) & (upper >= 1.0)
        fixed = np.flatnonzero(point.all(axis=1))
        if fixed.size and self.dim > 1 and free[~point.all(axis=1)].all():
            tail, fixed = self._tail(fixed)
            if tail is not None:
                return draw_points(tail, fixed, lower[fixed], rng)
        return choose_rows(self, lower, upper, rng)

    def _tail(self, fixed: Ints) -> tuple[Tail | None, Ints]:
        """Return this vine with `fixed` at the tail of its order, made once."""
        key = tuple(int(v) for v in fixed)
        with _MAKING:
            if key not in self._tails:
                self._tails[key] = tail_of(_engine(self.structure, self.pairs), fixed)
        return self._tails[key], fixed

    @property
    def sampler(self) -> VineSampler:
        """The tables that `draw` uses, made at the first draw."""
        if self._sampler is None:
            with _MAKING:  # threads that draw blocks of one model share its tables
                if self._sampler is None:
                    sampler = VineSampler.of(self.structure, self.pairs)
                    put(self, _sampler=sampler)
        assert self._sampler is not None
        return self._sampler

    @property
    def holds_interpreter(self) -> bool:
        """True: a draw is thousands of small steps, among which threads wait for each other."""
        # copies of this process share the tables that are there when they are made
        return self.sampler.dim == self.dim

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what was given, for workers; the engine and the tables are made again."""
        given = (self.order, self.array, self.pairs, self.n_obs, self.loglik)
        return VineCopula, (*given, self.lost, self.lost_pair)

    def summary(self) -> Summary:
        """Return likelihood, criteria and numbers of trees and pairs, and one record an edge."""
        numbers = {"loglik": float(self.loglik), "npars": self.npars}
        numbers |= {"aic": self.aic, "bic": self.bic}
        numbers |= {"trees": len(self.array), "pair_copulas": sum(map(len, self.array))}
        if self.lost_pair:
            numbers["largest_loss_of_a_correlation"] = self.lost
        return Summary("vine", numbers, edges=self._edges())

    def _edges(self) -> tuple[Edge, ...]:
        return tuple(
            edge_of(self.structure, t, j, pair)
            for t, row in enumerate(self.pairs)
            for j, pair in enumerate(row)
        )

    def tree_edges(self, level: int = 1) -> TreeLayout:
        """Return nodes, positions and edges of tree `level` (from 1), ready to be drawn."""
        if not 1 <= level <= len(self.pairs):
            raise ValueError(f"this vine has trees 1 to {len(self.pairs)}, got {level}")
        return lay_out(tuple(e for e in self._edges() if e.tree == level), self.dim)

    def _check(self, u: Floats) -> Floats:
        u = floats(u, 2)
        if u.shape[1] != self.dim:
            raise ValueError(
                f"a {self.dim}-dimensional vine needs {self.dim} columns, got {u.shape}"
            )
        return np.asfortranarray(open_unit(u))


def _engine(structure: Structure, pairs: tuple[tuple[PairCopula, ...], ...]) -> Engine:
    try:
        return pv.core.Vinecop.from_structure(
            structure=structure.engine(), pair_copulas=[[p.bicop for p in row] for row in pairs]
        )
    except (RuntimeError, TypeError) as e:
        raise ValueError(f"not a vine copula: {e}") from e
