"""Orders of what an identity makes are held too, and ratios of whole numbers have no lattice."""

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs

N = 1500


def weather(r):
    mean, spread = np.round(20 + 5 * r.normal(size=N), 1), r.gamma(2, 1, N)
    least = np.round(mean - spread, 1)
    most = np.round(mean + spread * r.uniform(0.5, 1.5, N), 1)
    return {"least": least, "mean": mean, "most": most, "range": np.round(most - least, 1)}


def parcels(r):
    sent = pd.Timestamp("2024-01-01") + pd.to_timedelta(r.integers(0, 300, N), "D")
    days = 2 + r.poisson(5, N)
    customs = sent + pd.to_timedelta(np.floor(days * r.uniform(0.1, 0.9, N)), "D")
    return {
        "sent": sent,
        "customs": customs,
        "days": days,
        "arrived": sent + pd.to_timedelta(days, "D"),
    }


HELD = {weather: ("least", "mean", "most"), parcels: ("sent", "customs", "arrived")}


@pytest.mark.parametrize("table", HELD)
def test_what_lies_between_a_parent_and_what_is_derived_stays_there(table):
    df = pd.DataFrame(table(np.random.default_rng(3)))
    model = cs.fit(df, copula="gaussian", marginals="empirical", rng=1)
    first, middle, last = HELD[table]
    drawn = model.sample(8000, rng=2)
    assert (drawn[first] <= drawn[middle]).all()
    assert (drawn[middle] <= drawn[last]).all()
    # drawn again, rows keep their laws
    shares = (drawn[middle] <= df[middle].quantile(q) for q in (0.1, 0.5, 0.9))
    real = ((df[middle] <= df[middle].quantile(q)).mean() for q in (0.1, 0.5, 0.9))
    assert np.abs(np.mean([*shares], axis=1) - [*real]).max() < 0.03


def test_orders_that_the_identity_implies_are_not_listed():
    r = np.random.default_rng(5)
    parts = {k: r.poisson(m, N) for k, m in (("a", 6), ("b", 4), ("c", 9))}
    df = pd.DataFrame({**parts, "all": sum(parts.values())})
    model = cs.fit(df, copula="independence", marginals="empirical", rng=1)
    assert [rule.kind for rule in model.schema.rules] == ["identity"]


def test_the_ratio_of_two_marks_has_no_digits_of_its_own():
    r = np.random.default_rng(6)
    best = np.round(r.uniform(30, 100, N))
    df = pd.DataFrame({"first": np.round(best * r.beta(8, 2, N)), "best": best})
    model = cs.fit(df, copula="independence", marginals="empirical", rng=1)
    assert "lattice" not in {rule.kind for rule in model.schema.rules}


def test_a_part_of_a_link_stays_below_a_total_that_is_derived():
    rng = np.random.default_rng(1)
    price, quantity = rng.choice([2.95, 4.5, 7.25, 14.0, 59.0], 3000), 1 + rng.poisson(3, 3000)
    total, claims = (price * quantity).round(2), rng.poisson(0.4, 3000)
    back = np.where(claims > 0, total * rng.beta(4, 2, 3000), 0.0).round(2)
    df = pd.DataFrame(
        {"price": price, "quantity": quantity, "total": total, "claims": claims, "back": back}
    )
    model = cs.fit(df, copula="gaussian", rng=1)
    assert "`back | not 0` <= total" in {r.words for r in model.schema.rules}
    rows = model.sample(5000, rng=2)
    assert (rows["back"] <= rows["total"]).all()
