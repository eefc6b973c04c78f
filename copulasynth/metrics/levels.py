"""The levels of a column in several tables, and which table lacks which."""

import math

import pandas as pd

from copulasynth.metrics.frames import as_labels

__all__ = ["levels_of", "report_levels"]

# More levels than this of one kind are noted in one line.
_MANY_LEVELS = 5


def levels_of(parts: list[pd.Series], labels: list[pd.Series]) -> list[str]:
    """Return the levels: in the order of a categorical dtype, then as sorted text."""
    ordered: dict[str, None] = {}
    for part in parts:
        if isinstance(part.dtype, pd.CategoricalDtype):
            ordered |= dict.fromkeys(as_labels(pd.Series(part.cat.categories)))
    rest = {level for part in labels for level in part.dropna().unique()} - set(ordered)
    return [*ordered, *sorted(rest, key=_place)]


def _place(level: str) -> tuple[float, str]:
    """Sort numbers by size and before texts."""
    try:
        return float(level), level
    except ValueError:
        return math.inf, level


def report_levels(
    name: str,
    levels: list[str],
    labels: list[pd.Series],
    roles: list[str],
    notes: list[tuple[str, str, str]],
) -> None:
    """Note the levels that some table lacks, many of one kind in one line."""
    here = [set(part.dropna().unique()) for part in labels]
    lacking: dict[str, list[str]] = {}
    for level in levels:
        where = [role for role, found in zip(roles, here, strict=True) if level in found]
        # A level that real and synthetic share, and the holdout happens to lack, is no mismatch.
        if 0 < len(where) < len(roles) and where != roles[:2]:
            lacking.setdefault(" and ".join(where), []).append(level)
    for tables, some in lacking.items():
        if len(some) > _MANY_LEVELS:
            shown = ", ".join(some[:3])
            notes.append(
                (name, f"{len(some)} levels only in {tables} ({shown}, ..)", "levels added")
            )
        else:
            notes += [(name, f"level {level} only in {tables}", "level added") for level in some]
