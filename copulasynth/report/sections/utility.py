"""Utility and inference: models trained on synthetic rows, coefficients side by side."""

from copulasynth.report.background import Background
from copulasynth.report.figures.scores import draw_calibration, draw_forest, forest_size
from copulasynth.report.grid import Grid, number, scores_grid
from copulasynth.report.page import Block, Section, picture

__all__ = ["utility_section"]

_TSTR = {
    "target": "target",
    "task": "task",
    "synthetic": "skill, trained on synthetic",
    "real": "skill, trained on observed",
    "value": "ratio",
}


def utility_section(source: Background) -> Section:
    """Return TSTR, calibration of learnt probabilities, and forest plots."""
    caption = "Train on synthetic, test on real, target by target"
    scores = scores_grid(source.scores, "utility", "Scores of utility")
    tables = scores, *source.grid("tstr", caption, _TSTR)
    blocks = [*_reliability(source), *(_fit(n, fit) for n, fit in enumerate(source.fits))]
    return Section("utility", "Utility and inference", (), tables, tuple(blocks))


def _reliability(source: Background) -> list[Block]:
    if source.portrait is None or source.portrait.reliability.empty:
        return []
    table = source.portrait.reliability
    caption = (
        f"Predicted and observed shares of {table['target'].iloc[0]} = {table['level'].iloc[0]} "
        "in groups of real test rows."
    )
    text = "Points on the line: a predicted probability of 30 % comes true in 30 % of cases."
    drawn = picture("calibration", caption, draw_calibration, table, size=(3.6, 3.2))
    return [Block("utility-calibration", "Are learnt probabilities right?", text, (drawn,))]


def _fit(n: int, fit: object) -> Block:
    forest, table = fit.forest, fit.table  # type: ignore[attr-defined]
    formula, sentence = fit.formula, fit.sentence  # type: ignore[attr-defined]
    size = forest_size(forest["term"].nunique())
    caption = f"Coefficients of {formula}, observed and synthetic, with their intervals."
    heads = ("term", *(str(c).replace("_", " ") for c in table.columns))
    rows = tuple(
        (str(term), *(number(float(v)) for v in row))
        for term, row in zip(table.index, table.to_numpy(), strict=True)
    )
    drawn = (picture(f"f{n}", caption, draw_forest, forest, size=size),)
    grid = Grid(f"Coefficients of {formula}", heads, rows)
    return Block(f"utility-fit-{n}", formula, sentence, drawn, folded=(grid,))
