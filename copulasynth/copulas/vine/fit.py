"""Fitting a vine copula: choices, and what is refused before the engine sees it."""

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyvinecopulib as pv
from scipy.special import ndtr, ndtri

from copulasynth._arrays import Floats, Seed, generator, open_unit
from copulasynth._knobs import check, is_real, one_of, whole
from copulasynth.copulas.api import Cells
from copulasynth.copulas.elliptical.latent import check_sweeps, latent_scores
from copulasynth.copulas.vine.copula import VineCopula
from copulasynth.copulas.vine.errors import stepwise_errors
from copulasynth.copulas.vine.higher import largest_loss, say_what_is_lost, simplified
from copulasynth.copulas.vine.pairs import (
    CLASSICAL,
    FAMILIES,
    NONPARAMETRIC,
    PARAMETRIC,
    PairCopula,
    pair_of,
)
from copulasynth.copulas.vine.structure import (
    Engine,
    Structure,
    c_vine_order,
    d_vine_order,
    structure_of,
    structure_of_order,
)
from copulasynth.errors import DataError, FitWarning, VariableError

__all__ = ["Vine", "fit_vine"]

#: Fewer rows than this say next to nothing about a pair copula, let alone a tree of them.
MIN_ROWS = 30
#: Up to here all trees are fitted by default; beyond, SHORT trees, and Gaussian ones after them.
FULL_DIM = 12
SHORT = 3
#: From here on a vine is wide: the number of trees up to so many variables, one tree beyond them,
#: and trees by Kendall's tau, whose time a pair is a fraction of that of maximal correlation.
WIDE_DIM = 60
WIDER_DIM = 150

#: Sets of families that have a name.
KINDS = {"parametric": PARAMETRIC, "classical": CLASSICAL, "both": tuple(FAMILIES)}
CRITERIA = ("tau", "rho", "hoeffd", "mcor", "cxi", "joe")
SELECTIONS = ("loglik", "aic", "bic", "mbic", "mbicv")


