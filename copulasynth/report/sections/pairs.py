"""Pairs: maps of association and of S_pMSE, the worst pairs, joint tails."""

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.metrics.summary import Association, PairPortrait, Portrait
from copulasynth.report.background import Background
from copulasynth.report.differences import spmse_words
from copulasynth.report.grid import Grid, number, scores_grid
from copulasynth.report.inline_pairs import heat_map, joint_cells, tail_curves
from copulasynth.report.page import Block, Card, Picture, Section

__all__ = ["pairs_section"]

_TABLE = {
    "first": "column",
    "second": "with",
    "real": "observed",
    "synthetic": "synthetic",
    "value": "difference",
    "low": "low",
    "high": "high",
    "reference": "real rows",
}
#: Pixels beyond which a map is scrolled rather than made smaller on a narrow screen.
_WIDE = 480


def pairs_section(source: Background) -> Section:
    """Return maps, worst pairs and tails."""
    scores = scores_grid(source.scores, "pairs", "Scores of pairs of columns, means over all pairs")
    blocks: list[Block] = []
    portrait = source.portrait
    if portrait is not None and len(portrait.columns) > 1:
        blocks = [*_worst(source, portrait), *_maps(source, portrait), *_tails(source, portrait)]
    return Section("pairs", "Pairs", (), (scores,), tuple(blocks))


def _kept(values: Floats, most: int) -> list[int]:
    """Return the columns whose pairs stand out most, in the order of the table."""
    order = np.argsort(-np.nanmean(np.abs(values), axis=1), kind="stable")[:most]
    return sorted(int(j) for j in order)


def _maps(source: Background, portrait: Portrait) -> list[Block]:
    most = source.most_columns
    found = {"spearman": portrait.spearman, "cramers_v": portrait.cramers_v}
    drawn = [one for one in found.values() if len(one.names) > 1]
    pictures = [p for one in drawn for p in _association(one, most)]
    folded = [
        grid
        for key, one in found.items()
        for grid in source.grid(key, f"Largest differences of {one.measure}", _TABLE)
    ]
    shown = min(most, len(portrait.names))
    text = (
        "" if shown == len(portrait.names)
        else f"The {shown} of {len(portrait.names)} columns that stand out most."
    )  # fmt: skip
    if portrait.cramers_v.names:
        pictures.append(_spmse(portrait, most))
        folded.append(_largest(portrait))
    kept = tuple(pictures), (), tuple(folded)
    made = bool(pictures or folded)
    return [Block("pairs-maps", "Maps of all pairs", text, *kept, wide=True)] if made else []


def _association(found: Association, most: int) -> list[Picture]:
    gap = found.difference
    keep = _kept(gap, most)
    names = [found.names[j] for j in keep]
    square = np.ix_(keep, keep)
    top = max(0.3, float(np.abs(gap).max()))
    both = f"{found.measure}: observed below the diagonal, synthetic above."
    apart = f"{found.measure}: synthetic minus observed."
    sides = "observed", "synthetic"
    return [
        _map(names, found.real[square], found.synthetic[square], both, 1.0, sides),
        _map(names, gap[square], None, apart, top),
    ]


def _map(
    names: list[str],
    lower: Floats,
    upper: Floats | None,
    caption: str,
    top: float,
    sides: tuple[str, str] = ("", ""),
) -> Picture:
    drawn, width = heat_map(names, lower, upper, caption, top, sides)
    return Picture(drawn, caption, round(width), width > _WIDE)


def _spmse(portrait: Portrait, most: int) -> Picture:
    keep = _kept(portrait.s_pmse, most)
    names = [portrait.names[j] for j in keep]
    caption = "S_pMSE of all two-way tables: 1 to 2 is noise, from 10 on the colour is full."
    return _map(names, portrait.s_pmse[np.ix_(keep, keep)], None, caption, 10.0)


def _largest(portrait: Portrait) -> Grid:
    values, names = portrait.s_pmse, portrait.names
    i, j = np.triu_indices(len(values), 1)
    order = np.argsort(-values[i, j], kind="stable")[:15]
    rows = tuple((names[i[k]], names[j[k]], number(float(values[i[k], j[k]]))) for k in order)
    return Grid("Pairs of largest S_pMSE", ("column", "with", "S_pMSE"), rows)


def _worst(source: Background, portrait: Portrait) -> list[Block]:
    cards = tuple(_pair(source, n, pair) for n, pair in enumerate(portrait.pairs))
    if not cards:
        return []
    text = (
        "The area of a square is the share of rows in a cell; a cross marks a cell of fewer than "
        f"{portrait.k_min} rows, which is not shown."
    )
    return [Block("pairs-worst", "The worst pairs", text, cards=cards, wide=True, broad=True)]


def _pair(source: Background, n: int, pair: PairPortrait) -> Card:
    title = f"{pair.first} and {pair.second}"
    real = ""
    table = source.table("utility_tables")
    if table is not None:
        at = {f"{pair.first}:{pair.second}", f"{pair.second}:{pair.first}"}
        row = table[table["columns"].isin(at)]
        if len(row):
            real = f", of real rows {number(float(row['reference'].iloc[0]))}"
    says = spmse_words(pair.s_pmse, real)
    drawn, _ = joint_cells(pair, f"{title}: shares of the cells, observed and synthetic; {says}.")
    return Card(f"pair-{n}", title, "", drawn, (says,), (), ())


def _tails(source: Background, portrait: Portrait) -> list[Block]:
    cards = []
    for n, c in enumerate(portrait.tails):
        title = f"{c.first} and {c.second}"
        curve = tail_curves(c, f"Joint upper tail of {title}, observed and synthetic.")
        cards.append(Card(f"tail-{n}", title, "", curve, (), (), ()))
    if not cards:
        return []
    text = (
        "chi(q): when one column is among its largest values (above its q-quantile), how often is "
        "the other one too? Dark and whole: observed; bright and dashed: synthetic; dotted: if "
        "they were independent. The pairs that differ most."
    )
    folded = source.grid("tail_dependence", "Largest differences of chi", _TABLE)
    drawn = tuple(cards)
    return [Block("pairs-tails", "Joint tails", text, folded=folded, cards=drawn, wide=True)]
