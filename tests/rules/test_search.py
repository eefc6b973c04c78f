"""Functional dependencies are found where they hold, and only there."""

import numpy as np
import pytest

from copulasynth.rules import Linear, Lookup, Product, find_derivations, fit_rule

N = 600


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def described(x, ordered, steps):
    return {
        d.target: (d.parents, type(d.rule).__name__) for d in find_derivations(x, ordered, steps)
    }


def test_an_age_group_is_a_step_function_of_age(rng):
    age = rng.integers(18, 90, N).astype(float)
    group = np.digitize(age, [25, 35, 45, 60]).astype(float)
    found = find_derivations(np.column_stack([age, group]), [True, True], [1, 1])
    assert [(d.target, d.parents) for d in found] == [(1, (0,))]
    ages = np.arange(18.0, 90.0)
    assert (found[0].of(ages[None]) == np.digitize(ages, [25, 35, 45, 60])).all()


def test_a_charge_is_its_rate_times_minutes_with_the_rate_as_printed(rng):
    minutes = np.round(rng.gamma(2, 90, N), 1)
    x = np.column_stack([minutes, np.round(0.17 * minutes, 2)])
    (d,) = find_derivations(x, [True, True], [0.1, 0.01])
    assert isinstance(d.rule, Linear)
    assert (d.target, d.parents, d.rule.constant, d.rule.weights.tolist()) == (1, (0,), 0, [0.17])


def test_a_total_is_the_sum_of_its_parts_and_not_the_other_way_round(rng):
    parts = np.round(rng.gamma(2, [30, 10, 5], (N, 3)), 2)
    x = np.column_stack([parts, parts.sum(axis=1)])
    (d,) = find_derivations(x, [True] * 4, [0.01] * 4)
    assert d.target == 3
    assert sorted(d.parents) == [0, 1, 2]
    assert d.rule.weights.tolist() == [1, 1, 1]


def test_a_body_mass_index_is_a_product_of_powers(rng):
    height, weight = np.round(rng.normal(170, 9, N)), np.round(rng.normal(75, 12, N))
    x = np.column_stack([height, weight, np.round(weight / (height / 100) ** 2, 2)])
    (d,) = find_derivations(x, [True] * 3, [1, 1, 0.01])
    assert isinstance(d.rule, Product)
    assert dict(zip(d.parents, np.round(d.rule.powers, 2), strict=True)) == {0: -2, 1: 1}
    assert np.abs(d.of(x.T) - x[:, 2]).max() < 0.01


def test_a_flag_of_an_amount_is_found_and_a_rare_independent_flag_is_not(rng):
    spend = np.round(rng.gamma(1, 20, N), 2) * (rng.random(N) < 0.3)
    x = np.column_stack([spend, spend > 0, rng.random(N) < 0.02]).astype(float)
    assert described(x, [True, False, False], [0.01, 1, 1]) == {1: ((0,), "Lookup")}


def test_one_row_that_breaks_the_rule_breaks_the_dependency(rng):
    age = rng.integers(18, 90, N).astype(float)
    group = np.digitize(age, [25, 35, 45, 60]).astype(float)
    group[7] = (group[7] + 1) % 5
    assert find_derivations(np.column_stack([age, group]), [True, True], [1, 1]) == ()


def test_independent_and_merely_correlated_columns_depend_on_nothing(rng):
    z = rng.standard_normal((N, 4)) @ (np.eye(4) + 0.8)
    x = np.column_stack([z, (z[:, 0] > 0), np.round(z[:, 1])])
    assert described(x[:, :4], [True] * 4, [None] * 4) == {}
    noisy = np.column_stack([z[:, 0], (z[:, 0] + 0.1 * rng.standard_normal(N) > 0)])
    assert described(noisy, [True, False], [None, 1]) == {}


def test_a_month_is_a_function_of_the_day_in_it_and_not_the_other_way_round(rng):
    month = rng.integers(0, 100, N).astype(float)
    day = np.round(30.4 * month + rng.uniform(-15, 15, N))
    for order in ([month, day], [day, month]):
        (d,) = find_derivations(np.column_stack(order), [True, True], [1, 1])
        assert order[d.target] is month


def test_names_and_codes_that_stand_for_each_other_leave_one_of_them_free(rng):
    code = rng.integers(0, 6, N).astype(float)
    name = np.array([3, 1, 5, 0, 2, 4])[code.astype(int)].astype(float)
    found = described(np.column_stack([name, code]), [False, True], [1, 1])
    assert found == {0: ((1,), "Lookup")}


def test_chains_come_with_parents_before_children(rng):
    minutes = np.round(rng.gamma(2, 90, N), 1)
    charge = np.round(0.2 * minutes, 2)
    tax = np.round(0.1 * charge, 3)
    found = find_derivations(
        np.column_stack([tax, charge, minutes]), [True] * 3, [0.001, 0.01, 0.1]
    )
    done = set(range(3)) - {d.target for d in found}
    for d in found:
        assert set(d.parents) <= done
        done.add(d.target)


def test_a_target_is_judged_where_it_is_known_and_its_parent_must_be_known_there(rng):
    age = rng.integers(18, 90, N).astype(float)
    group = np.digitize(age, [25, 35, 45, 60]).astype(float)
    group[:100] = np.nan
    assert 1 in described(np.column_stack([age, group]), [True, True], [1, 1])
    age[200] = np.nan
    assert described(np.column_stack([age, group]), [True, True], [1, 1]) == {}


def test_a_declared_rule_is_fitted_from_its_parents_alone(rng):
    minutes = np.round(rng.gamma(2, 90, N), 1)
    x = np.column_stack([minutes, np.round(0.17 * minutes, 2), rng.random(N)])
    assert fit_rule(x, 1, [0], [True] * 3, [0.1, 0.01, None]) is not None
    assert fit_rule(x, 1, [2], [True] * 3, [0.1, 0.01, None]) is None


@pytest.mark.parametrize(
    "bad",
    [
        lambda: Lookup(np.array([1.0, 0.0]), np.array([1.0, 2.0, 3.0])),
        lambda: Lookup(np.array([1.0]), np.array([1.0])),
        lambda: Linear(np.nan, np.array([1.0])),
        lambda: Product(-1.0, np.array([1.0])),
    ],
)
def test_rules_refuse_fields_that_make_no_rule(bad):
    with pytest.raises(ValueError, match=r"edges|finite|positive|needs"):
        bad()


def test_a_product_with_a_zero_parent_is_zero():
    rule = Product(2.0, np.array([1.0, -1.0]))
    assert rule(np.array([[3.0, 0.0], [2.0, 5.0]])).tolist() == pytest.approx([3.0, 0.0])
