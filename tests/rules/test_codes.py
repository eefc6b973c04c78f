"""Numbers that stand for none are set aside where the others are in an order with a column."""

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from tests.rules.varied import CHANGES, cheap, generator, rules_of, varied

N = 3000


def houses(rng, code=0, n=N):
    built = rng.integers(1900, 2015, n)
    again = np.minimum(built + rng.integers(1, 80, n), 2016)
    renovated = np.where(rng.random(n) < 0.8, code, again)
    return pd.DataFrame({"built": built, "renovated": renovated, "price": rng.integers(1, 900, n)})


def wrong(df, names, code=0):
    s = df.rename(columns={new: name for name, new in names.items()})
    return ((s["renovated"] != code) & (s["renovated"] < s["built"])).mean()


@pytest.mark.parametrize("change", CHANGES)
def test_no_house_is_renovated_before_it_was_built(change):
    df, names = varied(houses(generator()), change, "renovated", "built", generator(2))
    model = cheap(df)
    made = model.sample(4000, rng=3)
    share = 0.01 if change == "noise rows" else 0.0
    assert wrong(made, names) <= share
    own = names["renovated"]
    gap = (made[own] == 0).mean() - (df[own] == 0).mean()
    assert abs(gap) < 0.03
    if change == "as it is":
        assert {"renovated = 0", "built <= `renovated | not 0`"} <= set(rules_of(df))


@pytest.mark.parametrize("code", [-1, 9999])
def test_other_codes_are_set_aside_too(code):
    df = houses(generator(), code)
    assert wrong(cheap(df).sample(4000, rng=3), {}, code) == 0


def test_what_shows_no_order_stays_whole():
    rng = generator()
    df = houses(rng).assign(built=lambda t: rng.permutation(t["built"]))
    assert not [w for w in rules_of(df) if "renovated" in w]


def test_a_schema_gives_the_same_rules_again():
    df = houses(generator())
    model = cheap(df)
    again = cheap(df, schema=model.schema)
    assert [r.words for r in again.schema.rules] == [r.words for r in model.schema.rules]
    assert wrong(again.sample(4000, rng=3), {}) == 0
    declared = cheap(df, rules=[cs.rules.Link("renovated = 0")])
    assert "renovated = 0" in {r.words for r in declared.schema.rules}
