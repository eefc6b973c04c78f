"""A stretch that no value enters stays empty, and no hole is seen where there is none."""

import json

import numpy as np
import pytest

from copulasynth import model_file
from copulasynth.marginals import Rounded, fit_marginal
from copulasynth.marginals._holes import find_holes
from copulasynth.marginals.pieces import Pieces
from copulasynth.synthesizers.stored import STORED

U = (np.arange(20_000) + 0.5) / 20_000


def two_modes(rng, n):
    return np.where(rng.random(n) < 0.4, rng.normal(-50, 1, n), rng.normal(50, 2, n))


def hours(rng, n):
    return np.round(np.where(rng.random(n) < 0.5, rng.uniform(9, 17, n), rng.uniform(30, 40, n)), 1)


def three(rng, n):
    centre = rng.choice([0.0, 100.0, 1000.0], n, p=[0.7, 0.2, 0.1])
    return np.round(centre + rng.gamma(4, 2, n), 2)


def zeros_and_two(rng, n):
    x = np.where(rng.random(n) < 0.5, rng.lognormal(1, 0.3, n), 500 + rng.lognormal(3, 0.5, n))
    return np.where(rng.random(n) < 0.3, 0.0, x)


def atom_between(rng, n):
    x = np.where(rng.random(n) < 0.5, rng.uniform(0, 10, n), rng.uniform(90, 100, n))
    return np.where(rng.random(n) < 0.2, 50.0, x)


def years(rng, n):
    recent = rng.random(n) < 0.8
    return np.where(recent, rng.integers(1990, 2020, n), rng.integers(1700, 1750, n))


TABLES = [
    (two_modes, None, [(-40, 40)]),
    (hours, 0.1, [(18, 29)]),
    (three, 0.01, [(50, 95), (200, 990)]),
    (zeros_and_two, None, [(20, 480)]),
    (atom_between, None, [(13, 49), (51, 87)]),
    (years, 1.0, [(1760, 1980)]),
]


@pytest.mark.parametrize("spec", ["auto", "spline", "empirical", "kernel"])
@pytest.mark.parametrize(("draw", "step", "holes"), TABLES)
@pytest.mark.parametrize("n", [400, 3000, 40_000])
def test_what_is_empty_stays_empty_and_both_sides_keep_their_share(draw, step, holes, spec, n):
    x = draw(np.random.default_rng(1), n).astype(float)
    lower = 0.0 if x.min() >= 0 else -np.inf
    law = fit_marginal(x, spec, kind="continuous", step=step, lower=lower, rng=1).marginal
    drawn = law.quantile(U)
    assert (np.diff(drawn) >= 0).all()
    for low, high in holes:
        assert not ((drawn > low) & (drawn < high)).any()
        assert np.mean(drawn <= low) == pytest.approx(np.mean(x <= low), abs=1e-4)
    lower, upper = law.cell(drawn)
    assert (lower <= U + 1e-6).all()
    assert (upper >= U - 1e-6).all()


SMOOTH = {
    "normal": lambda rng, n: rng.normal(size=n),
    "lognormal": lambda rng, n: rng.lognormal(0, 2, n),
    "cauchy": lambda rng, n: rng.standard_cauchy(n),
    "pareto": lambda rng, n: rng.pareto(0.5, n),
    "uniform": lambda rng, n: rng.random(n),
    "beta": lambda rng, n: rng.beta(0.3, 0.3, n),
    "gamma": lambda rng, n: rng.gamma(0.1, 1, n),
    "spread by a few": lambda rng, n: rng.normal(0, np.where(rng.random(n) < 0.03, 50, 1)),
    "zeros": lambda rng, n: (rng.random(n) < 0.3) * rng.lognormal(3, 1, n),
    "two that meet": lambda rng, n: rng.normal(np.where(rng.random(n) < 0.5, 0, 5), 1),
}
GRIDS = {
    "amounts": (lambda rng, n: np.round(rng.lognormal(3, 1.5, n), 2), 0.01),
    "incomes": (lambda rng, n: 500 * np.round(rng.lognormal(5, 0.6, n)), 1.0),
    "heaps": (lambda rng, n: np.round(rng.lognormal(8, 1, n), -2) + (rng.random(n) < 0.1), 1.0),
    "ages": (lambda rng, n: np.round(rng.normal(45, 18, n).clip(18, 90)), 1.0),
    "counts": (lambda rng, n: rng.negative_binomial(0.3, 0.01, n).astype(float), 1.0),
}


@pytest.mark.parametrize("n", [30, 300, 3000, 20_000])
def test_smooth_laws_and_heavy_tails_have_no_hole(n):
    rng = np.random.default_rng(2)
    tables = {k: (f, 0.0) for k, f in SMOOTH.items()} | GRIDS
    found = {
        name: sum(len(find_holes(draw(rng, n), 0.005, step)) for _ in range(20))
        for name, (draw, step) in tables.items()
    }
    assert {k: v for k, v in found.items() if v} == {}


@pytest.mark.parametrize(("draw", "step", "_holes"), TABLES)
def test_a_law_with_holes_comes_back_from_a_model_file(draw, step, _holes):
    law = fit_marginal(
        draw(np.random.default_rng(3), 3000).astype(float),
        "spline",
        kind="continuous",
        step=step,
    ).marginal
    assert isinstance(law.base if isinstance(law, Rounded) else law, Pieces)
    text = json.dumps(model_file.to_data(law))
    back = model_file.from_data(json.loads(text, object_hook=model_file._unpack), STORED)
    assert (back.quantile(U) == law.quantile(U)).all()


def test_no_stored_number_is_a_row_that_few_share():
    x = two_modes(np.random.default_rng(4), 2000)
    law = fit_marginal(x, kind="continuous").marginal

    def numbers(data):
        if isinstance(data, dict):
            return set().union(*map(numbers, data.values()), set())
        if isinstance(data, list):
            return set().union(*map(numbers, data), set())
        return {data} if isinstance(data, float) else set()

    assert not numbers(model_file.to_data(law)) & set(x.tolist())


@pytest.mark.parametrize(
    "broken",
    [
        {"bases": ()},
        {"shares": np.array([0.5, 0.4])},
        {"shares": np.array([1.5, -0.5])},
        {"cuts": np.array([1.0, 2.0])},
        {"cuts": np.array([np.inf])},
    ],
)
def test_contradictory_pieces_are_refused(broken):
    law = fit_marginal(two_modes(np.random.default_rng(5), 500), kind="continuous").marginal
    parts = {"bases": law.bases, "shares": law.shares, "cuts": law.cuts}
    with pytest.raises(ValueError, match=r"expected|finite"):
        Pieces(**(parts | broken))
