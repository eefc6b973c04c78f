"""The models of the package `copulas`, fitted as their users do, in the same interface."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from copulasynth import _knobs
from copulasynth._arrays import Floats
from copulasynth._masking import without_values
from copulasynth.errors import DataError, FitWarning, MissingExtraError
from copulasynth.model import Model
from copulasynth.schema import Schema, Tabular
from copulasynth.synthesizers.fitted import Rng, fit_sampler
from copulasynth.synthesizers.training_rows import Layout

__all__ = ["CopulasGaussian", "CopulasVine", "PeerSampler"]


@dataclass(frozen=True, slots=True)
class CopulasGaussian:
    """``copulas.multivariate.GaussianMultivariate`` on encoded variables (extra ``copulas``).

    That package takes complete numbers only. Codes stand for levels, and a missing value is
    replaced by a random observed one; whether it is missing is one more number, which is rounded.

    Parameters
    ----------
    distribution : str, optional
        Name of a class of ``copulas.univariate``, such as ``"GaussianKDE"``; the package chooses
        one a column if not given.
    """

    distribution: str | None = None

    @_knobs.taking
    def fit(self, df: Tabular, *, schema: Schema | None = None, rng: Rng = None) -> Model:
        """Fit to a table; MissingExtraError if `copulas` is not installed."""

        def make() -> Any:
            model = _package("copulas.multivariate").GaussianMultivariate
            if self.distribution is None:
                return model()
            return model(distribution=getattr(_package("copulas.univariate"), self.distribution))

        return _fit(df, self, make, schema, rng)


@dataclass(frozen=True, slots=True)
class CopulasVine:
    """``copulas.multivariate.VineCopula`` on encoded variables (extra ``copulas``).

    It draws row by row in Python, some hundred rows a second.

    Parameters
    ----------
    vine_type : {"regular", "center", "direct"}
    """

    vine_type: Literal["regular", "center", "direct"] = "regular"

    def __post_init__(self) -> None:
        _knobs.one_of(self, "vine_type", self.vine_type, ("regular", "center", "direct"))

    @_knobs.taking
    def fit(self, df: Tabular, *, schema: Schema | None = None, rng: Rng = None) -> Model:
        """Fit to a table; MissingExtraError if `copulas` is not installed."""
        return _fit(
            df,
            self,
            lambda: _package("copulas.multivariate").VineCopula(self.vine_type),
            schema,
            rng,
        )


@dataclass(frozen=True, slots=True, eq=False)
class PeerSampler:
    """A fitted model of `copulas` and what its columns stand for."""

    fitted: Any
    layout: Layout
    #: True: its kernel densities and vines keep whole training columns.
    holds_training_rows: ClassVar[bool] = True

    @property
    def dim(self) -> int:
        return self.layout.dim

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        """Draw n rows as (dim, n); codes are rounded, values kept within natural bounds."""
        self.fitted.set_random_state(int(rng.integers(2**31)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            x = np.array(self.fitted.sample(n), dtype=np.float64).T.copy()
        layout = self.layout
        low = np.where(layout.categorical, 0.0, layout.lower)
        high = np.where(layout.categorical, layout.levels - 1.0, layout.upper)
        x[layout.categorical] = np.rint(x[layout.categorical])
        np.clip(x, low[:, None], high[:, None], out=x)
        layout.blank(x)
        return x


def _fit(
    df: Tabular, knobs: object, make: Callable[[], Any], schema: Schema | None, rng: Rng
) -> Model:
    def learn(x: Floats, layout: Layout, rng: np.random.Generator) -> PeerSampler:
        x = x.copy()
        for j in range(layout.dim):
            gone = np.isnan(x[:, j])
            if gone.all():
                x[:, j] = 0.0
            elif gone.any():
                x[gone, j] = rng.choice(x[~gone, j], size=int(gone.sum()))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            fitted = make()
            try:
                fitted.fit(pd.DataFrame(x, columns=[f"v{j}" for j in range(layout.dim)]))
            except (ValueError, np.linalg.LinAlgError, AttributeError) as e:
                raise DataError(
                    f"{knobs!r}: the package `copulas` cannot fit this table: {e}"
                ) from e
        for text in sorted({str(w.message) for w in caught}):
            warnings.warn(f"{knobs!r}: {without_values(text)}", FitWarning, stacklevel=2)
        return PeerSampler(fitted, layout)

    _package("copulas")
    return fit_sampler(df, knobs, learn, schema=schema, rng=rng, hold=False)


def _package(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as e:
        raise MissingExtraError(
            "the package `copulas` (BUSL-1.1) is not installed; "
            'run: pip install "copulasynth[copulas]"'
        ) from e
