"""The inverse tree: leaves, boxes and what is lost."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from copulasynth.errors import DataError
from copulasynth.synthesizers import InverseTree


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    n = 2000
    x, calls = rng.uniform(0, 10, size=n), rng.integers(0, 9, size=n)
    g = rng.choice(["a", "b", "c", "d"], size=n)
    yes = (x > 6) & np.isin(g, ["b", "d"])
    return pd.DataFrame(
        {"x": x, "calls": calls, "g": g, "z": 2 * x, "y": np.where(yes, "yes", "no")}
    )


@pytest.mark.parametrize("within", ["empirical", "uniform"])
def test_the_pattern_of_the_tree_is_in_the_rows(table, within):
    rows = InverseTree("y", within=within).fit(table[["x", "calls", "g", "y"]], rng=0)
    rows = rows.sample(20_000, rng=1)
    p = (table["y"] == "yes").mean()
    assert abs((rows["y"] == "yes").mean() - p) < 4 * np.sqrt(p * (1 - p) / 20_000)
    yes = rows[rows["y"] == "yes"]
    assert yes["x"].min() > 5.9
    assert set(yes["g"]) == {"b", "d"}
    no = rows[rows["y"] == "no"]
    assert ((no["x"] > 6.1) & no["g"].isin(["b", "d"])).mean() == 0


def test_uniform_draws_are_uniform_in_the_box(table):
    rows = InverseTree("y", within="uniform").fit(table[["x", "calls", "g", "y"]], rng=0)
    yes = rows.sample(20_000, rng=1).query("y == 'yes'")
    low, high = yes["x"].min(), yes["x"].max()
    assert stats.kstest(yes["x"], stats.uniform(low, high - low).cdf).pvalue > 1e-3
    assert stats.chisquare(yes["calls"].value_counts().reindex(range(9))).pvalue > 1e-3
    assert stats.chisquare(yes["g"].value_counts()).pvalue > 1e-3


def test_dependence_that_the_tree_does_not_use_is_lost(table):
    # but for a little noise, so that no rule has z follow from x
    noisy = table[["x", "g", "z", "y"]].assign(
        z=table["z"] + 1e-3 * np.random.default_rng(1).normal(size=len(table))
    )
    rows = InverseTree("y").fit(noisy, rng=0).sample(20_000, rng=1)
    inside = rows[(rows["y"] == "yes")]
    assert abs(inside["x"].corr(inside["z"])) < 4 / np.sqrt(len(inside))


def test_empirical_draws_are_values_of_the_table(table):
    rows = InverseTree("y").fit(table, rng=0).sample(5000, rng=1)
    assert set(rows["x"]) <= set(table["x"])


def test_a_numeric_target_is_drawn_from_its_leaf(table):
    rows = InverseTree("z", within="uniform").fit(table[["x", "z"]], rng=0).sample(20_000, rng=1)
    assert rows["x"].corr(rows["z"]) > 0.99


def test_uniform_files_hold_the_target_alone(table):
    model = InverseTree("y", within="uniform").fit(table, rng=0)
    assert not np.isin(table["x"], model.sampler.rows.values).any()


def test_kinds_of_missing_are_levels_of_a_nominal_target(table):
    gone = table.assign(y=table["y"].where(table["x"] < 8))
    rows = InverseTree("y").fit(gone[["x", "g", "y"]], rng=0).sample(5000, rng=1)
    assert rows.loc[rows["x"] > 8.1, "y"].isna().all()


def test_targets_that_cannot_be_are_refused(table):
    with pytest.raises(DataError, match="no column 'w'"):
        InverseTree("w").fit(table, rng=0)
    with pytest.raises(DataError, match="number with gaps"):
        InverseTree("x").fit(table.assign(x=table["x"].where(table["x"] > 1)), rng=0)
