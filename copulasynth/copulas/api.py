"""What every fitted copula offers, what it is fitted to, and the scale on which it draws."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from numpy.random import Generator
from scipy.special import ndtr, ndtri

from copulasynth._arrays import Bools, Floats, Ints, Seed

__all__ = [
    "NORMAL",
    "UNIFORM",
    "Cells",
    "Conditional",
    "Copula",
    "CopulaKnobs",
    "Edge",
    "Interpreted",
    "Mapped",
    "Scale",
    "Summary",
    "Transform",
    "are_knobs",
    "holds_interpreter",
    "mapped",
]


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Probability intervals [F(x-), F(x)] of a table's observed values, from ranks alone.

    Attributes
    ----------
    lower, upper : (n, d) float64
        The interval of each value in [0, 1]. A missing value has the whole interval (0, 1):
        it says nothing, and a latent score is imputed for it. A value without ties has an
        interval of width 1 / n.
    nominal : (d,) bool
        Variables whose order carries no meaning of its own (levels of a nominal column).
    """

    lower: Floats
    upper: Floats
    nominal: Bools

    @property
    def n(self) -> int:
        return int(self.lower.shape[0])

    @property
    def dim(self) -> int:
        return int(self.lower.shape[1])

    @property
    def mid(self) -> Floats:
        """Midpoints of the cells, (n, d); .5 where a value is missing."""
        return 0.5 * (self.lower + self.upper)


@dataclass(frozen=True, slots=True)
class Scale:
    """A strictly increasing map of (0, 1) onto (lo, hi), on which a copula likes to draw.

    A Gaussian copula draws normal scores; going through u only to take a quantile again would
    cost two transcendental functions a number.
    """

    lo: float
    hi: float
    to_unit: Callable[[Floats], Floats]
    from_unit: Callable[[Floats], Floats]


def _identity(u: Floats) -> Floats:
    return u


UNIFORM = Scale(0.0, 1.0, _identity, _identity)
NORMAL = Scale(-8.5, 8.5, ndtr, ndtri)


@dataclass(frozen=True, slots=True)
class Edge:
    """A pair copula of a vine as one row of a table.

    Attributes
    ----------
    tree : int
        Tree, from 1.
    conditioned, conditioning : tuple of int
        Column numbers of the pair and of the variables that it is given.
    family, rotation : str, int
        As in vinecopulib.
    parameters, errors : tuple of float
        Parameters and their standard errors; empty for "tll". Errors are conditional on the
        trees below (step-wise estimation) and empty where maximum likelihood gives none.
    tau, lower_tail, upper_tail : float
        Kendall's tau and tail dependence of the pair copula; the tails are NaN for "tll".
    cross_tails : (float, float)
        Tail dependence of the low first with the high second variable, and the other way round.
    npars, loglik : float
        Number of parameters, effective for "tll", and log-likelihood.
    """

    tree: int
    conditioned: tuple[int, int]
    conditioning: tuple[int, ...]
    family: str
    rotation: int
    parameters: tuple[float, ...]
    errors: tuple[float, ...]
    tau: float
    lower_tail: float
    upper_tail: float
    cross_tails: tuple[float, float]
    npars: float
    loglik: float

    @property
    def label(self) -> str:
        """The edge as statisticians write it, such as "2,0|1"."""
        given = "|" + ",".join(map(str, self.conditioning)) if self.conditioning else ""
        return f"{self.conditioned[0]},{self.conditioned[1]}{given}"


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """What a fitted copula says of itself; what its kind does not have is None or empty.

    Attributes
    ----------
    kind : str
        Name of the kind, such as "gaussian"; capitalised, its choices in `copulasynth.copulas`.
    numbers : dict
        What describes the copula as a whole, by name: degrees of freedom, likelihood and so on.
    correlation, tail_dependence : (d, d) float64 or None
        Of all pairs, where the copula has them as parameters.
    edges : tuple of Edge, or None
        Pair copulas of a vine, tree by tree.
    parts : tuple of (float, Copula)
        What a blend draws from, each with its share of the rows.
    base : Copula or None
        What a calibration tilts.
    tilted : (p, 2) int64 or None
        Pairs of variables that a calibration tilts.
    """

    kind: str
    numbers: dict[str, float] = field(default_factory=dict)
    correlation: Floats | None = None
    tail_dependence: Floats | None = None
    edges: tuple[Edge, ...] | None = None
    parts: tuple[tuple[float, "Copula"], ...] = ()
    base: "Copula | None" = None
    tilted: Ints | None = None


