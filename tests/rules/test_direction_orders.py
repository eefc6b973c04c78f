"""Orders of columns that rules make hold, with the laws of both; implied ones are not listed."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

import copulasynth as cs

N = 2500


def sensor(r):
    mean = np.round(r.normal(20, 6, N), 2)
    low, high = (np.round(mean + s * r.exponential(2, N), 2) for s in (-1, 1))
    return {"min": low, "mean": mean, "max": high, "range": np.round(high - low, 2)}


def meter(r):
    first = np.round(r.uniform(1000, 50_000, N), 1)
    second = np.round(first + r.gamma(3, 60, N), 1)
    third = np.round(second + r.gamma(3, 60, N), 1)
    return {"r0": first, "r1": second, "r2": third, "used": np.round(third - first, 1)}


CHAINS = {sensor: ("min", "mean", "max"), meter: ("r0", "r1", "r2")}


@pytest.mark.parametrize("table", CHAINS)
def test_an_order_holds_whichever_of_its_columns_is_made(table):
    r, chain = np.random.default_rng(3), list(CHAINS[table])
    df = pd.DataFrame(table(r))
    df = df[r.permutation(df.columns)]
    model = cs.fit(df, copula="gaussian", marginals="empirical", rng=1)
    drawn = model.sample(20_000, rng=2)
    assert (np.diff(drawn[chain].astype(float), axis=1) >= 0).all()
    assert max(ks_2samp(df[c], drawn[c]).statistic for c in df) < 0.03
