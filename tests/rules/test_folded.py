"""Floors, caps, greatest of several, rates in products: found with their formula, held in draws."""

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.model import declare

N = 1500


def near(a, b, room=0.00501):
    return ((a - b).abs() <= room).all()


def calls(r):
    minutes, plan = np.round(r.gamma(2, 100, N), 1), r.choice([100, 300, 600], N)
    over = np.round(np.maximum(0, minutes - plan), 1)
    return {"minutes": minutes, "included": plan, "over": over}


def claims(r):
    amount = np.where(r.random(N) < 0.4, np.round(r.lognormal(6, 1, N), 2), 0)
    own = r.choice([0, 100, 250], N)
    return {"amount": amount, "own part": own, "paid": np.maximum(0, amount - own).round(2)}


def fees(r):
    amount = np.round(r.lognormal(5, 1, N), 2)
    return {"amount": amount, "fee": np.round(np.maximum(1.5, 0.01 * amount), 2)}


def capped(r):
    wage = np.round(r.lognormal(7.7, 0.5, N), 2)
    return {"wage": wage, "base": np.minimum(3200, wage), "age": r.integers(18, 65, N)}


def marks(r):
    a, b, c = (np.clip(np.round(r.normal(60, 15, N)), 0, 100) for _ in range(3))
    return {"a": a, "b": b, "c": c, "best": np.maximum(np.maximum(a, b), c)}


def lowest(r):
    here, there = (np.round(r.lognormal(3, 0.4, N), 2) for _ in range(2))
    return {"there": there, "cheapest": np.minimum(here, there), "here": here}


def discounts(r):
    price, number = np.round(r.lognormal(3, 1, N), 2), 1 + r.poisson(1, N)
    off = r.choice([0, 5, 10, 25], N, p=[0.6, 0.2, 0.1, 0.1])
    net = np.round(price * number * (1 - off / 100), 2)
    return {"net": net, "price": price, "number": number, "off": off}


def taxes(r):
    net, rate = np.round(r.lognormal(4, 1, N), 2), r.choice([0, 0.07, 0.19], N)
    return {"net": net, "rate": rate, "gross": np.round(net * (1 + rate), 2)}


#: The formula that is found in each table.
FORMULAS = {
    calls: "over = max(0, minutes - included)",
    claims: "paid = max(0, amount - `own part`)",
    fees: "fee = max(1.5, amount / 100)",
    capped: "base = min(3200, wage)",
    marks: "best = max(max(a, b), c)",
    lowest: "cheapest = min(here, there)",
    discounts: "net = number * price * (1 - off / 100)",
    taxes: "gross = net * (1 + rate)",
}
#: Whether all rows obey.
HOLDS = {
    calls: lambda d: near(d.over, (d.minutes - d.included).clip(lower=0)),
    claims: lambda d: near(d.paid, (d.amount - d["own part"]).clip(lower=0)),
    fees: lambda d: near(d.fee, (0.01 * d.amount).clip(lower=1.5)),
    capped: lambda d: near(d.base, d.wage.clip(upper=3200)),
    marks: lambda d: near(d.best, d[["a", "b", "c"]].max(axis=1)),
    lowest: lambda d: near(d.cheapest, d[["here", "there"]].min(axis=1)),
    discounts: lambda d: near(d.net, d.price * d.number * (1 - d.off / 100)),
    taxes: lambda d: near(d.gross, d.net * (1 + d.rate)),
}


def factors(formula):
    """Return a formula without the order of what is multiplied or compared."""
    return sorted(formula.replace("(", " ").replace(")", " ").replace(",", " ").split())


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("table", HOLDS)
def test_it_is_found_in_any_order_of_columns_and_holds_in_draws(table, gaps):
    r = np.random.default_rng(4)
    df = pd.DataFrame(table(r)).assign(noise=r.normal(size=N).round(2))
    df = df[r.permutation(df.columns)]
    if gaps:
        df = df.astype(float).mask(r.random(df.shape) < 0.04)
    assert gaps or HOLDS[table](df)
    model = cs.fit(df, copula="gaussian", marginals="empirical", rng=1)
    formulas = [factors(rule.formula) for rule in model.schema.rules]
    assert factors(FORMULAS[table]) in formulas
    assert HOLDS[table](model.sample(4000, rng=2).dropna())


