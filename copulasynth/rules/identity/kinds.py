"""Functions by which one variable follows from others, and the rule that one does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np

from copulasynth._arrays import Bools, Endless, Floats, floats, frozen, on_grid

__all__ = ["Derivation", "Function", "GroupedLinear", "Linear", "Lookup", "Product"]
__all__ += ["digits_of", "inverse", "known"]


FINITE = float(np.finfo(np.float64).max)
LARGEST = 1e100
STEEPEST = 20.0
#: Columns of a table are not made with higher powers of others than this.
HIGHEST = 4.0

#: Powers this close to a whole number keep the sign of a negative parent, or lose it.
WHOLE = 1e-9


@runtime_checkable
class Function(Protocol):
    """A function of one or more variables, (p, n) -> (n,)."""

    def __call__(self, parents: Floats, /) -> Floats: ...


def _freeze(function: Function, what: str, largest: float = FINITE, **dimensions: int) -> None:
    """Freeze the named numbers of a function, of so many dimensions, and refuse too large ones."""
    for name, ndim in dimensions.items():
        x = floats(getattr(function, name), ndim)
        if not (np.abs(x) <= largest).all():  # nor what is not a number
            raise ValueError(f"a {what} needs finite {name}, up to {largest:g}")
        if name == "edges" and (np.diff(x) <= 0).any():
            raise ValueError(f"the edges of a {what} increase")
        if ndim:
            object.__setattr__(function, name, frozen(x))


F = TypeVar("F", bound=Function)


def known(make: Callable[..., F], *numbers: Any) -> F | None:
    """Return a function of these numbers, or None where they are beyond what rules have."""
    try:
        return make(*numbers)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Lookup:
    """A step function of one parent: `values[k]` between the edges k - 1 and k.

    Age group of age, a flag of an amount, the price of a product.
    """

    edges: Floats
    values: Floats

    def __post_init__(self) -> None:
        _freeze(self, "lookup", edges=1, values=1)
        if len(self.values) != len(self.edges) + 1:
            raise ValueError("a lookup needs one finite value more than edges")

    def __call__(self, parents: Floats, /) -> Floats:
        return np.asarray(self.values[np.searchsorted(self.edges, parents[0])])


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """A constant plus a weighted sum: a charge that is rate times minutes, a total of parts."""

    constant: float
    weights: Floats

    def __post_init__(self) -> None:
        _freeze(self, "linear rule", LARGEST, constant=0, weights=1)
        if not self.weights.size:
            raise ValueError("a linear rule needs finite weights, at least one")

    def __call__(self, parents: Floats, /) -> Floats:
        return np.asarray(self.constant + self.weights @ parents)


@dataclass(frozen=True, slots=True, eq=False)
class GroupedLinear:
    """A linear rule in each group of the first parent: a charge whose rate depends on the plan.

    Row k of `weights` and of `constants` holds between the edges k - 1 and k, which lie midway
    between the known groups, so that an unknown value is taken for the nearest of them.
    """

    edges: Floats
    constants: Floats
    weights: Floats

    def __post_init__(self) -> None:
        _freeze(self, "grouped rule", edges=1)
        _freeze(self, "grouped rule", LARGEST, constants=1, weights=2)
        groups = len(self.edges) + 1
        if not len(self.weights) == len(self.constants) == groups or not self.weights.size:
            raise ValueError("a grouped rule needs a constant and weights for each group")

    def __call__(self, parents: Floats, /) -> Floats:
        group = np.searchsorted(self.edges, parents[0])
        y = self.constants[group]
        # one parent after the other: memory does not grow with the groups, nor rows with others
        for weight, parent in zip(self.weights.T, parents[1:], strict=True):
            y += weight[group] * parent
        return np.asarray(y)


@dataclass(frozen=True, slots=True, eq=False)
class Product:
    """A factor times powers of parents: a total of price and quantity, a body-mass index, a rate.

    A negative parent has a sign in odd whole powers and none in even ones. Where a parent is 0, or
    negative under a power that is not whole, the rule gives 0, as the rows it was found in did.
    """

    factor: float
    powers: Floats

    def __post_init__(self) -> None:
        _freeze(self, "product", LARGEST, factor=0)
        _freeze(self, "product", STEEPEST, powers=1)
        if not self.powers.size:
            raise ValueError("a product needs finite powers, at least one")
        if self.factor <= 0:
            raise ValueError("the factor of a product is positive")

    def __call__(self, parents: Floats, /) -> Floats:
        y = np.full(parents.shape[1], self.factor)
        # what is multiplied comes first, and is divided then: the last digit of a table's own ratio
        for k in np.argsort(self.powers < 0, kind="stable"):
            power, parent = abs(self.powers[k]), parents[k]
            whole = abs(power - round(power)) < WHOLE
            fit = parent != 0 if whole else parent > 0
            # whole powers as a table is made with: no logarithm, no last digit that differs
            own = np.where(fit, parent, 1.0) ** (round(power) if whole else power)
            y = y / own if self.powers[k] < 0 else y * own
            y[~fit] = 0.0
        return y


def _odd(power: float) -> bool:
    """Whether a power keeps the sign of a number."""
    return abs(power - round(power)) < WHOLE and round(power) % 2 == 1


@dataclass(frozen=True, slots=True, eq=False)
class Derivation:
    """Variable `target` equals `rule` of the variables `parents`, in every row: a fitted rule.

    Attributes
    ----------
    target : int
    parents : tuple of int
    rule : Function
    lower, upper : float
        Range of the target's values. What lies outside is not moved: its row breaks the rule.
    step : float
        Grid to which derived values are rounded, as the table prints them; 0 for none.
    room : float
        How far a printed value may lie from the function of printed parents.
    """

    target: int
    parents: tuple[int, ...]
    rule: Function
    lower: Endless = -np.inf
    upper: Endless = np.inf
    step: float = 0.0
    room: Endless = np.inf

    def __post_init__(self) -> None:
        if self.target < 0 or not self.parents or min(self.parents) < 0:
            raise ValueError("a derivation names its target and at least one parent")
        if not self.lower <= self.upper:
            raise ValueError("lower: expected a number up to upper")
        if not 0 <= self.step < np.inf or not self.room >= 0:
            raise ValueError("step and room: expected numbers that are not negative")
        if self.target in self.parents:
            raise ValueError("a variable cannot be derived from itself")
        # refuses what has weights for fewer or more parents
        self.rule(np.ones((len(self.parents), 1)))

    @property
    def makes(self) -> tuple[int, ...]:
        return (self.target,)

    @property
    def needs(self) -> tuple[int, ...]:
        return self.parents

    @property
    def rejects(self) -> bool:
        return bool(np.isfinite(self.lower) or np.isfinite(self.upper))

    def of(self, x: Floats) -> Floats:
        """Return the target's values from all variables, (d, n) -> (n,)."""
        y = self.rule(x[list(self.parents)])
        # what is derived from this one in turn must see it as it will be printed
        return on_grid(y, self.step)

    def make(self, x: Floats, /) -> None:
        """Fill in the target's values, (d, n)."""
        x[self.target] = self.of(x)

    def inverse(self, y: Floats, x: Floats, k: int) -> Floats:
        """Return the values of parent k that make y with the others of x, (d, n).

        NaN where there are none or many.
        """
        others = [i for i in range(len(self.parents)) if i != k]
        parents, own = x[list(self.parents)], self.rule
        with np.errstate(all="ignore"):
            if isinstance(own, Linear):
                rest = own.constant + own.weights[others] @ parents[others]
                return np.asarray((y - rest) / own.weights[k])
            if isinstance(own, Product):
                rest = own.factor * np.prod(parents[others] ** own.powers[others, None], axis=0)
                power = own.powers[k]
                value = np.sign(y / rest) * np.abs(y / rest) ** (1 / power)
                # odd powers keep the sign, others have a positive root and a negative one or none
                fits = np.isfinite(value) if _odd(power) else y / rest > 0
                return np.asarray(np.where(fits, value, np.nan))
        return np.full(y.shape, np.nan)

    def split(self, x: Floats, /) -> None:
        """Do nothing: a derivation has no parts."""

    def obeys(self, x: Floats) -> Bools:
        """Return where the target is what its parents make it, or where that is not known."""
        miss = np.abs(x[self.target] - self.rule(x[list(self.parents)]))
        return np.asarray(~(miss > self.room))

    def within(self, x: Floats) -> Bools:
        """Return where the target lies in its range, half a step aside, or is not known."""
        y, slack = x[self.target], self.step / 2
        return np.asarray(~((y < self.lower - slack) | (y > self.upper + slack)))

    def holds(self, x: Floats, /) -> Bools:
        """Return whether each row obeys within the range, (n,)."""
        return self.obeys(x) & self.within(x)


