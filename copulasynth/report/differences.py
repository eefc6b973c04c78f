"""How much each column and pair differs: one number for the picture, its caption and the order."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from copulasynth.metrics import Score
from copulasynth.metrics.score import from_row
from copulasynth.metrics.summary import ColumnPortrait
from copulasynth.metrics.verdicts import verdict
from copulasynth.report.grid import number

__all__ = ["Difference", "Follows", "column_differences", "derived"]


@dataclass(frozen=True, slots=True)
class Difference:
    """Share of the rows that sit in a wrong bin or level, what real rows have, and a verdict."""

    value: float
    reference: float = np.nan
    verdict: str = ""

    @property
    def words(self) -> str:
        """The numbers in words."""
        text = f"{100 * self.value:.2g} % of rows differ"
        known = np.isfinite(self.reference)
        return f"{text}, of real rows {100 * self.reference:.2g} %" if known else text


@dataclass(frozen=True, slots=True)
class Follows:
    """A column that a rule makes from others, and the share of synthetic rows that obey."""

    rule: str
    kept: float

    @property
    def words(self) -> str:
        """The share in words."""
        return "in every synthetic row" if self.kept == 1 else f"in {number(100 * self.kept)} %"


def column_differences(
    columns: tuple[ColumnPortrait, ...], scores: Mapping[str, Score]
) -> dict[str, Difference]:
    """Return the difference of every column, the largest first.

    It is the total variation that was measured, and that of the drawn bins where it was not.
    """
    score = scores.get("total_variation")
    table = None if score is None else score.table
    found = {} if score is None or table is None else _measured(score, table)
    every = {c.name: found.get(c.name, Difference(c.distance)) for c in columns}
    return dict(sorted(every.items(), key=lambda item: -item[1].value))


def _measured(score: Score, table: pd.DataFrame) -> dict[str, Difference]:
    rows = {}
    for k, name in enumerate(table["column"]):
        one = from_row(score.name, table, k, score.n)
        rows[str(name)] = Difference(one.value, one.reference, verdict(one))
    return rows


def derived(columns: tuple[ColumnPortrait, ...], scores: Mapping[str, Score]) -> dict[str, Follows]:
    """Return the columns that an identity makes from others, with the identity in words."""
    score = scores.get("rules_kept")
    if score is None or score.table is None:
        return {}
    rules = score.table[score.table["kind"] == "identity"]
    found: dict[str, Follows] = {}
    for rule, kept in zip(rules["rule"], rules["synthetic"], strict=True):
        names = [c.name for c in columns if str(rule).startswith(f"{c.name} = ")]
        if names:
            found.setdefault(max(names, key=len), Follows(str(rule), float(kept)))
    return found
