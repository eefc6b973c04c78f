"""The site lists every page, knows every command, and the README says what the Makefile does."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest
import typer

from copulasynth.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
COMMANDS = typer.main.get_command(app).commands
PAGES = sorted(p for p in DOCS.rglob("*.md"))
TEXTS = {p: p.read_text(encoding="utf-8") for p in [*PAGES, ROOT / "README.md"]}


def load(name):
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


hooks = load("hooks")


def test_the_navigation_covers_every_page():
    listed = set(re.findall(r"- (\S+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE))
    pages = {str(p.relative_to(DOCS)) for p in PAGES}
    config = hooks.on_config({"nav": []})
    listed |= set(config["nav"][0]["Decisions"])
    assert listed == pages


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_documented_with_all_its_options(name):
    found = hooks.commands().split(f"## {name}\n")[1].split("\n## ")[0]
    for parameter in COMMANDS[name].params:
        for shown in parameter.opts if parameter.param_type_name == "option" else ():
            assert f"`{shown}`" in found
    assert COMMANDS[name].epilog.startswith("Example: copulasynth")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_used_on_some_page(name):
    assert any(f"copulasynth {name} " in text for text in TEXTS.values())


def test_the_commands_of_the_readme_are_goals_of_the_makefile_and_ci_tests_them():
    readme = TEXTS[ROOT / "README.md"]
    goals = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"make (\w+)", readme))
    assert {"demo", "test"} <= named <= goals
    assert "make test" in (ROOT / ".ci" / "run").read_text()
    assert "make docs" in (ROOT / ".ci" / "run").read_text()
    assert "pip install ." in readme
    assert 'pip install -e ".[test]"' in readme


def test_links_to_files_of_the_repository_lead_somewhere():
    broken = [
        (str(page.relative_to(ROOT)), target)
        for page, text in TEXTS.items()
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text)
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not broken


def test_every_script_that_a_page_names_exists():
    # a diff adds files, and a test of its own applies it
    texts = {p: re.sub(r"(?ms)^```diff\n.*?^```$", "", text) for p, text in TEXTS.items()}
    named = {
        (str(page.relative_to(ROOT)), script)
        for page, text in texts.items()
        for script in re.findall(r"(?:docs|examples|validation|copulasynth)/[\w/]+\.py", text)
    }
    assert not [pair for pair in named if not (ROOT / pair[1]).exists()]


def test_results_are_shown_on_the_page_of_measurements_and_not_typed():
    page = TEXTS[DOCS / "study.md"]
    shown = hooks.on_page_markdown(page)
    for result in (ROOT / "validation" / "results").glob("*.md"):
        headline = result.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
        assert headline in shown


def test_a_page_is_listed_once_and_no_two_have_one_title():
    listed = re.findall(r"- (\S+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)
    assert len(set(listed)) == len(listed)
    titles = [TEXTS[DOCS / page].splitlines()[0] for page in listed]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("name", ["report.plots", "run", "run.spec", "datasets"])
def test_what_people_call_has_a_reference(name):
    page = "".join(text for path, text in TEXTS.items() if path.parent.name == "reference")
    assert f"::: copulasynth.{name}" in page


def test_signatures_of_the_reference_are_broken_into_lines():
    config = (ROOT / "mkdocs.yml").read_text()
    assert re.search(r"separate_signature: true\s+line_length: 88", config)
    # mkdocstrings breaks lines with a formatter, and leaves them long without one
    assert re.search(r"^docs = \[.*ruff", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
