"""A joint law: marginals and a copula (Sklar's theorem as a value), and the rules of its table."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth._tabulated import FunctionTable
from copulasynth.copulas import Copula
from copulasynth.errors import DataError, FitWarning
from copulasynth.marginals import Marginal
from copulasynth.model.api import Grouped, Sampler
from copulasynth.model.following import Following, rows_that
from copulasynth.model.predicate import Predicate
from copulasynth.model.quantile_table import Quantiles, plain_quantiles, tabulate
from copulasynth.rules import FittedRule
from copulasynth.schema import Schema, Variable

__all__ = ["JointLaw", "law_of", "rows_that", "storable"]


@dataclass(frozen=True, slots=True, eq=False)
class JointLaw:
    """The joint law of the variables of a table; a sampler.

    Marginals and copula are those of the *coordinates*: the variables that no rule makes from
    others, and the parts that rules add.

    Attributes
    ----------
    marginals : tuple of Marginal
        One for each free coordinate.
    copula : Copula
        The dependence of the free coordinates.
    following : Following
        The rules, which make the other coordinates.
    parts : tuple of Variable
        What the coordinates behind the variables of the schema are.
    tabulated : bool
        Whether quantiles are looked up in tables, which are faster where many rows are drawn.
    """

    marginals: tuple[Marginal, ...]
    copula: Copula
    following: Following
    parts: tuple[Variable, ...] = ()
    tabulated: bool = True
    holds_training_rows: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if len(self.parts) > self.following.size:
            raise ValueError("there are more parts than coordinates")
        d = len(self.free)
        if not len(self.marginals) == self.copula.dim == d:
            raise ValueError(
                f"{d} free coordinates need as many marginals and dimensions of the copula, "
                f"got {len(self.marginals)} and {self.copula.dim}"
            )

    @classmethod
    def of(
        cls,
        schema: Schema,
        marginals: tuple[Marginal, ...],
        copula: Copula,
        parts: tuple[Variable, ...] = (),
        rules: tuple[FittedRule, ...] = (),
    ) -> "JointLaw":
        """Return the law of the variables of a schema."""
        return cls(marginals, copula, Following.of(rules, schema.variables, parts), parts)

    @property
    def dim(self) -> int:
        return self.following.size - len(self.parts)

    @property
    def rules(self) -> tuple[FittedRule, ...]:
        """The rules in the order in which they were found."""
        return self.following.rules

    @property
    def free(self) -> tuple[int, ...]:
        """Indices of the coordinates that have a marginal and a place in the copula."""
        made = self.following.made
        return tuple(j for j in range(self.following.size) if j not in made)

    @property
    def words(self) -> str:
        """The law in a few words."""
        return f"{type(self.copula).__name__} of {self.copula.dim} variables"

    def coordinates(self, schema: Schema) -> tuple[Variable, ...]:
        """Return what the coordinates are: the variables of the schema, then the parts."""
        return (*schema.variables, *self.parts)

    def extended(self, x: Floats) -> Floats:
        """Return the coordinates (n, D) of variables (n, d)."""
        return self.following.extended(x)

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        """Draw n rows as (d, n); rows that break a rule are drawn again."""
        return self.obeying(lambda m, source: self.values(self.copula.draw(m, source)), n, rng)

    def obeying(
        self, draw: Callable[[int, np.random.Generator], Floats], n: int, rng: np.random.Generator
    ) -> Floats:
        """Return n rows (d, n) of what draws coordinates, all of which obey the rules."""
        return self.following.draw(draw, n, rng)[: self.dim]

    def values(self, scores: Floats, given: Floats | None = None) -> Floats:
        """Turn (d_free, n) scores, each on the scale of the copula, into (D, n) coordinates.

        Without rules the values take the place of the scores. Where `given`, (d_free,), is a
        number, the coordinate takes it whatever its scores are.
        """
        free = self.free
        x = (
            scores
            if len(free) == self.following.size
            else np.empty((self.following.size, scores.shape[1]))
        )
        for k, (j, table) in enumerate(zip(free, quantiles_of(self), strict=True)):
            if given is None or np.isnan(given[k]):
                table(scores[k], out=x[j])
            else:
                x[j] = given[k]
        return self.derive(x)

    def derive(self, x: Floats) -> Floats:
        """Fill in what rules make of (D, n) coordinates, in place, from the free ones."""
        return self.following.make(x)

    def obey(self, x: Floats) -> Bools:
        """Return whether rows of (D, n) coordinates obey the rules that drawing can break."""
        return self.following.obey(x)


def law_of(sampler: object, method: str, verb: str) -> JointLaw:
    """Return the joint law of a model that has one."""
    if isinstance(sampler, JointLaw):
        return sampler
    raise DataError(
        f"{method} has no joint law of marginals and a copula, so there is nothing to {verb} rows "
        "by. Fit a copula, such as copula='gaussian'."
    )


def storable(sampler: Sampler) -> Sampler:
    """Return a sampler as a model file can hold it: without predicates, which is said.

    Their names stay in the schema, so that a reader of the file knows what is not held.
    """
    if not isinstance(sampler, JointLaw | Grouped):
        return sampler
    rules = sampler.following.rules
    checks = [r for r in rules if isinstance(r, Predicate)]
    for check in checks:
        warnings.warn(
            f"the check {check.words!r} is Python code, which a model file does not store: rows "
            "drawn from the file need not pass it",
            FitWarning,
            stacklevel=3,
        )
    if not checks:
        return sampler
    following = replace(sampler.following, rules=tuple(r for r in rules if r not in checks))
    if isinstance(sampler, JointLaw):
        return replace(sampler, following=following)
    return sampler.with_rules(following)


def quantiles_of(law: JointLaw) -> tuple[Quantiles, ...]:
    """Return what makes values of scores, for each free coordinate."""
    if law.tabulated:
        return quantile_tables(law)
    return tuple(plain_quantiles(m, law.copula.scale(j)) for j, m in enumerate(law.marginals))


@lru_cache(maxsize=8)
def quantile_tables(law: JointLaw) -> tuple[FunctionTable, ...]:
    """Return the tables of a law's free coordinates, made once and kept for the next call."""
    return tuple(tabulate(m, law.copula.scale(j)) for j, m in enumerate(law.marginals))
