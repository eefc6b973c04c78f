"""The diffs of `docs/guides/extend.md`: what they are, and their new files from `examples/extend`.

Run `python docs/extend.py` after a change to an example: it writes the files into the page. The
other parts of a diff, registry rows and test entries, are typed on the page; tests apply them.
"""

import re
from pathlib import Path

__all__ = ["diffs", "new_files", "updated"]

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "guides" / "extend.md"
EXAMPLES = ROOT / "examples" / "extend"
DIFF = re.compile(r"^## (.*?)$(?:(?!^## ).)*?^```diff\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NEW = re.compile(r"^--- /dev/null\n\+\+\+ b/(\S+)\n@@ .*\n((?:\+.*\n)*)", re.MULTILINE)


def diffs(page: str) -> dict[str, str]:
    """Return the diff of every section by its heading."""
    return dict(DIFF.findall(page))


def new_files(diff: str) -> dict[str, str]:
    """Return the files that a diff adds, by path."""
    return {
        path: "".join(line[1:] + "\n" for line in body.splitlines())
        for path, body in NEW.findall(diff)
    }


def updated(page: str) -> str:
    """Return the page with the examples as they are now."""

    def written(found: re.Match[str]) -> str:
        lines = (EXAMPLES / Path(found[1]).name).read_text(encoding="utf-8").splitlines()
        body = "".join(f"+{line}\n" for line in lines)
        return f"--- /dev/null\n+++ b/{found[1]}\n@@ -0,0 +1,{len(lines)} @@\n{body}"

    return NEW.sub(written, page)


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
