"""The combining rules against their formulas, their laws and their refusals."""

import numpy as np
import pytest

from copulasynth.errors import DataError
from copulasynth.inference import RULES, combine

Q = np.array([[1.0, -2.0], [2.0, -1.0], [4.5, 0.0]])
V = np.array([[4.0, 1.0], [5.0, 1.5], [3.0, 2.0]])


def test_the_expected_rule_gives_the_error_that_the_original_would_report():
    c = combine(Q, V, k=200, n=100)
    np.testing.assert_allclose(c.estimate, Q.mean(axis=0))
    np.testing.assert_allclose(c.se, np.sqrt(V.mean(axis=0) * 2.0))


@pytest.mark.parametrize(("proper", "factor"), [(False, 2.0 + 1 / 3), (True, 2.0 + 3.0 / 3)])
def test_the_population_rule_adds_the_error_of_synthesis(proper, factor):
    c = combine(Q, V, k=200, n=100, rule="population", proper=proper)
    np.testing.assert_allclose(c.se**2, V.mean(axis=0) * factor)
    assert np.isinf(c.df).all()


def test_the_partial_rule_uses_the_variance_between_syntheses():
    c = combine(Q, V, k=100, rule="partial")
    b, v = Q.var(axis=0, ddof=1), V.mean(axis=0)
    np.testing.assert_allclose(c.se**2, v + b / 3)
    np.testing.assert_allclose(c.df, 2 * (1 + v / (b / 3)) ** 2)
    np.testing.assert_allclose(c.synthesis_se**2, b / 3)


def test_rubins_rule_adds_the_variance_between_and_has_the_freedom_of_barnard_and_rubin():
    c = combine(Q, V, k=100, rule="rubin", complete=97)
    b, v = Q.var(axis=0, ddof=1), V.mean(axis=0)
    np.testing.assert_allclose(c.se**2, v + 4 / 3 * b)
    lost = 4 / 3 * b / c.se**2
    seen = 98 / 100 * 97 * (1 - lost)
    np.testing.assert_allclose(c.df, 1 / (lost**2 / 2 + 1 / seen))
    same = combine(np.ones((3, 1)), np.ones((3, 1)), k=100, rule="rubin")
    np.testing.assert_allclose([same.se, same.df], [[1.0], [99 * 100 / 102]])


def test_the_raghunathan_rule_subtracts_the_variance_within():
    q = np.array([[0.0], [4.0], [8.0]])
    c = combine(q, np.full((3, 1), 2.0), k=50, rule="raghunathan", proper=True, df="reiter")
    np.testing.assert_allclose(c.se**2, 4 / 3 * 16 - 2)
    np.testing.assert_allclose(c.df, 2 * (1 - 2 / (4 / 3 * 16)) ** 2)
    assert not c.adjusted.any()


def test_raghunathan_freedom_never_falls_below_its_expected_value():
    q = np.array([[0.0], [1.5], [3.0]])
    v = np.full((3, 1), 2.0)
    low = combine(q, v, k=50, rule="raghunathan", proper=True, df="reiter").df
    floored = combine(q, v, k=50, rule="raghunathan", proper=True).df
    np.testing.assert_allclose(floored, 2 * (1 - 1 / (4 / 3 * 2)) ** 2)
    assert low < floored


def test_a_negative_raghunathan_variance_is_replaced_and_marked():
    q = np.array([[1.0], [1.1], [0.9]])
    c = combine(q, np.full((3, 1), 2.0), k=50, n=100, rule="raghunathan", proper=True)
    assert c.adjusted.all()
    np.testing.assert_allclose(c.se**2, 2.0 * 0.5)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_equivariant_under_a_change_of_unit(rule):
    a = combine(Q, V, k=90, n=100, rule=rule, proper=True)
    b = combine(10 * Q, 100 * V, k=90, n=100, rule=rule, proper=True)
    np.testing.assert_allclose(b.se, 10 * a.se)
    np.testing.assert_allclose(b.df, a.df)
    np.testing.assert_allclose(b.interval()[0], 10 * a.interval()[0])


def test_interval_and_p_value_agree_at_the_border():
    c = combine([[1.0]], [[0.25]], k=10, rule="expected")
    level = 1 - float(c.p_value()[0])
    assert abs(c.interval(level)[0][0]) < 1e-12


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rule": "barnard"}, "choose one of expected"),
        ({"rule": "rubin"}, "at least 2"),
        ({"rule": "partial"}, "at least 2"),
        ({"rule": "raghunathan", "proper": True}, "at least 2"),
        ({"df": "barnard"}, "choose 'floored'"),
        ({"k": 0}, "at least 1 row"),
    ],
)
def test_what_a_rule_cannot_do_is_refused_with_the_reason(arguments, message):
    with pytest.raises(DataError, match=message):
        combine([[1.0]], [[1.0]], **{"k": 10, **arguments})


def test_raghunathan_refuses_syntheses_from_fixed_parameters():
    with pytest.raises(DataError, match="proper"):
        combine(Q, V, k=10, rule="raghunathan")


def test_bad_shapes_and_variances_are_refused():
    with pytest.raises(DataError, match="one shape"):
        combine(Q, V[:2], k=10)
    with pytest.raises(DataError, match="not negative"):
        combine(Q, -V, k=10)
