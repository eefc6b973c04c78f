"""The rule of "auto": what it names for which shape, and what stands in where that does not fit."""

import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.copulas import Calibrated, Gaussian, Independence, Tree
from copulasynth.copulas.tree import sizes
from copulasynth.copulas.tree.sizes import leaf_sizes
from copulasynth.errors import DataError, FitWarning
from copulasynth.fitting import rule
from copulasynth.fitting.rule import choose
from copulasynth.model import fit_joint
from copulasynth.model.refit import knobs_of


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    x = rng.standard_normal(600)
    y, g = x + rng.standard_normal(600), rng.choice(["a", "b"], 600)
    return pd.DataFrame({"x": x, "y": y, "g": g})


@pytest.mark.parametrize(
    ("rows", "variables", "prefer", "name", "why"),
    [
        (5000, 20, "fidelity", "tree + calibration", "5,000 rows of 20 variables are enough"),
        (5000, 20, "privacy", "tree + calibration", "2 times as large for prefer='privacy'"),
        (5000, 20, "speed", "gaussian", "prefer='speed'"),
        (199, 20, "fidelity", "gaussian", "199 rows are too few"),
        (5000, 151, "fidelity", "gaussian", "151 variables are too wide"),
        (5000, 1, "fidelity", "independence", "1 variable and no dependence"),
        (5000, 0, "privacy", "independence", "0 variables and no dependence"),
    ],
)
def test_the_shape_of_a_table_names_one_copula_and_says_why(rows, variables, prefer, name, why):
    found = choose(rows, variables, prefer)
    assert found.name == name
    assert why in found.why


def test_wide_tables_get_trees_that_look_at_fewer_others():
    assert choose(2000, 60).knobs.base.parents == Tree().parents
    assert choose(2000, 61).knobs.base.parents == rule.PARENTS


def test_leaves_grow_with_rows_and_with_variables_and_pieces_stay_few():
    rows = [200, 1000, 1600, 2500, 5000, 10_000, 30_000, 100_000, 1_000_000]
    for variables in (2, 20, 150):
        found = [leaf_sizes(n, variables, 3) for n in rows]
        assert [group for _, group in found] == sorted(group for _, group in found)
        for n, (leaf, group) in zip(rows, found, strict=True):
            assert 3 * n * variables / group <= sizes.PIECES
            assert 3 * variables * min(n, sizes.BAG_ROWS) * 0.42 / leaf <= sizes.LEAVES
    assert choose(5000, 20, "privacy").knobs.base.leaf == 2 * leaf_sizes(5000, 20, 3)[0]
    assert leaf_sizes(30_000, 150, 3)[0] > leaf_sizes(30_000, 15, 3)[0]


def test_every_shape_has_knobs_that_fit_it():
    for prefer in ("fidelity", "privacy", "speed"):
        for n in (2, 5, 20, 200, 201, 10**7):
            for d in (0, 1, 2, 61, 500):
                knobs = choose(n, d, prefer).knobs
                if isinstance(knobs, Calibrated):
                    leaf = knobs.base.leaf or leaf_sizes(n, d, knobs.base.bags)[0]
                    assert n >= 2 * leaf


def test_auto_is_the_named_copula_and_says_so(table):
    said = []
    model = cs.fit(table, rng=1, progress=said.append)
    found = choose(600, 3)
    assert model.provenance.choices["copula"] == repr(found.knobs)
    (row,) = model.selection_table.to_dict("records")
    assert row == {"candidate": found.name, "chosen": True, "why": found.why}
    assert f"{found.name}: {found.why}" in said
    # what is kept can be fitted again
    assert knobs_of(model.provenance.choices["copula"]) == found.knobs


def test_auto_repeats_with_the_seed(table):
    a, b = (cs.fit(table, rng=5).sample(100, rng=1) for _ in range(2))
    pd.testing.assert_frame_equal(a, b)


