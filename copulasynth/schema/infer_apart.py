"""What is said of texts that stay texts in a column of numbers."""

import re
from collections.abc import Mapping

from copulasynth._masking import K_MIN

__all__ = ["apart"]

#: Numbers with zeros in front.
PADDED = r"^\s*[-+]?0[0-9]"


def apart(kept: Mapping[str, int]) -> str:
    """Say which texts are kept beside the numbers, those of few rows without their names."""
    if not kept:
        return ""
    named = [repr(text) for text, rows in kept.items() if rows >= K_MIN]
    few = len(kept) - len(named)
    what = [*named, *([f"{few} of few rows"] if few else [])]
    padded = any(re.match(PADDED, text) for text in kept)
    told = f" Texts among them stay as they are: {', '.join(what)}."
    return told + " If numbers with zeros in front are codes, declare it nominal." * padded
