"""A coordinate that is looked at in some rows has its marginal among those rows."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import ks_2samp, kstest

import copulasynth as cs
from copulasynth.copulas import GaussianCopula
from copulasynth.marginals.discrete import Discrete
from copulasynth.model.following import Following
from copulasynth.model.joint_law import JointLaw
from copulasynth.model.seen import Even, evened
from copulasynth.rules.numeric.order import OrderRule
from copulasynth.schema import Variable

NORMAL = SimpleNamespace(quantile=ndtri, cell=lambda x: (ndtr(x), ndtr(x)))
VALUE = Variable("income", 0, "continuous")
STATE = Variable("income [state]", 0, "state", levels=2, step=1.0)


def law_with_gaps(r: float, missing: float) -> JointLaw:
    """Return a normal variable whose gaps depend on it through a Gaussian copula."""
    marginals = (NORMAL, Discrete(np.array([0.0, 1.0]), np.array([1 - missing, missing])))
    copula = GaussianCopula(np.array([[1.0, r], [r, 1.0]]))
    return JointLaw(marginals, copula, Following.of((), (VALUE, STATE)))


def present(law: JointLaw) -> np.ndarray:
    x, state = law.draw(200_000, np.random.default_rng(2))
    return x[state < 0.5]


@pytest.mark.parametrize(("r", "missing"), [(0.6, 0.3), (-0.8, 0.5), (0.3, 0.1)])
def test_values_that_are_there_have_the_marginal_although_gaps_depend_on_them(r, missing):
    law = law_with_gaps(r, missing)
    assert kstest(present(law), "norm").statistic > 0.01
    even = evened(law, np.random.default_rng(1))
    assert kstest(present(even), "norm").statistic < 0.01


def test_gaps_that_depend_on_nothing_leave_the_law_as_it_is():
    law = law_with_gaps(0.0, 0.4)
    assert evened(law, np.random.default_rng(1)).marginals == law.marginals


def test_a_law_without_gaps_draws_nothing_to_even():
    copula = GaussianCopula(np.eye(1))
    law = JointLaw((NORMAL,), copula, Following.of((), (VALUE,)))
    assert evened(law, np.random.default_rng(1)) is law


def test_evening_twice_does_not_put_one_map_behind_another():
    twice = evened(
        evened(law_with_gaps(0.6, 0.3), np.random.default_rng(1)), np.random.default_rng(3)
    )
    assert isinstance(twice.marginals[0], Even)
    assert twice.marginals[0].base is NORMAL


def test_the_income_of_a_fitted_table_has_its_law_among_those_who_tell_it():
    rng = np.random.default_rng(4)
    age = rng.normal(45, 14, 20_000).round()
    income = np.exp(8 + 0.02 * age + 0.4 * rng.normal(size=age.size))
    told = rng.random(age.size) < 1 / (1 + np.exp(0.1 * (age - 50)))
    df = pd.DataFrame({"age": age, "income": np.where(told, income, np.nan)})
    model = cs.fit(df, copula="gaussian", marginals="spline", rng=1)
    drawn = model.sample(200_000, rng=5)["income"].dropna()
    assert ks_2samp(drawn, df["income"].dropna()).statistic < 0.01


def test_the_cell_is_the_inverse_of_the_quantile():
    u = np.linspace(0.01, 0.99, 99)
    even = Even(NORMAL, np.array([0.0, 0.1, 0.15, 0.6, 1.0]))
    lower, upper = even.cell(even.quantile(u))
    np.testing.assert_allclose(lower, u, atol=1e-12)
    np.testing.assert_array_equal(lower, upper)
    np.testing.assert_allclose(ndtr(even.quantile(np.array([0.25, 0.5, 0.75]))), [0.1, 0.15, 0.6])


def test_an_atom_keeps_its_value_and_its_cell_holds_the_probabilities_that_give_it():
    base = Discrete(np.array([0.0, 5.0, 9.0]), np.array([0.2, 0.5, 0.3]))
    even = Even(base, np.array([0.0, 0.1, 0.4, 1.0]))
    for value in (0.0, 5.0, 9.0):
        (low,), (high,) = even.cell(np.array([value]))
        inside = np.linspace(low, high, 7)[1:-1]
        assert set(even.quantile(inside)) == {value}


@pytest.mark.parametrize(
    "knots",
    [
        [0.0],
        [0.1, 1.0],
        [0.0, 0.9],
        [0.0, 0.5, 0.5, 1.0],
        [0.0, 0.6, 0.4, 1.0],
        [[0.0, 1.0]],
        [0.0, np.nan, 1.0],
    ],
)
def test_knots_that_do_not_rise_from_0_to_1_are_refused(knots):
    with pytest.raises(ValueError, match="rise from 0 to 1"):
        Even(NORMAL, np.array(knots))


def test_rows_that_are_drawn_again_leave_every_marginal_as_it_is():
    below = OrderRule(0, 1)
    variables = (VALUE, replace(VALUE, name="limit", column=1))
    high = SimpleNamespace(quantile=lambda u: ndtri(u) + 1, cell=lambda x: 2 * (ndtr(x - 1),))
    copula = GaussianCopula(np.array([[1.0, 0.6], [0.6, 1.0]]))
    law = JointLaw((NORMAL, high), copula, Following.of((below,), variables))
    far, near = (
        kstest(kept.draw(200_000, np.random.default_rng(2))[0], "norm").statistic
        for kept in (law, evened(law, np.random.default_rng(1)))
    )
    assert far > 0.04
    assert near < 0.015


def test_what_a_tree_piles_up_at_its_end_is_made_even(tmp_path):
    r = np.random.default_rng(4)
    lent, term = r.lognormal(9, 0.6, 2500), r.choice([12, 24, 36, 48, 60], 2500)
    rate = np.clip(r.normal(9, 3, 2500) - lent / 2e4, 1.5, 24) / 1200
    df = pd.DataFrame({"lent": lent, "term": term, "rate": 1200 * rate})
    df["payment"] = lent * rate / (1 - (1 + rate) ** -term)
    model = cs.fit(df, copula="tree", marginals="spline", rng=1)
    drawn = model.sample(20_000, rng=2)
    assert ks_2samp(df["rate"], drawn["rate"]).statistic < 0.015
    model.save(tmp_path / "model.json")
    pd.testing.assert_frame_equal(cs.load(tmp_path / "model.json").sample(500, rng=2), drawn[:500])


def test_places_beside_the_knots_map_there_and_back():
    m = Even(NORMAL, np.array([0.0, 0.5, 1.0]), np.array([0.0, 0.9, 1.0]))
    u = np.array([0.45, 0.9, 0.99])
    np.testing.assert_allclose(ndtr(m.quantile(u)), [0.25, 0.5, 0.95])
    np.testing.assert_allclose(m.cell(m.quantile(u))[1], u)
    with pytest.raises(ValueError, match="places"):
        Even(NORMAL, np.array([0.0, 0.5, 1.0]), np.array([0.0, 1.0]))
