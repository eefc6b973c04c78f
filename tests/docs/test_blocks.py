"""How code blocks of pages are found, run and compared."""

import importlib.util
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


def load(name):
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


blocks = load("blocks")


def page(tmp_path, text):
    path = tmp_path / "page.md"
    path.write_text(text)
    return path


def test_blocks_of_a_page_share_a_namespace_and_their_output_is_compared(tmp_path):
    text = "```python\nx = 2\n```\n\n```python\nprint(x)\n```\n\n<!-- output -->\n```text\n2\n```\n"
    assert blocks.run_page(page(tmp_path, text), quick=False) == text


def test_an_output_that_differs_is_an_error_and_can_be_rewritten(tmp_path):
    text = "```python\nprint(3)\n```\n\n<!-- output -->\n```text\n2\n```\n"
    with pytest.raises(blocks.Mismatch, match=r"page\.md:7 says"):
        blocks.run_page(page(tmp_path, text), quick=False)
    assert "\n3\n" in blocks.run_page(page(tmp_path, text), quick=False, compare=False)


def test_a_quick_run_replaces_text_and_says_when_it_cannot(tmp_path):
    text = "<!-- quick: 10**9 -> 10 -->\n```python\nx = list(range(10**9))\n```\n"
    blocks.run_page(page(tmp_path, text), quick=True)
    with pytest.raises(blocks.Mismatch, match="no '10\\*\\*9'"):
        blocks.run_page(page(tmp_path, text.replace("(10**9)", "(9)")), quick=True)


def test_a_command_that_fails_fails_the_page(tmp_path, capsys):
    with pytest.raises(blocks.Mismatch, match="exit code 2"):
        blocks.run_page(
            page(tmp_path, "```bash\ncopulasynth inspect absent.json\n```\n"), quick=False
        )


@pytest.mark.parametrize(
    ("said", "printed", "same"),
    [
        ("mean 1.00", "mean  1.01", True),
        ("mean 1.00", "mean 1.50", False),
        ("1,000 rows", "1,000 rows", True),
        ("a 1", "b 1", False),
        ("1 2", "1", False),
    ],
)
def test_outputs_agree_up_to_spaces_and_last_digits(said, printed, same):
    assert blocks.agrees(said, printed) is same
