"""Gaps in columns that rules tie: what is known of a row leads back to what is not."""

import numpy as np
import pandas as pd
import pytest

from copulasynth.model import fit_joint


def _gaps(df, share=0.1):
    rng = np.random.default_rng(4)
    return pd.DataFrame({c: df[c].mask(rng.random(len(df)) < share) for c in df})


def _sum(rng, n):
    a, b, c = (rng.lognormal(3, 0.6, n).round(2) for _ in range(3))
    return pd.DataFrame({"a": a, "b": b, "c": c, "total": (a + b + c).round(2)})


def _bill(rng, n):
    net = rng.lognormal(3, 0.6, n).round(2)
    vat = (0.19 * net).round(2)
    return pd.DataFrame({"net": net, "vat": vat, "gross": (net + vat).round(2)})


def _tax(rng, n):
    income = rng.lognormal(10, 0.6, n).round()
    above = [np.maximum(0, income - start) for start in (10_000, 40_000)]
    return pd.DataFrame({"income": income, "tax": (0.1 * above[0] + 0.15 * above[1]).round(2)})


def _times(rng, n):
    at = pd.Series(pd.Timestamp("2023-02-11") + pd.to_timedelta(rng.integers(0, 720_000, n), "min"))
    parts = {"month": at.dt.month_name(), "hour": at.dt.hour, "day": at.dt.day_name()}
    return pd.DataFrame({"at": at, **parts})


def _off(t):
    """Return how far each row of a filled table is from its rules."""
    if "total" in t:
        return (t["a"] + t["b"] + t["c"] - t["total"]).abs()
    if "net" in t:
        return (t["net"] + t["vat"] - t["gross"]).abs() + (0.19 * t["net"] - t["vat"]).abs() - 0.005
    if "tax" in t:
        above = [(t["income"] - start).clip(lower=0) for start in (10_000, 40_000)]
        return (0.1 * above[0] + 0.15 * above[1] - t["tax"]).abs() - 0.025
    times = t["at"].dt
    told = {"month": times.month_name(), "hour": times.hour, "day": times.day_name()}
    return sum((t[c] != part).astype(float) for c, part in told.items())


@pytest.mark.parametrize("make", [_sum, _bill, _tax, _times])
def test_several_gaps_of_a_rule_are_filled_so_that_it_holds(make):
    df = make(np.random.default_rng(3), 400)
    assert (_off(df) < 1e-6).all()
    gaps = _gaps(df)
    (filled,) = fit_joint(gaps, marginals="spline", rng=1).impute(gaps, m=1, rng=1)
    assert not filled.isna().any().any()
    assert (_off(filled) < 1e-6).all()
    pd.testing.assert_frame_equal(filled.where(gaps.notna()), gaps, check_dtype=False)


def test_parts_of_a_known_sum_keep_their_law():
    df = _sum(np.random.default_rng(5), 2000)
    gaps = df.copy()
    gaps.loc[:499, ["a", "b"]] = np.nan
    (filled,) = fit_joint(gaps, marginals="spline", rng=1).impute(gaps, m=1, rng=2)
    for c in ("a", "b"):
        # the standard error of a mean of 500 is .6; half of the sum would have sd 11, not 15
        assert filled[c][:500].mean() == pytest.approx(df[c][:500].mean(), abs=2.5)
        assert filled[c][:500].std() == pytest.approx(df[c].std(), rel=0.25)
