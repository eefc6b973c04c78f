"""Distances of columns, pairs and rows against closed forms and SciPy."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.spatial.distance import cdist, jensenshannon

from copulasynth._arrays import midranks
from copulasynth._judging import auc
from copulasynth.errors import DataError
from copulasynth.metrics import (
    align,
    cramers_v,
    dcr_share,
    describe_raw,
    energy_distance,
    exact_copies,
    jensen_shannon,
    k_marginals,
    kendall,
    ks,
    missing_rate,
    moments,
    mutual_information,
    neighbour_precision,
    neighbour_recall,
    spearman,
    tail_dependence,
    tail_index,
    tail_quantiles,
    total_variation,
    wasserstein,
)
from copulasynth.metrics.mixed import MixedScale, distances, nearest, nearest_two
from copulasynth.metrics.pairs.contingency import association_v, table_information
from copulasynth.metrics.pairs.rank_correlation import chi_matrix, kendall_matrix, spearman_matrix

G = np.random.default_rng(11)
A = pd.DataFrame({"x": G.normal(size=300), "y": G.exponential(size=300)})
B = pd.DataFrame({"x": G.normal(0.3, 1, 200), "y": G.exponential(2, 200)})


def test_ks_equals_scipy():
    found = ks(A, B, rng=0).table.set_index("column")["value"]
    for name in A:
        assert found[name] == pytest.approx(stats.ks_2samp(A[name], B[name]).statistic, abs=1e-12)


def test_raw_wasserstein_equals_scipy():
    found = wasserstein(A, B, rng=0).table.set_index("column")["raw"]
    for name in A:
        assert found[name] == pytest.approx(stats.wasserstein_distance(A[name], B[name]))


def test_the_interval_of_ks_covers_the_distance_of_the_laws():
    """Shift .5 between normals: the distance is 2 Phi(.25) - 1."""
    truth = 2 * stats.norm.cdf(0.25) - 1
    hits = 0
    for s in range(40):
        g = np.random.default_rng(s)
        a, b = (pd.DataFrame({"x": g.normal(m, 1, 1000)}) for m in (0, 0.5))
        found = ks(a, b, rng=s)
        hits += found.low <= truth <= found.high
    # 95 % but for the bias of a maximum: no fewer than 4 binomial errors under 90 %.
    assert hits / 40 > 0.9 - 4 * np.sqrt(0.9 * 0.1 / 40)


def test_total_variation_and_jensen_shannon_of_levels_are_the_formulas():
    a = pd.DataFrame({"g": list("aaab")})
    b = pd.DataFrame({"g": list("abbb")})
    assert total_variation(a, b, rng=0).value == pytest.approx(0.5)
    expected = jensenshannon([0.75, 0.25], [0.25, 0.75], base=2)
    assert jensen_shannon(a, b, rng=0).value == pytest.approx(expected)


def test_missing_rates_are_compared_by_state():
    a = pd.DataFrame({"x": [1.0, np.nan, 2.0, 3.0]})
    b = pd.DataFrame({"x": [1.0, np.nan, np.nan, np.nan]})
    assert missing_rate(a, b, rng=0).value == pytest.approx(0.5)


def test_moments_show_values_in_the_units_of_the_column():
    table = moments(A, B, rng=0).table.set_index("column")
    assert table.loc["x", "real mean"] == pytest.approx(A["x"].mean())
    assert table.loc["y", "synthetic sd"] == pytest.approx(B["y"].std(ddof=0))


def test_raw_description_agrees_with_pandas():
    found, want = describe_raw(A, B), A.describe()
    for name in A:
        for ours, theirs in (("mean", "mean"), ("sd", "std"), ("25%", "25%"), ("max", "max")):
            assert found.loc[name, (ours, "real")] == pytest.approx(want.loc[theirs, name])


def test_twice_the_rows_beyond_a_quantile_score_log_two():
    real = pd.DataFrame({"x": np.arange(10_000.0)})
    far = real["x"].to_numpy().copy()
    far[5000:5500] = 20_000.0
    found = tail_quantiles(real, pd.DataFrame({"x": far}), levels=(0.95,), rng=0)
    assert found.value == pytest.approx(np.log(2), abs=0.01)


def test_hills_estimator_finds_the_index_of_a_pareto_law():
    g = np.random.default_rng(1)
    real = pd.DataFrame({"x": 1 + g.pareto(2.0, 20_000)})
    table = tail_index(real, real, rng=0).table
    # Standard error xi / sqrt(m) with m = 1000 values in the tail.
    assert abs(table["real"][0] - 0.5) < 4 * 0.5 / np.sqrt(1000)


def test_rank_correlations_equal_scipy_with_gaps_left_out():
    df = pd.DataFrame(G.integers(0, 9, size=(200, 2)).astype(float), columns=["a", "b"])
    table = align(df, df).real
    assert spearman_matrix(table)[0, 1] == pytest.approx(stats.spearmanr(df.a, df.b).statistic)
    assert kendall_matrix(table)[0, 1] == pytest.approx(stats.kendalltau(df.a, df.b).statistic)
    gap = df.assign(a=df["a"].where(G.random(200) > 0.3))
    here = gap["a"].notna()
    found = kendall_matrix(align(gap, gap).real)[0, 1]
    assert found == pytest.approx(stats.kendalltau(df.a[here], df.b[here]).statistic)


def test_all_pairs_are_measured_and_none_dropped():
    df = pd.DataFrame(G.normal(size=(60, 8)), columns=list("abcdefgh")).assign(h=1.0)
    for metric in (spearman, kendall, cramers_v, mutual_information, tail_dependence):
        assert len(metric(df, df, rng=0).table) == 28
    assert len(k_marginals(df, df, k=3, rng=0).table) == 56


def test_tail_dependence_is_one_for_a_column_and_itself_and_small_without():
    df = pd.DataFrame({"a": G.normal(size=4000)})
    df = df.assign(b=df["a"] ** 3, c=G.normal(size=4000))
    chi = chi_matrix(align(df, df).real, 0.95)
    assert chi[0, 1] == pytest.approx(1.0)
    # Independent: chi = .05, error sqrt(.05 / 200).
    assert abs(chi[0, 2] - 0.05) < 4 * np.sqrt(0.05 / 200)


def test_cramers_v_and_information_are_unbiased_at_independence():
    g = np.random.default_rng(5)
    p = np.outer(g.dirichlet(np.ones(4) * 9), g.dirichlet(np.ones(5) * 9))
    tables = g.multinomial(400, p.ravel(), size=2000).reshape(-1, 4, 5).astype(float)
    # Truncation at 0 leaves about half of each null; without correction V is .17, MI .015.
    assert association_v(tables).mean() < 0.05
    assert table_information(tables).mean() < 0.004


def test_information_of_a_diagonal_table_is_its_entropy():
    assert table_information(np.diag([50_000.0, 50_000.0])) == pytest.approx(np.log(2), abs=1e-4)


def test_the_scale_of_rows_ignores_outliers_and_treats_gaps_alike():
    df = pd.DataFrame({"x": [0.0, 1.0, 1e12, np.nan, np.nan], "g": ["a", "a'b", "a", None, None]})
    table = align(df, df).real
    rows = MixedScale.of([table]).place(table)
    d = distances(rows, rows)
    assert d[3, 4] == 0.0
    assert np.diag(d).tolist() == [0.0] * 5
    assert d[0, 2] <= 1.0
    assert d[0, 3] >= np.sqrt(0.5)


def test_energy_distance_of_numbers_is_the_definition():
    a, b = A[["x"]], B[["x"]]
    tables = align(a, b)
    scale = MixedScale.of([tables.real, tables.synthetic])
    x, y = (scale.place(t).places for t in (tables.real, tables.synthetic))
    n, k = len(x), len(y)
    expected = (
        2 * cdist(x, y).mean()
        - cdist(x, x).sum() / (n * (n - 1))
        - cdist(y, y).sum() / (k * (k - 1))
    )
    assert energy_distance(a, b, rng=0).value == pytest.approx(expected)


def test_energy_distance_of_fresh_rows_is_nought_on_average():
    found = [
        energy_distance(
            *(
                pd.DataFrame(
                    np.random.default_rng([s, i]).normal(size=(100, 2)), columns=["x", "y"]
                )
                for i in (0, 1)
            ),
            rng=s,
        ).value
        for s in range(60)
    ]
    assert abs(np.mean(found)) < 4 * np.std(found) / np.sqrt(60)


def test_invented_and_forgotten_modes_show_in_precision_and_recall():
    g = np.random.default_rng(1)
    real = pd.DataFrame(
        {
            "x": np.r_[g.normal(0, 1, 400), g.normal(20, 1, 400)],
            "y": np.r_[g.normal(0, 1, 400), g.normal(20, 1, 400)],
        }
    )
    invented = pd.DataFrame(
        {
            "x": np.r_[g.normal(0, 1, 400), g.normal(0, 1, 400)],
            "y": np.r_[g.normal(0, 1, 400), g.normal(20, 1, 400)],
        }
    )
    assert neighbour_precision(real, invented, rng=0).value < 0.7
    assert neighbour_recall(real, invented, rng=0).value < 0.7
    assert neighbour_precision(real, real, holdout=real, rng=0).value == 1.0


def test_dcr_needs_a_holdout_and_says_how_to_get_one():
    with pytest.raises(DataError, match=r"copulasynth\.split\(table\)"):
        dcr_share(A, B)


def test_dcr_share_is_a_half_for_ties_and_for_fresh_rows_of_unequal_splits():
    same = pd.DataFrame({"g": ["a", "b"] * 50})
    assert dcr_share(same, same, holdout=same, rng=0).value == 0.5
    g = np.random.default_rng(2)
    train, held, fresh = (pd.DataFrame(g.normal(size=(n, 3))) for n in (2000, 500, 1000))
    found = dcr_share(train, fresh, holdout=held, rng=0)
    assert abs(found.value - 0.5) < 4 * (found.high - found.low) / (2 * 1.96)


def test_an_honest_uneven_split_scores_a_half_and_a_copy_of_it_one():
    g = np.random.default_rng(3)
    train, held, fresh = (pd.DataFrame(g.integers(0, 4, (n, 3))) for n in (1600, 400, 2000))
    coarse = dcr_share(train, fresh, holdout=held, rng=0)
    assert abs(coarse.value - 0.5) < 4 * (coarse.high - coarse.low) / (2 * 1.96)
    train, held = (pd.DataFrame(g.normal(size=(n, 3))) for n in (1600, 400))
    assert dcr_share(train, train, holdout=held, rng=0).value == 1.0


def test_copies_of_categories_and_of_strings_with_apostrophes_are_found():
    real = pd.DataFrame({"name": ["O'Neil", "d'Arc", "x"] * 20, "g": list("ab") * 30})
    found = exact_copies(real, real, holdout=real, rng=0)
    assert found.value == 1.0
    assert found.reference == 1.0


def test_two_missing_values_are_equal_in_copies():
    real = pd.DataFrame({"x": [1.0, np.nan], "g": [None, "a"]})
    syn = pd.DataFrame({"x": [1, None], "g": [np.nan, "b"]})
    assert exact_copies(real, syn, rng=0).value == 0.5


def test_the_reference_of_copies_without_a_holdout_is_between_halves():
    coarse = pd.DataFrame({"g": G.integers(0, 3, 400), "h": G.integers(0, 3, 400)})
    assert exact_copies(coarse, coarse, rng=0).reference == 1.0
    fine = pd.DataFrame({"x": G.normal(size=400)})
    assert exact_copies(fine, fine, rng=0).reference == 0.0


def test_auc_and_its_error_agree_with_the_spread_over_samples():
    found = []
    for s in range(200):
        g = np.random.default_rng(s)
        scores = np.r_[g.normal(0, 1, 100), g.normal(1, 1, 80)]
        found.append(auc(scores, np.arange(180) >= 100))
    values, variances = np.array(found).T
    truth = stats.norm.cdf(1 / np.sqrt(2))
    assert abs(values.mean() - truth) < 4 * values.std() / np.sqrt(200)
    # The relative error of a variance from 200 draws is sqrt(2 / 200).
    assert abs(variances.mean() / values.var() - 1) < 4 * np.sqrt(2 / 200)


@pytest.mark.parametrize("k", [1, 3, 12])
def test_nearest_rows_are_the_first_of_all_distances_sorted(k):
    table = align(A.round(1), B.round(1))
    scale = MixedScale.of([table.real, table.synthetic])
    a, b = scale.place(table.real), scale.place(table.synthetic)
    np.testing.assert_array_equal(nearest(a, b, k), np.sort(distances(a, b), axis=1)[:, :k])
    own = distances(a, a)
    np.fill_diagonal(own, np.inf)
    np.testing.assert_array_equal(nearest(a, a, k, own=True), np.sort(own, axis=1)[:, :k])


def test_as_many_rows_are_nearest_as_equal_the_first():
    table = align(A.round(0), A.round(0).head(50))
    scale = MixedScale.of([table.real, table.synthetic])
    made, real = scale.place(table.synthetic), scale.place(table.real)
    first, second, count = nearest_two(made, real)
    every = distances(made, real)
    assert count.tolist() == (every == 0).sum(axis=1).tolist()
    np.testing.assert_array_equal(np.stack([first, second], 1), np.sort(every, axis=1)[:, :2])
    alone = nearest_two(real[:1], real[:1], own=True)
    assert [float(x[0]) for x in alone] == [np.inf, np.inf, 1.0]


@pytest.mark.parametrize(
    "x", [G.integers(0, 9, 40), G.normal(size=(30, 2)).round(1), [1.0, np.nan]]
)
def test_midranks_are_those_of_scipy(x):
    np.testing.assert_array_equal(midranks(x), stats.rankdata(x, axis=0))
