"""Exported models of real tables and simulated ones: no cell, extreme or label of few rows."""

import io
import json
import warnings

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import copulasynth as cs
from copulasynth import privacy
from copulasynth.errors import FitWarning
from copulasynth.report.inspected import show_model

K, ROWS = 10, 700
TABLES = [
    *(pytest.param(name, marks=pytest.mark.shared) for name in ("SD2011", "adult", "ibm_telco")),
    *(pytest.param(name, marks=[pytest.mark.shared, pytest.mark.slow]) for name in (
        "acs_ma2019", "credit_default", "diamonds", "iranian_churn", "mlc_churn",
        "vehicle_xsell_30pct",
    )),
    "telecom", "tails", "codes",
]  # fmt: skip


def table(name, shared):
    rng = np.random.default_rng(3)
    if name == "telecom":
        return cs.datasets.simulate_telecom(ROWS, rng=1)
    if name == "tails":
        x = rng.standard_t(2, (ROWS, 3)).round(4) * 100
        return pd.DataFrame(x, columns=["a", "b", "c"]).assign(d=np.exp(x[:, 0] / 400).round(6))
    if name == "codes":
        code = rng.zipf(1.6, ROWS).clip(max=300)
        return pd.DataFrame(
            {"code": [f"code-{k:04d}" for k in code], "at": rng.integers(1e5, 9e6, ROWS)}
        )
    found = pd.read_csv(shared(f"data/{name}.csv.gz"))
    return found.sample(min(ROWS, len(found)), random_state=1).reset_index(drop=True)


def digits(x):
    return len(f"{abs(x):.12g}".partition("e")[0].replace(".", "").strip("0"))


def secrets(df):
    """Return long numbers and texts that fewer than K rows have."""
    numbers, texts = set(), set()
    for name in df:
        counts = df[name].dropna().value_counts()
        few = counts.index[counts < K]
        if df[name].dtype.kind in "if":
            numbers |= {float(v) for v in few if digits(v) >= 5}
        elif df[name].dtype.kind == "O" or isinstance(df[name].dtype, pd.StringDtype):
            long = {str(v) for v in few if len(str(v)) > 4 and str(v).lower() != "other"}
            as_numbers = pd.to_numeric(pd.Series(sorted(long)), errors="coerce")
            texts |= {t for t, x in zip(sorted(long), as_numbers, strict=True) if x != x}
            numbers |= {float(x) for x in as_numbers.dropna() if digits(x) >= 5}
    return numbers, texts


def numbers_of(value):
    if isinstance(value, dict):
        return set().union(*map(numbers_of, value.values()), set())
    if isinstance(value, list):
        return set().union(*map(numbers_of, value), set())
    return (
        {float(value)} if isinstance(value, int | float) and not isinstance(value, bool) else set()
    )


@pytest.mark.parametrize("name", TABLES)
def test_what_an_exported_model_tells_is_of_many_rows(name, shared, tmp_path):
    df = table(name, shared)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        kept = privacy.treat(df, ends=False).table
        model = cs.fit(kept, copula="gaussian", marginals="spline", rng=1)
        released = model.export_release(tmp_path / "m.json", K)
    assert released.disclose()["rows"].min() >= K
    shown = io.StringIO()
    show_model(released, console=Console(file=shown, width=250))
    told = (
        (tmp_path / "m.json").read_text()
        + repr(released)
        + released._repr_html_()
        + shown.getvalue()
    )
    numbers, texts = secrets(df)
    assert not [t for t in texts if t in told]
    assert not numbers & numbers_of(json.loads((tmp_path / "m.json").read_text()))
