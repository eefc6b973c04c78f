"""Every code block of every page runs, and prints what the page says."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def load(name):
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


blocks = load("blocks")
RUN = ("python", "bash")
PAGES = [
    p
    for p in [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
    if any(b.language in RUN for b in blocks.blocks_of(p.read_text(encoding="utf-8")))
]
NAMES = [str(p.relative_to(ROOT)) for p in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_the_code_of_a_page_runs(page):
    blocks.run_page(page, quick=True)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_the_code_of_a_page_runs_as_it_stands_and_prints_what_it_says(page):
    blocks.run_page(page, quick=False)


def test_no_code_hides_from_the_tests_in_an_indented_block():
    for page in DOCS.rglob("*.md"):
        text = page.read_text(encoding="utf-8")
        assert "  ```python" not in text, page
        assert "  ```bash" not in text, page
