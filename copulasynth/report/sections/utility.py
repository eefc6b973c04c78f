"""Utility and inference: models trained on synthetic rows, coefficients side by side."""

from copulasynth.report.background import Background
from copulasynth.report.figures.calibration import draw_calibration
from copulasynth.report.figures.forest import draw_forest, forest_size
from copulasynth.report.figures.style import canvas
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
    figure = canvas(draw_calibration, table, size=(3.6, 3.2))
    caption = (
        f"Predicted and observed shares of {table['target'].iloc[0]} = {table['level'].iloc[0]} "
        "in groups of real test rows."
    )
    text = "Points on the line: a predicted probability of 30 % comes true in 30 % of cases."
    return [
        Block(
            "utility-calibration",
            "Are learnt probabilities right?",
            text,
            (picture(figure, "calibration", caption),),
        )
    ]


def _fit(n: int, fit: object) -> Block:
    forest, table = fit.forest, fit.table  # type: ignore[attr-defined]
    formula, sentence = fit.formula, fit.sentence  # type: ignore[attr-defined]
    terms = forest["term"].nunique()
    figure = canvas(draw_forest, forest, size=forest_size(terms))
    caption = f"Coefficients of {formula}, observed and synthetic, with their intervals."
    heads = ("term", *(str(c).replace("_", " ") for c in table.columns))
    rows = tuple(
        (str(term), *(number(float(v)) for v in row))
        for term, row in zip(table.index, table.to_numpy(), strict=True)
    )
    return Block(
        f"utility-fit-{n}",
        formula,
        sentence,
        (picture(figure, f"f{n}", caption),),
        (),
        (Grid(f"Coefficients of {formula}", heads, rows),),
    )
