"""A run with a section [release]: a folder of what may leave, if the gate lets it, else none."""

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import copulasynth as cs
from copulasynth.cli.main import app
from copulasynth.errors import OutputError, SpecError
from copulasynth.rows.reader import read
from copulasynth.run import read_spec, run_spec
from copulasynth.run.methods import prefer_of

SPEC = """\
[data]
path = "people.csv"
[marginals]
"*" = "spline"
[fit]
method = "gaussian"
knobs = {sweeps = 6, burn = 2}
[evaluate]
metrics = []
[release]
policy = "policy.toml"
model = true
[run]
seed = 7
"""
RARE = "zanzibar-qx"


@pytest.fixture(scope="module")
def people():
    table = cs.datasets.simulate_telecom(2400, rng=4)[["age", "plan", "data_mb", "churn"]]
    town = np.random.default_rng(1).choice(["Ely", "Ayr"], len(table)).astype(object)
    town[:3] = RARE
    table["town"] = town
    table.loc[5, "data_mb"] = 48673921.53
    return table


@pytest.fixture
def spec(tmp_path, people):
    people.to_csv(tmp_path / "people.csv", index=False)
    (tmp_path / "policy.toml").write_text("attacks = 60\n")

    def write(text=SPEC):
        path = tmp_path / "spec.toml"
        path.write_text(text)
        return path

    return write


def test_what_passes_leaves_with_a_manifest_and_nothing_of_a_few_rows(spec, tmp_path):
    done = run_spec(spec())
    assert done.gate.passed
    assert done.release == tmp_path / "spec-release"
    files = {p.name: p.read_text() for p in done.release.iterdir()}
    assert set(files) == {"synthetic.csv", "model.json", "gate.html", "manifest.json"}
    for name, text in files.items():
        assert RARE not in text, name
        assert "4867" not in re.sub(r"[,.]", "", text), name
    made = json.loads(files["manifest.json"])
    assert made["format"] == "copulasynth-release"
    assert made["rows"] == {"train": 1200, "holdout": 1200, "synthetic": 2400}
    assert made["gate"]["passed"]
    assert {s["name"] for s in made["not_run"]} == {"shadow audit", "differential privacy"}
    assert {t["column"] for t in made["treatments"]} == {"town"}
    assert made["suppressed"]["k_min"] == 10
    assert made["earlier"]["releases"] == []
    # whoever has the seed can check a guess of the table
    assert "seed" not in json.dumps({k: v for k, v in made.items() if k != "seeds"})
    drawn = read(done.release / "synthetic.csv")
    assert drawn["data_mb"].to_numpy().max() < 1_000_000
    model = cs.load(done.release / "model.json")
    assert model.sample(2400, rng=done.manifest["seeds"]["sample"]).equals(drawn)
    assert model.provenance.release.k_min == 10


def test_releases_of_the_same_data_add_up_and_a_repeated_one_is_counted_once(spec, tmp_path):
    run_spec(spec())
    run_spec(spec(), force=True)
    log = json.loads((tmp_path / "releases.json").read_text())
    assert [(r["tables"], r["rows"], r["models"]) for r in log["releases"]] == [(1, 2400, 1)]
    more = SPEC.replace("model = true", 'folder = "second"').replace(
        "[run]", "[sample]\nsyntheses = 2\n[run]"
    )
    second = run_spec(spec(more), force=True)
    made = json.loads((second.release / "manifest.json").read_text())
    assert (made["earlier"]["tables"], made["earlier"]["rows"], made["earlier"]["models"]) == (
        3,
        7200,
        1,
    )
    assert {p.name for p in second.release.glob("*.csv")} == {"synthetic-1.csv", "synthetic-2.csv"}


def test_what_fails_leaves_no_folder_and_the_command_says_so(spec, tmp_path, monkeypatch):
    # the least extreme that is allowed is nothing at all
    (tmp_path / "policy.toml").write_text("attacks = 60\nauc = 0.1\n")
    monkeypatch.chdir(tmp_path)
    found = CliRunner().invoke(app, ["run", str(spec())])
    assert found.exit_code == 1
    assert "nothing was released" in found.output
    assert not (tmp_path / "spec-release").exists()
    assert not (tmp_path / "releases.json").exists()
    told = json.loads((tmp_path / "spec-output" / "gate.json").read_text())
    assert not told["passed"]
    assert (tmp_path / "spec-output" / "gate.html").exists()


