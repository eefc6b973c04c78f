"""The judge of rules says broken what is broken, and nothing that only rounds between two ways."""

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.metrics.joint.rule_shares import rules_kept


def months_of(days):
    """Whole months from a day to the first of 2026, as a table would print them."""
    return np.round(days / 30.4375).astype(int)


@pytest.fixture(scope="module")
def tables():
    rng = np.random.default_rng(5)
    real, fresh = (rng.integers(0, 3653, size=n) for n in (1500, 20_000))
    made = []
    for days in (real, fresh):
        date = pd.Timestamp("2026-01-01") - pd.to_timedelta(days, unit="D")
        made.append(pd.DataFrame({"since": date, "months": months_of(days)}))
    return made


def test_dates_that_round_between_two_ways_break_no_rule(tables):
    # rows tell a weight to a few digits: those of the model and of the judge differ behind them
    customers = cs.datasets.simulate_telecom(5000, rng=1)[["tenure_months", "signup_date"]]
    drawn = cs.fit(customers, copula="independence", marginals="spline", rng=1).sample(9999, rng=2)
    for real, table in ((customers, drawn), tables):
        found = rules_kept(real, table, rng=1)
        assert found.table["kind"].tolist() == ["identity"]
        assert found.value == 1.0


@pytest.mark.parametrize("off", [-1, 1])
def test_values_that_are_off_by_a_step_break_it(tables, off):
    real, fresh = tables
    found = rules_kept(real, fresh.assign(months=fresh["months"] + off), rng=1)
    assert found.value < 0.1
