"""MUNGE: what a replicate keeps exactly, what it keeps on average, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from copulasynth import synthesizers as sy
from copulasynth.errors import DataError, FitWarning


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((600, 4)) @ np.linalg.cholesky(0.5 * np.eye(4) + 0.5).T
    return pd.DataFrame(
        {
            "a": z[:, 0],
            "b": z[:, 1] * 30 + 100,
            "zeros": np.where(z[:, 2] < 0.6, 0.0, np.exp(z[:, 2])),
            "gap": np.where(rng.random(600) < 0.2, np.nan, z[:, 3]),
            "plan": rng.choice(["p", "q", "r"], 600, p=[0.7, 0.25, 0.05]),
            "calls": rng.poisson(4, 600),
        }
    )


def test_a_replicate_keeps_counts_of_levels_missing_values_and_atoms_exactly(table):
    rows = sy.Munge().fit(table, rng=1).sample(600, rng=2)
    assert rows["plan"].value_counts().to_dict() == table["plan"].value_counts().to_dict()
    assert rows["gap"].isna().sum() == table["gap"].isna().sum()
    assert (rows["zeros"] == 0).sum() == (table["zeros"] == 0).sum()


def test_three_replicates_keep_the_counts_three_times(table):
    rows = sy.Munge().fit(table, rng=1).sample(1800, rng=2)
    for start in (0, 600, 1200):
        part = rows["plan"].iloc[start : start + 600]
        assert part.value_counts().to_dict() == table["plan"].value_counts().to_dict()


@pytest.mark.parametrize("d", [1, 5, 20])
def test_standard_deviations_stay_within_one_per_cent(d):
    z = np.random.default_rng(d).standard_normal((2000, d))
    frame = pd.DataFrame(z, columns=[f"x{j}" for j in range(d)])
    model = sy.Munge().fit(frame, rng=0)
    for seed in range(3):
        ratio = model.sample(2000, rng=seed).std() / frame.std()
        assert abs(ratio - 1).max() < 0.01


def test_a_column_that_one_row_dominates_keeps_its_spread_on_average():
    x = np.append(np.random.default_rng(0).lognormal(size=999), 300.0)
    model = sy.Munge().fit(pd.DataFrame({"x": x, "y": x[::-1]}), rng=0)
    made = model.sample(100_000, rng=0)["x"]
    # a hundred replicates, in each of which one pair carries nearly all the variance
    assert made.var() == pytest.approx(x.var(), rel=0.15)


def test_means_of_numeric_columns_stay_exactly(table):
    rows = sy.Munge().fit(table, rng=1).sample(600, rng=2)
    for name in ("a", "b", "gap"):
        assert rows[name].mean() == pytest.approx(table[name].mean(), rel=1e-9)


def test_correlations_stay_nearly():
    z = np.random.default_rng(0).multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], 3000)
    frame = pd.DataFrame(z, columns=["a", "b"])
    r = sy.Munge().fit(frame, rng=0).sample(30_000, rng=0).corr().iloc[0, 1]
    assert r == pytest.approx(frame.corr().iloc[0, 1], abs=0.01)


def test_bounds_do_not_become_atoms(table):
    # values near 0 that noise would push below it must not pile up at 0
    made = sy.Munge().fit(table[["a", "zeros"]], rng=1).sample(6000, rng=2)["zeros"]
    assert (made == 0).sum() == 10 * (table["zeros"] == 0).sum()
    assert made.min() == 0


def test_hardly_a_row_is_a_copy(table):
    numbers = ["a", "b"]
    rows = sy.Munge().fit(table, rng=1).sample(600, rng=2)
    copies = rows[numbers].merge(table[numbers].drop_duplicates())
    # both columns stay with probability 1/4 a sweep, or the row was left alone
    assert len(copies) < 0.15 * 600
    wide = pd.DataFrame(np.random.default_rng(0).standard_normal((500, 12)))
    wide.columns = wide.columns.map(str)
    assert len(sy.Munge().fit(wide, rng=0).sample(500, rng=0).merge(wide)) < 0.02 * 500


def test_the_sequential_form_is_the_paper_s():
    # two rows, p near 1: row 0 and row 1 change places, then row 1 and row 0 do so again, so each
    # is back near its own place with noise of variance D^2 / s^2 from the first meeting and
    # E D'^2 / s^2 = D^2 (1 + 2 / s^2) / s^2 from the second one
    frame = pd.DataFrame({"x": [-5.123456, 4.876544]})
    model = sy.Munge(p=1 - 2**-16, s=20.0, k=1, sweeps=1, pairing="sequential").fit(frame, rng=0)
    made = np.sort(model.sample(20_000, rng=0)["x"].to_numpy().reshape(-1, 2), axis=1)
    expected = 100.0 / 400 * (2 + 2 / 400)
    error = expected * np.sqrt(2 / 10_000)
    for side, centre in zip(made.T, (-5.123456, 4.876544), strict=True):
        assert abs(np.mean((side - centre) ** 2) - expected) < 4 * error


def test_the_sequential_form_exchanges_levels(table):
    rows = sy.Munge(pairing="sequential", sweeps=1).fit(table, rng=1).sample(600, rng=2)
    assert rows["plan"].value_counts().to_dict() == table["plan"].value_counts().to_dict()
    assert not (rows["plan"].to_numpy() == table["plan"].to_numpy()).all()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"p": 1.0}, "copies of training rows"),
        ({"p": 0.0}, "copies of training rows"),
        ({"sweeps": 0}, "copy of a training row"),
        ({"s": 0.0}, "difference"),
        ({"s": np.inf}, "difference"),
        ({"k": 0}, "at least 1"),
        ({"pairing": "one-sided"}, "matched"),
    ],
)
def test_settings_that_copy_or_make_no_sense_are_refused_with_the_reason(bad, reason):
    with pytest.raises(DataError, match=reason):
        sy.Munge(**bad)


def test_tuning_returns_the_frontier_and_a_model_that_keeps_its_distance(table):
    grid = {"p": (0.1, 0.5), "s": (5.0,), "k": (5, 20), "sweeps": (4,)}
    found = sy.Munge.tune(table, min_dcr=0.5, grid=grid, rng=0)
    assert len(found.table) == 4
    assert set(found.table) >= {"p", "s", "k", "sweeps", "c2st", "dcr_ratio", "dcr_share"}
    chosen = found.table[found.table["chosen"]].iloc[0]
    assert chosen["dcr_ratio"] >= 0.5
    allowed = found.table[found.table["dcr_ratio"] >= 0.5]
    assert chosen["c2st"] == allowed["c2st"].min()
    assert (found.knobs.p, found.knobs.k) == (chosen["p"], chosen["k"])
    assert len(found.model.sample(50, rng=0)) == 50
    # more mixing moves rows away from the training rows
    dcr = found.table.set_index(["p", "k", "sweeps"])["dcr_ratio"]
    assert dcr[0.5, 20, 4] > dcr[0.1, 5, 4]
    again = sy.Munge.tune(table, min_dcr=0.5, grid=grid, rng=0)
    pd.testing.assert_frame_equal(again.table, found.table)


def test_tuning_warns_when_nothing_keeps_the_distance(table):
    grid = {"p": (0.1,), "s": (5.0,), "k": (2,), "sweeps": (1,)}
    with pytest.warns(FitWarning, match="no setting"):
        sy.Munge.tune(table, min_dcr=5.0, grid=grid, rng=0)
