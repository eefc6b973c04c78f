"""The catalogue of fitted copulas that the battery holds to the same laws.

A new copula appends a name and a function without arguments that makes one of at most 5
variables; see `test_battery.py` for what is asked of it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from copulasynth.copulas import (
    Gaussian,
    GaussianCopula,
    IndependenceCopula,
    StudentCopula,
    cells_of,
)

R = np.array(
    [[1.0, 0.6, 0.3, -0.4], [0.6, 1.0, 0.5, 0.0], [0.3, 0.5, 1.0, 0.2], [-0.4, 0.0, 0.2, 1.0]]
)
R2 = np.array([[1.0, 0.7], [0.7, 1.0]])


def fitted_gaussian() -> GaussianCopula:
    x = np.random.default_rng(0).standard_normal((300, 4)) @ np.linalg.cholesky(R).T
    return Gaussian().fit(
        cells_of(x.round(), np.zeros(4, dtype=bool)), rng=np.random.default_rng(1)
    )


INSTANCES: dict[str, Callable[[], Any]] = {
    "independence": lambda: IndependenceCopula(3),
    "gaussian of one variable": lambda: GaussianCopula(np.ones((1, 1))),
    "gaussian of two variables": lambda: GaussianCopula(R2),
    "gaussian": lambda: GaussianCopula(R),
    "fitted gaussian": fitted_gaussian,
    "student of two variables": lambda: StudentCopula(R2, 3.0),
    "student": lambda: StudentCopula(R, 5.5, se_df=0.4, loglik=12.0),
    "student near its end": lambda: StudentCopula(R, 100.0),
}


def instances() -> dict[str, Any]:
    """Return every copula of the catalogue by name."""
    return {name: make() for name, make in INSTANCES.items()}


@pytest.fixture(scope="module", params=list(INSTANCES))
def copula(request: pytest.FixtureRequest) -> Any:
    """One copula of the catalogue after the other."""
    return INSTANCES[request.param]()
