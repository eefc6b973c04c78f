"""From each file to a page in three commands: fit, sample, evaluate, as the documents have them.

With ``COPULASYNTH_COMMAND=/path/of/copulasynth``, ``pytest -m slow`` of this file does it with a
program that is installed, as one of the wheel, for every file, and with the default method.
"""

import csv
import os
import subprocess

import pytest

from copulasynth.cli.reading import words_of
from copulasynth.rows.reading import Reading
from tests.cli.conftest import here
from tests.files.test_files_of_people import FILES, TABLES

#: Files of which something has to be said, and two of which all is found; the others are slow.
QUICK = [name for name, (stated, *_) in FILES.items() if stated]
QUICK += ["german_excel.csv", "r_write_table.txt"]


def installed(args, cwd):
    """Run the program that is installed, which must not find the package of this folder."""
    command = [os.environ["COPULASYNTH_COMMAND"], *args]
    plain = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False, env=plain)


def to_a_page(call, name, folder, fit=(), judge=()):
    """Go from a file to a page, and return the header of the rows."""
    said = words_of(Reading(**FILES[name][0]))
    file = str(TABLES / name)
    for args in (
        ["fit", file, "-o", "m.json", *fit, *said],
        ["sample", "m.json", "-o", "s.csv"],
        ["evaluate", file, "s.csv", "-o", "r.html", *judge, *said],
    ):
        done = call(args, folder)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        assert "Warning" not in done.stderr
    assert "<html" in (folder / "r.html").read_text(encoding="utf-8")
    with open(folder / "s.csv", encoding="utf-8", newline="") as f:
        header, *rows = csv.reader(f)
    assert len(rows) == FILES[name][2]
    return header


@pytest.mark.parametrize("name", QUICK)
def test_a_file_becomes_a_page_in_three_commands(name, tmp_path):
    fit = "--copula", "independence", "--marginals", "empirical"
    header = to_a_page(here, name, tmp_path, fit, ("--metrics", "ks"))
    assert header == list(FILES[name][3])


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("copula", ["gaussian", "auto"])
def test_an_installed_program_makes_a_page_of_every_file(name, copula, tmp_path):
    if "COPULASYNTH_COMMAND" not in os.environ:
        pytest.skip("COPULASYNTH_COMMAND names no program that is installed")
    to_a_page(installed, name, tmp_path, ("--copula", copula))