def test_a_table_that_is_not_treated_gets_its_rare_levels_exported_away(spec):
    done = run_spec(spec(SPEC.replace("model = true", "model = true\ntreat = false")))
    assert done.gate.passed
    assert RARE not in (done.release / "model.json").read_text()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("metrics = []", "metrics = []\nholdout = 0", "line 10.*never sees"),
        ("metrics = []", "metrics = []\nrefit = true", "line 10.*holdout too"),
        ('[marginals]\n"*" = "spline"\n[fit]\nmethod = "gaussian"\nknobs = {sweeps = 6, burn = 2}',
         '[fit]\nmethod = "smote"', "line 4.*training rows"),
        ("knobs = {sweeps = 6, burn = 2}", "proper = true", "line 7.*stay at home"),
        ('"policy.toml"', '"none.toml"', "line 11.*policy"),
        ("model = true", 'folder = "../elsewhere"', "line 12.*out of the folder"),
        ("model = true", 'folder = "spec-output/in"', "line 12.*of the run's own"),
        ("model = true", 'log = "spec-release/log.json"', "line 12.*would leave"),
        ("model = true", 'log = "people.csv"', "log of releases|input"),
    ],
)  # fmt: skip
def test_what_cannot_be_released_is_refused_before_any_work(spec, old, new, said):
    assert old in SPEC
    with pytest.raises((SpecError, OutputError), match=f"(?s){said}"):
        run_spec(spec(SPEC.replace(old, new)))


def test_a_folder_of_another_release_is_kept_unless_forced(spec, tmp_path):
    run_spec(spec())
    other = SPEC.replace("burn = 2", "burn = 3")
    with pytest.raises(OutputError, match="holds another"):
        run_spec(spec(other), folder=tmp_path / "other")
    (tmp_path / "spec-release" / "mine.txt").write_text("")
    with pytest.raises(OutputError, match="which no run wrote"):
        run_spec(spec(), force=True)


def test_a_run_without_the_section_is_as_before(spec):
    text = SPEC.replace("[release]\n", "").replace('policy = "policy.toml"\nmodel = true\n', "")
    assert read_spec(spec(text)).spec.release is None
    done = run_spec(spec(text))
    assert (done.gate, done.release) == (None, None)
    assert pd.read_csv(done.folder / "synthetic.csv").town.isin(["Ely", "Ayr", RARE]).all()


def test_persons_with_several_rows_are_kept_on_one_side(spec, tmp_path, people):
    persons = people.assign(customer=[f"c{k // 2:05d}" for k in range(len(people))])
    path = spec()
    persons.to_csv(tmp_path / "people.csv", index=False)
    (tmp_path / "policy.toml").write_text('attacks = 60\nunit = "customer"\n')
    done = run_spec(path)
    assert done.manifest["rows"] == {
        "data": 2400,
        "train": 1200,
        "holdout": 1200,
        "synthetic": 2400,
    }
    made = json.loads((tmp_path / "spec-output" / "gate.json").read_text())
    assert made["policy"]["unit"] == "customer"
    # with rows of one person on both sides the gate would have refused
    assert [s["verdict"] for s in made["steps"][3:6]] == ["pass"] * 3


