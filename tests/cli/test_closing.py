"""How commands close: a verdict in three lines, whose last is a command that works when pasted."""

import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from copulasynth.cli.closing import close_fit, command, go_on
from copulasynth.errors import DataError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("closing")
    g = np.random.default_rng(3)
    table = pd.DataFrame(
        {"age": g.integers(18, 80, 90), "fee": g.normal(size=90), "plan": g.choice(list("ab"), 90)}
    )
    table.to_csv(folder / "people data.csv", index=False)
    return folder


def last(done, heads):
    """Return the command of the last line, and check how the lines before it begin."""
    lines = done.stderr.splitlines()[-len(heads) :]
    assert [line.partition(":")[0] for line in lines] == heads
    return lines[-1].removeprefix("Next: ")


def run_pasted(run, text, folder):
    """Run a pasted line, and return what its last command said."""
    for part in text.split(" && "):
        name, *words = shlex.split(part)
        assert name == "copulasynth"
        done = run(*words, cwd=folder)
    return done


def test_fit_closes_with_a_command_that_leads_to_a_report(run, folder):
    words = "fit", "people data.csv", "-o", "m.json", "--copula", "gaussian", "--marginals"
    done = run(*words, "empirical", "--seed", 1, cwd=folder)
    pasted = last(done, ["Chosen", "Fidelity", "Next"])
    assert "as asked" in done.stderr
    assert "Privacy: the model file holds no training rows" in done.stderr
    drawn, judged = pasted.split(" && ")
    run_pasted(run, drawn, folder)
    assert (folder / "synthetic.csv").exists()
    again = run_pasted(run, f"{judged} --metrics quick", folder)
    assert (folder / "report.html").exists()
    pasted = last(again, ["Fidelity", "Privacy", "Advice", "Next"])
    assert pasted == command("split", "people data.csv", "--holdout", 0.5)
    run_pasted(run, pasted, folder)
    assert (folder / "people data.holdout.csv").exists()


class Chosen:
    """A model as the line on its choice sees it."""

    def __init__(self, *selection):
        self.provenance = type("P", (), {"selection": selection, "rows": 5, "seed": 1})
        self.holds_training_rows = True
        self.schema = type("S", (), {"columns": ()})

    def sample(self, n, rng):
        raise DataError("nothing to draw")


def test_a_search_tells_the_number_that_chose(capsys, tmp_path):
    tree = {"candidate": "tree", "tv2": 0.03, "DCR share": 0.6, "chosen": True}
    rest = {"candidate": "vine", "tv2": 0.04, "DCR share": 0.5, "chosen": False, "why": ""}
    failed = {"candidate": "blend", "tv2": float("nan"), "chosen": False, "why": "cannot"}
    why = "lowest tv2 of 2 whose AUC is within 0.010 of the best"
    model = Chosen(failed, rest, tree | {"why": why})
    close_fit(model, tmp_path / "a.csv", None, tmp_path / "m.json")
    first, second, third = capsys.readouterr().err.splitlines()
    assert first == f"Chosen: tree, {why}: tv2 0.030 (vine 0.040)."
    assert "HOLDS TRAINING ROWS" in second
    assert third.startswith("Next: copulasynth sample ")


def test_a_rule_tells_its_reason(capsys, tmp_path):
    model = Chosen({"candidate": "gaussian", "chosen": True, "why": "100 rows are too few"})
    close_fit(model, tmp_path / "a.csv", None, tmp_path / "m.json")
    assert "Chosen: gaussian; 100 rows are too few." in capsys.readouterr().err


@pytest.fixture(scope="module")
def parted(run, folder):
    """Return the folder with a split table, a model of one half, and rows drawn of it."""
    (folder / "apart").mkdir()
    g = np.random.default_rng(5)
    table = pd.DataFrame(
        {
            "plan": g.choice(["basic", "plus"], 120),
            "street": g.choice([f"{c} Street" for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"], 120),
            "use": g.lognormal(3, 1, 120).round(2),
        }
    )
    table.to_csv(folder / "apart/use.csv", index=False)
    run("split", "use.csv", "--seed", 1, cwd=folder / "apart")
    return folder / "apart"


def next_of(done):
    """Return the command of the last line."""
    line = done.stderr.splitlines()[-1]
    assert line.startswith("Next: ")
    return line.removeprefix("Next: ")


def test_split_leads_to_a_fit_and_that_to_a_judgement_by_the_holdout(run, parted):
    pasted = next_of(run("split", "use.csv", "--seed", 1, cwd=parted))
    assert pasted == "copulasynth fit use.train.csv -o use.model.json"
    done = run_pasted(run, f"{pasted} --method independence --seed 1", parted)
    assert "is judged with use.holdout.csv" in done.stderr
    drawn, judged = next_of(done).split(" && ")
    assert "--holdout use.holdout.csv" in judged
    run_pasted(run, f"{drawn} --seed 1", parted)
    done = run_pasted(run, f"{judged} --metrics quick --seed 1", parted)
    # the holdout was given: only the metric is missing
    assert "takes the metric dcr_share." in done.stderr
    pasted = next_of(done)
    assert pasted.startswith("copulasynth evaluate use.train.csv synthetic.csv --holdout")
    done = run_pasted(run, f"{pasted} --seed 1", parted)
    assert "Privacy: not measured" not in done.stderr
    assert shlex.split(next_of(done))[1] in ("gate", "compare")


def test_a_failed_gate_leads_to_a_treatment_that_can_be_done(run, parted):
    words = "gate", "use.train.csv", "use.train.csv", "--holdout", "use.holdout.csv", "--seed", 1
    done = run(*words, cwd=parted, ok=False)
    assert done.returncode == 1
    pasted = next_of(done)
    assert pasted == "copulasynth treat use.train.csv -o treated.csv --drop=street"
    run_pasted(run, pasted, parted)
    assert list(pd.read_csv(parted / "treated.csv")) == ["plan", "use"]


def test_compare_leads_to_a_fit_with_what_was_said_of_the_table(run, parted):
    words = "compare", "use.csv", "--methods", "independent", "--metrics", "ks", "--metrics", "tv2"
    said = "--kind", "street=drop", "--missing", "basic"
    done = run(*words, *said, "--seed", 1, cwd=parted)
    assert "Spearman" not in done.stdout
    pasted = next_of(done)
    assert pasted.endswith("--kind=street=drop --missing=basic")
    done = run_pasted(run, f"{pasted} --seed 1", parted)
    assert "-o synthetic.csv && " in next_of(done)
    assert next_of(done).endswith("--kind=street=drop --missing=basic")
    drawn, judged = next_of(done).split(" && ")
    run_pasted(run, f"{drawn} && {judged} --metrics quick", parted)


def test_standard_input_is_used_up_after_a_fit(capsys, tmp_path):
    model = Chosen({"candidate": "gaussian", "chosen": True, "why": "100 rows are too few"})
    close_fit(model, Path("-"), None, Path("m.json"))
    pasted = capsys.readouterr().err.splitlines()[-1]
    assert pasted.endswith("-o synthetic.csv && copulasynth inspect m.json")
    go_on(command("split", "-"))
    assert capsys.readouterr().err.startswith("Standard input is used up; give it again to: ")
