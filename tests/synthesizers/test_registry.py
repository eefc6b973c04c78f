"""The table of methods: true of every class that it names, and read by every door."""

import warnings

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import copulasynth as cs
from copulasynth.cli.main import app
from copulasynth.errors import DataError, FitWarning
from copulasynth.synthesizers.registry import (
    DEFAULTS,
    METHODS,
    is_foreign,
    named,
    refuse,
    resolve,
    row_of,
    table,
)

NAMES = [m.name for m in METHODS]
OTHER = {
    "marginals": "spline",
    "schema": cs.Schema(columns=()),
    "prefer": "speed",
    "rules": (cs.rules.Range("x", -100, 100),),
    "proper": True,
    "draws": 3,
}


@pytest.fixture(scope="module")
def small() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    x = rng.normal(size=80)
    return pd.DataFrame({"x": x, "y": x + rng.normal(size=80), "g": rng.choice(["a", "b"], 80)})


def test_names_are_unique_and_each_stands_for_an_object_that_is_known_by_it():
    assert len(set(NAMES)) == len(NAMES)
    assert [m.name for m in METHODS if m.chooses] == ["auto", "search"]
    for name in NAMES[2:]:
        row, made = resolve(name)
        assert row is named(name)
        assert type(made) is row.cls
        found = row_of(made)
        assert (found.name, found.takes, found.kind) == (name, row.takes, row.kind)


OURS = [m for m in METHODS if "copulas-" not in m.name]


@pytest.mark.parametrize("method", OURS, ids=lambda m: m.name)
def test_every_method_fits_by_name_and_holds_rows_as_its_row_says(small, method):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        model = cs.fit(small, copula=method.name, rng=1)
    assert model.sample(30, rng=1).shape == (30, 3)
    assert getattr(model, "holds_training_rows", False) is method.holds_rows


@pytest.mark.parametrize("method", METHODS, ids=NAMES)
@pytest.mark.parametrize("setting", DEFAULTS)
def test_a_setting_that_a_method_does_not_take_is_refused_with_those_that_it_takes(method, setting):
    if setting in method.takes:
        refuse(method, {setting: OTHER[setting]})
        return
    with pytest.raises(DataError, match=f"takes no {setting}") as caught:
        cs.fit(pd.DataFrame(), copula=method.name, **{setting: OTHER[setting]})
    assert all(name in str(caught.value) for name in (*method.takes, *method.knobs))


def test_settings_reach_the_methods_that_take_them(small):
    schema = cs.Schema.infer(small, kinds={"g": "drop"})
    for name in ("kernel", "independent", "gaussian"):
        model = cs.fit(small, copula=name, marginals="empirical", schema=schema, rng=1)
        assert "empirical" in str(model.provenance.choices)
        assert model.schema.kinds["g"] == "drop"


def test_knobs_of_a_synthesizer_are_taken_as_they_are(small):
    model = cs.fit(small, copula=cs.Smote(k=3), rng=1)
    again = cs.Smote(k=3).fit(small, rng=1)
    pd.testing.assert_frame_equal(model.sample(20, rng=2), again.sample(20, rng=2))


class Shuffle:
    """A generator that knows nothing of this package."""

    def fit(self, df):
        self.df = df

    def sample(self, n, random_state):
        return self.df.sample(n, replace=True, random_state=random_state)


def test_any_object_with_fit_and_sample_is_taken(small):
    model = cs.fit(small, copula=Shuffle(), schema=cs.Schema.infer(small), rng=1)
    assert model.sample(20, rng=1).shape == (20, 3)
    assert is_foreign(Shuffle())
    assert not is_foreign(cs.Smote())
    assert is_foreign(cs.CopulasGaussian())


def test_an_unknown_name_is_refused_with_the_one_that_was_meant(small):
    with pytest.raises(DataError, match="no method is called 'gausian'; did you mean 'gaussian'"):
        cs.fit(small, copula="gausian")
    with pytest.raises(DataError, match="needs fit"):
        cs.fit(small, copula=42)
    with pytest.raises(DataError, match="did you mean 'smote'"):
        cs.compare(small, ["smot"])


def test_help_and_the_command_list_every_method():
    shown = CliRunner(env={"COLUMNS": "250"}).invoke(app, ["methods"]).output
    helped = CliRunner(env={"COLUMNS": "600"}).invoke(app, ["fit", "--help"]).output
    for row in table():
        assert row["method"] in shown
        assert row["method"] in helped
