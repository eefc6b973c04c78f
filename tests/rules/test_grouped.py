"""Linear functions whose weights differ between groups are found where they hold, only there."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth import model_file
from copulasynth.errors import ModelFileError
from copulasynth.rules import (
    Coordinates,
    Derivation,
    GroupedLinear,
    Linear,
    find_identities,
    fit_identity,
)
from copulasynth.schema import Rule, Variable
from copulasynth.synthesizers.stored import STORED

WEIGHTS = np.array([[0.17, 0.05], [0.09, 0.02], [0.21, 0.11]])
CONSTANTS = np.array([5.0, 20.0, 0.0])


def charges(n, rng, *, noise=0.0, shares=(0.5, 0.3, 0.2)):
    """Return plan, minutes, messages, an unrelated number, and a charge rounded to cents."""
    plan = rng.choice(3, n, p=shares)
    used = np.round(rng.gamma(2, [90, 20], (n, 2)))
    charge = CONSTANTS[plan] + (WEIGHTS[plan] * used).sum(axis=1) + noise * rng.standard_normal(n)
    return np.column_stack([plan, used, np.round(rng.gamma(2, 30, n)), np.round(charge, 2)])


STEPS = [1.0, 1.0, 1.0, 1.0, 0.01]


def coordinates(x, steps=STEPS, ordered=None):
    ordered = ordered or [True] * x.shape[1]
    variables = tuple(
        Variable(f"x{j}", j, "continuous" if o else "nominal", 0 if o else 3, step)
        for j, (step, o) in enumerate(zip(steps, ordered, strict=True))
    )
    return Coordinates(x, variables)


def found(x, steps=STEPS, ordered=None):
    return tuple(f.rule for f in find_identities(coordinates(x, steps, ordered)).found)


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@pytest.mark.parametrize("ordered", [True, False])
def test_a_charge_whose_rates_depend_on_the_plan_is_found_with_the_rates_as_printed(rng, ordered):
    (d,) = found(charges(800, rng), ordered=[ordered, True, True, True, True])
    assert isinstance(d.rule, GroupedLinear)
    assert (d.target, d.parents) == (4, (0, 1, 2))
    assert d.rule.weights.tolist() == WEIGHTS.tolist()
    assert d.rule.constants.tolist() == CONSTANTS.tolist()


def test_the_rule_holds_in_every_row_where_the_target_is_rounded_far_more(rng):
    x = charges(800, rng)
    x[:, 4] = np.round(x[:, 4])
    (d,) = found(x, [1.0] * 5)
    assert isinstance(d.rule, GroupedLinear)
    assert np.abs(d.rule(x.T[list(d.parents)]) - x[:, 4]).max() <= 0.51
    assert d.holds(x.T).all()


@pytest.mark.parametrize("noise", [0.01, 0.03, 1.0])
def test_what_is_nearly_linear_is_no_rule(rng, noise):
    for n in (60, 200, 1000):
        x = charges(n, rng, noise=noise)
        # noise of a cent or so may still round away in the minutes that the charge gives back
        assert 4 not in {d.target for d in found(x)}
        assert noise < 1 or found(x) == ()


def test_one_row_that_breaks_rates_by_group_breaks_the_rule(rng):
    x = charges(800, rng)
    x[3, 4] += 1.0
    assert found(x) == ()


def test_noise_is_no_rule(rng):
    for _ in range(20):
        x = np.round(rng.gamma(2, 50, (80, 30)))
        x[:, :4] = rng.integers(0, 4, (80, 4))
        assert found(x, [1.0] * 30) == ()


def test_groups_with_hardly_more_rows_than_weights_are_not_judged(rng):
    # a constant and two weights need twelve different rows
    x = charges(2000, rng)
    few = [np.flatnonzero(x[:, 0] == g)[:n] for g, n in enumerate((300, 300, 11))]
    assert found(x[np.concatenate(few)]) == ()
    few[2] = np.flatnonzero(x[:, 0] == 2)[:40]
    assert len(found(x[np.concatenate(few)])) == 1


def test_a_small_group_that_the_weights_of_another_explain_takes_them(rng):
    x = charges(600, rng)
    x[np.flatnonzero(x[:, 0] == 1)[:5], 0] = 1.5
    (d,) = found(x, [0.5, *STEPS[1:]])
    assert d.rule.weights.tolist() == WEIGHTS[[0, 1, 1, 2]].tolist()


def test_a_flat_rate_is_a_group_without_weights(rng):
    x = charges(800, rng)
    x[x[:, 0] == 0, 4] = 30.0
    (d,) = found(x)
    assert d.rule.constants[0] == 30.0
    assert d.rule.weights[0].tolist() == [0.0, 0.0]


def test_parents_that_only_a_small_group_needs_are_found(rng):
    x = charges(800, rng)
    last = x[:, 0] == 2
    x[last, 4] = np.round(x[last, 4] + 0.5 * x[last, 3], 2)
    (d,) = found(x)
    assert d.parents == (0, 1, 2, 3)
    assert d.rule.weights[:, 2].tolist() == [0.0, 0.0, 0.5]


def test_a_rule_for_all_rows_has_precedence(rng):
    x = charges(800, rng)
    x[:, 4] = np.round(0.17 * x[:, 1] + 0.05 * x[:, 2], 2)
    (d,) = found(x)
    assert isinstance(d.rule, Linear)


def test_rows_with_gaps_are_left_aside(rng):
    x = charges(800, rng)
    x[:50, 4] = np.nan
    x[100:130, 0] = np.nan
    (d,) = found(x)
    assert d.parents == (0, 1, 2)
    assert isinstance(d.rule, GroupedLinear)


def test_a_declared_rule_is_fitted_from_its_parents_alone(rng):
    c = coordinates(charges(800, rng))
    fitted = fit_identity(c, Rule("identity", ("x4", "x0", "x1", "x2")))
    assert fitted.found[0].rule.parents == (0, 1, 2)
    assert fit_identity(c, Rule("identity", ("x4", "x0", "x1"))) is None
    assert fit_identity(c, Rule("identity", ("x4", "x1", "x2"))) is None


def test_a_group_that_was_not_seen_is_taken_for_the_nearest():
    rule = GroupedLinear(
        np.array([1.5, 6.0]), np.array([0.0, 0.0, 1.0]), np.array([[1.0], [2], [3]])
    )
    group = np.array([-9.0, 1, 2, 5, 7, 99])
    assert rule(np.stack([group, np.ones(6)])).tolist() == [1, 1, 2, 2, 4, 4]


BAD = {
    "edges that do not increase": ([1.0, 0.0], [0.0] * 3, [[1.0]] * 3),
    "an infinite edge": ([np.inf], [0.0] * 2, [[1.0]] * 2),
    "a constant too few": ([1.0], [0.0], [[1.0]] * 2),
    "a group too few": ([1.0], [0.0] * 2, [[1.0]]),
    "no weights": ([1.0], [0.0] * 2, [[], []]),
    "flat weights": ([1.0], [0.0] * 2, [1.0, 1.0]),
    "ragged weights": ([1.0], [0.0] * 2, [[1.0], [1.0, 2.0]]),
    "an infinite weight": ([1.0], [0.0] * 2, [[1.0], [np.inf]]),
    "an infinite constant": ([1.0], [0.0, np.inf], [[1.0]] * 2),
    "a huge weight": ([1.0], [0.0] * 2, [[1.0], [1e200]]),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_with_fields_that_make_no_rule_is_refused(name):
    edges, constants, weights = BAD[name]
    data = {"type": "grouped_linear", "edges": edges, "constants": constants, "weights": weights}
    with pytest.raises(ModelFileError, match="grouped_linear"):
        model_file.from_data(data, STORED)


@pytest.mark.parametrize("parents", [(0,), (0, 1), (0, 1, 2, 3)])
def test_a_derivation_with_another_number_of_parents_than_weights_is_refused(parents):
    with pytest.raises(ValueError, match="zip"):
        Derivation(4, parents, GroupedLinear(np.array([0.5, 1.5]), CONSTANTS, WEIGHTS))


@pytest.fixture(scope="module")
def table():
    x = charges(1200, np.random.default_rng(5))
    df = pd.DataFrame(x, columns=["plan", "minutes", "messages", "calls", "charge"])
    return df.assign(
        plan=df["plan"].map({0: "basic", 1: "flat", 2: "pro"}),
        minutes=df["minutes"].astype(int),
        messages=df["messages"].astype(int),
    )


@pytest.fixture(scope="module")
def model(table):
    return cs.fit(table, copula="gaussian", rng=1)


def left(df):
    plan = df["plan"].map({"basic": 0, "flat": 1, "pro": 2}).to_numpy(dtype=int)
    used = df[["minutes", "messages"]].to_numpy(dtype=float)
    return np.abs(df["charge"] - CONSTANTS[plan] - (WEIGHTS[plan] * used).sum(axis=1)).max()


def test_the_rule_is_listed_and_holds_in_every_synthetic_row(model):
    (d,) = model.schema.dependencies
    assert d.columns == ("charge", "plan", "minutes", "messages")
    assert left(model.sample(20_000, rng=2)) < 0.0051


def test_the_rule_survives_the_file(model, tmp_path):
    model.save(tmp_path / "m.json")
    again = cs.load(tmp_path / "m.json")
    pd.testing.assert_frame_equal(again.sample(500, rng=3), model.sample(500, rng=3))


def test_given_parents_make_the_charge_and_a_given_charge_leads_back_to_them(model):
    drawn = model.sample(300, given={"plan": "pro", "minutes": 100}, rng=4)
    assert set(drawn["plan"]) == {"pro"}
    assert set(drawn["minutes"]) == {100}
    assert left(drawn) < 0.0051
    drawn = model.sample(5, given={"charge": 30.0}, rng=4)
    assert set(drawn["charge"]) == {30.0}
    assert left(drawn) < 0.0051


def test_the_rule_can_be_declared_and_refused(table):
    schema = cs.Schema.infer(table)
    declared = Rule("identity", ("charge", "messages", "plan", "minutes"))
    for keep in (True, False):
        with_rule = replace(schema, rules=(replace(declared, keep=keep),))
        model = cs.fit(table, schema=with_rule, copula="gaussian", rng=1)
        assert len(model.rules) == keep
        assert (left(model.sample(99, rng=1)) < 1) == keep


@pytest.mark.shared
def test_the_customer_value_of_the_churn_table_is_found(shared):
    df = pd.read_csv(shared("data/iranian_churn.csv.gz"))
    for part in (df, df.sample(1575, random_state=1)):
        schema = cs.Schema.infer(part)
        x = schema.encode(part)
        names = [v.name for v in schema.variables]
        rules = [f.rule for f in find_identities(Coordinates(x, schema.variables)).found]
        (d,) = [d for d in rules if names[d.target] == "Customer Value"]
        parents = {"Age Group", "Seconds of Use", "Frequency of use", "Frequency of SMS"}
        assert {names[i] for i in d.parents} == parents
        assert np.abs(d.of(x.T) - x[:, d.target]).max() < 1e-9
        texts = [names[i] for i in d.parents].index("Frequency of SMS") - 1
        assert d.rule.weights[:, texts].tolist() == [5.5, 4.5, 4.0, 2.5, 1.5]
