"""Dates that keep to days of the month, and years, months and days that are one date."""

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.errors import DataError
from copulasynth.rules import Calendar
from copulasynth.schema import Schema
from tests.rules.varied import cheap, generator, rules_of

N = 500


def months(rng, n=N, freq="M", periods=160):
    every = pd.period_range("2004-01", periods=periods, freq=freq)
    return pd.Series(every[rng.integers(0, periods, n)])


def number(day):
    return day.dt.year * 12 + day.dt.month


KEPT = {
    "first days": (lambda m, r: m.dt.start_time, lambda d: d.dt.day == 1),
    "last days": (lambda m, r: m.dt.end_time.dt.normalize(), lambda d: d.dt.is_month_end),
    "the 15th": (
        lambda m, r: m.dt.start_time + pd.to_timedelta(14, "D"),
        lambda d: d.dt.day == 15,
    ),
    "the 1st and 15th": (
        lambda m, r: m.dt.start_time + pd.to_timedelta(r.choice([0, 14], N), "D"),
        lambda d: d.dt.day.isin([1, 15]),
    ),
    "the 15th and the last": (
        lambda m, r: pd.Series(
            np.where(r.random(N) < 0.5, m.dt.start_time + pd.to_timedelta(14, "D"), m.dt.end_time)
        ).dt.normalize(),
        lambda d: (d.dt.day == 15) | d.dt.is_month_end,
    ),
}


@pytest.mark.parametrize("name", KEPT)
def test_dates_keep_to_days_of_the_month(name):
    rng = generator()
    make, keeps = KEPT[name]
    df = pd.DataFrame({"day": make(months(rng), rng), "x": rng.normal(size=N).round(2)})
    df["day"] = df["day"].mask(rng.random(N) < 0.05)
    assert rules_of(df) == {"day keeps its days of the month": 1.0}
    drawn = cheap(df).sample(1000, rng=2)["day"].dropna()
    assert keeps(drawn).all()


def test_quarters_stay_quarters():
    rng = generator()
    df = pd.DataFrame({"day": months(rng, freq="Q").dt.end_time.dt.normalize()})
    df["x"] = rng.normal(size=N).round(2)
    drawn = cheap(df).sample(1000, rng=2)["day"]
    assert drawn.dt.is_quarter_end.all()


def test_it_comes_back_from_files_and_is_declared(tmp_path):
    rng = generator()
    df = pd.DataFrame({"day": months(rng).dt.start_time, "x": rng.normal(size=N).round(2)})
    model = cheap(df, rules=[Calendar("day")])
    model.save(tmp_path / "model.json")
    model.schema.to_file(tmp_path / "schema.toml")
    rows = model.sample(200, rng=3)
    again = cheap(df, schema=Schema.from_file(tmp_path / "schema.toml"))
    pd.testing.assert_frame_equal(cs.load(tmp_path / "model.json").sample(200, rng=3), rows)
    pd.testing.assert_frame_equal(again.sample(200, rng=3), rows)


def dates(rng, n=N):
    at = pd.Series(pd.Timestamp("2021-02-07") + pd.to_timedelta(rng.integers(0, 1100, n), "D"))
    return pd.DataFrame(
        {"day": at.dt.day, "month": at.dt.month, "x": rng.normal(size=n).round(2)}
    ).assign(year=at.dt.year, weekday=at.dt.day_of_week, quarter=at.dt.quarter)


@pytest.mark.parametrize("order", range(2))
def test_years_months_and_days_are_one_date_from_which_weekdays_follow(order):
    df = dates(generator(order), 1500)
    df = df[df.columns[::-1]] if order == 1 else df
    df.loc[np.arange(1500) % 19 == order, ["year", "month", "day"]] = np.nan
    assert "year, month, day are a date" in rules_of(df)
    drawn = cheap(df).sample(1000, rng=2)
    whole = drawn.dropna(subset=["year", "month", "day"])
    made = pd.to_datetime(whole[["year", "month", "day"]].astype(int), errors="raise")
    known = whole["weekday"].notna()
    assert (made.dt.day_of_week == whole["weekday"])[known].mean() > 0.9


def test_a_declared_date_that_is_none_is_refused():
    df = dates(generator())
    df.loc[7, ["month", "day"]] = 2, 30
    with pytest.raises(DataError, match="are a date"):
        rules_of(df, rules=[Calendar("year", "month", "day")])


def test_independent_months_and_days_are_no_date():
    df = dates(generator()).apply(lambda column: generator(len(column.name)).permutation(column))
    assert rules_of(df) == {}
