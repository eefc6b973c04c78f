"""The rule of "auto": from the shape of a table to one copula with its knobs, and why.

A search among seven candidates was slower by ten times and chose no better on real tables, so the
default looks at the shape alone: nothing is fitted twice, and the same shape always gets the same
copula. `copulasynth.fitting.search` is there for who wants the choice made on the rows.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from copulasynth._arrays import generator
from copulasynth.copulas import Cells, Copula, CopulaKnobs
from copulasynth.copulas.tree.sizes import leaf_sizes
from copulasynth.errors import FitWarning, VariableError
from copulasynth.rows.blocks import Rng

__all__ = ["FEWEST", "PREFER", "WIDE", "WIDEST", "Named", "Prefer", "Ruled", "chain", "choose"]

Prefer = Literal["fidelity", "privacy", "speed"]
PREFER = get_args(Prefer)

#: How many times as large leaves are under prefer="privacy" as those that suit a table.
PRIVATE = 2
#: Fewer rows say too little for trees.
FEWEST = 200
#: Beyond so many variables each looks at few others only; beyond `WIDEST`, trees take too long.
WIDE, PARENTS, WIDEST = 60, 12, 150


@dataclass(frozen=True, slots=True)
class Named:
    """A copula that a rule names: what the registry calls it, its knobs, and the reason."""

    name: str
    knobs: CopulaKnobs
    why: str

    def row(self, chosen: bool, why: str = "") -> dict[str, str | int | float | bool | None]:
        """Return a row of the table of what was tried."""
        return {"candidate": self.name, "chosen": chosen, "why": why or self.why}


def choose(rows: int, variables: int, prefer: Prefer = "fidelity") -> Named:
    """Return the copula for a table of so many rows and variables.

    Examples
    --------
    >>> choose(2500, 20).why
    '2,500 rows of 20 variables are enough for trees with leaves of about 20 rows'
    >>> choose(100, 20).why
    '100 rows are too few for trees (fewer than 200)'
    """
    if variables < 2:
        few = f"{variables} variable{'' if variables == 1 else 's'}"
        return _independent(f"{few} and no dependence")
    if prefer == "speed":
        return _gaussian("prefer='speed': normal scores and their correlations are the quickest")
    if rows < FEWEST:
        return _gaussian(f"{rows} rows are too few for trees (fewer than {FEWEST})")
    if variables > WIDEST:
        return _gaussian(f"{variables} variables are too wide for trees (more than {WIDEST})")
    return _trees(rows, variables, prefer)


def chain(first: Named) -> list[Named]:
    """Return a choice and what takes its place should it not fit, ending in independence."""
    instead = f"instead of {first.name}, which cannot be fitted"
    rest = [_gaussian(instead), _independent("nothing else can be fitted")]
    return [first, *(c for c in rest if c.name != first.name)]


def _trees(rows: int, variables: int, prefer: Prefer) -> Named:
    # scikit-learn loads with them
    from copulasynth.copulas import Calibrated, Tree

    tree = Tree(parents=PARENTS) if variables > WIDE else Tree()
    leaf = leaf_sizes(rows, variables, tree.bags)[0]
    if prefer == "privacy":
        # a table has room for several leaves
        leaf = max(leaf, min(PRIVATE * leaf, rows // 5))
        tree = replace(tree, leaf=leaf)
    wide = variables > WIDE
    larger = f", {PRIVATE} times as large for prefer='privacy'" if prefer == "privacy" else ""
    about = "" if tree.leaf else "about "
    looked = f", each looking at {PARENTS} others" if wide else ""
    why = (
        f"{rows:,} rows of {variables} variables{looked} are enough for trees with leaves of "
        f"{about}{leaf} rows{larger}"
    )
    return Named("tree + calibration", Calibrated(tree), why)


def _gaussian(why: str) -> Named:
    from copulasynth.copulas import Gaussian

    return Named("gaussian", Gaussian(), why)


def _independent(why: str) -> Named:
    from copulasynth.copulas import Independence

    return Named("independence", Independence(), why)


@dataclass(frozen=True, slots=True, eq=False)
class Ruled:
    """Knobs of a copula that the rule names when it sees the cells, and what stands in for it.

    Attributes
    ----------
    prefer : {"fidelity", "privacy", "speed"}
    begin : callable
        From a choice to knobs that tell how their fit goes on; called before each fit.
    tried : list
        Rows of the table of what was tried, and the choice: filled by the first fit.
    """

    prefer: Prefer
    begin: Callable[[Named], CopulaKnobs] = lambda choice: choice.knobs
    tried: list[tuple[Named, dict[str, Any]]] = field(default_factory=list)

    def fit(self, cells: Cells, /, *, rng: Rng = None) -> Copula:
        """Fit the first of the chain that can be fitted; warn of those that cannot."""
        rng = generator(rng)
        choices = chain(choose(cells.n, cells.dim, self.prefer))
        seen = []
        for choice, child in zip(choices, rng.spawn(len(choices)), strict=True):
            try:
                fitted = self.begin(choice).fit(cells, rng=child)
            except Exception as e:
                # whatever it is, the default ends in a model: it is warned of and kept. Variables
                # of one value are set apart by the caller, who fits again
                alone = e.variables if isinstance(e, VariableError) else ()
                if choice is choices[-1] or 0 < len(alone) < cells.dim:
                    raise
                seen.append((choice, choice.row(False, f"cannot be fitted: {e}")))
                _say(choice, e)
                continue
            self.tried[:] = self.tried or [*seen, (choice, choice.row(True))]
            return fitted
        raise AssertionError("a chain ends in what is fitted or raises")


def _say(choice: Named, error: Exception) -> None:
    warnings.warn(
        f"the rule of copula='auto' names {choice.name}, which cannot be fitted to this table "
        f"({error}); a simpler copula is fitted instead",
        FitWarning,
        stacklevel=4,
    )
