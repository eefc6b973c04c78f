"""Combinations of levels that do not occur are not drawn, and only where this is a rule."""

import numpy as np
import pytest

from copulasynth.rules.api import Coordinates, FittedRule
from copulasynth.rules.levels.combination import CombinationRule, find_combination, fit_combination
from copulasynth.schema.column import Variable
from copulasynth.schema.records import Rule

N = 2000


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def nominal(name, x):
    return x, Variable(name, 0, "nominal", int(np.nanmax(x)) + 1, 1.0)


def number(name, x, step=1.0):
    return x, Variable(name, 0, "continuous" if step is None or step < 1 else "discrete", 0, step)


def ordinal(name, x):
    return x, Variable(name, 0, "discrete", int(np.nanmax(x)) + 1, 1.0)


def coordinates(*columns):
    x = np.asfortranarray(np.column_stack([a for a, _ in columns]), dtype=np.float64)
    return Coordinates(x, tuple(v for _, v in columns))


def geography(rng, n=N, shared=0.1):
    """Countries with three cities each, of unlike size, and a city name that two share."""
    country = rng.choice(5, n, p=[0.4, 0.3, 0.15, 0.1, 0.05])
    city = 3 * country + rng.choice(3, n, p=[0.6, 0.3, 0.1])
    both = np.isin(country, [0, 2]) & (rng.random(n) < shared)
    city[both] = 15
    return country, city


def groups(c):
    return [frozenset(f.record.columns) for f in c.found]


def drawn(c, n=5000):
    rng = np.random.default_rng(0)
    x = np.full((len(c.variables), n), np.nan)
    for j in c.free:
        x[j] = rng.choice(c.x[~np.isnan(c.x[:, j]), j], n)
    for f in c.found:
        f.rule.make(x)
    return x


def pairs(x, i=0, j=1):
    return set(zip(x[i].tolist(), x[j].tolist(), strict=True))


@pytest.mark.parametrize("turned", [False, True])
def test_a_city_that_two_countries_share_does_not_end_the_rule(rng, turned):
    country, city = geography(rng)
    columns = [
        nominal("country", country),
        number("age", rng.integers(18, 90, N)),
        nominal("city", city),
    ]
    c = find_combination(coordinates(*(columns[::-1] if turned else columns)))
    (found,) = c.found
    assert isinstance(found.rule, FittedRule)
    assert set(found.record.columns) == {"country", "city"}
    assert (found.record.obey, found.record.told) == (N, N)
    x = drawn(c)
    i, j = found.rule.makes
    assert pairs(x, i, j) <= pairs(c.x.T, i, j)
    place = c.place("country")
    shares = [np.abs((x[place] == k).mean() - (country == k).mean()) for k in range(5)]
    assert max(shares) < 0.02


def test_the_rates_of_a_grade_are_kept_and_the_part_is_in_their_order(rng):
    grade = rng.integers(0, 7, N)
    rate = np.round(5 + 2 * grade + 0.25 * rng.integers(0, 16, N), 2)
    income = np.exp(10 - 0.15 * rate + rng.normal(size=N) * 0.3)
    for make in (ordinal, nominal):
        c = find_combination(
            coordinates(
                number("rate", rate, 0.01), number("income", income, None), make("grade", grade)
            )
        )
        assert groups(c) == [{"rate", "grade"}]
        assert pairs(drawn(c), 0, 2) <= set(zip(rate, grade, strict=True))
        r = np.corrcoef(c.x[:, 3].argsort().argsort(), income.argsort().argsort())[0, 1]
        assert abs(r) > 0.8


def test_three_columns_make_one_combination_where_each_limits_the_others(rng):
    make = rng.integers(0, 8, N)
    model = 4 * make + rng.integers(0, 4, N)
    shared = rng.random(N) < 0.05
    model[shared & (make < 2)] = 32
    fuel = (model + rng.integers(0, 2, N)) % 5
    c = find_combination(
        coordinates(nominal("fuel", fuel), nominal("make", make), nominal("model", model))
    )
    assert groups(c) == [{"fuel", "make", "model"}]
    x = drawn(c)
    assert {tuple(r) for r in x[:3].T} <= {tuple(r) for r in c.x[:, :3]}


def test_two_pairs_of_one_table_are_found_beside_columns_that_are_in_none(rng):
    country, city = geography(rng)
    make = rng.integers(0, 4, N)
    model = np.where(rng.random(N) < 0.1, 12, 3 * make + rng.integers(0, 3, N))
    model[(make > 1) & (model == 12)] = 11
    c = find_combination(
        coordinates(
            nominal("city", city),
            nominal("model", model),
            nominal("colour", rng.integers(0, 6, N)),
            nominal("make", make),
            nominal("country", country),
        )
    )
    assert set(groups(c)) == {frozenset({"country", "city"}), frozenset({"make", "model"})}


def test_a_few_strange_rows_do_not_end_the_rule(rng):
    country, city = geography(rng)
    city[:8] = rng.integers(0, 16, 8)
    c = find_combination(coordinates(nominal("country", country), nominal("city", city)))
    assert groups(c) == [{"country", "city"}]


