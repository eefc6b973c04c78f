"""Rows with given values: sets, intervals, columns that rules make, and what is refused."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

import copulasynth as cs
from copulasynth.copulas import Gaussian, Tree
from copulasynth.errors import DataError, SamplingError
from copulasynth.model import fit_joint
from copulasynth.model.reach import parents_of
from copulasynth.schema.given import parse_given


@pytest.fixture(scope="module")
def table(people):
    return people(1500)


@pytest.fixture(scope="module")
def model(knobs, table):
    return fit_joint(table, copula=knobs, rng=1)


@pytest.fixture(scope="module")
def gaussian(table):
    return fit_joint(table, rng=1)


GIVEN = {
    "plan": {"basic", "pro"},
    "age": cs.between(18, 30),
    "day": cs.between("2024-03-01", None),
}


def test_sets_and_intervals_hold_in_every_row_of_every_copula(model):
    rows = model.sample(400, rng=3, given=GIVEN)
    assert len(rows) == 400
    assert set(rows["plan"]) == {"basic", "pro"}
    assert rows["age"].between(18, 30).all()
    assert (rows["day"] >= "2024-03-01").all()


def test_conditional_rows_have_the_law_of_drawn_rows_that_fit(model):
    rows = model.sample(3000, rng=3, given=GIVEN)
    drawn = model.sample(200_000, rng=4)
    fits = drawn[
        drawn["plan"].isin(["basic", "pro"])
        & drawn["age"].between(18, 30)
        & (drawn["day"] >= "2024-03-01")
    ]
    for c in ("income", "age"):
        # seven copulas, two columns: one false alarm in seven thousand runs
        assert ks_2samp(rows[c].dropna(), fits[c].dropna()).pvalue > 1e-5
    share = [(t["plan"] == "pro").mean() for t in (rows, fits)]
    assert share[0] == pytest.approx(share[1], abs=4.5 * 0.5 / np.sqrt(3000))


def test_same_seed_same_bytes_whatever_the_batch_size(model):
    rows = model.sample(900, rng=3, given=GIVEN)
    pd.testing.assert_frame_equal(model.sample(50, rng=3, given=GIVEN), rows.head(50))
    batches = model.iter_batches(900, batch_size=130, rng=3, given=GIVEN)
    pd.testing.assert_frame_equal(pd.concat(batches, ignore_index=True), rows)


def test_a_point_of_a_number_is_met_exactly(model):
    rows = model.sample(200, rng=3, given={"income": 3000.0, "age": 40})
    assert (rows["income"] == 3000.0).all()
    assert (rows["age"] == 40).all()


def test_a_set_may_hold_numbers_and_none(model):
    rows = model.sample(4000, rng=3, given={"income": [2500.0, 5000.0, None]})
    assert set(rows["income"].dropna()) == {2500.0, 5000.0}
    drawn = model.sample(100_000, rng=4)["income"]
    # absent rows keep their share of all rows, points have next to none
    assert rows["income"].isna().mean() > 0.5
    near = [drawn.between(v - 100, v + 100).mean() for v in (2500.0, 5000.0)]
    two = model.sample(4000, rng=3, given={"income": [2500.0, 5000.0]})["income"]
    assert (two == 2500.0).mean() == pytest.approx(near[0] / sum(near), abs=0.05)


def test_an_open_interval_asks_for_a_value(gaussian):
    assert gaussian.sample(500, rng=1, given={"income": cs.between()})["income"].notna().all()
    low = gaussian.sample(500, rng=1, given={"income": cs.between(None, 2000)})["income"]
    assert (low <= 2000).all()


def test_an_interval_of_an_ordinal_column_goes_by_its_order():
    rng = np.random.default_rng(2)
    levels = ["low", "middle", "high", "top"]
    grade = pd.Categorical.from_codes(rng.integers(0, 4, 500), levels, ordered=True)
    model = fit_joint(pd.DataFrame({"grade": grade, "x": rng.normal(size=500)}), rng=1)
    rows = model.sample(300, rng=1, given={"grade": cs.between("middle", "high")})
    assert set(rows["grade"]) == {"middle", "high"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"age": 500}, ["'age'", "500", "18 to "]),
        ({"age": -3}, ["'age'", "-3"]),
        ({"age": cs.between(200, 300)}, ["'age'", "200"]),
        ({"age": cs.between(30, 20)}, ["'age'", "between 30 and 20"]),
        ({"age": 30.5}, ["'age'", "whole numbers"]),
        ({"age": {30, "x"}}, ["'age'", "'x'"]),
        ({"age": (20, 30)}, ["'age'", "cs.between"]),
        ({"age": set()}, ["'age'", "empty"]),
        ({"income": 1e9}, ["'income'", "beyond"]),
        ({"income": 17.001}, ["'income'", "0.01"]),
        ({"day": "2031-01-01"}, ["'day'", "2031-01-01", "2024-"]),
        ({"plan": "gold"}, ["'plan'", "'gold'", "'basic'"]),
        ({"plan": {"basic", "gold"}}, ["'plan'", "'gold'"]),
        ({"plan": cs.between("basic", "pro")}, ["'plan'", "no order"]),
        ({"plan": None}, ["'plan'", "no missing"]),
        ({"colour": "red"}, ["'colour'"]),
        (pd.DataFrame({"age": [30, 40]}), ["DataFrame", "model.complete"]),
        ([("age", 30)], ["list", "mapping"]),
    ],
)
def test_what_cannot_be_given_is_refused_in_words_that_name_it(gaussian, given, words):
    with pytest.raises(DataError) as e:
        gaussian.sample(3, rng=1, given=given)
    for word in words:
        assert word in str(e.value)


def test_the_range_that_an_error_names_is_what_can_be_given(gaussian):
    with pytest.raises(DataError) as e:
        gaussian.sample(3, rng=1, given={"age": 500})
    low, high = map(int, re.search(r"which is (\d+) to (\d+)\.", str(e.value)).groups())
    ages = gaussian.sample(20_000, rng=1)["age"]
    assert low <= ages.min()
    assert ages.max() <= high
    # a margin beyond what is drawn is let pass, a half of the range is not
    far = (high - low) // 2
    for end, beyond in ((low, low - far), (high, high + far)):
        assert (gaussian.sample(3, rng=1, given={"age": end})["age"] == end).all()
        with pytest.raises(DataError, match=f"{beyond} lies beyond"):
            gaussian.sample(3, rng=1, given={"age": beyond})


def test_nothing_given_is_no_condition(gaussian):
    pd.testing.assert_frame_equal(gaussian.sample(20, rng=1, given={}), gaussian.sample(20, rng=1))


def test_columns_that_a_rule_makes_can_be_given(table):
    df = table.assign(year=2024 - table["age"], group=(table["age"] // 20).astype(str))
    model = fit_joint(df, rng=1)
    assert len(model.law.rules) == 2
    rows = model.sample(300, rng=1, given={"year": 1984, "age": cs.between(18, 60)})
    assert (rows["year"] == 1984).all()
    assert (rows["age"] == 40).all()
    rows = model.sample(300, rng=1, given={"year": cs.between(1980, 1990), "group": {"1", "2"}})
    assert rows["year"].between(1980, 1990).all()
    assert (rows["year"] == 2024 - rows["age"]).all()
    assert (rows["group"] == (rows["age"] // 20).astype(str)).all()
    with pytest.raises(DataError, match=r"'year': 1200 lies beyond"):
        model.sample(3, rng=1, given={"year": 1200})


def test_advice_names_no_copula_that_is_there_already(table, monkeypatch):
    monkeypatch.setattr("copulasynth.model.given.PATIENCE", 20_000)
    df = table.assign(group=(table["age"] // 20).astype(str))
    for knobs, advised in ((Gaussian(), False), (Tree(), True)):
        model = fit_joint(df, copula=knobs, rng=1)
        with pytest.raises(SamplingError, match="acceptance") as e:
            model.sample(3, rng=1, given={"age": 22, "group": "3"})
        assert ("gaussian" in str(e.value)) == advised


def test_a_method_without_marginals_takes_sets_and_intervals(table):
    model = cs.Smote().fit(table.dropna(), rng=1)
    rows = model.sample(200, rng=1, given={"plan": {"basic", "pro"}, "age": cs.between(20, 40)})
    assert set(rows["plan"]) == {"basic", "pro"}
    assert rows["age"].between(20, 40).all()


def test_intervals_and_sets_are_written_on_the_command_line_too(gaussian):
    texts = {"age": "18..30", "plan": "basic|pro", "day": "2024-03-01..", "income": ""}
    asked = parse_given(gaussian.schema, texts)
    assert asked["age"] == cs.between(18, 30)
    assert asked["plan"] == {"basic", "pro"}
    assert asked["day"] == cs.between(pd.Timestamp("2024-03-01"), None)
    assert asked["income"] is None


def test_no_part_that_a_rule_adds_is_named_as_what_to_give():
    rng = np.random.default_rng(1)
    bill = rng.lognormal(7, 1, 400).round()
    paid = np.where(rng.random(400) < 0.4, bill, rng.lognormal(6, 1, 400).round())
    model = cs.fit(pd.DataFrame({"bill": bill, "paid": paid}), copula="gaussian", rng=1)
    law = model.sampler
    made = [j for rule in law.rules for j in rule.makes if j < law.dim]
    assert made
    for j in made:
        assert set(parents_of(model.schema, law, j)) <= {"bill", "paid"} - {("bill", "paid")[j]}


def test_a_level_that_an_export_suppressed_is_refused_with_what_can_be_done(tmp_path):
    town = np.repeat(["Ely", "Ayr", "Rare"], [250, 100, 4])
    df = pd.DataFrame({"town": town, "x": np.random.default_rng(1).normal(size=len(town))})
    left = cs.fit(df, copula="independence", rng=1).export_release(tmp_path / "m.json")
    with pytest.raises(
        DataError, match=r"'Rare'.*Put one of these.*leave the column out"
    ) as caught:
        left.complete(df[["town"]].tail(6), rng=1)
    assert "unseen=" not in str(caught.value)
