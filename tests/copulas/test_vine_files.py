"""Vines in model files: bit-identical draws, and hostile text refused."""

import copy
import json
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from copulasynth import model_file
from copulasynth.copulas import Vine, VineCopula
from copulasynth.copulas.vine.fit import fit_vine
from copulasynth.copulas.vine.structure import Structure, structure_of_matrix
from copulasynth.errors import ModelFileError
from copulasynth.synthesizers.stored import STORED


@pytest.fixture(scope="module")
def u():
    rng = np.random.default_rng(1)
    x = rng.multivariate_normal(np.zeros(4), 0.4 * np.eye(4) + 0.6, 300)
    return (x.argsort(axis=0).argsort(axis=0) + 1) / 301


@pytest.fixture(scope="module")
def mixed(u):
    return fit_vine(u, Vine(families=("tll", "clayton", "student"), nonparametric_grid_size=12))


def text_of(vine):
    return json.dumps(model_file.to_data(vine), allow_nan=False)


@pytest.mark.parametrize("families", ["tll", "classical", ("indep",)])
def test_a_vine_from_a_file_draws_the_same_bytes(u, families):
    vine = fit_vine(u, Vine(families=families))
    again = model_file.from_data(json.loads(text_of(vine)), STORED)
    assert isinstance(again, VineCopula)
    a, b = (v.draw(1000, np.random.default_rng(2)) for v in (vine, again))
    np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(vine.logpdf(u), again.logpdf(u))
    assert again.summary().edges == vine.summary().edges or families == "tll"
    assert text_of(again) == text_of(vine)
    assert (again.aic, again.bic, again.mbicv()) == (vine.aic, vine.bic, vine.mbicv())


def test_another_process_draws_the_same_bytes(mixed, tmp_path):
    path = tmp_path / "vine.json"
    path.write_text(text_of(mixed))
    code = (
        "import json, sys, numpy as np; from copulasynth import model_file;"
        "from copulasynth.synthesizers.stored import STORED;"
        "v = model_file.from_data(json.load(open(sys.argv[1])), STORED);"
        "sys.stdout.write(v.draw(500, np.random.default_rng(3)).tobytes().hex())"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert out.stdout == mixed.draw(500, np.random.default_rng(3)).tobytes().hex()


def test_workers_get_a_small_copy_that_draws_the_same(mixed):
    expected = mixed.draw(100, np.random.default_rng(5))
    parcel = pickle.dumps(mixed)
    assert len(parcel) < 20_000  # six pairs, not their tables
    np.testing.assert_array_equal(
        pickle.loads(parcel).draw(100, np.random.default_rng(5)), expected
    )


def test_threads_share_the_tables_of_a_vine(u):
    vine = fit_vine(u, Vine(families=("student",)))
    with ThreadPoolExecutor(4) as pool:
        samplers = list(pool.map(lambda _: vine.sampler, range(8)))
    assert all(s is samplers[0] for s in samplers)


def spoil(data, path, value):
    """Return a copy of nested `data` with the entry at `path` replaced."""
    data = copy.deepcopy(data)
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("order",), [1, 1, 2, 3]),
        (("order",), [1, 2, 3]),
        (("order",), []),
        (("order",), list(range(1, 5000))),
        (("order", 0), 10**30),
        (("order", 0), -1),
        (("order", 0), 1.5),
        (("order",), "1234"),
        (("array",), []),
        (("array", 0, 0), 99),
        (("array", 0), [1, 2]),
        (("array", 1, 0), 0),
        (("array",), [[1]] * 50),
        (("array",), [[1] * (3 - t) for t in range(4)]),
        (("pairs",), []),
        (("pairs", 0), []),
        (("pairs", 0, 0), None),
        (("pairs", 0, 0, "family"), "__import__"),
        (("pairs", 0, 0, "rotation"), 17),
        (("pairs", 0, 0, "rotation"), 10**20),
        (("pairs", 0, 0, "parameters"), [[1, 2], [3]]),
        (("pairs", 0, 0, "parameters"), "abc"),
        (("pairs", 0, 0, "parameters"), [1e308] * 7),
        (("pairs", 0, 0, "parameters"), [[[1.0]]]),
        (("pairs", 0, 0, "npars"), "many"),
        (("pairs", 0, 0, "loglik"), {"$float": "nan"}),
        (("pairs", 0, 0, "errors"), [1, 2, 3, 4]),
        (("n_obs",), -5),
        (("loglik",), {"$float": "inf"}),
        (("_engine",), 1),
    ],
)
def test_damaged_files_are_refused(mixed, path, value):
    data = json.loads(text_of(mixed))
    with pytest.raises(ModelFileError):
        model_file.from_data(spoil(data, path, value), STORED)


def test_random_damage_never_passes_for_another_vine_and_never_crashes(mixed):
    data = json.loads(text_of(mixed))
    rng = np.random.default_rng(4)
    for _ in range(200):
        bad = copy.deepcopy(data)
        t = int(rng.integers(3))
        j = int(rng.integers(3 - t))
        if rng.random() < 0.5:
            bad["array"][t][j] = int(rng.integers(0, 6))
        else:
            rng.shuffle(bad["order"])
        try:
            vine = model_file.from_data(bad, STORED)
        except ModelFileError:
            continue
        assert np.isfinite(vine.inverse_rosenblatt(np.full((2, 4), 0.3))).all()


@pytest.mark.parametrize(
    "matrix",
    [
        [[1, 2], [3, 4]],
        [[1.0, 0.0], [0.0, 1.0]],
        [[2, 2, 3]],
        [[-1, 0], [0, 0]],
        [[3, 3, 3], [3, 2, 0], [1, 0, 0]],
        [],
    ],
)
def test_matrices_that_are_no_vine_are_refused(matrix):
    with pytest.raises(ValueError, match=r"vine|matrix|order"):
        structure_of_matrix(matrix)


def test_a_structure_that_breaks_the_proximity_condition_is_refused():
    # 1-3|4 would need 1-4 or 3-4 and the other in tree 1; only 1-2, 2-3, 3-4 are there
    with pytest.raises(ValueError, match="regular vine"):
        Structure((1, 2, 3, 4), ((2, 3, 4), (4, 4), (3,)))


def test_structures_that_would_take_minutes_to_check_are_refused():
    d = 1000
    array = tuple(tuple(range(t + 2, d + 1)) for t in range(d - 1))
    with pytest.raises(ValueError, match="too large"):
        Structure(tuple(range(1, d + 1)), array)
