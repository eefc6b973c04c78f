"""The architecture page names what exists, and its picture is that of the imports."""

import importlib
import importlib.util
import re
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "architecture.md").read_text(encoding="utf-8")
WAYS = {
    part.partition("\n")[0]: re.findall(r"^\d+\. (.*(?:\n   .*)*)", part, re.MULTILINE)
    for part in PAGE.split("\n## ")[1:]
}
NAMES = sorted(set(re.findall(r"`([a-z_]+(?:\.\w+)+)`", PAGE)))


def named(dotted):
    """Return what a dotted name inside the package stands for."""
    parts = ["copulasynth", *dotted.split(".")]
    for k in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:k]))
        except ModuleNotFoundError:
            continue
        for part in parts[k:]:
            found = getattr(found, part)
        return found
    raise AssertionError(dotted)


def drawn():
    """Return the script that draws the picture, as a module."""
    path = DOCS / "figures" / "architecture.py"
    spec = importlib.util.spec_from_file_location("docs_architecture", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", NAMES)
def test_every_name_on_the_page_exists(name):
    assert named(name) is not None


def test_each_of_three_ways_has_at_most_twelve_stops_and_each_stop_names_its_place():
    assert len(WAYS) == 3
    for way, stops in WAYS.items():
        assert 1 < len(stops) <= 12, way
        for stop in stops:
            assert re.search(r"`[a-z_]+(\.\w+)+`", stop), stop


def test_the_picture_is_that_of_the_imports(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["architecture.py", "--check"])
    assert drawn().main() == 0, "run python docs/figures/architecture.py"


def test_the_picture_has_every_room_of_the_package():
    floors = drawn().floors()
    package = DOCS.parent / "copulasynth"
    rooms = {p.stem for p in package.glob("*.py")} | {p.parent.name for p in package.glob("*/*.py")}
    assert {room for floor in floors for room in floor} == rooms - {"__init__", "__main__"}
