"""Taxes by brackets and prices in tiers are piecewise linear; bands begin at simple numbers."""

import numpy as np
import pandas as pd
import pytest

from copulasynth.rules.identity.pursuit import simplest
from tests.rules.varied import CHANGES, cheap, generator, rules_of, varied, written

N = 800
SAID = "tax = 0.1 * max(0, income - 10000) + 0.1 * max(0, income - 40000)"


def tax_of(income):
    return (0.1 * np.maximum(income - 10_000, 0) + 0.1 * np.maximum(income - 40_000, 0)).round(2)


def incomes(rng, n=N):
    income = rng.lognormal(10.2, 0.7, n).round()
    return pd.DataFrame({"income": income, "tax": tax_of(income)})


@pytest.mark.parametrize("change", CHANGES)
def test_a_tax_by_brackets_is_found_however_the_table_stands(change):
    rng = generator()
    df, names = varied(incomes(rng), change, "tax", "income", rng)
    assert written(names, SAID) in rules_of(df)


def test_a_tax_holds_in_every_drawn_row():
    model = cheap(incomes(generator()))
    drawn = model.sample(5000, rng=2)
    assert [model.coordinates[j].name for j in model.free] == ["income"]
    np.testing.assert_allclose(drawn["tax"], tax_of(drawn["income"]), atol=0.011)


@pytest.mark.parametrize("kinks", [1, 3, 8])
def test_prices_in_tiers_are_found_with_up_to_eight_kinks(kinks):
    rng = generator(kinks)
    amount = rng.integers(1, 900, 1000).astype(float)
    price, rates = 3 * amount, np.linspace(0.4, 0.1, kinks)
    for k, rate in enumerate(rates):
        price -= rate.round(2) * np.maximum(amount - 100 * (k + 1), 0)
    (words,) = rules_of(pd.DataFrame({"amount": amount, "price": price.round(2)}))
    assert words.startswith("price = 3 * amount - ")
    assert words.count("max") == kinks


def test_curves_and_noise_are_not_taken_for_lines():
    rng = generator()
    x = rng.lognormal(3, 1, N).round(1)
    noisy = (np.maximum(0, x - 20) + rng.normal(0, 0.5, N)).round(2)
    found = rules_of(pd.DataFrame({"x": x, "curve": np.log(x).round(4), "noisy": noisy}))
    assert not any("max" in words for words in found)


def test_the_simplest_number_between_two_has_the_fewest_digits():
    assert [
        simplest(*ends) for ends in ((9.7, 10.4), (0.12, 0.18), (-31.0, -24.0), (24.0, 27.0))
    ] == [
        10.0,
        0.15,
        -30.0,
        25.0,
    ]


def test_bands_begin_at_simple_numbers_where_no_row_says_more():
    rng = generator()
    score = rng.uniform(0, 100, 400).round(2)
    edges = [50, 60, 70, 80, 90]
    df = pd.DataFrame(
        {"score": score, "grade": np.array(list("FEDCBA"))[np.digitize(score, edges)]}
    )
    drawn = cheap(df).sample(10_000, rng=2)
    assert (drawn["grade"] == np.array(list("FEDCBA"))[np.digitize(drawn["score"], edges)]).all()


def fees(x):
    return np.where(x < 100, 5, np.where(x < 500, 9, (0.02 * x).round(2)))


def commissions(x):
    return np.where(x <= 200, 0.03 * x, np.where(x <= 500, 0.05 * x + 20, 0.08 * x)).round(2)


def prices(x):
    return np.where(x < 100, 2 * x, np.where(x < 300, 200 + 3 * (x - 100), 1200 + 4 * (x - 300)))


@pytest.mark.parametrize("turn", [False, True])
@pytest.mark.parametrize(("law", "edge"), [(fees, 100), (commissions, 201), (prices, 300)])
def test_brackets_that_jump_are_found_and_drawn_rows_keep_them(law, edge, turn):
    x = np.random.default_rng(3).lognormal(5.5, 1, 1500).round(0 if law is commissions else 2)
    df = pd.DataFrame({"x": x, "y": law(x).round(2)})
    df = df[["y", "x"]] if turn else df
    assert any(words.startswith("y = ") and f"step(x, {edge})" in words for words in rules_of(df))
    drawn = cheap(df, marginals="spline").sample(3000, rng=2)
    assert ((drawn["y"] - law(drawn["x"])).abs() < 0.0101).all()


def test_a_curve_is_no_row_of_brackets_that_jump():
    x = np.random.default_rng(3).gamma(2, 20, 1500).round(2)
    df = pd.DataFrame({"x": x, "y": (10 * np.log(x + 1) + np.sin(x)).round(1)})
    assert not any("step(" in words for words in rules_of(df))
