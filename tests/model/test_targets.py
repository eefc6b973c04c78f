"""What is known of a table comes back from every model: the figures that were promised."""

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth import copulas
from copulasynth.copulas import Calibrated, tail_curve

N, DRAWN = 10_000, 50_000
R = np.array(
    [
        [1.0, 0.80, 0.51, -0.49],
        [0.80, 1.0, 0.30, -0.40],
        [0.51, 0.30, 1.0, -0.10],
        [-0.49, -0.40, -0.10, 1.0],
    ]
)
MEANS = {"north": 3.0, "east": -3.0, "south": 2.0, "west": -2.0}
NAMES = ("Gaussian", "Student", "Vine", "Tree", "Mixture")


def drawn_from(df: pd.DataFrame, copula: object) -> pd.DataFrame:
    return cs.fit(df, copula=copula, marginals="spline", rng=1).sample(DRAWN, rng=1)


@pytest.fixture(scope="module")
def normal() -> pd.DataFrame:
    z = np.random.default_rng(1).multivariate_normal(np.zeros(4), R, N)
    return pd.DataFrame(z, columns=list("abcd"))


@pytest.fixture(scope="module")
def grouped() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    region = rng.choice(list(MEANS), N)
    y = pd.Series(region).map(MEANS).to_numpy() + rng.standard_normal(N)
    return pd.DataFrame({"region": region, "y": y})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("calibrated", [False, True])
def test_correlations_of_a_normal_sample_come_back(normal, name, calibrated):
    made = getattr(copulas, name)()
    drawn = drawn_from(normal, Calibrated(made) if calibrated else made)
    assert np.abs(drawn.corr() - normal.corr()).to_numpy().max() < 0.02


@pytest.mark.parametrize("copula", [copulas.Tree(), copulas.Mixture(), Calibrated(copulas.Vine())])
def test_group_means_of_a_nominal_column_come_back(grouped, copula):
    back = drawn_from(grouped, copula).groupby("region")["y"].mean()
    assert (back - grouped.groupby("region")["y"].mean()).abs().max() < 0.1


def test_no_copula_of_one_correlation_can_keep_those_group_means_and_calibration_can(grouped):
    truth = grouped.groupby("region")["y"].mean()
    # perfect dependence gives the groups the quarters of y, whose means are farther apart
    y = np.sort(grouped["y"].to_numpy())
    quarters = [part.mean() for part in np.array_split(y, 4)]
    assert np.abs(np.array(quarters) - np.sort(truth.to_numpy())).max() > 0.3
    back = drawn_from(grouped, Calibrated(copulas.Gaussian())).groupby("region")["y"].mean()
    # four groups of .05 to .1; twice the promise, for one seed
    assert (back - truth).abs().max() < 0.2


def chi(df: pd.DataFrame) -> float:
    return float(tail_curve(df["after"].to_numpy(), df["before"].to_numpy(), q=[0.95]).chi[0])


@pytest.mark.parametrize("copula", ["student", "vine", "tree", "mixture"])
def test_tail_dependence_of_the_usage_pair_comes_back(copula):
    pair = cs.datasets.simulate_telecom_pair(rng=1)
    assert abs(chi(drawn_from(pair, copula)) - chi(pair)) < 0.03


@pytest.mark.slow
def test_the_automatic_choice_keeps_the_tail_dependence_of_the_usage_pair():
    pair = cs.datasets.simulate_telecom_pair(rng=1)
    assert abs(chi(drawn_from(pair, "auto")) - chi(pair)) < 0.03
