"""A lake on the command line: the model that Python makes of it."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as papq
from typer.testing import CliRunner

import copulasynth as cs
from copulasynth.cli.main import app


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
