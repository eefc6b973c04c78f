"""Each diff of the guide to methods of one's own applies, and what it adds passes its battery."""

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "guides" / "extend.md").read_text(encoding="utf-8")


def load(name):
    spec = importlib.util.spec_from_file_location(f"docs_{name}", ROOT / "docs" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


extend = load("extend")
DIFFS = extend.diffs(PAGE)
#: Section -> the tests that it adds to, and what its tests and examples have in their names.
BATTERIES = {
    "A family of marginals": (["tests/marginals/test_battery.py"], "lindley or every_family"),
    "A copula": (["tests/copulas/test_battery.py"], "clayton"),
    "A metric": (["tests/metrics/test_traps.py", "tests/metrics/test_distances.py"], "von_mises"),
    "A synthesizer": (["tests/synthesizers/test_synthesizer_contract.py"], "Jitter"),
}


def used(section):
    """Return the code that shows how what a section adds is used."""
    text = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    return "\n".join(re.findall(r"^```py\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


def run(folder, *arguments):
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": str(folder),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Return a copy of the package and its tests to which all diffs were applied."""
    if shutil.which("git") is None:
        pytest.skip("git applies the diffs")
    folder = tmp_path_factory.mktemp("extended")
    for name in ("copulasynth", "tests"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "pyproject.toml", folder)
    # a folder that only looks like one inside a repository would be left untouched
    here = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    for name, diff in DIFFS.items():
        (folder / "page.diff").write_text(diff, encoding="utf-8")
        command = ["git", "apply", "--recount", "page.diff"]
        done = subprocess.run(command, cwd=folder, check=False, env=here, capture_output=True)
        assert done.returncode == 0, f"{name}: {done.stderr.decode()}"
        assert (folder / next(iter(extend.new_files(diff)))).exists()
    return folder


def test_what_the_diffs_add_is_used_as_the_page_says(copy):
    pieces = [used(section) for section in BATTERIES]
    run(copy, "-W", "error", "-c", f"for piece in {pieces!r}:\n    exec(piece, {{}})")


def test_what_the_diffs_add_passes_its_batteries(copy):
    paths = [path for battery, _ in BATTERIES.values() for path in battery]
    added = [path for diff in DIFFS.values() for path in extend.new_files(diff)]
    words = " or ".join(words for _, words in BATTERIES.values())
    run(copy, "-m", "pytest", "-p", "no:cacheprovider", "-k", words, *paths, *added)


def test_every_section_with_a_diff_has_a_battery():
    assert set(DIFFS) == set(BATTERIES)


def test_the_page_shows_the_examples_as_they_are():
    assert extend.updated(PAGE) == PAGE, "run python docs/extend.py"
    shown = [Path(path).name for diff in DIFFS.values() for path in extend.new_files(diff)]
    assert sorted(shown) == sorted(p.name for p in extend.EXAMPLES.glob("*.py"))


@pytest.mark.parametrize("path", sorted(extend.EXAMPLES.glob("*.py")), ids=lambda p: p.stem)
def test_an_example_imports_public_names_only(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names = [*node.module.split("."), *(alias.name for alias in node.names)]
            assert not [name for name in names if name.startswith("_")]
