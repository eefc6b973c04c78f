"""A joint law: marginals and a copula (Sklar's theorem as a value), and what follows from rules."""

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np

from copulasynth._arrays import Floats, frozen
from copulasynth.copulas import Copula
from copulasynth.marginals import Marginal
from copulasynth.model.quantile_table import QuantileTable, tabulate
from copulasynth.rules import Derivation
from copulasynth.schema import Schema

__all__ = ["JointLaw"]


@dataclass(frozen=True, slots=True, eq=False)
class JointLaw:
    """The joint law of the variables of a table; a sampler.

    Attributes
    ----------
    marginals : tuple of Marginal
        One for each free variable: those that no rule derives from others.
    copula : Copula
        The dependence of the free variables.
    steps : (d,) float64
        The grid on which the values of each variable lie; 0 for none.
    derivations : tuple of Derivation
        Rules that make the other variables from the free ones, parents before children.
    """

    marginals: tuple[Marginal, ...]
    copula: Copula
    steps: Floats
    derivations: tuple[Derivation, ...] = ()
    holds_training_rows: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.steps.ndim != 1 or not (self.steps >= 0.0).all():
            raise ValueError("steps need shape (d,) and must not be negative")
        d = len(self.free)
        if not len(self.marginals) == self.copula.dim == d:
            raise ValueError(
                f"{d} free variables need as many marginals and dimensions of the copula, "
                f"got {len(self.marginals)} and {self.copula.dim}"
            )
        known = set(self.free)
        for rule in self.derivations:
            if not known.issuperset(rule.parents) or rule.target in known:
                raise ValueError(f"variable {rule.target} is derived from what is not known yet")
            known.add(rule.target)
        if known != set(range(self.dim)):
            raise ValueError("derivations name variables that the schema does not have")

    @classmethod
    def of(
        cls,
        schema: Schema,
        marginals: tuple[Marginal, ...],
        copula: Copula,
        derivations: tuple[Derivation, ...] = (),
    ) -> "JointLaw":
        """Return the law of the variables of a schema."""
        steps = np.array([v.step or 0.0 for v in schema.variables], dtype=np.float64)
        return cls(marginals, copula, frozen(steps), derivations)

    @property
    def dim(self) -> int:
        return len(self.steps)

    @property
    def free(self) -> tuple[int, ...]:
        """Indices of the variables that have a marginal and a place in the copula."""
        derived = {d.target for d in self.derivations}
        return tuple(j for j in range(self.dim) if j not in derived)

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        return self.values(self.copula.draw(n, rng))

    def values(self, scores: Floats, given: Floats | None = None) -> Floats:
        """Turn (d_free, n) scores, each on the scale of the copula, into (d, n) values.

        Without derived variables the values take the place of the scores. Where `given`, (d_free,),
        is a number, the variable takes it whatever its scores are.
        """
        x = np.empty((self.dim, scores.shape[1])) if self.derivations else scores
        for k, (j, table) in enumerate(zip(self.free, quantile_tables(self), strict=True)):
            if given is None or np.isnan(given[k]):
                table(scores[k], out=x[j])
            else:
                x[j] = given[k]
        return self.derive(x)

    def derive(self, x: Floats) -> Floats:
        """Fill in the derived rows of (d, n) values in place, from the free ones."""
        for j in {i for d in self.derivations for i in d.parents}.intersection(self.free):
            # a rule holds for values as they are printed, so its parents are rounded first
            if self.steps[j] > 0.0:
                np.round(x[j] / self.steps[j], out=x[j])
                x[j] *= self.steps[j]
        for rule in self.derivations:
            x[rule.target] = rule.of(x)
        return x

    def check(self) -> None:
        """Raise ValueError if a marginal has values that are no numbers."""
        quantile_tables(self)


@lru_cache(maxsize=8)
def quantile_tables(law: JointLaw) -> tuple[QuantileTable, ...]:
    """Return the tables of a law's free variables, made once and kept for the next call."""
    return tuple(tabulate(m, law.copula.scale(j)) for j, m in enumerate(law.marginals))