@dataclass(frozen=True, slots=True)
class Vine:
    """Choices for a vine copula.

    Parameters
    ----------
    structure : "R", "C", "D" or Structure
        Regular vine by maximum spanning trees, C-vine, D-vine, or one that you know.
    families : "tll", "parametric", "classical", "both", or names
        Pair-copula families to choose from: the local-likelihood estimator, all parametric ones,
        those of :data:`CLASSICAL`, everything, or the names of :data:`FAMILIES` that you list.
    pair_copulas : tuple of tuple of PairCopula, optional
        Families and rotations for every edge of a given structure; parameters are estimated.
    rotations : bool
        Whether families without reflection symmetry may be rotated.
    truncation : int, None, "auto" or "mbicv"
        Number of trees; None fits all, "mbicv" as many as the modified BIC for vines supports.
        "auto" fits all up to 12 variables; up to 60 three trees of `families` and Gaussian pair
        copulas in all others, where BIC asks for them; 2 trees up to 150 variables and 1 beyond,
        with a warning that says what they lose.
    threshold : float
        Pairs whose criterion is below it are independent (sparse vines of wide tables).
    tree_criterion : str
        Edge weight of the spanning trees: "tau", "rho", "hoeffd", "mcor", "cxi" or "joe";
        "auto" is "mcor" up to 60 variables and "tau" beyond.
    selection : str
        Criterion that picks a family: "aic", "bic", "loglik", "mbic" or "mbicv".
    method : "mle" or "itau"
        Maximum likelihood, or inversion of Kendall's tau: faster, for the families of
        :data:`CLASSICAL` only, and without standard errors.
    nonparametric_mult, nonparametric_grid_size : float, int
        Bandwidth factor and grid of "tll".
    sweeps, burn : int
        Gibbs sweeps of :func:`latent_scores`.
    threads : int
        Threads of the fit.

    Examples
    --------
    >>> from copulasynth.copulas import cells_of
    >>> rng = np.random.default_rng(1)
    >>> z = rng.multivariate_normal([0, 0, 0], [[1, .7, .5], [.7, 1, .6], [.5, .6, 1]], 500)
    >>> cells = cells_of(z, np.zeros(3, dtype=bool))
    >>> vine = Vine(families=("gaussian",)).fit(cells, rng=rng)
    >>> [edge.label for edge in vine.summary().edges]
    ['2,1', '1,0', '2,0|1']
    """

    structure: str | Structure = "R"
    families: str | tuple[str, ...] = "tll"
    pair_copulas: tuple[tuple[PairCopula, ...], ...] | None = None
    rotations: bool = True
    truncation: int | str | None = "auto"
    threshold: float = 0.0
    tree_criterion: str = "auto"
    selection: str = "aic"
    method: str = "mle"
    nonparametric_mult: float = 0.4
    nonparametric_grid_size: int = 60
    sweeps: int = 40
    burn: int = 15
    threads: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.structure, Structure):
            one_of(self, "structure", self.structure, ("R", "C", "D"))
        one_of(self, "method", self.method, ("mle", "itau"))
        allowed = (*CLASSICAL, *NONPARAMETRIC) if self.method == "itau" else tuple(FAMILIES)
        listed = isinstance(self.families, str | tuple | list) and len(self.families) > 0
        fine = listed and all(name in allowed for name in self.family_names)
        kinds = [kind for kind, names in KINDS.items() if set(names) <= set(allowed)]
        some = f"one of {', '.join(map(repr, (*kinds, *allowed)))}, or a tuple of families"
        check(fine, self, "families", self.families, f"{some} (method {self.method!r})")
        if not isinstance(self.truncation, str) and self.truncation is not None:
            whole(self, "truncation", self.truncation, 1, ", None, 'auto' or 'mbicv'")
        else:
            one_of(self, "truncation", self.truncation, (None, "auto", "mbicv"))
        one_of(self, "tree_criterion", self.tree_criterion, ("auto", *CRITERIA))
        one_of(self, "selection", self.selection, SELECTIONS)
        one_of(self, "rotations", self.rotations, (True, False))
        mult, grid, least = self.nonparametric_mult, self.nonparametric_grid_size, self.threshold
        check(is_real(mult) and mult > 0, self, "nonparametric_mult", mult, "a positive number")
        whole(self, "nonparametric_grid_size", grid, 4)
        check(grid <= 200, self, "nonparametric_grid_size", grid, "at most 200")
        check(is_real(least) and 0 <= least < 1, self, "threshold", least, "at least 0 and below 1")
        whole(self, "threads", self.threads, 1)
        check_sweeps(self, self.sweeps, self.burn)
        fine = self.pair_copulas is None or isinstance(self.structure, Structure)
        check(fine, self, "pair_copulas", self.pair_copulas, "given with the structure they are of")

    @property
    def family_names(self) -> tuple[str, ...]:
        """The families to choose from."""
        if isinstance(self.families, str):
            return KINDS.get(self.families, (self.families,))
        return tuple(self.families)

    def fit(self, cells: Cells, /, *, rng: Seed = None) -> VineCopula:
        """Fit the vine to the latent scores of a table's cells.

        Raises
        ------
        DataError
            If there are too few rows, or a variable has one value only or none at all.
        """
        _refuse(cells)
        rng = generator(rng)
        _, z = latent_scores(cells, rng, sweeps=self.sweeps, burn=self.burn)
        vine = fit_vine(open_unit(ndtr(z)), self)
        if isinstance(self.truncation, str):
            say_what_is_lost(vine)
        return vine


def fit_vine(u: Floats, knobs: Vine | None = None) -> VineCopula:
    """Fit a vine copula to (n, d) pseudo-observations in (0, 1) by step-wise estimation.

    Raises
    ------
    DataError
        If a structure was given for another number of variables.
    """
    knobs = Vine() if knobs is None else knobs
    u = np.asfortranarray(u)
    d = u.shape[1]
    if d == 1:
        return VineCopula((1,), (), (), n_obs=len(u))
    engine = _engine(knobs, u, _structure(knobs, u))
    if simplifies(knobs, d):
        known = knobs.structure != "R"
        whole = _structure(replace(knobs, truncation=None), u) if known else None
        own = pv.core.FitControlsBicop(**_selection(knobs), **_estimation(knobs))
        engine = simplified(engine, u, SHORT, whole, own)
    bicops = engine.pair_copulas
    fitted = structure_of(engine.structure, len(bicops))
    errors = stepwise_errors(fitted, bicops, u, wanted=knobs.method == "mle")
    pairs = tuple(
        tuple(pair_of(b, b.loglik(), e) for b, e in zip(*row, strict=True))
        for row in zip(bicops, errors, strict=True)
    )
    loglik = sum(p.loglik for row in pairs for p in row)
    lost: float = 0.0
    pair: tuple[int, ...] = ()
    if len(pairs) < d - 1 and not simplifies(knobs, d):
        lost, pair = largest_loss(engine, u)
    return VineCopula(fitted.order, fitted.array, pairs, len(u), loglik, lost, pair)


