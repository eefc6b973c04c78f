"""Found rules carry the chance of a false one; what is declared carries none."""

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.errors import FitWarning, SchemaError
from copulasynth.schema import Schema
from copulasynth.schema.records import Rule


def orders(n=1000):
    rng = np.random.default_rng(1)
    price, quantity = rng.gamma(2, 20, n).round(2), rng.integers(1, 20, n)
    start = rng.integers(0, 1000, n)
    place = rng.choice(["Rome IT", "Milan IT", "Paris FR", "Lyon FR", "Paris US", "Boston US"], n)
    return pd.DataFrame(
        {
            "price": price,
            "quantity": quantity,
            "total": (price * quantity).round(2),
            "start": start,
            "end": start + rng.integers(0, 400, n),
            "city": [p.split()[0] for p in place],
            "country": [p.split()[1] for p in place],
        }
    )


@pytest.fixture(scope="module")
def model():
    return cs.fit(orders(), copula="gaussian", marginals="spline", rng=1)


def test_rules_whose_search_is_a_test_say_the_chance_of_a_false_one(model):
    chances = {rule.kind: rule.chance for rule in model.schema.rules}
    assert chances["identity"] == 1e-10
    assert chances["order"] == 1e-6
    assert chances["combination"] is None


def test_the_chance_is_written_read_and_kept_by_the_next_fit(model, tmp_path):
    model.schema.to_file(tmp_path / "schema.toml")
    assert "chance = 1e-10" in (tmp_path / "schema.toml").read_text()
    schema = Schema.from_file(tmp_path / "schema.toml")
    again = cs.fit(orders(), copula="gaussian", marginals="spline", schema=schema, rng=1)
    assert [r.chance for r in again.schema.rules] == [r.chance for r in model.schema.rules]


def test_a_declared_rule_has_no_chance():
    rules = [cs.rules.Order("start", "end")]
    model = cs.fit(orders(), copula="gaussian", marginals="spline", rules=rules, rng=1)
    (order,) = [r for r in model.schema.rules if r.kind == "order"]
    assert order.chance is None


def test_a_chance_is_a_probability():
    with pytest.raises(SchemaError, match=r"chance lies in \[0, 1\], got 2"):
        Rule("order", ("a", "b"), chance=2)


def test_a_rule_of_a_part_that_another_table_breaks_is_given_up_with_it():
    rng = np.random.default_rng(2)
    claims = np.where(rng.random(2000) < 0.6, 0, rng.poisson(2, 2000) + 1)
    least = np.where(claims == 0, 0.0, rng.gamma(2, 200, 2000).round())
    most = np.where(claims == 0, 0.0, least + rng.gamma(2, 50, 2000).round())
    table = pd.DataFrame({"claims": claims, "least": least, "most": most})
    found = cs.fit(table, copula="gaussian", rng=1).schema
    assert any("|" in name for rule in found.rules for name in rule.columns)
    other = table.assign(claims=rng.permutation(claims), least=rng.permutation(least))
    with pytest.warns(FitWarning, match="rule"):
        model = cs.fit(other, copula="gaussian", schema=found, rng=1)
    assert len(model.sample(100, rng=1)) == 100
