"""What times are apart, down to a floor: days late, minutes over, and what they cost."""

import warnings

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.errors import DataError, SchemaError
from copulasynth.rules import Identity
from copulasynth.schema import Schema
from tests.rules.varied import CHANGES, generator, rules_of, varied, written

N = 800


def times(start, count, unit="D"):
    return pd.Series(pd.Timestamp(start) + pd.to_timedelta(count, unit))


def delays(r, late=0.3, rate=0.1, most=15):
    return np.where(r.random(N) < late, r.geometric(rate, N), -r.integers(0, most, N))


def bills(r):
    due, apart = r.integers(0, 900, N), delays(r)
    df = {"due": times("2021-02-01", due), "paid": times("2021-02-01", due + apart)}
    return pd.DataFrame({**df, "days_late": np.maximum(0, apart)})


def texts(r):
    df = bills(r)
    return df.assign(**{k: df[k].dt.strftime("%d.%m.%Y") for k in ("due", "paid")})


def spans(r):
    df = bills(r)
    return df.assign(days_late=pd.to_timedelta(df["days_late"], "D"))


def trains(r):
    planned, apart = r.integers(0, 10**6, N), delays(r, rate=0.03, most=9)
    df = {"delay": np.maximum(0, apart), "came": times("2023-05-01", planned + apart, "min")}
    return pd.DataFrame({**df, "planned": times("2023-05-01", planned, "min")})


def fees(r):
    df = bills(r)
    return df.assign(fee=(1.5 * df["days_late"]).round(2)).drop(columns="days_late")


def grace(r):
    day, apart = r.integers(0, 900, N), r.geometric(0.12, N)
    df = {"lent": times("2020-01-05", day), "back": times("2020-01-05", day + apart)}
    return pd.DataFrame({**df, "extra": np.maximum(0, apart - 7)})


FOUND = {
    bills: "days_late = max(0, paid - due)",
    texts: "days_late = max(0, paid - due)",
    spans: "days_late = max(0, paid - due)",
    trains: "delay = max(0, came - planned)",
    fees: "fee = 1.5 * max(0, paid - due)",
    grace: "extra = max(0, back - lent - 7)",
}


@pytest.mark.parametrize("table", FOUND)
def test_a_floor_of_what_times_are_apart_is_found_and_its_share_stays(table, tmp_path):
    df, formula = table(generator(2)), FOUND[table]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = cs.fit(df, copula="gaussian", rng=1)
        model.schema.to_file(tmp_path / "s.toml")
        again = cs.fit(df, copula="gaussian", schema=Schema.from_file(tmp_path / "s.toml"), rng=1)
    assert formula in {rule.words for rule in model.schema.rules}
    drawn = model.sample(4000, rng=2)
    pd.testing.assert_frame_equal(again.sample(4000, rng=2), drawn)
    made = formula.split(" = ")[0]
    zero = df[made].min()
    assert abs((drawn[made] > zero).mean() - (df[made] > zero).mean()) < 0.03
    # the formula holds in every row
    assert rules_of(drawn.head(900), rules=[Identity(formula)])[formula] == 1


@pytest.mark.parametrize("change", CHANGES)
def test_it_is_found_however_the_table_stands(change):
    rng = generator(3)
    df, names = varied(bills(rng), change, "days_late", "paid", rng)
    assert written(names, "days_late = max(0, paid - due )").replace(" )", ")") in rules_of(df)


def test_a_declared_floor_that_rows_break_says_how_many():
    df = bills(generator(4))
    df.loc[[4, 90], "days_late"] += 2
    with pytest.raises(DataError, match=r"in 2 of 800 rows \(first: position 4\)"):
        rules_of(df, rules=[Identity("days_late = max(0, paid - due)")])
    with pytest.raises(SchemaError, match="only added and subtracted"):
        rules_of(df, rules=[Identity("days_late = paid * due")])


def test_days_that_count_both_ends_are_written_and_declared_so():
    r = generator(5)
    day, days = r.integers(0, 900, N), r.integers(1, 30, N)
    df = pd.DataFrame({"from": times("2021-01-01", day), "days": days})
    df["to"] = times("2021-01-01", day + days - 1)
    assert "to = from + days - 1" in rules_of(df)
    for formula in ("to = from + days - 1", "days = to - from + 1"):
        assert "to = from + days - 1" in rules_of(df, rules=[Identity(formula)])
    with pytest.raises(DataError, match="in 800 of 800 rows"):
        rules_of(df, rules=[Identity("to = from + days - 3")])


@pytest.mark.parametrize("seed", range(3))
def test_independent_times_and_zeros_have_no_floor(seed):
    r = generator(20 + seed)
    df = pd.DataFrame({k: times("2021-01-01", r.integers(0, 60, N)) for k in "abc"})
    df["waited"] = np.where(r.random(N) < 0.4, 0, r.geometric(0.05, N))
    df["cost"] = np.where(r.random(N) < 0.4, 0, r.gamma(2, 9, N)).round(2)
    df["flag"], df["other"] = r.random(N) < 0.3, r.random(N) < 0.5
    assert rules_of(df) == {}