def simplifies(knobs: Vine, d: int) -> bool:
    """Whether trees beyond the first have Gaussian pair copulas."""
    own = knobs.pair_copulas is None and knobs.truncation == "auto"
    return own and FULL_DIM < d <= WIDE_DIM


def _engine(knobs: Vine, u: Floats, structure: Structure | None) -> Engine:
    """Let pyvinecopulib fit, with tau for a tree criterion that it cannot compute."""
    if knobs.pair_copulas is not None:
        assert structure is not None
        given = VineCopula(structure.order, structure.array, knobs.pair_copulas)
        given.engine.fit(u, pv.core.FitControlsBicop(**_estimation(knobs)))
        return given.engine
    controls = _controls(knobs, u.shape[1])
    if structure is not None:
        return pv.core.Vinecop.from_data(u, controls=controls, structure=structure.engine())
    try:
        return pv.core.Vinecop.from_data(u, controls=controls)
    except ValueError as e:
        # maximal correlations of equal columns are rounded to more than 1
        if "negative weight" not in str(e) or _criterion(knobs, u.shape[1]) == "tau":
            raise
        criterion = _criterion(knobs, u.shape[1])
        warnings.warn(
            f"the tree criterion {criterion!r} of some pair of variables is above 1 "
            "(are two columns the same?); 'tau' is used for the trees of this vine",
            FitWarning,
            stacklevel=4,
        )
        return pv.core.Vinecop.from_data(
            u, controls=_controls(replace(knobs, tree_criterion="tau"), u.shape[1])
        )


def _criterion(knobs: Vine, d: int) -> str:
    if knobs.tree_criterion != "auto":
        return knobs.tree_criterion
    return "mcor" if d <= WIDE_DIM else "tau"


def _refuse(cells: Cells) -> None:
    """Refuse what the engine would swallow without a word."""
    if cells.n < MIN_ROWS:
        raise DataError(f"a vine copula needs at least {MIN_ROWS} rows, got {cells.n}")
    if cells.dim == 0:
        raise DataError("a vine copula needs at least one variable, got none")
    only = (cells.lower.max(axis=0) <= 0.0) & (cells.upper.min(axis=0) >= 1.0)
    if only.any():
        raise VariableError(
            np.flatnonzero(only).tolist(),
            "{} has one value only, or none; a vine copula cannot use it. "
            "Drop constant and all-missing columns before fitting.",
        )


def _structure(knobs: Vine, u: Floats) -> Structure | None:
    """Return the structure that is given or implied by the kind, None for a regular vine."""
    d = u.shape[1]
    if isinstance(knobs.structure, Structure):
        if knobs.structure.dim != d:
            raise DataError(f"the structure has {knobs.structure.dim} variables, the data {d}")
        levels = levels_of(knobs.truncation, d)
        return knobs.structure if levels is None else knobs.structure.truncated(levels)
    if knobs.structure == "R":
        return None
    weight: Floats = np.asarray(np.corrcoef(ndtri(open_unit(u)), rowvar=False))
    if knobs.structure == "D":
        tau = np.asarray(2.0 / np.pi * np.arcsin(np.clip(weight, -1.0, 1.0)))
        return structure_of_order(d_vine_order(tau), "D")
    return structure_of_order(c_vine_order(weight), "C")


def levels_of(truncation: int | str | None, d: int) -> int | None:
    if truncation == "auto":
        return None if d <= FULL_DIM else SHORT if d <= WIDE_DIM else 2 if d <= WIDER_DIM else 1
    return truncation if isinstance(truncation, int) else None


def _controls(knobs: Vine, d: int) -> Any:
    levels = levels_of(knobs.truncation, d)
    more: dict[str, Any] = {} if levels is None else {"trunc_lvl": levels}
    automatic = knobs.truncation == "mbicv"
    return pv.core.FitControlsVinecop(
        tree_criterion=_criterion(knobs, d),
        select_trunc_lvl=automatic,
        threshold=knobs.threshold,
        **more,
        **_selection(knobs),
        **_estimation(knobs),
    )


def _selection(knobs: Vine) -> dict[str, Any]:
    """Return how a family is chosen."""
    return {
        "family_set": [FAMILIES[name] for name in knobs.family_names],
        "selection_criterion": "mbicv" if knobs.truncation == "mbicv" else knobs.selection,
        "allow_rotations": knobs.rotations,
    }


def _estimation(knobs: Vine) -> dict[str, Any]:
    """Return the choices that vines and single pairs share."""
    return {
        "parametric_method": knobs.method,
        "nonparametric_mult": knobs.nonparametric_mult,
        "nonparametric_grid_size": knobs.nonparametric_grid_size,
        "num_threads": knobs.threads,
    }
