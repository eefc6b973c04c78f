"""Hours and weekdays that have laws of their own are found and kept, and none are imagined."""

import numpy as np
import pytest

from copulasynth.marginals import fit_marginal
from copulasynth.rules.api import Coordinates
from copulasynth.rules.numeric.calendar import CalendarRule
from copulasynth.rules.numeric.calendars import find_calendars, fit_calendar
from copulasynth.schema.column import Variable
from copulasynth.schema.records import Rule

N = 5000
MINUTES = {0: (1440.0, 0.0, 0)}
"""Minutes since a Monday."""


def coordinates(time, *others, step=1.0):
    columns = [time, *others]
    variables = [Variable("at", 0, "continuous", step=step)]
    variables += [Variable(f"x{j}", j, "continuous") for j in range(1, len(columns))]
    return Coordinates(np.asfortranarray(np.column_stack(columns)), tuple(variables))


def drawn(c, rng, n=40_000):
    """Rows whose free coordinates are independent, as the model would keep them; (D, n)."""
    x = np.full((len(c.variables), n), np.nan)
    for j in c.free:
        v, seen = c.variables[j], c.x[:, j][~np.isnan(c.x[:, j])]
        law = fit_marginal(
            seen,
            "auto" if v.levels else "spline",
            kind=v.kind,
            levels=v.levels,
            step=v.step,
            lower=v.lower,
            upper=v.upper,
            rng=1,
        ).marginal
        x[j] = law.quantile(rng.random(n))
        if v.step:
            x[j] = np.round(x[j] / v.step) * v.step
    for f in c.found:
        f.rule.make(x)
        x = x[:, f.rule.holds(x)]
    return x


def office(rng):
    """Mondays to Fridays, 8 to 20 h."""
    day = rng.integers(0, 120, 2 * N)
    day = day[day % 7 < 5][:N]
    return day * 1440.0 + rng.integers(480, 1200, day.size)


def evenings(rng):
    """Rides about 19 h, over midnight, on every day."""
    minute = np.floor(rng.normal(19, 4, N) * 60)
    return rng.integers(1, 365, N) * 1440.0 + minute


def shop(rng):
    """Half of the day on Saturdays, closed on Sundays."""
    day = rng.integers(0, 300, 2 * N)
    day = day[(day % 7 < 5) | ((day % 7 == 5) & (rng.random(2 * N) < 0.5))][:N]
    minute = rng.integers(480, 1200, day.size)
    return day * 1440.0 + np.where(day % 7 == 5, rng.integers(480, 780, day.size), minute)


def weekends(rng):
    """Weekends twice as often, at all hours."""
    day = rng.integers(0, 400, 3 * N)
    day = day[(day % 7 >= 5) | (rng.random(3 * N) < 0.5)][:N]
    return day * 1440.0 + rng.integers(0, 1440, day.size)


def month(rng):
    """Five weeks of office hours."""
    day = rng.integers(0, 35, 2 * N)
    day = day[day % 7 < 5][:N]
    return day * 1440.0 + np.floor(rng.triangular(480, 600, 1080, day.size))


def few(rng):
    """Two or three a week in two years, about noon."""
    day = rng.choice(730, 250, replace=False)
    return day * 1440.0 + np.floor(rng.normal(720, 100, 250))


TABLES = {
    office: "at keeps its hours and weekdays",
    evenings: "at keeps its hours",
    shop: "at keeps its hours and weekdays",
    weekends: "at keeps its weekdays",
    month: "at keeps its hours",
    few: "at keeps its hours",
}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("gaps", [False, True])
def test_hours_and_weekdays_are_found_and_parts_give_the_times_back(table, gaps):
    rng = np.random.default_rng(1)
    time = table(rng)
    time[rng.random(time.size) < 0.1 * gaps] = np.nan
    c = find_calendars(coordinates(time, rng.normal(size=time.size)), clocks=MINUTES)
    (found,) = c.found
    assert found.record.formula == TABLES[table]
    assert found.record.obey == found.record.told == np.count_nonzero(~np.isnan(time))
    x = c.x.T.copy()
    x[0] = np.nan
    found.rule.make(x)
    np.testing.assert_allclose(x[0], time, atol=1e-6)
    assert found.rule.holds(c.x.T).all()


