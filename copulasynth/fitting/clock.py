"""How long a fit takes, stage by stage: the one clock.

Formulas of rows and variables stand in `copulasynth.synthesizers.cost`; here they are put together
for a whole fit and turned into seconds of this machine, whose pace a few milliseconds of measured
work tell (`copulasynth._clock.pace`). ``validation/benchmarks/clock.py`` measures them.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
from narwhals.exceptions import NarwhalsError

from copulasynth._clock import Report, Stage, Whole, pace
from copulasynth.copulas import Cells, Copula, CopulaKnobs
from copulasynth.copulas.api import rough
from copulasynth.fitting import plan
from copulasynth.fitting.rule import Prefer, choose
from copulasynth.marginals.registry import CHOICES
from copulasynth.model.fit import MARGINS, READING
from copulasynth.model.learn import COPULA, MARGINALS
from copulasynth.rows.blocks import Rng
from copulasynth.synthesizers import cost
from copulasynth.synthesizers.registry import expected_seconds, row_of

if TYPE_CHECKING:
    from copulasynth.copulas import Calibrated

__all__ = ["CALIBRATION", "Shape", "audible", "expected", "foretell", "stages", "told"]

CALIBRATION = "calibration"
#: Rows that tell whether numbers are many, distinct values from which they are, and the share of
#: rows from which on one of them is an atom.
LOOKED_AT, MANY, ATOM = 1000, 40, 0.05
#: Marginals for which no family is tried.
SHAPES = [name for name, choice in CHOICES.items() if choice.kind == "shape"]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a clock and a rule know of a table.

    Attributes
    ----------
    rows, variables : int
        A column with gaps has two variables.
    numbers : int
        Columns of many different numbers, for which families of marginals are tried.
    ordered : int
        Columns of numbers and times, among which relations are looked for.
    atoms : int
        Columns of many different numbers of which one is common: rules make a part of it.
    gaps : bool
        Whether a column has gaps.
    """

    rows: int
    variables: int
    numbers: int
    ordered: int = 0
    atoms: int = 0
    gaps: bool = False

    @classmethod
    def of(cls, df: Any, marginals: object = "auto") -> "Shape":
        """Look at a table, but not at all of its rows; a shape of marginals tries no families.

        Examples
        --------
        >>> from copulasynth.datasets import simulate_telecom
        >>> Shape.of(simulate_telecom(300, rng=1))
        Shape(rows=300, variables=24, numbers=9, ordered=16, atoms=5, gaps=True)
        """
        try:
            return cls._of(nw.from_native(df, eager_only=True), marginals)
        except (TypeError, AttributeError, NarwhalsError, ValueError, ArithmeticError, LookupError):
            # what is no table, or has odd names or values, the fit itself refuses and says why
            return cls(0, 0, 0)

    @classmethod
    def _of(cls, frame: "nw.DataFrame[Any]", marginals: object) -> "Shape":
        columns = list(frame.iter_columns())
        gaps = sum(bool(c.null_count() > 0) for c in columns)
        ordered = sum(c.dtype.is_numeric() or c.dtype.is_temporal() for c in columns)
        few = [c.head(LOOKED_AT).drop_nulls() for c in columns if c.dtype.is_numeric()]
        numbers = [c for c in few if c.n_unique() > MANY]
        most = [int(c.value_counts(sort=True)["count"][0]) for c in numbers]
        atoms = sum(k >= ATOM * len(c) for k, c in zip(most, numbers, strict=True))
        tried = 0 if marginals in SHAPES else len(numbers)
        return cls(len(frame), len(columns) + gaps, tried, ordered, atoms, gaps > 0)


