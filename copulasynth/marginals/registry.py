"""One table of what may be asked of a marginal: rules, shapes without parameters, families.

A run file, the command line, a mapping of `copulasynth.fit` and the documents read it. A family
of continuous laws is one entry of `catalogue`; any other is one row here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.errors import DataError, did_you_mean
from copulasynth.marginals._api import Marginal
from copulasynth.marginals.catalogue import FAMILIES
from copulasynth.marginals.count import COUNTS, fit_count
from copulasynth.marginals.mixture import MIXTURES, fit_mixture
from copulasynth.marginals.parametric import fit_parametric

__all__ = ["CHOICES", "Choice", "check_choice", "check_marginals", "families", "table"]

Build = Callable[[Floats, str, float, float, bool], Marginal]


@dataclass(frozen=True, slots=True)
class Choice:
    """A marginal that can be asked for by name.

    Attributes
    ----------
    name : str
    about : str
    kind : {"rule", "shape", "family"}
        Whether it chooses among others, follows the data without parameters, or has parameters.
    support : (float, float)
    discrete : bool
        Whether it lives on 0, 1, 2, ... alone.
    tried : bool
        Whether "auto" tries the family.
    build : callable, optional
        Of a family: from values, its name, the natural bounds, and whether to compute standard
        errors, to a marginal.
    """

    name: str
    about: str
    kind: Literal["rule", "shape", "family"] = "family"
    support: tuple[float, float] = (-np.inf, np.inf)
    discrete: bool = False
    tried: bool = False
    build: Build | None = None

    def fit(
        self, x: Floats, lower: float = -np.inf, upper: float = np.inf, *, errors: bool = False
    ) -> Marginal:
        """Fit the family to values.

        Raises
        ------
        ValueError
            If the family cannot have these values, or is none.
        """
        if self.build is None:
            raise ValueError(f"{self.name!r} is no family")
        return self.build(x, self.name, lower, upper, errors)


def _law(x: Floats, name: str, lower: float, upper: float, errors: bool) -> Marginal:
    return fit_parametric(x, name, lower=lower, upper=upper, errors=errors)


def _unbounded(fit: Callable[..., Marginal]) -> Build:
    return lambda x, name, _lower, _upper, errors: fit(x, name, errors=errors)


_mixture, _count = _unbounded(fit_mixture), _unbounded(fit_count)


#: Counts whose estimates are closed, or nearly so.
_QUICK_COUNTS = ("poisson", "geometric", "negative_binomial")
_POSITIVE = (0.0, np.inf)

#: Everything that can be asked for, by name.
CHOICES: dict[str, Choice] = {
    choice.name: choice
    for choice in (
        Choice("auto", "the spline, unless a family is as good on rows left out", "rule"),
        Choice("parametric", "the family of least BIC that is not rejected", "rule"),
        Choice("spline", "atoms and a quantile spline", "shape"),
        Choice("empirical", "smoothed shares; nothing beyond the largest value", "shape"),
        Choice("kernel", "a kernel estimate", "shape"),
        Choice("gpd", "the spline with a generalised Pareto tail", "shape"),
        *(
            Choice(f.name, ", ".join(f.parameters), "family", f.support, False, f.quick, _law)
            for f in FAMILIES.values()
        ),
        *(
            Choice(
                name,
                f"two {base} components",
                support=_POSITIVE if base == "lognormal" else (-np.inf, np.inf),
                build=_mixture,
            )
            for name, base in MIXTURES.items()
        ),
        *(
            Choice(name, ", ".join(names), "family", _POSITIVE, True, name in _QUICK_COUNTS, _count)
            for name, names in COUNTS.items()
        ),
    )
}


def families(*, discrete: bool, tried: bool = False) -> list[str]:
    """Return the names of the families of counts, or of all others.

    Examples
    --------
    >>> families(discrete=True, tried=True)
    ['poisson', 'geometric', 'negative_binomial']
    """
    return [
        c.name
        for c in CHOICES.values()
        if c.kind == "family" and c.discrete == discrete and c.tried >= tried
    ]


def table() -> list[dict[str, str]]:
    """Return the table in words, a row a choice."""
    return [
        {
            "marginal": c.name,
            "what it is": c.about if c.kind != "family" else f"a family: {c.about}",
            "values": _values(c),
            "tried by auto": "yes" if c.tried else "",
        }
        for c in CHOICES.values()
    ]


def check_marginals(marginals: object) -> None:
    """Refuse what is neither the name of a choice nor a mapping of columns to such names.

    Raises
    ------
    DataError
    """
    if isinstance(marginals, Mapping):
        for column, choice in marginals.items():
            check_choice(choice, f"marginals of {column!r}")
    elif isinstance(marginals, str):
        check_choice(marginals, "marginals")
    else:
        raise DataError(
            "marginals: expected a name such as 'auto', or a mapping such as {'income': "
            f"'lognormal'}}, got {marginals!r}."
        )


def _values(choice: Choice) -> str:
    if choice.name == "beta":
        return "between two bounds: declared, else 0 and 1, else estimated"
    return "0, 1, 2, ..." if choice.discrete else "({:g}, {:g})".format(*choice.support)


def check_choice(name: str, where: str) -> None:
    """Refuse a name that is not in the table.

    Raises
    ------
    DataError
        Where it stands, and what could.
    """
    if not isinstance(name, str) or name not in CHOICES:
        raise DataError(f"{where}: no marginal is called {name!r}; {did_you_mean(name, CHOICES)}")
