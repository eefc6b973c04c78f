"""Numbers that follow from others but on an end of their range are found, and held in draws."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

import copulasynth as cs
from copulasynth.model import declare

N = 2000


def taxable(r):
    income = np.round(r.lognormal(10.3, 0.6, N))
    off = np.round(np.minimum(0.3 * income, r.gamma(2, 1500, N)))
    return {"income": income, "off": off, "taxable": np.maximum(0, income - off - 9000)}


def ceiling(r):
    hours = np.round(r.gamma(9, 4, N), 1)
    return {"hours": hours, "pay": np.round(np.minimum(700, 17.5 * hours), 2)}


def cancelled(r):
    rate, nights = r.choice([79, 99, 129, 189], N), 1 + r.geometric(0.35, N)
    off = r.random(N) < 0.15
    return {"rate": rate, "nights": nights, "off": off, "total": np.where(off, 0, rate * nights)}


def pension(r):
    gross = np.round(r.lognormal(8, 0.4, N), 2)
    paid = np.where(r.random(N) < 0.6, 0, np.round(gross * 0.05, 2))
    return {"gross": gross, "pension": paid}


def near(a, b, room=0.00501):
    return (a - b).abs() <= room


TABLES = {
    taxable: (
        "taxable = max(0, income - off - 9000)",
        lambda d: near(d.taxable, (d.income - d.off - 9000).clip(0)),
    ),
    ceiling: (
        "pay = min(700, 17.5 * hours)",
        lambda d: near(d.pay, (17.5 * d.hours).clip(None, 700)),
    ),
    cancelled: (
        "total = rate * nights",
        lambda d: near(d.total, (d.rate * d.nights).where(~d.off, 0)),
    ),
    pension: (
        "pension = gross / 20",
        lambda d: near(d.pension, 0.05 * d.gross) | (d.pension == 0),
    ),
}


@pytest.mark.parametrize("table", TABLES)
def test_a_formula_with_ends_is_found_and_holds(table, tmp_path):
    r, (words, holds) = np.random.default_rng(3), TABLES[table]
    df = pd.DataFrame(table(r) | {"noise": np.round(r.normal(size=N), 2)})
    assert holds(df).all()
    model = cs.fit(df, copula="gaussian", marginals="empirical", rng=1)
    assert words in {rule.words for rule in model.schema.rules}
    drawn = model.sample(10_000, rng=2)
    assert holds(drawn).all()
    assert max(ks_2samp(df[c], drawn[c]).statistic for c in df) < 0.03
    model.schema.to_file(tmp_path / "schema.toml")
    again = cs.fit(
        df,
        schema=cs.Schema.from_file(tmp_path / "schema.toml"),
        copula="gaussian",
        marginals="empirical",
        rng=1,
    )
    pd.testing.assert_frame_equal(again.sample(100, rng=2), drawn.head(100))


def test_zeros_of_columns_that_do_not_depend_are_no_rule():
    r = np.random.default_rng(4)
    columns = {f"v{k}": np.where(r.random(N) < 0.5, 0, r.poisson(9, N)) for k in range(4)}
    assert not any(rule.kind == "identity" for rule in declare(pd.DataFrame(columns)).rules)
