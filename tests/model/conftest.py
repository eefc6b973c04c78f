"""A table of mixed columns, and every kind of copula."""

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.copulas import Gaussian, Mixture, Student, Tree, Vine

KNOBS = {
    "gaussian": Gaussian(),
    "student": Student(df=5.0),
    "tree": Tree(),
    "vine": Vine(),
    "mixture": Mixture(k=3),
    "blend": cs.Blend((Gaussian(), Tree())),
    "calibrated": cs.Calibrated(Gaussian(), pool=10),
}


def make_table(n: int, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    z = rng.multivariate_normal(np.zeros(3), 0.5 + 0.5 * np.eye(3), n)
    age = np.clip(np.round(45 + 14 * z[:, 0]), 18, 90).astype(int)
    income = np.round(np.exp(8 + 0.5 * z[:, 1]), 2)
    income[rng.random(n) < 0.15] = np.nan
    plan = np.array(["basic", "flat", "plus", "pro"])[np.digitize(z[:, 2], [-1, 0, 1])]
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 366, n), "D")
    return pd.DataFrame({"age": age, "income": income, "plan": plan, "day": day})


@pytest.fixture(scope="session")
def people():
    return make_table


@pytest.fixture(scope="session", params=KNOBS)
def knobs(request):
    return KNOBS[request.param]
