"""Notebooks are their scripts, and run from top to bottom."""

import importlib.util
import json
import warnings
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[2] / "docs" / "notebooks"
SPEC = importlib.util.spec_from_file_location("notebooks_make", HERE / "make.py")
make = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(make)


def test_every_script_is_a_notebook_and_the_page_links_it():
    assert {p.stem for p in HERE.glob("*.ipynb")} == set(make.NAMES)
    assert {p.stem for p in HERE.glob("*.py")} == {*make.NAMES, "make"}
    page = (HERE / "index.md").read_text(encoding="utf-8")
    assert all(f"({name}.ipynb)" in page for name in make.NAMES)


@pytest.mark.parametrize("name", make.NAMES)
def test_the_notebook_is_what_the_script_makes_and_holds_no_output(name):
    written = (HERE / f"{name}.ipynb").read_text(encoding="utf-8")
    assert written == make.notebook((HERE / f"{name}.py").read_text(encoding="utf-8"))
    found = json.loads(written)
    assert (found["nbformat"], found["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in found["cells"]}) == len(found["cells"])
    assert not any(cell.get("outputs") for cell in found["cells"])


@pytest.mark.parametrize("name", make.NAMES)
def test_the_cells_run_one_after_another(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    space = {"__name__": name}
    cells = json.loads((HERE / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    code = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    assert code
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for i, text in enumerate(code):
            exec(compile(text, f"{name}[{i}]", "exec"), space)
    if name != "analyst":
        assert capsys.readouterr().out
