"""A blend draws each row from one of its parts."""

import json

import numpy as np
import pytest

from copulasynth import model_file
from copulasynth.copulas import Blend, BlendCopula, Calibrated, Gaussian, Student, cells_of
from copulasynth.copulas.api import Transform
from copulasynth.copulas.elliptical.gaussian import GaussianCopula
from copulasynth.copulas.independence import IndependenceCopula
from copulasynth.errors import DataError, ModelFileError
from copulasynth.model.dependence import copula_summary
from copulasynth.model.diagnosis import knobs_of
from copulasynth.synthesizers.stored import STORED


def gaussian(r):
    return GaussianCopula(np.array([[1.0, r], [r, 1.0]]))


@pytest.fixture
def copula():
    return BlendCopula((gaussian(0.9), IndependenceCopula(2)), np.array([0.7, 0.3]))


def test_draws_come_from_the_parts_in_their_shares(copula):
    n = 100_000
    u = copula.draw(n, np.random.default_rng(1))
    # P(U < 1/2, V < 1/2) of a Gaussian copula is 1/4 + asin(r) / (2 pi) (Sheppard 1899)
    law = 0.7 * (0.25 + np.arcsin(0.9) / (2 * np.pi)) + 0.3 * 0.25
    assert abs((u < 0.5).all(axis=0).mean() - law) < 4 * np.sqrt(law * (1 - law) / n)
    assert np.abs(np.sort(u, axis=1) - (np.arange(n) + 0.5) / n).max() < 2.6 / np.sqrt(n)


def test_the_density_is_the_weighted_mean_of_the_parts(copula):
    u = np.random.default_rng(2).random((50, 2))
    mean = 0.7 * np.exp(gaussian(0.9).logpdf(u)) + 0.3
    assert np.exp(copula.logpdf(u)) == pytest.approx(mean)


def test_the_first_rows_of_a_long_draw_are_the_short_draw(copula):
    long = copula.draw(20_000, np.random.default_rng(1))
    assert np.array_equal(long[:, :70], copula.draw(70, np.random.default_rng(1)))


def test_every_part_is_fitted_and_weights_are_normalised():
    x = np.random.default_rng(3).multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 500)
    made = Blend((Gaussian(), Student()), (2.0, 6.0)).fit(cells_of(x, np.zeros(2, bool)), rng=1)
    assert made.weights == pytest.approx([0.25, 0.75])
    assert [type(p).__name__ for p in made.parts] == ["GaussianCopula", "StudentCopula"]
    again = knobs_of(made)
    assert isinstance(again, Blend)
    assert again.parts == (Gaussian(), Student())


def test_a_blend_can_be_calibrated():
    x = np.random.default_rng(3).multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 1000)
    cells = cells_of(x, np.zeros(2, bool))
    made = Calibrated(Blend((Gaussian(), Gaussian()))).fit(cells, rng=1)
    assert made.dim == 2
    assert np.corrcoef(made.draw(20_000, np.random.default_rng(1)))[0, 1] > 0.5


def test_a_model_file_gives_bit_identical_draws(copula):
    again = model_file.from_data(json.loads(json.dumps(model_file.to_data(copula))), STORED)
    rng = np.random.default_rng
    assert np.array_equal(again.draw(500, rng(1)), copula.draw(500, rng(1)))


@pytest.mark.parametrize("weights", [[0.7, 0.7], [1.0], [1.2, -0.2]])
def test_a_file_with_wrong_weights_is_refused(copula, weights):
    data = {**json.loads(json.dumps(model_file.to_data(copula))), "weights": weights}
    with pytest.raises(ModelFileError, match="weights"):
        model_file.from_data(data, STORED)


def test_parts_of_different_sizes_are_refused():
    with pytest.raises(ValueError, match="same number"):
        BlendCopula((IndependenceCopula(2), IndependenceCopula(3)), np.array([0.5, 0.5]))


def test_choices_out_of_range_are_refused():
    with pytest.raises(DataError, match="knobs"):
        Blend(())
    with pytest.raises(ValueError, match="2 positive numbers"):
        Blend((Gaussian(), Student()), (1.0,))


def test_there_is_no_rosenblatt_transform(copula):
    assert not isinstance(copula, Transform)


def test_a_summary_tells_parts_and_no_components(copula):
    told = copula_summary(copula)
    assert told == {"copula": "blend", "variables": 2, "parts": "gaussian, independence"}
