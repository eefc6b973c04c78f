"""Variables that are functions of others are found where they are, and only there."""

import numpy as np
import pandas as pd
import pytest

from copulasynth.rules import Coordinates, Linear, Lookup, Product, find_identities
from copulasynth.rules.identity.settle import halfway
from copulasynth.schema import Variable
from tests.rules.varied import rules_of

N = 600


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def coordinates(columns, steps, nominal=()):
    """Return coordinates of columns {name: values} and the grids of their values."""
    variables = []
    for k, (name, values) in enumerate(columns.items()):
        few = len(np.unique(values)) <= 30
        kind = "nominal" if name in nominal else "discrete" if few else "continuous"
        levels = int(np.nanmax(values)) + 1 if name in nominal else 0
        variables.append(Variable(name, k, kind, levels, steps[k]))
    return Coordinates(np.column_stack([*columns.values()]).astype(float), tuple(variables))


def described(columns, steps, nominal=()):
    """Return what is derived: target -> (parents, kind of function)."""
    found = find_identities(coordinates(columns, steps, nominal)).found
    return {f.record.columns[0]: (f.record.columns[1:], type(f.rule.rule).__name__) for f in found}


def test_an_age_group_is_a_step_function_of_age(rng):
    age = rng.integers(18, 90, N).astype(float)
    group = np.digitize(age, [25, 35, 45, 60]).astype(float)
    (f,) = find_identities(coordinates({"age": age, "group": group}, [1, 1])).found
    assert (f.rule.target, f.rule.parents) == (1, (0,))
    assert f.record.formula == "group = steps of age"
    ages = np.arange(18.0, 90.0)
    assert (f.rule.of(ages[None]) == np.digitize(ages, [25, 35, 45, 60])).all()


def test_a_charge_is_its_rate_times_minutes_with_the_rate_as_printed(rng):
    minutes = np.round(rng.gamma(2, 90, N), 1)
    columns = {"charge": np.round(0.17 * minutes, 2), "minutes": minutes}
    (f,) = find_identities(coordinates(columns, [0.01, 0.1])).found
    assert isinstance(f.rule.rule, Linear)
    assert (f.rule.target, f.rule.parents) == (0, (1,))
    assert (f.rule.rule.constant, f.rule.rule.weights.tolist()) == (0, [0.17])


def test_hours_are_minutes_over_sixty(rng):
    minutes = rng.integers(1, 900, N).astype(float)
    columns = {"minutes": minutes, "hours": np.round(minutes / 60, 2)}
    (f,) = find_identities(coordinates(columns, [1, 0.01])).found
    assert f.record.formula == "hours = minutes / 60"


@pytest.mark.parametrize("count", [2, 3, 8, 15])
def test_a_total_of_any_number_of_parts_is_their_sum(rng, count):
    parts = np.round(rng.gamma(2, np.geomspace(3, 90, count), (N, count)), 2)
    columns = {f"part {k}": part for k, part in enumerate(parts.T)}
    columns["total"] = parts.sum(axis=1)
    (f,) = find_identities(coordinates(columns, [0.01] * (count + 1))).found
    assert f.rule.target == count
    assert f.rule.rule.weights.tolist() == [1] * count


def test_a_body_mass_index_is_a_product_of_powers(rng):
    height, weight = np.round(rng.normal(170, 9, N)), np.round(rng.normal(75, 12, N))
    bmi = np.round(weight / (height / 100) ** 2, 2)
    columns = {"height": height, "weight": weight, "bmi": bmi}
    c = coordinates(columns, [1, 1, 0.01])
    (f,) = find_identities(c).found
    assert isinstance(f.rule.rule, Product)
    assert f.record.formula == "bmi = 10000 * weight / height^2"
    assert np.abs(f.rule.of(c.x.T) - bmi).max() < 1e-9


def test_a_product_may_have_zeros_and_negative_factors(rng):
    quantity = rng.integers(-2, 6, N).astype(float)
    price = np.round(rng.lognormal(3, 1, N), 2)
    columns = {"quantity": quantity, "price": price, "total": np.round(price * quantity, 2)}
    assert described(columns, [1, 0.01, 0.01]) == {"total": (("quantity", "price"), "Product")}


