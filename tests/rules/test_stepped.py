"""Bands of a derived number are those of its printed value, or of what it was before."""

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.rules import Identity
from copulasynth.schema import Schema
from tests.rules.varied import cheap, generator, rules_of

N = 1500


def body(r, decimals):
    height = r.normal(1.7, 0.1, N).round(2)
    weight = (height**2 * r.normal(25, 4, N)).round(1)
    bmi = weight / height**2
    band = np.select([bmi < 18.5, bmi < 25, bmi < 30], ["under", "normal", "over"], "obese")
    return pd.DataFrame(
        {"weight": weight, "band": band, "height": height, "bmi": bmi.round(decimals)}
    )


def of(df):
    bmi = df["weight"] / df["height"] ** 2
    return np.select([bmi < 18.5, bmi < 25, bmi < 30], ["under", "normal", "over"], "obese")


def brackets(r):
    a, b = r.gamma(2, 200, N).round(2), r.lognormal(4, 0.6, N).round(2)
    total = (a + b).round(2)
    band = np.select([total < 200, total < 400, total < 600], list("ABC"), "D")
    rate = np.select([total < 200, total < 400, total < 600], [0, 0.05, 0.1], 0.15)
    columns = {"band": band, "tax": (rate * total).round(2), "b": b, "total": total, "a": a}
    return pd.DataFrame(columns)


def discount(r):
    number, price = 1 + r.poisson(4, N), r.lognormal(2, 0.5, N).round(2)
    total = (number * price).round(2)
    rate = np.select([total < 20, total < 50, total < 100], [0, 0.05, 0.1], 0.2)
    off = (total * rate).round(2)
    columns = {"number": number, "price": price, "total": total, "rate": rate, "off": off}
    return pd.DataFrame(columns).assign(net=(total - off).round(2))


@pytest.mark.parametrize("decimals", [0, 1])
def test_steps_of_what_was_rounded_are_those_of_the_number_before(decimals):
    df = body(generator(), decimals)
    assert "band = steps of weight / height^2" in rules_of(df)
    drawn = cheap(df).sample(4000, rng=2)
    # a ratio may lie on an edge but for the last digit of floats
    assert np.mean(drawn["band"] != of(drawn)) < 0.001


def test_they_are_declared_stored_and_read_again(tmp_path):
    df = body(generator(), 1)
    formula = "band = steps of weight / height^2"
    model = cheap(df, rules=[Identity(formula)])
    model.save(tmp_path / "model.json")
    model.schema.to_file(tmp_path / "schema.toml")
    rows = model.sample(500, rng=3)
    pd.testing.assert_frame_equal(cs.load(tmp_path / "model.json").sample(500, rng=3), rows)
    again = cheap(df, schema=Schema.from_file(tmp_path / "schema.toml"))
    assert formula in [rule.words for rule in again.schema.rules]
    pd.testing.assert_frame_equal(again.sample(500, rng=3), rows)


@pytest.mark.parametrize("more", [False, True])
def test_a_band_is_one_of_the_total_and_the_tax_has_the_rates_of_bands(more):
    r = generator()
    df = brackets(r)
    if more:
        # no brackets of the total alone
        df["tax"] = (df["tax"] + df["b"] * (df["band"] > "A")).round(2)
    rules = rules_of(df)
    assert "band = lookup of total" in rules
    assert any(rule.startswith("tax = ") for rule in rules)
    drawn = cheap(df).sample(4000, rng=2)
    total = drawn["total"]
    band = np.select([total < 200, total < 400, total < 600], list("ABC"), "D")
    assert (drawn["band"] == band).all()


def test_steps_are_found_where_the_direction_of_sums_stood_in_their_way():
    df = discount(generator())
    assert "rate = steps of total" in rules_of(df)
    drawn = cheap(df).sample(4000, rng=2)
    total = drawn["total"]
    rate = np.select([total < 20, total < 50, total < 100], [0, 0.05, 0.1], 0.2)
    assert (drawn["rate"] == rate).all()
    assert ((drawn["off"] - total * rate).abs() < 0.00501).all()


@pytest.mark.parametrize("broken", [6, 20])
def test_steps_of_a_fine_number_are_found_past_rows_that_break_them(broken):
    r = generator()
    x = r.normal(50, 15, 4000).round(2)
    band = np.select([x < 30, x < 45, x < 60], [1, 2, 3], 4)
    band[r.choice(4000, broken, replace=False)] = r.integers(1, 5, broken)
    df = pd.DataFrame({"band": band, "x": x})
    (words,) = rules_of(df)
    assert words in ("band = steps of x", "band = lookup of x")
    drawn = cheap(df).sample(4000, rng=2)
    share = np.mean(
        drawn["band"] != np.select([drawn.x < 30, drawn.x < 45, drawn.x < 60], [1, 2, 3], 4)
    )
    assert share < 0.01


@pytest.mark.parametrize("blur", [0.003, 0.01, 0.03, 0.1])
def test_a_threshold_that_is_blurred_is_none(blur):
    for seed in range(4):
        r = generator(seed)
        x = r.normal(size=2000)
        flag = x + blur * r.normal(size=2000) > 0.7
        df = pd.DataFrame({"x": x.round(4), "flag": np.where(flag, "y", "n")})
        if (np.diff(flag[np.argsort(x)].astype(int)) != 0).sum() > 1:
            assert not any("x" in words and "steps" in words for words in rules_of(df))
