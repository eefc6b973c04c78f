"""Identities are found or declared, listed with their evidence, and hold in every row made."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth import model_file
from copulasynth.errors import ModelFileError, SchemaError
from copulasynth.rules import (
    Coordinates,
    Derivation,
    Excepted,
    FittedRule,
    GroupedLinear,
    Linear,
    Lookup,
    Product,
    find_identities,
    fit_identity,
    sorted_rules,
)
from copulasynth.rules.identity.wording import read, words
from copulasynth.schema import Rule, Variable
from copulasynth.synthesizers.stored import STORED
from tests.rules.varied import rules_of

N = 2000


@pytest.fixture
def rng():
    return np.random.default_rng(8)


def coordinates(columns, steps):
    variables = []
    for k, (name, values) in enumerate(columns.items()):
        kind = "discrete" if len(np.unique(values)) <= 40 else "continuous"
        lower = 0.0 if np.nanmin(values) >= 0 else -np.inf
        variables.append(Variable(name, k, kind, 0, steps[k], lower))
    return Coordinates(np.column_stack([*columns.values()]).astype(float), tuple(variables))


def house(rng):
    above = 10 * np.round(np.exp(rng.normal(7.2, 0.35, N)) / 10)
    basement = np.where(rng.random(N) < 0.6, 0, 10 * np.round(rng.gamma(4, 170, N) / 10))
    return {"living": above + basement, "above": above, "basement": basement}


HOUSE = [10.0, 10.0, 10.0]


def test_a_record_says_what_holds_in_how_many_rows(rng):
    (f,) = find_identities(coordinates(house(rng), HOUSE)).found
    assert isinstance(f.rule, FittedRule)
    assert f.record == Rule(
        "identity",
        ("living", "above", "basement"),
        "living = above + basement",
        obey=N,
        told=N,
    )


def test_a_refused_identity_is_left_alone_whatever_member_is_named_first(rng):
    c = coordinates(house(rng), HOUSE)
    refused = Rule("identity", ("basement", "living", "above"), keep=False)
    assert find_identities(c, frozenset({refused.key})).found == ()


def test_values_beyond_the_bounds_are_not_moved_but_break_the_rule():
    d = Derivation(2, (0, 1), Linear(0.0, np.array([1.0, -1.0])), lower=0.0, room=0.1)
    x = np.array([[5.0, 2.0, np.nan], [3.0, 3.0, 1.0], [0.0, 0.0, 0.0]])
    d.make(x)
    assert x[2, :2].tolist() == [2.0, -1.0]
    assert d.rejects
    assert d.holds(x).tolist() == [True, False, True]
    x[2, 0] = 2.2
    assert d.holds(x).tolist() == [False, False, True]


def test_a_rule_of_an_old_file_holds_within_its_bounds_alone():
    data = {
        "type": "derivation",
        "target": 1,
        "parents": [0],
        "rule": {"type": "linear", "constant": 1.0, "weights": [2.0]},
        "lower": 0.0,
        "upper": np.inf,
    }
    d = model_file.from_data(data, STORED)
    x = np.array([[1.0, -3.0], [9.0, -5.0]])
    assert d.holds(x).tolist() == [True, False]
    assert d.of(x).tolist() == [3.0, -5.0]


def test_derived_values_are_rounded_as_the_table_prints_them(rng):
    net = np.round(rng.lognormal(5, 1, N), 2)
    tax = np.round(0.19 * net, 2)
    gross = np.round(net + tax, 2)
    c = find_identities(coordinates({"gross": gross, "tax": tax, "net": net}, [0.01] * 3))
    x = np.full((len(c.variables), N), np.nan)
    x[list(c.free)] = c.x.T[list(c.free)]
    for rule in sorted_rules(f.rule for f in c.found):
        rule.make(x)
    assert np.allclose(x, c.x.T, rtol=0, atol=1e-6)


# what the exceptions are: a number of another origin, or something added
EXCEPTIONS = {
    "a code": lambda y, r: np.full(y.size, 99_990.0),
    "zero": lambda y, r: np.zeros(y.size),
    "another house": lambda y, r: r.permutation(y),
    "an annex": lambda y, r: y + 10 * r.integers(1, 30, y.size),
}


@pytest.mark.parametrize("what", EXCEPTIONS)
@pytest.mark.parametrize("share", [0.008, 0.018])
def test_a_rule_with_exceptions_keeps_their_share_and_their_values(rng, what, share):
    columns = house(rng)
    odd = rng.random(N) < share
    columns["living"] = columns["living"].copy()
    columns["living"][odd] = EXCEPTIONS[what](columns["living"][odd], rng)
    c = find_identities(coordinates(columns, HOUSE))
    (f,) = c.found
    assert isinstance(f.rule, Excepted)
    broken = columns["living"] != columns["above"] + columns["basement"]
    assert (f.record.obey, f.record.told) == (N - broken.sum(), N)
    assert f.record.allow >= broken.mean()
    assert c.variables[3].levels == 2
    assert (c.x[:, 3] == broken).all()
    assert f.rule.relative == (what == "an annex")
    x = c.x.T.copy()
    x[f.rule.makes] = np.nan
    x[f.rule.own] = np.where(np.isnan(x[f.rule.own]), 7.0, x[f.rule.own])
    f.rule.make(x)
    assert (x[0] == columns["living"]).all()
    assert (f.rule.obeys(x) == ~broken).all()
    assert f.rule.holds(x).all()


def test_a_handful_of_exceptions_is_told_but_not_drawn(rng):
    columns = house(rng)
    columns["living"][[5, 99]] += 500
    (f,) = find_identities(coordinates(columns, HOUSE)).found
    assert isinstance(f.rule, Derivation)
    assert (f.record.obey, f.record.told) == (N - 2, N)
    assert f.record.allow == 0.001


def test_more_exceptions_than_a_small_share_are_no_rule(rng):
    columns = house(rng)
    odd = rng.random(N) < 0.05
    columns["living"] = np.where(odd, rng.permutation(columns["living"]), columns["living"])
    assert find_identities(coordinates(columns, HOUSE)).found == ()
    declared = Rule("identity", (), "living = above + basement", allow=0.06)
    f = fit_identity(coordinates(columns, HOUSE), declared).found[0]
    assert isinstance(f.rule, Excepted)
    assert f.record.allow == 0.06
    assert fit_identity(coordinates(columns, HOUSE), replace(declared, allow=0.02)) is None


def test_a_rare_value_is_not_taken_for_an_exception_to_a_constant(rng):
    flag = (rng.random(N) < 0.01).astype(float)
    columns = {"count": 3 + flag, "x": np.round(rng.normal(size=N), 2), "y": rng.integers(0, 9, N)}
    assert find_identities(coordinates(columns, [1.0, 0.01, 1.0])).found == ()


def test_a_code_with_a_few_wrong_prices_is_a_rule_with_exceptions(rng):
    product = rng.integers(0, 60, N)
    price = rng.choice(np.round(rng.lognormal(3, 1, 25), 2), 60)[product]
    odd = rng.random(N) < 0.012
    price[odd] = np.round(0.9 * price[odd], 2)
    c = coordinates({"price": price, "product": product}, [0.01, 1.0])
    (f,) = find_identities(c).found
    assert f.record.formula == "price = lookup of product"
    assert f.record.told - f.record.obey == odd.sum()


@pytest.mark.parametrize(
    "formula",
    ["living = above + basement", "basement = living - above", " living=basement+1 * above"],
)
def test_a_declared_formula_is_held_whatever_member_it_names(rng, formula):
    c = fit_identity(coordinates(house(rng), HOUSE), Rule("identity", (), formula))
    assert c.found[0].record.formula == "living = above + basement"
    assert c.found[0].record.obey == N


@pytest.mark.parametrize(
    "formula",
    [
        "living = above + 2 * basement",
        "living = max(above, basement)",
        "living = above * basement",
        "living = above",
        "living = above +",
        "living",
        "living = __import__('os') + above",
    ],
)
def test_a_formula_that_does_not_hold_or_cannot_be_read_is_refused(rng, formula):
    assert fit_identity(coordinates(house(rng), HOUSE), Rule("identity", (), formula)) is None


def test_a_declared_name_that_is_no_column_is_an_error(rng):
    with pytest.raises(SchemaError, match="cellar"):
        fit_identity(
            coordinates(house(rng), HOUSE), Rule("identity", (), "living = above + cellar")
        )


def test_a_declared_relation_of_numbers_that_never_repeat_is_no_lookup(rng):
    c = coordinates({"minutes": rng.gamma(2, 90, 300), "charge": rng.gamma(2, 9, 300)}, [None] * 2)
    assert fit_identity(c, Rule("identity", ("charge", "minutes"))) is None


def test_a_declared_formula_needs_no_more_than_a_few_rows():
    price, quantity = np.array([2.5, 4.0, 9.99, 1.25]), np.array([2.0, 3.0, 1.0, 8.0])
    columns = {"price": price, "quantity": quantity, "total": np.round(price * quantity, 2)}
    declared = Rule("identity", (), "total = price * quantity")
    (f,) = fit_identity(coordinates(columns, [0.01, 1.0, 0.01]), declared).found
    assert (f.record.obey, f.record.told) == (4, 4)


def test_a_formula_with_brackets_is_held_as_it_is_written(rng):
    price, quantity = np.round(rng.lognormal(3, 1, N), 2), rng.integers(1, 6, N)
    discount = rng.choice([0.0, 0.1, 0.25], N)
    columns = {"price": price, "quantity": quantity, "discount": discount}
    columns["paid"] = np.round(price * quantity * (1 - discount), 2)
    declared = Rule("identity", (), "paid = price * quantity * (1 - discount)")
    (f,) = fit_identity(coordinates(columns, [0.01, 1, 0.01, 0.01]), declared).found
    assert f.record.formula == declared.formula
    assert f.record.obey == N


def test_times_count_from_an_origin_that_formulas_leave_out(rng):
    start, minutes = rng.integers(0, 90_000, N), np.round(np.exp(rng.normal(4, 0.7, N)))
    c = coordinates({"start": start, "end": start + minutes - 7, "minutes": minutes}, [1.0] * 3)
    declared = Rule("identity", (), "minutes = end - start")
    assert fit_identity(c, declared) is None
    (f,) = fit_identity(c, declared, times=(0, 1)).found
    assert f.record.formula == "end = start + minutes"
    assert f.rule.rule.constant == -7
    assert find_identities(c, times=(0, 1)).found[0].record.formula == "end = start + minutes"


def test_a_span_until_a_fixed_day_is_said_in_words_and_fitted_again_from_its_columns(rng):
    signed = rng.integers(0, 2000, N).astype(float)
    c = coordinates({"tenure": 2100 - signed, "signed": signed, "x": rng.normal(size=N)}, [1.0] * 3)
    (f,) = find_identities(c, times=(1,)).found
    words = {"tenure = time since signed", "signed = a fixed time - tenure"}
    assert f.record.formula in words
    (again,) = fit_identity(c, f.record, times=(1,)).found
    assert again.rule.rule.constant == 2100


FORMULAS = {
    "total = price * quantity": Product(1.0, np.array([1.0, 1.0])),
    "total = 1.2 * price / quantity^2": Product(1.2, np.array([1.0, -2.0])),
    "total = price + quantity": Linear(0.0, np.array([1.0, 1.0])),
    "total = 0.17 * price - quantity + 5": Linear(5.0, np.array([0.17, -1.0])),
    "total = 5 - price - quantity": Linear(5.0, np.array([-1.0, -1.0])),
    "total = price / 0.56 - 1.25 * quantity": Linear(0.0, np.array([1 / 0.56, -1.25])),
    "total = price / 60 - 3 * quantity": Linear(0.0, np.array([1 / 60, -3.0])),
}


@pytest.mark.parametrize("formula", FORMULAS)
def test_formulas_are_written_as_they_are_read(formula):
    names = ["price", "quantity", "total"]
    written = words(Derivation(2, (0, 1), FORMULAS[formula]), names)
    back = read(formula)
    again = read(written)
    x = np.random.default_rng(0).gamma(3, 1, (2, 9))
    for f in (back, again):
        assert (f.target, set(f.parents)) == ("total", {"price", "quantity"})
        rows = [["price", "quantity"].index(p) for p in f.parents]
        assert np.allclose(f.rule(x[rows]), FORMULAS[formula](x), rtol=1e-12)
    assert len(written) <= len(formula)


def test_names_with_signs_and_spaces_can_be_read_back():
    names = ["net-income", "tax rate (%)", "tax", "tax free"]
    d = Derivation(2, (0, 1), Product(0.01, np.array([1.0, 1.0])))
    f = read(words(d, names))
    assert (f.target, f.parents) == ("tax", ("net-income", "tax rate (%)"))
    assert read("tax = `tax free` * 2").parents == ("tax free",)


def test_rates_by_group_are_read_in_the_words_of_today_and_of_before():
    for formula in ("sum = linear in `a and b` and paid, by term", "sum = linear in x, by `a b`"):
        f = read(formula)
        assert f.rule is None
        rule = GroupedLinear(np.array([0.5]), np.zeros(2), np.ones((2, len(f.parents) - 1)))
        d = Derivation(0, tuple(range(1, len(f.parents) + 1)), rule)
        assert words(d, [f.target, *f.parents]) == formula
    before = read("charge = rate * minutes + rate * calls + fee, by plan")
    assert before == read("charge = linear in minutes and calls, by plan")


def test_every_record_can_be_fitted_again_from_its_formula_or_columns(rng):
    minutes, plan = np.round(rng.gamma(2, 90, N)), rng.integers(0, 3, N)
    charge = np.round(np.array([5, 20, 0])[plan] + np.array([0.17, 0.09, 0.21])[plan] * minutes, 2)
    age = rng.integers(18, 90, N)
    columns = {"charge": charge, "plan": plan, "minutes": minutes, "age": age}
    columns["group"] = np.digitize(age, [25, 35, 60])
    c = coordinates(columns, [0.01, 1, 1, 1, 1])
    found = find_identities(c).found
    assert {f.record.formula for f in found} == {
        "charge = linear in minutes, by plan",
        "group = steps of age",
    }
    for f in found:
        for record in (f.record, replace(f.record, formula=""), replace(f.record, columns=())):
            (again,) = fit_identity(c, record).found
            assert again.rule.target == f.rule.target
            assert set(again.rule.parents) == set(f.rule.parents)


def test_rules_survive_the_model_file(rng, tmp_path):
    columns = house(rng)
    odd = rng.random(N) < 0.015
    columns["living"] = np.where(odd, columns["living"] + 50, columns["living"])
    c = find_identities(coordinates(columns, HOUSE))
    rule = c.found[0].rule
    model_file.write(tmp_path / "rule.json", rule)
    again = model_file.read(
        tmp_path / "rule.json", Excepted, STORED, upgrades={}, check=lambda rule: None
    )
    x, y = c.x.T.copy(), c.x.T.copy()
    rule.make(x)
    again.make(y)
    assert (np.nan_to_num(x) == np.nan_to_num(y)).all()


BAD = {
    "a target that is its parent": {"target": 0},
    "no parents": {"parents": []},
    "a negative step": {"step": -1.0},
    "a room that is no number": {"room": np.nan},
    "bounds that cross": {"lower": 2.0, "upper": 1.0},
    "an endless step": {"step": np.inf},
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_with_a_derivation_that_makes_no_rule_is_refused(name):
    d = Derivation(1, (0,), Lookup(np.array([0.5]), np.array([1.0, 2.0])))
    data = {"type": "derivation", "target": 1, "parents": [0], "rule": model_file.to_data(d.rule)}
    assert model_file.from_data(data, STORED).parents == (0,)
    with pytest.raises(ModelFileError, match="derivation"):
        model_file.from_data({**data, **BAD[name]}, STORED)


@pytest.mark.parametrize("parts", [{"flag": 3, "own": 3}, {"flag": -1}, {"own": 1}])
def test_a_file_with_exceptions_that_lack_parts_of_their_own_is_refused(parts):
    d = Derivation(1, (0,), Linear(0.0, np.array([1.0])))
    rule = {"target": 1, "parents": [0], "rule": model_file.to_data(d.rule)}
    data = {"type": "excepted", "derivation": rule, "flag": 2, "own": 3}
    assert model_file.from_data(data, STORED).needs == (2, 3, 0)
    with pytest.raises(ModelFileError, match="excepted"):
        model_file.from_data({**data, **parts}, STORED)


@pytest.mark.parametrize("power", [2, 3])
@pytest.mark.parametrize("seed", [3, 4])
def test_powers_of_negative_numbers_that_are_no_rule_break_nothing(power, seed):
    x = np.random.default_rng(seed).normal(size=500)
    for sign in (1, -1):
        table = pd.DataFrame({"x": x, "y": sign * x**power})
        model = cs.fit(table, copula="independence", rng=1)
        drawn = model.sample(200, rng=1)
        assert np.isfinite(drawn).all(axis=None)
        if model.rules:
            assert drawn["y"].to_numpy() == pytest.approx(sign * drawn["x"] ** power, abs=1e-6)


def test_the_words_of_a_lookup_do_not_depend_on_the_order_of_levels(rng):
    d = Derivation(1, (0,), Lookup(np.array([0.5, 1.5]), np.array([0.0, 1.0, 2.0])))
    names = ["zip", "town"]
    assert words(d, names) == "town = steps of zip"
    assert words(d, names, nominal=[0]) == words(d, names, nominal=[0, 1]) == "town = lookup of zip"
    assert words(d, names, nominal=[1]) == "town = lookup of zip"


@pytest.mark.parametrize("seed", range(3))
def test_what_adds_up_to_this_year_or_the_last_is_a_sum_within_a_year(seed):
    rng = np.random.default_rng(seed)
    year, built = rng.choice([2014, 2015], 2500, p=[0.67, 0.33]), rng.integers(1900, 2015, 2500)
    cellar = rng.integers(0, 2, 2500)
    df = pd.DataFrame({"age": year - built, "built": built, "cellar": cellar})
    (found,) = [w for w in rules_of(df) if w.startswith(("age = ", "built = ")) and "->" not in w]
    assert found.endswith("within 1")
