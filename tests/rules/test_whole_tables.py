"""Rules of whole tables are found as a person would name them, and hold in every drawn row."""

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.model import declare

N, DRAWN = 1200, 5000
START = pd.Timestamp("2022-01-03")


def days(x):
    return pd.to_timedelta(x, unit="D")


def number(x):
    return x.astype(float)


def house(r, n):
    above = np.round(np.maximum(370, r.lognormal(7.4, 0.4, n)), -1).astype(int)
    basement = np.where(r.random(n) < 0.6, 0, np.round(np.maximum(60, r.normal(700, 300, n)), -1))
    price = r.lognormal(6, 0.3, n) * (above + basement)
    price = np.where(r.random(n) < 0.9, np.round(price, -3), np.round(price)).astype(int)
    table = {"living": above + basement.astype(int), "above": above, "basement": basement}
    return pd.DataFrame({"price": price, **table, "bedrooms": r.integers(1, 6, n)})


def health(r, n):
    age, weight = r.integers(2, 81, n), np.round(np.clip(r.normal(75, 18, n), 12, 200), 1)
    height, gap = np.round(np.clip(r.normal(168, 11, n), 90, 205), 1), r.random(n) < 0.12
    pressure, pulse = (np.where(gap, np.nan, np.round(r.normal(m, 10, n))) for m in (120, 70))
    drinks = np.where(age >= 18, r.poisson(2, n).astype(float), np.nan)
    bmi = np.round(weight / (height / 100) ** 2, 1)
    table = {"age": age, "weight": weight, "height": height, "bmi": bmi, "drinks": drinks}
    return pd.DataFrame({**table, "pressure": pressure, "pulse": pulse})


def gappy_health(r, n):
    df = health(r, n)
    heavy = pd.Series(np.where(r.random(n) < 0.2, "yes", "no"), dtype=object)
    df["heavy"] = heavy.where(df["drinks"].notna() & (r.random(n) < 0.9), None)
    return df.assign(age=df["age"].astype("Int64").mask(r.random(n) < 0.08))


def insurance(r, n):
    claims = r.poisson(0.2, n)
    amount = np.where(claims > 0, np.round(r.lognormal(7, 1, n) * claims, 2), 0)
    premium = np.round(r.normal(350, 60, n), 2)
    region = r.choice(list("ABC"), n, p=[0.6, 0.3, 0.1])
    return pd.DataFrame({"claims": claims, "amount": amount, "premium": premium, "region": region})


def loans(r, n):
    k = r.choice(35, n, p=r.dirichlet(np.full(35, 5)))
    names = np.array([f"{'ABCDEFG'[j // 5]}{j % 5 + 1}" for j in range(35)])
    income = np.round(r.lognormal(11, 0.5, n))
    rate = np.round(5.32 + k * 0.65, 2)
    return pd.DataFrame({"grade": names[k], "rate": rate, "income": income})


def orders(r, n):
    prices = np.round(r.lognormal(3, 0.8, 60) / 5) * 5 + 4.99
    k, quantity = r.integers(0, 60, n), 1 + r.poisson(1.2, n)
    rate = r.choice([0, 0.05, 0.1, 0.2], n, p=[0.6, 0.2, 0.1, 0.1])
    gross = np.round(prices[k] * quantity, 2)
    off = np.round(gross * rate, 2)
    table = {"product": [f"P{j:03d}" for j in k], "price": prices[k], "quantity": quantity}
    return pd.DataFrame(
        {**table, "gross": gross, "rate": rate, "off": off, "total": np.round(gross - off, 2)}
    )


def stays(r, n):
    start = START + days(r.integers(0, 720, n)) + pd.to_timedelta(r.integers(360, 1320, n), "min")
    minutes = np.maximum(5, r.lognormal(5, 0.9, n).round()).astype(int)
    admission = START + days(r.integers(0, 720, n))
    table = {"start": start, "end": start + pd.to_timedelta(minutes, "min"), "minutes": minutes}
    return pd.DataFrame(
        {**table, "admission": admission, "discharge": admission + days(r.poisson(3, n))}
    )