@runtime_checkable
class Copula(Protocol):
    """A fitted copula on (0, 1)^dim: immutable; pseudo-observations u, uniforms w are (n, dim)."""

    @property
    def dim(self) -> int: ...

    def logpdf(self, u: Floats, /) -> Floats:
        """Return the log density at each row, shape (n,)."""

    def scale(self, j: int, /) -> Scale:
        """Return the scale on which `draw` returns variable j."""

    def draw(self, n: int, /, rng: Generator) -> Floats:
        """Draw n rows, returned as (dim, n) with variable j on `scale(j)`.

        Prefix-stable: the first m rows of `draw(n, rng)` are `draw(m, rng)` of the same seed.
        """

    def summary(self) -> Summary:
        """Return what describes the copula."""


@runtime_checkable
class Transform(Copula, Protocol):
    """A copula with a Rosenblatt transform."""

    def rosenblatt(self, u: Floats, /) -> Floats:
        """Map rows of the copula to independent uniforms, (n, dim) -> (n, dim)."""

    def inverse_rosenblatt(self, w: Floats, /) -> Floats:
        """Map independent uniforms to rows of the copula, (n, dim) -> (n, dim)."""


@runtime_checkable
class Conditional(Copula, Protocol):
    """A copula that draws rows whose variables stay inside a box."""

    def draw_given(self, n: int, /, rng: Generator, lower: Floats, upper: Floats) -> Floats:
        """Draw n rows with lower <= u <= upper, (dim,) each, returned as by `draw`.

        Equal bounds fix a variable at a point, (0, 1) leaves it free; every row has its own draw
        of a cell.
        """


@runtime_checkable
class Interpreted(Protocol):
    """A copula that knows whether its draws are steps so small that threads wait for each other."""

    @property
    def holds_interpreter(self) -> bool: ...


def holds_interpreter(copula: Copula) -> bool:
    """Return whether draws in several threads wait for the interpreter's lock most of the time."""
    return isinstance(copula, Interpreted) and copula.holds_interpreter


@runtime_checkable
class Mapped(Copula, Protocol):
    """A copula whose margins are uniform by a map in few steps, and so only nearly."""

    @property
    def mapped(self) -> bool: ...


def mapped(copula: Copula) -> bool:
    """Return whether margins of a copula are uniform by a map in few steps."""
    return isinstance(copula, Mapped) and copula.mapped


@runtime_checkable
class CopulaKnobs(Protocol):
    """A frozen set of choices; `fit` returns a new fitted copula and never changes the knobs."""

    def fit(self, cells: Cells, /, *, rng: Seed = None) -> Copula: ...


@runtime_checkable
class Rough(CopulaKnobs, Protocol):
    """Knobs whose copulas make their margins uniform by a map, which can be left out."""

    def rough(self) -> CopulaKnobs:
        """Return knobs of the same copulas with margins as they come, for who maps them later."""


def rough(knobs: CopulaKnobs) -> CopulaKnobs:
    """Return knobs whose copulas need not have uniform margins, where there are such."""
    return knobs.rough() if isinstance(knobs, Rough) else knobs


def are_knobs(value: object) -> bool:
    """Whether a value is copula knobs, and not their class."""
    return isinstance(value, CopulaKnobs) and not isinstance(value, type)
