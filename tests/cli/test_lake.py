"""A lake on the command line: the model that Python makes of it."""

import json
import warnings
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as papq
import pytest
from typer.testing import CliRunner

import copulasynth as cs
from copulasynth.cli.ending import in_one_line
from copulasynth.cli.main import app
from copulasynth.errors import ArgumentError, FitWarning, SamplingWarning
from copulasynth.rows.blocks import BLOCK
from tests.rows.folders import files_of


def test_a_lake_is_fitted_as_in_python(tmp_path):
    rng = np.random.default_rng(1)
    for k in range(2):
        table = pa.table({"x": rng.normal(size=3000), "plan": rng.choice(["a", "b"], 3000)})
        papq.write_table(table, tmp_path / f"{k}.parquet")
    lake, out = f"{tmp_path}/*.parquet", tmp_path / "m.json"
    asked = ["fit", lake, "--method", "gaussian", "--marginals", "*=spline", "-o", str(out)]
    asked += ["--seed", "3", "--sample-rows", "1000", "--kind", "plan=ordinal"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert "The dependence is from 1,000 of 6,000 rows" in done.output
    want = cs.fit(
        lake,
        copula="gaussian",
        marginals={"*": "spline"},
        kinds={"plan": "ordinal"},
        sample_rows=1000,
        rng=3,
    )
    want.save(tmp_path / "want.json")
    assert out.read_bytes() == (tmp_path / "want.json").read_bytes()


def test_an_engine_that_is_none_is_refused_before_files_are_read(tmp_path):
    done = CliRunner().invoke(app, ["fit", f"{tmp_path}/*.parquet", "-o", "m", "--engine", "ray"])
    assert "engine='ray' is unknown" in str(done.exception)


def test_lakes_are_judged_and_nothing_is_advised_that_reads_one_file(tmp_path):
    rng = np.random.default_rng(1)
    papq.write_table(pa.table({"x": rng.normal(size=300)}), tmp_path / "0.parquet")
    asked = ["evaluate", *[f"{tmp_path}/*.parquet"] * 2, "--metrics", "ks", "--seed", "3"]
    done = CliRunner().invoke(app, [*asked, "-o", str(tmp_path / "report.html")])
    assert done.exit_code == 0, done.output
    assert "Fidelity: " in done.output
    assert "Next: " not in done.output


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A model of groups, by the file that it is saved to."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=900)
    region = np.repeat(["North", "South", None], [600, 280, 20])
    table = pd.DataFrame({"x": x, "region": region})
    path = tmp_path_factory.mktemp("saved") / "m.json"
    fitted = cs.fit(table, by="region", copula="gaussian", marginals="spline", rng=1)
    fitted.save(path)
    return path


def run(*words):
    done = CliRunner().invoke(app, list(map(str, words)))
    assert done.exit_code == 0, done.output
    return done.output


def test_a_folder_that_was_begun_knows_its_rows_and_what_is_left(saved, tmp_path):
    n, out = 2 * BLOCK + 50, f"{tmp_path}/out/"
    run("sample", saved, "-n", n, "-o", out, "--rows-per-file", 1, "--seed", 3)
    before = files_of(out)
    (tmp_path / "out/part-000001.parquet").unlink()
    told = run("sample", saved, "-o", out, "--resume", "--dry-run")
    assert f"{BLOCK + 50:,} of {n:,} rows are there, {BLOCK:,} are left to draw" in told
    assert f"{BLOCK:,} rows are about" in told
    with pytest.warns(SamplingWarning, match="1 file of"):
        done = run("sample", saved, "-o", out, "--resume")
    assert f"{n:,} rows written" in done
    assert files_of(out) == before
    told = run("sample", saved, "-o", out, "--resume", "--dry-run")
    assert "0 are left to draw" in told
    assert "rows a second" not in told
    done = CliRunner().invoke(
        app, ["sample", str(saved), "-o", out, "--resume", "--dry-run", "-n5"]
    )
    assert "begun with" in str(done.exception)


def test_a_command_that_always_resumes_begins_and_tells_its_seed(saved, tmp_path):
    with pytest.warns(SamplingWarning, match="nothing to go on with"):
        told = run("sample", saved, "-o", f"{tmp_path}/new/", "--resume")
    assert "900 rows written" in told
    assert "--seed" in told


def test_many_rows_that_nobody_asked_for_are_said(saved, tmp_path):
    model = cs.load(saved)
    model = replace(model, provenance=replace(model.provenance, rows=2 * 10**9))
    model.save(tmp_path / "m.json")
    told = run("sample", tmp_path / "m.json", "-o", f"{tmp_path}/out/", "--dry-run")
    assert "2,000,000,000 rows, as many as were fitted to; -n takes another number" in told


def test_groups_are_shown_and_one_of_them_by_its_values(saved):
    told = run("inspect", saved)
    assert "law of 1 group and one of 2 groups of few rows" in told
    assert "one a group" in told
    assert "(missing)" in told
    assert "--group COLUMN=VALUE" in told
    assert "--group region=... shows one" in run("inspect", saved, "--dependence")
    one = run("inspect", saved, "--group", "region=North")
    assert "fitted to 600 rows" in one
    assert "one a group" not in one
    assert "have together" not in one
    assert "law that 2 groups of few rows have" in run("inspect", saved, "--group", "region=")
    done = CliRunner().invoke(app, ["inspect", str(saved), "--group", "region=East"])
    assert "region" in str(done.exception)


@pytest.mark.parametrize(
    ("kind", "values", "told"),
    [
        (pa.decimal128(10, 2), [Decimal("0.01"), Decimal("1234567.25")], "1234567.25"),
        (pa.date32(), [date(2021, 1, 1), date(2021, 1, 2)], "2021-01-02"),
        (pa.timestamp("us", "UTC"), [datetime(2021, 1, k, tzinfo=UTC) for k in (1, 2)], ""),
        (pa.int64(), [2**60, 2**60 + 1], str(2**60 + 1)),
        (pa.float64(), [0.5, 1234567.25], "1234567.25"),
    ],
)
def test_groups_of_all_kinds_are_shown_as_they_are_asked_for(tmp_path, kind, values, told):
    table = pa.table({"k": pa.array([*values, None] * 250, kind), "x": np.arange(750.0) % 7})
    model = cs.fit(table, by="k", copula="independence", marginals="spline", rng=1)
    model.save(tmp_path / "m.json")
    shown = run("inspect", tmp_path / "m.json", "--dependence")
    assert told in shown
    assert "nan" not in shown.lower()
    assert "shows one, nothing behind = for a missing value." in " ".join(shown.split())
    groups = json.loads(run("inspect", tmp_path / "m.json", "--json"))["groups"]
    assert {None, told or "2021-01-02 00:00:00+00:00"} <= {
        None if g["k"] is None else str(g["k"]) for g in groups
    }
    for asked in (told, ""):
        one = run("inspect", tmp_path / "m.json", "--group", f"k={asked}")
        assert "fitted to 250 rows" in one


def test_sample_rows_that_are_not_used_are_said(tmp_path):
    papq.write_table(pa.table({"x": np.arange(60.0) % 7}), tmp_path / "0.parquet")
    asked = {"copula": "independence", "marginals": "spline", "rng": 1}
    with pytest.warns(FitWarning, match=r"sample_rows=5,000 and engine='dask' is for .*read whole"):
        cs.fit(tmp_path, sample_rows=5000, engine="dask", **asked)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cs.fit(f"{tmp_path}/*.parquet", sample_rows=5000, **asked)
    done = CliRunner().invoke(app, ["fit", str(tmp_path), "-o", "m", "--sample-rows", "5"])
    assert done.exit_code != 0


def test_names_that_the_shell_replaced_are_to_be_quoted(tmp_path, capsys):
    with pytest.raises(SystemExit), in_one_line():
        app(["fit", "a.parquet", "b.parquet", "-o", "m"], standalone_mode=False)
    assert "is quoted, as 'lake/*.parquet'" in capsys.readouterr().err


def test_lakes_of_unknown_size_say_how_much_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr("copulasynth.fitting.lake.fit.FIRST_TOLD", 1000)
    for k in range(4):
        (tmp_path / f"{k}.csv").write_text("x\n" + "\n".join(map(str, range(1000))))
    said = []
    cs.fit(tmp_path, copula="independence", marginals="spline", progress=said.append, rng=1)
    assert [s for s in said if s.endswith("rows are read")] == [
        f"{k:,} rows are read" for k in (1000, 2000, 4000)
    ]


def test_iterators_of_paths_have_a_remedy(tmp_path):
    with pytest.raises(ArgumentError, match=r"got .*; list\(...\) makes a list"):
        cs.fit(tmp_path.glob("*.parquet"))
