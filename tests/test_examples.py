"""Every example runs: with few rows in this process, as a script as it stands with `-m slow`."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
SMALL = {
    "finance_tails.py": ["--rows", "5000", "--days", "500"],
    "own_generator.py": ["--rows", "400"],
    "survey_inference.py": ["--rows", "400"],
    "telecom.py": ["--rows", "20000"],
}
#: Tested by their own parts elsewhere; as they stand they take no smaller size.
WHOLE = {"imbalance.py", "telecom_smote.py"}
SECONDS = 60


def run(name, seconds):
    return subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / name)],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )


@pytest.mark.parametrize("name", sorted(SMALL))
def test_an_example_runs_with_few_rows(name, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [name, *SMALL[name]])
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    assert len(capsys.readouterr().out.splitlines()) > 10


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*SMALL, *WHOLE}))
def test_an_example_runs_as_it_stands_within_a_minute(name):
    done = run(name, SECONDS)
    assert done.returncode == 0, done.stderr


def test_every_example_is_listed_here():
    assert {p.name for p in EXAMPLES.glob("*.py")} == {*SMALL, *WHOLE}
