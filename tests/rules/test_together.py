"""Which members of several relations are derived is decided by drawing all, with their orders."""

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.model.encoded import declare
from copulasynth.rules import Coordinates
from copulasynth.rules.identity import together
from copulasynth.schema import Variable

N = 1500


def account(r):
    limit = r.choice([1000, 2000, 5000, 10000], N, p=[0.3, 0.3, 0.3, 0.1])
    owed = np.round(limit * r.beta(1.2, 2, N), 2)
    paid = np.round(owed * np.where(r.random(N) < 0.3, 1, r.beta(1, 6, N)), 2)
    left = np.round(owed - paid, 2)
    columns = {"limit": limit, "owed": owed, "paid": paid, "left": left}
    return pd.DataFrame({**columns, "spare": np.round(limit - left, 2)})


def farm(r):
    area, rate = np.round(np.exp(r.normal(2, 0.9, N)), 1) + 0.1, np.round(r.normal(6.5, 1.1, N), 2)
    price = np.round(r.normal(180, 15, N))
    sales = np.round(np.round(area * rate, 2) * price)
    costs = np.round(area * np.round(r.normal(700, 60, N)))
    columns = {"area": area.round(1), "rate": rate, "price": price, "costs": costs}
    return pd.DataFrame({**columns, "sales": sales, "profit": sales - costs})


def apart(a, b):
    grid = np.unique(a)
    law = [np.searchsorted(np.sort(x), grid, side="right") / len(x) for x in (a, b)]
    return np.abs(law[0] - law[1]).max()


@pytest.mark.parametrize("make", [account, farm])
@pytest.mark.parametrize("backwards", [False, True])
def test_a_chain_keeps_the_law_of_every_member_whatever_the_order_of_columns(make, backwards):
    df = make(np.random.default_rng(2))
    df = df[df.columns[::-1]] if backwards else df
    model = cs.fit(df, copula="gaussian", marginals="spline", rng=1)
    drawn = model.sample(20_000, rng=2)
    assert max(apart(df[name], drawn[name]) for name in df) < 0.025
    for name in df:
        assert (drawn[name] == 0).mean() == pytest.approx((df[name] == 0).mean(), abs=0.015)
    assert not model.law.following.broken(model.law.extended(model.schema.encode(drawn))).any()


def test_what_was_found_is_derived_the_same_way_again():
    df = account(np.random.default_rng(2))
    schema = declare(df)
    assert "paid = owed - left" in [rule.words for rule in schema.rules]
    assert [r.words for r in declare(df, schema).rules] == [r.words for r in schema.rules]


def test_a_way_takes_the_place_of_one_of_less_costs_only_if_it_loses_clearly_less(monkeypatch):
    c = Coordinates(np.zeros((9, 1)), (Variable("x", 0, "continuous"),))
    ways = [[], [], [], []]
    for losses, chosen in (
        ((0.0315, 0.0379, 0.0202, 0.0191), 2),
        ((0.0315, 0.0379, 0.0302, 0.0291), 0),
        ((0.09, 0.05, 0.048, 0.03), 3),
        ((0.029, 0.0), 0),
    ):
        lost = iter(losses)
        monkeypatch.setattr(together, "lost_of", lambda c, places, lost=lost: next(lost))
        kept = together._least(ways[: len(losses)], c, {0}, lambda c, way: c)
        assert kept is ways[chosen]
