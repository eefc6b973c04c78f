"""`copulasynth treat`: a treated table, and a record of what was done, from a file."""

import json

import numpy as np
import pandas as pd
from typer.testing import CliRunner

from copulasynth.cli.main import app

runner = CliRunner()


def test_treat_writes_a_table_and_a_record_that_names_no_value(tmp_path):
    data, out, record = (tmp_path / name for name in ("t.csv", "t.treated.csv", "record.json"))
    town = ["Ely"] * 60 + ["Ayr"] * 36 + ["Wick"] * 4
    pay = np.random.default_rng(1).lognormal(8, 1, 100)
    pd.DataFrame({"town": town, "pay": pay, "age": np.arange(100) % 9}).to_csv(data, index=False)
    arguments = ["treat", str(data), "-o", str(out), "--record", str(record), "--label", "treated"]
    result = runner.invoke(app, [*arguments, "--round", "pay=10", "--public", "age"])
    assert result.exit_code == 0, result.output
    found = pd.read_csv(out)
    assert found.columns.tolist() == ["town", "pay", "age", "label"]
    assert sorted(found.town.unique()) == ["Ayr", "Ely"]
    assert (found.pay % 10 == 0).all()
    told = record.read_text()
    assert {t["treatment"] for t in json.loads(told)["treatments"]} >= {"levels", "rounding"}
    assert "Wick" not in told + result.output
    assert "fewer than 10" in result.output


def test_treat_leaves_out_rows_of_a_synthetic_table_that_replicate_training_rows(tmp_path):
    g = np.random.default_rng(1)
    train = pd.DataFrame({"x": g.normal(size=50), "k": np.arange(50) // 2})
    made = pd.DataFrame({"x": g.normal(size=50), "k": np.arange(50) // 2})
    made.loc[:4] = train.loc[:4]
    for name, rows in (("train", train), ("made", made)):
        rows.to_csv(tmp_path / f"{name}.csv", index=False)
    out = tmp_path / "kept.parquet"
    arguments = ["treat", str(tmp_path / "made.csv"), "-o", str(out), "--no-ends", "--no-levels"]
    result = runner.invoke(app, [*arguments, "--train", str(tmp_path / "train.csv"), "--keys", "k"])
    assert result.exit_code == 0, result.output
    assert pd.read_parquet(out).x.tolist() == made.x[5:].tolist()


def test_treat_refuses_before_it_reads(tmp_path):
    data = tmp_path / "t.csv"
    data.write_text("x\n1\n")
    for wrong, words in (("t.txt", "expected a name ending"), ("t.csv", "would replace the input")):
        result = runner.invoke(app, ["treat", str(data), "-o", str(tmp_path / wrong)])
        assert result.exit_code != 0
        assert words in str(result.exception)
