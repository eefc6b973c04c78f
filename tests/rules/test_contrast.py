"""Flags that compare two columns, and other steps of a difference, hold in every drawn row."""

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.errors import DataError, SchemaError
from copulasynth.rules import Identity
from copulasynth.schema import Schema
from tests.rules.varied import CHANGES, cheap, generator, rules_of, varied, written

N = 600


def deliveries(rng, n=N):
    due = pd.Series(pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, n), "D"))
    took = rng.integers(-20, 8, n)
    df = pd.DataFrame({"due": due, "got": due + pd.to_timedelta(took, "D")})
    return df.assign(late=np.where(took > 0, "yes", "no"), awful=(took > 3).astype(int))


def matches(rng, n=N):
    home, away = rng.poisson(1.6, n), rng.poisson(1.2, n)
    result = np.select([home > away, home == away], ["H", "D"], "A")
    return pd.DataFrame({"home": home, "away": away, "result": result, "tied": home == away})


def budgets(rng, n=N):
    plan, spent = rng.gamma(3, 100, (2, n)).round(2)
    return pd.DataFrame({"plan": plan, "spent": spent, "over": (spent > plan).astype(int)})


def kept(df, result):
    home, away = df["home"], df["away"]
    return (result == np.select([home > away, home == away], ["H", "D"], "A")).all()


@pytest.mark.parametrize("change", CHANGES)
def test_a_flag_that_compares_is_found_however_the_table_stands(change):
    rng = generator(2)
    df, names = varied(budgets(rng), change, "over", "plan", rng)
    assert written(names, "over = spent > plan") in rules_of(df)


def test_times_are_compared_in_days_and_levels_say_yes():
    found = rules_of(deliveries(generator()))
    assert {"late = got > due", "awful = got - due >= 4"} <= found.keys()


def test_three_results_are_steps_of_a_difference_and_ties_are_equal():
    df = matches(generator())
    found = rules_of(df)
    assert {"result = steps of away - home", "tied = lookup of result"} == set(found)
    assert "tied = away = home" in rules_of(df.drop(columns="result"))


def test_they_hold_in_every_drawn_row_of_every_door(tmp_path):
    df = matches(generator(), 400)
    model = cheap(df)
    model.save(tmp_path / "model.json")
    model.schema.to_file(tmp_path / "schema.toml")
    rows = model.sample(2000, rng=3)
    again = cheap(df, schema=Schema.from_file(tmp_path / "schema.toml"))
    assert kept(rows, rows["result"])
    assert (rows["tied"] == (rows["home"] == rows["away"])).all()
    pd.testing.assert_frame_equal(cs.load(tmp_path / "model.json").sample(2000, rng=3), rows)
    pd.testing.assert_frame_equal(again.sample(2000, rng=3), rows)
    drawn = model.sample(50, given={"result": "A"}, rng=4)
    assert (drawn["away"] > drawn["home"]).all()
    filled = model.complete(df[["home", "away"]].head(50), rng=5)
    assert kept(filled, filled["result"])


def test_delays_hold_in_drawn_rows():
    drawn = cheap(deliveries(generator(), 400)).sample(1000, rng=2)
    took = (drawn["got"] - drawn["due"]).dt.days
    assert ((drawn["late"] == "yes") == (took > 0)).all()
    assert ((drawn["awful"] == 1) == (took > 3)).all()


@pytest.mark.parametrize(
    "formula",
    ["late = got > due", "late = due < got", "awful = got - due > 3", "awful = got > due + 3"],
)
def test_a_comparison_is_declared_as_a_person_writes_it(formula):
    df = deliveries(generator(), 300)
    assert formula in rules_of(df, rules=[Identity(formula)])


def test_ratios_are_declared_of_numbers_and_refused_of_times():
    df = budgets(generator())
    assert "over = spent / plan > 1" in rules_of(df, rules=[Identity("over = spent / plan > 1")])
    with pytest.raises(SchemaError, match="times are only compared"):
        rules_of(deliveries(generator()), rules=[Identity("late = got / due > 1")])
    with pytest.raises(SchemaError, match="must follow from other columns"):
        Identity("over = over > plan")


def test_a_comparison_that_the_table_breaks_says_how_many_rows():
    df = budgets(generator())
    df.loc[[3, 5], "over"] = 1 - df.loc[[3, 5], "over"]
    with pytest.raises(DataError, match=r"in 2 of 600 rows \(first: position 3\)"):
        rules_of(df, rules=[Identity("over = spent > plan")])


def test_a_flag_that_only_depends_on_a_difference_is_no_rule():
    rng = generator()
    df = budgets(rng)
    chance = 1 / (1 + np.exp(-(df["spent"] - df["plan"]) / 20))
    df["over"] = (rng.random(N) < chance).astype(int)
    assert not any(words.startswith("over") for words in rules_of(df))
