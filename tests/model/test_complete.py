"""Rows completed from what is known of each: the conditional law, for every copula."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import copulasynth as cs
from copulasynth.copulas import Gaussian, GaussianCopula, Student, StudentCopula, Tree
from copulasynth.copulas.rowwise import candidates, draw_rows
from copulasynth.errors import DataError, SamplingError
from copulasynth.model import complete, fit_joint

R = np.array(
    [[1.0, 0.6, -0.4, 0.3], [0.6, 1.0, 0.2, 0.5], [-0.4, 0.2, 1.0, 0.1], [0.3, 0.5, 0.1, 1]]
)


@pytest.fixture(scope="module")
def table(people):
    return people(2000)


@pytest.fixture(scope="module")
def model(knobs, table):
    return fit_joint(table, copula=knobs, marginals="spline", rng=1)


@pytest.fixture(scope="module")
def gaussian(table):
    return fit_joint(table, marginals="spline", rng=1)


def test_known_columns_stay_and_the_others_come_with_the_types_of_the_table(model, table):
    known = table[["plan", "income"]].iloc[200:300]
    rows = model.complete(known, rng=3)
    pd.testing.assert_frame_equal(rows[["plan", "income"]], known)
    assert list(rows) == list(table)
    assert (rows.dtypes == table.dtypes).all()
    assert rows["age"].between(18, 90).all()
    pd.testing.assert_frame_equal(model.complete(known, rng=3), rows)


def test_a_completed_sample_of_the_model_is_a_sample_of_the_model(model):
    drawn = model.sample(2000, rng=5)
    back = model.complete(drawn[["plan", "income"]], rng=6)
    sd = drawn["age"].std()
    fifth = pd.qcut(drawn["income"].rank(method="first"), 4, labels=False).fillna(-1)
    for group in (fifth, drawn["plan"]):
        a, b = (t["age"].groupby(group).agg(["mean", "size"]) for t in (drawn, back))
        # four and a half standard errors of a difference of means
        assert (np.abs(a["mean"] - b["mean"]) < 4.5 * sd * np.sqrt(2 / a["size"])).all()


@pytest.mark.parametrize("copula", [GaussianCopula(R), StudentCopula(R, 6.0)], ids=["normal", "t"])
def test_points_and_cells_give_the_law_of_draws_that_fall_there(copula):
    n, rng = 20_000, np.random.default_rng(1)
    x = copula.draw(1_000_000, rng)
    u = np.stack([copula.scale(j).to_unit(row) for j, row in enumerate(x)])
    lower, upper = np.array([0.59, 0.6, 0.0, 0.0]), np.array([0.61, 1.0, 0.5, 1.0])
    fits = u[:, ((u >= lower[:, None]) & (u <= upper[:, None])).all(axis=0)]
    lower[0] = upper[0] = 0.6
    low, high = (np.tile(b[:, None], n) for b in (lower, upper))
    drawn = draw_rows(copula, low, high, rng)
    assert (drawn[0] == 0.6).all()
    assert ((drawn >= low) & (drawn <= high)).all()
    some, weight = candidates(copula, low[:, :2000], high[:, :2000], 32, rng)
    share = np.exp(weight)
    # the weights say how probable the cells are, given the point
    assert share.mean() == pytest.approx(fits.shape[1] / 1_000_000 / 0.02, rel=0.05)
    for j in (1, 2, 3):
        sd = fits[j].std()
        tolerance = 4.5 * sd * np.sqrt(1 / n + 1 / fits.shape[1])
        assert abs(drawn[j].mean() - fits[j].mean()) < tolerance
        assert abs((share * some[j]).sum() / share.sum() - fits[j].mean()) < tolerance


def test_conditional_means_of_a_known_normal_law_come_back():
    """Means given three numbers, the fourth column: within .02 standard deviations."""
    rng = np.random.default_rng(2)
    z = rng.multivariate_normal(np.zeros(4), R, 20_000)
    model = fit_joint(pd.DataFrame(z, columns=list("abcd")), marginals="normal", rng=1)
    at = np.array([[-1.0, 0.5, 0.0], [0.0, 0.0, 0.0], [1.5, 1.0, -1.0]])
    slope = np.linalg.solve(R[:3, :3], R[:3, 3])
    sd = np.sqrt(1 - R[:3, 3] @ slope)
    known = pd.DataFrame(np.repeat(at, 40_000, axis=0), columns=list("abc"))
    rows = model.complete(known[["c", "a", "b"]], rng=3)["d"].to_numpy().reshape(3, -1)
    # the fit has a standard error of .007 of its own at 20,000 rows, and more away from the middle
    assert np.abs(rows.mean(axis=1) - at @ slope).max() < 0.02 + 0.02
    assert rows.std(axis=1) == pytest.approx(np.full(3, sd), rel=0.02)


def test_copulas_agree_with_the_windows_of_their_own_draws(knobs):
    rng = np.random.default_rng(4)
    z = rng.multivariate_normal(np.zeros(4), R, 1500)
    normal = pd.DataFrame(z, columns=list("abcd"))
    copula = fit_joint(normal, copula=knobs, marginals="spline", rng=1).copula
    x = copula.draw(200_000, np.random.default_rng(5))
    u = np.stack([copula.scale(j).to_unit(row) for j, row in enumerate(x)])
    for at in (0.2, 0.7):
        near = (np.abs(u[1] - at) < 0.01) & (u[2] > 0.5)
        n = 3000
        lower = np.tile([[0.0], [at], [0.5], [0.0]], n)
        upper = np.tile([[1.0], [at], [1.0], [1.0]], n)
        drawn = draw_rows(copula, lower, upper, np.random.default_rng(6))
        for j in (0, 2, 3):
            a, b = norm.ppf(u[j, near]), norm.ppf(drawn[j])
            error = a.std() * np.sqrt(1 / n + 1 / near.sum())
            assert abs(a.mean() - b.mean()) < 4.5 * error + 0.02 * a.std()


def test_rules_hold_and_follow_from_what_is_known(table):
    df = table.assign(year=2024 - table["age"], group=(table["age"] // 20).astype(str))
    for knobs in (Gaussian(), Tree()):
        model = fit_joint(df, copula=knobs, marginals="spline", rng=1)
        by_parent = model.complete(df[["age", "plan"]].head(300), rng=1)
        assert (by_parent["year"] == 2024 - by_parent["age"]).all()
        assert (by_parent["group"] == (by_parent["age"] // 20).astype(str)).all()
        by_child = model.complete(df[["group", "plan"]].head(300), rng=1)
        assert (by_child["group"] == df["group"].head(300)).all()
        assert (by_child["group"] == (by_child["age"] // 20).astype(str)).all()
    wrong = pd.DataFrame({"age": [30, 30], "year": [1994, 1950]})
    with pytest.raises(SamplingError, match=r"row 1 .*'year'.*make these known"):
        model.complete(wrong, rng=1)


def test_a_known_child_leads_back_to_its_parent():
    """Rare values too, of which hardly any draw would be one."""
    rng = np.random.default_rng(3)
    minutes = np.round(rng.gamma(2, 90, 2000), 1)
    df = pd.DataFrame({"minutes": minutes, "charge": np.round(0.17 * minutes, 2)})
    df["noise"] = 30 * rng.normal(size=2000) + minutes / 2
    model = fit_joint(df, rng=1)
    assert len(model.law.rules) == 1
    known = df[["charge", "noise"]].iloc[:500]
    rows = model.complete(known, rng=1)
    pd.testing.assert_frame_equal(rows[["charge", "noise"]], known)
    assert np.abs(rows["charge"] - 0.17 * rows["minutes"]).max() < 0.0151
    assert rows["minutes"].to_numpy() == pytest.approx(minutes[:500], abs=0.11)


def test_rows_that_fit_at_once_need_no_further_copies(monkeypatch):
    """A known child of which one draw in three is right: far fewer rows are drawn than 64 each."""
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 2, (2, 900))
    df = pd.DataFrame({"a": a, "b": b, "both": a + b, "x": rng.normal(size=900)})
    model = fit_joint(df, rules=[cs.rules.Identity("both = a + b")], rng=1)
    drawn, draw = [], complete._attempt

    def counting(law, task, rng, **pin):
        drawn.append(len(task.x))
        return draw(law, task, rng, **pin)

    monkeypatch.setattr(complete, "_attempt", counting)
    rows = model.complete(df[["both"]], rng=1)
    assert (rows["both"] == rows["a"] + rows["b"]).all()
    assert (rows["both"] == df["both"]).all()
    assert sum(drawn) < 12 * len(df)
    # of the rows whose sum is 1 every other one has the first
    assert rows["a"][df["both"] == 1].mean() == pytest.approx(0.5, abs=0.12)


def test_a_missing_value_in_a_known_column_is_known_to_be_missing(gaussian, table):
    rows = gaussian.complete(table[["income"]], rng=1)
    pd.testing.assert_series_equal(rows["income"], table["income"])


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"age": [30, 500]}, ["'age'", "500", "row 1", "18"]),
        ({"plan": ["pro", "gold"]}, ["'plan'", "'gold'"]),
        ({"colour": ["red"]}, ["'colour'"]),
        ({"age": [30, None]}, ["'age'"]),
    ],
)
def test_what_cannot_be_known_is_refused(gaussian, known, words):
    with pytest.raises(DataError) as e:
        gaussian.complete(pd.DataFrame(known))
    for word in words:
        assert word in str(e.value)


def test_a_value_beyond_what_rules_make_is_named_with_what_can_be_drawn():
    a, b = np.random.default_rng(3).integers(0, 10, (2, 600))
    df = pd.DataFrame({"a": a, "b": b, "both": a + b})
    model = fit_joint(df, rules=[cs.rules.Identity("both = a + b")], rng=1)
    with pytest.raises(DataError, match=r"'both': 200 \(row 1\) lies beyond .* 0 to 18"):
        model.complete(pd.DataFrame({"both": [7, 200]}), rng=1)


def test_a_method_without_a_law_says_so(table):
    model = cs.Smote().fit(table.dropna(), rng=1)
    with pytest.raises(DataError, match="no joint law"):
        model.complete(table[["age"]])


def test_identifiers_and_polars_tables_come_back(table):
    pl = pytest.importorskip("polars")
    df = table.assign(code=[f"c{k:05d}" for k in range(len(table))])
    model = fit_joint(pl.from_pandas(df), copula=Student(df=5.0), rng=1)
    known = pl.from_pandas(df[["code", "age"]].iloc[5:30])
    rows = model.complete(known, rng=1)
    assert rows.columns == list(df)
    assert rows["code"].to_list() == known["code"].to_list()
    assert rows["age"].to_list() == known["age"].to_list()
