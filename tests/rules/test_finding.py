"""Found rules carry the chance of a false one; what is declared carries none."""

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.errors import SchemaError
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
