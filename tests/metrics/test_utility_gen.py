"""Propensity utility against synthpop's numbers, and its nulls on tables of a known law."""

import json

import numpy as np
import pandas as pd
import pytest

from copulasynth.errors import DataError
from copulasynth.metrics.utility_gen import utility_gen

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
