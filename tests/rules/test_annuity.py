"""Payments of loans follow from principal, rate and term, in whatever units a table has."""

import numpy as np
import pandas as pd
import pytest

from tests.rules.varied import CHANGES, cheap, generator, rules_of, varied

N = 2500


def loans(rng, over=1200, times=1, n=N):
    rate = rng.choice([2.5, 4.0, 5.25, 7.9, 12.0, 18.5], n) * over / 1200
    term = rng.choice([36, 60, 120], n) // times
    amount = np.round(np.exp(rng.normal(9.5, 0.6, n)), -2)
    i, periods = rate / over, term * times
    paid = np.round(amount * i / (1 - (1 + i) ** -periods), 2)
    return pd.DataFrame({"amount": amount, "rate": rate.round(8), "term": term, "paid": paid})


def wrong(df, names, over=1200, times=1):
    s = df.rename(columns={new: name for name, new in names.items()}).dropna()
    i = s["rate"] / over
    due = s["amount"] * i / (1 - (1 + i) ** -(s["term"] * times))
    return float((np.abs(due - s["paid"]) > 0.0051).mean())


@pytest.mark.parametrize(("over", "times"), [(1200, 1), (12, 1), (1200, 12), (12, 12), (1, 1)])
def test_payments_are_found_in_any_units(over, times):
    df = loans(generator(), over, times)
    (found,) = [w for w in rules_of(df) if "^" in w]
    assert found.startswith("paid = amount * (rate")
    assert wrong(cheap(df).sample(3000, rng=2), {}, over, times) == 0


@pytest.mark.parametrize("change", CHANGES)
def test_payments_are_found_in_tables_as_others_have_them(change):
    df, names = varied(loans(generator()), change, "paid", "rate", generator(2))
    share = 0.006 if change == "noise rows" else 0.0
    assert wrong(cheap(df).sample(3000, rng=2), names) <= share


def test_amounts_beside_rates_and_terms_are_no_payments():
    rng = generator()
    df = loans(rng)
    for seed in range(3):
        other = generator(seed)
        drawn = {name: other.permutation(df[name]) for name in df}
        assert not [w for w in rules_of(pd.DataFrame(drawn)) if "^" in w]
