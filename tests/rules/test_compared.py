"""What two columns are apart is drawn where a flag compares them: its share and its law stay."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

import copulasynth as cs
from copulasynth.rules.numeric.gap import GapRule
from copulasynth.schema import Schema
from tests.rules.varied import generator, rules_of

N = 1200


def days(start, count, text=""):
    found = pd.Series(pd.Timestamp(start) + pd.to_timedelta(count, "D"))
    return found.dt.strftime(text) if text else found


def early_or_late(r, late, least=0):
    return np.where(r.random(N) < late, r.geometric(0.2, N), -r.integers(least, 9, N))


def parcels(r):
    """A promise and a delivery, both after the order."""
    day = r.integers(0, 800, N)
    due = day + r.choice([10, 12, 15], N)
    got = due + early_or_late(r, 0.115)
    late = np.where(got > due, "late", "in time")
    days_of = {"got": days("2021-01-01", got), "late": late, "due": days("2021-01-01", due)}
    return pd.DataFrame({**days_of, "ordered": days("2021-01-01", day)})


def loans(r):
    """Dates read from text, the later one missing in a third of the rows."""
    out = r.integers(0, 900, N)
    back = out + 21 + early_or_late(r, 0.24)
    lent = {"back": days("2022-03-01", back, "%d.%m.%Y"), "pages": r.poisson(200, N)}
    lent |= {"due": days("2022-03-01", out + 21, "%d.%m.%Y"), "overdue": back > out + 21}
    df = pd.DataFrame(lent)
    df.loc[r.random(N) < 0.3, "back"] = None
    return df


def prices(r):
    """A discount in shares of a price; many pay in full."""
    price = r.lognormal(5, 1, N).round(2)
    paid = price * np.where(r.random(N) < 0.8, 1 - 0.03 * r.random(N), 1 + 0.01 * r.random(N))
    paid = np.where(r.random(N) < 0.3, price, paid.round(2))
    return pd.DataFrame({"paid": paid, "short": paid < price, "price": price})


def scores(r):
    """Two teams of a like strength, never equal."""
    home = r.poisson(np.exp(4.5 + 0.3 * r.normal(size=N)))
    away = home + r.choice([-9, -5, -3, -2, -1, 1, 2, 4], N)
    df = pd.DataFrame({"k": r.integers(0, 9, N), "away": away, "home": home})
    return df.assign(won=(home > away).astype(int))


def heat(r):
    """A day's temperature and the norm of its season, with three levels of a threshold."""
    norm = (15 + 12 * np.sin(r.random(N) * 7)).round(1)
    most = (norm + r.normal(1, 2.5, N)).round(1)
    level = np.select([most - norm > 3, most - norm > 0], ["hot", "warm"], "cool")
    return pd.DataFrame({"level": level, "norm": norm, "most": most})


def calls(r):
    """Times to answer and agreed ones, as durations."""
    agreed = r.choice([240, 480, 1440], N)
    took = np.round(
        agreed * np.where(r.random(N) < 0.15, 1 + r.gamma(1, 0.2, N), r.beta(5, 1.5, N))
    )
    spans = {"took": pd.to_timedelta(took, "min"), "agreed": pd.to_timedelta(agreed, "min")}
    return pd.DataFrame({**spans, "broken": took > agreed})


def stocks(r):
    """The least and the greatest of a day bound what a flag compares."""
    first = np.exp(4 + 0.8 * r.normal(size=N))
    last = first * np.exp(0.01 * r.normal(size=N) + 0.003)
    most, least = np.maximum(first, last), np.minimum(first, last)
    high, low = most * np.exp(r.gamma(1, 0.004, N)), least * np.exp(-r.gamma(1, 0.004, N))
    df = pd.DataFrame({"high": high, "open": first, "low": low, "close": last}).round(2)
    return df.assign(up=df["close"] > df["open"])


#: What a flag compares, and the flag.
TABLES = {
    parcels: ("due", "got", "late"),
    loans: ("due", "back", "overdue"),
    prices: ("price", "paid", "short"),
    scores: ("home", "away", "won"),
    heat: ("norm", "most", "level"),
    calls: ("agreed", "took", "broken"),
    stocks: ("open", "close", "up"),
}


