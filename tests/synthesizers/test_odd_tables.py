"""Odd tables: whatever the schema accepts, the neighbour methods draw from, types and all."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copulasynth import synthesizers as sy
from copulasynth.errors import FitWarning


def _column(kind, n, gaps, rng):
    make = {
        "float": lambda: rng.standard_normal(n),
        "heavy": lambda: np.exp(5 * rng.standard_normal(n)),
        "integer": lambda: rng.integers(-3, 4, n),
        "big": lambda: 2**55 + rng.integers(0, 99, n),
        "constant": lambda: np.full(n, 2.5),
        "zeros": lambda: np.where(rng.random(n) < 0.8, 0.0, rng.random(n)),
        "boolean": lambda: rng.random(n) < 0.3,
        "text": lambda: rng.choice(["a", "b", "NA"], n),
        "category": lambda: pd.Categorical(rng.choice(["x", "y"], n), categories=["x", "y", "z"]),
        "date": lambda: pd.Timestamp("2024-02-28") + pd.to_timedelta(rng.integers(0, 5, n), "D"),
    }
    values = pd.Series(make[kind]())
    if gaps and kind in ("float", "heavy", "zeros", "text", "category", "date"):
        values[rng.random(n) < gaps] = None
    return values


KINDS = ["float", "heavy", "integer", "big", "constant", "zeros", "boolean", "text"]
KINDS += ["category", "date"]


@st.composite
def tables(draw):
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    n = draw(st.integers(2, 40))
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=6))
    gaps = draw(st.sampled_from([0.0, 0.3, 0.95]))
    frame = pd.DataFrame({f"c{j}": _column(k, n, gaps, rng) for j, k in enumerate(kinds)})
    if draw(st.booleans()):
        frame = frame.iloc[np.sort(rng.integers(0, n, n))].reset_index(drop=True)
    return frame


METHODS = [
    sy.Bootstrap(),
    sy.Smote(k=3),
    sy.Smote(k=3, categorical="vote", variance="restore"),
    sy.Munge(k=3),
    sy.Munge(k=3, pairing="sequential", sweeps=1),
    sy.Kde(),
]


@pytest.mark.parametrize("method", METHODS, ids=repr)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(frame=tables())
def test_odd_tables_come_back_with_their_types(method, frame):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        model = method.fit(frame, rng=0)
    rows = model.sample(37, rng=1)
    assert len(rows) == 37
    pd.testing.assert_series_equal(rows.dtypes, frame.dtypes)
    for name in frame:
        if frame[name].notna().all():
            assert rows[name].notna().all()
        if not pd.api.types.is_numeric_dtype(frame[name]) and frame[name].dtype.kind != "M":
            assert set(rows[name].dropna()) <= set(frame[name].dropna())