def test_what_one_person_has_in_many_rows_does_not_leave(spec, tmp_path):
    rng = np.random.default_rng(3)
    who = rng.choice(np.arange(1_000_000, 9_999_999), 800, replace=False)
    owner = np.r_[rng.permutation(np.repeat(who, 3))]
    table = pd.DataFrame(
        {
            "customer": owner,
            "town": rng.choice(["Ely", "Ayr", "Wick"], len(owner), p=[0.5, 0.3, 0.2]).astype(
                object
            ),
            "income": rng.lognormal(10, 0.8, len(owner)).round(2),
        }
    )
    table.loc[:11, ["customer", "town"]] = [who[0], "HERMITAGE"]
    path = spec()
    kept = table.customer.isin(who[:400])
    table[kept].to_csv(tmp_path / "people.csv", index=False)
    table[~kept].to_csv(tmp_path / "kept.csv", index=False)
    path.write_text(SPEC.replace("metrics = []", 'metrics = []\nholdout = "kept.csv"'))
    (tmp_path / "policy.toml").write_text('attacks = 60\nunit = "customer"\n')
    done = run_spec(path)
    for file in (tmp_path / "spec-output").iterdir():
        assert "HERMITAGE" not in file.read_text(), file.name
    drawn = pd.read_csv(tmp_path / "spec-output" / "synthetic.csv")
    assert not set(drawn.customer) & set(who)
    assert done.gate.steps[0].verdict == "pass"


def test_no_file_of_a_release_tells_to_the_row_how_many_people_there_are(spec, tmp_path, people):
    path = spec()
    people.iloc[:2237].to_csv(tmp_path / "people.csv", index=False)
    done = run_spec(path)
    assert done.release is not None
    for file in [f for f in done.release.iterdir() if f.suffix != ".csv"]:
        numbers = set(re.findall(r"\d[\d,]*", file.read_text().replace(",", "")))
        assert not numbers & {"2237", "1118", "1119"}, file.name
    assert len(read(done.release / "synthetic.csv")) == 2200


def test_an_older_release_is_named_by_a_run_that_does_not_pass(spec, tmp_path):
    run_spec(spec())
    (tmp_path / "policy.toml").write_text("attacks = 60\nrequired = [6]\n")
    found = CliRunner().invoke(app, ["run", str(tmp_path / "spec.toml"), "--force"])
    assert found.exit_code == 3
    assert "spec-release is of an earlier run" in found.output


def test_entries_of_the_section_are_checked_and_logs_are_of_one_table(spec, tmp_path, people):
    with pytest.raises(SpecError, match=r"did you mean 'model'"):
        run_spec(spec(SPEC.replace("model = true", "modell = true")))
    run_spec(spec())
    people.iloc[::-1].to_csv(tmp_path / "others.csv", index=False)
    other = SPEC.replace("people.csv", "others.csv").replace("model = true", 'folder = "others"')
    done = run_spec(spec(other), folder=tmp_path / "out")
    made = json.loads((done.release / "manifest.json").read_text())
    assert made["earlier"]["releases"] == []


def test_what_a_schema_file_says_of_numbers_is_kept_by_treating(spec, tmp_path, people):
    schema = cs.Schema.infer(people)
    age = schema.column("age").replace(lower=0, upper=130)
    columns = tuple(age if c.name == "age" else c for c in schema.columns)
    replace(schema, columns=columns).to_file(tmp_path / "schema.toml")
    done = run_spec(spec(SPEC.replace("[release]", '[schema]\nfile = "schema.toml"\n[release]')))
    left = cs.Schema.from_file(done.folder / "schema.toml").column("age")
    assert (left.lower, left.upper) == (0, 130)
    assert RARE not in (done.folder / "schema.toml").read_text()


def test_what_leaves_is_fitted_for_privacy_unless_the_file_says_otherwise(spec, tmp_path):
    auto = SPEC.replace('method = "gaussian"\nknobs = {sweeps = 6, burn = 2}\n', "")
    done = run_spec(spec(auto.replace("model = true", 'folder = "unsaid"')))
    assert done.manifest["settings"]["fit"]["prefer"] == "privacy"
    assert any('prefer = "privacy"' in note for note in done.manifest["warnings"])
    made = json.loads((done.release / "manifest.json").read_text())
    assert made["settings"]["fit"]["prefer"] == "privacy"
    said = auto.replace("[fit]", '[fit]\nprefer = "fidelity"')
    # other methods take no such setting, and without a release nothing changes
    texts = {auto: "privacy", said: "fidelity", SPEC: "fidelity"}
    texts[auto.split("[release]")[0]] = "fidelity"
    for text, prefer in texts.items():
        assert prefer_of(read_spec(spec(text)).spec) == prefer
