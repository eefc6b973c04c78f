"""Rules applied to drawn rows: what they make is made, and rows that break them drawn again."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints, frozen, on_grid, put
from copulasynth.errors import SamplingError
from copulasynth.rules import Excepted, FittedRule, Guarded, in_parting, sorted_rules
from copulasynth.schema import Variable

__all__ = ["Following", "rows_that"]

#: Rows drawn at a time in place of those that broke a rule; fixed, so that the rows do not depend
#: on how many are asked for.
SPARE = 4096

#: Fewer rows than this share that obey, over `PATIENCE` times so many drawn, end the attempt.
RAREST = 1e-4
PATIENCE = 64

#: Numbers of children that nobody spawns.
ASIDE = 2**31


@dataclass(frozen=True, slots=True, eq=False)
class Following:
    """Rules over coordinates, and what is needed to apply them.

    Attributes
    ----------
    rules : tuple of FittedRule
        In the order in which they were found.
    steps : (D,) float64
        The grid of each coordinate; 0 for none.
    states : (D,) int64
        For each coordinate the one that says whether it is missing, or -1.
    """

    rules: tuple[FittedRule, ...]
    steps: Floats
    states: Ints
    _sorted: tuple[FittedRule, ...] = field(init=False, repr=False)
    _parting: tuple[FittedRule, ...] = field(init=False, repr=False)
    _needed: frozenset[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        size = self.size
        if self.steps.ndim != 1 or not (self.steps >= 0.0).all():
            raise ValueError("steps need shape (D,) and must not be negative")
        if self.states.shape != (size,) or not ((self.states >= -1) & (self.states < size)).all():
            raise ValueError(f"states need shape ({size},) and name coordinates, or -1")
        named = {j for r in self.rules for j in (*r.makes, *r.needs)}
        if named and not 0 <= min(named) <= max(named) < size:
            raise ValueError("rules name coordinates that are not there")
        needed = frozenset(j for rule in self.rules for j in rule.needs)
        parting = in_parting(self.rules)
        put(self, _sorted=sorted_rules(self.rules), _parting=parting, _needed=needed)

    @classmethod
    def of(
        cls,
        rules: tuple[FittedRule, ...],
        variables: Sequence[Variable],
        parts: Sequence[Variable] = (),
    ) -> "Following":
        """Return rules over the variables of a schema and the parts behind them."""
        own = {v.column: j for j, v in enumerate(variables) if v.kind == "state"}
        states = [-1 if v.kind == "state" else own.get(v.column, -1) for v in variables]
        steps = np.array([v.step or 0.0 for v in (*variables, *parts)], dtype=np.float64)
        places = np.array([*states, *[-1] * len(parts)], dtype=np.int64)
        return cls(rules, frozen(steps), frozen(places))

    @property
    def size(self) -> int:
        """Number of coordinates."""
        return len(self.steps)

    @property
    def made(self) -> frozenset[int]:
        """Coordinates that rules make from others."""
        return frozenset(j for rule in self.rules for j in rule.makes)

    def extended(self, x: Floats) -> Floats:
        """Return the coordinates (n, D) of variables (n, d)."""
        if x.shape[1] == self.size:
            return x
        out = np.full((len(x), self.size), np.nan, order="F")
        out[:, : x.shape[1]] = x
        self.split(out.T)
        return out

    def broken(self, x: Floats) -> Ints:
        """Return how many rows of coordinates (n, D) break each rule."""
        broken = [np.count_nonzero(~rule.holds(x.T)) for rule in self.rules]
        return np.array(broken, dtype=np.int64)

    @property
    def rejects(self) -> bool:
        """Whether rows can break a rule after all is made."""
        return any(rule.rejects for rule in self.rules)

    @property
    def _excepted(self) -> list[Excepted]:
        inner = [r.rule if isinstance(r, Guarded) else r for r in self.rules]
        return [r for r in inner if isinstance(r, Excepted)]

    def excused(self, x: Floats) -> Bools:
        """Return which rows of (D, n) coordinates are exceptions to which rules that have some.

        Not to ties, whose exceptions are as usual as the rest.
        """
        flags = [r.apart(x) for r in self._excepted if not r.tie]
        return np.array(flags, dtype=np.bool_).reshape(len(flags), x.shape[1])

    def tie(self, x: Floats, drawn: Floats, known: Bools) -> None:
        """Move what known values are tied to, in place.

        Parameters
        ----------
        x : (D or fewer, n) float64
            Variables, in which known values have taken the place of drawn ones.
        drawn : (D, n) float64
            Coordinates as they were drawn: they say where two variables are tied.
        known : (D or fewer, n) bool
            Which values are known; they stay.
        """
        for rule in self._excepted:
            target, parent = rule.derivation.target, rule.derivation.parents[-1]
            if rule.tie and max(target, parent) < len(x):
                flag, tied = drawn[rule.flag], ~rule.apart(drawn)
                rows = tied & known[target] & ~known[parent]
                x[parent, rows] = rule.tied(x[target, rows], flag[rows], back=True)
                rows = tied & known[parent] & ~known[target]
                x[target, rows] = rule.to_atoms(rule.tied(x[parent, rows], flag[rows]))

    def split(self, x: Floats) -> None:
        """Fill in the parts of (D, n) coordinates, in place, from the variables."""
        for rule in self._parting:
            rule.split(x)

    def make(self, x: Floats) -> Floats:
        """Fill in what rules make of (D, n) coordinates, in place, from the others."""
        self._round(x, self._needed - self.made)
        for rule in self._sorted:
            rule.make(x)
            self._round(x, self._needed.intersection(rule.makes))
        return x

    def _round(self, x: Floats, places: Iterable[int]) -> None:
        """Round coordinates to their grids: a rule holds for values as they are printed."""
        for j in places:
            on_grid(x[j], self.steps[j], out=x[j])

    def obey(self, x: Floats) -> Bools:
        """Return whether rows of (D, n) coordinates obey the rules that drawing can break."""
        checked = [rule for rule in self.rules if rule.rejects]
        named = {j for r in checked for j in (*r.makes, *r.needs)}
        parts = any(self.states[j] < 0 for j in self._others(checked))
        gaps = [j for j in range(self.size) if self.states[j] >= 0 and (parts or j in named)]
        if gaps or parts:
            x = x.copy()
        for j in gaps:
            x[j, x[self.states[j]] >= 0.5] = np.nan
        if parts:
            # a part that a row does not use has a value in it that says nothing
            self.split(x)
        out = np.ones(x.shape[1], dtype=np.bool_)
        for rule in checked:
            out &= rule.holds(x)
        return out

    def _others(self, checked: Sequence[FittedRule]) -> set[int]:
        """Return what checked rules name of what other rules make variables from."""
        return {
            j
            for rule in checked
            for other in self.rules
            if other is not rule and other.makes
            for j in {*rule.makes, *rule.needs}.intersection(other.needs)
        }

    def draw(
        self, draw: Callable[[int, np.random.Generator], Floats], n: int, rng: np.random.Generator
    ) -> Floats:
        """Return n rows of what draws coordinates, (D or more, n), all of which obey the rules."""
        if not self.rejects:
            return draw(n, rng)
        return rows_that(lambda x: self.obey(x[: len(self.steps)]), draw, n, rng)


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
    share = 1.0 - bad.size / max(n, 1)
    filled = tried = 0
    while filled < bad.size:
        more, good = _spare(obey, draw, bad.size - filled, share, spare.spawn(1)[0])
        x[:, bad[filled : filled + good.size]] = more[:, good]
        filled, tried = filled + good.size, tried + SPARE
        if tried >= PATIENCE * SPARE and filled < RAREST * tried:
            raise SamplingError(
                f"of {tried:,} rows {filled} obeyed what is asked of them. Ask for less: give "
                "fewer values, or set keep = false for a rule in the schema."
            )
    return x


def _spare(
    obey: Callable[[Floats], Bools],
    draw: Callable[[int, np.random.Generator], Floats],
    wanted: int,
    share: float,
    rng: np.random.Generator,
) -> tuple[Floats, Ints]:
    """Return up to `SPARE` rows of a stream, and which `wanted` ones of them obey first.

    As few as are likely to hold so many, since a `share` of them obeys; the rows are the same.
    """
    likely = (wanted + 5.0 * np.sqrt(wanted) + 5.0) / max(share, RAREST)
    if likely < SPARE / 2:
        x = draw(int(likely), _again(rng))
        good = np.flatnonzero(obey(x))
        if good.size >= wanted:
            return x, good[:wanted]
    x = draw(SPARE, rng)
    return x, np.flatnonzero(obey(x))[:wanted]


def _again(rng: np.random.Generator) -> np.random.Generator:
    """Return a generator as `rng` is, which has neither drawn nor spawned yet."""
    return _made(rng, _seeds(rng).spawn_key)


def _aside(rng: np.random.Generator) -> np.random.Generator:
    """Return a stream beside those that `rng` gives and spawns, which it leaves as they are."""
    seeds = _seeds(rng)
    return _made(rng, (*seeds.spawn_key, ASIDE + seeds.n_children_spawned))


def _seeds(rng: np.random.Generator) -> np.random.SeedSequence:
    """Return what a generator was made from."""
    seeds = rng.bit_generator.seed_seq
    if not isinstance(seeds, np.random.SeedSequence):
        raise TypeError("rng must be made by np.random.default_rng")
    return seeds


def _made(rng: np.random.Generator, key: tuple[int, ...]) -> np.random.Generator:
    """Return a generator of the same kind and entropy with another key."""
    seeds = _seeds(rng)
    own = np.random.SeedSequence(seeds.entropy, spawn_key=key, pool_size=seeds.pool_size)
    return np.random.Generator(type(rng.bit_generator)(own))
