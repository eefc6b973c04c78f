"""How much each column and pair differs: one number for the picture, its caption and the order."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from copulasynth.metrics import Score
from copulasynth.metrics.score import from_row
from copulasynth.metrics.summary import ColumnPortrait, Portrait
from copulasynth.metrics.verdicts import verdict
from copulasynth.report.grid import number

__all__ = [
    "Difference",
    "Follows",
    "column_differences",
    "derived",
    "differing",
    "pair_differences",
    "spmse_words",
]


@dataclass(frozen=True, slots=True)
class Difference:
    """Share of the rows that sit in a wrong bin or level, what real rows have, and a verdict."""

    value: float
    reference: float = np.nan
    verdict: str = ""

    @property
    def words(self) -> str:
        """The numbers in words."""
        if not np.isfinite(self.value):
            return "not compared: no level or bin of enough rows"
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
    return dict(sorted(every.items(), key=lambda item: -np.nan_to_num(item[1].value, nan=-1.0)))


def differing(portrait: Portrait, scores: Mapping[str, Score]) -> pd.DataFrame:
    """Return the overview of a portrait in the order, and with the numbers, of all other places."""
    found = column_differences(portrait.columns, scores)
    table = portrait.overview.set_index("column").loc[[*found]]
    table["share that differs"] = [one.value for one in found.values()]
    return table.reset_index()


def pair_differences(
    portrait: Portrait, scores: Mapping[str, Score]
) -> list[tuple[str, str, str, str]]:
    """Return anchors, both columns and words of the worst pairs by what was measured of them."""
    if portrait.pairs:
        return [
            (f"pair-{n}", p.first, p.second, spmse_words(p.s_pmse))
            for n, p in enumerate(portrait.pairs)
        ]
    score = scores.get("tv2")
    if score is None or score.table is None:
        return []
    pairs = {f"{a}:{b}": (a, b) for a, b in combinations(portrait.names, 2)}
    rows = zip(*(score.table[k] for k in ("columns", "value", "reference")), strict=True)
    told = [(name, Difference(a, b)) for name, a, b in rows if name in pairs]
    told.sort(key=lambda one: -one[1].value)
    return [("pairs", *pairs[name], one.words) for name, one in told]


def spmse_words(value: float, real: str = "") -> str:
    """Return an S_pMSE with what real rows have, if that is known, and what chance makes."""
    return f"S_pMSE {number(value)}{real}; chance alone makes about 1"


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
