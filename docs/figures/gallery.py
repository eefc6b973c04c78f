"""The pictures of the guide to plots, drawn by the code of that page.

Run `python docs/figures/gallery.py`; it writes docs/img/plots/*.svg.
"""

import os
import re
import tempfile
from pathlib import Path

import matplotlib as mpl

DOCS = Path(__file__).resolve().parents[1]
CODE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def main() -> None:
    """Run the page in a folder of its own and keep the pictures that it shows."""
    page = (DOCS / "guides" / "plots.md").read_text(encoding="utf-8")
    os.environ["SOURCE_DATE_EPOCH"] = "0"
    mpl.rcParams.update({"svg.hashsalt": "copulasynth", "svg.fonttype": "none"})
    target = DOCS / "img" / "plots"
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        space: dict[str, object] = {}
        for code in CODE.findall(page):
            exec(code, space)
        for drawn in sorted(Path(folder).glob("*.svg")):
            (target / drawn.name).write_text(drawn.read_text())


if __name__ == "__main__":
    main()
