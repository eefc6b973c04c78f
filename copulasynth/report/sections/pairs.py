"""Pairs: maps of association and of S_pMSE, the worst pairs, joint tails."""

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.metrics.summary import Association, Portrait
from copulasynth.report.background import Background
from copulasynth.report.figures.pairs import draw_cells, draw_map, draw_tail, map_size
from copulasynth.report.grid import Grid, number, scores_grid
from copulasynth.report.page import Block, Picture, Section, picture

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


def pairs_section(source: Background) -> Section:
    """Return maps, worst pairs and tails."""
    scores = scores_grid(source.scores, "pairs", "Scores of pairs of columns, means over all pairs")
    blocks: list[Block] = []
    portrait = source.portrait
    if portrait is not None and len(portrait.columns) > 1:
        most = source.most_columns
        if len(portrait.spearman.names) > 1:
            blocks.append(_association(source, portrait.spearman, "spearman", most))
        blocks.append(_association(source, portrait.cramers_v, "cramers_v", most))
        blocks += [_spmse(portrait, most), *_worst(portrait), *_tails(source, portrait)]
    return Section("pairs", "Pairs", (), (scores,), tuple(blocks))


def _kept(values: Floats, most: int) -> list[int]:
    """Return the columns whose pairs stand out most, in the order of the table."""
    order = np.argsort(-np.nanmean(np.abs(values), axis=1), kind="stable")[:most]
    return sorted(int(j) for j in order)


def _association(source: Background, found: Association, key: str, most: int) -> Block:
    gap = found.difference
    keep = _kept(gap, most)
    names = [found.names[j] for j in keep]
    square = np.ix_(keep, keep)
    top = max(0.3, float(np.abs(gap).max()))
    sides = ("observed", found.real, 1.0), ("synthetic", found.synthetic, 1.0)
    pictures = []
    for name, values, full in (*sides, ("difference", gap, top)):
        title = f"{found.measure}: {name}"
        caption = f"{title}; full colour at {full:.2g}, blue above zero, orange below."
        pictures.append(_map(f"{key}-{name}", caption, values[square], names, title, full))
    text = _count(len(keep), len(found.names))
    folded = source.grid(key, f"Largest differences of {found.measure}", _TABLE)
    return Block(f"pairs-{key}", found.measure, text, tuple(pictures), folded=folded)


def _map(
    key: str, caption: str, values: Floats, names: list[str], title: str, top: float
) -> Picture:
    d = len(names)
    drawn = draw_map, values, names
    return picture(key, caption, *drawn, title=title, top=top, size=map_size(d), wide=d > 24)


def _count(shown: int, every: int) -> str:
    return f"The {shown} of {every} columns that stand out most." if shown < every else ""


def _spmse(portrait: Portrait, most: int) -> Block:
    values = portrait.s_pmse
    keep = _kept(values, most)
    names = [portrait.names[j] for j in keep]
    title = "S_pMSE of two-way tables"
    caption = "S_pMSE of all two-way tables; 1 to 2 is noise, full colour at 10 or more."
    drawn = (_map("spmse", caption, values[np.ix_(keep, keep)], names, title, 10.0),)
    i, j = np.triu_indices(len(values), 1)
    order = np.argsort(-values[i, j], kind="stable")[:15]
    rows = tuple(
        (portrait.names[i[k]], portrait.names[j[k]], number(float(values[i[k], j[k]])))
        for k in order
    )
    table = Grid("Pairs of largest S_pMSE", ("column", "with", "S_pMSE"), rows)
    text = _count(len(keep), len(values))
    return Block("pairs-spmse", "S_pMSE map", text, drawn, folded=(table,))


def _worst(portrait: Portrait) -> list[Block]:
    pictures: list[Picture] = []
    for n, pair in enumerate(portrait.pairs):
        for table in ("real", "synthetic"):
            size = (
                min(max(1.5 + 0.3 * len(pair.first_labels), 3.2), 4.6),
                min(max(1.6 + 0.22 * len(pair.second_labels), 2.6), 4.6),
            )
            name = "observed" if table == "real" else table
            caption = f"{pair.first} and {pair.second}, {name} (S_pMSE {pair.s_pmse:.3g})."
            pictures.append(picture(f"w{n}{table}", caption, draw_cells, pair, table, size=size))
    if not pictures:
        return []
    text = (
        "The area of a tile or square is the share of rows in a cell; a cross marks a cell of "
        f"fewer than {portrait.k_min} rows, which is not shown. In a mosaic the levels of the "
        "second column are stacked, named at the left and from dark to faint."
    )
    return [Block("pairs-worst", "The worst pairs", text, tuple(pictures), wide=True)]


def _tails(source: Background, portrait: Portrait) -> list[Block]:
    caption = "Joint upper tail of {} and {}, observed and synthetic."
    pictures = tuple(
        picture(f"t{n}", caption.format(c.first, c.second), draw_tail, c, size=(3.4, 2.9))
        for n, c in enumerate(portrait.tails)
    )
    if not pictures:
        return []
    text = (
        "chi(q): when one column is among its largest values (above its q-quantile), how often is "
        "the other one too? The pairs that differ most."
    )
    folded = source.grid("tail_dependence", "Largest differences of chi", _TABLE)
    return [Block("pairs-tails", "Joint tails", text, pictures, folded=folded)]
