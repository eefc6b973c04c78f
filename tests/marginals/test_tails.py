"""Tails end where the data say: caps, floors, grids, and laws that have an end."""

import numpy as np
import pytest
from scipy import stats

from copulasynth.marginals import fit_atom_spline, fit_marginal, value_ends
from copulasynth.marginals._tails import ends, pile_ups

N = 5000
FAR = np.array([1e-7, 1e-6, 1 - 1e-6, 1 - 1e-7])


@pytest.mark.parametrize("step", [None, 0.01])
@pytest.mark.parametrize("share", [0.001, 0.003, 0.02])
def test_nothing_lies_beyond_a_cap_that_few_rows_in_a_thousand_share(step, share):
    rng = np.random.default_rng(1)
    x = np.round(rng.lognormal(3.0, 0.8, N), 2 if step else 12)
    cap = float(np.sort(x)[int((1 - share) * N)])
    capped = np.minimum(x, cap)
    m = fit_marginal(capped, kind="continuous", step=step, lower=0.0, rng=1).marginal
    q = m.quantile(rng.random(1_000_000))
    assert q.max() == cap
    assert abs((q == cap).mean() - (capped == cap).mean()) < 4 * np.sqrt(share / 1e6) + 1e-9


def test_a_minimum_that_many_rows_pay_is_a_floor():
    rng = np.random.default_rng(2)
    x = np.round(np.maximum(rng.normal(20.0, 8.0, N), 9.99), 2)
    m = fit_marginal(x, kind="continuous", step=0.01, lower=0.0, rng=1).marginal
    q = m.quantile(np.concatenate([FAR, rng.random(100_000)]))
    assert q.min() == 9.99
    assert value_ends(x, 0.01)[0] == 9.99


def test_a_count_that_falls_off_is_neither_capped_nor_floored():
    x = np.random.default_rng(3).poisson(4.0, N).astype(float)
    values, counts = np.unique(x, return_counts=True)
    assert pile_ups(values, counts, 4, 1.0) == (False, False)
    assert pile_ups(values[1:], counts[1:], 4, 1.0) == (False, False)


def test_the_oldest_age_is_no_end_and_the_age_of_majority_is():
    values, counts = np.arange(18.0, 26.0), np.array([31, 33, 30, 28, 25, 18, 9, 3])
    assert ends(values, counts, 4, 1.0) == (True, False)
    assert ends(values, counts, 40, 1.0) == (False, False)


@pytest.mark.parametrize("seed", range(5))
def test_ages_stay_within_two_years_of_the_sample(seed):
    rng = np.random.default_rng(seed)
    x = np.clip(np.rint(18 + 62 * rng.beta(1.6, 2.4, N)), 18, 80)
    m = fit_marginal(x, "spline", kind="continuous", step=1.0, lower=0.0, rng=1).marginal
    q = m.quantile(FAR)
    assert q.min() >= x.min() - 2
    assert q.max() <= x.max() + 2


@pytest.mark.parametrize(
    ("law", "room"),
    [(stats.uniform(), 0.002), (stats.beta(1.6, 2.4), 0.12), (stats.triang(0.5), 0.1)],
)
def test_bounded_laws_stop_near_their_ends_although_nobody_declares_them(law, room):
    for seed in range(5):
        m = fit_atom_spline(law.rvs(N, random_state=seed))
        q = m.quantile(FAR)
        assert q.min() > -room
        assert q.max() < 1 + room


def test_a_normal_tail_goes_on_as_a_normal_tail():
    far = [fit_atom_spline(stats.norm.rvs(size=N, random_state=s)).quantile(FAR) for s in range(12)]
    # standard errors over the seeds are about .06 of the value
    np.testing.assert_allclose(np.mean(far, axis=0), stats.norm.ppf(FAR), rtol=0.08)


@pytest.mark.parametrize("p", [0.99, 0.999])
def test_heavy_tails_keep_their_quantiles(p):
    for law in (stats.lognorm(1.2), stats.burr12(2.0, 1.5), stats.pareto(3.0)):
        q = [
            fit_atom_spline(law.rvs(N, random_state=s)).quantile(np.array([p]))[0]
            for s in range(12)
        ]
        assert abs(np.mean(q) / law.ppf(p) - 1) < 0.08


@pytest.mark.parametrize("lower", [-np.inf, 0.0])
def test_rows_that_crowd_at_the_very_end_do_not_pull_the_tail_far_out(lower):
    rng = np.random.default_rng(4)
    x = np.minimum(rng.exponential(30.0, N), 120 + rng.random(N))
    m = fit_atom_spline(x, lower=lower)
    assert m.quantile(FAR).max() < 123


def test_log_scores_do_not_depend_on_the_unit():
    x = np.rint(np.random.default_rng(5).gamma(1.2, 800_000.0, 3000))
    tables = [
        fit_marginal(x * unit, kind="continuous", step=unit, lower=0.0, rng=1).table
        for unit in (1.0, 0.001, 1000.0)
    ]
    scores = [
        {r["candidate"]: r["heldout"] for r in t if np.isfinite(r["heldout"])} for t in tables
    ]
    assert len(set(np.round(list(scores[0].values()), 3))) > 3
    for other in scores[1:]:
        assert other == pytest.approx(scores[0], abs=1e-6)