def test_a_rule_on_coarse_grids_is_found(rng):
    price = 1.25 * rng.integers(1, 30, N)
    quantity = rng.integers(1, 5, N).astype(float)
    columns = {"quantity": quantity, "total": price * quantity, "price": price}
    assert described(columns, [1, 1.25, 1.25]) == {"total": (("quantity", "price"), "Product")}
    children, adults = rng.poisson(1, N), rng.integers(1, 4, N)
    columns = {"children": children, "adults": adults, "persons": children + adults}
    assert described(columns, [1, 1, 1]) == {"persons": (("children", "adults"), "Linear")}


def test_a_flag_of_an_amount_is_found_and_a_rare_independent_flag_is_not(rng):
    spend = np.round(rng.gamma(1, 20, N), 2) * (rng.random(N) < 0.3)
    columns = {"spend": spend, "spends": spend > 0, "rare": rng.random(N) < 0.02}
    found = described(columns, [0.01, 1, 1], nominal=("spends", "rare"))
    assert found == {"spends": (("spend",), "Lookup")}


@pytest.mark.parametrize("nominal", [(), ("product",)])
def test_the_price_of_each_of_500_products_is_a_function_of_the_product(rng, nominal):
    product = rng.integers(0, 500, 2500)
    prices = np.round(rng.lognormal(3, 1, 500), 2)
    columns = {"price": prices[product], "product": product, "noise": rng.random(2500)}
    found = described(columns, [0.01, 1, None], nominal)
    assert found == {"price": (("product",), "Lookup")}


@pytest.mark.parametrize("n", [300, 2000, 20_000])
def test_a_count_is_no_function_of_amounts_that_are_there_once_but_for_a_pile(rng, n):
    claims = rng.poisson(0.2, n)
    amount = np.where(claims > 0, np.round(rng.lognormal(7, 1, n) * claims, 2), 0)
    assert described({"claims": claims, "amount": amount}, [1, 0.01]) == {}


def test_the_prices_of_products_that_hardly_repeat_are_no_rule(rng):
    product = rng.integers(0, 5000, 400)
    columns = {"price": np.round(rng.lognormal(3, 1, 5000), 2)[product], "product": product}
    assert described(columns, [0.01, 1], ("product",)) == {}


def test_independent_and_merely_correlated_columns_depend_on_nothing(rng):
    z = rng.standard_normal((N, 4)) @ (np.eye(4) + 0.8)
    names = ["a", "b", "c", "d"]
    assert described(dict(zip(names, z.T, strict=True)), [None] * 4) == {}
    noisy = {"a": z[:, 0], "flag": z[:, 0] + 0.1 * rng.standard_normal(N) > 0}
    assert described(noisy, [None, 1], ("flag",)) == {}


def test_a_month_is_a_function_of_the_day_in_it_and_not_the_other_way_round(rng):
    month = rng.integers(0, 100, N).astype(float)
    day = np.round(30.4 * month + rng.uniform(-15, 15, N))
    for names in (["month", "day"], ["day", "month"]):
        columns = {name: {"month": month, "day": day}[name] for name in names}
        assert list(described(columns, [1, 1])) == ["month"]


def test_names_and_codes_that_stand_for_each_other_leave_one_of_them_free(rng):
    code = rng.integers(0, 6, N)
    columns = {"name": np.array([3, 1, 5, 0, 2, 4])[code], "code": code}
    assert described(columns, [1, 1], ("name",)) == {"name": (("code",), "Lookup")}


def test_a_chain_of_rules_has_no_circle_and_holds_as_printed(rng):
    minutes = np.round(rng.gamma(2, 90, N), 1)
    charge = np.round(0.2 * minutes, 2)
    tax = np.round(0.1 * charge, 3)
    columns = {"tax": tax, "charge": charge, "minutes": minutes}
    c = find_identities(coordinates(columns, [0.001, 0.01, 0.1]))
    assert len(c.free) == 1
    x = c.x.T.copy()
    made = [f.rule for f in c.found]
    for rule in sorted(made, key=lambda r: r.target in {p for m in made for p in m.parents}):
        assert np.allclose(rule.of(x), x[rule.target], atol=1e-9)


