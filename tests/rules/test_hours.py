"""Numbers that are hours and minutes have no minute beyond an hour, and differences in minutes."""

import numpy as np
import pandas as pd
import pytest

from copulasynth.errors import DataError
from copulasynth.rules import Calendar
from copulasynth.schema import Schema
from tests.rules.varied import cheap, generator, rules_of

N = 900


def number(minutes):
    return 100 * (minutes // 60) + minutes % 60


def planned(r):
    return number(5 * r.integers(60, 280, N))


def any_minute(r):
    return number(np.clip(np.round(r.normal(900, 200, N)), 1, 1439).astype(int))


def midnight(r):
    """The end of a day is 2400, and some hours are missing."""
    x = number(r.integers(1, 1441, N)).astype(float)
    x[:20] = 2400
    return np.where(r.random(N) < 0.1, np.nan, x)


def quarters(r):
    return number(3 * r.integers(100, 460, N))


TABLES = (planned, any_minute, midnight, quarters)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("first", [True, False])
def test_no_minute_is_beyond_an_hour_and_the_law_stays(table, first, tmp_path):
    r = generator(2)
    df = pd.DataFrame({"dep": table(r), "x": r.normal(size=N).round(2)})
    df = df if first else df[["x", "dep"]]
    model = cheap(df, "spline")
    assert "dep is hours and minutes" in {rule.words for rule in model.schema.rules}
    drawn = model.sample(5000, rng=1)
    dep = drawn["dep"].dropna()
    assert (dep % 100 < 60).all()
    assert dep.between(0, df["dep"].max() if table is midnight else 2359).all()
    shares = [(t["dep"].dropna() < 1200).mean() for t in (df, drawn)]
    assert abs(shares[0] - shares[1]) < 0.03
    if table is planned:
        assert (dep % 5 == 0).all()
    model.schema.to_file(tmp_path / "s.toml")
    again = cheap(df, "spline", schema=Schema.from_file(tmp_path / "s.toml"))
    pd.testing.assert_frame_equal(again.sample(5000, rng=1), drawn)


def test_what_follows_from_two_hours_counts_minutes():
    r = generator(3)
    dep, took = r.integers(300, 900, N), r.integers(40, 400, N)
    df = pd.DataFrame({"dep": number(dep), "arr": number(dep + took), "took": took})
    assert any(words.startswith("`arr [minutes]` = ") for words in rules_of(df))
    drawn = cheap(df).sample(2000, rng=2)
    minutes = [60 * (drawn[k] // 100) + drawn[k] % 100 for k in ("dep", "arr")]
    assert (minutes[1] - minutes[0] == drawn["took"]).all()


def test_it_is_declared_and_refused_where_rows_break_it():
    r = generator(4)
    df = pd.DataFrame({"dep": number(60 * r.integers(1, 24, N)), "x": r.normal(size=N)})
    assert "dep is hours and minutes" in rules_of(df, rules=[Calendar("dep")])
    assert "dep is hours and minutes" not in rules_of(df)
    with pytest.raises(DataError, match="'x' holds no dates"):
        rules_of(df, rules=[Calendar("x")])


@pytest.mark.parametrize("seed", range(4))
def test_other_whole_numbers_are_none(seed):
    r = generator(50 + seed)
    df = pd.DataFrame({"year": r.integers(1900, 1960, N), "count": r.poisson(900, N)})
    df["age"], df["price"] = r.integers(0, 60, N), 50 * r.integers(1, 40, N)
    df["code"], df["size"] = r.integers(0, 2360, N), r.choice([100, 130, 145, 210, 250], N)
    assert not any("hours and minutes" in words for words in rules_of(df))
