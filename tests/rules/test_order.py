"""Orders between columns are found where they hold by more than chance, and hold in draws."""

from itertools import permutations

import numpy as np
import pytest

from copulasynth.rules.api import Coordinates, sorted_rules
from copulasynth.rules.numeric.order import OrderRule
from copulasynth.rules.numeric.orders import find_orders, fit_order
from copulasynth.schema.column import Variable
from copulasynth.schema.records import Rule

N = 1500


def coordinates(columns, steps):
    """Coordinates of named columns, each with the step of its grid or None."""
    variables = [
        Variable(name, j, "continuous", step=steps.get(name)) for j, name in enumerate(columns)
    ]
    x = np.asfortranarray(np.column_stack(list(columns.values())))
    return Coordinates(x, tuple(variables))


def shuffled(c, rng):
    """Rows whose free coordinates go their own ways, made and kept as draws are; (D, n)."""
    free = list(c.free)
    x = np.full(c.x.T.shape, np.nan)
    x[free] = rng.permuted(np.where(np.isnan(c.x), 0.0, c.x)[:, free].T, axis=1)
    for rule in sorted_rules(f.rule for f in c.found):
        rule.make(x)
    kept = np.all([f.rule.holds(x) for f in c.found if f.rule.rejects], axis=0)
    return x[:, kept]


def stay(rng):
    start = rng.integers(0, 180 * 1440, N).astype(float)
    end = start + np.maximum(5, np.exp(rng.normal(4.5, 0.8, N)).round())
    return {"start": start, "end": end}, {"start": 1, "end": 1}, [("start", "end")]


def house(rng):
    living = np.round(rng.lognormal(7, 0.4, N))
    basement = np.where(rng.random(N) < 0.6, 0, np.round(living * rng.beta(2, 3, N)))
    return (
        {"basement": basement, "living": living},
        {"basement": 1, "living": 1},
        [("basement", "living")],
    )


def pressure(rng):
    low = np.round(rng.normal(80, 12, N))
    high = low + np.round(np.maximum(rng.normal(42, 14, N), 10))
    return {"low": low, "high": high}, {"low": 1, "high": 1}, [("low", "high")]


def price(rng):
    listed = np.round(rng.lognormal(3, 1, N), 2)
    paid = np.where(rng.random(N) < 0.5, listed, np.round(listed * rng.uniform(0.5, 1, N), 2))
    return {"listed": listed, "paid": paid}, {"listed": 0.01, "paid": 0.01}, [("paid", "listed")]


def weather(rng):
    least = np.round(rng.normal(8, 8, N), 1)
    mean = np.round(least + rng.gamma(2, 2, N), 1)
    most = np.round(mean + rng.gamma(2, 2, N), 1)
    steps = dict.fromkeys(("least", "mean", "most"), 0.1)
    columns = {"least": least, "mean": mean, "most": most}
    return columns, steps, [("least", "mean"), ("mean", "most")]


def raw(rng):
    part = rng.exponential(1.0, N)
    return {"part": part, "whole": part + rng.exponential(1.0, N)}, {}, [("part", "whole")]


def scores(rng):
    q = np.sort(rng.integers(1, 11, (N, 2)), axis=1).astype(float)
    return {"worst": q[:, 0], "best": q[:, 1]}, {"worst": 1, "best": 1}, [("worst", "best")]


TABLES = [stay, house, pressure, price, weather, raw, scores]


@pytest.mark.parametrize("table", TABLES)
def test_an_order_is_found_whatever_the_order_of_columns_among_noise(table):
    rng = np.random.default_rng(1)
    columns, steps, expected = table(rng)
    noise = {"noise": rng.normal(40, 30, N), "count": rng.poisson(30, N).astype(float)}
    for names in permutations([*columns, *noise]):
        c = find_orders(coordinates({k: (columns | noise)[k] for k in names}, steps))
        assert sorted(f.record.columns for f in c.found) == sorted(expected)
        assert all(f.record.obey == f.record.told == N for f in c.found)


