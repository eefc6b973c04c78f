"""A run from a file: the same bytes twice, all or nothing, and a lock that holds."""

import json
import re

import pandas as pd
import pyarrow.parquet as papq
import pytest

import copulasynth as cs
from copulasynth.errors import CopulasynthError, OutputError, SpecError
from copulasynth.evaluation import split
from copulasynth.rows.reader import read
from copulasynth.run import run_spec
from copulasynth.run.checks import read_spec
from copulasynth.run.prepare import prepare, seeds_of

RUN = """\
[data]
path = "usage.csv"
[fit]
method = "independent"
[evaluate]
metrics = ["ks", "spearman", "dcr_share"]
[output]
report = false
"""


def contents(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.name != "manifest.json"}


def test_two_runs_and_another_number_of_threads_give_the_same_bytes(spec, folder):
    first = run_spec(spec(), seed=7, workers=1, folder=folder / "a")
    second = run_spec(spec(), seed=7, workers=3, folder=folder / "b")
    found = contents(first.folder)
    assert found == contents(second.folder)
    assert {"synthetic.csv", "model.json", "schema.toml", "evaluation.json"} <= set(found)
    other = run_spec(spec(), seed=8, folder=folder / "c")
    assert contents(other.folder)["synthetic.csv"] != found["synthetic.csv"]


def test_a_run_is_what_python_does_with_the_seeds_of_its_manifest(spec, folder):
    done = run_spec(spec(), seed=7, folder=folder / "a")
    seeds = done.manifest["seeds"]
    table = read(folder / "usage.csv")
    train, holdout = split(table, seeds["split"])
    schema = cs.Schema.infer(table)
    model = cs.fit(
        train,
        copula=cs.Gaussian(sweeps=6, burn=2),
        marginals="empirical",
        schema=schema,
        rng=seeds["fit"],
    )
    model.write(folder / "again.csv", len(table), rng=seeds["sample"])
    assert (folder / "again.csv").read_bytes() == (done.folder / "synthetic.csv").read_bytes()
    assert done.manifest["rows"] == {"data": 240, "train": 120, "holdout": 120, "synthetic": 240}
    assert len(holdout) == 120


def test_the_manifest_lists_versions_seeds_hashes_and_times(spec, folder):
    manifest = json.loads((run_spec(spec(), seed=7).folder / "manifest.json").read_text())
    assert manifest["seed"] == {"value": 7, "origin": "given"}
    assert {"python", "copulasynth", "numpy", "matplotlib"} <= set(manifest["versions"])
    assert set(manifest["timings"]) >= {"read", "fit", "sample", "evaluate"}
    assert all(t["seconds"] >= 0 for t in manifest["timings"].values())
    hashes = [f["sha256"] for f in manifest["outputs"].values()]
    hashes += [manifest["spec"]["sha256"], manifest["schema"]["sha256"]]
    assert all(re.fullmatch("[0-9a-f]{64}", h) for h in hashes)
    assert manifest["choices"]["copula"].startswith("Gaussian(")


def test_a_drawn_seed_is_kept_in_the_lock_and_used_again(spec, folder):
    first = contents(run_spec(spec()).folder)
    again = run_spec(spec())
    assert again.manifest["seed"]["origin"] == "locked"
    assert contents(again.folder) == first
    assert contents(run_spec(spec(), locked=True).folder) == first


def test_a_seed_of_the_lock_stays_when_settings_change(spec, folder):
    drawn = run_spec(spec()).manifest["seed"]["value"]
    changed = run_spec(spec(spec().read_text().replace('"ks", ', "")), force=True)
    assert changed.manifest["seed"] == {"value": drawn, "origin": "locked"}


def test_a_lock_that_does_not_hold_names_the_difference(spec, folder):
    with pytest.raises(SpecError, match="run once without it"):
        run_spec(spec(), locked=True)
    done = run_spec(spec(), seed=7)
    lock = done.lock.read_text()
    with pytest.raises(SpecError, match=r"seed: locked 7, now 8"):
        run_spec(spec(), seed=8, locked=True)
    done.lock.write_text(re.sub('numpy = ".*"', 'numpy = "1.0"', lock))
    with pytest.raises(SpecError, match=r"versions\.numpy: locked '1\.0', now"):
        run_spec(spec(), seed=7, locked=True)
    done.lock.write_text(lock)
    changed = spec().read_text().replace('"ks", ', "")
    with pytest.raises(SpecError, match=r"settings\.evaluate\.metrics: locked \['ks'"):
        run_spec(spec(changed), seed=7, locked=True)


def test_a_lock_sees_that_the_table_changed(spec, folder, customers):
    before = contents(run_spec(spec(), seed=7).folder)
    changed = customers.copy()
    changed.loc[::2, "age"] += 1
    changed.to_csv(folder / "usage.csv", index=False)
    with pytest.raises(SpecError, match=r"does not hold any more: (outputs|resolved)"):
        run_spec(spec(), seed=7, locked=True)
    customers.assign(plan=1).to_csv(folder / "usage.csv", index=False)
    with pytest.raises(SpecError, match=r"columns\.plan: locked 'nominal'|resolved"):
        run_spec(spec(), seed=7, locked=True)
    assert contents(folder / "spec-output") == before


def test_a_failed_run_leaves_nothing(spec, folder, customers):
    customers.head(1).to_csv(folder / "usage.csv", index=False)
    path = spec()
    before = sorted(p.name for p in folder.iterdir())
    with pytest.raises(CopulasynthError, match="cannot be split"):
        run_spec(path, seed=7)
    assert sorted(p.name for p in folder.iterdir()) == before


