"""Utility for a task and classifier tests, with the caller's own estimators."""

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from copulasynth.errors import DataError
from copulasynth.metrics import c2st, calibration_error, importance_agreement, tstr
from copulasynth.metrics.once import judging, once
from copulasynth.metrics.run import run_metrics
from copulasynth.metrics.utility.task import Task


def draw(n, seed, flip=1.0):
    g = np.random.default_rng(seed)
    x, noise = g.normal(size=(2, n))
    return pd.DataFrame(
        {
            "x": x,
            "noise": noise,
            "amount": 2 * flip * x + g.normal(size=n),
            "churn": np.where(flip * x + 0.5 * g.normal(size=n) > 0, "yes", "no"),
        }
    )


REAL, FRESH, HELD, WRONG = draw(600, 1), draw(600, 2), draw(600, 3), draw(600, 4, -1.0)


def test_a_linear_law_is_learnt_as_well_from_fresh_rows_by_the_callers_regression():
    found = tstr(REAL, FRESH, holdout=HELD, target="amount", estimator=LinearRegression(), rng=0)
    assert found.table["task"].tolist() == ["regression"]
    # The asinh scale bends the line a little; on it R^2 is near the .8 of the law.
    assert found.table["real"][0] > 0.6
    assert found.value == pytest.approx(1, abs=0.02)


def test_the_callers_classifier_finds_a_flipped_law_useless():
    model = make_pipeline(StandardScaler(), LogisticRegression())
    found = tstr(REAL, WRONG, holdout=HELD, target="churn", estimator=model, rng=0)
    assert found.value < 0.2
    assert not hasattr(model.named_steps["logisticregression"], "coef_")


def test_a_target_that_nobody_can_predict_is_not_scored():
    found = tstr(REAL, FRESH, holdout=HELD, target="noise", estimator=LinearRegression(), rng=0)
    assert np.isnan(found.value)


def test_a_class_that_the_synthesis_never_made_has_probability_nought():
    only = FRESH.assign(churn="yes")
    found = tstr(REAL, only, holdout=HELD, target="churn", rng=0)
    assert found.table["synthetic"][0] == 0


def test_without_a_holdout_a_third_of_the_real_rows_tests_and_the_note_says_so():
    found = tstr(REAL, FRESH, target="churn", rng=0)
    assert "rows the synthesizer saw" in found.note


def test_an_unknown_target_is_refused():
    with pytest.raises(DataError, match="no common column is called 'income'"):
        tstr(REAL, FRESH, target="income")


def test_importances_agree_for_fresh_rows_and_not_where_another_column_decides():
    other = FRESH.rename(columns={"x": "noise", "noise": "x"})[REAL.columns]
    good = importance_agreement(REAL, FRESH, holdout=HELD, target="churn", repeats=2, rng=0)
    bad = importance_agreement(REAL, other, holdout=HELD, target="churn", repeats=2, rng=0)
    assert good.value > 0.9 > bad.value


def test_a_classifier_that_knows_only_the_wrong_shares_is_badly_calibrated():
    rare = FRESH[(FRESH["churn"] == "no") | (FRESH.index < 60)]
    settings = {"holdout": HELD, "target": "churn", "estimator": DummyClassifier(), "rng": 0}
    assert calibration_error(REAL, rare, **settings).value > 0.2
    good = calibration_error(REAL, FRESH, **settings)
    # A constant probability is off by the error of two shares of 600, and of tenths of the test.
    assert good.value < 4 * np.sqrt(0.25 / 60)
    assert good.table["Brier real"][0] == pytest.approx(0.5, abs=0.02)


def test_c2st_takes_the_callers_classifier_and_says_what_gives_rows_away():
    moved = FRESH.assign(noise=FRESH["noise"] + 1)
    model = make_pipeline(StandardScaler(), LogisticRegression())
    found = c2st(REAL, moved, holdout=HELD, judge=model, importances=True, rng=0)
    # A shift of one standard deviation: AUC Phi(1 / sqrt 2) = .76.
    assert abs(found.value - 0.76) < 4 * (found.high - found.low) / (2 * 1.96)
    assert found.table["column"][0] == "noise"
    assert found.name == "C2ST Pipeline"


def test_c2st_refuses_a_judge_that_gives_no_probabilities():
    with pytest.raises(DataError, match="predict_proba"):
        c2st(REAL, FRESH, judge="perceptron")


def test_a_model_of_the_same_rows_is_learnt_once_a_judgement_and_says_the_same(monkeypatch):
    made, learn = [], Task._default
    monkeypatch.setattr(Task, "_default", lambda task, seed: made.append(1) or learn(task, seed))
    asked = {"metrics": ["tstr", "calibration_error"], "target": "churn", "holdout": HELD}
    both = run_metrics(REAL, FRESH, rng=1, **asked)
    assert len(made) == 2
    with judging():
        for other in (FRESH, WRONG):
            again = run_metrics(REAL, other, rng=1, **asked)
    # the real side serves for both syntheses
    assert len(made) == 2 + 3
    alone = tstr(REAL, WRONG, holdout=HELD, target="churn", rng=1)
    assert again.scores["tstr"].value == alone.value
    assert both.scores["tstr"].table["real"].tolist() == alone.table["real"].tolist()


def test_only_equal_values_are_worked_out_once_and_only_while_tables_are_judged():
    x = np.arange(6.0)
    seen = []

    def give(*of):
        return once("sum", lambda: seen.append(1) or len(seen), *of)

    assert [give(x), give(x)] == [1, 2]
    with judging():
        assert [give(x), give(x.copy()), give(x.reshape(2, 3)), give(x, "b")] == [3, 3, 4, 5]
        with judging():
            assert give(x) == 3
        assert once("mean", lambda: "other", x) == "other"
    assert give(x) == 6
