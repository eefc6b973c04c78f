"""Texts that a spreadsheet would run are marked, and nothing else is."""

import csv

import pandas as pd
import pyarrow as pa
import pytest

import copulasynth as cs
from copulasynth.errors import DataError
from copulasynth.rows.harmless import harmless, harmless_name

RISKY = [
    "=cmd|' /C calc'!A0",
    "+a",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =x",
    "\uff1dx",
    "\ufeff=1",
]
PLAIN = ["a=b", "-5", "+1.5e3", "-", "", "a-b", "x@y.org", "'=x", "\u2019"]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_texts_that_begin_like_formulas_get_an_apostrophe(kind):
    found = harmless(pa.array([*RISKY, *PLAIN, None], kind))
    assert found.type == kind
    assert found.to_pylist() == [*(f"'{t}" for t in RISKY), *PLAIN, None]


def test_numbers_stay_and_names_of_columns_do_not():
    numbers = pa.array([-1, 2])
    assert harmless(numbers) is numbers
    assert [harmless_name(n) for n in ("=x", "x")] == ["'=x", "x"]


@pytest.fixture(scope="module")
def model():
    table = pd.DataFrame({"=who": ["=1+1", "@x", "a", "-"] * 50, "n": [*range(-50, 50)] * 2})
    return cs.fit(table, copula="independence", marginals="spline", rng=1)


def cells(path):
    with open(path, encoding="utf-8", newline="") as f:
        return list(csv.reader(f))


def test_a_file_is_the_same_but_for_the_marks(model, tmp_path):
    for name, safe in {"a.csv": False, "b.csv": True}.items():
        model.write(tmp_path / name, 300, rng=1, safe_csv=safe)
    plain, safe = cells(tmp_path / "a.csv"), cells(tmp_path / "b.csv")
    assert plain[0] == ["=who", "n"]
    assert safe[0] == ["'=who", "n"]
    changed = {
        (a, b)
        for one, other in zip(plain[1:], safe[1:], strict=True)
        for a, b in zip(one, other, strict=True)
        if a != b
    }
    assert changed == {("=1+1", "'=1+1"), ("@x", "'@x")}
    assert any(int(row[1]) < 0 for row in safe[1:])


def test_parquet_needs_none(model, tmp_path):
    with pytest.raises(DataError, match="safe_csv"):
        model.write(tmp_path / "a.parquet", 3, safe_csv=True)
    assert list(tmp_path.iterdir()) == []
