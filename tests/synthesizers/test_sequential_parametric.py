"""Sequential regressions: recovery of known laws, and the proportional-odds fit."""

import numpy as np
import pandas as pd
from scipy import special, stats
from statsmodels.miscmodels.ordinal_model import OrderedModel

from copulasynth.synthesizers import SequentialParametric
from copulasynth.synthesizers.sequence.proportional_odds import fit_proportional_odds


def test_proportional_odds_without_a_penalty_are_those_of_statsmodels():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(600, 2))
    latent = x @ [1.0, -0.5] + rng.logistic(size=600)
    code = np.digitize(latent, [-1.0, 0.0, 1.5])
    slopes, thresholds = fit_proportional_odds(x, code, penalty=0.0)
    model = OrderedModel(code, x, distr="logit")
    theirs = model.fit(method="bfgs", disp=0, gtol=1e-6).params
    np.testing.assert_allclose(slopes, theirs[:2], atol=1e-4)
    np.testing.assert_allclose(
        thresholds, np.r_[theirs[2], theirs[2] + np.cumsum(np.exp(theirs[3:]))], atol=1e-4
    )


def test_proportional_odds_of_separated_levels_stay_finite():
    x = np.linspace(-1, 1, 60)[:, None]
    code = np.repeat([0, 1, 2], 20)
    slopes, thresholds = fit_proportional_odds(x, code, penalty=0.1)
    assert 0 < slopes[0] < 100
    assert thresholds[0] < thresholds[1]


def test_a_gaussian_law_comes_back():
    rng = np.random.default_rng(2)
    n, k = 4000, 100_000
    r = np.array([[1.0, 0.6, -0.3], [0.6, 1.0, 0.2], [-0.3, 0.2, 1.0]])
    z = rng.multivariate_normal(np.zeros(3), r, size=n)
    df = pd.DataFrame(z, columns=list("abc"))
    rows = SequentialParametric().fit(df, rng=0).sample(k, rng=1)
    # four standard errors of a correlation in n and in k rows
    bound = 4 * (1 - df.corr().to_numpy() ** 2) * np.sqrt(1 / n + 1 / k) + 1e-12
    assert (np.abs(rows.corr() - df.corr()).to_numpy() <= bound).all()
    for name in df:
        distance = stats.ks_2samp(rows[name], df[name]).statistic
        assert distance < 1.63 * np.sqrt(1 / n + 1 / k)


def test_levels_follow_their_logit():
    rng = np.random.default_rng(3)
    n, k = 5000, 100_000
    x = rng.normal(size=n)
    eta = np.column_stack([np.zeros(n), 1 + x, -x])
    g = np.array(["a", "b", "c"])[(special.softmax(eta, axis=1).cumsum(axis=1)
                                   < rng.random((n, 1))).sum(axis=1)]  # fmt: skip
    df = pd.DataFrame({"x": x, "g": g})
    rows = SequentialParametric().fit(df, rng=0).sample(k, rng=1)
    for low, high in ((-1.2, -0.8), (-0.2, 0.2), (0.8, 1.2)):
        where = rows["x"].between(low, high)
        near = np.column_stack([np.zeros(where.sum()), 1 + rows["x"][where], -rows["x"][where]])
        p = special.softmax(near, axis=1).mean(axis=0)
        made = rows.loc[where, "g"].value_counts(normalize=True).reindex(["a", "b", "c"])
        # the fitted curve has the error of about n/10 rows near a point
        assert (np.abs(made - p) < 4 * np.sqrt(p * (1 - p) * 10 / n)).all()


