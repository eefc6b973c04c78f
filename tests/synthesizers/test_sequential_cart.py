"""Sequential CART: its trees against their definitions, its draws against their laws."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.tree import DecisionTreeRegressor

from copulasynth.errors import FitWarning
from copulasynth.metrics.joint.utility_gen import utility_gen
from copulasynth.schema import Schema
from copulasynth.synthesizers import SequentialCart
from copulasynth.synthesizers.sequence.cart_fit import fit_cart_law
from copulasynth.synthesizers.sequence.fit import Conditioned
from copulasynth.synthesizers.sequence.level_ranks import level_ranks, target_scores
from copulasynth.synthesizers.training_rows import layout_of


def problem(df, target, predictors):
    """Return the problem of learning variable `target`, in a table without gaps."""
    schema = Schema.infer(df)
    x = schema.encode(df)
    layout = layout_of(schema.variables)
    return Conditioned(target, x[:, target], x, np.array(predictors), layout, "y")


def seen_of(problem, law):
    return np.vstack([problem.seen.T, np.zeros((law.scratch, len(problem.y)))])


@pytest.fixture(scope="module")
def mixed():
    rng = np.random.default_rng(3)
    n = 800
    x, g = rng.normal(size=n), rng.choice(list("abcdef"), size=n)
    y = np.round(x + (g == "c") * 2 + rng.normal(size=n), 6)
    return pd.DataFrame({"x": x, "g": g, "h": np.where(y > 0, "up", "down"), "y": y})


@pytest.mark.parametrize("target", [1, 2, 3])
@pytest.mark.parametrize("prune", [True, False])
def test_every_training_row_falls_into_the_leaf_that_holds_its_value(mixed, target, prune):
    p = problem(mixed, target, [k for k in range(4) if k != target])
    law = fit_cart_law(p, 5, prune, np.random.default_rng(0))
    leaf = law.leaves(seen_of(p, law))
    counts = np.diff(law.offset)
    assert len(counts) > 1
    assert counts.min() >= 5
    np.testing.assert_array_equal(np.bincount(leaf), counts)
    for k in range(len(counts)):
        donors = law.donors[law.offset[k] : law.offset[k + 1]]
        np.testing.assert_array_equal(np.sort(donors), np.sort(p.y[leaf == k]))


def test_a_regression_tree_on_numbers_is_the_tree_of_scikit_learn(mixed):
    df = mixed[["x", "y"]]
    p = problem(df, 1, [0])
    law = fit_cart_law(p, 5, True, np.random.default_rng(0))
    tree = DecisionTreeRegressor(min_samples_leaf=5, min_samples_split=15, random_state=0)
    theirs = tree.fit(p.seen[:, [0]], p.y).apply(p.seen[:, [0]])
    ours = law.leaves(seen_of(p, law))
    pairs = np.unique(np.column_stack([ours, theirs]), axis=0)
    assert len(pairs) == len(np.unique(ours)) == len(np.unique(theirs))


def test_donors_of_a_leaf_are_drawn_with_equal_probability(mixed):
    p = problem(mixed, 3, [0, 1])
    law = fit_cart_law(p, 5, True, np.random.default_rng(0))
    row = np.repeat(seen_of(p, law)[:, [0]], 40_000, axis=1)
    leaf = law.leaves(row[:, :1].copy())[0]
    donors = law.donors[law.offset[leaf] : law.offset[leaf + 1]]
    drawn = law.draw(row, np.random.default_rng(1))
    _, counts = np.unique(drawn, return_counts=True)
    assert len(counts) == len(donors)
    assert stats.chisquare(counts).pvalue > 1e-3


def test_pruning_removes_splits_that_classify_no_more_rows_rightly():
    x = np.repeat([0.0, 1.0], 500)
    y = np.concatenate([np.arange(500) % 10 == 0, np.arange(500) % 4 == 0])
    df = pd.DataFrame({"x": np.r_[x, 2.0], "y": np.where(np.r_[y, False], "rare", "usual")})
    p = problem(df, 1, [0])
    leaves = [
        len(fit_cart_law(p, 5, prune, np.random.default_rng(0)).offset) - 1
        for prune in (True, False)
    ]
    assert leaves == [1, 2]


def test_a_rare_outcome_depends_on_its_cause_by_default():
    rng = np.random.default_rng(1)
    n = 2500
    df = pd.DataFrame({"age": rng.integers(18, 80, n), "smoker": rng.random(n) < 0.25})
    df["ill"] = rng.random(n) < np.where(df["smoker"], 0.22, 0.05)

    def risk(rows):
        return rows.loc[rows["smoker"], "ill"].mean()

    kept = SequentialCart().fit(df, rng=0).sample(40_000, rng=1)
    # 10,000 drawn smokers, and leaves of the tree that cross the border between the two risks
    assert abs(risk(kept) - risk(df)) < 4 * np.sqrt(0.22 * 0.78 / 10_000) + 0.005
    # what rpart does to it: no leaf has more ill than healthy rows, so that no split counts
    cut = SequentialCart(prune=True).fit(df, rng=0).sample(40_000, rng=1)
    assert abs(risk(cut) - df["ill"].mean()) < 4 * np.sqrt(0.1 * 0.9 / 10_000)


def test_thresholds_on_ranks_contain_the_best_of_all_splits_of_the_levels():
    rng = np.random.default_rng(8)
    code = rng.integers(6, size=300).astype(float)
    y = np.array([3.0, 0.0, 2.0, 5.0, 1.0, 1.5])[code.astype(int)] + rng.normal(size=300)
    ranks = level_ranks(code, 6, target_scores(y, False, rng))

    def within(left):
        return sum(part.var() * len(part) for part in (y[left], y[~left]) if len(part))

    best = min(
        within(np.isin(code, subset))
        for size in range(1, 6)
        for subset in itertools.combinations(range(6), size)
    )
    of_row = ranks[code.astype(int) + 1]
    assert min(within(of_row <= t) for t in np.unique(of_row)[:-1]) == pytest.approx(best)


def test_the_first_column_is_drawn_from_its_own_values():
    df = pd.DataFrame({"x": [1.0] * 6 + [2.0] * 3 + [5.0], "y": range(10)})
    rows = SequentialCart().fit(df, rng=0).sample(10_000, rng=1)
    counts = rows["x"].value_counts().loc[[1.0, 2.0, 5.0]]
    assert stats.chisquare(counts, [6000, 3000, 1000]).pvalue > 1e-3


def test_missing_codes_and_gaps_survive_with_what_they_depend_on():
    rng = np.random.default_rng(2)
    age = rng.integers(16, 90, size=4000)
    income = rng.lognormal(7, 0.5, size=4000).round()
    income = np.where(age < 20, -8.0, np.where(rng.random(4000) < age / 200, np.nan, income))
    df = pd.DataFrame({"age": age, "income": income})
    schema = Schema.infer(df, missing_codes={"income": [-8]})
    rows = SequentialCart().fit(df, schema=schema, rng=0).sample(20_000, rng=1)
    assert (rows.loc[rows["age"] < 20, "income"] == -8).all()
    assert (rows.loc[rows["age"] >= 20, "income"] != -8).all()
    for low, high in ((20, 40), (40, 65), (65, 90)):
        p = df.loc[df["age"].between(low, high - 1), "income"].isna()
        made = rows.loc[rows["age"].between(low, high - 1), "income"].isna()
        error = np.sqrt(p.mean() * (1 - p.mean()) * (1 / len(p) + 1 / len(made)))
        assert abs(p.mean() - made.mean()) < 4 * error


def people(n=1000):
    rng = np.random.default_rng(4)
    age = rng.integers(10, 80, size=n)
    married = np.where(age < 18, "SINGLE", rng.choice(["SINGLE", "MARRIED"], size=n))
    year = np.where(married == "MARRIED", 2000 - age + rng.integers(20, 30, size=n), np.nan)
    return pd.DataFrame({"age": age, "marital": married, "year": year})


def test_rules_hold_in_every_row():
    rules = {
        "marital": ("age < 18", "SINGLE"),
        "year": [("marital == SINGLE", None), ("age >= 79 and marital == 'MARRIED'", 1950)],
    }
    df = people()
    df.loc[(df["age"] >= 79) & (df["marital"] == "MARRIED"), "year"] = 1950
    rows = SequentialCart(rules=rules).fit(df, rng=0).sample(20_000, rng=1)
    assert set(rows.loc[rows["age"] < 18, "marital"]) == {"SINGLE"}
    assert rows.loc[rows["marital"] == "SINGLE", "year"].isna().all()
    old = rows[(rows["age"] >= 79) & (rows["marital"] == "MARRIED")]
    assert set(old["year"]) == {1950.0}
    assert rows.loc[rows["marital"] == "MARRIED", "year"].notna().all()


def test_training_rows_that_break_a_rule_are_counted_in_a_warning():
    df = people()
    df.loc[df.index[df["age"] < 18][:3], "marital"] = "MARRIED"
    with pytest.warns(
        FitWarning, match=r"fewer than 10 of [\d,]+ training rows break the rule 'marital: age < 18"
    ):
        model = SequentialCart(rules={"marital": ("age < 18", "SINGLE")}).fit(df, rng=0)
    rows = model.sample(5000, rng=1)
    assert set(rows.loc[rows["age"] < 18, "marital"]) == {"SINGLE"}
    assert sum("training rows break" in w for w in model.provenance.warnings) == 1


def test_columns_depend_on_their_chosen_predictors_alone():
    rng = np.random.default_rng(0)
    z = rng.normal(size=2000)
    df = pd.DataFrame({"a": z, "b": z + 0.1 * rng.normal(size=2000)})
    # but for a little noise, so that no rule has one follow from another
    df["c"] = -z + 1e-3 * rng.normal(size=2000)
    rows = SequentialCart(predictors={"c": ()}).fit(df, rng=0).sample(20_000, rng=1)
    assert abs(rows["a"].corr(rows["c"])) < 4 / np.sqrt(20_000)
    assert rows["a"].corr(rows["b"]) > 0.98
    order = SequentialCart(order=["c", "b"], predictors={"a": ["b"]}).fit(df, rng=0)
    assert order.sample(20_000, rng=1).corr().to_numpy().min() < -0.98


def test_strata_keep_their_shares_and_their_own_laws():
    rng = np.random.default_rng(1)
    g = rng.choice(["a", "b"], p=[0.2, 0.8], size=3000)
    x = rng.normal(size=3000)
    df = pd.DataFrame({"g": g, "x": x, "y": np.where(g == "a", x, -x)})
    rows = SequentialCart(strata="g").fit(df, rng=0).sample(20_000, rng=1)
    share, p = (rows["g"] == "a").mean(), (df["g"] == "a").mean()
    assert abs(share - p) < 4 * np.sqrt(p * (1 - p) / 20_000)
    assert rows[rows["g"] == "a"][["x", "y"]].corr().iloc[0, 1] > 0.98
    assert rows[rows["g"] == "b"][["x", "y"]].corr().iloc[0, 1] < -0.98


def test_proper_synthesis_varies_more_between_fits():
    rng = np.random.default_rng(5)
    df = pd.DataFrame({"x": rng.normal(size=200)})
    means = {
        proper: np.var(
            [
                SequentialCart(proper=proper).fit(df, rng=s).sample(20_000, rng=s)["x"].mean()
                for s in range(60)
            ]
        )
        for proper in (False, True)
    }
    # var(mean) = s^2 / k for fixed and s^2 (1/n + 1/k) for drawn rows; sd of a variance
    # estimate from 60 fits is its sqrt(2 / 59)-fold
    s2 = df["x"].var()
    for proper, expected in ((False, s2 / 20_000), (True, s2 * (1 / 200 + 1 / 20_000))):
        assert abs(means[proper] / expected - 1) < 4 * np.sqrt(2 / 59)


def test_smoothing_makes_new_values_of_the_same_law_and_leaves_atoms_alone():
    rng = np.random.default_rng(6)
    x = np.where(rng.random(3000) < 0.3, 0.0, rng.lognormal(size=3000))
    df = pd.DataFrame({"x": x, "y": x + rng.normal(size=3000)})
    rows = SequentialCart(smoothing="spline").fit(df, rng=0).sample(20_000, rng=1)
    assert abs((rows["x"] == 0).mean() - (x == 0).mean()) < 4 * np.sqrt(0.3 * 0.7 / 20_000)
    positive = rows.loc[rows["x"] != 0, "x"]
    assert np.isin(positive, x).mean() < 0.01
    assert (positive > 0).all()
    distance = stats.ks_2samp(positive, x[x != 0]).statistic
    assert distance < 1.63 * np.sqrt(1 / len(positive) + 1 / (x != 0).sum())
    assert rows["x"].corr(rows["y"]) == pytest.approx(df["x"].corr(df["y"]), abs=0.05)


def read_survey(shared, name):
    types = json.loads(shared("reference/SD2011_types.json").read_text())["cols"]
    df = pd.read_csv(shared(f"reference/{name}.csv.gz"), keep_default_na=False, na_values=[""])
    for column in df:
        if types[column]["levels"]:
            df[column] = pd.Categorical(df[column], types[column]["levels"])
    return df


def two_way_median(real, made):
    """Return the median S_pMSE of all two-way tables, numbers in fifths of the pooled values."""
    codes = []
    for name in real:
        both = pd.concat([real[name], made[name]], ignore_index=True)
        if isinstance(both.dtype, pd.CategoricalDtype):
            codes.append(both.cat.codes.to_numpy())
            continue
        value = both.where(both != -8)
        edges = np.unique(value.quantile(np.linspace(0, 1, 6)))
        group = np.clip(np.searchsorted(edges, value, side="right") - 1, 0, len(edges) - 2)
        codes.append(np.where(both.isna(), -1, np.where(both == -8, -2, group)))
    scores = []
    for a, b in itertools.combinations(codes, 2):
        _, cell = np.unique(np.column_stack([a, b]), axis=0, return_inverse=True)
        cell = cell.ravel()
        o = np.bincount(cell[: len(real)], minlength=cell.max() + 1)
        s = np.bincount(cell[len(real) :], minlength=cell.max() + 1)
        scores.append(((s - o) ** 2 / (0.5 * (o + s))).sum() / (len(o) - 1))
    return np.median(scores)


@pytest.mark.shared
def test_the_survey_is_synthesised_at_the_level_of_synthpop(shared):
    df = read_survey(shared, "SD2011_ods7")
    reference = json.loads(shared("reference/ref_utility_gen.json").read_text())["cart.cart"]
    theirs = two_way_median(df, read_survey(shared, "SD2011_syn_cart"))
    schema = Schema.infer(df, missing_codes={"income": [-8]})
    medians, errors = [], []
    for seed in range(4):
        made = SequentialCart(prune=True).fit(df, schema=schema, rng=seed).sample(5000, rng=seed)
        medians.append(two_way_median(df, made))
        score = utility_gen(df, made, permutations=1, missing_codes={"income": [-8]}, rng=seed)
        errors.append(score.table["pMSE"].iloc[0])
    assert 1.1 < np.mean(medians) < 1.7
    assert 1.1 < theirs < 1.7
    assert 0.0035 < np.mean(errors) < 0.0060
    assert 0.0035 < reference["pMSE"] < 0.0060