def test_rows_known_in_part_keep_the_shares_of_what_is_known(rng):
    country, city = geography(rng)
    city = city.astype(float)
    city[(country == 0) & (rng.random(N) < 0.6)] = np.nan
    gone = rng.random(N) < 0.05
    known = np.where(gone, np.nan, country)
    city[gone] = np.nan
    c = find_combination(coordinates(nominal("country", known), nominal("city", city)))
    assert groups(c) == [{"country", "city"}]
    assert np.isnan(c.x[gone, 2]).all()
    assert not np.isnan(c.x[~gone, 2]).any()
    x = drawn(c, 50_000)
    assert pairs(x) <= pairs(c.x[~np.isnan(city)].T)
    for k in range(5):
        assert abs((x[0] == k).mean() - (known[~gone] == k).mean()) < 0.01
    inside = x[1][x[0] == 0]
    seen = city[(country == 0) & ~np.isnan(city)]
    for k in range(3):
        assert abs((inside == k).mean() - (seen == k).mean()) < 0.02


def smooth(rng, rho, n=N):
    z = rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], n)
    return z.T


def test_the_empty_corners_of_a_strong_dependence_are_no_rule(rng):
    for rho in (0.5, 0.8, 0.9, -0.9):
        a, b = smooth(rng, rho, 5000)
        a = np.digitize(a, [-1.5, -0.5, 0.5, 1.5])
        b = np.digitize(b, np.linspace(-2, 2, 9))
        for make in (ordinal, nominal):
            assert find_combination(coordinates(make("a", a), make("b", b))).found == ()


def test_a_dependence_that_fades_away_on_both_sides_is_no_rule(rng):
    depth = np.round(rng.normal(61, 1.5, 20_000), 1)
    ideal = np.abs(depth - 61.5) + rng.normal(0.7, 0.7, depth.size)
    cut = np.digitize(ideal, [0.8, 1.3, 2, 3.5])
    assert (
        find_combination(coordinates(number("depth", depth, 0.1), nominal("cut", cut))).found == ()
    )


def test_a_function_an_order_and_a_single_link_are_left_to_other_rules(rng):
    product = rng.integers(0, 40, N)
    assert (
        find_combination(
            coordinates(nominal("product", product), nominal("class", product // 4))
        ).found
        == ()
    )
    rooms = rng.integers(1, 10, N)
    beds = np.minimum(rooms, rng.integers(1, 10, N))
    assert find_combination(coordinates(number("beds", beds), number("rooms", rooms))).found == ()
    net = rng.integers(0, 3, N)
    tv = np.where(net == 2, 2, rng.integers(0, 2, N))
    phone = rng.integers(0, 4, N)
    assert (
        find_combination(
            coordinates(nominal("net", net), nominal("tv", tv), nominal("phone", phone))
        ).found
        == ()
    )


@pytest.mark.parametrize("seed", range(20))
def test_independent_columns_make_no_combination(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(300, 20_000))
    columns = []
    for k in range(int(rng.integers(3, 21))):
        levels = int(rng.integers(2, 40))
        shares = rng.dirichlet(np.full(levels, rng.choice([0.3, 1.0, 5.0])))
        x = rng.choice(levels, n, p=shares)
        prices = np.round(rng.lognormal(3, 1, levels), 2)
        made = [nominal(f"x{k}", x), ordinal(f"x{k}", x), number(f"x{k}", prices[x], 0.01)]
        columns.append(made[k % 3])
    assert find_combination(coordinates(*columns)).found == ()


def test_a_refused_combination_is_not_found_again_and_a_declared_one_is_held(rng):
    country, city = geography(rng)
    c = coordinates(nominal("country", country), nominal("city", city))
    (found,) = find_combination(c).found
    assert find_combination(c, frozenset({found.record.key})).found == ()
    colour = coordinates(nominal("a", rng.integers(0, 3, N)), nominal("b", rng.integers(0, 3, N)))
    held = fit_combination(colour, Rule("combination", ("a", "b")))
    assert len(held.found[0].rule.levels) == 9
    assert fit_combination(held, Rule("combination", ("a", "b"))) is None


def test_a_combination_that_was_not_seen_breaks_the_rule_and_gaps_do_not(rng):
    rule = CombinationRule(2, (0, 1), np.array([[0.0, 0.0], [1.0, 1.0]]))
    x = np.array([[0.0, 1.0, np.nan], [1.0, 1.0, 1.0], [np.nan] * 3])
    assert rule.holds(x).tolist() == [False, True, True]
    rule.split(x)
    assert np.isnan(x[2]).tolist() == [True, False, True]


@pytest.mark.parametrize(
    "fields",
    [
        (0, (0, 1), np.eye(2)),
        (2, (0, 1), np.ones((2, 2))),
        (2, (0, 1), np.array([[np.inf, 0.0]])),
        (2, (0, 1), np.eye(3)),
        (2, (0, 1), np.eye(2), np.array([1.0, -1.0])),
        (2, (0, 1), np.eye(2), np.ones(3)),
    ],
)
def test_a_combination_that_contradicts_itself_is_refused(fields):
    with pytest.raises(ValueError, match="combination"):
        CombinationRule(*fields)
