"""Pair copulas against VineCopula for R, and what they refuse."""

import json
import re

import numpy as np
import pytest

from copulasynth.copulas.vine.pairs import FAMILIES, PairCopula, pair_of

BASE = {
    0: "indep",
    1: "gaussian",
    2: "student",
    3: "clayton",
    4: "gumbel",
    5: "frank",
    6: "joe",
    7: "bb1",
    8: "bb6",
    9: "bb7",
    10: "bb8",
}
ROTATION = {0: 0, 1: 180, 2: 90, 3: 270}


def pair_from_r(entry):
    """Return the pair copula of a VineCopula family number and its parameters."""
    number, par, par2 = entry["family"], entry["par"], entry["par2"]
    if number >= 100:  # Tawn: type 1 varies the first asymmetry parameter, type 2 the second
        kind, rotation = number // 100, ROTATION[number % 100 // 10]
        psi = [par2, 1.0] if kind == 1 else [1.0, par2]
        return PairCopula("tawn", rotation, np.array([*psi, abs(par)]))
    # 1..10 are unrotated, 11..20 turned by 180 degrees, 21..30 by 90, 31..40 by 270
    rotation = ROTATION[max(0, number - 1) // 10]
    family = BASE[(number - 1) % 10 + 1 if number else 0]
    values = {
        "indep": [],
        "gaussian": [par],
        "student": [par, par2],
        "frank": [par],
    }.get(family, [abs(par), abs(par2)] if family.startswith("bb") else [abs(par)])
    return PairCopula(family, rotation, np.array(values, dtype=float))


@pytest.fixture(scope="module")
def reference(shared):
    return json.loads(shared("reference/ref_vinecopula_bicop.json").read_text())


@pytest.mark.shared
def test_densities_and_h_functions_agree_with_vinecopula(reference):
    u1, u2 = np.array(reference["u1"]), np.array(reference["u2"])
    assert len(reference["families"]) >= 50
    for entry in reference["families"]:
        pair = pair_from_r(entry)
        # Frank at theta = 20 loses digits to cancellation in either program
        steep = entry["name"] == "Frank" and entry["par"] == 20
        close = {"rtol": 1e-7 if steep else 1e-9, "atol": 1e-7 if steep else 1e-10}
        where = f"{entry['name']} {entry['par']} {entry['par2']}"
        np.testing.assert_allclose(pair.pdf(u1, u2), entry["pdf"], err_msg=where, **close)
        np.testing.assert_allclose(pair.h1(u1, u2), entry["hfunc1"], err_msg=where, **close)
        np.testing.assert_allclose(pair.h2(u1, u2), entry["hfunc2"], err_msg=where, **close)


@pytest.mark.shared
def test_distribution_functions_and_inverses_agree_with_vinecopula(reference):
    u1, u2 = np.array(reference["u1"]), np.array(reference["u2"])
    for entry in reference["families"]:
        pair = pair_from_r(entry)
        where = f"{entry['name']} {entry['par']} {entry['par2']}"
        # VineCopula rounds the degrees of freedom in its distribution function of the t copula
        if pair.family == "student" and entry["par2"] % 1:
            rounded = [pair.parameters[0], float(round(entry["par2"]))]
            cdf = PairCopula("student", 0, np.array(rounded)).cdf(u1, u2)
        else:
            cdf = pair.cdf(u1, u2)
        np.testing.assert_allclose(cdf, entry["cdf"], err_msg=where, atol=1e-7)
        for value, name in ((pair.inverse_h2(u1, u2), "hinv2"),):
            np.testing.assert_allclose(value, entry[name], err_msg=where, atol=2e-6)


@pytest.mark.shared
def test_tau_and_tail_dependence_agree_with_vinecopula(reference):
    for entry in reference["families"]:
        pair = pair_from_r(entry)
        where = f"{entry['name']} {entry['par']} {entry['par2']}"
        # Frank's tau in VineCopula is off by 8e-4
        atol = 1e-3 if entry["name"] == "Frank" else 2e-4
        assert pair.tau == pytest.approx(entry["tau"], abs=atol), where
        corners = pair.tail_dependence
        np.testing.assert_allclose(
            [corners[0, 0], corners[1, 1]], entry["taildep"], atol=1e-9, err_msg=where
        )


@pytest.mark.shared
def test_frank_tau_agrees_with_the_copula_package(shared):
    reference = json.loads(shared("reference/ref_copula_pkg.json").read_text())["copulas"]
    for name in ("normal2", "t2", "clayton2", "gumbel2", "frank2", "joe2"):
        entry = reference[name]
        family = {"normal2": "gaussian", "t2": "student"}.get(name, name[:-1])
        pair = PairCopula(family, 0, np.atleast_1d(np.array(entry["params"], dtype=float)))
        assert pair.tau == pytest.approx(entry["tau"], abs=2e-6)


@pytest.mark.parametrize(
    ("family", "rotation", "parameters", "words"),
    [
        ("plackett", 0, [2.0], "is none of"),
        ("gaussian", 0, [1.5], "upper bound"),
        ("gaussian", 0, [0.2, 0.3], "wrong"),
        ("clayton", 45, [1.0], "rotation"),
        ("frank", 90, [1.0], "rotation"),
        ("student", 0, [0.5, np.inf], "finite"),
        ("gaussian", 0, [[0.5]], "vector"),
        ("tll", 0, np.ones((4, 5)), "square"),
        ("tll", 0, np.ones((1000, 1000)), "square"),
        ("tll", 0, np.zeros((30, 30)), "positive somewhere"),
        ("tll", 0, -np.ones((30, 30)), "not negative"),
    ],
)
def test_impossible_pair_copulas_are_refused(family, rotation, parameters, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        PairCopula(family, rotation, np.array(parameters, dtype=float))


def test_standard_errors_must_fit_the_parameters():
    with pytest.raises(ValueError, match="cannot have the standard errors"):
        PairCopula("gaussian", 0, np.array([0.5]), errors=(0.1, 0.2))


def test_a_pair_copula_survives_the_engine_unchanged():
    for family in FAMILIES:
        if family == "tll":
            continue
        parameters = {
            "indep": [],
            "gaussian": [0.3],
            "student": [0.3, 5.0],
            "tawn": [0.5, 0.7, 2.0],
        }.get(family, [1.5, 0.8] if family == "bb8" else [2.0, 1.5][: 1 + family.startswith("bb")])
        pair = PairCopula(family, 0, np.array(parameters))
        again = pair_of(pair.bicop)
        assert again.family == family
        np.testing.assert_array_equal(again.parameters, pair.parameters)
