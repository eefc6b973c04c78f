"""Tell text files that were drawn from those that people have, of which something is said."""

import csv
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from copulasynth.rows.kinds import ending_of
from copulasynth.rows.reading import FOUND, Reading
from copulasynth.rows.text_file import TextFile

__all__ = ["reading_of"]

LONGEST = 1 << 20
"""Bytes that a header may have."""


def reading_of(
    path: str | os.PathLike[str], names: Sequence[str], said: Reading = FOUND
) -> Reading:
    """Return how a table is read that is compared with one of a file of which something is said.

    Rows that a model drew are written in one way, with the names of columns in quotes; what is
    said of the separator, the encoding or marks of the other file is not meant for them. Texts
    for missing values are.

    Parameters
    ----------
    path : path
    names : sequence of str
        The columns of the table of which it is said.
    said : Reading
    """
    plain = replace(FOUND, missing=said.missing)
    return plain if said != plain and _is_drawn(Path(path), set(names)) else said


def _is_drawn(path: Path, names: set[str]) -> bool:
    """Whether the first line of a file is a header as rows are written below one."""
    ending, packing = ending_of(path)
    separator = {".csv": ",", ".tsv": "\t"}.get(ending)
    if separator is None or not path.is_file():
        return False
    head = next(iter(TextFile(str(path), path, packing).chunks()), b"")[:LONGEST]
    line = head.partition(b"\n")[0].decode("utf-8", "replace")
    found = next(csv.reader([line], delimiter=separator), [])
    quoted = (f'"{name.replace(chr(34), 2 * chr(34))}"' for name in found)
    return bool(found) and set(found) <= names and separator.join(quoted) == line
