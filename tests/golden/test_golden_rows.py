"""Same seed, same rows as recorded, for every method.

The rows are the recorded ones to nine digits where the environment is the recorded one. Elsewhere
they are other draws of the same law, and their summaries agree within Monte-Carlo error; the name
of each test says which of the two was checked. ``COPULASYNTH_GOLDEN=exact`` turns other versions of
packages into a failure, for the CI job that installs the recorded ones.
"""

import json
import os
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from tests.golden.cases import CASES, SAME
from tests.golden.environment import packages, processor
from tests.golden.fingerprint import differences, digest, summary

RECORD = json.loads(Path(__file__).with_name("rows.json").read_text())
EXACT = RECORD["packages"] == packages() and RECORD["processor"] == processor()
HOW = "to nine digits" if EXACT else "within Monte-Carlo error"


@cache
def hash_of(name: str) -> str:
    return digest(CASES[name]())


def test_the_packages_are_the_recorded_ones_where_exactness_is_asked_for():
    if os.environ.get("COPULASYNTH_GOLDEN") == "exact":
        assert packages() == RECORD["packages"]


def test_every_case_is_recorded():
    assert list(CASES) == list(RECORD["cases"])


@pytest.mark.parametrize("name", [pytest.param(name, id=f"{name}, {HOW}") for name in CASES])
def test_the_rows_are_the_recorded_ones(name):
    recorded = RECORD["cases"][name]
    if EXACT:
        assert hash_of(name) == recorded["sha256"]
    else:
        assert differences(recorded, summary(CASES[name]())) == []


@pytest.mark.parametrize("name", SAME)
def test_other_ways_to_draw_give_the_same_rows(name):
    draw, case = SAME[name]
    assert digest(draw()) == hash_of(case)


def test_a_summary_agrees_with_itself_and_with_another_sample_but_not_with_a_shifted_one():
    rows = pd.DataFrame({"x": range(400), "y": ["a", "b", "b", "c"] * 100})
    rows["id"] = [f"row {i}" for i in range(400)]
    recorded = summary(rows)
    other = rows.sample(400, replace=True, random_state=1, ignore_index=True)
    assert differences(recorded, summary(rows)) == []
    assert differences(recorded, summary(other)) == []
    assert differences(recorded, summary(rows.assign(x=rows["x"] + 60))) == [
        "x: mean 259.5, not 199.5"
    ]
    assert differences(recorded, summary(rows.assign(y="b"))) == ["y: share of b 1, not 0.5"]


def test_a_hash_sees_the_ninth_digit_and_the_order_of_levels_and_no_later_digit():
    rows = pd.DataFrame({"x": [1.0, 2.0], "y": pd.Categorical(["a", "b"])})
    turned = rows.assign(y=pd.Categorical(["a", "b"], categories=["b", "a"]))
    assert digest(rows) != digest(rows.assign(x=[1.00000001, 2.0]))
    assert digest(rows) == digest(rows.assign(x=[1.0 + 1e-13, 2.0]))
    assert digest(rows) != digest(turned)
