"""`copulasynth.fit`: from a name or knobs to a fitted joint model."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from copulasynth import copulas
from copulasynth.copulas import CopulaKnobs
from copulasynth.errors import DataError
from copulasynth.model import JointModel, fit_joint
from copulasynth.schema import Schema

__all__ = ["COPULAS", "fit"]

#: The names that `fit(copula=...)` takes, and the knobs that they stand for.
COPULAS = {"independence": "Independence", "gaussian": "Gaussian", "student": "Student"}


def knobs(copula: str | CopulaKnobs) -> CopulaKnobs:
    """Return the knobs that a name stands for; knobs stand for themselves."""
    if not isinstance(copula, str):
        return copula
    if copula == "auto":
        copula = "gaussian"
    if copula not in COPULAS:
        raise DataError(f"copula={copula!r} is unknown; choose one of {['auto', *COPULAS]}.")
    made: CopulaKnobs = getattr(copulas, COPULAS[copula])()
    return made


def fit(
    df: Any,
    *,
    copula: str | CopulaKnobs = "auto",
    marginals: str | Mapping[Any, str] = "auto",
    schema: Schema | None = None,
    rng: int | np.random.Generator | None = None,
) -> JointModel:
    """Fit a joint model to a table.

    Parameters
    ----------
    df : pandas, polars or pyarrow table
        n rows; mixed types and missing values are welcome.
    copula : str or knobs
        ``"independence"``, ``"gaussian"``, ``"student"``, ``"auto"``, or configured knobs such
        as ``Gaussian(shrinkage=0.1)``.
    marginals : str or mapping
        ``"auto"``, ``"parametric"``, ``"empirical"``, the name of a family, or a mapping such as
        ``{"data_mb": "lognormal", "*": "auto"}``.
    schema : Schema, optional
        What the columns are; inferred if not given.
    rng : int, numpy.random.Generator or None
        The seed.

    Returns
    -------
    JointModel

    Raises
    ------
    DataError
        If the table or an argument cannot be used as it is; the message says what to do.

    Examples
    --------
    >>> from copulasynth.datasets import simulate_telecom
    >>> fit(simulate_telecom(300, rng=1), copula="gaussian", rng=1)
    <JointModel: 22 columns, 24 variables, GaussianCopula, fitted to 300 rows>
    """
    return fit_joint(df, copula=knobs(copula), marginals=marginals, schema=schema, rng=rng)
