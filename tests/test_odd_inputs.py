"""Odd tables through the front door: kept exactly, or refused by an error that says what to do."""

import time
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import copulasynth as cs
from copulasynth.errors import CopulasynthError, FitWarning

N = 60
RNG = np.random.default_rng(0)
COUNT = RNG.poisson(5.0, N)
REAL = np.round(RNG.lognormal(3.0, 1.0, N), 2)
TEXT = RNG.choice(["a", "b", "c"], N)
GAPS = RNG.random(N) < 0.2


def drawn(df, n=50):
    """Fit, draw, and check that the draw looks like the table."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        out = cs.fit(df, copula="gaussian", rng=1).sample(n, rng=1)
    assert list(out.columns) == list(df.columns)
    assert list(out.dtypes) == list(df.dtypes)
    assert len(out) == n
    return out


def gappy(values, dtype):
    return pd.array([None if g else v for v, g in zip(values, GAPS, strict=True)], dtype=dtype)


KEPT = {
    "nullable integers": gappy(COUNT.tolist(), "Int16"),
    "nullable floats": gappy(REAL.tolist(), "Float64"),
    "nullable booleans": gappy((COUNT > 4).tolist(), "boolean"),
    "nullable strings": gappy(TEXT.tolist(), "string"),
    "arrow strings": gappy(TEXT.tolist(), pd.ArrowDtype(pa.string())),
    "unused levels": pd.Categorical(TEXT, categories=["c", "never", "b", "a"]),
    "ordered levels": pd.Categorical(TEXT, categories=["c", "b", "a"], ordered=True),
    "objects of one type": pd.Series(COUNT.tolist(), dtype=object),
    "big integers": COUNT.astype(np.int64) + 2**60,
    "unsigned": COUNT.astype(np.uint8),
    "float32": REAL.astype(np.float32),
    "all missing": np.full(N, np.nan),
    "all None": pd.Series([None] * N, dtype=object),
    "constant": np.full(N, 7),
    "constant text": ["x"] * N,
    "None and NA levels": RNG.choice(["None", "NA", "nan"], N),
    "zoned times": pd.date_range("2024-03-30", periods=N, freq="h", tz="Europe/Berlin"),
    "durations": pd.to_timedelta(COUNT, unit="min"),
    "identifier": [f"id{i}" for i in range(N)],
}


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("alone", [True, False])
def test_a_column_comes_back_as_it_was(name, alone):
    df = pd.DataFrame({"x": KEPT[name]})
    if not alone:
        df["y"] = REAL
    out = drawn(df)
    known = set(df["x"].dropna())
    if name in ("unused levels", "ordered levels"):
        assert list(out["x"].cat.categories) == list(df["x"].cat.categories)
    if name == "big integers":
        assert (out["x"] >= 2**60).all()
        assert len(set(out["x"]) & known) > 3
    if name.startswith(("constant", "None", "nullable strings")):
        assert set(out["x"].dropna()) <= known
    if name.startswith("all "):
        assert out["x"].isna().all()


REFUSED = {
    "infinities": ([1.0, np.inf] * 30, r"'x' has 30 infinite values.*[Rr]eplace"),
    "mixed types": ([1, "a", 2.5] * 20, "'x'.*(cast|mixes)"),
    "lists": ([[1, 2]] * N, "'x'"),
    "complex numbers": (np.full(N, 1 + 2j), "'x'.*cast"),
    "free text": (
        [f"customer {i} called about the bill of month {i % 12} and left" for i in range(N)],
        "'x' looks like free text.*[Dd]rop",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_kept_is_refused_with_column_and_remedy(name):
    values, message = REFUSED[name]
    with pytest.raises(CopulasynthError, match=message):
        cs.fit(pd.DataFrame({"y": REAL, "x": values}), rng=1)


def test_duplicate_names_are_refused_by_name():
    df = pd.DataFrame(np.c_[COUNT, REAL], columns=["twice", "twice"])
    with pytest.raises(CopulasynthError, match="'twice'"):
        cs.fit(df, rng=1)


@pytest.mark.parametrize("n", [0, 1])
def test_tables_of_no_or_one_row_are_refused(n):
    with pytest.raises(CopulasynthError, match=r"at least 2 rows, the table has \d"):
        cs.fit(pd.DataFrame({"x": COUNT, "t": TEXT}).iloc[:n], rng=1)


def test_a_table_without_columns_and_what_is_no_table_are_refused():
    with pytest.raises(CopulasynthError):
        cs.fit(pd.DataFrame(), rng=1)
    with pytest.raises(TypeError, match="pandas"):
        cs.fit(object(), rng=1)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_a_handful_of_rows_is_enough(n):
    df = pd.DataFrame({"x": REAL[:n], "k": COUNT[:n], "t": TEXT[:n], "g": [np.nan, *REAL[1:n]]})
    drawn(df)


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_other_libraries_get_their_own_tables_back(library):
    data = {"x": REAL, "k": COUNT, "t": TEXT.tolist(), "b": (COUNT > 4).tolist()}
    table = pl.DataFrame(data) if library == "polars" else pa.table(data)
    out = cs.fit(table, copula="gaussian", rng=1).sample(40, rng=1)
    assert type(out) is type(table)
    assert out.schema == table.schema


def test_nominal_columns_alone_make_a_model():
    df = pd.DataFrame({"a": TEXT, "b": RNG.choice(["u", "v"], N), "c": pd.Categorical(TEXT[::-1])})
    out = drawn(df, 2000)
    share = (df["a"] == "a").mean()
    assert abs((out["a"] == "a").mean() - share) < 4 * np.sqrt(0.25 / 2000)


def test_columns_of_identical_content_stay_identical():
    df = pd.DataFrame({"x": REAL, "again": REAL, "t": TEXT, "u": TEXT})
    out = drawn(df, 500)
    assert (out["x"] == out["again"]).all()
    assert (out["t"] == out["u"]).all()


@pytest.mark.parametrize(
    "names",
    [
        ["", " ", "a b"],
        ["💰 spend", "größe", "x\ny"],
        [0, 1, 2],
        ["x [state]", "x", "*"],
        ["$float", "type", 'q"uote'],
    ],
)
def test_odd_names_survive_model_and_schema_files(names, tmp_path):
    df = pd.DataFrame({names[0]: REAL, names[1]: np.where(GAPS, np.nan, REAL), names[2]: TEXT})
    model = cs.fit(df, copula="gaussian", rng=1)
    model.save(tmp_path / "m.json")
    model.schema.to_file(tmp_path / "s.toml")
    again = cs.load(tmp_path / "m.json").sample(20, rng=1)
    pd.testing.assert_frame_equal(again, model.sample(20, rng=1))
    assert list(again.columns) == names
    schema = type(model.schema).from_file(tmp_path / "s.toml")
    assert [c.name for c in schema.columns] == names


def test_labels_that_are_no_names_are_refused():
    df = pd.DataFrame({("a", "b"): REAL, ("a", "c"): COUNT})
    with pytest.raises(CopulasynthError, match="a"):
        cs.fit(df, rng=1)


def test_five_hundred_levels_make_a_model():
    rng = np.random.default_rng(1)
    df = pd.DataFrame(
        {"city": rng.choice([f"c{i}" for i in range(500)], 3000), "x": rng.random(3000)}
    )
    out = drawn(df, 5000)
    assert set(out["city"]) <= set(df["city"])
    assert out["city"].nunique() > 480


def test_a_wide_table_is_fitted_in_reasonable_time():
    rng = np.random.default_rng(2)
    factor = rng.standard_normal(300)
    df = pd.DataFrame(
        {
            f"v{j}": factor + rng.standard_normal(300)
            if j % 3
            else rng.choice(["a", "b", "c"], 300)
            for j in range(100)
        }
    )
    start = time.process_time()
    drawn(df, 300)
    # time may grow as the square of the columns: a minute for 200 of them
    assert time.process_time() - start < 15
