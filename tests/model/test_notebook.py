"""A model in a notebook."""

import numpy as np
import pandas as pd

from copulasynth.copulas import Gaussian
from copulasynth.model import fit_joint


def test_a_model_shows_one_row_a_column_and_escapes_names():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": rng.normal(size=60), "<i>": rng.normal(size=60)})
    model = fit_joint(frame, copula=Gaussian(), marginals="normal", rng=1)
    text = model._repr_html_()
    assert text.count("<tr>") == 3
    assert "<td>&lt;i&gt;</td><td>continuous</td><td>normal (mean " in text
    assert "<i>" not in text
