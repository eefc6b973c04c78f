"""Blend: a convex combination of copulas, each fitted to the whole table.

Every row is drawn from one of the parts. A convex combination of copulas is a copula (Nelsen 2006,
An Introduction to Copulas, section 3.2.4); its density is the weighted mean of the parts'
densities. Trees follow steps and clusters, and lean on the rows that they saw; vines are smooth and
do neither. Calibrated together they are nearly as faithful as trees, and stand less close.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.special import logsumexp

from copulasynth._arrays import Floats, Seed, freeze, generator
from copulasynth._knobs import check, is_real
from copulasynth.copulas.api import (
    UNIFORM,
    Cells,
    Copula,
    CopulaKnobs,
    Scale,
    Summary,
    are_knobs,
    holds_interpreter,
    mapped,
)
from copulasynth.copulas.rowwise import candidates
from copulasynth.copulas.tree.fit import Tree
from copulasynth.copulas.vine.fit import Vine

__all__ = ["Blend", "BlendCopula"]


@dataclass(frozen=True, slots=True)
class Blend:
    """Choices for a blend of copulas.

    Parameters
    ----------
    parts : tuple of copula knobs
        What to blend, at least one.
    weights : tuple of float, optional
        Share of the rows that each part draws; equal shares if not given.

    Examples
    --------
    >>> from copulasynth.copulas.cells import cells_of
    >>> from copulasynth.copulas.elliptical.gaussian import Gaussian
    >>> from copulasynth.copulas.independence import Independence
    >>> x = np.random.default_rng(1).multivariate_normal([0, 0], [[1, .8], [.8, 1]], 1000)
    >>> cells = cells_of(x, np.array([False, False]))
    >>> copula = Blend((Gaussian(), Independence()), (.75, .25)).fit(cells, rng=2)
    >>> float(np.corrcoef(copula.draw(20_000, np.random.default_rng(3)))[0, 1].round(1))
    0.6
    """

    parts: tuple[CopulaKnobs, ...] = field(default_factory=lambda: (Tree(), Vine()))
    weights: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        fine = (
            isinstance(self.parts, tuple | list) and self.parts and all(map(are_knobs, self.parts))
        )
        check(bool(fine), self, "parts", self.parts, "a tuple of copula knobs such as Tree()")
        w, k = self.weights, len(self.parts)
        fine = isinstance(w, tuple | list) and len(w) == k and all(is_real(v) and v > 0 for v in w)
        check(w is None or fine, self, "weights", w, f"{k} positive numbers, one for each part")

    def fit(self, cells: Cells, /, *, rng: Seed = None) -> "BlendCopula":
        """Fit every part to the cells of a table, each with a stream of its own."""
        k = len(self.parts)
        streams = generator(rng).spawn(k)
        parts = tuple(p.fit(cells, rng=s) for p, s in zip(self.parts, streams, strict=True))
        weights = np.full(k, 1 / k) if self.weights is None else np.array(self.weights)
        return BlendCopula(parts, weights / weights.sum())


@dataclass(frozen=True, slots=True, eq=False)
class BlendCopula:
    """A fitted blend.

    Attributes
    ----------
    parts : tuple of Copula
    weights : (k,) float64
        Probability that a row comes from each part; they sum to one.
    """

    parts: tuple[Copula, ...]
    weights: Floats

    def __post_init__(self) -> None:
        freeze(self, "weights")
        k = len(self.parts)
        if not k or not all(isinstance(p, Copula) for p in self.parts):
            raise TypeError("parts must be copulas, at least one")
        if self.weights.shape != (k,) or not (self.weights > 0).all():
            raise ValueError(f"weights must be {k} positive numbers, one for each part")
        if not abs(self.weights.sum() - 1) <= 1e-9:
            raise ValueError("weights must sum to one")
        if len({p.dim for p in self.parts}) > 1:
            raise ValueError("parts must have the same number of variables")

    @property
    def dim(self) -> int:
        return self.parts[0].dim

    @property
    def holds_interpreter(self) -> bool:
        return any(holds_interpreter(part) for part in self.parts)

    @property
    def mapped(self) -> bool:
        return any(mapped(part) for part in self.parts)

    def scale(self, j: int, /) -> Scale:
        """Return the scale of `draw`: u itself."""
        return UNIFORM

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        """Draw n rows as (dim, n), prefix-stable: parts have streams of their own."""
        chance, *streams = rng.spawn(1 + len(self.parts))
        which = np.searchsorted(np.cumsum(self.weights)[:-1], chance.random(n), side="right")
        out = np.empty((self.dim, n))
        for k, (part, stream) in enumerate(zip(self.parts, streams, strict=True)):
            rows = np.flatnonzero(which == k)
            for j, x in enumerate(part.draw(len(rows), stream)):
                out[j, rows] = part.scale(j).to_unit(x)
        return out

    def candidates(
        self, lower: Floats, upper: Floats, m: int, /, rng: np.random.Generator
    ) -> tuple[Floats, Floats]:
        """Draw m weighted rows inside each box, as many from each part."""
        k = len(self.parts)
        each = -(-m // k)
        streams = rng.spawn(k)
        drawn = [
            candidates(p, lower, upper, each, s) for p, s in zip(self.parts, streams, strict=True)
        ]
        u = np.concatenate([rows for rows, _ in drawn], axis=2)
        logs = np.log(k * self.weights)
        return u, np.concatenate([w + a for (_, w), a in zip(drawn, logs, strict=True)], axis=1)

    def logpdf(self, u: Floats, /) -> Floats:
        """Return the log density of each row of (n, d) u."""
        each = np.stack([part.logpdf(u) for part in self.parts])
        return logsumexp(each, axis=0, b=self.weights[:, None])

    def summary(self) -> Summary:
        """Return the parts and their shares."""
        return Summary("blend", parts=tuple(zip(self.weights.tolist(), self.parts, strict=True)))
