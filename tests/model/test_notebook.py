"""A model in a notebook."""

from dataclasses import replace

import numpy as np
import pandas as pd

from copulasynth.copulas import Gaussian
from copulasynth.metrics import Score
from copulasynth.model import fit_joint
from copulasynth.model.overview import overview
from copulasynth.model.seen import Even
from copulasynth.schema import Schema


def test_a_model_shows_one_row_a_column_and_escapes_names():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": rng.normal(size=60), "<i>": rng.normal(size=60)})
    model = fit_joint(frame, copula=Gaussian(), marginals="normal", rng=1)
    text = model._repr_html_()
    assert text.count("<tr>") == 3
    assert "<td>&lt;i&gt;</td><td>continuous</td><td>normal (mean " in text
    assert "<i>" not in text
    assert "read as" not in text  # nothing was found in texts


def test_a_model_says_what_columns_were_read_as_and_a_score_shows_its_parts():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": [f"{v:.2f} kg" for v in rng.normal(20, 5, 60)]})
    text = fit_joint(frame, copula=Gaussian(), marginals="normal", rng=1)._repr_html_()
    assert "What columns were read as" in text
    assert "text that holds numbers" in text
    table = pd.DataFrame({"column": ["<x>"], "value": [0.1]})
    shown = Score("KS", 0.1, 0.0, 0.2, 0.1, 0.0, 60, table)._repr_html_()
    assert "Score(KS 0.1" in shown
    assert "<td>&lt;x&gt;</td>" in shown


def test_a_column_that_the_copula_sees_otherwise_has_its_own_law_in_words():
    rng = np.random.default_rng(1)
    model = fit_joint(pd.DataFrame({"x": rng.normal(size=60)}), marginals="normal", rng=1)
    law = model.sampler
    even = Even(law.marginals[0], np.linspace(0, 1, 5))
    changed = replace(law, marginals=(even,))
    assert overview(model.schema, changed) == overview(model.schema, law)


def test_columns_that_are_dropped_are_none_of_those_that_are_drawn():
    frame = pd.DataFrame({"x": np.arange(60.0) ** 2, "y": list("ab") * 30})
    schema = Schema.infer(frame, kinds={"y": "drop"})
    model = fit_joint(frame, marginals="normal", schema=schema, rng=1)
    assert ", 1 column (1 dropped), fitted to" in repr(model)
