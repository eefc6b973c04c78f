"""Any object with fit and sample, held to the same interface."""

import copy
import warnings
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from copulasynth import _knobs
from copulasynth._arrays import Floats
from copulasynth.errors import DataError, FitWarning
from copulasynth.model import Model
from copulasynth.schema import Schema, Tabular
from copulasynth.synthesizers.fitted import Rng, fit_sampler
from copulasynth.synthesizers.method import parameters
from copulasynth.synthesizers.training_rows import Layout

__all__ = ["External", "ExternalSampler"]

#: Names under which generators take a seed.
SEEDS = ("rng", "random_state", "seed")


@dataclass(frozen=True, slots=True)
class External:
    """Wrap someone else's generator: any object with ``fit(df)`` and ``sample(n)``.

    The object is copied before it is fitted, so that nothing of the caller's changes. Its rows
    come back through the schema of the training table: in its column order, types and decimals.
    A seed is passed on where ``sample`` takes one (``rng``, ``random_state`` or ``seed``) or the
    object has ``set_random_state``; otherwise a warning says that rows cannot be repeated.

    Parameters
    ----------
    obj : object
        Its ``fit`` may return the fitted object or None.

    Examples
    --------
    >>> import pandas as pd
    >>> class Shuffle:
    ...     def fit(self, df):
    ...         self.df = df
    ...     def sample(self, n, random_state):
    ...         return self.df.sample(n, replace=True, random_state=random_state)
    >>> df = pd.DataFrame({"a": [1, 2, 3]})
    >>> External(Shuffle()).fit(df).sample(5, rng=0).shape
    (5, 1)
    """

    obj: Any

    def __post_init__(self) -> None:
        for method in ("fit", "sample"):
            if not callable(getattr(self.obj, method, None)):
                raise TypeError(
                    f"External wraps objects with fit and sample; {type(self.obj).__name__} has "
                    f"no method {method!r}"
                )

    def __repr__(self) -> str:
        return f"External({type(self.obj).__name__})"

    @_knobs.taking
    def fit(self, df: Tabular, *, schema: Schema | None = None, rng: Rng = None) -> Model:
        """Fit a copy of the object to the table as it is; the object does not see the schema.

        Warns
        -----
        FitWarning
            If the object takes no seed.
        """
        known = Schema.infer(df) if schema is None else schema

        def learn(x: Floats, layout: Layout, rng: np.random.Generator) -> ExternalSampler:
            ours = copy.deepcopy(self.obj)
            fitted = ours.fit(df, **_seed(ours.fit, rng))
            fitted = fitted if callable(getattr(fitted, "sample", None)) else ours
            if _takes(fitted.sample) is None and not hasattr(fitted, "set_random_state"):
                warnings.warn(
                    f"{self!r}: sample takes no seed, so its rows cannot be repeated",
                    FitWarning,
                    stacklevel=2,
                )
            return ExternalSampler(known, fitted)

        return fit_sampler(df, self, learn, schema=known, rng=rng, hold=False)


@dataclass(frozen=True, slots=True, eq=False)
class ExternalSampler:
    """A fitted foreign generator, whose rows are encoded as they come.

    It is seeded by block but draws a block as it likes: a short sample need not be the head of a
    longer one.
    """

    schema: Schema
    fitted: Any
    #: True: nobody here knows, so the worst is assumed.
    holds_training_rows: ClassVar[bool] = True

    @property
    def dim(self) -> int:
        return len(self.schema.variables)

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        """Draw n rows as (dim, n).

        Raises
        ------
        DataError
            If the object returns another number of rows, or values that the schema does not know.
        """
        if _takes(self.fitted.sample) is None and hasattr(self.fitted, "set_random_state"):
            self.fitted.set_random_state(int(rng.integers(2**31)))
        x = self.schema.encode(self.fitted.sample(n, **_seed(self.fitted.sample, rng)))
        if len(x) != n:
            raise DataError(f"{type(self.fitted).__name__} returned {len(x)} rows, not {n}")
        return np.ascontiguousarray(x.T)


def _takes(method: Any) -> str | None:
    """Return the name under which a method takes a seed."""
    known = parameters(method)
    return next((name for name in SEEDS if name in known), None)


def _seed(method: Any, rng: np.random.Generator) -> dict[str, Any]:
    name = _takes(method)
    if name is None:
        return {}
    return {name: rng if name == "rng" else int(rng.integers(2**31))}
