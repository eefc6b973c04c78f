"""Propensity utility against synthpop's numbers, and its nulls on tables of a known law."""

import json

import numpy as np
import pandas as pd
import pytest

from copulasynth.errors import DataError
from copulasynth.metrics.joint.utility_gen import utility_gen

CODES = {"income": [-8]}


def read(shared, name):
    return pd.read_csv(shared(f"reference/{name}.csv.gz"))


def normals(n, rho, seed):
    z = np.random.default_rng(seed).normal(size=(n, 2))
    return pd.DataFrame({"x": z[:, 0], "y": rho * z[:, 0] + np.sqrt(1 - rho**2) * z[:, 1]})


@pytest.mark.shared
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("synthesis", ["cart", "parametric", "sample"])
def test_logit_scores_equal_synthpop(shared, synthesis, order):
    want = json.loads(shared("reference/ref_utility_gen.json").read_text())
    want = want[f"{synthesis}.logit{order}"]
    score = utility_gen(
        read(shared, "SD2011_ods7"),
        read(shared, f"SD2011_syn_{synthesis}"),
        method="logit",
        order=order,
        missing_codes=CODES,
    )
    found = score.table.iloc[0]
    assert found["parameters"] - 1 == want["df"]
    for name in ("pMSE", "S_pMSE", "SPECKS", "PO50", "U"):
        np.testing.assert_allclose(found[name], want[name], rtol=1e-6, err_msg=name)


@pytest.mark.shared
@pytest.mark.parametrize("synthesis", ["cart", "parametric", "sample"])
def test_tree_scores_lie_in_a_band_about_synthpop(shared, synthesis):
    """Trees of two programs break ties differently: pMSE within a third, S_pMSE within a fifth."""
    want = json.loads(shared("reference/ref_utility_gen.json").read_text())[f"{synthesis}.cart"]
    score = utility_gen(
        read(shared, "SD2011_ods7"),
        read(shared, f"SD2011_syn_{synthesis}"),
        missing_codes=CODES,
        permutations=10,
        rng=1,
    )
    assert abs(score.table["pMSE"][0] / want["pMSE"] - 1) < 1 / 3
    assert abs(score.value / want["S_pMSE"] - 1) < 0.2


def test_the_null_of_the_logit_is_one_for_rows_drawn_from_the_real_ones():
    real = normals(1000, 0.7, 1)
    found = [
        utility_gen(real, real.sample(1000, replace=True, random_state=s), method="logit").value
        for s in range(60)
    ]
    assert abs(np.mean(found) - 1) < 4 * np.std(found) / np.sqrt(60)


def test_fresh_rows_score_two_at_equal_sizes_which_is_the_reference():
    found = [
        utility_gen(normals(800, 0.7, 2 * s), normals(800, 0.7, 2 * s + 1), method="logit")
        for s in range(60)
    ]
    values = [score.value for score in found]
    assert found[0].reference == 2
    assert abs(np.mean(values) - 2) < 4 * np.std(values) / np.sqrt(60)


def test_the_three_nulls_agree_on_a_right_synthesis():
    real = normals(1500, 0.5, 1)
    syntheses = [normals(1500, 0.5, s) for s in range(2, 6)]
    formula = utility_gen(real, syntheses, method="logit", null="formula")
    permuted = utility_gen(
        real, syntheses, method="logit", null="permutation", permutations=60, rng=1
    )
    pairs = utility_gen(real, syntheses, method="logit", null="pairs")
    null = formula.table["null"][0]
    for other in (permuted, pairs):
        error = other.table["null_error"][0]
        assert abs(other.table["null"][0] - null) < 4 * error


def test_grouped_numbers_are_seen_as_levels():
    real, bad = normals(1000, 0.9, 1), normals(1000, -0.9, 2)
    assert utility_gen(real, bad, groups=5, permutations=5, rng=1).value > 5


def test_settings_that_contradict_each_other_are_refused():
    df = normals(50, 0, 1)
    with pytest.raises(DataError, match="no formula"):
        utility_gen(df, df, method="cart", null="formula")
    with pytest.raises(DataError, match="at least two"):
        utility_gen(df, df, method="logit", null="pairs")
    with pytest.raises(DataError, match="order is 2"):
        utility_gen(df, df, method="logit", order=2)
    with pytest.raises(DataError, match="method is"):
        utility_gen(df, df, method="tree")