def stages(made: object, shape: Shape, prefer: Prefer = "fidelity") -> dict[str, float]:
    """Return about how many seconds of this machine each stage of a fit takes, in order.

    Parameters
    ----------
    made : knobs, an object or str
        ``"auto"`` and ``"search"`` choose among copulas.
    shape : Shape
    prefer : {"fidelity", "privacy", "speed"}

    Examples
    --------
    >>> list(stages("auto", Shape(5000, 20, 10)))
    ['columns and rules', 'marginals', 'copula', 'calibration', 'margins']
    """
    n, d = shape.rows, shape.variables
    if made == "auto":
        made = choose(n, d, prefer).knobs
    if made == "search":
        found = _searched(shape)
    elif row_of(made).kind == "copula":
        found = _whole(made, shape)
    else:
        found = {READING: _reading(shape), "fit": expected_seconds(made, n, d)}
    return {stage: seconds * pace() for stage, seconds in found.items()}


def _whole(made: object, shape: Shape) -> dict[str, float]:
    n, d = shape.rows, shape.variables
    calibrated = row_of(made).calibrated
    return {
        READING: _reading(shape),
        MARGINALS: cost.marginals(n, d, shape.numbers),
        # a rule turns a number with an atom into what there is and how much
        **_copula(made, n, d + shape.atoms),
        MARGINS: cost.margins(d, gaps=shape.gaps, atoms=shape.atoms, calibrated=calibrated),
    }


def _reading(shape: Shape) -> float:
    return cost.reading(shape.rows, shape.variables, shape.ordered, shape.atoms)


def _copula(made: object, n: int, d: int) -> dict[str, float]:
    if not row_of(made).calibrated:
        return {COPULA: expected_seconds(made, n, d)}
    knobs = cast("Calibrated", made)
    seconds = expected_seconds(knobs.base, n, d)
    return {COPULA: seconds, CALIBRATION: cost.calibration(knobs, n, d)}


def _searched(shape: Shape) -> dict[str, float]:
    """Return the seconds of halves and marginals, of each candidate, and of the chosen one."""
    n, d = shape.rows, shape.variables
    tried = plan.candidates(d)
    slowest = max((knobs for _, knobs in tried), key=lambda knobs: expected_seconds(knobs, n, d))
    whole = _whole(slowest, shape)
    if plan.too_few(n, d):
        return whole
    half = min(n // 2, plan.HALF)
    foretold = plan.foretold([knobs for _, knobs in tried], half, d)
    trying = {f"trying {name}": s for (name, _), s in zip(tried, foretold, strict=True)}
    return {**whole, MARGINALS: 2 * whole[MARGINALS], **trying}


def expected(made: object, n: int, d: int) -> float:
    """Return about how many seconds of this machine a fit to n rows of d variables takes.

    Not a number where nobody measured.

    Examples
    --------
    >>> expected("auto", 5000, 20) < expected("search", 5000, 20)
    True
    """
    return sum(stages(made, Shape(n, d, d // 2, d // 2, d // 8)).values())


def foretell(what: str, found: dict[str, float], fits: int = 1) -> Whole:
    """Return the line that says what is fitted, and how long that takes in all."""
    return Whole(f"fitting {what}", fits * sum(found.values()))


def told(found: dict[str, float], report: Report) -> Report:
    """Return what reports each stage by its name, with the seconds that were foretold."""
    return lambda stage: report(Stage(stage, found.get(stage, float("nan"))))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Then:
    """Knobs that say when they are fitted, so that what follows them begins."""

    knobs: CopulaKnobs
    begin: Report
    stage: str

    def __repr__(self) -> str:
        # a model keeps what was fitted, not who listened
        return repr(self.knobs)

    def rough(self) -> "_Then":
        return replace(self, knobs=rough(self.knobs))

    def fit(self, cells: Cells, /, *, rng: Rng = None) -> Copula:
        fitted = self.knobs.fit(cells, rng=rng)
        self.begin(self.stage)
        return fitted


def audible(made: CopulaKnobs, begin: Report) -> CopulaKnobs:
    """Return knobs that fit the same, and say when a calibration begins."""
    if not row_of(made).calibrated:
        return made
    knobs = cast("Calibrated", made)
    return replace(knobs, base=_Then(knobs.base, begin, CALIBRATION))
