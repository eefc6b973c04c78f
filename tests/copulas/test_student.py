import json

import numpy as np
import pytest
from scipy.stats import rankdata

from copulasynth import model_file
from copulasynth.copulas import Student, StudentCopula, cells_of, fit_student
from copulasynth.errors import FitWarning, ModelFileError
from copulasynth.synthesizers.stored import STORED

R = np.array([[1.0, 0.5, 0.2], [0.5, 1.0, -0.3], [0.2, -0.3, 1.0]])


def uniforms(copula, n, seed):
    return copula.scale(0).to_unit(copula.draw(n, np.random.default_rng(seed))).T


@pytest.mark.shared
def test_log_densities_equal_the_reference(shared):
    reference = json.loads(shared("reference/ref_copula_pkg.json").read_text())
    for name in ("t2", "t3"):
        entry = reference["copulas"][name]
        d = entry["dim"]
        r = np.eye(d)
        r[np.triu_indices(d, 1)] = entry["params"][:-1]
        copula = StudentCopula(r + r.T - np.eye(d), entry["params"][-1])
        u = np.array(reference["U" if d == 2 else "U3"])
        np.testing.assert_allclose(copula.logpdf(u), entry["logpdf"], atol=1e-10)


@pytest.mark.shared
def test_the_fit_equals_the_reference_maximum_of_the_pseudo_likelihood(shared):
    reference = json.loads(shared("reference/ref_copula_pkg.json").read_text())
    mpl = reference["fits_dax3"]["t.mpl"]
    x = np.loadtxt(shared("reference/cop_dax5.csv"), delimiter=",", skiprows=1)[:, :3]
    copula = fit_student(rankdata(x, axis=0) / (len(x) + 1))
    assert copula.loglik == pytest.approx(mpl["loglik"], abs=1e-4)
    assert copula.df == pytest.approx(mpl["estimate"][3], abs=1e-3)
    np.testing.assert_allclose(
        copula.correlation[np.triu_indices(3, 1)], mpl["estimate"][:3], atol=1e-5
    )


def test_degrees_of_freedom_come_back_within_four_standard_errors():
    fits = [fit_student(uniforms(StudentCopula(R, 5.0), 2000, seed)) for seed in range(10)]
    df = np.array([f.df for f in fits])
    se = np.array([f.se_df for f in fits])
    assert (np.abs(df - 5.0) < 4 * se).all()
    # the spread over ten data sets is chi-square(9) about the reported variance
    assert 2.1 < 9 * df.var(ddof=1) / np.mean(se**2) < 27.9


def test_gaussian_dependence_ends_at_many_degrees_of_freedom_without_a_standard_error():
    z = np.random.default_rng(0).standard_normal((3000, 3)) @ np.linalg.cholesky(R).T
    copula = Student().fit(cells_of(z, np.zeros(3, bool)), rng=np.random.default_rng(1))
    assert copula.df > 25
    if copula.df > 99.8:
        assert copula.se_df is None


def test_categories_do_not_pull_the_degrees_of_freedom_towards_a_gaussian_copula():
    r = np.full((6, 6), 0.5) + 0.5 * np.eye(6)
    u = uniforms(StudentCopula(r, 4.0), 4000, 1)
    u[:, 0], u[:, 1] = u[:, 0] > 0.6, np.digitize(u[:, 1], [0.3, 0.7])
    cells = cells_of(np.column_stack([u, np.exp(u[:, 5])]), np.zeros(7, bool))
    copula = Student().fit(cells, rng=np.random.default_rng(0))
    assert abs(copula.df - 4.0) < 4 * copula.se_df
    assert np.abs(copula.correlation[:6, :6] - r).max() < 0.07


def test_a_table_of_categories_alone_says_that_its_degrees_of_freedom_lean_upwards():
    u = uniforms(StudentCopula(R, 4.0), 500, 1)
    with pytest.warns(FitWarning, match="lean towards a Gaussian"):
        Student().fit(cells_of(np.round(2 * u), np.zeros(3, bool)), rng=np.random.default_rng(0))


def test_given_degrees_of_freedom_are_kept():
    u = uniforms(StudentCopula(R, 5.0), 2000, 3)
    copula = Student(df=7.0, shrinkage=0.0).fit(
        cells_of(u, np.zeros(3, bool)), rng=np.random.default_rng(1)
    )
    assert copula.df == 7.0
    assert np.abs(copula.correlation - R).max() < 4 * np.sqrt(1.5 / 2000)


def test_joint_tails_have_the_tail_dependence_of_the_formula():
    copula = StudentCopula(np.array([[1.0, 0.6], [0.6, 1.0]]), 3.0)
    n, q = 2_000_000, 0.9995
    u = uniforms(copula, n, 4)
    chi = np.mean((u > q).all(axis=1)) / (1 - q)
    # chi(q) approaches its limit from above at a rate that is below .02 here
    assert 0 <= chi - copula.tail_dependence[0, 1] + 4 * np.sqrt(chi / (n * (1 - q))) < 0.2
    assert abs(chi - copula.tail_dependence[0, 1]) < 0.02 + 4 * np.sqrt(chi / (n * (1 - q)))


@pytest.mark.parametrize(
    "fields",
    [{"df": 0.5}, {"df": "inf"}, {"df": 4.0, "se_df": -1.0}, {"df": 1e9}, {},
     {"df": 4.0, "correlation": [[1.0, 1.5], [1.5, 1.0]]}],
)  # fmt: skip
def test_hostile_fields_are_refused(fields):
    with pytest.raises(ModelFileError):
        model_file.from_data({"type": "student_copula", "correlation": [[1.0]], **fields}, STORED)


def test_impossible_knobs_are_refused():
    with pytest.raises(ValueError, match="df"):
        Student(df="many")
    with pytest.raises(ValueError, match="shrinkage"):
        Student(shrinkage="much")