def digits_of(rule: Function) -> int:
    """Return how many characters the numbers of a function, or one over them, are written with."""
    if isinstance(rule, Linear):
        numbers = (rule.constant, *rule.weights)
    elif isinstance(rule, Product):
        numbers = (rule.factor, *rule.powers)
    else:
        return 0
    return sum(min(len(f"{x:.12g}"), len(f"{1 / x:.12g}")) if x else 1 for x in numbers)


def inverse(rule: Function, k: int) -> Function | None:
    """Return the function that gives parent k from the others, with the target in its place."""
    if isinstance(rule, Linear):
        weights = -rule.weights / rule.weights[k]
        weights[k] = 1.0 / rule.weights[k]
        return known(Linear, -rule.constant / rule.weights[k] + 0.0, weights)
    if isinstance(rule, Product):
        powers = -rule.powers / rule.powers[k]
        powers[k] = 1.0 / rule.powers[k]
        factor = rule.factor ** (-1.0 / rule.powers[k])
        return known(Product, factor, powers) if np.abs(powers).max() <= HIGHEST else None
    if isinstance(rule, GroupedLinear) and k > 0 and rule.weights[:, k - 1].all():
        own = rule.weights[:, k - 1]
        weights = -rule.weights / own[:, None]
        weights[:, k - 1] = 1.0 / own
        return known(GroupedLinear, rule.edges, -rule.constants / own + 0.0, weights)
    return None
