"""Identities that every marginal keeps, over a catalogue of instances."""

import dataclasses
import json

import numpy as np
import pytest
from scipy import stats

from copulasynth import model_file
from copulasynth.errors import ModelFileError
from copulasynth.marginals import (
    COUNTS,
    FAMILIES,
    Count,
    Discrete,
    GpdTail,
    Hurdle,
    Marginal,
    NormalMixture,
    Parametric,
    Rounded,
    Truncated,
    fit_atom_spline,
    fit_empirical,
    fit_gpd_tail,
    fit_kernel,
)
from copulasynth.synthesizers.stored import STORED

PARAMS = {
    "normal": (3.0, 2.0),
    "lognormal": (1.0, 0.7),
    "exponential": (3.0,),
    "gamma": (0.7, 4.0),
    "weibull": (1.4, 5.0),
    "loglogistic": (2.5, 3.0),
    "uniform": (1.0, 4.0),
    "student": (5.0, 1.0, 2.0),
    "beta": (2.0, 3.0, 0.0, 1.0),
    "burr": (2.0, 1.5, 10.0),
    "pareto": (3.0, 5.0),
    "johnson_su": (-1.0, 1.5, 2.0, 3.0),
}
COUNT_PARAMS = {
    "poisson": (2.5,),
    "geometric": (0.3,),
    "binomial": (12.0, 0.3),
    "negative_binomial": (4.0, 1.5),
    "zero_inflated_poisson": (0.4, 3.0),
    "zero_inflated_negative_binomial": (0.3, 4.0, 2.0),
}


def _data() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    usage = np.where(rng.random(4000) < 0.4, 0.0, rng.lognormal(3.0, 1.0, 4000))
    return {
        "usage": usage,
        "minutes": np.rint(usage),
        "normal": rng.normal(5.0, 2.0, 4000),
        "capped": np.minimum(rng.lognormal(3.0, 1.0, 4000), 60.0),
    }


def _catalogue() -> dict[str, Marginal]:
    data = _data()
    made: dict[str, Marginal] = {}
    for name, p in PARAMS.items():
        made[name] = Parametric(name, p, (0.1,) * len(p))
    for name, p in COUNT_PARAMS.items():
        made[name] = Count(name, p, (0.1,) * len(p))
    for name, x in data.items():
        lower = -np.inf if name == "normal" else 0.0
        step = 1.0 if name == "minutes" else None
        for fit in (fit_atom_spline, fit_empirical, fit_kernel):
            m = fit(x, step=step, lower=lower)
            made[f"{fit.__name__}-{name}"] = Rounded(m, step) if step else m
    lognormal = made["lognormal"]
    made["discrete"] = Discrete(np.array([0.0, 1.0, 4.0]), np.array([0.2, 0.5, 0.3]))
    made["truncated_normal"] = Parametric("normal", (1.0, 2.0), (0.1, 0.1), 0.0, 4.0)
    made["truncated"] = Truncated(made["fit_atom_spline-normal"], 2.0, 8.0)
    made["hurdle"] = Hurdle(0.0, 0.3, lognormal)
    made["hurdle_inside"] = Hurdle(3.0, 0.3, made["normal"])
    made["rounded_gamma"] = Rounded(made["gamma"], 0.01)
    made["mixture"] = NormalMixture((0.3, 0.7), (made["normal"], made["student"]))
    made["gpd_tail"] = fit_gpd_tail(data["usage"], made["fit_atom_spline-usage"])
    made["gpd_capped"] = GpdTail(made["fit_atom_spline-usage"], 100.0, 0.2, 30.0, cap=400.0)
    return made


CATALOGUE = _catalogue()
instances = pytest.mark.parametrize("name", CATALOGUE)
U = (np.arange(2000) + 0.5) / 2000


def test_the_catalogue_holds_every_family():
    assert set(PARAMS) == set(FAMILIES)
    assert set(COUNT_PARAMS) == set(COUNTS)


@instances
def test_the_quantile_of_the_upper_end_of_a_cell_is_the_value(name):
    m = CATALOGUE[name]
    x = np.unique(m.quantile(U))
    _, upper = m.cell(x)
    inside = (upper > 1e-9) & (upper < 1 - 1e-9)
    np.testing.assert_allclose(m.quantile(upper[inside]), x[inside], rtol=1e-7, atol=1e-8)


@instances
def test_u_lies_in_the_cell_of_its_quantile(name):
    m = CATALOGUE[name]
    lower, upper = m.cell(m.quantile(U))
    assert (lower <= U + 1e-8).all()
    assert (upper >= U - 1e-8).all()


