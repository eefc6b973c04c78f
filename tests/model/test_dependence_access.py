"""What a user sees of the dependence of a fitted model, and how it is tested on a table."""

import io

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import copulasynth as cs
from copulasynth.copulas import Calibrated, Gaussian, Student, Vine
from copulasynth.errors import DataError
from copulasynth.report.inspected import show_model

N = 2000
R = np.array([[1, 0.8, 0.5], [0.8, 1, 0.4], [0.5, 0.4, 1]])


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(1)
    z = rng.multivariate_normal(np.zeros(3), R, N)
    df = pd.DataFrame(z, columns=["a", "b", "c"])
    df["level"] = np.digitize(z[:, 0] + rng.standard_normal(N), [-1, 1]).astype(str)
    df.loc[rng.random(N) < 0.1, "c"] = np.nan
    return df


@pytest.fixture(scope="module")
def tailed():
    rng = np.random.default_rng(2)
    z = rng.multivariate_normal(np.zeros(2), [[1, 0.7], [0.7, 1]], N)
    return pd.DataFrame(z / np.sqrt(rng.chisquare(3, (N, 1)) / 3), columns=["x", "y"])


def fit(df, copula):
    return cs.fit(df, copula=copula, marginals="empirical", rng=1)


def test_the_dependence_table_of_a_gaussian_model_lists_the_strongest_pairs_first(table):
    found = fit(table, "gaussian").dependence_table
    assert found["correlation"].abs().is_monotonic_decreasing
    r = found.set_index(["first", "second"])["correlation"]
    # a correlation of N rows has a standard error of (1 - r^2) / sqrt(N)
    assert abs(r["a", "b"] - 0.8) < 4 * (1 - 0.8**2) / np.sqrt(N)
    assert {"level", "c"} <= {*found["first"], *found["second"]}


def test_the_dependence_table_of_a_vine_has_its_edges_with_standard_errors(tailed):
    model = fit(tailed, Vine(families=("student",)))
    edge = model.dependence_table.iloc[0]
    assert (edge["tree"], edge["family"], edge["given"]) == (1, "student", "")
    assert sorted(edge["pair"].split(", ")) == ["x", "y"]
    assert len(edge["errors"]) == len(edge["parameters"]) == 2
    assert model.dependence_summary["pair_copulas"] == 1


def test_a_t_copula_tells_its_degrees_of_freedom_and_tail_dependence(tailed):
    model = fit(tailed, "student")
    told = model.dependence_summary
    assert abs(told["df"] - 3) < 4 * told["se_df"]
    assert model.dependence_table["tail_dependence"][0] == pytest.approx(
        model.copula.tail_dependence[0, 1]
    )


@pytest.mark.parametrize("copula", ["tree", "mixture"])
def test_copulas_without_a_matrix_show_the_correlations_of_their_draws(table, copula):
    found = fit(table[["a", "b"]], copula).dependence_table
    assert abs(found["correlation"][0] - 0.8) < 0.05


def test_a_calibrated_model_tells_its_acceptance_rate_and_what_it_tilts(tailed):
    model = fit(tailed, Calibrated(Gaussian()))
    told = model.dependence_summary
    assert 0 < told["acceptance"] <= 1
    assert (told["base"], told["tilted"]) == ("gaussian", 1)
    assert model.dependence_table["tilted"].tolist() == [True]


def test_rosenblatt_diagnostics_accept_the_right_copula_and_reject_a_wrong_one(tailed):
    right = fit(tailed, "student").diagnose(tailed, rng=1)
    wrong = fit(tailed, "gaussian").diagnose(tailed, rng=1)
    assert right.overall["anderson_darling_p"] > 0.1 > 0.03 > wrong.overall["anderson_darling_p"]
    assert wrong.overall["SnB"] > 3 * right.overall["SnB"]
    assert right.rosenblatt["variable"].tolist() == ["x", "y"]


def test_tail_curves_of_table_and_model_stand_side_by_side(tailed):
    curve = fit(tailed, "student").diagnose(tailed, rng=1).tails("x", "y")
    inside = curve["chi_model"].between(curve["chi_low"], curve["chi_high"])
    assert inside.mean() > 0.9
    gaussian = fit(tailed, "gaussian").diagnose(tailed, rng=1).tails("x", "y")
    assert gaussian["chi_model"].iloc[-1] < gaussian["chi_low"].iloc[-1]


def test_rows_with_gaps_are_left_out_of_curves_and_imputed_in_transforms(table):
    found = fit(table, "gaussian").diagnose(table, rng=1)
    points = found.kendall("a", "c")
    assert len(points) == table["c"].notna().sum()
    assert np.abs(points["observed"] - points["model"]).mean() < 0.02
    # four standard errors of a p-value under a right model would be meaningless; smallness is not
    assert found.rosenblatt["p_value"].min() > 1e-4
    with pytest.raises(DataError, match="no variable 'z'"):
        found.tails("a", "z")


def test_the_kendall_plot_of_a_long_sorted_table_is_that_of_the_shuffled_one(tailed):
    long = pd.DataFrame(np.random.default_rng(3).multivariate_normal([0, 0], R[:2, :2], 60_000))
    long.columns = ["x", "y"]
    model = fit(long[:2000], "gaussian")
    sums = [
        model.diagnose(df, rng=1).kendall("x", "y")["observed"].mean()
        for df in (long, long.sort_values("x"))
    ]
    # H has a standard deviation below .3, and each curve is of 2,000 rows
    assert abs(sums[0] - sums[1]) < 4 * 0.3 * np.sqrt(2 / 2000)


def test_a_calibrated_copula_has_curves_but_no_transforms(tailed):
    found = fit(tailed, Calibrated(Gaussian())).diagnose(tailed, rng=1)
    assert found.rosenblatt is None
    assert len(found.tails("x", "y")) == 50


def test_goodness_of_fit_keeps_a_t_copula_and_rejects_a_gaussian_one(tailed):
    t = fit(tailed, "student").goodness_of_fit(
        tailed, knobs=Student(sweeps=2, burn=1), replicates=19, rows=500, rng=1
    )
    normal = fit(tailed, "gaussian").goodness_of_fit(tailed, replicates=39, rng=1)
    assert (t.name, t.n, normal.n) == ("SnB", 500, 1000)
    # the smallest p-value of b replicates is 1 / (2 (b + 1))
    assert t.p_value > 0.05 > normal.p_value


def test_goodness_of_fit_takes_untied_variables_and_refuses_named_tied_ones(table):
    model = fit(table, "gaussian")
    found = model.goodness_of_fit(table, replicates=9, rows=300, rng=1)
    assert found.n == 300
    with pytest.raises(DataError, match="'level': 100% of its values repeat"):
        model.goodness_of_fit(table, columns=["a", "level"])
    with pytest.raises(DataError, match="needs two variables"):
        model.goodness_of_fit(table, columns=["a"])


@pytest.mark.parametrize(
    ("copula", "words"),
    [
        ("gaussian", ["Strongest latent correlations", "shrinkage"]),
        (Vine(families=("student",)), ["First edges of the vine", "pair_copulas 1"]),
        (Calibrated(Gaussian()), ["acceptance", "tilted 1", "base gaussian"]),
    ],
)
def test_inspection_prints_what_the_copula_says(tailed, copula, words):
    console = Console(width=200, record=True, file=io.StringIO())
    show_model(fit(tailed, copula), dependence=True, console=console)
    text = console.export_text()
    assert [w for w in words if w not in text] == []
