"""How commands close: a verdict in three lines, whose last is a command that works when pasted."""

import shlex

import numpy as np
import pandas as pd
import pytest

from copulasynth.cli.closing import close_fit, command
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