@instances
def test_the_quantile_function_is_monotone_and_finite(name):
    u = np.concatenate([[1e-12, 1e-9], U, [1 - 1e-9, 1 - 1e-12]])
    x = CATALOGUE[name].quantile(u)
    assert np.isfinite(x).all()
    assert (np.diff(x) >= 0).all()


@instances
def test_cells_are_probabilities_and_fill_the_unit_interval(name):
    m = CATALOGUE[name]
    x = np.unique(np.concatenate([m.quantile(U), np.linspace(-50, 50, 501)]))
    lower, upper = m.cell(x)
    assert (lower >= 0).all()
    assert (upper <= 1).all()
    assert (lower <= upper + 1e-15).all()
    assert (np.diff(upper) >= -1e-14).all()
    ends = m.cell(np.array([-1e12, 1e12]))
    assert ends[1][0] <= 1e-12
    assert ends[0][1] >= 1 - 1e-12


@instances
def test_draws_follow_the_law(name):
    m = CATALOGUE[name]
    rng = np.random.default_rng(11)
    x = m.quantile(rng.uniform(1e-12, 1.0, 5000))
    lower, upper = m.cell(x)
    u = lower + rng.random(5000) * (upper - lower)
    assert stats.kstest(u, "uniform").pvalue > 1e-4


def _json(value):
    """Return what a reader of the JSON text of a value sees; infinities are objects there."""
    text = json.dumps(model_file.to_data(value), allow_nan=False)
    return json.loads(text, object_hook=lambda d: float(d["$float"]) if "$float" in d else d)


@instances
def test_a_model_file_gives_back_the_same_bits(name):
    m = CATALOGUE[name]
    back = model_file.from_data(_json(m), STORED)
    assert type(back) is type(m)
    assert (back.quantile(U) == m.quantile(U)).all()


@instances
def test_a_fitted_marginal_is_frozen_and_a_marginal(name):
    m = CATALOGUE[name]
    assert isinstance(m, Marginal)
    field = dataclasses.fields(m)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(m, field, None)
    for f in dataclasses.fields(m):
        value = getattr(m, f.name)
        if isinstance(value, np.ndarray):
            assert not value.flags.writeable


HOSTILE = [
    ("discrete", "probabilities", [0.5, 0.5, 0.5]),
    ("discrete", "values", [0.0, 0.0, 1.0]),
    ("discrete", "values", []),
    ("fit_atom_spline-usage", "scale", 0.0),
    ("fit_atom_spline-usage", "scores", [0.0] * 5),
    ("fit_atom_spline-usage", "knots", [1e9] * 3),
    ("fit_atom_spline-usage", "shares", [1.5]),
    ("fit_atom_spline-usage", "tails", [1e9, 0.0]),
    ("fit_atom_spline-usage", "atoms", "zero"),
    ("fit_empirical-usage", "levels", [0.1, 0.9]),
    ("fit_kernel-usage", "levels", [2.0, 3.0]),
    ("fit_kernel-usage", "end", 1e9),
    ("fit_atom_spline-minutes", "step", -1.0),
    ("fit_atom_spline-minutes", "base", {"type": "joint"}),
    ("gamma", "family", "os.system"),
    ("gamma", "params", [1.0]),
    ("gamma", "params", [-1.0, 1.0]),
    ("poisson", "params", [-1.0]),
    ("poisson", "family", "cauchy"),
    ("hurdle", "p", 1.5),
    ("mixture", "weights", [0.5]),
    ("mixture", "weights", [0.5, 0.6]),
    ("gpd_tail", "xi", 5.0),
    ("truncated", "upper", -1.0),
]


@pytest.mark.parametrize(("name", "field", "value"), HOSTILE)
def test_hostile_fields_are_refused(name, field, value):
    data = _json(CATALOGUE[name])
    data[field] = value
    with pytest.raises(ModelFileError):
        model_file.from_data(data, STORED)


@pytest.mark.parametrize("name", PARAMS)
def test_a_family_has_the_law_that_scipy_gives_it(name):
    f = FAMILIES[name]
    m = CATALOGUE[name]
    x = m.quantile(U)
    np.testing.assert_allclose(m.cell(x)[1], f.law.cdf(x, *f.args(*PARAMS[name])), atol=1e-12)
    h = 1e-5 * (1 + np.abs(x))
    slope = (m.cell(x + h)[1] - m.cell(x - h)[1]) / (2 * h)
    middle = (U > 0.05) & (U < 0.95)
    np.testing.assert_allclose(np.exp(m.logpdf(x))[middle], slope[middle], rtol=1e-3)