@pytest.mark.parametrize("table", [office, evenings, shop, weekends, month])
def test_draws_keep_the_hours_and_the_weekdays(table):
    rng = np.random.default_rng(2)
    time = table(rng)
    c = find_calendars(coordinates(time), clocks=MINUTES)
    x = drawn(c, rng)
    assert x.shape[1] > 38_000
    for unit, bins in ((1440, 7), (60, 24)):
        real = np.bincount((time // unit % bins).astype(int), minlength=bins) / time.size
        made = np.bincount((x[0] // unit % bins).astype(int), minlength=bins) / x.shape[1]
        assert np.abs(made - real).max() < 0.015
        assert made[real == 0].sum() < 0.001
    assert (x[0] == np.round(x[0])).all()
    assert time.min() // 1440 <= x[0].min() // 1440 + 1
    grid = np.quantile(time, np.linspace(0.05, 0.95, 19))
    f = (x[0][:, None] <= grid).mean(axis=0)
    assert np.abs(f - (time[:, None] <= grid).mean(axis=0)).max() < 0.02


def test_a_closed_saturday_afternoon_stays_closed():
    rng = np.random.default_rng(3)
    x = drawn(find_calendars(coordinates(shop(rng)), clocks=MINUTES), rng)[0]
    saturday = x // 1440 % 7 == 5
    assert saturday.mean() == pytest.approx(1 / 11, abs=0.01)
    assert np.mean(saturday & (x % 1440 > 800)) < 0.002


def test_dates_keep_their_weekdays_whatever_the_first_day_is():
    rng = np.random.default_rng(4)
    for weekday in (0, 2, 4, 6):
        day = rng.integers(0, 2000, N).astype(float)
        day = day[(day + weekday) % 7 < 5]
        c = find_calendars(coordinates(day), clocks={0: (1.0, 0.0, weekday)})
        assert c.found[0].record.formula == "at keeps its weekdays"
        assert ((drawn(c, rng)[0] + weekday) % 7 < 5).all()


def test_days_part_where_nobody_is_and_not_in_the_middle_of_the_night_shift():
    rng = np.random.default_rng(5)
    (found,) = find_calendars(coordinates(evenings(rng)), clocks=MINUTES).found
    assert 5 * 60 <= found.rule.cut <= 9 * 60
    (found,) = find_calendars(coordinates(office(rng)), clocks=MINUTES).found
    assert found.rule.cut == 0


def smooth(rng, kind, n, days):
    """Times that follow no clock, also such as come in bursts."""
    bursts = max(n // 50, 2)
    return {
        "even": lambda: rng.random(n) * days,
        "fading": lambda: rng.exponential(days / 8, n),
        "peaked": lambda: rng.normal(0, days / 6, n),
        "waiting": lambda: np.cumsum(rng.exponential(days / n, n)),
        "hours": lambda: (
            np.repeat(rng.random(bursts) * days, 50) + rng.exponential(0.1, 50 * bursts)
        ),
        "weeks": lambda: np.repeat(rng.random(bursts) * days, 50) + rng.normal(0, 3, 50 * bursts),
    }[kind]()


@pytest.mark.parametrize("kind", ["even", "fading", "peaked", "waiting", "hours", "weeks"])
def test_times_that_follow_no_clock_have_no_calendar(kind):
    rng = np.random.default_rng(6)
    for _ in range(20):
        n, days = int(np.exp(rng.uniform(5.7, 9.9))), np.exp(rng.uniform(0, 8))
        t = np.floor(smooth(rng, kind, n, days) * 86_400)
        clock = (86_400.0, float(rng.integers(86_400)), int(rng.integers(7)))
        assert find_calendars(coordinates(t), clocks={0: clock}).found == ()
        dates = coordinates(np.floor(t / 86_400))
        assert find_calendars(dates, clocks={0: (1.0, 0.0, clock[2])}).found == ()


def test_a_refused_calendar_is_left_alone_and_a_declared_one_is_held():
    rng = np.random.default_rng(7)
    c = coordinates(office(rng))
    refused = frozenset({("calendar", frozenset({"at"}))})
    assert find_calendars(c, refused, MINUTES).found == ()
    even = coordinates(rng.integers(0, 100 * 1440, N).astype(float))
    held = fit_calendar(even, Rule("calendar", ("at",), "at keeps its hours"), MINUTES)
    assert [v.name for v in held.variables] == ["at", "at [day]", "at [time of day]"]
    assert fit_calendar(even, Rule("calendar", ("at",)), {}) is None


def test_the_days_of_the_week_stand_in_the_order_that_an_amount_tells():
    rng = np.random.default_rng(8)
    time = rng.integers(0, 300 * 1440, 3 * N).astype(float)
    weekday = (time // 1440 % 7).astype(int)
    rows = rng.random(time.size) < np.array([0.9, 0.3, 0.9, 0.3, 0.9, 0.3, 0.9])[weekday]
    amount = rng.normal(np.array([0, 3, 0, 3, 0, 3, 0])[weekday], 1)
    (found,) = find_calendars(coordinates(time[rows], amount[rows]), clocks=MINUTES).found
    assert sorted(found.rule.order[-3:].tolist()) == [1, 3, 5]


@pytest.mark.parametrize(
    "broken",
    [
        {"time": -1},
        {"count": 0},
        {"weekday": 2, "weekly": False},
        {"per_day": 0.0},
        {"cut": 1440.0},
        {"origin": np.inf},
        {"order": np.zeros(7, dtype=np.int64)},
        {"open": np.ones((7, 23), dtype=bool)},
        {"lower": 2.0, "upper": 1.0},
    ],
)
def test_a_contradictory_calendar_is_refused(broken):
    fields = {
        "time": 0,
        "count": 1,
        "weekday": -1,
        "rest": 3,
        "per_day": 1440.0,
        "origin": 0.0,
        "cut": 0.0,
        "step": 1.0,
        "weekly": False,
        "order": np.arange(7),
        "open": np.ones((7, 24), dtype=bool),
    }
    with pytest.raises(ValueError, match=r"expected|different|need"):
        CalendarRule(**(fields | broken))
