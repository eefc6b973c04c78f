"""The command line, as a user types it: results in files, notes on stderr, errors in one line."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow.parquet as papq
import pytest
from typer.testing import CliRunner

import copulasynth as cs
from copulasynth.cli.main import app
from copulasynth.synthesizers.registry import table

COLUMNS = ["tenure_months", "age", "plan", "data_mb", "discount_pct", "income", "churn"]


@pytest.fixture(scope="module")
def folder(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    table = cs.datasets.simulate_telecom(300, rng=1)
    table[COLUMNS].to_csv(folder / "usage.csv", index=False)
    run(
        "fit",
        "usage.csv",
        "-o",
        "m.json",
        "--copula",
        "gaussian",
        "--seed",
        7,
        cwd=folder,
        apart=True,
    )
    return folder


def test_fit_and_sample_give_the_table_that_python_gives(run, folder):
    run("sample", "m.json", "-n", 500, "-o", "out.parquet", "--seed", 3, cwd=folder)
    drawn = cs.load(folder / "m.json").sample(500, rng=3)
    assert papq.read_table(folder / "out.parquet").equals(drawn)


def test_groups_of_rows_get_laws_of_their_own(run, folder):
    run("fit", "usage.csv", "--by", "churn", "--copula", "independence", "--marginals", "spline",
        "-o", "by.json", "--seed", 7, cwd=folder)  # fmt: skip
    shown = run("inspect", "by.json", cwd=folder).stdout
    assert "Groups, largest first" in shown
    told = json.loads(run("inspect", "by.json", "--json", cwd=folder).stdout)
    assert sum(group["rows"] for group in told["groups"]) == 300
    drawn = cs.load(folder / "by.json").group({"churn": "yes"}).sample(9)
    assert set(drawn["churn"].to_pylist()) == {"yes"}


def test_rows_can_be_piped(run, folder):
    done = run("sample", "m.json", "-n", 20, "--seed", 3, cwd=folder)
    lines = done.stdout.splitlines()
    assert len(lines) == 21
    assert "plan" in lines[0]


def test_a_closed_pipe_is_no_crash(run, folder):
    command = f"{sys.executable} -m copulasynth sample m.json -n 20000 --seed 3 | head -n 2"
    done = subprocess.run(
        ["bash", "-c", f"{command}; echo ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )
    assert len(done.stdout.splitlines()) == 3
    assert done.stdout.splitlines()[2] == "141"
    assert "Traceback" not in done.stderr


def test_a_seed_that_was_not_given_is_drawn_and_printed(run, folder):
    done = run("sample", "m.json", "-n", 20, cwd=folder)
    seed = done.stderr.split("seed ")[1].split()[0]
    assert run("sample", "m.json", "-n", 20, "--seed", seed, cwd=folder).stdout == done.stdout


def test_given_values_are_parsed_by_their_columns(run, folder):
    run(
        *("sample", "m.json", "-n", 50, "-o", "given.csv", "--seed", 3),
        *("--given", "plan=prepaid", "--given", "age=30", "--given", "income="),
        cwd=folder,
    )
    rows = pd.read_csv(folder / "given.csv")
    assert (rows["plan"] == "prepaid").all()
    assert (rows["age"] == 30).all()
    assert rows["income"].isna().all()


def test_a_schema_can_be_written_edited_and_used(run, folder):
    run("schema", "usage.csv", "-o", "schema.toml", cwd=folder)
    text = (folder / "schema.toml").read_text()
    assert "discount_pct" in text
    run(
        *("fit", "usage.csv", "-o", "s.json", "--schema", "schema.toml", "--seed", 1),
        *("--copula", "gaussian", "--marginals", "data_mb=spline"),
        cwd=folder,
    )


def test_inspect_shows_columns_marginals_and_provenance(run, folder):
    out = run("inspect", "m.json", cwd=folder).stdout
    for words in ("data_mb", "lognormal (meanlog", "300 rows", "seed 7", "numpy", "Strongest"):
        assert words in out
    more = run("inspect", "m.json", "--marginals", "--dependence", cwd=folder).stdout
    assert out.splitlines()[0] == more.splitlines()[0]
    for words in ("Marginals", "income [state]", "Strongest latent correlations"):
        assert words in more
    assert "Marginals" not in out
    told = json.loads(run("inspect", "m.json", "--json", cwd=folder).stdout)
    assert told["rows"] == 300
    assert [line["column"] for line in told["columns"]][:2] == ["tenure_months", "age"]
    assert told["dependence"]


def test_other_methods_fit_too_and_say_that_they_hold_rows(run, folder):
    done = run("fit", "usage.csv", "-o", "smote.json", "--method", "smote", "--seed", 1, cwd=folder)
    assert "HOLDS TRAINING ROWS" in done.stderr
    assert "HOLDS TRAINING ROWS" in run("inspect", "smote.json", cwd=folder).stdout
    run("sample", "smote.json", "-n", 700, "-o", "smote.parquet", "--seed", 2, cwd=folder)
    assert papq.read_metadata(folder / "smote.parquet").num_rows == 700


def test_demo_makes_customers_a_model_and_rows(run, folder):
    run("demo", "-o", "demo", "-n", 1000, "--seed", 1, cwd=folder)
    assert papq.read_metadata(folder / "demo" / "synthetic.parquet").num_rows == 1000
    assert cs.load(folder / "demo" / "telecom.model.json").provenance.rows == 5000


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("fit", "absent.csv", "-o", "x.json"), "absent.csv does not exist"),
        (("fit", "usage.csv", "-o", "x.json", "--copula", "clayton9"), "clayton9"),
        (("fit", "usage.csv", "-o", "x.json", "--marginals", "data=lognormal"), "'data'"),
        (("sample", "usage.csv", "-n", "5"), "usage.csv is no model file"),
        (("sample", "m.json", "-n", "5", "-o", "rows.docx"), "rows.docx"),
        (("sample", "m.json", "-n", "5", "--given", "plan=gold"), "gold"),
        (("sample", "m.json", "-n", "5", "--given", "plan"), "expected COLUMN=VALUE"),
        (("fit", "usage.csv", "-o", "x.json", "--schema", "no.toml"), "no.toml"),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_code_2(run, folder, args, words):
    apart = "absent.csv" in args  # one of them as users see it
    done = run(*args, "--seed", 1, cwd=folder, ok=False, apart=apart)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_every_command_has_help_with_an_example():
    from copulasynth.cli.main import app

    for command in app.registered_commands:
        name = command.name or command.callback.__name__
        assert f"copulasynth {name}" in (command.epilog or ""), name
        assert command.callback.__doc__, name


def test_methods_lists_every_name_and_says_what_one_takes(run):
    listed = run("methods").stdout
    assert all(row["method"] in listed for row in table())
    assert "settings: schema" in run("methods", "smote").stdout
    assert "did you mean 'vine'?" in run("methods", "vines", ok=False).stderr


def test_free_text_locks_nobody_out_of_the_files_to_edit(tmp_path):
    rng = np.random.default_rng(0)
    agency = [f"Police Department of the County {k}" for k in rng.permutation(60)]
    df = pd.DataFrame({"age": rng.integers(18, 80, 60), "agency": agency})
    df.to_csv(tmp_path / "t.csv", index=False)
    for command, file in (("schema", "s.toml"), ("init", "r.toml")):
        done = CliRunner().invoke(app, [command, f"{tmp_path}/t.csv", "-o", f"{tmp_path}/{file}"])
        assert done.exit_code == 0, done.output
    schema = cs.Schema.from_file(tmp_path / "s.toml")
    assert schema.kinds == {"age": "integer", "agency": "drop"}
    assert any("free text" in note for note in schema.notes)
    assert '\nagency = "drop"' in (tmp_path / "r.toml").read_text(encoding="utf-8")
    drawn = cs.fit(df, copula="gaussian", schema=schema, rng=1).sample(5, rng=1)
    assert drawn.column_names == ["age"]


def test_split_writes_rows_to_fit_to_and_rows_to_judge_by(run, folder, tmp_path):
    done = run(
        "split", "usage.csv", "--holdout", 0.2, "--seed", 1, "-o", tmp_path / "a", cwd=folder
    )
    assert "240 rows written to" in done.stderr
    names = [tmp_path / "a" / f"usage.{part}.csv" for part in ("train", "holdout")]
    assert [len(pd.read_csv(name)) for name in names] == [240, 60]
    refused = run("split", "usage.csv", "--holdout", 1, "--seed", 1, cwd=folder, ok=False)
    assert refused.stderr.count("\n") == 1
    assert "share" in refused.stderr


def test_what_is_unusual_of_a_file_to_split_is_a_note(run, tmp_path):
    (tmp_path / "t.csv").write_text("größe;x\n1;2\n3;4\n", encoding="cp1252")
    done = run("split", "t.csv", "--seed", 1, cwd=tmp_path)
    assert "note: t.csv is read as a CSV file encoded in cp1252" in done.stderr
    assert "FitWarning" not in done.stderr


def test_the_version_is_shown(run):
    assert run("--version", apart=True).stdout == f"copulasynth {cs.__version__}\n"
