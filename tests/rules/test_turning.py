"""What a derived law would lose by drawing its parents is drawn in place of one of them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.rules import Coordinates, Derivation, Linear, Product, find_identities, turned
from copulasynth.rules.identity.backward import Backward
from copulasynth.rules.identity.turning import _way
from copulasynth.schema import Variable

N = 2000


def stock(r):
    first = np.round(np.exp(r.normal(4, 0.8, N)), 2)
    last = np.round(first * np.exp(r.normal(0, 0.02, N)), 2)
    change = np.round(last - first, 2)
    return pd.DataFrame(
        {
            "open": first,
            "close": last,
            "change": change,
            "percent": np.round(100 * change / first, 2),
        }
    )


def turnout(r):
    people = np.round(np.exp(r.normal(9, 1.2, N)))
    votes = np.round(people * r.beta(14, 8, N))
    return pd.DataFrame({"people": people, "votes": votes, "turnout": np.round(votes / people, 4)})


def trade(r):
    mass, price = np.round(np.exp(r.normal(4, 1, N)), 1), np.round(r.normal(180, 15, N), 2)
    sales = np.round(mass * price, 2)
    costs = np.round(sales * r.beta(60, 8, N), 2)
    profit = np.round(sales - costs, 2)
    return pd.DataFrame(
        {"mass": mass, "price": price, "sales": sales, "costs": costs, "profit": profit}
    )


LOST = {stock: "percent", turnout: "turnout", trade: "profit"}


def apart(a, b):
    grid = np.unique(a)
    law = [np.searchsorted(np.sort(x), grid, side="right") / len(x) for x in (a, b)]
    return np.abs(law[0] - law[1]).max()


@pytest.mark.parametrize("make", LOST)
def test_a_small_difference_or_a_ratio_of_large_numbers_keeps_its_law(make):
    df = make(np.random.default_rng(1))
    model = cs.fit(df, copula="gaussian", marginals="spline", rng=1)
    drawn = model.sample(20_000, rng=2)
    assert max(apart(df[name], drawn[name]) for name in df) < 0.02
    assert not model.law.following.broken(model.law.extended(model.schema.encode(drawn))).any()


def test_without_it_the_law_would_be_lost():
    df = turnout(np.random.default_rng(1))
    ruleless = df[["people", "votes"]]
    drawn = cs.fit(ruleless, copula="gaussian", marginals="spline", rng=1).sample(20_000, rng=2)
    made = np.round(drawn["votes"] / drawn["people"], 4)
    assert apart(df["turnout"], made[drawn["votes"] <= drawn["people"]]) > 0.05


def test_a_total_of_parts_is_left_as_it_is():
    r = np.random.default_rng(1)
    a, b = np.round(r.gamma(2, 50, N)), np.round(r.gamma(3, 20, N))
    variables = tuple(Variable(name, k, "continuous", 0, 1.0, 0.0) for k, name in enumerate("abc"))
    c = find_identities(Coordinates(np.column_stack([a, b, a + b]), variables))
    assert c.found
    assert turned(c).turned == ()


def path():
    difference = Derivation(4, (3, 0), Linear(0.0, np.array([1.0, -1.0])), step=0.01)
    product = Derivation(3, (1, 2), Product(1.0, np.array([1.0, 1.0])), step=0.01)
    return Backward((difference, product), 2, 5, 0.0, 1e4, 0.01)


def test_what_is_solved_for_comes_out_as_it_was():
    r = np.random.default_rng(3)
    x = np.full((6, 500), np.nan)
    x[0], x[1], x[2] = (
        r.integers(1, 900, 500),
        r.integers(1, 60, 500),
        r.integers(1, 9999, 500) / 100,
    )
    before, rule = x[2].copy(), path()
    rule.split(x)
    np.testing.assert_allclose(x[5], x[1] * x[2] - x[0], atol=1e-9)
    x[2] = np.nan
    rule.make(x)
    np.testing.assert_allclose(x[2], before, atol=1e-9)
    assert rule.holds(x).all()
    assert (rule.makes, set(rule.needs)) == ((2,), {5, 0, 1})


def test_what_is_known_of_the_part_is_taken_where_the_parent_is_not_known():
    x = np.full((6, 1), np.nan)
    x[[0, 1, 4], 0] = 100.0, 10.0, 25.0
    path().split(x)
    assert x[5, 0] == 25.0


def test_what_cannot_be_solved_is_drawn_again():
    x = np.full((6, 2), 1.0)
    x[1] = 0.0, 2.0
    rule = path()
    rule.make(x)
    assert rule.holds(x).tolist() == [False, True]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"path": ()}, "derivations"),
        ({"made": 4}, "each derivation"),
        ({"part": 3}, "no variable"),
        ({"lower": 2.0, "upper": 1.0}, "lower"),
        ({"step": -1.0}, "step"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        replace(path(), **change)


@pytest.fixture(scope="module")
def votes():
    df = turnout(np.random.default_rng(1))
    model = cs.fit(df, copula="gaussian", marginals="spline", rng=1)
    assert any(isinstance(rule, Backward) for rule in model.rules)
    return df, model


def test_a_file_draws_the_same_rows(votes, tmp_path):
    _, model = votes
    model.save(tmp_path / "m.json")
    again = cs.load(tmp_path / "m.json")
    pd.testing.assert_frame_equal(again.sample(500, rng=3), model.sample(500, rng=3))


def test_rows_are_completed_from_any_of_the_members(votes):
    df, model = votes
    for known in (["turnout"], ["votes"], ["people"], ["people", "votes"], ["votes", "turnout"]):
        rows = df[known].head(40)
        whole = model.complete(rows, rng=1)
        pd.testing.assert_frame_equal(whole[known], rows)
        share = np.round(whole["votes"] / whole["people"], 4)
        assert np.abs(share - whole["turnout"]).max() < 1.01e-4


def test_rows_are_drawn_for_given_values_of_what_is_drawn_and_of_what_is_made(votes):
    _, model = votes
    rows = model.sample(200, given={"turnout": cs.between(0.8, 1.0)}, rng=1)
    assert rows["turnout"].between(0.8, 1.0).all()
    rows = model.sample(200, given={"people": cs.between(0, 5000)}, rng=1)
    assert rows["people"].le(5000).all()
    assert (np.round(rows["votes"] / rows["people"], 4) == rows["turnout"]).all()


def test_the_schema_lists_the_rules_of_the_table_and_nothing_else(votes):
    df, model = votes
    assert {rule.kind for rule in model.schema.rules} <= {"identity", "order"}
    again = cs.fit(df, schema=model.schema, copula="gaussian", marginals="spline", rng=1)
    pd.testing.assert_frame_equal(again.sample(200, rng=3), model.sample(200, rng=3))


def test_what_is_drawn_has_no_bounds_that_only_rounded_values_keep():
    a = np.round(np.random.default_rng(1).gamma(1, 5, 500), 2)
    a[:50] = 0.0
    made = Derivation(1, (0,), Linear(-0.004, [0.5]), lower=0.0, step=0.01)
    x = np.column_stack([a, made.of(a[None])])
    variables = (
        Variable("a", 0, "continuous", step=0.01, lower=0.0),
        Variable("b", 1, "continuous", step=0.01, lower=0.0),
    )
    way = _way(Coordinates(np.asfortranarray(x), variables), (made,), 0)
    assert way is not None
    part = way.variables[-1]
    assert part.lower <= way.x[:, -1].min() < 0
