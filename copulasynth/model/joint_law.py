"""A joint law: marginals and a copula (Sklar's theorem as a value), and the rules of its table."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints, frozen
from copulasynth.copulas import Copula
from copulasynth.errors import SamplingError
from copulasynth.marginals import Marginal
from copulasynth.model.quantile_table import QuantileTable, tabulate
from copulasynth.rules import FittedRule, sorted_rules
from copulasynth.schema import Schema, Variable

__all__ = ["JointLaw", "rows_that"]

#: Rows drawn at a time in place of those that broke a rule; fixed, so that the rows do not depend
#: on how many are asked for.
SPARE = 4096

#: Fewer rows than this share that obey, over `PATIENCE` times so many drawn, end the attempt.
RAREST = 1e-4
PATIENCE = 64

#: Numbers of children that nobody spawns.
ASIDE = 2**31


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
    steps : (D,) float64
        The grid on which the values of each coordinate lie; 0 for none.
    states : (D,) int64
        For each coordinate the one that says whether it is missing, or -1.
    parts : tuple of Variable
        What the coordinates behind the variables of the schema are.
    rules : tuple of FittedRule
        In the order in which they were found.
    """

    marginals: tuple[Marginal, ...]
    copula: Copula
    steps: Floats
    states: Ints
    parts: tuple[Variable, ...] = ()
    rules: tuple[FittedRule, ...] = ()
    holds_training_rows: ClassVar[bool] = False

    def __post_init__(self) -> None:
        size = len(self.steps)
        if self.steps.ndim != 1 or not (self.steps >= 0.0).all() or len(self.parts) > size:
            raise ValueError("steps need shape (D,) and must not be negative")
        if self.states.shape != (size,) or not ((self.states >= -1) & (self.states < size)).all():
            raise ValueError(f"states need shape ({size},) and name coordinates, or -1")
        d = len(self.free)
        if not len(self.marginals) == self.copula.dim == d:
            raise ValueError(
                f"{d} free coordinates need as many marginals and dimensions of the copula, "
                f"got {len(self.marginals)} and {self.copula.dim}"
            )
        named = {j for r in self.rules for j in (*r.makes, *r.needs)}
        if named and not 0 <= min(named) <= max(named) < size:
            raise ValueError("rules name coordinates that are not there")
        sorted_rules(self.rules)

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
        variables = (*schema.variables, *parts)
        steps = np.array([v.step or 0.0 for v in variables], dtype=np.float64)
        state = {v.column: j for j, v in enumerate(schema.variables) if v.kind == "state"}
        own = [-1 if v.kind == "state" else state.get(v.column, -1) for v in schema.variables]
        states = np.array([*own, *[-1] * len(parts)], dtype=np.int64)
        return cls(marginals, copula, frozen(steps), frozen(states), parts, rules)

    @property
    def dim(self) -> int:
        return len(self.steps) - len(self.parts)

    @property
    def free(self) -> tuple[int, ...]:
        """Indices of the coordinates that have a marginal and a place in the copula."""
        made = {j for r in self.rules for j in r.makes}
        return tuple(j for j in range(len(self.steps)) if j not in made)

    def coordinates(self, schema: Schema) -> tuple[Variable, ...]:
        """Return what the coordinates are: the variables of the schema, then the parts."""
        return (*schema.variables, *self.parts)

    def extended(self, x: Floats) -> Floats:
        """Return the coordinates (n, D) of variables (n, d)."""
        if not self.parts:
            return x
        out = np.full((len(x), len(self.steps)), np.nan, order="F")
        out[:, : self.dim] = x
        for rule in self.rules:
            rule.split(out.T)
        return out

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        """Draw n rows as (d, n); rows that break a rule are drawn again."""
        return self.obeying(lambda m, source: self.values(self.copula.draw(m, source)), n, rng)

    def obeying(
        self, draw: Callable[[int, np.random.Generator], Floats], n: int, rng: np.random.Generator
    ) -> Floats:
        """Return n rows (d, n) of what draws coordinates, all of which obey the rules."""
        if any(rule.rejects for rule in self.rules):
            return rows_that(self.obey, draw, n, rng)[: self.dim]
        return draw(n, rng)[: self.dim]

    def values(self, scores: Floats, given: Floats | None = None) -> Floats:
        """Turn (d_free, n) scores, each on the scale of the copula, into (D, n) coordinates.

        Without rules the values take the place of the scores. Where `given`, (d_free,), is a
        number, the coordinate takes it whatever its scores are.
        """
        free = self.free
        x = scores if len(free) == len(self.steps) else np.empty((len(self.steps), scores.shape[1]))
        for k, (j, table) in enumerate(zip(free, quantile_tables(self), strict=True)):
            if given is None or np.isnan(given[k]):
                table(scores[k], out=x[j])
            else:
                x[j] = given[k]
        return self.derive(x)

    def derive(self, x: Floats) -> Floats:
        """Fill in what rules make of (D, n) coordinates, in place, from the free ones."""
        needed = {j for rule in self.rules for j in rule.needs}
        self._round(x, needed.intersection(self.free))
        for rule in sorted_rules(self.rules):
            rule.make(x)
            self._round(x, needed.intersection(rule.makes))
        return x

    def _round(self, x: Floats, places: Iterable[int]) -> None:
        """Round coordinates to their grids: a rule holds for values as they are printed."""
        for j in places:
            if self.steps[j] > 0.0:
                np.round(x[j] / self.steps[j], out=x[j])
                x[j] *= self.steps[j]

    def obey(self, x: Floats) -> Bools:
        """Return whether rows of (D, n) coordinates obey the rules that drawing can break."""
        checked = [rule for rule in self.rules if rule.rejects]
        named = {j for r in checked for j in (*r.makes, *r.needs) if self.states[j] >= 0}
        if named:
            x = x.copy()
            for j in named:
                x[j, x[self.states[j]] >= 0.5] = np.nan
        out = np.ones(x.shape[1], dtype=np.bool_)
        for rule in checked:
            out &= rule.holds(x)
        return out

    def check(self) -> None:
        """Raise ValueError if a marginal has values that are no numbers."""
        quantile_tables(self)


