"""Goodness of fit without refits: right levels, power, and no refits by default."""

import numpy as np
import pytest

from copulasynth.marginals import fit_marginal, parametric
from copulasynth.marginals._knots import squeeze
from copulasynth.marginals.count import fit_count
from copulasynth.marginals.gof import goodness_of_fit
from copulasynth.marginals.mixture import fit_mixture
from copulasynth.marginals.multiplier import log_likelihoods, multiplier_test
from copulasynth.marginals.parametric import Parametric, fit_parametric
from copulasynth.marginals.rounded import Rounded

ROUNDS = 80


def plain(family):
    return lambda x: fit_parametric(x, family, errors=False)


def on_a_grid(x):
    return Rounded(plain("normal")(squeeze(np.sort(x), np.empty(0), 0.1)), 0.1)


CASES = {
    "normal": (lambda r: r.normal(size=200), plain("normal")),
    "gamma": (lambda r: r.gamma(2.0, 1.0, 2000), plain("gamma")),
    "student": (lambda r: r.standard_t(4.0, 1000), plain("student")),
    "uniform": (lambda r: r.random(500), plain("uniform")),
    "grid": (lambda r: np.round(r.normal(0.0, 1.0, 1000), 1), on_a_grid),
    "poisson": (
        lambda r: r.poisson(2.0, 1000).astype(float),
        lambda x: fit_count(x, "poisson", errors=False),
    ),
    "mixture": (
        lambda r: np.where(r.random(800) < 0.4, r.normal(size=800), r.normal(4.0, 1.0, 800)),
        lambda x: fit_mixture(x, "normal_mixture", errors=False),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_right_family_is_rejected_as_often_as_the_level_says(case):
    draw, fit = CASES[case]
    rng = np.random.default_rng(1)
    p = []
    for _ in range(ROUNDS):
        x = draw(rng)
        found = multiplier_test(x, fit(x), rng=rng)
        p.append((found.p_ks, found.p_ad))
    # ten in a hundred at level .1, with a standard error of .034 in 80 rounds
    shares = (np.array(p) < 0.1).mean(axis=0)
    assert (shares < 0.1 + 4 * 0.034).all()
    # estimated parameters make distances smaller: p-values that forget it would lie near one
    assert (np.mean(p, axis=0) < 0.5 + 4 * 0.29 / np.sqrt(ROUNDS)).all()


@pytest.mark.parametrize(
    ("x", "family"),
    [
        (np.random.default_rng(2).gamma(4.0, 1.0, 600), "normal"),
        (np.random.default_rng(3).standard_t(3.0, 1500), "normal"),
        (np.random.default_rng(4).lognormal(0.0, 0.5, 800), "gamma"),
    ],
)
def test_a_wrong_family_is_rejected_where_refits_reject_it(x, family):
    law = plain(family)(x)
    quick = multiplier_test(x, law, rng=1)
    slow = goodness_of_fit(x, plain(family), marginal=law, rng=1)
    assert quick.ks == slow.ks
    assert quick.ad == slow.ad
    assert max(quick.p_ad, slow.p_ad) < 0.05


def test_log_likelihoods_of_a_grid_are_those_of_its_cells():
    law = Rounded(Parametric("normal", (0.0, 1.0), (0.0, 0.0)), 1.0)
    x = np.arange(-8.0, 9.0)
    assert np.exp(log_likelihoods(law, x)).sum() == pytest.approx(1.0)


def test_choosing_a_family_fits_each_a_few_times_and_never_to_bootstrap_samples(monkeypatch):
    fits = []
    kept = parametric._mass

    def counted(*args):
        fits.append(args)
        return kept(*args)

    monkeypatch.setattr("copulasynth.marginals.gof.goodness_of_fit", None)
    monkeypatch.setattr(parametric, "_mass", counted)
    x = np.random.default_rng(5).normal(5.0, 2.0, 3000)
    found = fit_marginal(x, kind="continuous", rng=1)
    (row,) = [r for r in found.table if r["chosen"]]
    assert row["candidate"] == "normal"
    assert row["p_ad"] > 0.05
    # 99 refits for one p-value would be as many again
    assert len(fits) < 100
