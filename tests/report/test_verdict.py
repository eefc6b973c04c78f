"""The verdict: four sentences whose words follow from a number."""

import itertools
import json
import math
import re
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from copulasynth.metrics import Score
from copulasynth.metrics.score import TOO_CLOSE
from copulasynth.report.verdict import Finding, leader, verdict_of


def auc(value, half=0.02, reference=0.5):
    return Score(
        "C2ST", value, value - half, value + half, reference, 0.5, 500, better="closer",
        below=TOO_CLOSE,
    )  # fmt: skip


def skills(*rows):
    """Return a TSTR score of (target, task, synthetic, real) rows with narrow intervals."""
    table = pd.DataFrame(rows, columns=["target", "task", "synthetic", "real"])
    table["value"] = table["synthetic"] / table["real"]
    table["low"], table["high"] = table["value"] - 0.04, table["value"] + 0.04
    value = table["synthetic"].sum() / table["real"].sum()
    return Score("TSTR", value, value, value, 1.0, 1.0, 500, table, better="up")


@pytest.mark.parametrize(
    ("value", "status", "words"),
    [
        (0.5, "good", "as fresh real rows"),
        (0.52, "good", "as fresh real rows"),
        (0.57, "fair", "a little worse than fresh real rows"),
        (0.8, "poor", "worse than fresh real rows"),
        (0.45, "too close", TOO_CLOSE),
    ],
)
def test_an_auc_has_the_words_of_its_status(value, status, words):
    found = verdict_of({"c2st_boosting": auc(value)}).fidelity
    assert found.status == status
    assert found.text.endswith(f"{words}.")
    assert f"{100 * value:.0f} of 100" in found.text


def test_an_auc_clearly_below_one_half_is_never_called_worse():
    for value in np.linspace(0.0, 0.47, 20):
        found = verdict_of({"c2st_boosting": auc(float(value))}).fidelity
        assert found.status == "too close"
        assert "worse" not in found.text


def test_what_is_not_measured_says_so_and_has_no_number():
    for found in verdict_of({}):
        assert found.status == "not measured"
        assert "not measured; " in found.text
        assert math.isnan(found.value)


def test_usefulness_names_its_target_and_passes_over_what_anybody_can_predict():
    score = skills(
        ("fee", "regression", 0.999, 0.999),
        ("coin", "classification", 0.01, 0.02),
        ("churn", "classification", 0.3, 0.6),
        ("age", "regression", 0.5, 0.5),
    )
    assert score.value > 0.85
    found = verdict_of({"tstr": score}).usefulness
    assert (found.name, found.status, found.value) == ("churn", "poor", 0.5)
    assert "models of churn learn 50 % of what real rows teach (AUC 0.65 instead of 0.80)" in (
        found.text
    )
    assert "fee" not in found.text
    assert "coin" not in found.text


def test_usefulness_tells_the_worst_target_beside_the_first():
    score = skills(("churn", "classification", 0.6, 0.6), ("age", "regression", 0.1, 0.5))
    found = verdict_of({"tstr": score}).usefulness
    assert found.text.count("models of") == 2
    assert "models of age learn 20 %" in found.text


def test_usefulness_of_trivial_targets_alone_is_not_measured():
    score = skills(("fee", "regression", 0.999, 0.999), ("coin", "classification", 0.01, 0.02))
    found = verdict_of({"tstr": score}).usefulness
    assert found.status == "not measured"


def test_usefulness_that_the_rows_cannot_tell_is_not_measured():
    score = skills(("churn", "classification", -0.1, 0.1))
    score.table["low"], score.table["high"] = -3.0, 1.0
    assert verdict_of({"tstr": score}).usefulness.status == "not measured"


def test_rules_name_the_one_that_is_broken_most():
    table = pd.DataFrame(
        {
            "kind": ["order", "identity", "tie"],
            "rule": ["start <= end", "a = b + c", "x goes with y"],
            "real": 1.0,
            "synthetic": [0.99, 0.4, 0.1],
        }
    )
    score = Score("rules kept", 0.4, 0.37, 0.43, 1.0, 1.0, 500, table, "up")
    found = verdict_of({"rules_kept": score}).rules
    assert found.status == "poor"
    assert "'a = b + c'" in found.text
    assert "all 2 rules" in found.text
    kept = Score("rules kept", 1.0, 0.99, 1.0, 1.0, 1.0, 500, table.assign(synthetic=1.0), "up")
    assert verdict_of({"rules_kept": kept}).rules.status == "good"


