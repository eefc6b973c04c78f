"""Columns: bars, quantiles and facts of each, the most different ones if there are many."""

from typing import Any

import numpy as np

from copulasynth.metrics.summary import ColumnPortrait
from copulasynth.metrics.summary.bins import show
from copulasynth.report.background import Background
from copulasynth.report.figures.columns import draw_column, draw_marginal, draw_qq
from copulasynth.report.grid import Grid, facts_grid, number, scores_grid
from copulasynth.report.page import Block, Picture, Section, picture

__all__ = ["columns_section"]


def columns_section(source: Background) -> Section:
    """Return a block a column, or for the columns that differ most and a table of the others."""
    scores = scores_grid(source.scores, "columns", "Scores of single columns, means over columns")
    blocks: list[Block] = []
    lead: list[str] = []
    if source.portrait is not None:
        columns = source.portrait.columns
        drawn = _drawn(columns, source.most_columns)
        blocks = [_block(source, j, columns[j]) for j in drawn]
        rest = [c for j, c in enumerate(columns) if j not in set(drawn)]
        if rest:
            lead.append(
                f"The {len(drawn)} of {len(columns)} columns that differ most are drawn; the "
                "others are in a table below them."
            )
            blocks.append(Block("columns-rest", "The other columns", tables=(_listed(rest),)))
    return Section("columns", "Columns", tuple(lead), (scores,), tuple(blocks))


def _drawn(columns: tuple[ColumnPortrait, ...], most: int) -> list[int]:
    order = np.argsort([-c.distance for c in columns], kind="stable")[:most]
    return sorted(int(j) for j in order)


def _block(source: Background, j: int, column: ColumnPortrait) -> Block:
    rows = max(len(column.bins) + len(column.gaps), 5)
    tall = column.scale == "levels" and rows > 8
    size = (4.2, 1.2 + 0.24 * rows) if tall else (4.2, 2.8)
    caption = (
        f"{column.name}: shares of observed and synthetic rows; they differ for "
        f"{100 * column.distance:.2g} % of the rows."
    )
    pictures = [picture(f"c{j}", caption, draw_column, column, size=size)]
    if len(column.qq):
        text = f"{column.name}: synthetic against observed quantiles; on the line they agree."
        pictures.append(picture(f"q{j}", text, draw_qq, column, size=(3.1, 2.8)))
    pictures += _marginal(source, j, column)
    folded = facts_grid(column), *_fit(source, column.name)
    text = _text(source, column)
    return Block(f"column-{j}", column.name, text, tuple(pictures), folded=folded)


def _text(source: Background, column: ColumnPortrait) -> str:
    parts = [{"numeric": "Numbers", "ordinal": "Ordered levels", "nominal": "Levels"}[column.kind]]
    for metric, name in (("ks", "KS"), ("total_variation", "TV")):
        table = source.table(metric)
        if table is not None:
            row = table[table["column"] == column.name]
            if len(row):
                value, reference = (float(row[k].iloc[0]) for k in ("value", "reference"))
                parts.append(f"{name} {value:.3g} (real rows {reference:.3g})")
    for _, gap in column.gaps.iterrows():
        if np.isfinite([gap["real"], gap["synthetic"]]).all():
            parts.append(
                f"{gap['label']} {100 * gap['real']:.3g} % observed, "
                f"{100 * gap['synthetic']:.3g} % synthetic"
            )
    return "; ".join(parts) + "."


def _marginal(source: Background, place: int, column: ColumnPortrait) -> list[Picture]:
    """Draw the quantiles of the model's marginal against those of the column, if it has one."""
    model = source.joint
    if model is None or column.unit or not len(column.qq):
        return []
    variables = [model.coordinates[j] for j in model.free]
    k = next((k for k, v in enumerate(variables) if v.name == column.name), None)
    if k is None or model.schema.columns[variables[k].column].offset:
        return []
    caption = f"{column.name}: fit of the model's marginal."
    p, observed = (column.qq[name].to_numpy() for name in ("p", "real"))
    scale = column.scale if column.scale == "asinh" else "linear"
    axes: dict[str, Any] = {"scale": scale, "width": column.width, "name": f"{column.name}: fit"}
    law = model.marginals[k]
    drawn = draw_marginal, p, observed, law.quantile, law.cell
    return [picture(f"m{place}", caption, *drawn, size=(3.1, 2.8), **axes)]


def _fit(source: Background, name: str) -> list[Grid]:
    """Return why the model has the marginal that it has, and how well it fits."""
    if source.model is None:
        return []
    table = [r for r in source.model.provenance.marginals if r.get("variable") == name]
    keys = ("candidate", "chosen", "heldout", "bic", "ks", "p_ks", "p_ad", "reason")
    kept = [k for k in keys if any(r.get(k) is not None for r in table)]
    rows = tuple(tuple(number(r.get(k)) for k in kept) for r in table)
    return [Grid(f"{name}: marginals that were tried", tuple(kept), rows)] if rows else []


def _listed(columns: list[ColumnPortrait]) -> Grid:
    rows = []
    for c in columns:
        facts = c.facts[c.facts["statistic"] == "mean"]
        means = ["–", "–"]
        if len(facts):
            means = [show(float(facts[role].iloc[0]), c.unit) for role in ("real", "synthetic")]
        rows.append((c.name, c.kind, number(c.distance), *means))
    heads = ("column", "kind", "total variation of bins", "mean observed", "mean synthetic")
    return Grid("Columns that are not drawn", heads, tuple(rows))
