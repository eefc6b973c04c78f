"""The code of a page: what its blocks are, how they run, and whether they print what it says.

A page is one program. Its ``python`` blocks share a namespace; lines of ``bash`` blocks that begin
with ``copulasynth`` run the command line; both run in order in an empty folder. Two comments above
a block steer it:

``<!-- quick: 1_000_000 -> 20_000; vine -> gaussian -->``
    replaces text in the next block where the page is run quickly, as tests do;
``<!-- output -->``
    says that the ``text`` block below is what the block above prints. Numbers may differ by 5 %,
    since last digits change with the versions of numerical libraries. Quick runs with replacements
    above do not compare.

``python docs/blocks.py PAGE...`` runs pages in full and writes what they print into them.
"""

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Block", "Mismatch", "agrees", "blocks_of", "run_page"]

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"<!-- (quick|output)(?:: (.*?))? -->\s*\Z")
NUMBER = re.compile(r"-?\d[\d,_]*\.?\d*(?:e[+-]?\d+)?")
RELATIVE, ABSOLUTE = 0.05, 0.02


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language and text, what a quick run replaces, and where it stands."""

    language: str
    text: str
    quick: tuple[tuple[str, str], ...]
    output: bool
    span: tuple[int, int]
    line: int


class Mismatch(AssertionError):
    """A block prints something else than its page says."""


def blocks_of(page: str) -> list[Block]:
    """Return the fenced blocks of a page in order."""
    blocks = []
    for fence in FENCE.finditer(page):
        comment = COMMENT.search(page[: fence.start()])
        kind, rest = comment.groups() if comment else (None, None)
        pairs = [p.split(" -> ") for p in rest.split("; ")] if kind == "quick" else []
        quick = tuple((old.strip(), new.strip()) for old, new in pairs)
        line = page[: fence.start()].count("\n") + 2
        text = fence.group(2)
        blocks.append(Block(fence.group(1), text, quick, kind == "output", fence.span(2), line))
    return blocks


def agrees(said: str, printed: str) -> bool:
    """Whether two outputs have the same words, and numbers that differ by little."""
    if NUMBER.sub("#", said).split() != NUMBER.sub("#", printed).split():
        return False
    values = (
        [float(n.replace(",", "").replace("_", "")) for n in NUMBER.findall(text)]
        for text in (said, printed)
    )
    return all(
        abs(a - b) <= ABSOLUTE + RELATIVE * max(abs(a), abs(b))
        for a, b in zip(*values, strict=True)
    )


def run_page(path: Path, *, quick: bool, compare: bool = True) -> str:
    """Run the blocks of a page in a temporary folder; return the page with what they print.

    Raises
    ------
    Mismatch
        If `compare` and a block prints something else than the page says.
    """
    page = path.read_text(encoding="utf-8")
    space: dict[str, object] = {"__name__": "__page__"}
    parts, end, printed, changed = [], 0, "", False
    home = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            for block in blocks_of(page):
                if block.output:
                    if compare and not changed and not agrees(block.text, printed):
                        raise Mismatch(
                            f"{path.name}:{block.line} says\n{block.text}but prints\n{printed}"
                        )
                    parts += [page[end : block.span[0]], printed]
                    end = block.span[1]
                    continue
                text = block.text
                if quick and block.quick:
                    changed = True
                    for old, new in block.quick:
                        if old not in text:
                            raise Mismatch(f"{path.name}:{block.line} has no {old!r} to replace")
                        text = text.replace(old, new)
                printed = _run(block, text, path, space)
        finally:
            os.chdir(home)
    return "".join([*parts, page[end:]])


def _run(block: Block, text: str, path: Path, space: dict[str, object]) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        if block.language == "python":
            # line numbers of a traceback are those of the page
            code = compile("\n" * (block.line - 1) + text, str(path), "exec")
            exec(code, space)
        elif block.language == "bash":
            for line in text.replace("\\\n", " ").splitlines():
                if line.startswith("copulasynth "):
                    _command(line)
    return "".join(line.rstrip() + "\n" for line in out.getvalue().splitlines())


def _command(line: str) -> None:
    """Run one command line in this process; anything but success is an error."""
    from copulasynth.__main__ import main

    before = sys.argv
    sys.argv = shlex.split(line, comments=True)
    try:
        main()
    except SystemExit as end:
        if end.code not in (None, 0):
            raise Mismatch(f"{line!r} ends with exit code {end.code}") from end
    finally:
        sys.argv = before


if __name__ == "__main__":
    for name in sys.argv[1:]:
        target = Path(name).resolve()
        target.write_text(run_page(target, quick=False, compare=False), encoding="utf-8")
        print(f"{name}: written")
