"""A model file of a copula holds values of the right classes, or is refused."""

import copy
import json

import numpy as np
import pytest

from copulasynth import model_file
from copulasynth.copulas import CalibratedCopula, GaussianCopula, IndependenceCopula, TreeCopula
from copulasynth.copulas.calibration.bins import Bins
from copulasynth.errors import ModelFileError
from copulasynth.marginals import Discrete
from copulasynth.synthesizers.stored import STORED


def stored(value):
    return json.loads(json.dumps(model_file.to_data(value)))


OTHERS = {
    "marginal": stored(Discrete(np.arange(2.0), np.array([0.25, 0.75]))),
    "bins": stored(Bins((np.array([0.5]),), np.array([-1]), np.array([0.0]), np.array([1.0]))),
    "copula": stored(IndependenceCopula(3)),
}


def nested(data, path=()):
    """Yield the paths of all objects inside an object."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        if isinstance(value, dict):
            yield (*path, key)
        if isinstance(value, dict | list):
            yield from nested(value, (*path, key))


def test_a_nested_value_of_another_class_is_refused(copula):
    data = stored(copula)
    for path in nested(data):
        for name, other in OTHERS.items():
            spoilt = copy.deepcopy(data)
            place = spoilt
            for key in path[:-1]:
                place = place[key]
            if _kind(place[path[-1]]) == name:
                continue
            place[path[-1]] = other
            with pytest.raises(ModelFileError):
                model_file.from_data(spoilt, STORED)


def _kind(data):
    tag = data.get("type", "")
    return "copula" if tag.endswith("_copula") else tag


def test_the_error_says_what_was_expected_and_what_came():
    base = GaussianCopula(np.eye(2))
    blend = {"type": "blend_copula", "parts": [stored(base), OTHERS["marginal"]]}
    with pytest.raises(ModelFileError, match="expected a Copula, got a Discrete"):
        model_file.from_data({**blend, "weights": [0.5, 0.5]}, STORED)
    for kind, name in ((TreeCopula, "forest"), (CalibratedCopula, "bins")):
        tag = model_file.tag_of(kind.__name__)
        with pytest.raises(ModelFileError, match=r"unknown fields|missing required"):
            model_file.from_data({"type": tag, name: OTHERS["marginal"]}, STORED)
