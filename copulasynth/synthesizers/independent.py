"""Independent marginals: every column right, no dependence. The other end of every comparison."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from copulasynth import _knobs
from copulasynth.copulas import CopulaKnobs
from copulasynth.copulas.independence import Independence
from copulasynth.model import Model, fit_joint
from copulasynth.schema import Schema, Tabular
from copulasynth.synthesizers.fitted import Rng

__all__ = ["CopulaSynthesizer", "IndependentMarginals"]


@dataclass(frozen=True, slots=True)
class IndependentMarginals:
    """Draw each column on its own.

    Whatever a metric says about this method is what it cannot see of dependence.

    Parameters
    ----------
    marginals : str or mapping
        As in :func:`copulasynth.fit`.
    """

    marginals: str | Mapping[Any, str] = "auto"

    @_knobs.taking
    def fit(self, df: Tabular, *, schema: Schema | None = None, rng: Rng = None) -> Model:
        """Fit the marginals of a table and leave out the dependence."""
        return fit_joint(
            df, copula=Independence(), marginals=self.marginals, schema=schema, rng=rng
        )


@dataclass(frozen=True, slots=True)
class CopulaSynthesizer:
    """A joint model with a chosen copula, in the form in which methods are compared.

    Parameters
    ----------
    copula : copula knobs, optional
        Such as ``Gaussian()``, ``Student()`` or ``Vine(truncation=3)``; Gaussian if not given.
    marginals : str or mapping
        As in :func:`copulasynth.fit`.
    """

    copula: CopulaKnobs | None = None
    marginals: str | Mapping[Any, str] = field(default="auto")

    @_knobs.taking
    def fit(self, df: Tabular, *, schema: Schema | None = None, rng: Rng = None) -> Model:
        """Fit marginals and copula; see :func:`copulasynth.fit`."""
        return fit_joint(df, copula=self.copula, marginals=self.marginals, schema=schema, rng=rng)