@pytest.mark.parametrize("table", [calls, marks, discounts])
def test_its_formula_is_read_back_and_demanded(table):
    df = pd.DataFrame(table(np.random.default_rng(5)))
    formula = FORMULAS[table]
    schema = declare(df, rules=[cs.rules.Identity(formula)])
    assert formula in {rule.formula for rule in schema.rules}
    first = df.columns[-1] if table is not discounts else "net"
    df.loc[3, first] += 7
    with pytest.raises(cs.errors.DataError, match="1 of 1,500 rows"):
        declare(df, rules=[cs.rules.Identity(formula)])


def test_a_declared_floor_is_no_constant():
    df = pd.DataFrame(fees(np.random.default_rng(6)))
    model = cs.fit(
        df,
        copula="independence",
        marginals="empirical",
        rules=[cs.rules.Identity("fee = max(1.5, 0.01 * amount)")],
        rng=1,
    )
    assert model.sample(500, rng=1)["fee"].nunique() > 20


def test_one_of_two_neighbours_at_will_is_no_function():
    r = np.random.default_rng(7)
    year = r.integers(1, 13, N)
    df = pd.DataFrame({"year": year, "age": year + 5 + r.integers(0, 2, N)})
    assert not [rule for rule in declare(df).rules if rule.kind == "identity"]


def test_a_mean_of_two_marks_is_one_whichever_way_halves_are_rounded():
    r = np.random.default_rng(8)
    a, b = r.integers(0, 100, (2, N))
    for mean in (np.round((a + b) / 2), np.floor((a + b) / 2 + 0.5), np.floor((a + b) / 2)):
        rules = declare(pd.DataFrame({"a": a, "b": b, "mean": mean.astype(int)})).rules
        assert [rule.columns[0] for rule in rules] == ["mean"]


def test_what_never_goes_beyond_its_floor_is_found_without_one():
    r = np.random.default_rng(9)
    hours = r.poisson(3, N)
    (rule,) = declare(pd.DataFrame({"hours": hours, "pay": 12.5 * hours})).rules
    assert "max" not in rule.formula


def test_a_column_that_is_missing_in_all_whole_rows_is_no_obstacle():
    r = np.random.default_rng(10)
    left, before, dose = r.random(N) < 0.1, np.round(r.normal(140, 12, N)), r.choice([0, 10], N)
    after = np.where(left, np.nan, np.round(before - r.normal(5, 6, N)))
    df = pd.DataFrame({"dose": dose, "before": before, "after": after, "change": after - before})
    df["reason"] = pd.Series(r.choice(["moved", "ill"], N), dtype=object).where(left, None)
    assert "identity" in {rule.kind for rule in declare(df).rules}


@pytest.mark.parametrize("name", ["", "n" * 3000])
def test_names_that_no_formula_can_hold_end_no_fit(name):
    rng = np.random.default_rng(4)
    rate, price = rng.integers(0, 60, 400), np.round(rng.gamma(3, 20, 400), 2)
    over = np.maximum(0.0, price - 50 - rate)
    table = pd.DataFrame({name: rate, "price": price, "over": over})
    table["net"] = np.round(price * (1 - rate / 100), 2)
    table["most"] = np.maximum(table["price"], rate)
    assert len(cs.fit(table, copula="independence", marginals="spline", rng=1).sample(20)) == 20


def test_the_greatest_stays_so_beside_the_range():
    rng = np.random.default_rng(3)
    x = (rng.normal(50, 2, 2000)[:, None] + rng.normal(0, 0.8, (2000, 3))).round(2)
    df = pd.DataFrame(x, columns=["r1", "r2", "r3"])
    df = df.assign(least=x.min(axis=1), most=x.max(axis=1), span=np.ptp(x, axis=1).round(2))
    made = cs.fit(df, copula="gaussian", rng=1).sample(3000, rng=2)
    own = made[["r1", "r2", "r3"]]
    assert made["most"].eq(own.max(axis=1)).all()
    assert made["least"].eq(own.min(axis=1)).all()
    assert (made["span"] - (made["most"] - made["least"])).abs().max() < 0.001
