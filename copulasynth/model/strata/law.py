"""The laws of groups of rows as one sampler: a group is drawn, and then a row of its law."""

from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints, freeze, frozen, put
from copulasynth.copulas import Copula
from copulasynth.errors import several
from copulasynth.marginals import Marginal
from copulasynth.model.following import Following, rows_that
from copulasynth.model.joint_law import JointLaw
from copulasynth.rules import FittedRule
from copulasynth.rules.levels.groups import GroupRule
from copulasynth.rules.levels.patterns import matched, nominal_part
from copulasynth.schema import Variable

__all__ = ["Strata", "Stratum"]

#: Laws of which tables of quantiles are kept; more are drawn from without tables.
TABULATED = 8


@dataclass(frozen=True, slots=True, eq=False)
class Stratum:
    """What is fitted to the rows of a group, or to those of several groups of few rows.

    Attributes
    ----------
    keys : (k, m) float64
        Values of the variables that say which group a row is of, one row a group; 0 where missing.
    rows : (k,) int64
        Training rows of each group.
    knobs : str
        What the copula was fitted by.
    shared : GroupRule
        The coordinates that are the same in all rows of a group.
    marginals : tuple of Marginal
    copula : Copula
        Of all other free coordinates; behind them, of several groups, which one a row is of.
    effective : float
        How many rows, chosen one by one, would tell as much of the dependence as those to which
        the copula was fitted; 0 where these are all rows.
    """

    keys: Floats
    rows: Ints
    knobs: str
    shared: GroupRule
    marginals: tuple[Marginal, ...]
    copula: Copula
    effective: float = 0.0

    def __post_init__(self) -> None:
        freeze(self, "keys", "rows")
        if self.keys.ndim != 2 or self.rows.shape != (len(self.keys),) or not self.rows.size:
            raise ValueError("a stratum needs groups, and the rows of each")
        if (self.rows < 1).any() or not np.isfinite(self.keys).all():
            raise ValueError("a group has rows, and finite values")
        if not 0.0 <= self.effective < np.inf:
            raise ValueError("a law rests on some rows")

    @property
    def pooled(self) -> bool:
        """Whether it is the law of several groups."""
        return self.shared.part >= 0

    @property
    def error(self) -> float:
        """The standard error of a correlation."""
        return float(1.0 / np.sqrt(self.effective or self.rows.sum()))


@dataclass(frozen=True, slots=True, eq=False)
class Strata:
    """Laws of groups of rows, which share their rules.

    Attributes
    ----------
    by : tuple of int
        The variables that say which group a row is of.
    column : int
        The column of the first of them.
    following : Following
        The rules, which hold in all groups.
    parts : tuple of Variable
        What the coordinates behind the variables of the schema are.
    strata : tuple of Stratum
    """

    by: tuple[int, ...]
    column: int
    following: Following
    parts: tuple[Variable, ...]
    strata: tuple[Stratum, ...]
    laws: tuple[JointLaw, ...] = field(init=False, repr=False)
    holds_training_rows: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not self.strata or len(self.parts) > self.following.size:
            raise ValueError("there are no groups, or more parts than coordinates")
        if any(s.keys.shape[1] != len(self.by) for s in self.strata):
            raise ValueError("a group needs a value for each variable that tells it")
        if not self.by or not 0 <= min(self.by) <= max(self.by) < self.dim:
            raise ValueError("groups are told by variables that there are none of")
        put(self, laws=tuple(map(self._law, self.strata)))

    @property
    def dim(self) -> int:
        return self.following.size - len(self.parts)

    @property
    def rules(self) -> tuple[FittedRule, ...]:
        """The rules that hold in all groups."""
        return self.following.rules

    @property
    def rows(self) -> Ints:
        """Training rows of each stratum."""
        return np.array([s.rows.sum() for s in self.strata], dtype=np.int64)

    @property
    def words(self) -> str:
        """The laws in a few words."""
        pooled = sum(len(s.keys) for s in self.strata if s.pooled)
        own = sum(not s.pooled for s in self.strata)
        words = [f"law{'s' * (own != 1)} of {several(own, 'group')}"] if own else []
        words += [f"one of {several(pooled, 'group')} of few rows"] if pooled else []
        return " and ".join(words)

    def _law(self, s: Stratum) -> JointLaw:
        """Return the law of a stratum; of several groups a part says which."""
        following, parts = self.following, self.parts
        if s.pooled:
            following = replace(
                following,
                steps=frozen(np.append(following.steps, 1.0)),
                states=frozen(np.append(following.states, -1)),
            )
            parts = (*parts, nominal_part("[group]", self.column, len(s.keys)))
        following = replace(following, rules=(*following.rules, s.shared))
        few = len(self.strata) <= TABULATED
        return JointLaw(s.marginals, s.copula, following, parts, tabulated=few)

    def with_rules(self, following: Following, /) -> "Strata":
        """Return the same laws with other rules, or without some."""
        return replace(self, following=following)

    def told(self, x: Floats) -> Floats:
        """Return what of variables (d, n) says which group a row is of, (m, n); 0 for a gap."""
        states = self.following.states
        told = np.array(x[list(self.by)])
        for own, j in zip(told, self.by, strict=True):
            if states[j] >= 0:
                own[x[states[j]] >= 0.5] = 0.0
        return told

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        """Draw n rows as (d, n), of each group as often as its share says."""
        share = np.cumsum(self.rows) / self.rows.sum()
        which = np.searchsorted(share, rng.random(n), side="right")
        order = np.argsort(which, kind="stable")
        ends = np.searchsorted(which[order], np.arange(len(self.strata) + 1))
        x = np.empty((self.dim, n))
        for k, stream in enumerate(rng.spawn(len(self.strata))):
            mine = order[ends[k] : ends[k + 1]]
            if mine.size:
                x[:, mine] = self.draw_of(k, mine.size, stream)
        return x

    def draw_of(self, k: int, n: int, rng: np.random.Generator) -> Floats:
        """Draw n rows of a stratum, (d, n); a row that comes out of another group is none of it."""
        law, s = self.laws[k], self.strata[k]
        if set(self.by) <= set(s.shared.makes):
            return law.draw(n, rng)

        def own(x: Floats) -> Bools:
            return np.asarray(~np.isnan(matched(self.told(x), s.keys)))

        return rows_that(own, law.draw, n, rng)