def number(column):
    if column.dtype.kind in "biuf":
        return column.to_numpy(np.float64)
    if column.dtype.kind == "m":
        return (column / pd.Timedelta("1D")).to_numpy(np.float64)
    times = pd.to_datetime(column, dayfirst=True)
    return ((times - pd.Timestamp("2000-01-01")) / pd.Timedelta("1D")).to_numpy(np.float64)


def gap(df, a, b):
    apart = number(df[b]) - number(df[a])
    return apart[~np.isnan(apart)]


def fitted(df, copula="gaussian", **choices):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return cs.fit(df, copula=copula, rng=1, **choices)


@pytest.mark.parametrize("table", TABLES)
def test_shares_of_flags_and_laws_of_both_and_of_their_gap_stay(table):
    df, (a, b, flag) = table(generator(3)), TABLES[table]
    drawn = fitted(df).sample(6000, rng=2)
    shares = [t[flag].value_counts(normalize=True).sort_index() for t in (df, drawn)]
    # so far apart are two samples of one law in one of a hundred pairs
    noise = 1.63 * np.sqrt(1 / N + 1 / 6000)
    assert np.abs(shares[0] - shares[1]).max() < 0.025
    assert ks_2samp(gap(df, a, b), gap(drawn, a, b)).statistic < noise
    for name in (a, b):
        laws = [number(t[name].dropna()) for t in (df, drawn)]
        assert ks_2samp(*laws).statistic < noise


@pytest.mark.parametrize("table", [parcels, scores])
def test_trees_draw_the_gap_too(table):
    df, (a, b, flag) = table(generator(4)), TABLES[table]
    drawn = fitted(df, "auto").sample(6000, rng=2)
    shares = [t[flag].value_counts(normalize=True).sort_index() for t in (df, drawn)]
    assert np.abs(shares[0] - shares[1]).max() < 0.025
    assert ks_2samp(gap(df, a, b), gap(drawn, a, b)).statistic < 0.05


def test_orders_beside_the_gap_hold_in_all_rows():
    df = parcels(generator(5))
    model = fitted(df)
    assert any(isinstance(rule, GapRule) for rule in model.rules)
    drawn = model.sample(4000, rng=2)
    assert (drawn["ordered"] <= drawn["due"]).all()
    assert (drawn["ordered"] <= drawn["got"]).all()
    assert ((drawn["late"] == "late") == (drawn["got"] > drawn["due"])).all()


def test_columns_that_a_flag_compares_are_drawn_as_they_are_where_nothing_is_lost():
    r = generator(6)
    df = pd.DataFrame(r.normal(50, 10, (N, 2)).round(1), columns=["a", "b"])
    model = fitted(df.assign(more=df["a"] > df["b"]))
    assert [type(rule).__name__ for rule in model.rules] == ["Derivation"]


def test_what_no_flag_compares_has_no_gap():
    df = scores(generator(7))
    assert fitted(df.drop(columns="won")).rules == ()


@pytest.mark.parametrize("table", [loans, scores])
def test_files_and_listed_rules_draw_the_same_rows(table, tmp_path):
    df = table(generator(8))
    model = fitted(df)
    rows = model.sample(1500, rng=3)
    model.save(tmp_path / "model.json")
    pd.testing.assert_frame_equal(cs.load(tmp_path / "model.json").sample(1500, rng=3), rows)
    model.schema.to_file(tmp_path / "schema.toml")
    again = fitted(df, schema=Schema.from_file(tmp_path / "schema.toml"))
    pd.testing.assert_frame_equal(again.sample(1500, rng=3), rows)
    # the gap is no rule of the table
    assert set(rules_of(df)) == {rule.words for rule in model.schema.rules}


def test_rows_for_given_values_keep_them():
    df = scores(generator(9))
    model = fitted(df)
    drawn = model.sample(200, given={"won": 1}, rng=4)
    assert (drawn["home"] > drawn["away"]).all()
    drawn = model.sample(200, given={"won": 0, "home": 90}, rng=4)
    assert (drawn["away"] > 90).all()
    known = df[["home", "away"]].head(80)
    filled = model.complete(known, rng=5)
    pd.testing.assert_frame_equal(filled[["home", "away"]], known.reset_index(drop=True))
    assert ((filled["home"] > filled["away"]) == (filled["won"] == 1)).all()
    filled = model.complete(df[["home", "won"]].head(80), rng=6)
    assert ((filled["home"] > filled["away"]) == (filled["won"] == 1)).all()