@pytest.mark.parametrize("table", TABLES)
def test_parts_give_the_table_back_and_draws_obey(table):
    rng = np.random.default_rng(2)
    columns, steps, _ = table(rng)
    c = find_orders(coordinates(columns, steps))
    x = c.x.T.copy()
    x[list(c.made)] = np.nan
    for rule in sorted_rules(f.rule for f in c.found):
        rule.make(x)
    assert np.nanmax(np.abs(x - c.x.T)) < 1e-9
    drawn = shuffled(c, rng)
    assert drawn.shape[1] > 0.2 * N
    for f in c.found:
        low, high = (drawn[c.place(name)] for name in f.record.columns)
        assert (low <= high).all()
    for k, name in enumerate(columns):
        if name in steps:
            assert np.abs(np.round(drawn[k] / steps[name]) * steps[name] - drawn[k]).max() < 1e-9


@pytest.mark.parametrize("table", TABLES)
def test_missing_values_hide_no_order(table):
    rng = np.random.default_rng(3)
    columns, steps, expected = table(rng)
    gappy = {k: np.where(rng.random(N) < 0.05, np.nan, v) for k, v in columns.items()}
    c = find_orders(coordinates(gappy, steps))
    assert sorted(f.record.columns for f in c.found) == sorted(expected)
    assert all(0.8 * N < f.record.told < N for f in c.found)
    for f in c.found:
        if f.rule.part >= 0:
            known = ~np.isnan(c.x[:, f.rule.low] + c.x[:, f.rule.high])
            assert (np.isnan(c.x[:, f.rule.part]) >= ~known).all()


def mixed(rng, n):
    """A column of one of eight kinds."""
    scale = 10 ** rng.uniform(-1, 3)
    kinds = (
        lambda: rng.normal(scale, scale, n),
        lambda: np.round(rng.lognormal(0, 1.5, n) * scale, 2),
        lambda: rng.poisson(1, n),
        lambda: (rng.random(n) < 0.02) * np.round(rng.gamma(1, scale, n)),
        lambda: rng.integers(0, 10, n),
        lambda: rng.exponential(scale, n),
        lambda: (rng.random(n) < 0.4) * rng.gamma(2, scale, n),
        lambda: rng.beta(0.5, 0.5, n),
    )
    return np.asarray(kinds[rng.integers(len(kinds))](), dtype=float)


@pytest.mark.parametrize("seed", range(20))
def test_independent_columns_have_no_order(seed):
    rng = np.random.default_rng(seed)
    n, d = int(np.exp(rng.uniform(np.log(300), np.log(20_000)))), int(rng.integers(3, 21))
    c = find_orders(coordinates({f"x{j}": mixed(rng, n) for j in range(d)}, {}))
    assert c.found == ()


def test_ranges_that_do_not_meet_and_zeros_that_go_together_are_no_order():
    rng = np.random.default_rng(4)
    claims = rng.poisson(0.3, N).astype(float)
    amount = np.where(claims > 0, np.round(50 + rng.lognormal(5, 1, N)), 0.0)
    year, age = rng.integers(1950, 2000, N).astype(float), rng.integers(18, 90, N).astype(float)
    columns = {"claims": claims, "amount": amount, "year": year, "age": age}
    assert find_orders(coordinates(columns, dict.fromkeys(columns, 1))).found == ()


def test_a_strict_order_is_told_from_one_with_ties():
    rng = np.random.default_rng(5)
    a, gap = rng.integers(0, 500, 3000).astype(float), rng.geometric(0.05, 3000)
    steps = {"a": 1, "b": 1}
    strict = find_orders(coordinates({"a": a, "b": a + gap}, steps))
    ties = find_orders(coordinates({"a": a, "b": a + gap - 1}, steps))
    assert [f.record.formula for f in (*strict.found, *ties.found)] == ["a < b", "a <= b"]
    drawn = shuffled(strict, rng)
    assert (drawn[0] < drawn[1]).all()
    drawn = shuffled(ties, rng)
    assert np.mean(drawn[0] == drawn[1]) == pytest.approx(0.05, abs=0.01)


def test_times_of_other_origins_and_grids_are_compared_as_times():
    rng = np.random.default_rng(6)
    start = rng.integers(0, 100 * 1440, N).astype(float)  # minutes since day 10
    end = start + rng.integers(5, 3000, N)
    day = np.ceil(end / 1440 + 10 + rng.integers(0, 5, N))  # days since day 0
    c = coordinates({"start": start, "end": end, "paid": day}, dict.fromkeys(("start", "end"), 1))
    c = Coordinates(
        c.x, tuple(Variable(v.name, j, "continuous", step=1.0) for j, v in enumerate(c.variables))
    )
    found = find_orders(c, scales=[(10.0, 1 / 1440), (10.0, 1 / 1440), (0.0, 1.0)])
    assert {f.record.columns for f in found.found} == {("start", "end"), ("end", "paid")}
    drawn = shuffled(found, rng)
    assert (drawn[0] <= drawn[1]).all()
    assert (drawn[1] / 1440 + 10 <= drawn[2] + 1e-9).all()
    assert (drawn[2] == np.round(drawn[2])).all()


