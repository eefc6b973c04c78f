"""SMOTE against its closed form, against imbalanced-learn, and without that package's defects."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from copulasynth import synthesizers as sy
from copulasynth.errors import FitWarning
from copulasynth.synthesizers.neighbours.smote_moments import segment_moments


def _normal(n, d, rho=0.5, seed=0):
    z = np.random.default_rng(seed).standard_normal((n, d))
    root = np.linalg.cholesky((1 - rho) * np.eye(d) + rho)
    x = z @ root.T
    return (x - x.mean(axis=0)) / x.std(axis=0)


def _frame(x):
    return pd.DataFrame(x, columns=[f"x{j}" for j in range(x.shape[1])])


def _ks_bound(m, n, alpha=1e-4):
    """Return the two-sample Kolmogorov-Smirnov distance exceeded with probability alpha."""
    return np.sqrt(-0.5 * np.log(alpha / 2) * (m + n) / (m * n))


@pytest.fixture(scope="module")
def imblearn():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("imblearn.over_sampling")


@pytest.mark.parametrize("d", [1, 2, 5, 20])
def test_moments_equal_the_closed_form(d):
    x, n = _normal(1000, d, seed=d), 100_000
    model = sy.Smote().fit(_frame(x))
    mean, cov = segment_moments(x, model.sampler.neighbours)
    y = model.sample(n, rng=d).to_numpy()
    np.testing.assert_array_less(abs(y.mean(axis=0) - mean), 3 * np.sqrt(np.diag(cov) / n))
    c = y - y.mean(axis=0)
    for a, b in {(0, 0), (d - 1, d - 1), (0, d - 1)}:
        error = np.std(c[:, a] * c[:, b]) / np.sqrt(n)
        assert abs(np.mean(c[:, a] * c[:, b]) - cov[a, b]) < 3 * error


def test_the_closed_form_is_that_of_the_literature():
    x = np.random.default_rng(0).lognormal(size=(400, 1))
    model = sy.Smote(k=3).fit(_frame(x))
    i = np.repeat(x[:, 0], 3)
    j = x[model.sampler.neighbours.ravel(), 0]
    literal = (i.var() + j.var() + np.mean((i - i.mean()) * (j - j.mean()))) / 3
    literal += (j.mean() - i.mean()) ** 2 / 12
    assert segment_moments(x, model.sampler.neighbours)[1][0, 0] == pytest.approx(literal)


def test_diagnose_gives_the_known_loss_of_variance_at_twenty_columns():
    # at d = 20, rho = .5 variance falls to .86 and the correlation rises from .50 to .57
    found = sy.Smote().fit(_frame(_normal(5000, 20))).diagnose()
    assert found.columns["variance_ratio"].mean() == pytest.approx(0.86, abs=0.01)
    assert found.pairs["correlation_synthetic"].mean() == pytest.approx(0.57, abs=0.01)
    assert "variance_ratio" in repr(found)


@pytest.mark.parametrize("d", [1, 5, 20])
def test_restored_variance_keeps_means_variances_and_correlations(d):
    x, n = _normal(1500, d, seed=d), 60_000
    model = sy.Smote(variance="restore").fit(_frame(x))
    y = model.sample(n, rng=1).to_numpy()
    np.testing.assert_array_less(abs(y.mean(axis=0)), 4 / np.sqrt(n))
    # fourth moments of a normal column and of a mixture over segments are about 3
    np.testing.assert_array_less(abs(y.var(axis=0) - 1), 4 * np.sqrt(2.5 / n) * 1.2)
    if d > 1:
        r = np.corrcoef(x.T)[np.triu_indices(d, 1)].mean()
        assert np.corrcoef(y.T)[np.triu_indices(d, 1)].mean() == pytest.approx(r, abs=0.03)
    np.testing.assert_allclose(model.diagnose().columns["variance_ratio"], 1.0)


def test_restored_values_stay_within_natural_bounds():
    share = pd.DataFrame({"share": np.random.default_rng(0).beta(0.3, 0.3, 500)})
    from copulasynth.schema import Schema

    schema = Schema.infer(share).with_column("share", lower=0, upper=1)
    made = sy.Smote(variance="restore").fit(share, schema=schema).sample(5000, rng=0)["share"]
    assert made.between(0, 1).all()


def test_numeric_rows_follow_the_law_of_imbalanced_learn(imblearn):
    x, n = _normal(400, 3, seed=1), 20_000
    y = np.r_[np.zeros(n + 400), np.ones(400)]
    both = np.vstack([np.full((n + 400, 3), 50.0), x])
    theirs = imblearn.SMOTE(random_state=0).fit_resample(both, y)[0][-n:]
    ours = sy.Smote().fit(_frame(x)).sample(n, rng=0).to_numpy()
    for direction in np.vstack([np.eye(3), [[1, -1, 0], [1, 1, 1]]]):
        distance = stats.ks_2samp(ours @ direction, theirs @ direction).statistic
        assert distance < _ks_bound(n, n)


def test_mixed_rows_follow_the_law_of_imbalanced_learn(imblearn):
    rng = np.random.default_rng(3)
    x, n = _normal(400, 2, seed=2), 20_000
    level = np.digitize(x[:, 0] + 0.7 * rng.standard_normal(400), [-0.3, 1.2])
    y = np.r_[np.zeros(n + 400), np.ones(400)]
    filler = np.column_stack([np.full((n + 400, 2), 50.0), rng.integers(3, size=n + 400)])
    both = np.vstack([filler, np.column_stack([x, level])])
    theirs = imblearn.SMOTENC([2], random_state=0).fit_resample(both, y)[0][-n:]
    frame = _frame(x).assign(level=level.astype(str))
    made = sy.Smote(categorical="vote").fit(frame).sample(n, rng=0)
    for j in (0, 1):
        assert stats.ks_2samp(made[f"x{j}"], theirs[:, j]).statistic < _ks_bound(n, n)
    for c in range(3):
        ours_in, theirs_in = made["level"] == str(c), theirs[:, 2] == c
        p = theirs_in.mean()
        assert abs(ours_in.mean() - p) < 4 * np.sqrt(2 * p * (1 - p) / n)
        m = min(ours_in.sum(), theirs_in.sum())
        distance = stats.ks_2samp(made["x0"][ours_in], theirs[theirs_in, 0]).statistic
        assert distance < _ks_bound(m, m)


def test_whole_numbers_keep_their_mean(imblearn):
    # truncation, as in imbalanced-learn, lowers the mean of a count by almost a half
    counts, n = np.random.default_rng(0).poisson(30.0, (500, 3)), 40_000
    model = sy.Smote().fit(_frame(counts))
    mean, cov = segment_moments(counts.astype(float), model.sampler.neighbours)
    ours = model.sample(n, rng=0).to_numpy()
    # rounding at random adds at most 1/4 to the variance
    np.testing.assert_array_less(
        abs(ours.mean(axis=0) - mean), 4 * np.sqrt((np.diag(cov) + 0.25) / n)
    )
    y = np.r_[np.zeros(n + 500), np.ones(500)]
    both = np.vstack([np.full((n + 500, 3), 99), counts])
    theirs = imblearn.SMOTE(random_state=0).fit_resample(both, y)[0][-n:]
    assert theirs.mean() < mean.mean() - 0.35


@pytest.mark.parametrize("categorical", ["inherit", "vote"])
def test_levels_keep_their_shares_when_all_numbers_are_whole(categorical):
    # imbalanced-learn's one-hot entries are integers then, become 0, and levels uniform
    rng, shares, n = np.random.default_rng(0), np.array([0.68, 0.23, 0.07, 0.02]), 20_000
    level = rng.choice(4, 4000, p=shares)
    frame = pd.DataFrame(
        {"a": (rng.random(4000) < 0.3) + level % 2, "level": [f"L{c}" for c in level]}
    ).astype({"a": "int64"})
    made = sy.Smote(categorical=categorical).fit(frame).sample(n, rng=0)["level"]
    found = made.value_counts(normalize=True).reindex(["L0", "L1", "L2", "L3"]).to_numpy()
    assert abs(found - shares).max() < 0.05


def test_rare_levels_survive_inheritance_and_are_eroded_by_the_vote():
    rng, n = np.random.default_rng(0), 40_000
    frame = _frame(rng.standard_normal((2000, 10)))
    frame["rare"] = np.where(rng.random(2000) < 0.038, "yes", "no")
    share = (frame["rare"] == "yes").mean()
    error = np.sqrt(share * (1 - share) / n)
    made = (sy.Smote().fit(frame).sample(n, rng=0)["rare"] == "yes").mean()
    assert abs(made - share) < 4 * error
    voted = sy.Smote(categorical="vote").fit(frame).sample(n, rng=0)
    assert (voted["rare"] == "yes").mean() < 0.8 * share


def test_duplicated_rows_interpolate_towards_others_too():
    # every row twice and k = 3: one neighbour is the twin, the others are not the row itself
    x = np.repeat(np.random.default_rng(0).standard_normal((100, 2)), 2, axis=0)
    model = sy.Smote(k=3).fit(_frame(x))
    origin = model.sample(6000, rng=0, return_origin=True)[1]
    assert (origin["base"] != origin["neighbour"]).all()
    assert (origin["base"] // 2 != origin["neighbour"] // 2).mean() == pytest.approx(
        2 / 3, abs=0.03
    )


def test_missing_values_are_inherited_and_present_ones_lie_between_present_ones():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(600)
    income = np.where(x > 0.5, np.nan, 100 + rng.random(600))
    frame = pd.DataFrame({"x": x, "income": income})
    made = sy.Smote().fit(frame).sample(20_000, rng=0)
    assert made["income"].dropna().between(100, 101).all()
    # missingness follows x as it did
    assert made["income"].isna()[made["x"] > 1.0].mean() > 0.95
    assert made["income"].isna()[made["x"] < 0.0].mean() < 0.05


def test_a_vote_for_presence_where_base_and_neighbour_are_missing_gives_an_observed_value():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"x": rng.standard_normal(400), "y": np.where(rng.random(400) < 0.45, np.nan, 7.5)}
    )
    frame.loc[frame["y"].notna(), "y"] += rng.random(frame["y"].notna().sum())
    made = sy.Smote(categorical="vote").fit(frame).sample(10_000, rng=0)["y"].dropna()
    assert made.between(7.5, 8.5).all()


def test_tables_of_levels_alone_are_mixed_and_not_copied():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.choice(list("abc"), (300, 12)), columns=list("uvwxyzabcdef"))
    frame["v"] = frame["u"]
    for categorical in ("inherit", "vote"):
        made = sy.Smote(categorical=categorical).fit(frame).sample(1000, rng=0)
        assert (made["u"] == made["v"]).mean() > 0.9
        assert len(made.merge(frame.drop_duplicates())) < 900


def test_too_few_rows_for_k_neighbours_warn_and_use_those_there_are():
    with pytest.warns(FitWarning, match="using k=3"):
        model = sy.Smote(k=5).fit(_frame(_normal(4, 2)))
    assert model.provenance.warnings
    assert len(model.sample(10, rng=0)) == 10


@pytest.mark.parametrize(
    "bad", [{"k": 0}, {"k": True}, {"categorical": "mode"}, {"variance": "full"}]
)
def test_settings_are_checked(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        sy.Smote(**bad)
