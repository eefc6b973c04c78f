import json

import numpy as np
import pytest

from copulasynth import model_file
from copulasynth.copulas import Gaussian, GaussianCopula, cells_of, fit_gaussian
from copulasynth.errors import ModelFileError
from copulasynth.synthesizers.stored import STORED


@pytest.mark.shared
def test_log_densities_equal_the_reference(shared):
    reference = json.loads(shared("reference/ref_copula_pkg.json").read_text())
    for name in ("normal2", "normal3"):
        entry = reference["copulas"][name]
        d = entry["dim"]
        r = np.eye(d)
        r[np.triu_indices(d, 1)] = entry["params"]
        r = r + r.T - np.eye(d)
        u = np.array(reference["U" if d == 2 else "U3"])
        np.testing.assert_allclose(GaussianCopula(r).logpdf(u), entry["logpdf"], atol=1e-10)


@pytest.mark.shared
def test_the_fit_agrees_with_the_reference_within_a_fifth_of_its_standard_error(shared):
    reference = json.loads(shared("reference/ref_copula_pkg.json").read_text())
    mpl = reference["fits_dax3"]["normal.mpl"]
    x = np.loadtxt(shared("reference/cop_dax5.csv"), delimiter=",", skiprows=1)[:, :3]
    cells = cells_of(x, np.zeros(3, dtype=bool))
    copula = Gaussian(shrinkage=0.0).fit(cells, rng=np.random.default_rng(0))
    estimate = copula.correlation[np.triu_indices(3, 1)]
    assert (np.abs(estimate - mpl["estimate"]) < 0.7 * np.array(mpl["se"])).all()


def test_four_gaussian_variables_come_back_within_two_hundredths():
    r = np.array([[1, 0.8, 0.1, -0.4], [0.8, 1, 0, -0.3], [0.1, 0, 1, 0.5], [-0.4, -0.3, 0.5, 1]])
    n = 20_000
    x = np.random.default_rng(1).standard_normal((n, 4)) @ np.linalg.cholesky(r).T
    cells = cells_of(x, np.zeros(4, dtype=bool))
    copula = Gaussian().fit(cells, rng=np.random.default_rng(2))
    assert np.abs(copula.correlation - r).max() < 0.02
    drawn = copula.draw(n, np.random.default_rng(3))
    assert np.abs(np.corrcoef(drawn) - r).max() < 4 * np.sqrt(2 / n) + 0.005


def test_a_strictly_increasing_transform_of_a_column_leaves_the_copula_unchanged():
    x = np.random.default_rng(4).standard_normal((400, 3)).round(1)
    y = x.copy()
    y[:, 1] = np.exp(y[:, 1])
    fits = [
        Gaussian().fit(cells_of(a, np.zeros(3, bool)), rng=np.random.default_rng(5)) for a in (x, y)
    ]
    assert np.array_equal(fits[0].correlation, fits[1].correlation)


def test_shrinkage_and_projection_are_reported():
    indefinite = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])
    copula = fit_gaussian(indefinite, 1000, shrinkage=0.0)
    assert copula.shrinkage == 0.0
    assert copula.distance == pytest.approx(np.linalg.norm(copula.correlation - indefinite))
    assert fit_gaussian(np.eye(3), 97, shrinkage="auto").shrinkage == pytest.approx(0.03)


@pytest.mark.parametrize(
    "fields",
    [{"correlation": [[1.0, 2.0], [2.0, 1.0]]}, {"correlation": [1.0]}, {"correlation": []},
     {"correlation": [[1.0]], "shrinkage": 2.0}, {"correlation": [[1.0]], "distance": -1.0},
     {"correlation": "no"}, {"correlation": [[1.0]], "_factor": [[1.0]]}, {}],
)  # fmt: skip
def test_hostile_fields_are_refused(fields):
    with pytest.raises(ModelFileError):
        model_file.from_data({"type": "gaussian_copula", **fields}, STORED)


def test_impossible_knobs_are_refused():
    with pytest.raises(ValueError, match="shrinkage"):
        Gaussian(shrinkage=1.5)
    with pytest.raises(ValueError, match="shrinkage"):
        Gaussian(shrinkage="much")
