"""Columns: bars, quantiles and facts of each, the most different ones if there are many."""

import numpy as np
from matplotlib.figure import Figure

from copulasynth.metrics.summary import ColumnPortrait
from copulasynth.metrics.summary.bins import show
from copulasynth.report.background import Background
from copulasynth.report.figures.columns import draw_column
from copulasynth.report.figures.marginal import draw_marginal
from copulasynth.report.figures.qq import draw_qq
from copulasynth.report.figures.style import canvas
from copulasynth.report.grid import Grid, facts_grid, number, scores_grid
from copulasynth.report.page import Block, Section, picture

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
            blocks.append(Block("columns-rest", "The other columns", "", (), (_listed(rest),)))
    return Section("columns", "Columns", tuple(lead), (scores,), tuple(blocks))


def _drawn(columns: tuple[ColumnPortrait, ...], most: int) -> list[int]:
    order = np.argsort([-c.distance for c in columns], kind="stable")[:most]
    return sorted(int(j) for j in order)


def _block(source: Background, j: int, column: ColumnPortrait) -> Block:
    rows = max(len(column.bins) + len(column.gaps), 5)
    tall = column.scale == "levels" and rows > 8
    size = (4.2, 1.2 + 0.24 * rows) if tall else (4.2, 2.8)
    shares = canvas(draw_column, column, size=size)
    caption = (
        f"{column.name}: shares of observed and synthetic rows; they differ for "
        f"{100 * column.distance:.2g} % of the rows."
    )
    pictures = [picture(shares, f"c{j}", caption)]
    if len(column.qq):
        text = f"{column.name}: synthetic against observed quantiles; on the line they agree."
        pictures.append(picture(canvas(draw_qq, column, size=(3.1, 2.8)), f"q{j}", text))
    fitted = _marginal(source, column)
    if fitted is not None:
        pictures.append(picture(fitted, f"m{j}", f"{column.name}: fit of the model's marginal."))
    folded = [facts_grid(column), *_fit(source, column.name)]
    return Block(
        f"column-{j}", column.name, _text(source, column), tuple(pictures), (), tuple(folded)
    )


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


def _marginal(source: Background, column: ColumnPortrait) -> Figure | None:
    """Draw the quantiles of the model's marginal against those of the column, if it has one."""
    model = source.joint
    if model is None or column.unit or not len(column.qq):
        return None
    names = {model.schema.variables[j].name: (k, j) for k, j in enumerate(model.free)}
    if column.name not in names:
        return None
    k, j = names[column.name]
    if model.schema.columns[model.schema.variables[j].column].offset:
        return None
    p, observed = column.qq["p"].to_numpy(), column.qq["real"].to_numpy()
    marginal = model.marginals[k]
    title = f"{column.name}: fit"
    scale = column.scale if column.scale == "asinh" else "linear"
    return canvas(
        draw_marginal,
        p,
        observed,
        marginal.quantile,
        marginal.cell,
        name=title,
        scale=scale,
        width=column.width,
        size=(3.1, 2.8),
    )


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
