"""Columns that are parts of a time follow from it, in every drawn row and for times never seen."""

import warnings

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.errors import DataError, SchemaError
from copulasynth.rules import Identity
from copulasynth.rules.identity.dated import PARTS, part_of
from copulasynth.schema import Schema
from tests.rules.varied import CHANGES, cheap, generator, rules_of, varied, written

N = 600


def stamps(rng, n=N):
    return pd.Series(pd.Timestamp("2021-03-03") + pd.to_timedelta(rng.integers(0, 9e5, n), "min"))


def table(rng, n=N):
    at = stamps(rng, n)
    return pd.DataFrame(
        {
            "at": at,
            "yr": at.dt.year,
            "mon": at.dt.strftime("%b"),
            "dom": at.dt.day,
            "hr": at.dt.hour,
            "dow": at.dt.day_name().str.lower(),
            "iso": at.dt.isocalendar().day.astype(int),
            "we": at.dt.day_of_week >= 5,
            "period": at.dt.strftime("%Y-%m"),
            "qtr": "Q" + at.dt.quarter.astype(str),
        }
    )


SAID = (
    "yr = year of at",
    "mon = month of at",
    "dom = day of at",
    "hr = hour of at",
    "dow = weekday of at",
    "iso = weekday of at",
    "we = weekday of at",
    "period = year_month of at",
    "qtr = quarter of at",
)


def calendar(days):
    """What pandas says of days since 1970."""
    d = pd.Series(pd.to_datetime(days, unit="D"))
    ends = {
        f"{unit}_{end}": getattr(d.dt.to_period(freq).dt, f"{end}_time").dt.normalize()
        for unit, freq in (("week", "W"), ("month", "M"), ("quarter", "Q"), ("year", "Y"))
        for end in ("start", "end")
    }
    ends.pop("week_end")
    following = (d.dt.to_period("M") + 1).dt.end_time.dt.normalize()
    known = {name: (t - pd.Timestamp(0)).dt.days for name, t in ends.items()}
    known["next_month_end"] = (following - pd.Timestamp(0)).dt.days
    iso = d.dt.isocalendar()
    return known | {
        "year": d.dt.year,
        "quarter": d.dt.quarter,
        "month": d.dt.month,
        "day": d.dt.day,
        "weekday": d.dt.day_of_week,
        "day_of_year": d.dt.day_of_year,
        "week": iso.week,
        "sunday_week": d.dt.strftime("%U").astype(int),
        "monday_week": d.dt.strftime("%W").astype(int),
        "yyyymmdd": d.dt.strftime("%Y%m%d").astype(int),
    }


def test_parts_are_those_of_the_calendar_at_every_turn_of_years_before_and_after_1970():
    days = np.concatenate([np.arange(y, y + 800.0) for y in (-900, 10_500)])
    for part, expected in calendar(days).items():
        np.testing.assert_array_equal(part_of(days + 0.6, part), np.asarray(expected, float), part)


def test_weeks_of_the_united_states_begin_on_sundays_and_on_the_first_of_january():
    days = pd.to_datetime(["2023-01-01", "2023-01-07", "2023-01-08", "2024-01-06", "2024-01-07"])
    since = (days - pd.Timestamp(0)).days.to_numpy(float)
    assert part_of(since, "us_week").tolist() == [1, 1, 2, 1, 2]


def test_what_has_no_calendar_has_no_parts():
    assert np.isnan(part_of(np.array([np.nan, np.inf, 1e300]), "year")).all()
    assert set(PARTS) >= {"hour", "minute", "second"}


@pytest.mark.parametrize("change", CHANGES)
def test_parts_of_a_time_are_found_however_the_table_stands(change):
    rng = generator()
    df, names = varied(table(rng)[["at", "mon", "hr", "we"]], change, "hr", "at", rng)
    found = rules_of(df)
    said = {written(names, formula) for formula in SAID if formula.split(" ")[0] in names}
    assert len(said) == 3
    assert said <= found.keys()