def test_a_refused_order_is_left_alone():
    columns, steps, _ = stay(np.random.default_rng(7))
    refused = frozenset({("order", frozenset({"start", "end"}))})
    assert find_orders(coordinates(columns, steps), refused).found == ()


def test_a_declared_chain_is_held_and_one_that_rows_break_is_refused_or_allowed():
    rng = np.random.default_rng(8)
    columns, steps, _ = weather(rng)
    c = coordinates(columns, steps)
    chain = fit_order(c, Rule("order", ("least", "mean", "most")))
    assert [f.record.columns for f in chain.found] == [("least", "mean"), ("mean", "most")]
    columns["mean"][:15] = columns["least"][:15] - 1.0
    c = coordinates(columns, steps)
    assert fit_order(c, Rule("order", ("least", "mean"))) is None
    (found,) = fit_order(c, Rule("order", ("least", "mean"), allow=0.02)).found
    assert (found.record.obey, found.record.told, found.rule.rejects) == (N - 15, N, False)


def test_the_law_of_both_columns_stays():
    rng = np.random.default_rng(9)
    for table in (stay, house, price):
        columns, steps, _ = table(rng)
        c = find_orders(coordinates(columns, steps))
        drawn = shuffled(c, rng)
        for k in range(2):
            grid = np.quantile(c.x[:, k], np.linspace(0.02, 0.98, 49))
            f = (c.x[:, k, None] <= grid).mean(axis=0)
            assert np.abs((drawn[k, :, None] <= grid).mean(axis=0) - f).max() < 0.05


@pytest.mark.parametrize(
    "broken",
    [
        {"low": -1, "high": 1},
        {"low": 1, "high": 1},
        {"low": 0, "high": 1, "part": 1},
        {"low": 0, "high": 1, "part": -2},
        {"low": 0, "high": 1, "units": (0.0, 1.0)},
        {"low": 0, "high": 1, "origins": (np.nan, 0.0)},
        {"low": 0, "high": 1, "steps": (-1.0, 0.0)},
        {"low": 0, "high": 1, "lower": 2.0, "upper": 1.0},
        {"low": 0, "high": 1, "ratio": True},
    ],
)
def test_a_contradictory_order_is_refused(broken):
    with pytest.raises(ValueError, match=r"expected|differ|needs|names"):
        OrderRule(**broken)


def test_names_that_are_no_words_can_be_read_back_from_the_formula():
    rng = np.random.default_rng(8)
    base = rng.integers(0, 50, N).astype(float)
    columns = {"b c": base, "a = b": base + rng.integers(0, 9, N)}
    (found,) = find_orders(coordinates(columns, {"b c": 1, "a = b": 1})).found
    assert found.record.formula == "`b c` <= `a = b`"


def test_an_order_held_by_drawing_again_names_both_columns():
    assert OrderRule(0, 1).needs == (0, 1)
    assert OrderRule(0, 1, part=2).needs == (0, 2)


class Made:
    """A rule that makes coordinates from others, and does nothing."""

    rejects = False

    def __init__(self, makes, needs):
        self.makes, self.needs = makes, needs


def test_rules_come_after_what_they_need_and_else_as_they_were_found():
    last, first, middle, other = (
        Made((4,), (3,)),
        Made((2,), (0,)),
        Made((3,), (2,)),
        Made((5,), ()),
    )
    assert sorted_rules([last, first, Made((), (1,)), middle, other]) == (
        first,
        other,
        middle,
        last,
    )


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        ([Made((1,), (2,)), Made((2,), (1,))], r"\[1, 2\] are derived from each other in a circle"),
        ([Made((1,), (1,))], r"\[1\] are derived from each other"),
        ([Made((1,), ()), Made((1, 2), ())], "two rules make the same variable"),
    ],
)
def test_rules_that_make_each_other_or_the_same_are_refused(rules, text):
    with pytest.raises(ValueError, match=text):
        sorted_rules(rules)
