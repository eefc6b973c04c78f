"""Targets that mean something: an outcome first, and nothing that is given away."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.metrics import align, tstr
from copulasynth.metrics.joint import rule_shares
from copulasynth.metrics.utility.targets import choose_targets
from copulasynth.schema import Rule, Schema


def draw(n=1500, seed=1):
    """Return columns that go together, with some that others give."""
    g = np.random.default_rng(seed)
    size = np.exp(g.normal(size=n)).round(3)
    price = (10 + 3 * np.log(size) + g.normal(size=n)).round(2)
    plan = np.array(["s", "m", "l"])[np.digitize(price + g.normal(size=n), [9, 11])]
    return pd.DataFrame(
        {
            "size": size,
            "price": price,
            "plan": plan,
            "code": pd.Series(plan).map({"s": "P1", "m": "P2", "l": "P3"}),
            "band": np.array(["low", "mid", "high"])[np.digitize(size, [0.7, 1.5])],
            "grams": (1000 * size).round(0),
            "member": np.where(g.random(n) < 1 / (1 + np.exp(price - 10)), "yes", "no"),
            "sex": g.choice(["f", "m"], n),
        }
    )


def chosen(df, most=8, schema=None):
    return choose_targets(align(df, df, schema=schema).real, most, schema)


def test_what_a_neighbour_gives_exactly_is_no_target():
    """Labels of labels, bands of a number, and the same number in other units."""
    found = chosen(draw())
    assert {"plan", "code", "band", "grams", "size"}.isdisjoint(found)
    assert {"price", "member"} <= set(found)


def test_what_a_rule_makes_is_no_target_and_its_parts_are():
    g = np.random.default_rng(1)
    df = pd.DataFrame({"price": g.gamma(2, 5, 800).round(2), "count": g.integers(1, 30, 800)})
    df = df.assign(total=(df["price"] * df["count"]).round(2))
    rule = Rule("identity", ("total", "price", "count"), "total = price * count")
    schema = replace(Schema.infer(df), rules=(rule,))
    assert set(chosen(df, schema=schema)) == {"price", "count"}
    # without a schema the rules are those that the rows show
    assert set(chosen(df)) == {"price", "count"}
    off = df.assign(total=df["total"] + g.normal(size=800).round(2))
    assert "total" in chosen(off)
    refused = replace(schema, rules=(replace(rule, keep=False),))
    assert "total" in chosen(df, schema=refused)


@pytest.mark.parametrize("name", ["Churn", "isFraud", "default.payment.next.month", "Response"])
def test_a_column_that_is_named_like_an_outcome_comes_first(name):
    df = draw()[["price", "member", "size", "sex"]].rename(columns={"member": name})
    assert chosen(df)[0] == name


def test_else_the_last_column_of_two_values_comes_first():
    df = draw()[["sex", "price", "member", "size"]]
    assert chosen(df)[0] == "member"
    assert chosen(df.rename(columns={"sex": "workclass"}))[0] == "member"


def test_an_outcome_that_a_neighbour_gives_is_no_target():
    df = draw()[["price", "size", "sex", "member"]].rename(columns={"member": "churn"})
    assert "churn" not in chosen(df.assign(left=df["churn"].map({"yes": 1, "no": 0})))


def test_tstr_predicts_them_and_those_it_is_told():
    real, made = draw(), draw(seed=2)
    assert tstr(real, made, rng=1).table["target"][0] == "sex"
    assert tstr(real, made, target="member", rng=1).table["target"].tolist() == ["member"]


def test_a_column_of_two_numbers_is_a_class_and_a_quick_run_says_that_it_predicts_nothing():
    rng = np.random.default_rng(4)
    x = rng.standard_normal(600)
    real = pd.DataFrame({"x": x, "churn": (x + rng.standard_normal(600) > 0).astype(int)})
    found = cs.evaluate(real, real, metrics=["quick", "tstr"], target="churn", rng=1)
    assert found["tstr"].table["task"].tolist() == ["classification"]
    assert {"ks", "tstr"} <= set(found.scores)
    quick = cs.evaluate(real, real, metrics="quick", target="churn", rng=1)
    assert any(note.startswith("target: none of the metrics") for note in quick.notes)


def test_the_rules_of_a_table_are_looked_for_once_while_it_is_judged(monkeypatch):
    looked = []
    find = rule_shares.find_rules
    monkeypatch.setattr(rule_shares, "find_rules", lambda c: looked.append(1) or find(c))
    df = draw(400)[["size", "price", "plan", "member"]]
    cs.evaluate(df, df, metrics=["rules_kept", "tstr", "importance_agreement"], rng=1)
    assert len(looked) == 1