def test_they_hold_in_every_drawn_row_and_for_months_never_seen_together():
    df = table(generator(), 400)
    model = cheap(df, marginals="spline")
    assert {r.words for r in model.schema.rules} == set(SAID)
    assert [model.coordinates[j].name for j in model.free] == ["at"]
    drawn = model.sample(2000, rng=2)
    at = drawn["at"]
    expected = {"yr": at.dt.year, "mon": at.dt.strftime("%b"), "hr": at.dt.hour}
    expected |= {"period": at.dt.strftime("%Y-%m"), "iso": at.dt.isocalendar().day.astype(int)}
    expected |= {"we": at.dt.day_of_week >= 5, "dom": at.dt.day}
    assert all((drawn[name] == values).all() for name, values in expected.items())
    assert not set(at).issubset(df["at"])


PERIODS = {
    "%Y-%m": lambda t: t.dt.strftime("%Y-%m"),
    "%G-W%V": lambda t: t.dt.strftime("%G-W%V"),
    "quarter": lambda t: t.dt.to_period("Q").astype(str),
    "year": lambda t: "y" + t.dt.year.astype(str),
    "fiscal": lambda t: "FY" + (t.dt.year + (t.dt.month > 6)).astype(str),
    "half": lambda t: t.dt.year.astype(str) + np.where(t.dt.month > 6, " II", " I"),
}


@pytest.mark.parametrize("copula", ["gaussian", "auto"])
@pytest.mark.parametrize("last", ["2024-06-30 23:00", "2024-12-31"])
def test_no_time_is_drawn_in_a_period_that_has_no_name_yet(last, copula):
    rng = generator(11)
    at = pd.Timestamp(last) - pd.to_timedelta(rng.integers(0, 1400 * 24, N), "h")
    df = pd.DataFrame({"at": at, "x": rng.random(N).round(3)})
    df = df.assign(**{name: of(df["at"]) for name, of in PERIODS.items()})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = cs.fit(df, copula=copula, marginals="spline", rng=1)
    drawn = model.sample(8000, rng=2)
    for name, of in PERIODS.items():
        assert (drawn[name] == of(drawn["at"])).all()
    # what is known keeps to it, and times before and after all others stay rare
    filled = model.complete(df[["%Y-%m", "x"]].head(60), rng=1)
    assert (filled["%Y-%m"] == PERIODS["%Y-%m"](filled["at"])).all()
    assert abs((drawn["at"] > df["at"].quantile(0.9)).mean() - 0.1) < 0.02


def test_names_of_before_and_after_hold_for_later_years_too():
    days = pd.to_timedelta(generator().integers(0, 1400, N), "D")
    at = pd.Series(pd.Timestamp("2023-12-31") - days)
    df = pd.DataFrame({"at": at, "law": np.where(at.dt.year < 2022, "old", "new")})
    drawn = cheap(df, "spline").sample(4000, rng=1)
    assert ((drawn["law"] == "old") == (drawn["at"].dt.year < 2022)).all()


def test_dates_numbers_of_dates_and_times_of_day_follow_from_a_time():
    at = stamps(generator())
    df = pd.DataFrame({"at": at, "time": at.dt.strftime("%H:%M"), "x": np.arange(N) % 7})
    df["key"] = at.dt.strftime("%Y%m%d").astype(int)
    df["ends"] = at.dt.to_period("M").dt.end_time.dt.normalize()
    df["hours"] = at.dt.hour + at.dt.minute / 60
    found = rules_of(df)
    assert {"time = time of at", "hours = time of at"} <= found.keys()
    drawn = cheap(df).sample(2000, rng=2)
    assert (drawn["time"] == drawn["at"].dt.strftime("%H:%M")).all()
    assert (drawn["key"].astype(str) == drawn["at"].dt.strftime("%Y%m%d")).all()
    assert (drawn["ends"] == drawn["at"].dt.to_period("M").dt.end_time.dt.normalize()).all()


