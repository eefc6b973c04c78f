"""`copulasynth evaluate` and `compare`: a report and numbers, or one line and exit code 2."""

import json

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    for name, seed in (("real", 1), ("synthetic", 2), ("kept", 3)):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=120)
        frame = pd.DataFrame(
            {"x": x, "y": x + rng.normal(size=120), "g": rng.choice(["a", "b"], 120)}
        )
        frame.to_csv(folder / f"{name}.csv", index=False)
    return folder


def test_evaluate_prints_scores_and_runs_the_metrics_that_are_asked_for(run, folder):
    done = run("evaluate", "real.csv", "synthetic.csv", "--metrics", "ks", cwd=folder)
    assert "KS" in done.stdout
    assert "verdict" in done.stdout
    assert "Spearman" not in done.stdout
    quick = run("evaluate", "real.csv", "synthetic.csv", "--metrics", "quick", cwd=folder)
    assert "Spearman" in quick.stdout
    assert "C2ST" not in quick.stdout


def test_evaluate_writes_a_report_and_its_numbers(run, folder):
    run(
        "evaluate",
        "real.csv",
        "synthetic.csv",
        "--holdout",
        "kept.csv",
        "-o",
        "r.html",
        "--json",
        "e.json",
        "--formula",
        "y ~ x + C(g)",
        "--target",
        "y",
        "--seed",
        3,
        cwd=folder,
    )
    page = (folder / "r.html").read_text()
    assert "synthetic.csv was compared with real.csv; seed 3." in page
    assert "y ~ x + C(g)" in page
    told = json.loads((folder / "e.json").read_text())
    assert told["rows"]["holdout"] == 120
    assert [row["target"] for row in told["scores"]["tstr"]["table"]] == ["y"]


def test_a_folder_of_files_is_judged_in_pieces(run, folder):
    for name in ("real", "synthetic"):
        (folder / f"{name}s").mkdir()
        table = pd.read_csv(folder / f"{name}.csv")
        for k in range(2):
            table.iloc[60 * k : 60 * k + 60].to_parquet(folder / f"{name}s" / f"{k}.parquet")
    paths = "reals/*.parquet", "synthetics/*.parquet"
    done = run("evaluate", *paths, "--metrics", "tv2", "--sample-rows", 100, "--json", "l.json",
               "-o", "l.html", "--seed", 1, cwd=folder)  # fmt: skip
    assert "TV 2-way" in done.stdout
    told = json.loads((folder / "l.json").read_text())
    assert told["rows"] == {"real": 120, "synthetic": 120}
    assert "all 120 real and 120 synthetic rows counted" in told["scores"]["tv2"]["note"]
    failed = run("evaluate", *paths, "--formula", "y ~ x", "-o", "l.html", cwd=folder, ok=False)
    assert "read in pieces" in failed.stderr


def test_compare_writes_a_table_of_methods(run, folder):
    run(
        "compare",
        "real.csv",
        "--methods",
        "independent,bootstrap",
        "--target",
        "x",
        "-o",
        "c.html",
        "--json",
        "c.json",
        "--seed",
        3,
        cwd=folder,
    )
    page = (folder / "c.html").read_text()
    assert "Methods, with half the width" in page
    scores = json.loads((folder / "c.json").read_text())["scores"]
    assert set(scores) == {"independent", "bootstrap"}
    assert [row["target"] for row in scores["bootstrap"]["tstr"]["table"]] == ["x"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("evaluate", "real.csv", "nowhere.csv"), "nowhere.csv"),
        (("compare", "real.csv", "--methods", "magic"), "no method is called 'magic'"),
        (("evaluate", "real.csv", "synthetic.csv", "--target", "z"), "target 'z' is no column"),
        (("evaluate", "real.csv", "synthetic.csv", "--formula", "y ~ nobody"), "nobody"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(run, folder, args, message):
    done = run(*args, "--seed", 1, cwd=folder, ok=False)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_what_several_files_have_in_common_is_said_once(run, folder):
    for name in ("real", "synthetic"):
        text = (folder / f"{name}.csv").read_text().replace(",", ";")
        (folder / f"{name} de.csv").write_text(text)
    words = "evaluate", "real de.csv", "synthetic de.csv", "--metrics", "ks", "-o", "de.html"
    notes = [line for line in run(*words, cwd=folder).stderr.splitlines() if "note" in line]
    said = "note: real de.csv is read as a CSV file separated by semicolons"
    assert notes == [f"{said}; the same of synthetic de.csv"]
