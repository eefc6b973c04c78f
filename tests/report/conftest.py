"""One evaluation of a table with gaps, atoms, dates, rare levels and hostile names."""

import numpy as np
import pandas as pd
import pytest

from copulasynth.evaluation import evaluate

HOSTILE = '<script>alert("x")</script> & $\\frac{1'
METRICS = [
    "ks",
    "total_variation",
    "spearman",
    "cramers_v",
    "tv2",
    "utility_tables",
    "tail_dependence",
    "c2st_boosting",
    "tstr",
    "dcr_share",
    "exact_copies",
]


def make(n, seed):
    """Return n rows; `amount` has one huge value, `place` a level of three rows."""
    rng = np.random.default_rng(seed)
    amount = rng.lognormal(3, 1.2, n).round(4)
    amount[rng.random(n) < 0.3] = 0.0
    place = rng.choice(["north", "south", "east"], n, p=[0.5, 0.3, 0.2]).astype(object)
    place[:3] = "zanzibar-rare"
    frame = pd.DataFrame(
        {
            "amount": amount,
            "income": (np.log1p(amount) * 900 + rng.normal(2000, 500, n)).round(3),
            "place": place,
            "visits": rng.poisson(2, n),
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), "D"),
            HOSTILE: rng.choice(["<b>", "no"], n),
        }
    )
    frame.loc[rng.random(n) < 0.1, "income"] = np.nan
    frame.loc[0, "amount"] = 987654.3217
    return frame


@pytest.fixture(scope="session")
def tables():
    """Return real, synthetic and holdout rows of one law."""
    return make(600, 1), make(600, 2), make(600, 3)


@pytest.fixture(scope="session")
def evaluation(tables):
    real, synthetic, holdout = tables
    return evaluate(real, synthetic, holdout=holdout, metrics=METRICS, rng=1)


@pytest.fixture(scope="session")
def page(evaluation):
    from copulasynth.report import render_html

    return render_html(evaluation, origin="A test.")
