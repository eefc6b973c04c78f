"""Evaluation as a whole: same seed same numbers, honest notes, JSON that reads back."""

import io
import json
from dataclasses import FrozenInstanceError

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from rich.console import Console

import copulasynth as cs
import copulasynth.metrics.run as run_module
from copulasynth.errors import DataError, OutputError
from copulasynth.evaluation import evaluate, evaluate_model, split, verdict
from copulasynth.metrics.catalogue import CATALOGUE, DEFAULT
from copulasynth.metrics.catalogue import QUICK as QUICK_SET
from copulasynth.metrics.score import TOO_CLOSE

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


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table])
def test_split_keeps_the_rows_of_a_unit_together(library):
    owner = np.random.default_rng(1).integers(0, 40, 300)
    df = library({"x": np.arange(300), "who": [f"p{k}" for k in owner]})
    train, holdout = (
        pa.table(t) if library is pl.DataFrame else t for t in split(df, rng=3, unit="who")
    )
    sides = [set(map(str, np.asarray(t["who"]))) for t in (train, holdout)]
    assert not sides[0] & sides[1]
    assert [len(side) for side in sides] == [20, 20]
    assert sorted(np.concatenate([np.asarray(t["x"]) for t in (train, holdout)])) == list(
        range(300)
    )
    with pytest.raises(DataError, match="did you mean 'who'"):
        split(df, unit="whom")
    with pytest.raises(DataError, match="'who', the unit, has 1 gaps"):
        split(library({"x": [1, 2], "who": ["a", None]}), unit="who")
    with pytest.raises(DataError, match="1 values of 'who'"):
        split(library({"x": [1, 2], "who": ["a", "a"]}), unit="who")


def test_split_refuses_what_it_cannot_do():
    with pytest.raises(DataError, match=r"share is 1\.5"):
        split(pd.DataFrame({"x": [1, 2]}), share=1.5)
    with pytest.raises(DataError, match="1 rows"):
        split(pd.DataFrame({"x": [1]}))


def test_quick_is_a_named_set_that_trains_no_model_and_a_string_is_one_name(found):
    tables = {"real": draw(300, 1), "synthetic": draw(300, 2)}
    assert list(evaluate(**tables, metrics="quick", rng=1).scores) == list(QUICK_SET)
    assert {CATALOGUE[name].part for name in QUICK_SET}.isdisjoint({"utility"})
    assert list(evaluate(**tables, metrics="ks", rng=1).scores) == ["ks"]
    with pytest.raises(DataError, match="no metric is called 'kz'"):
        evaluate(**tables, metrics="kz")


def test_a_score_that_is_not_there_says_what_is_called_so(found):
    with pytest.raises(DataError, match="no score is called 'KS'; did you mean 'ks'"):
        found["KS"]
    with pytest.raises(DataError, match="did you mean 'tv2'"):
        found["TV 2-way"]


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_handful_of_rows_is_judged_as_far_as_that_goes(n):
    found = evaluate(draw(n, 1), draw(n, 2), rng=1)
    assert {"ks", "utility_gen_cart"} <= set(found.scores)
    assert found.to_json()
    assert "c2st_forest" in found.scores or any("c2st_forest: not run" in s for s in found.notes)


def test_a_target_is_predicted_and_an_unknown_one_refused():
    tables = (draw(300, 1), draw(300, 2))
    named = evaluate(*tables, metrics=["tstr"], target="y", rng=1)
    assert named["tstr"].table["target"].tolist() == ["y"]
    with pytest.raises(DataError, match="target 'yy' is no column"):
        evaluate(*tables, metrics=["tstr"], target="yy")


def test_rows_too_close_to_those_it_saw_are_called_that_wherever_scores_are_shown(tmp_path):
    real = draw(800, 1)
    g = np.random.default_rng(2)
    twins = real.assign(x=real["x"] + g.normal(0, 0.01, 800), y=real["y"] * 1.001)
    found = evaluate(real, twins, metrics=["c2st_forest"], rng=1)
    assert verdict(found["c2st_forest"]) == TOO_CLOSE
    out = io.StringIO()
    found.summary(Console(file=out, width=200))
    found.to_html(tmp_path / "r.html")
    for text in (out.getvalue(), found._repr_html_(), (tmp_path / "r.html").read_text()):
        assert TOO_CLOSE in text
    assert found["c2st_forest"].better == "closer"


@pytest.fixture(scope="module")
def half():
    return split(draw(1600, 5, 2.0), rng=1)


def test_a_model_of_the_right_kind_scores_its_floor_and_one_that_is_blind_does_not(half):
    train, holdout = half
    told = {}
    for copula in ("gaussian", "independence"):
        model = cs.fit(train, copula=copula, marginals="spline", rng=1)
        found = evaluate_model(model, train, holdout=holdout, metrics=["c2st_forest", "ks"], rng=1)
        assert list(found.floor) == ["c2st_forest"]
        assert "sample size" in found.notes[-1]
        floor = found.floor["c2st_forest"]
        assert floor.low < 0.56
        told[copula] = found["c2st_forest"].value - floor.value
    # the pair (y, g) is a step of y, which no Gaussian copula follows exactly
    assert told["independence"] > 0.2 > told["gaussian"]


def test_one_seed_judges_a_model_to_the_same_numbers_and_another_draw(half):
    train, holdout = half
    model = cs.fit(train, copula="gaussian", marginals="spline", rng=1)
    one, two, other = (
        evaluate_model(model, train, holdout=holdout, metrics=["c2st_logistic"], rng=s).to_json()
        for s in (1, 1, 2)
    )
    assert one == two != other


def test_a_model_that_does_not_name_a_copula_has_no_floor_unless_told_how_to_fit_it(half):
    train, holdout = half
    model = cs.fit(train, copula=cs.Smote(k=3), rng=1)
    settings = {"holdout": holdout, "metrics": ["c2st_logistic"], "rng": 1}
    found = evaluate_model(model, train, **settings)
    assert found.floor == {}
    assert "floor was not measured" in found.notes[-1]
    assert evaluate_model(model, train, method=cs.Smote(k=3), **settings).floor
    assert not evaluate_model(model, train, method=False, **settings).floor


def test_the_judge_of_a_model_sees_two_draws(half, monkeypatch):
    """A model whose every draw has the same cells fools cross-validation only."""
    seen = []
    whole = CATALOGUE["c2st_forest"]

    def spy(real, synthetic, **rest):
        seen.append(synthetic)
        return whole.function(real, synthetic, **rest)

    metrics = {
        "mine": type(whole)("joint", spy, {"judge": "forest", "rounds": 5}, "equal", draws=2)
    }
    model = cs.fit(half[0], copula="independence", rng=1)
    evaluate_model(model, half[0], holdout=half[1], metrics=metrics, rng=1)
    first, second = seen[0]
    assert not np.array_equal(first.numbers, second.numbers)