def test_a_table_of_constants_and_one_of_a_single_column_have_no_dependence():
    same = cs.fit(pd.DataFrame({"a": [1] * 50, "b": ["x"] * 50}), rng=1)
    assert same.selection_table["why"].tolist() == ["0 variables and no dependence"]
    values = np.random.default_rng(1).normal(size=300)
    one = cs.fit(pd.DataFrame({"a": values}), rng=1)
    assert one.selection_table["candidate"].tolist() == ["independence"]


class Refuses:
    """Knobs that fit nothing."""

    def fit(self, cells, /, *, rng=None):
        raise ZeroDivisionError("too hard")


def test_what_cannot_be_fitted_is_replaced_said_and_kept(table, monkeypatch):
    trees = rule._trees
    monkeypatch.setattr(
        rule, "_trees", lambda *a: rule.Named("tree + calibration", Refuses(), trees(*a).why)
    )
    with pytest.warns(FitWarning, match=r"names tree \+ calibration, which .* \(too hard\)"):
        model = cs.fit(table, rng=1)
    seen = model.selection_table
    assert seen["candidate"].tolist() == ["tree + calibration", "gaussian"]
    assert seen["chosen"].tolist() == [False, True]
    assert seen["why"][0] == "cannot be fitted: too hard"
    assert model.provenance.choices["copula"] == repr(Gaussian())
    assert any("too hard" in text for text in model.provenance.warnings)


def test_the_chain_ends_in_independence(table, monkeypatch):
    for name in ("_trees", "_gaussian"):
        monkeypatch.setattr(rule, name, lambda *a, n=name: rule.Named(n, Refuses(), "because"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        model = cs.fit(table, rng=1)
    assert model.provenance.choices["copula"] == repr(Independence())
    assert len(model.sample(20, rng=1)) == 20


def test_a_variable_of_one_value_is_set_apart_and_the_named_copula_fitted():
    rng = np.random.default_rng(2)
    x = rng.normal(size=400)
    df = pd.DataFrame({"x": x, "y": x + rng.normal(size=400), "flag": False})
    schema = cs.Schema.infer(df.assign(flag=np.arange(400) < 9))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        model = cs.fit(df, schema=schema, rng=1)
    assert model.selection_table["candidate"].tolist() == ["tree + calibration"]


def test_what_is_asked_for_by_name_has_no_stand_in(table):
    with pytest.raises(DataError, match="too few for leaves"):
        cs.fit(table.head(30), copula=Tree(leaf=20), rng=1)


@pytest.mark.parametrize("made", [Calibrated(Gaussian()), Calibrated(Tree(pilot=5000))])
def test_a_listener_changes_neither_rows_nor_what_is_kept(table, made):
    said = []
    heard = cs.fit(table, copula=made, rng=3, progress=said.append)
    plain = fit_joint(table, copula=made, rng=3)
    assert heard.provenance.choices == plain.provenance.choices
    pd.testing.assert_frame_equal(heard.sample(50, rng=1), plain.sample(50, rng=1))
    stages = ["columns and rules", "marginals", "copula", "calibration", "margins"]
    assert [s.name for s in said[1:]] == stages


def test_a_fit_loads_no_engine_that_it_does_not_need():
    code = (
        "import sys; import copulasynth as cs; "
        "table = cs.datasets.simulate_telecom(300, rng=1)[['age', 'plan', 'data_mb', 'income']]; "
        "loaded = lambda *names: [n for n in names if n in sys.modules]; "
        "cs.fit(table, copula='gaussian', rng=1); "
        "print(loaded('pyvinecopulib', 'matplotlib', 'sklearn')); "
        "cs.fit(table, rng=1); print(loaded('pyvinecopulib', 'matplotlib'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "[]"]


def test_prefer_reaches_the_rule_from_the_door(table):
    assert type(cs.fit(table, prefer="speed", rng=1).copula).__name__ == "GaussianCopula"
    private = cs.fit(table, prefer="privacy", rng=1).provenance.choices["copula"]
    assert private == repr(choose(600, 3, "privacy").knobs)