def test_an_older_folder_is_replaced_only_by_the_same_run_or_by_force(spec, folder):
    done = run_spec(spec(), seed=7)
    run_spec(spec(), seed=7)
    with pytest.raises(OutputError, match=r"another run.*--force"):
        run_spec(spec(), seed=8)
    assert run_spec(spec(), seed=8, force=True).manifest["seed"]["value"] == 8
    (done.folder / "thoughts.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"thoughts\.txt, which no run wrote"):
        run_spec(spec(), seed=8, force=True)
    assert (done.folder / "thoughts.txt").read_text() == "mine"


def test_columns_that_the_table_does_not_have_are_named_with_their_line(spec):
    path = spec('[data]\npath = "usage.csv"\n[marginals]\ndata_mbb = "lognormal"\n')
    with pytest.raises(SpecError, match=r"line 4: .*did you mean 'data_mb'\?"):
        run_spec(path, seed=1)
    path = spec('[data]\npath = "usage.csv"\n[evaluate]\ntarget = ["age", "chrun"]\n')
    with pytest.raises(SpecError, match=r"line 4: .*did you mean 'churn'\?"):
        run_spec(path, seed=1)


def test_a_target_with_nothing_to_predict_is_refused_before_anything_is_fitted(spec, folder):
    rows = pd.read_csv(folder / "usage.csv")
    rows.assign(id=range(len(rows)), one=1).to_csv(folder / "usage.csv", index=False)
    for name, why in (("id", "is an identifier"), ("one", "has one value")):
        path = spec(f'[data]\npath = "usage.csv"\n[evaluate]\ntarget = "{name}"\n')
        with pytest.raises(SpecError, match=rf"line 4: .*target '{name}' {why}.*choose one of"):
            prepare(read_spec(path), seeds_of(1))


def test_a_target_of_the_run_file_is_what_models_predict(spec, folder):
    text = RUN.replace('metrics = ["ks", "spearman", "dcr_share"]', 'metrics = ["tstr"]')
    done = run_spec(spec(text.replace("[evaluate]", '[evaluate]\ntarget = "plan"')), seed=1)
    told = json.loads((done.folder / "evaluation.json").read_text())
    assert [row["target"] for row in told["scores"]["tstr"]["table"]] == ["plan"]


def test_settings_reach_the_model_and_the_tables(spec, folder):
    text = """\
[data]
path = "usage.csv"
rows = 200
[schema]
kinds = {age = "ordinal", signup_date = "drop"}
[marginals]
data_mb = "empirical"
[fit]
method = "student"
proper = true
[fit.knobs]
df = 5.0
[sample]
rows = 50
syntheses = 2
format = "parquet"
[evaluate]
holdout = 0
metrics = []
[output]
folder = "results"
[output.names]
table = "customers.parquet"
model = "m.json"
"""
    done = run_spec(spec(text), seed=7)
    assert done.folder == folder / "results"
    assert set(contents(done.folder)) == {
        *("customers-1.parquet", "customers-2.parquet", "m.json", "schema.toml")
    }
    model = cs.load(done.folder / "m.json")
    assert model.copula.df == 5.0
    assert model.provenance.rows == 200
    assert model.schema.kinds["age"] == "ordinal"
    drawn = model.synthesise(2, 50, rng=done.manifest["seeds"]["sample"])
    for i, table in enumerate(drawn):
        assert papq.read_table(done.folder / f"customers-{i + 1}.parquet").equals(table)
        assert "signup_date" not in table.column_names


def test_a_comparison_keeps_what_methods_cost_in_the_manifest(spec, folder):
    text = """\
[data]
path = "usage.csv"
[fit]
method = "smote"
[compare]
methods = ["independent", "bootstrap"]
[evaluate]
metrics = ["ks", "spearman"]
[output]
report = false
"""
    first = run_spec(spec(text), seed=7, folder=folder / "a")
    second = run_spec(spec(text), seed=7, folder=folder / "b")
    assert contents(first.folder) == contents(second.folder)
    assert first.manifest["costs"]["bootstrap"]["fit"] >= 0
    assert any("holds training rows" in note for note in first.manifest["warnings"])


def test_a_holdout_can_be_a_file(spec, folder, customers):
    customers.tail(100).to_csv(folder / "held.csv", index=False)
    customers.head(140).to_csv(folder / "usage.csv", index=False)
    path = spec('[data]\npath = "usage.csv"\n[evaluate]\nholdout = "held.csv"\n')
    seeds = seeds_of(1)
    assert prepare(read_spec(path), seeds).rows == {"data": 140, "train": 140, "holdout": 100}


def test_refitting_delivers_a_model_of_all_rows_and_judges_one_of_half(spec, folder):
    text = spec().read_text().replace("[output]", "refit = true\n[output]")
    done = run_spec(spec(text), seed=7)
    assert cs.load(done.folder / "model.json").provenance.rows == 240
    judged = json.loads((done.folder / "evaluation.json").read_text())
    assert judged["rows"] == {"real": 120, "synthetic": 240, "holdout": 120}
    assert any(note.startswith("refit:") for note in done.manifest["warnings"])


def test_reports_are_standalone_and_the_same_twice(spec, folder):
    text = spec().read_text().replace("report = false", "")
    text += '[compare]\nmethods = ["bootstrap"]\n'
    text += '[schema]\nkinds = {data_mb = "drop", income = "drop", signup_date = "drop"}\n'
    first = run_spec(spec(text), seed=7, folder=folder / "a")
    second = run_spec(spec(text), seed=7, folder=folder / "b")
    found = contents(first.folder)
    assert found == contents(second.folder)
    for name in ("report.html", "comparison.html"):
        assert b"<html" in found[name]
        assert b"usage.csv" in found[name]
