"""A small model, and a folder of its rows that was never stopped."""

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from tests.rows.folders import N


@pytest.fixture(scope="session")
def model():
    rng = np.random.default_rng(1)
    z = rng.normal(size=(300, 2))
    table = pd.DataFrame(
        {
            "x": z[:, 0].round(2),
            "region": np.where(z[:, 1] > 0, "Süd/West", np.where(z[:, 1] > -1, "North", None)),
        }
    )
    return cs.fit(table, copula="independence", marginals="spline", rng=1)


@pytest.fixture(scope="session")
def whole(model, tmp_path_factory):
    """A dataset that was never stopped."""
    path = tmp_path_factory.mktemp("whole") / "out"
    model.write(f"{path}/", N, rng=7, rows_per_file=1)
    return path
