"""Chains of rounded amounts: drawn rows keep every relation that all rows of the table obey."""

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.model.encoded import declare


def cents(x):
    return np.round(x + 1e-9, 2)


def near(a, b, step=0.01):
    return np.abs(a - b) <= step / 2 + 1e-6


def bill(r, n):
    net = cents(np.exp(r.normal(5, 0.8, n)))
    vat = cents(net * 0.19)
    gross = cents(net + vat)
    part = cents(gross * r.choice([0.1, 0.25, 0.5], n))
    paid = np.where(r.random(n) < 0.4, part, 0.0)
    columns = {"gross": gross, "due": cents(gross - paid), "vat": vat, "paid": paid, "net": net}
    return pd.DataFrame(columns), {
        "vat": lambda t: near(t.vat, 0.19 * t.net),
        "gross": lambda t: near(t.gross, t.net + t.vat),
        "due": lambda t: near(t.due, t.gross - t.paid),
    }


def wages(r, n):
    hours, wage = np.round(r.uniform(10, 45, n) * 4) / 4, cents(np.exp(r.normal(2.9, 0.3, n)))
    pay = cents(hours * wage)
    pension, insurance = cents(pay * 0.05), cents(pay * 0.0725)
    net = cents(pay - pension - insurance)
    columns = {"hours": hours, "wage": wage, "pay": pay, "pension": pension}
    return pd.DataFrame({**columns, "insurance": insurance, "net": net}), {
        "pay": lambda t: near(t.pay, t.hours * t.wage),
        "pension": lambda t: near(t.pension, 0.05 * t.pay),
        "insurance": lambda t: near(t.insurance, 0.0725 * t.pay),
        "net": lambda t: near(t.net, t.pay - t.pension - t.insurance),
    }


def deposit(r, n):
    price, months = cents(np.exp(r.normal(7, 0.6, n))), r.choice([3, 6, 12, 24], n)
    first = cents(price * 0.2)
    rest = cents(price - first)
    columns = {"rate": cents(rest / months), "price": price, "first": first}
    return pd.DataFrame({**columns, "rest": rest, "months": months}), {
        "first": lambda t: near(t["first"], 0.2 * t.price),
        "rest": lambda t: near(t.rest, t.price - t["first"]),
        "rate": lambda t: near(t.rate, t.rest / t.months),
    }


def card(r, n):
    net = cents(np.exp(r.normal(4, 0.8, n)))
    state, town = cents(net * 0.05), cents(net * 0.0975)
    total = cents(net + state + town)
    fee = cents(total * 0.029 + 0.3)
    columns = {"total": total, "town": town, "fee": fee, "net": net, "state": state}
    return pd.DataFrame({**columns, "received": cents(total - fee)}), {
        "state": lambda t: near(t.state, 0.05 * t.net),
        "town": lambda t: near(t.town, 0.0975 * t.net),
        "total": lambda t: near(t.total, t.net + t.state + t.town),
        "fee": lambda t: near(t.fee, 0.029 * t.total + 0.3),
        "received": lambda t: near(t.received, t.total - t.fee),
    }


def exchange(r, n):
    eur, rate = cents(np.exp(r.normal(5, 1, n))), np.round(r.normal(1.1, 0.03, n), 4)
    usd = cents(eur * rate)
    fee = cents(usd * 0.015)
    columns = {"eur": eur, "rate": rate, "usd": usd, "fee": fee}
    return pd.DataFrame({**columns, "paid": cents(usd - fee)}), {
        "usd": lambda t: near(t.usd, t.eur * t.rate),
        "fee": lambda t: near(t.fee, 0.015 * t.usd),
        "paid": lambda t: near(t.paid, t.usd - t.fee),
    }


def power(r, n):
    used, more = np.round(r.gamma(2, 60, n)), np.round(np.maximum(r.normal(0, 80, n), 0))
    charge, fixed = cents(0.06 * used + 0.13 * more), r.choice([6.25, 9.5], n)
    levy = cents(0.025 * (charge + fixed))
    total = cents(charge + fixed + levy)
    paid = np.round(total * 20) / 20
    columns = {"more": more, "charge": charge, "fixed": fixed, "levy": levy, "paid": paid}
    return pd.DataFrame({**columns, "off": cents(paid - total), "MJ": 3.6 * used}), {
        "charge": lambda t: near(t.charge, t.MJ / 60 + 0.13 * t.more),
        "levy": lambda t: near(t.levy, 0.025 * (t.charge + t.fixed)),
        "paid": lambda t: near(t.paid, t.charge + t.fixed + t.levy + t.off),
    }


@pytest.mark.parametrize("make", [bill, wages, deposit, card, exchange])
@pytest.mark.parametrize("rows", [300, 2000])
def test_rows_keep_every_relation_of_a_chain(make, rows):
    df, relations = make(np.random.default_rng(rows), rows)
    drawn = cs.fit(df, copula="gaussian", marginals="spline", rng=1).sample(4000, rng=2)
    broken = {name: float((~keeps(drawn)).mean()) for name, keeps in relations.items()}
    assert broken == dict.fromkeys(relations, 0.0)


def test_a_number_of_two_values_may_make_others_of_a_chain():
    df, relations = power(np.random.default_rng(2), 2000)
    drawn = cs.fit(df, copula="gaussian", marginals="empirical", rng=1).sample(4000, rng=2)
    assert all(keeps(drawn).all() for keeps in relations.values())
    words = {rule.words for rule in declare(df).rules}
    assert "levy = charge / 40 + fixed / 40" in words
    assert all(len(word) < 7 for text in words for word in text.split())


def test_numbers_are_those_that_somebody_wrote():
    df, _ = bill(np.random.default_rng(1), 1000)
    for names in (list(df), list(df)[::-1], sorted(df)):
        found = {rule.words for rule in declare(df[names]).rules if rule.kind == "identity"}
        assert not any("0.159" in words for words in found)
        assert len(found) == 3


def test_what_few_rows_break_is_found_beside_a_chain():
    r = np.random.default_rng(3)
    df, relations = exchange(r, 2000)
    for row in np.flatnonzero(r.random(2000) < 0.003):
        name = r.choice(df.columns)
        df.loc[row, name] = df[name].iloc[r.integers(2000)]
    drawn = cs.fit(df, copula="gaussian", marginals="spline", rng=1).sample(4000, rng=2)
    for keeps in relations.values():
        assert (~keeps(drawn)).mean() < 0.01


@pytest.mark.parametrize("seed", range(3))
def test_columns_beside_a_chain_that_follow_nothing_stay_free(seed):
    r = np.random.default_rng(seed)
    df, _ = bill(r, 1000)
    free = {
        "price": r.choice([1.99, 2.49, 4.99, 9.99], 1000),
        "amount": cents(np.exp(r.normal(4, 1, 1000))),
        "nearly": 10.0 + (r.random(1000) < 0.01),
        "count": r.poisson(2, 1000),
        "alike": cents(df["net"] * np.exp(r.normal(0, 0.001, 1000))),
    }
    rules = declare(df.assign(**free)).rules
    assert not {c for rule in rules if rule.kind == "identity" for c in rule.columns} & set(free)
