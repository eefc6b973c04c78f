"""Model files are read as untrusted input: any bytes give a model or a ModelFileError."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import copulasynth as cs
from copulasynth import model_file
from copulasynth.errors import CopulasynthError, ModelFileError, OutputError


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.json"
    cs.fit(cs.datasets.simulate_telecom(200, rng=1), copula="gaussian", rng=1).save(path)
    return path


def test_a_file_says_what_it_is_and_is_plain_json(saved):
    document = json.loads(saved.read_text(), parse_constant=pytest.fail)
    assert document["format"] == "copulasynth-model"
    assert document["version"] == model_file.VERSION
    assert document["training_rows"] is False


def test_saving_twice_gives_the_same_bytes(saved, tmp_path):
    cs.load(saved).save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == saved.read_bytes()


def test_infinities_survive_and_a_level_called_infinity_stays_text():
    value = np.array([-np.inf, 1.0, np.inf])
    packed = json.loads(
        json.dumps(model_file.to_data((value, "$float", "inf"))), object_hook=model_file._unpack
    )
    assert packed == [[-np.inf, 1.0, np.inf], "$float", "inf"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[1, 2]", "not a copulasynth model"),
        ('{"format": "copulasynth-model", "version": 99}', "version 99"),
        ('{"format": "copulasynth-model", "version": 2}', "damaged"),
        (
            '{"format": "copulasynth-model", "version": 2, "model": {"type": "os"}}',
            "unknown type 'os'",
        ),
        ('{"format": "copulasynth-model", "version": 2, "model": {"type": "model"}}', "model"),
        ('{"a": ' * 100_000, "not JSON"),
        ('{"format": "copulasynth-model", "version": 2, "model": {"$float": []}}', "not JSON"),
    ],
)
def test_a_file_that_holds_no_model_is_refused_with_the_reason(tmp_path, text, message):
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(ModelFileError, match=message):
        cs.load(path)


def test_a_truncated_file_is_refused(saved, tmp_path):
    raw = saved.read_bytes()
    for cut in (10, len(raw) // 2, len(raw) - 1):
        (tmp_path / "cut.json").write_bytes(raw[:cut])
        with pytest.raises(ModelFileError):
            cs.load(tmp_path / "cut.json")


def test_a_file_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(ModelFileError, match=r"nowhere\.json"):
        cs.load(tmp_path / "nowhere.json")


def test_a_folder_that_does_not_exist_cannot_be_written_to(saved, tmp_path):
    with pytest.raises(OutputError, match="cannot write"):
        cs.load(saved).save(tmp_path / "no" / "model.json")


def leaves(data, path=()):
    """Return the paths of all numbers, strings and lists of a document, provenance aside."""
    if isinstance(data, dict):
        return [p for k, v in data.items() for p in leaves(v, (*path, k))]
    if isinstance(data, list) and data:
        return [path, *(p for i, v in enumerate(data) for p in leaves(v, (*path, i)))]
    return [path]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_tampered_file_gives_a_model_or_a_clear_error(saved, tmp_path_factory, data):
    document = json.loads(saved.read_text())
    model, law = document["model"], document["model"]["sampler"]
    part = data.draw(st.sampled_from(["schema", "marginals", "copula", "derivations", "steps"]))
    place = (part,) if part == "schema" else ("sampler", part)
    path = data.draw(st.sampled_from(leaves({**model, **law}[part], place)))
    place = document["model"]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = data.draw(
        st.sampled_from(
            [None, -1, 0, 1e308, 1e-300, {"$float": "nan"}, "x", [], [[]], {}, True, 10**9, 10**30]
        )
    )
    target = tmp_path_factory.mktemp("t") / "t.json"
    target.write_text(json.dumps(document))
    try:
        model = cs.load(target)
    except ModelFileError:
        return
    try:
        assert len(model.sample(5, rng=1)) == 5
    except CopulasynthError:
        return
