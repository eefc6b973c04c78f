"""A model on one screen, and everything of it as JSON."""

import io
import json

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import copulasynth as cs
from copulasynth.marginals import Count, Discrete, Hurdle, Parametric, Rounded
from copulasynth.marginals.pieces import Pieces
from copulasynth.marginals.words import in_words
from copulasynth.model.overview import overview
from copulasynth.report.inspected import model_json, show_model

ZEROS = Hurdle(0.0, 0.4, Parametric("lognormal", (6.6, 1.04), (0.02, 0.01)))
PIECES = tuple(Parametric("uniform", ends, (0.0, 0.0)) for ends in ((0.0, 1.0), (8.0, 1.0)))


@pytest.fixture(scope="module")
def model():
    return cs.fit(cs.datasets.simulate_telecom(600, rng=1), copula="gaussian", rng=1)


def printed(model, **parts):
    console = Console(width=80, record=True, file=io.StringIO())
    show_model(model, console=console, **parts)
    return console.export_text()


@pytest.mark.parametrize(
    ("marginal", "words"),
    [
        (ZEROS, "lognormal (meanlog 6.6, sdlog 1.04), 40 % are 0"),
        (Rounded(ZEROS, 0.1), "lognormal (meanlog 6.6, sdlog 1.04), 40 % are 0"),
        (Hurdle(0.0, 0.02, ZEROS), "lognormal (meanlog 6.6, sdlog 1.04), 39 % are 0"),
        (Count("poisson", (2.0,), (0.1,)), "poisson (rate 2)"),
        (Discrete(np.arange(3.0), np.full(3, 1 / 3)), "3 values"),
        (Parametric("uniform", (17.25, 98.5), (0.0, 0.0)), "uniform"),
        (Pieces(PIECES, np.array([0.5, 0.5]), np.array([4.0])), "2 pieces with holes between"),
    ],
)
def test_a_marginal_in_words_tells_large_atoms_and_no_extremes(marginal, words):
    assert in_words(marginal) == words


def test_a_line_a_column_says_kind_law_and_gaps():
    rng = np.random.default_rng(1)
    x = np.exp(rng.normal(size=400))
    frame = pd.DataFrame(
        {
            "spend": np.where(rng.random(400) < 0.5, 0.0, x),
            "age": np.where(np.arange(400) % 4, rng.normal(40, 9, 400), np.nan),
            "plan": rng.choice(["a", "b", "c"], 400),
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 900, 400), "D"),
            "same": "x",
            "row": [f"r{k}" for k in range(400)],
        }
    )
    made = cs.fit(frame, copula="independence", rng=1)
    lines = {line.column: line for line in overview(made.schema, made.sampler)}
    zeros = round(100 * float((frame.spend == 0).mean()))
    assert f"{zeros} % are 0" in lines["spend"].law
    assert lines["age"].gaps == "25.0 %"
    assert (lines["plan"].law, lines["same"].law, lines["row"].law) == (
        *("3 levels", "one value"),
        "not modelled",
    )
    # numbers behind times mean nothing to a reader
    assert not set("0123456789") & set(lines["when"].law)


def test_the_first_screen_fits_80_columns_and_few_lines(model):
    lines = printed(model).splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 50
    assert "Strongest pairs" in printed(model)
    for more in ("marginals", "dependence", "candidates"):
        text = printed(model, **{more: True})
        assert len(text) > len(printed(model))
        assert max(map(len, text.splitlines())) <= 80
        assert "--json" not in text


def test_a_model_of_rows_has_a_line_a_column_too():
    made = cs.Smote().fit(cs.datasets.simulate_telecom(300, rng=1), rng=1)
    assert "HOLDS TRAINING ROWS" in " ".join(printed(made).split())
    told = json.loads(model_json(made))
    assert told["copula"] is None
    assert len(told["columns"]) == 22
    assert told["holds_training_rows"] is True


def test_json_holds_all_that_is_shown(model):
    told = json.loads(model_json(model))
    assert {len(told["columns"]), len(model.schema.columns)} == {22}
    assert told["rules"][0]["rule"] == model.schema.rules[0].words
    assert len(told["dependence"]) == len(model.dependence_table)