def statuses(r):
    """A claim that is open has no day, and one that has is late or not."""
    day = r.integers(0, 900, N)
    filed = days("2019-01-01", day + r.gamma(1.2, 14, N).astype(int), "%Y-%m-%d")
    filed[r.random(N) < 0.3] = None
    df = pd.DataFrame({"filed": filed, "end": days("2019-01-01", day + 30, "%Y-%m-%d")})
    return df.assign(status=status_of(df["filed"], df["end"]))


def status_of(filed, end):
    return np.where(filed.isna(), "open", np.where(filed > end, "late", "in time"))


def bands(r):
    income = pd.Series(np.where(r.random(N) < 0.3, np.nan, r.lognormal(10, 0.5, N).round()))
    return pd.DataFrame({"income": income}).assign(band=band_of)


def band_of(df):
    return np.where(df["income"].isna(), "none", np.where(df["income"] > 25_000, "high", "low"))


def test_a_level_for_what_is_missing_stands_beside_those_of_what_is_there():
    drawn = fitted(statuses(generator(2))).sample(3000, rng=1)
    assert (drawn["status"] == status_of(drawn["filed"], drawn["end"])).all()
    drawn = fitted(bands(generator(3))).sample(3000, rng=1)
    # which side the edge itself is on no row of the table says
    assert (drawn["band"] == band_of(drawn))[drawn["income"] != 25_000].all()
    assert 0.2 < (drawn["band"] == "none").mean() < 0.4


def instalments(r):
    """A link splits what a day is counted from, and its parts are in an order."""
    term = r.choice([12, 24, 36, 48, 60], N)
    paid = np.minimum(term, r.integers(1, 61, N))
    start = r.integers(0, 3000, N)
    due = start + 30 * paid
    got = due + np.where(r.random(N) < 0.12, r.geometric(0.02, N), -r.integers(0, 12, N))
    df = pd.DataFrame({"term": term, "paid": paid, "start": start, "due": due, "got": got})
    return df.assign(bad=np.where(got > due, "yes", "no"))


def limits(r):
    """A link takes apart both numbers that a flag compares."""
    limit = np.where(r.random(N) < 0.8, r.integers(1, 120, N) * 100, 0)
    over = np.where(r.random(N) < 0.15, r.integers(1, 300, N), -r.integers(0, 90, N))
    df = pd.DataFrame({"limit": limit, "spent": np.where(limit > 0, limit + over, 0)})
    return df.assign(over=df["spent"] > df["limit"], age=r.integers(18, 90, N))


@pytest.mark.parametrize(
    ("table", "names"),
    [(instalments, ("due", "got", "bad")), (limits, ("limit", "spent", "over"))],
)
def test_gaps_are_drawn_beside_links_and_orders_and_by_the_listed_rules_too(table, names):
    df, (a, b, flag) = table(generator(3)), names
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = cs.fit(df, copula="gaussian", rng=1)
        again = cs.fit(df, copula="gaussian", rng=1, schema=model.schema)
    drawn = model.sample(6000, rng=2)
    shares = [t[flag].value_counts(normalize=True).sort_index() for t in (df, drawn)]
    assert np.abs(shares[0] - shares[1]).max() < 0.025
    assert ks_2samp(gap(df, a, b), gap(drawn, a, b)).statistic < 0.055
    assert any(r.kind == "link" for r in model.schema.rules)
    assert [r.words for r in again.schema.rules] == [r.words for r in model.schema.rules]
    pd.testing.assert_frame_equal(again.sample(6000, rng=2), drawn)


def test_orders_that_are_declared_leave_the_gap_and_are_repeated():
    df = parcels(generator(5))
    model = fitted(df, rules=[cs.rules.Order("ordered", "got")])
    assert any(isinstance(rule, GapRule) for rule in model.rules)
    drawn = model.sample(3000, rng=2)
    assert (drawn["ordered"] <= drawn["got"]).all()
    assert abs((drawn["late"] == "late").mean() - (df["late"] == "late").mean()) < 0.025
    (declared,) = (r for r in model.schema.rules if r.words == "ordered <= got")
    assert declared.chance is None
    pd.testing.assert_frame_equal(fitted(df, schema=model.schema).sample(3000, rng=2), drawn)
