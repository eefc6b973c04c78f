"""The joint model: one table in, as many rows out, with the law of the table."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

import copulasynth as cs
from copulasynth.copulas import Gaussian
from copulasynth.errors import DataError, FitWarning, SamplingError
from copulasynth.model import declare, fit_joint
from copulasynth.model.bootstrap import resampled
from copulasynth.model.given import Fitting
from copulasynth.model.wanted import law_test
from copulasynth.rows import sampling
from copulasynth.rows.blocks import BLOCK
from copulasynth.schema import Rule
from copulasynth.schema.given import conditions_of
from copulasynth.synthesizers.registry import METHODS

N, ROWS = 4000, 80_000


@pytest.fixture(scope="module")
def telecom() -> pd.DataFrame:
    return cs.datasets.simulate_telecom(N, rng=1)


@pytest.fixture(scope="module")
def model(telecom):
    return fit_joint(telecom, rng=1)


@pytest.fixture(scope="module")
def drawn(model):
    return model.sample(ROWS, rng=7)


def share_error(p: float) -> float:
    """Four standard errors of a share estimated from N rows, then from ROWS rows."""
    return 4 * np.sqrt(p * (1 - p) * (1 / N + 1 / ROWS)) + 1e-9


def test_rows_come_back_with_columns_types_and_levels(telecom, drawn):
    assert (drawn.dtypes == telecom.dtypes).all()
    assert list(drawn.columns) == list(telecom.columns)
    assert set(drawn["plan"]) == set(telecom["plan"])


@pytest.mark.parametrize("column", ["abroad_min", "premium_spend", "roaming_min"])
def test_columns_of_40_80_and_90_percent_zeros_keep_their_zeros(telecom, drawn, column):
    p = (telecom[column] == 0).mean()
    assert abs((drawn[column] == 0).mean() - p) < 0.01


def test_no_value_falls_below_its_natural_bound(telecom, drawn):
    for c in telecom.select_dtypes(["int", "float"]):
        if telecom[c].min() >= 0:
            assert drawn[c].min() >= 0


def test_the_law_is_that_of_the_simulator(drawn):
    truth = cs.datasets.simulate_telecom(ROWS, rng=99)
    numbers = truth.select_dtypes(["int", "float"]).columns
    a, b = (t[numbers].corr("spearman").to_numpy() for t in (drawn, truth))
    upper = np.triu_indices(len(numbers), 1)
    # a rank correlation of N rows has a standard error of about 1 / sqrt(N), here .016; the rest is
    # what a Gaussian copula cannot follow (zeros that do not depend on what the amounts depend on)
    assert np.abs(a - b)[upper].mean() < 1.5 / np.sqrt(N)
    for c in ("data_mb", "voice_min", "monthly_charge"):
        assert drawn[c].median() == pytest.approx(truth[c].median(), rel=0.06)
        assert drawn[c].quantile(0.99) == pytest.approx(truth[c].quantile(0.99), rel=0.15)


def test_gaps_depend_on_other_columns_as_they_did(telecom, drawn):
    for low, high in ((18, 25), (40, 60)):
        p, q = (
            t.loc[t["age"].between(low, high), "income"].isna().mean() for t in (telecom, drawn)
        )
        assert abs(p - q) < 0.04
    for care, tolerance in ((0, 0.03), (2, 0.12)):
        p, q = (
            t.loc[t["care_calls"] == care, "satisfaction"].isna().mean() for t in (telecom, drawn)
        )
        assert abs(p - q) < tolerance


def test_nominal_effects_survive(telecom, drawn):
    p, q = (t.groupby("plan")["monthly_charge"].median() for t in (telecom, drawn))
    assert p.sort_values().index.tolist() == q.sort_values().index.tolist()
    assert np.abs(p / q - 1).max() < 0.2


def test_group_means_of_an_unordered_level_come_back():
    rng = np.random.default_rng(5)
    group = rng.choice(list("abcd"), 4000)
    mean = pd.Series({"a": 3.0, "b": -3.0, "c": 2.0, "d": -2.0})
    y = mean[group].to_numpy() + rng.standard_normal(4000)
    model = fit_joint(pd.DataFrame({"group": group.tolist(), "y": y}), rng=1)
    back = model.sample(100_000, rng=2).groupby("group")["y"].mean()
    assert back.sort_values().index.tolist() == mean.sort_values().index.tolist()


def test_derived_columns_hold_in_every_row():
    rng = np.random.default_rng(4)
    minutes = np.round(rng.gamma(2, 90, 800), 1)
    age = rng.integers(18, 90, 800)
    df = pd.DataFrame(
        {
            "charge": np.round(0.17 * minutes, 2),
            "minutes": minutes,
            "age": age,
            "group": pd.cut(age, [0, 25, 45, 65, 99], labels=list("abcd")),
        }
    )
    model = fit_joint(df, rng=1)
    assert {r.columns[0] for r in model.schema.rules} == {"charge", "group"}
    drawn = model.sample(20_000, rng=2)
    assert np.abs(drawn["charge"] - 0.17 * drawn["minutes"]).max() <= 0.0171 / 2 + 0.005
    expected = pd.cut(drawn["age"], [0, 25, 45, 65, 999], labels=list("abcd"))
    assert (drawn["group"].astype(str) == expected.astype(str)).all()


def test_a_dependency_is_declared_in_the_schema_and_can_be_refused_there(tmp_path):
    rng = np.random.default_rng(4)
    minutes = np.round(rng.gamma(2, 90, 500), 1)
    df = pd.DataFrame({"minutes": minutes, "charge": np.round(0.17 * minutes, 2)})
    path = tmp_path / "schema.toml"
    declare(df).to_file(path)
    text = path.read_text()
    assert 'kind = "identity"\ncolumns = ["charge", "minutes"]' in text
    assert len(fit_joint(df, schema=cs.Schema.from_file(path), rng=1).rules) == 1
    path.write_text(text + "keep = false\n")
    assert fit_joint(df, schema=cs.Schema.from_file(path), rng=1).rules == ()
    path.write_text(text.replace('"charge", "minutes"]', '"charge", "hours"]'))
    with pytest.raises(DataError, match="about 'minutes', which is not among its columns"):
        fit_joint(df, schema=cs.Schema.from_file(path), rng=1)


def test_a_declared_rule_that_does_not_hold_is_an_error_and_one_found_elsewhere_is_left_out():
    rng = np.random.default_rng(4)
    df = pd.DataFrame({"minutes": rng.gamma(2, 90, 300), "charge": rng.gamma(2, 9, 300)})
    rule = Rule("identity", ("charge", "minutes"))
    with pytest.raises(DataError, match="identity of charge, minutes' does not hold"):
        fit_joint(df, rules=[rule], rng=1)
    found = replace(rule, obey=90, told=90)
    with pytest.warns(FitWarning, match="identity of charge, minutes' does not hold"):
        model = fit_joint(df, schema=replace(cs.Schema.infer(df), rules=(found,)), rng=1)
    assert model.rules == ()


def test_same_seed_same_bytes_whatever_the_size_and_the_workers(model):
    n = BLOCK + 100
    large = model.sample(n, rng=3)
    pd.testing.assert_frame_equal(model.sample(500, rng=3), large.head(500))
    pd.testing.assert_frame_equal(model.sample(n, rng=3, workers=2), large)


def test_a_saved_model_draws_the_same_rows_and_holds_none(model, telecom, tmp_path):
    path = tmp_path / "model.json"
    model.save(path)
    pd.testing.assert_frame_equal(cs.load(path).sample(100, rng=3), model.sample(100, rng=3))
    text = path.read_text()
    for c in ("data_mb", "income"):
        alone = telecom[c].value_counts()
        values = alone.index[(alone == 1) & (alone.index > 1000)]
        # as a whole number of the file, not as the end of a longer one
        assert not [v for v in values if f",{v!r}," in text or f"[{v!r}," in text]


def test_a_model_cannot_be_changed(model):
    with pytest.raises(AttributeError):
        model.copula = None


def test_conditional_rows_take_the_given_values_and_follow_the_rest(model, telecom):
    rows = model.sample(20_000, rng=5, given={"plan": "premium", "age": 30})
    assert (rows["plan"] == "premium").all()
    assert (rows["age"] == 30).all()
    near = telecom[(telecom["plan"] == "premium") & telecom["age"].between(25, 35)]
    assert rows["data_mb"].median() == pytest.approx(near["data_mb"].median(), rel=0.35)
    gone = model.sample(1000, rng=5, given={"income": None})
    assert gone["income"].isna().all()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"colour": "red"}, "colour"),
        ({"plan": "gold"}, "plan"),
        ({"age": "old"}, "age"),
        ({"plan": None}, "plan"),
    ],
)
def test_a_given_value_that_cannot_be_is_refused_by_name(model, given, message):
    with pytest.raises(DataError, match=message):
        model.sample(5, rng=1, given=given)


def test_a_derived_number_can_be_given_where_its_parents_have_it():
    rng = np.random.default_rng(4)
    minutes = np.round(rng.gamma(2, 90, 500), 1)
    df = pd.DataFrame({"minutes": minutes, "charge": np.round(0.17 * minutes, 2)})
    model = fit_joint(df, rng=1)
    rows = model.sample(5, rng=1, given={"charge": 17.0})
    assert (rows["charge"] == 17.0).all()
    assert (rows["minutes"] == 100.0).all()
    with pytest.raises(SamplingError, match=r"'charge' is derived .* \['minutes'\]"):
        model.sample(5, rng=1, given={"charge": 17.01})
    assert (model.sample(5, rng=1, given={"minutes": 100.0})["charge"] == 17.0).all()


def by_rejection(model, given):
    law = model.law
    tests = tuple(law_test(model.schema, law, c) for c in conditions_of(model.schema, given))
    return Fitting(model.schema, law, law, tests, "")


def test_conditional_rows_by_rejection_agree_with_exact_ones(model):
    given = {"plan": "premium", "age": 30}
    exact = model.sample(4000, rng=5, given=given)
    kept = sampling.sample(by_rejection(model, given), 4000, rng=5)
    assert (kept["plan"] == "premium").all()
    assert (kept["age"] == 30).all()
    # two samples of 4,000: a Kolmogorov-Smirnov distance of .043 has probability .001
    for c in ("data_mb", "monthly_charge", "voice_min"):
        assert ks_2samp(exact[c], kept[c]).statistic < 0.043


def test_values_that_never_occur_together_are_an_error_and_no_endless_loop(model, monkeypatch):
    monkeypatch.setattr("copulasynth.model.given.PATIENCE", 30_000)
    source = by_rejection(model, {"plan": "premium", "age": 18})
    age = replace(source.tests[1], low=source.tests[1].low + 1e9)
    with pytest.raises(SamplingError, match="Give fewer values"):
        sampling.sample(replace(source, tests=(age,)), 5, rng=1)


def test_several_syntheses_start_with_the_single_one(model):
    tables = model.synthesise(3, 200, rng=7)
    pd.testing.assert_frame_equal(tables[0], model.sample(200, rng=7))
    assert not tables[1].equals(tables[2])


def test_proper_syntheses_vary_by_what_the_data_leave_open():
    n, m = 400, 30
    df = pd.DataFrame({"x": np.random.default_rng(8).normal(10, 2, n).round(3)})
    model = fit_joint(df, proper=True, draws=m, rng=1)
    means = [t["x"].mean() for t in model.synthesise(m, 20_000, rng=2)]
    # the parameters' own standard error is 2 / sqrt(n); its estimate from m draws has a relative
    # standard error of 1 / sqrt(2 m)
    assert np.std(means) == pytest.approx(2 / np.sqrt(n), rel=4 / np.sqrt(2 * m))
    pd.testing.assert_frame_equal(model.synthesise(1, 50, rng=2)[0], model.sample(50, rng=2))
    with pytest.raises(DataError, match=f"draws={m + 1}"):
        model.synthesise(m + 1, 10, rng=2)


@pytest.mark.filterwarnings("ignore:the t copula has")
@pytest.mark.parametrize(
    "name",
    [
        *sorted(m.name for m in METHODS if m.kind == "copula" and not m.calibrated),
        "gaussian + calibration",
    ],
)
@pytest.mark.parametrize("proper", [False, True])
def test_the_first_of_three_syntheses_is_the_single_one_for_every_copula(telecom, name, proper):
    few = telecom[["plan", "data_mb", "voice_min", "roaming_min"]].head(250)
    rest = {"copula": name, "marginals": "empirical", "rng": 1}
    model = cs.fit(few, proper=proper, draws=3, **rest)
    tables = model.synthesise(3, 60, rng=7)
    assert len(tables) == 3
    pd.testing.assert_frame_equal(tables[0], model.sample(60, rng=7))
    assert all(not tables[0].equals(t) for t in tables[1:])


def test_a_bootstrap_sample_has_no_new_ties():
    x = np.random.default_rng(3).normal(size=(500, 1))
    assert len(np.unique(resampled(x, np.random.default_rng(1)))) >= 499
    tied = np.repeat([[1.0], [2.0]], 50, axis=0)
    assert set(np.unique(resampled(tied, np.random.default_rng(1)))) == {1.0, 2.0}


def test_a_proper_model_is_saved_with_all_its_draws(tmp_path):
    df = pd.DataFrame({"x": np.random.default_rng(8).normal(size=60)})
    model = fit_joint(df, proper=True, draws=3, rng=1)
    model.save(tmp_path / "m.json")
    back = cs.load(tmp_path / "m.json").synthesise(3, 20, rng=1)
    for a, b in zip(back, model.synthesise(3, 20, rng=1), strict=True):
        pd.testing.assert_frame_equal(a, b)


def test_a_table_of_constants_and_identifiers_can_be_drawn():
    df = pd.DataFrame({"id": [f"c{i:03d}" for i in range(50)], "unit": "EUR"})
    drawn = fit_joint(df, rng=1).sample(120, rng=1)
    assert drawn["id"].is_unique
    assert set(drawn["unit"]) == {"EUR"}


@pytest.mark.parametrize("rows", [0, 1])
def test_a_table_of_too_few_rows_is_refused(telecom, rows):
    with pytest.raises(DataError, match=f"at least 2 rows, the table has {rows}"):
        fit_joint(telecom.head(rows))


def test_a_marginal_for_an_unknown_column_is_refused(telecom):
    with pytest.raises(DataError, match="no column 'datamb'"):
        fit_joint(telecom, marginals={"datamb": "lognormal"})


def test_the_choice_of_marginals_is_shown(model):
    table = model.marginals_table
    assert {"variable", "candidate", "chosen"} <= set(table)
    assert table.groupby("variable")["chosen"].sum().eq(1).all()


def test_provenance_tells_how_the_model_came_about(model):
    p = model.provenance
    assert (p.rows, p.seed) == (N, 1)
    assert p.choices["copula"] == repr(Gaussian())
    assert {"python", "numpy", "copulasynth"} <= set(p.versions)
    assert "GaussianCopula" in repr(model)


@pytest.mark.parametrize("copula", ["tree", "mixture"])
def test_what_follows_from_a_given_value_follows_where_rows_are_kept_by_chance_too(copula):
    g = np.random.default_rng(4)
    df = pd.DataFrame({"bmi": g.normal(25, 4, 300).round(1), "other": g.normal(size=300)})
    df["weight"] = (2.9 * df["bmi"]).round(1)
    rows = cs.fit(df, copula=copula, marginals="spline", rng=1).sample(
        200, given={"bmi": 25.0}, rng=1
    )
    assert (rows["bmi"] == 25.0).all()
    assert (rows["weight"] == 72.5).all()


@pytest.mark.parametrize("m", [-1, 1.5, "a"])
def test_the_number_of_syntheses_is_checked(model, m):
    with pytest.raises((DataError, TypeError), match="m must be"):
        model.synthesise(m, 5, rng=1)