def test_privacy_is_the_worst_of_what_was_measured():
    near = Score("DCR share", 0.51, 0.48, 0.54, 0.5, 0.5, 500)
    copies = Score("exact copies", 0.3, 0.27, 0.33, 0.01, 0.01, 500)
    found = verdict_of({"dcr_share": near, "exact_copies": copies})
    assert (found.privacy.metric, found.privacy.status) == ("exact_copies", "poor")
    assert found.advice == "privacy"
    assert verdict_of({"dcr_share": near}).privacy.status == "good"


def test_no_copies_alone_are_no_sign_of_privacy():
    copies = Score("exact copies", 0.0, 0.0, 0.01, 0.0, 0.0, 500)
    found = verdict_of({"exact_copies": copies, "c2st_boosting": auc(0.5)})
    assert found.privacy.status == "not measured"
    assert found.advice == "holdout"


@pytest.mark.parametrize(
    ("scores", "advice"),
    [
        ({"c2st_boosting": auc(0.9)}, "method"),
        ({"c2st_boosting": auc(0.4)}, "privacy"),
        ({"c2st_boosting": auc(0.5)}, "release"),
    ],
)
def test_the_next_step_follows_from_the_findings(scores, advice):
    near = Score("DCR share", 0.5, 0.47, 0.53, 0.5, 0.5, 500)
    assert verdict_of({"dcr_share": near, **scores}).advice == advice


def test_a_share_a_little_above_chance_is_for_the_gate_to_judge():
    near = Score("DCR share", 0.56, 0.53, 0.59, 0.5, 0.5, 500, leeway=0.125)
    found = verdict_of({"dcr_share": near})
    assert found.privacy.status == "fair"
    assert found.advice == "close"
    assert "do not release" not in found.next


def test_a_holdout_that_is_there_is_not_asked_for():
    held, none = verdict_of({}, held=True), verdict_of({})
    assert (held.advice, none.advice) == ("measure", "holdout")
    assert "takes the metric dcr_share" in held.privacy.text
    assert "takes a holdout and the metric" in none.privacy.text


def test_usefulness_says_which_it_was_that_is_lacking():
    assert "was not run" in verdict_of({}).usefulness.text
    empty = Score("TSTR", np.nan, np.nan, np.nan, 1.0, 1.0, 0)
    found = verdict_of({"tstr": empty}).usefulness
    assert "no column that was tried can be learnt" in found.text
    assert "--target" in found.text


def test_no_words_contradict_their_status():
    """A grid of values on every measure: words of one status never come with another."""
    good, bad = "as fresh real rows|no more than|closer than", "worse|memorised|copies rows|told"
    for value, half in itertools.product(np.linspace(0, 1, 21), (0.005, 0.03, 0.2)):
        limits = value, value - half, value + half
        scores = {
            "c2st_boosting": auc(float(value), half),
            "dcr_share": Score("DCR share", *limits, 0.5, 0.5, 500, leeway=0.02),
            "membership": Score("membership", *limits, 0.5, 0.5, 500),
            "exact_copies": Score("exact copies", *limits, 0.01, 0.01, 500),
        }
        every = [verdict_of({k: s}).privacy for k, s in scores.items()]
        for found in [verdict_of(scores).fidelity, *every]:
            words = found.words
            if found.status == "good":
                assert re.search(good, words)
            elif found.status == "poor":
                assert re.search(bad, words)
                assert "little" not in words
            elif found.status == "fair":
                assert "a little" in words


def test_the_leader_is_chosen_by_the_number_that_is_told():
    ranks = pd.DataFrame(
        {"ks": [1.0, 2.0], "tv2": [1.0, 2.0], "mean": [1.0, 2.0]}, index=["a", "b"]
    )
    assert leader(ranks) == (
        "a", "Chosen: a, by the lowest mean rank, 1.00 over 2 scores; b has 2.00.",
    )  # fmt: skip
    close = ranks.assign(mean=[1.0, 1.2])
    assert "b can hardly be told apart" in leader(close)[1]
    assert "the only method" in leader(ranks.loc[["a"]])[1]


def test_the_verdict_as_data_has_plain_values_only():
    data = verdict_of({"c2st_boosting": auc(0.6)}).to_data()
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["fidelity"]["value"] == 0.6
    assert data["privacy"]["value"] is None
    assert {f.name for f in fields(Finding)} < set(data["fidelity"])
