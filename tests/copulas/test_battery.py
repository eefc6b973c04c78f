"""Laws that every fitted copula obeys, over the catalogue in conftest.py."""

import dataclasses
import json

import numpy as np
import pytest
from scipy import stats

from copulasynth import model_file
from copulasynth.copulas import BlendCopula, CalibratedCopula, Copula
from copulasynth.copulas.api import CopulaKnobs, Transform
from copulasynth.synthesizers.registry import named
from copulasynth.synthesizers.stored import STORED

# Kolmogorov-Smirnov p-value below which a test fails: about 1e-4 a comparison at a fixed seed.
P = 1e-4


def to_unit(copula, drawn):
    return np.column_stack([copula.scale(j).to_unit(drawn[j]) for j in range(copula.dim)])


def sample(copula, n, seed):
    return to_unit(copula, copula.draw(n, np.random.default_rng(seed)))


def test_it_follows_the_protocol(copula):
    assert isinstance(copula, Copula)


def test_only_blends_and_calibrations_have_no_rosenblatt_transform(copula):
    assert isinstance(copula, Transform) is not isinstance(copula, BlendCopula | CalibratedCopula)


def test_draws_are_uniform_in_every_variable(copula):
    u = sample(copula, 4000, 1)
    for j in range(copula.dim):
        assert stats.kstest(u[:, j], "uniform").pvalue > P


def test_a_summary_tells_the_kind_and_finite_numbers(copula):
    told = copula.summary()
    name = f"{told.kind.capitalize()}Copula"
    assert type(copula).__name__ == name
    if told.kind != "calibrated":
        assert isinstance(named(told.kind).make(), CopulaKnobs)
    assert np.isfinite(list(told.numbers.values())).all()


def test_the_rosenblatt_transform_inverts_its_inverse(transform):
    w = np.random.default_rng(0).uniform(0.001, 0.999, (500, transform.dim))
    u = transform.inverse_rosenblatt(w)
    np.testing.assert_allclose(transform.rosenblatt(u), w, atol=1e-8)
    # vines cut probabilities at 1e-10, which costs digits of points that they hardly ever draw
    np.testing.assert_allclose(transform.inverse_rosenblatt(transform.rosenblatt(w)), w, atol=1e-6)


def test_draws_are_uniform_and_independent_after_rosenblatt(transform):
    n = 4000
    u = sample(transform, n, 1)
    w = transform.rosenblatt(u)
    for j in range(transform.dim):
        assert stats.kstest(w[:, j], "uniform").pvalue > P
    off = np.corrcoef(np.abs(w.T - 0.5)) if transform.dim > 1 else np.eye(1)
    for r in (off, np.corrcoef(w.T) if transform.dim > 1 else np.eye(1)):
        assert np.abs(r - np.eye(transform.dim)).max() < 4.5 / np.sqrt(n)


def test_draws_and_inverse_rosenblatt_have_the_same_law(transform):
    n = 4000
    u = sample(transform, n, 2)
    v = transform.inverse_rosenblatt(np.random.default_rng(3).random((n, transform.dim)))
    for a in range(transform.dim):
        for b in range(a):
            assert stats.ks_2samp(u[:, a] + u[:, b], v[:, a] + v[:, b]).pvalue > P
            assert stats.ks_2samp(u[:, a] - u[:, b], v[:, a] - v[:, b]).pvalue > P


def test_the_density_integrates_to_one(copula):
    """Importance-free check: the mean of 1 / c over draws inside a box is the box's volume."""
    n = 20_000
    u = sample(copula, n, 4)
    inside = ((u > 0.1) & (u < 0.9)).all(axis=1)
    ratio = np.where(inside, np.exp(-copula.logpdf(u)), 0.0)
    volume = 0.8**copula.dim
    assert abs(ratio.mean() - volume) < 4 * ratio.std() / np.sqrt(n) + 1e-12


def test_the_first_rows_do_not_depend_on_how_many_follow(copula):
    few = copula.draw(7, np.random.default_rng(5))
    many = copula.draw(20_000, np.random.default_rng(5))
    assert few.shape == (copula.dim, 7)
    assert np.array_equal(few, many[:, :7])
    assert np.array_equal(copula.draw(9000, np.random.default_rng(5)), many[:, :9000])


def test_another_seed_gives_other_rows_and_a_generator_moves_on(copula):
    rng = np.random.default_rng(6)
    one, two = copula.draw(5, rng), copula.draw(5, rng)
    assert not np.array_equal(one, two)
    assert not np.array_equal(one, copula.draw(5, np.random.default_rng(7)))
    assert copula.draw(0, rng).shape == (copula.dim, 0)


def test_scales_are_increasing_bijections(copula):
    u = np.linspace(0.001, 0.999, 333)
    for j in range(copula.dim):
        scale = copula.scale(j)
        s = scale.from_unit(u)
        assert (np.diff(s) > 0).all()
        assert s.min() > scale.lo
        assert s.max() < scale.hi
        np.testing.assert_allclose(scale.to_unit(s), u, atol=1e-12)


def test_a_model_file_gives_bit_identical_draws(copula):
    again = model_file.from_data(json.loads(json.dumps(model_file.to_data(copula))), STORED)
    assert type(again) is type(copula)
    one = copula.draw(50, np.random.default_rng(8))
    assert np.array_equal(one, again.draw(50, np.random.default_rng(8)))


def test_it_cannot_be_changed(copula):
    field = dataclasses.fields(copula)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(copula, field, None)
    for f in dataclasses.fields(copula):
        value = getattr(copula, f.name)
        if isinstance(value, np.ndarray):
            assert not value.flags.writeable
