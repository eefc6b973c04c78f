"""Columns: a small figure of each, the most different first, with more of it on a click."""

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.metrics.summary import ColumnPortrait
from copulasynth.metrics.summary.bins import show
from copulasynth.report.background import Background
from copulasynth.report.differences import Difference, Follows, column_differences, derived
from copulasynth.report.figures.bars import place
from copulasynth.report.figures.columns import block_means
from copulasynth.report.grid import Grid, facts_grid, levels_grid, number, scores_grid
from copulasynth.report.inline import LEVELS, histogram, levels, quantile_plot
from copulasynth.report.page import Block, Card, Picture, Section

__all__ = ["columns_section"]

_KINDS = {"numeric": "Numbers", "ordinal": "Ordered levels", "nominal": "Levels"}
#: A quantile plot says something where a point is this part of the axis off the line.
_OFF = 0.03
_ACROSS = 220


def columns_section(source: Background) -> Section:
    """Return a card a column, or for the columns that differ most and a table of the others."""
    scores = scores_grid(source.scores, "columns", "Scores of single columns, means over columns")
    if source.portrait is None:
        return Section("columns", "Columns", (), (scores,))
    columns = source.portrait.columns
    differ, made = column_differences(columns, source.scores), derived(columns, source.scores)
    made = {name: rule for name, rule in made.items() if rule.kept == 1}
    place_of = {c.name: j for j, c in enumerate(columns)}
    order = [name for name in differ if name not in made]
    drawn, rest = order[: source.most_columns], order[source.most_columns :]
    cards = tuple(_card(source, place_of[name], differ[name]) for name in drawn)
    blocks = [_made(made, differ)] if made else []
    if rest:
        listed = _listed([columns[place_of[name]] for name in rest], differ)
        blocks.append(Block("columns-rest", "The other columns", tables=(listed,), wide=True))
    lead = _lead(len(drawn), len(columns) if rest else 0)
    return Section("columns", "Columns", lead, (scores,), tuple(blocks), (), cards)


def _lead(drawn: int, every: int) -> tuple[str, ...]:
    if not every:
        return ()
    return (
        f"The {drawn} of {every} columns that differ most are drawn; the others are in a table "
        "below them.",
    )


def _card(source: Background, j: int, differ: Difference) -> Card:
    column = source.portrait.columns[j]  # type: ignore[union-attr]
    title = f"{column.name}: shares of observed and synthetic rows; {differ.words}."
    few = column.scale == "levels" and (column.kind != "numeric" or len(column.bins) <= LEVELS + 1)
    figure = levels(column, title) if few else histogram(column, title)
    tables = [facts_grid(column), *_fit(source, column.name)]
    if column.scale == "levels":
        tables.insert(0, levels_grid(column))
    says = (differ.words, *_gaps(column))
    figures = (*_quantiles(column), *_marginal(source, column))
    kept = tuple(t for t in tables if t.rows)
    return Card(f"column-{j}", column.name, differ.verdict, figure, says, figures, kept)


def _gaps(column: ColumnPortrait) -> list[str]:
    return [
        f"{gap['label']} {100 * gap['real']:.2g} % / {100 * gap['synthetic']:.2g} %"
        for _, gap in column.gaps.iterrows()
        if np.isfinite([gap["real"], gap["synthetic"]]).all()
    ]


def _quantiles(column: ColumnPortrait) -> list[Picture]:
    """Draw the quantiles of both tables, where they leave the line."""
    x, y = (column.qq[role].to_numpy(dtype=float) for role in ("real", "synthetic"))
    if column.scale == "levels" or not _off(x, y, column):
        return []
    title = f"{column.name}: synthetic against observed quantiles; on the line they agree."
    return [_plot(x, y, title, ("observed", "synthetic"), column)]


def _off(x: Floats, y: Floats, column: ColumnPortrait) -> bool:
    if not x.size:
        return False
    a, b = (place(v, column.scale, column.width) for v in (x, y))
    span = max(float(np.ptp(np.concatenate([a, b]))), 1e-300)
    return bool(np.abs(a - b).max() > _OFF * span)


def _plot(
    x: Floats, y: Floats, title: str, axes: tuple[str, str], column: ColumnPortrait
) -> Picture:
    scale = column.scale if column.scale == "asinh" else "linear"
    drawn = quantile_plot(x, y, title, axes, scale, column.width, column.unit)
    return Picture(drawn, title, _ACROSS)


def _marginal(source: Background, column: ColumnPortrait) -> list[Picture]:
    """Draw the quantiles of the model's marginal against those of the column, if it has one."""
    model = source.joint
    if model is None or column.unit or not len(column.qq):
        return []
    variables = [model.coordinates[j] for j in model.free]
    k = next((k for k, v in enumerate(variables) if v.name == column.name), None)
    if k is None or model.schema.columns[variables[k].column].offset:
        return []
    p, observed = (column.qq[name].to_numpy(dtype=float) for name in ("p", "real"))
    fitted = block_means(model.marginals[k].quantile, p)
    title = f"{column.name}: observed quantiles against those of the model's marginal."
    return [_plot(fitted, observed, title, ("marginal", "observed"), column)]


def _fit(source: Background, name: str) -> list[Grid]:
    """Return the marginals that the model tried, and why it has the one that it has."""
    if source.model is None:
        return []
    table = [r for r in source.model.provenance.marginals if r.get("variable") == name]
    keys = [k for k in ("heldout", "ks", "p_ks") if any(r.get(k) is not None for r in table)]
    rows = tuple(
        (f"{r.get('candidate')}{' (chosen)' if r.get('chosen') else ''}",
         *(number(r.get(k)) for k in keys))
        for r in table
    )  # fmt: skip
    why = next((str(r["reason"]) for r in table if r.get("chosen") and r.get("reason")), "")
    caption = f"Marginals that were tried{f': {why}' if why else ''}"
    return [Grid(caption, ("candidate", *keys), rows)]


def _made(made: dict[str, Follows], differ: dict[str, Difference]) -> Block:
    rows = tuple((name, rule.rule, rule.words, differ[name].words) for name, rule in made.items())
    grid = Grid("Columns that follow from others", ("column", "rule", "kept", "difference"), rows)
    text = "A rule makes them: they differ as far as what they are made of does."
    return Block("columns-derived", "Columns that follow from others", text, (), (grid,), wide=True)


def _listed(columns: list[ColumnPortrait], differ: dict[str, Difference]) -> Grid:
    rows = []
    for c in columns:
        facts = c.facts[c.facts["statistic"] == "mean"]
        means = ["–", "–"]
        if len(facts):
            means = [show(float(facts[role].iloc[0]), c.unit) for role in ("real", "synthetic")]
        rows.append((c.name, _KINDS[c.kind], differ[c.name].words, *means))
    heads = ("column", "kind", "difference", "mean observed", "mean synthetic")
    return Grid("Columns that are not drawn", heads, tuple(rows))