def test_the_next_month_end_is_when_a_bill_is_due():
    day = stamps(generator()).dt.normalize()
    due = (day.dt.to_period("M") + 1).dt.end_time.dt.normalize()
    found = rules_of(pd.DataFrame({"day": day, "due": due}))
    assert "due = next_month_end of day" in found


def test_a_due_date_says_how_many_days_it_lies_ahead():
    day = stamps(generator()).dt.normalize()
    df = pd.DataFrame({"day": day, "due": day + pd.to_timedelta(30, "D")})
    assert "day = due - 30" in rules_of(df)
    schema = Schema.infer(df)
    assert "due = day + 30" in rules_of(df, rules=[Identity("due = day + 30")])
    with pytest.raises(DataError, match=r"due = day \+ 31"):
        rules_of(df, schema=schema, rules=[Identity("due = day + 31")])


def test_independent_months_and_hours_are_no_parts():
    rng = generator()
    df = table(rng).apply(lambda column: rng.permutation(column))
    assert rules_of(df) == {}


def test_a_part_is_declared_refused_and_comes_back_from_files(tmp_path):
    df = table(generator())[["at", "hr", "mon"]]
    model = cheap(df, rules=[Identity("hr = hour of at")])
    model.schema.to_file(tmp_path / "schema.toml")
    again = cheap(df, schema=Schema.from_file(tmp_path / "schema.toml"))
    model.save(tmp_path / "model.json")
    rows = model.sample(200, rng=3)
    pd.testing.assert_frame_equal(cs.load(tmp_path / "model.json").sample(200, rng=3), rows)
    pd.testing.assert_frame_equal(again.sample(200, rng=3), rows)
    text = (tmp_path / "schema.toml").read_text()
    formula = 'formula = "mon = month of at"'
    (tmp_path / "schema.toml").write_text(text.replace(formula, formula + "\nkeep = false"))
    refused = cheap(df, schema=Schema.from_file(tmp_path / "schema.toml"))
    assert "mon" in [refused.coordinates[j].name for j in refused.free]


def test_a_part_that_the_table_breaks_says_how_many_rows_and_the_first():
    df = table(generator())[["at", "hr", "mon"]]
    df.loc[[4, 9, 20], "hr"] = (df.loc[[4, 9, 20], "hr"] + 1) % 24
    with pytest.raises(DataError, match=r"in 3 of 600 rows \(first: position 4\)"):
        rules_of(df, rules=[Identity("hr = hour of at")])
    with pytest.raises(SchemaError, match="'hr' holds no dates"):
        rules_of(df, rules=[Identity("mon = month of hr")])


def _flights(rng, n, cancelled):
    """Days of departure with a time that has gaps, and one that has none."""
    planned = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 365, n), "D")
    planned = pd.Series(planned + pd.to_timedelta(5 * rng.integers(60, 276, n), "min"))
    delay = pd.Series(np.where(rng.random(n) < 0.4, rng.exponential(25, n), rng.normal(-3, 3, n)))
    delay = delay.round().mask(rng.random(n) < cancelled)
    minutes = pd.Series((rng.gamma(4, 30, n) + 35).round()).where(delay.notna())
    left = planned + pd.to_timedelta(delay, "min")
    day = planned.dt.normalize()
    columns = {"day": day, "left": left, "landed": left + pd.to_timedelta(minutes, "min")}
    return pd.DataFrame({**columns, "planned": planned, "delay": delay, "minutes": minutes})


@pytest.mark.parametrize("cancelled", [0.004, 0.03])
def test_the_time_with_fewest_gaps_tells_the_date_and_is_drawn(cancelled):
    df = _flights(np.random.default_rng(13), 1000, cancelled)
    df = df[df["left"].isna() | (df["left"].dt.normalize() == df["day"])]
    model = cheap(df)
    formulas = {r.formula for r in model.schema.rules if r.kind == "identity"}
    assert {"day = date of planned", "left = planned + delay"} <= formulas
    drawn = model.sample(2000, rng=1)
    assert (drawn["day"] == drawn["planned"].dt.normalize()).all()
    assert (drawn["planned"].dt.minute % 5 == 0).all()
