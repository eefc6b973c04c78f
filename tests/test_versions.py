"""A release is of one piece: one version everywhere, a recipe of the same needs, and types."""

import re
import tomllib
from pathlib import Path

import pytest

import copulasynth

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
RECIPE = (ROOT / "docs" / "conda" / "meta.yaml").read_text(encoding="utf-8")
#: What conda calls packages that have another name there.
CONDA = {"matplotlib": "matplotlib-base"}


def test_every_file_that_names_the_version_names_the_same():
    (cited,) = re.findall(r"^version: (\S+)$", CITATION, re.MULTILINE)
    (baked,) = re.findall(r'set version = "(\S+)"', RECIPE)
    first = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE).group(1)
    assert {PROJECT["version"], copulasynth.__version__, cited, baked, first} == {cited}


def test_the_recipe_asks_for_what_the_package_asks_for():
    run = RECIPE.split("  run:\n")[1].split("\n\n")[0]
    asked = {tuple(line.strip("- ").split()) for line in run.splitlines()}
    needs = {("python", PROJECT["requires-python"])}
    for need in PROJECT["dependencies"]:
        name, bound = re.fullmatch(r"([\w-]+)(.*)", need).groups()
        needs.add((CONDA.get(name, name), bound))
    assert asked == needs


def test_the_citation_is_a_mapping_of_the_format_1_2_0():
    yaml = pytest.importorskip("yaml")
    found = yaml.safe_load(CITATION)
    assert found["cff-version"] == "1.2.0"
    assert {"message", "title", "authors", "version", "type"} <= set(found)
    assert found["authors"] == [{"name": PROJECT["authors"][0]["name"]}]
    assert found["license"] == PROJECT["license"]
    assert found["type"] == "software"


def test_what_is_built_has_types_and_a_licence_and_is_checked():
    assert (ROOT / "copulasynth" / "py.typed").exists()
    assert PROJECT["license-files"] == ["LICENSE"]
    assert "Typing :: Typed" in PROJECT["classifiers"]
    checked = (ROOT / ".ci" / "check_dist").read_text(encoding="utf-8")
    for needed in ("py.typed", "licenses/LICENSE", "twine", "copulasynth --version", "tests"):
        assert needed in checked
    goals = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "python -m build" in goals
    assert ".ci/check_dist" in goals


def test_no_page_promises_an_index_that_does_not_have_the_package():
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        if "decisions" not in page.parts and page.name != "changelog.md":
            text = page.read_text(encoding="utf-8")
            assert not re.search(r"pip install [\"']?copulasynth", text), page.name


def test_the_recipe_is_yaml_that_builds_this_package_as_its_project_says():
    yaml = pytest.importorskip("yaml")
    plain = re.sub(r"\{% set .*? %\}", "", RECIPE)
    plain = plain.replace("{{ version }}", PROJECT["version"]).replace("{{ PYTHON }}", "python")
    assert "{{" not in plain
    found = yaml.safe_load(plain)
    assert set(found) == {"package", "source", "build", "requirements", "test", "about"}
    assert found["package"] == {"name": PROJECT["name"], "version": PROJECT["version"]}
    assert found["source"]["url"] == f"../../dist/copulasynth-{PROJECT['version']}.tar.gz"
    scripts = [f"{name} = {place}" for name, place in PROJECT["scripts"].items()]
    assert found["build"]["entry_points"] == scripts
    assert {"pip", "hatchling"} <= set(found["requirements"]["host"])
    assert found["about"]["summary"] == PROJECT["description"]
    assert found["about"]["license"] == PROJECT["license"]