def test_rows_in_which_a_member_is_missing_tell_nothing(rng):
    age = rng.integers(18, 90, N).astype(float)
    group = np.digitize(age, [25, 35, 45, 60]).astype(float)
    group[:100] = np.nan
    age[200:250] = np.nan
    (f,) = find_identities(coordinates({"age": age, "group": group}, [1, 1])).found
    assert (f.record.obey, f.record.told) == (N - 150, N - 150)


def test_a_parent_that_is_mostly_missing_where_the_target_is_known_is_no_parent(rng):
    age = rng.integers(18, 90, N).astype(float)
    group = np.digitize(age, [25, 35, 45, 60]).astype(float)
    age[: N * 6 // 10] = np.nan
    assert described({"age": age, "group": group}, [1, 1]) == {}


@pytest.mark.parametrize(
    "bad",
    [
        lambda: Lookup(np.array([1.0, 0.0]), np.array([1.0, 2.0, 3.0])),
        lambda: Lookup(np.array([1.0]), np.array([1.0])),
        lambda: Linear(np.nan, np.array([1.0])),
        lambda: Product(-1.0, np.array([1.0])),
    ],
)
def test_functions_refuse_fields_that_make_none(bad):
    with pytest.raises(ValueError, match=r"edges|finite|positive|needs"):
        bad()


def test_a_product_with_a_zero_parent_is_zero_and_signs_multiply():
    rule = Product(2.0, np.array([1.0, -1.0]))
    assert rule(np.array([[3.0, 0.0, -3.0], [2.0, 5.0, 2.0]])).tolist() == [3.0, 0.0, -3.0]
    assert Product(1.0, np.array([2.0]))(np.array([[-3.0]])).tolist() == [9.0]
    assert Product(1.0, np.array([0.5]))(np.array([[-4.0, 4.0]])).tolist() == [0.0, 2.0]


@pytest.mark.parametrize("seed", range(20))
def test_independent_draws_of_all_kinds_have_no_rules(seed):
    r = np.random.default_rng(seed)
    n, d = int(np.exp(r.uniform(np.log(300), np.log(20_000)))), int(r.integers(3, 21))
    z = r.standard_normal((n, d))
    makers = (
        lambda z: z,
        lambda z: np.round(np.exp(z + 3), 2),
        lambda z: np.round(30 + 10 * z),
        lambda z: np.digitize(z, [-1, 0, 1]),
        lambda z: np.where(z < 0.5, 0, np.round(np.exp(2 * z + 2))),
        lambda z: z > 2.2,
        lambda z: np.floor(np.clip(np.exp(z), 0, 40)),
        lambda z: r.integers(0, 60, n),
    )
    columns = {f"c{k}": makers[k % 8](z[:, k]) for k in range(d)}
    steps = [None if k % 8 == 0 else 0.01 if k % 8 == 1 else 1.0 for k in range(d)]
    c = coordinates(columns, steps, {f"c{k}" for k in range(d) if k % 8 in (3, 5, 7)})
    if seed % 2:
        c.x[r.random(c.x.shape) < 0.05] = np.nan
    assert find_identities(c).found == ()


@pytest.mark.parametrize("weight", [0.35, 0.15, 0.45, 1.15])
def test_halves_that_fall_by_errors_of_arithmetic_are_rounded_so(rng, weight):
    number = rng.integers(0, 340, 900)
    sold = rng.integers(0, 60, 900)
    df = pd.DataFrame({"open": number + sold, "sold": sold, "close": number})
    df["kg"] = (weight * number).round(1)
    found = rules_of(df)
    assert any(w == f"kg = {weight} * close" for w in found), found


def test_one_of_two_neighbours_at_will_is_no_function(rng):
    number = rng.integers(0, 340, 900)
    kg = np.where(rng.random(900) < 0.5, np.floor(3.5 * number), np.ceil(3.5 * number)) / 10
    assert halfway(kg, 0.35 * number, 0.1)
    assert not halfway((0.35 * number).round(1), 0.35 * number, 0.1)
