"""Orders, calendars, lattices and places together: they compose, come back, and are no chance."""

import json

import numpy as np
import pytest

from copulasynth import model_file
from copulasynth.rules.api import Coordinates, sorted_rules
from copulasynth.rules.numeric.calendars import find_calendars
from copulasynth.rules.numeric.lattices import find_lattices
from copulasynth.rules.numeric.orders import find_orders
from copulasynth.rules.numeric.places import find_places
from copulasynth.schema.column import Variable

TABLE = model_file.table_of(
    (
        "copulasynth.rules.numeric.calendar:CalendarRule",
        "copulasynth.rules.numeric.lattice:LatticeRule",
        "copulasynth.rules.numeric.order:OrderRule",
        "copulasynth.rules.numeric.place:PlaceRule",
    )
)


def coordinates(columns, steps):
    variables = []
    for j, (name, x) in enumerate(columns.items()):
        few = name not in steps and np.unique(x).size < 50
        kind, levels = ("nominal", int(x.max()) + 1) if few else ("continuous", 0)
        variables.append(Variable(name, j, kind, levels, 1.0 if few else steps.get(name)))
    x = np.asfortranarray(np.column_stack([np.asarray(v, dtype=float) for v in columns.values()]))
    return Coordinates(x, tuple(variables))


def searched(c, clocks=None):
    return find_places(find_lattices(find_calendars(find_orders(c), clocks=clocks)))


@pytest.fixture(scope="module")
def trips():
    rng = np.random.default_rng(1)
    n = 4000
    day = rng.integers(0, 200, 2 * n)
    day = day[day % 7 < 5][:n]
    start = day * 1440.0 + 5 * np.round(rng.normal(780, 120, day.size).clip(420, 1100) / 5)
    end = start + np.round(rng.gamma(2, 15, day.size)) + 1
    town, which = rng.normal(size=(12, 2)), rng.integers(0, 12, day.size)
    lon, lat = (town[which] + rng.normal(0, 0.05, (day.size, 2))).T
    listed = np.round(rng.lognormal(3, 0.7, day.size)) + rng.choice([0.99, 0.49], day.size)
    paid = np.where(rng.random(day.size) < 0.7, listed, np.round(0.8 * listed, 2))
    columns = {"start": start, "end": end, "lon": lon, "lat": lat, "paid": paid, "listed": listed}
    columns = {k: np.round(v, 2) if k in ("paid", "listed") else v for k, v in columns.items()}
    steps = {"start": 1.0, "end": 1.0, "paid": 0.01, "listed": 0.01}
    return searched(coordinates(columns, steps), {0: (1440.0, 0.0, 0)})


def test_rules_of_all_kinds_compose_and_give_the_table_back(trips):
    kinds = [f.record.kind for f in trips.found]
    assert {"order", "calendar", "lattice", "place"} <= set(kinds)
    x = trips.x.T.copy()
    x[list(trips.made)] = np.nan
    for rule in sorted_rules(f.rule for f in trips.found):
        rule.make(x)
    assert np.nanmax(np.abs(x[:6] - trips.x.T[:6])) < 1e-6
    drawn = np.random.default_rng(2).permuted(trips.x.T, axis=1)
    drawn = np.where(np.isnan(drawn), 0.0, drawn)
    for rule in sorted_rules(f.rule for f in trips.found):
        rule.make(drawn)
    kept = np.all([f.rule.holds(drawn) for f in trips.found if f.rule.rejects], axis=0)
    start, end, _, _, paid, listed = drawn[:6, kept]
    assert kept.mean() > 0.8
    assert (start < end).all()
    assert (start // 1440 % 7 < 5).all()
    assert (paid <= listed).all()


def test_rules_come_back_from_a_model_file(trips):
    for f in trips.found:
        text = json.dumps(model_file.to_data(f.rule))
        back = model_file.from_data(json.loads(text, object_hook=model_file._unpack), TABLE)
        assert type(back) is type(f.rule)
        again = np.full_like(trips.x.T, np.nan)
        again[list(f.rule.needs)] = trips.x.T[list(f.rule.needs)]
        twin = again.copy()
        f.rule.make(again)
        back.make(twin)
        np.testing.assert_array_equal(again, twin)
        np.testing.assert_array_equal(f.rule.holds(trips.x.T), back.holds(trips.x.T))


def column(rng, n):
    """A column of one of many kinds, and its grid."""
    s = 10 ** rng.uniform(0, 4)
    kinds = (
        lambda: (rng.normal(s, s, n), None),
        lambda: (np.round(s * rng.lognormal(0, 1.5, n), 2), 0.01),
        lambda: (rng.poisson(2, n), 1.0),
        lambda: ((rng.random(n) < 0.02) * np.round(rng.gamma(1, s, n)), 1.0),
        lambda: (np.round(rng.exponential(s, n), 1), 0.1),
        lambda: ((rng.random(n) < 0.4) * rng.gamma(2, s, n), None),
        lambda: (rng.beta(0.4, 0.6, n), None),
        lambda: (rng.integers(0, 6, n), None),
        lambda: (rng.random(n) < 0.01, None),
        lambda: (rng.integers(0, 400 * 86_400, n), 1.0),
        lambda: (rng.standard_cauchy(n), None),
    )
    x, step = kinds[rng.integers(len(kinds))]()
    x = np.asarray(x, dtype=float)
    return (np.where(rng.random(n) < 0.1, np.nan, x) if step and rng.random() < 0.3 else x), step


@pytest.mark.parametrize("seed", range(20))
def test_no_rule_is_found_in_independent_draws(seed):
    rng = np.random.default_rng(seed)
    n, d = int(np.exp(rng.uniform(np.log(300), np.log(20_000)))), int(rng.integers(3, 21))
    made = [column(rng, n) for _ in range(d)]
    steps = {f"x{j}": step for j, (_, step) in enumerate(made) if step}
    c = coordinates({f"x{j}": x for j, (x, _) in enumerate(made)}, steps)
    clocks = {j: (86_400.0, 0.0, 0) for j, (x, _) in enumerate(made) if np.nanmax(x) > 3e7}
    assert searched(c, clocks).found == ()
