"""Evaluation as a whole: same seed same numbers, honest notes, JSON that reads back."""

import io
import json
from dataclasses import FrozenInstanceError

import numpy as np
import pandas as pd
import polars as pl
import pytest
from rich.console import Console

import copulasynth.metrics.run as run_module
from copulasynth.errors import DataError, OutputError
from copulasynth.evaluation import evaluate, split, verdict
from copulasynth.metrics.catalogue import CATALOGUE, DEFAULT

QUICK = ["ks", "tv2", "spearman", "exact_copies", "dcr_share"]


def draw(n, seed, dependence=1.0):
    g = np.random.default_rng(seed)
    z = g.normal(size=n)
    other = dependence * z + g.normal(size=n)
    return pd.DataFrame({"x": z, "y": np.exp(other), "g": np.where(other > 1, "a", "b")})


@pytest.fixture(scope="module")
def found():
    return evaluate(draw(500, 1), draw(500, 2), holdout=draw(500, 3), metrics=QUICK, rng=4)


def test_the_table_has_the_promised_columns(found):
    assert list(found.table.columns[:7]) == [
        "name",
        "value",
        "low",
        "high",
        "reference",
        "ideal",
        "n",
    ]
    assert len(found.table) == len(QUICK)


def test_one_seed_gives_one_evaluation_and_another_set_of_metrics_changes_none(found):
    tables = (draw(500, 1), draw(500, 2))
    again = evaluate(*tables, holdout=draw(500, 3), metrics=QUICK, rng=4)
    alone = evaluate(*tables, holdout=draw(500, 3), metrics=["tv2"], rng=4)
    assert found.to_json() == again.to_json()
    assert alone["tv2"].row() == found["tv2"].row()


def test_an_evaluation_cannot_be_changed(found):
    with pytest.raises(FrozenInstanceError):
        found.scores = {}


def test_json_is_strict_and_holds_every_score(found, tmp_path):
    path = tmp_path / "evaluation.json"
    found.to_json(path)
    data = json.loads(path.read_text(), parse_constant=pytest.fail)
    assert set(data["scores"]) == set(QUICK)
    assert data["scores"]["tv2"]["value"] == found["tv2"].value
    assert data["rows"] == {"real": 500, "synthetic": 500, "holdout": 500}


def test_a_path_that_cannot_be_written_is_a_clear_error(found, tmp_path):
    with pytest.raises(OutputError, match="cannot write"):
        found.to_json(tmp_path / "nowhere" / "e.json")


def test_the_summary_shows_synthpops_names_and_the_html_is_escaped():
    real = draw(300, 1).rename(columns={"x": "<b>"})
    found = evaluate(real, real, metrics=["ks", "tv2", "utility_tables"], rng=1)
    out = io.StringIO()
    found.summary(Console(file=out, width=160))
    assert "utility.tables S_pMSE" in out.getvalue()
    assert "<b>" not in found._repr_html_()


def test_without_a_holdout_it_says_what_that_costs_and_how_to_split():
    found = evaluate(draw(200, 1), draw(200, 2), metrics=["ks", "dcr_share"], rng=1)
    assert "split before fitting" in found.notes[0]
    assert "dcr_share: not run, it needs a holdout." in found.notes
    assert list(found.scores) == ["ks"]


def test_the_default_set_runs_on_a_small_table_and_sees_lost_dependence():
    real, fresh, held = draw(400, 1, 2.0), draw(400, 2, 2.0), draw(400, 3, 2.0)
    g = np.random.default_rng(0)
    broken = pd.DataFrame({name: g.permutation(fresh[name].to_numpy()) for name in fresh})
    found = evaluate(real, broken, holdout=held, rng=1)
    assert list(found.scores) == list(DEFAULT)
    for name in ("spearman", "cramers_v", "tv2", "tv3", "c2st_boosting", "c2st_forest", "tstr"):
        assert verdict(found[name]) == "worse", name
    assert verdict(found["ks"]) == "as real rows"


def test_many_rows_are_sampled_and_said_so(monkeypatch):
    monkeypatch.setattr(run_module, "_FEW", 1000)
    monkeypatch.setattr(run_module, "_MANY", 1000)
    found = evaluate(draw(300, 1), draw(5000, 2), metrics=["ks", "energy_distance"], rng=1)
    assert found["ks"].n == 1000
    assert found["energy_distance"].n == 300
    assert "1,000 of the 5,000 synthetic rows" in found.notes[-1]
    assert "1000 of 5000 synthetic rows sampled" in found["ks"].note


def test_small_cells_are_masked_in_histograms(found):
    shown = found.histograms["real"].dropna()
    assert ((shown == 0) | (shown * 500 >= 10 - 1e-9)).all()


def test_a_single_column_and_an_unknown_metric():
    one = draw(100, 1)[["x"]]
    found = evaluate(one, one, rng=1)
    assert "spearman: not run, there is one column." in found.notes
    with pytest.raises(DataError, match="no metric is called 'quality'"):
        evaluate(one, one, metrics=["quality"])


def test_own_metrics_can_be_given_by_name(found):
    real = draw(100, 1)
    mine = evaluate(real, real, metrics={"mine": CATALOGUE["ks"]}, rng=1)
    assert mine["mine"].value == 0
    assert json.loads(mine.to_json())["scores"]["mine"]["part"] == "own"


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame])
def test_split_halves_a_table_of_any_library_without_overlap(library):
    df = library({"x": list(range(11))})
    train, holdout = split(df, rng=3)
    assert type(train) is type(df)
    assert sorted([*train["x"], *holdout["x"]]) == list(range(11))
    assert abs(len(train) - len(holdout)) == 1


def test_split_refuses_what_it_cannot_do():
    with pytest.raises(DataError, match=r"share is 1\.5"):
        split(pd.DataFrame({"x": [1, 2]}), share=1.5)
    with pytest.raises(DataError, match="1 rows"):
        split(pd.DataFrame({"x": [1]}))
