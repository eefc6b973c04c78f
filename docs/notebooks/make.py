"""Notebooks from scripts in the percent format: ``python docs/notebooks/make.py`` writes them all.

A script is read and compared line by line; the notebook beside it holds the same cells without
output. Text cells begin with ``# %% [markdown]``, code cells with ``# %%``.
"""

import json
import re
from pathlib import Path

HERE = Path(__file__).parent
NAMES = ("analyst", "statistician", "privacy_team")
CELL = re.compile(r"^# %%( \[markdown\])?\n", re.MULTILINE)


def cells(script: str) -> list[tuple[str, str]]:
    """Return the kind ("markdown" or "code") and the text of each cell.

    >>> cells("# %% [markdown]\\n# Hello\\n\\n# %%\\n1 + 1\\n")
    [('markdown', 'Hello'), ('code', '1 + 1')]
    """
    parts = CELL.split(script)[1:]
    found = []
    for marked, body in zip(parts[::2], parts[1::2], strict=True):
        body = body.strip("\n")
        if marked:
            body = re.sub(r"^# ?", "", body, flags=re.MULTILINE)
        found.append(("markdown" if marked else "code", body))
    return found


def notebook(script: str) -> str:
    """Return a script as a notebook of format 4.5."""
    made = []
    for i, (kind, text) in enumerate(cells(script)):
        cell = {"cell_type": kind, "id": f"cell-{i}", "metadata": {}}
        cell["source"] = text.splitlines(keepends=True)
        made.append(cell if kind == "markdown" else cell | {"execution_count": None, "outputs": []})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {
        "cells": made,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    for name in NAMES:
        script = (HERE / f"{name}.py").read_text(encoding="utf-8")
        (HERE / f"{name}.ipynb").write_text(notebook(script), encoding="utf-8")


if __name__ == "__main__":
    main()