def rows_that(
    obey: Callable[[Floats], Bools],
    draw: Callable[[int, np.random.Generator], Floats],
    n: int,
    rng: np.random.Generator,
) -> Floats:
    """Draw n rows (D, n), each that does not `obey` replaced by the next one that does.

    Prefix-stable if `draw` is: spare rows come from a stream of their own, in an order that does
    not depend on n.

    Raises
    ------
    SamplingError
        If hardly any row obeys.
    """
    spare = _aside(rng)
    x = draw(n, rng)
    bad = np.flatnonzero(~obey(x))
    filled = tried = 0
    while filled < bad.size:
        more = draw(SPARE, spare.spawn(1)[0])
        good = np.flatnonzero(obey(more))[: bad.size - filled]
        x[:, bad[filled : filled + good.size]] = more[:, good]
        filled, tried = filled + good.size, tried + SPARE
        if tried >= PATIENCE * SPARE and filled < RAREST * tried:
            raise SamplingError(
                f"of {tried:,} rows {filled} obeyed what is asked of them. Ask for less: give "
                "fewer values, or set keep = false for a rule in the schema."
            )
    return x


def _aside(rng: np.random.Generator) -> np.random.Generator:
    """Return a stream beside those that `rng` gives and spawns, which it leaves as they are."""
    seeds = rng.bit_generator.seed_seq
    if not isinstance(seeds, np.random.SeedSequence):
        raise TypeError("rng must be made by np.random.default_rng")
    key = (*seeds.spawn_key, ASIDE + seeds.n_children_spawned)
    own = np.random.SeedSequence(seeds.entropy, spawn_key=key, pool_size=seeds.pool_size)
    return np.random.Generator(type(rng.bit_generator)(own))


@lru_cache(maxsize=8)
def quantile_tables(law: JointLaw) -> tuple[QuantileTable, ...]:
    """Return the tables of a law's free coordinates, made once and kept for the next call."""
    return tuple(tabulate(m, law.copula.scale(j)) for j, m in enumerate(law.marginals))