def test_ordinal_columns_keep_their_order_and_shares():
    rng = np.random.default_rng(4)
    n, k = 4000, 50_000
    x = rng.normal(size=n)
    latent = 1.5 * x + rng.logistic(size=n)
    cut = pd.cut(latent, [-np.inf, -1, 1, 2, np.inf], labels=["low", "mid", "high", "top"])
    df = pd.DataFrame({"x": x, "band": cut})
    rows = SequentialParametric().fit(df, rng=0).sample(k, rng=1)
    p = df["band"].value_counts(normalize=True, sort=False)
    made = rows["band"].value_counts(normalize=True, sort=False)
    assert (np.abs(p - made) < 4 * np.sqrt(p * (1 - p) * (1 / n + 1 / k))).all()
    for t in (df, rows):
        t["code"] = t["band"].cat.codes
    ours = stats.spearmanr(rows["x"], rows["code"]).statistic
    theirs = stats.spearmanr(df["x"], df["code"]).statistic
    assert abs(ours - theirs) < 4 * np.sqrt(1 / n + 1 / k)


def test_an_atom_at_zero_keeps_its_share_and_a_skewed_column_its_quartiles():
    rng = np.random.default_rng(5)
    n, k = 5000, 50_000
    z = rng.normal(size=n)
    df = pd.DataFrame(
        {"mb": np.exp(z), "roaming": np.where(z + rng.normal(size=n) > 1, np.exp(z), 0.0)}
    )
    rows = SequentialParametric().fit(df, rng=0).sample(k, rng=1)
    p = (df["roaming"] == 0).mean()
    assert abs((rows["roaming"] == 0).mean() - p) < 4 * np.sqrt(p * (1 - p) * (1 / n + 1 / k))
    for q in (0.25, 0.5, 0.75):
        below = (rows["mb"] < df["mb"].quantile(q)).mean()
        assert abs(below - q) < 4 * np.sqrt(q * (1 - q) * (1 / n + 1 / k))


def test_levels_that_a_predictor_separates_are_drawn_without_an_error():
    x = np.r_[np.zeros(50), np.ones(50)]
    df = pd.DataFrame({"x": x + np.linspace(0, 0.1, 100), "g": np.where(x > 0, "one", "nil")})
    rows = SequentialParametric().fit(df, rng=0).sample(5000, rng=1)
    assert ((rows["x"] > 0.5) == (rows["g"] == "one")).mean() > 0.9


def test_rules_hold_here_too():
    rng = np.random.default_rng(6)
    age = rng.integers(10, 80, size=500)
    df = pd.DataFrame(
        {"age": age, "job": np.where(age < 16, "none", rng.choice(["none", "some"], size=500))}
    )
    rows = SequentialParametric(rules={"job": ("age < 16", "none")}).fit(df, rng=0)
    rows = rows.sample(5000, rng=1)
    assert set(rows.loc[rows["age"] < 16, "job"]) == {"none"}


def test_proper_fits_differ_and_fixed_ones_do_not():
    rng = np.random.default_rng(7)
    df = pd.DataFrame({"x": rng.normal(size=100), "y": rng.integers(0, 2, size=100).astype(bool)})

    def slopes(proper, seed):
        return SequentialParametric(proper=proper).fit(df, rng=seed).sampler.laws[1].slopes

    np.testing.assert_array_equal(slopes(False, 1), slopes(False, 2))
    assert np.abs(slopes(True, 1) - slopes(True, 2)).max() > 1e-3


def test_columns_that_nearly_copy_each_other_do_not_blow_up():
    rng = np.random.default_rng(8)
    minutes = rng.gamma(9, 20, size=(3000, 3)).round(1)
    df = pd.DataFrame(minutes, columns=["day", "eve", "night"])
    for name in ("day", "eve", "night"):
        df[f"{name}_charge"] = (0.17 * df[name]).round(2)
    df["calls"] = rng.poisson(100, size=3000)
    df = df[["day", "day_charge", "eve", "eve_charge", "night", "night_charge", "calls"]]
    rows = SequentialParametric().fit(df, rng=0).sample(20_000, rng=1)
    # the standard error of a standard deviation is sd / sqrt(2 n) for light tails
    assert (np.abs(rows.std() / df.std() - 1) < 4 * np.sqrt(1 / 6000 + 1 / 40_000) * 1.5).all()
    assert rows["eve"].corr(rows["eve_charge"]) > 0.99
    assert np.abs(rows.corr()["calls"].drop("calls")).max() < 4 / np.sqrt(3000)