def gappy_stays(r, n):
    df = stays(r, n)
    start, minutes = (df[c].mask(r.random(n) < 0.1) for c in ("start", "minutes"))
    return df.assign(start=start, minutes=minutes)


def dummies(r, n):
    kind, two = r.choice(4, n, p=[0.4, 0.3, 0.2, 0.1]), np.argsort(r.random((n, 5)), 1) < 2
    table = {f"is {c}": (kind == k).astype(int) for k, c in enumerate("abcd")}
    table |= {f"pick{j}": two[:, j].astype(int) for j in range(5)}
    return pd.DataFrame({**table, "size": np.round(r.normal(kind, 1), 2)})


def cities(r, n):
    region = r.choice(12, n, p=r.dirichlet(np.full(12, 5)))
    town = region * 2 + (r.random(n) < 0.3)
    name = np.array([f"town{k}" for k in range(24)])
    name[20] = name[3]
    country = np.array(["DE", "FR", "IT"])[region // 4]
    sales = np.round(r.lognormal(4, 1, n), 2)
    return pd.DataFrame({"country": country, "town": name[town], "sales": sales})


def levels(r, n):
    middle = r.lognormal(3, 0.5, n)
    low, high = middle * r.beta(5, 2, n), middle * (1 + r.exponential(0.3, n))
    table = {"maximum": high, "median": middle, "minimum": low}
    return pd.DataFrame({k: np.round(v, 1) for k, v in table.items()})


def parcels(r, n):
    ordered = START + days(r.integers(0, 900, n))
    shipped = ordered + days(r.geometric(0.2, n) - 1)
    delivered = shipped + days(r.geometric(0.1, n))
    cost = np.round(r.gamma(2, 20, n), 2)
    return pd.DataFrame(
        {"delivered": delivered, "shipped": shipped, "ordered": ordered, "cost": cost}
    )


def schools(r, n):
    pupils = r.poisson(20, n) + 1
    girls = r.binomial(pupils, 0.4)
    passed = r.binomial(girls, 0.5)
    table = {"passed": passed, "pupils": pupils, "girls": girls, "boys": pupils - girls}
    return pd.DataFrame({**table, "kind": r.choice(["p", "s"], n)})


def shares(r, n):
    tenths = r.multinomial(1000, [0.5, 0.3, 0.2], n) + 0.0
    tenths[:, :2] += np.round(r.normal(0, 60, n))[:, None] * [1, -1]
    fat, carbs, protein = tenths.T / 10
    table = {"fat": fat, "carbs": carbs, "protein": protein}
    return pd.DataFrame({**table, "energy": np.round(r.normal(300, 80, n))})


def odd_names(r, n):
    a, b, u = r.integers(0, 50, n), r.integers(1, 30, n), r.choice(list("uvw"), n)
    table = {"a = b": a, "b c": b, "Größe/€": a + b, "x -> y": u, "a * b": a * b}
    return pd.DataFrame({**table, 7: np.where(u == "u", 0, r.integers(1, 9, n))})


def shop(r, n):
    day = np.array([d for d in range(364) if d % 7 != 6])
    time = np.clip(np.round(r.normal(840, 150, n)), 540, 1199)
    when = START + days(r.choice(day, n)) + pd.to_timedelta(time, "min")
    ends = r.choice([0.99, 0.95, 0.49], n, p=[0.8, 0.15, 0.05])
    basket = np.round(np.floor(r.lognormal(3.5, 0.8, n)) + ends, 2)
    return pd.DataFrame({"when": when, "basket": basket, "items": 1 + r.poisson(3, n)})


def near(a, b, room=1e-6):
    return ~((a - b).abs() > room)


def rate_of(grade):
    return np.round(5.32 + 0.65 * (5 * "ABCDEFG".index(grade[0]) + int(grade[1]) - 1), 2)


#: What is found in each table, and what must be so in every row.
TABLES = {
    house: (
        {"living = above + basement", "price mod 1000 is 0"},
        lambda d: near(d.living, d.above + d.basement) & (d.basement >= 0),
    ),
    health: (
        {
            "bmi = 10000 * weight / height^2",
            "`drinks [state]` = steps of age",
            "`pressure [state]` = steps of `pulse [state]`",
        },
        lambda d: (
            near(d.bmi, d.weight / (d.height / 100) ** 2, 0.0501)
            & ((d.age < 18) == d.drinks.isna())
            & (d.pressure.isna() == d.pulse.isna())
        ),
    ),
    gappy_health: (
        {
            "bmi = 10000 * weight / height^2",
            "age < 18 <-> drinks is missing -> heavy is missing",
            "`pressure [state]` = steps of `pulse [state]`",
        },
        lambda d: (
            near(d.bmi, d.weight / (d.height / 100) ** 2, 0.0501)
            & (d.age.isna() | ((number(d.age) < 18) == d.drinks.isna()))
            & (d.drinks.notna() | d.heavy.isna())
            & (d.pressure.isna() == d.pulse.isna())
        ),
    ),
    insurance: (
        {"claims = 0 <-> amount = 0"},
        lambda d: (d.claims == 0) == (d.amount == 0),
    ),
    loans: (
        {"rate = lookup of grade"},
        lambda d: near(d.rate, d.grade.map(rate_of)),
    ),
    orders: (
        {
            "price = lookup of product",
            "gross = price * quantity",
            "off = gross * rate",
            "total = gross - off",
        },
        lambda d: (
            near(d.gross, d.price * d.quantity, 0.0051)
            & near(d.off, d.gross * d.rate, 0.0051)
            & near(d.total, d.gross - d.off, 0.0001)
        ),
    ),
    stays: (
        {"end = start + minutes", "start keeps its hours", "admission <= discharge"},
        lambda d: (
            near((d.end - d.start).dt.total_seconds() / 60, d.minutes)
            & d.start.dt.hour.between(6, 21)
            & (d.discharge >= d.admission)
        ),
    ),
    gappy_stays: (
        {
            "end = start + minutes",
            "start keeps its hours",
            "admission <= discharge",
            "start <= `end [else]`",
        },
        lambda d: (
            near((d.end - d.start).dt.total_seconds() / 60, d.minutes)
            & ~(d.end < d.start)
            & (d.discharge >= d.admission)
        ),
    ),
    dummies: (
        {"is a + is b + is c + is d = 1", "pick0 + pick1 + pick2 + pick3 + pick4 = 2"},
        lambda d: (d.filter(like="is").sum(axis=1) == 1) & (d.filter(like="pick").sum(axis=1) == 2),
    ),
    cities: (
        {"country + town"},
        lambda d: (
            (d.town == "town3") & (d.country != "FR")
            | (number(d.town.str[4:]) // 8 == number(d.country.map({"DE": 0, "FR": 1, "IT": 2})))
        ),
    ),
    levels: (
        {"minimum <= median", "median <= maximum"},
        lambda d: (d.minimum <= d["median"]) & (d["median"] <= d.maximum),
    ),
    parcels: (
        {"ordered <= shipped", "shipped < delivered"},
        lambda d: (d.ordered <= d.shipped) & (d.shipped < d.delivered),
    ),
    schools: (
        {"pupils = girls + boys", "passed <= girls"},
        lambda d: (d.pupils == d.girls + d.boys) & (d.passed <= d.girls),
    ),
    odd_names: (
        {"`Größe/€` = `a = b` + `b c`", "`a * b` = `a = b` * `b c`", '`x -> y` = "u" <-> `7` = 0'},
        lambda d: (
            (d["Größe/€"] == d["a = b"] + d["b c"])
            & (d["a * b"] == d["a = b"] * d["b c"])
            & ((d[7] == 0) == (d["x -> y"] == "u"))
        ),
    ),
    shop: (
        {"when keeps its hours and weekdays", "basket mod 1 in 0.49, 0.95, 0.99"},
        lambda d: (
            (d.when.dt.strftime("%a") != "Sun")
            & d.when.dt.hour.between(9, 19)
            & (np.round(d.basket * 100) % 100).isin([99, 95, 49])
        ),
    ),
}


def fit(df, copula="gaussian", **choices):
    """A model with marginals that cost little: rules hold whatever they are."""
    return cs.fit(df, copula=copula, marginals="empirical", rng=1, **choices)


MORE = ("mixture", "blend", "gaussian + calibration", "tree + calibration")


def marked(table, copula):
    return pytest.param(table, copula, id=f"{table.__name__}-{copula}")


@pytest.mark.parametrize(
    ("table", "copula"),
    [marked(t, "gaussian") for t in TABLES]
    # what a copula is shown are cells of the same few kinds, whatever the table
    + [marked(t, ("tree", "vine")[k % 2]) for k, t in enumerate(TABLES)]
    + [marked((insurance, orders)[k % 2], c) for k, c in enumerate(MORE)],
)
def test_rules_are_found_and_hold_in_every_drawn_row(table, copula):
    expected, holds = TABLES[table]
    df = table(np.random.default_rng(5), N)
    assert holds(df).all()
    model = fit(df, copula)
    assert {rule.words for rule in model.schema.rules} == expected
    drawn = model.sample(DRAWN, rng=2)
    assert holds(drawn).all()
    pd.testing.assert_frame_equal(model.sample(50, rng=2), drawn.head(50))


@pytest.mark.parametrize("table", TABLES)
def test_rules_come_back_from_a_file_and_give_the_same_rows(table, tmp_path):
    df = table(np.random.default_rng(6), N)
    model = fit(df)
    model.schema.to_file(tmp_path / "schema.toml")
    model.save(tmp_path / "model.json")
    again = fit(df, schema=cs.Schema.from_file(tmp_path / "schema.toml"))
    drawn = model.sample(200, rng=3)
    pd.testing.assert_frame_equal(again.sample(200, rng=3), drawn)
    pd.testing.assert_frame_equal(cs.load(tmp_path / "model.json").sample(200, rng=3), drawn)


@pytest.mark.parametrize("table", [gappy_health, gappy_stays, insurance])
def test_shares_of_gaps_and_zeros_are_those_of_the_table(table):
    df = table(np.random.default_rng(7), 3 * N)
    drawn = fit(df).sample(40_000, rng=2)
    assert (drawn.isna().mean() - df.isna().mean()).abs().max() < 0.012
    assert ((drawn == 0).mean() - (df == 0).mean()).abs().max() < 0.012


def independent(r, n):
    """Columns of mixed kinds that have nothing to do with each other."""
    makers = [
        lambda: np.round(r.normal(50, 9, n), 2),
        lambda: np.round(r.lognormal(7, 1, n)),
        lambda: np.where(r.random(n) < 0.7, 0, np.round(r.gamma(2, 50, n), 1)),
        lambda: r.poisson(2, n),
        lambda: (r.random(n) < 0.02).astype(int),
        lambda: r.random(n) < 0.4,
        lambda: r.choice(list("abcdefg"), n, p=r.dirichlet(np.full(7, 0.7))),
        lambda: r.choice([9.99, 14.99, 24.99, 99.0], n, p=[0.5, 0.3, 0.15, 0.05]),
        lambda: np.where(r.random(n) < 0.1, np.nan, r.integers(0, 100, n)),
        lambda: START + days(r.integers(0, 1500, n)),
        lambda: r.uniform(0, 1, n),
        lambda: pd.Series(r.choice(["x", "y"], n)).where(r.random(n) > 0.05, None),
    ]
    kinds = [*r.permutation(len(makers)), *r.integers(0, len(makers), r.integers(0, 6))]
    return pd.DataFrame({f"v{j}": makers[k]() for j, k in enumerate(kinds[r.integers(0, 9) :])})


@pytest.mark.parametrize("seed", range(20))
def test_independent_columns_of_mixed_kinds_have_no_rules(seed):
    r = np.random.default_rng(seed)
    df = independent(r, int(r.choice([300, 1000, 2500, 5000])))
    assert not declare(df).rules
