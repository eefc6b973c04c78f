"""The published JSON Schema of model files is up to date, and model files obey it."""

import importlib.util
import json
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth import model_file

DOCS = Path(__file__).parents[1] / "docs"
SCHEMA = json.loads((DOCS / "model.schema.json").read_text(encoding="utf-8"))
#: Made once: jsonschema.validate also checks the schema itself, every time.
VALID = jsonschema.Draft202012Validator(SCHEMA)


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    model = cs.fit(
        cs.datasets.simulate_telecom(300, rng=1), copula=cs.Gaussian(sweeps=6, burn=2), rng=1
    )
    return _saved(model, tmp_path_factory.mktemp("model"))


def _saved(model, folder):
    model.save(folder / "model.json")
    return json.loads((folder / "model.json").read_text(encoding="utf-8"))


def _small():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 3))
    x[:, 1:] += x[:, :1]
    return pd.DataFrame(x, columns=list("abc")).assign(t=rng.choice(["u", "v"], 200))


def test_the_file_in_the_documents_is_the_one_that_the_script_writes():
    spec = importlib.util.spec_from_file_location("model_schema", DOCS / "model_schema.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    written = (DOCS / "model.schema.json").read_text(encoding="utf-8")
    assert written == module.text(), "run python docs/model_schema.py"


def test_a_saved_model_obeys_the_schema_infinities_included(document):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    marginals = document["model"]["sampler"]["marginals"]
    rounded = next(m for m in marginals if m["type"] == "rounded")
    rounded["base"]["upper"] = model_file.to_data(np.inf)
    assert '{"$float": "inf"}' in json.dumps(document)
    VALID.validate(document)


@pytest.mark.parametrize("copula", ["independence", "student", "vine", "tree", "mixture"])
def test_every_copula_obeys_the_schema(copula, tmp_path):
    model = cs.fit(_small(), copula=copula, marginals="spline", rng=1)
    VALID.validate(_saved(model, tmp_path))


@pytest.mark.parametrize("name", ["Smote", "SequentialCart", "KernelCopula", "Bootstrap"])
def test_synthesizers_obey_the_schema(name, tmp_path):
    VALID.validate(_saved(getattr(cs, name)().fit(_small(), rng=1), tmp_path))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), 1),
        (("model", "type"), "os"),
        (("model", "sampler", "copula"), None),
        (("model", "sampler", "marginals", 0), {"type": "pickle"}),
        (("model", "schema", "columns", 0, "offset"), "x"),
        (("model", "extra"), 1),
    ],
)
def test_what_is_no_model_breaks_the_schema(document, path, value):
    damaged = json.loads(json.dumps(document))
    place = damaged
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert not VALID.is_valid(damaged)
