"""Joint: can a classifier tell the rows apart, and what gives them away?"""

from copulasynth.report.figures.importances import draw_importances
from copulasynth.report.figures.style import canvas
from copulasynth.report.grid import Grid, frame_grid, number, scores_grid
from copulasynth.report.page import Block, Section, picture
from copulasynth.report.sections.source import Source
from copulasynth.report.words import CLOSING

__all__ = ["joint_section"]


def joint_section(source: Source) -> Section:
    """Return the scores of whole rows, importances, and what calibration did."""
    scores = scores_grid(source.scores, "joint", "Scores of whole rows")
    blocks = [*_importances(source), *_calibration(source)]
    return Section(
        "joint", "Whole rows", (), (scores,) if scores.rows else (), tuple(blocks), CLOSING["joint"]
    )


def _importances(source: Source) -> list[Block]:
    table = source.table("c2st_boosting")
    if table is None or "drop" not in table:
        return []
    figure = canvas(draw_importances, table, size=(4.8, 1.2 + 0.24 * min(len(table), 12)))
    caption = "Columns by which boosted trees tell synthetic from real rows, largest first."
    names = {"column": "column", "drop": "fall of AUC", "se": "standard error"}
    grid = frame_grid(table, "Importance of every column", names, most=40)
    text = "A column matters as far as shuffling its values makes the classifier worse."
    return [
        Block(
            "joint-importances",
            "What gives it away",
            text,
            (picture(figure, "importances", caption),),
            (),
            (grid,),
        )
    ]


def _calibration(source: Source) -> list[Block]:
    """Say how much the calibration of a model changes its base copula."""
    copula = getattr(source.model, "copula", None)
    acceptance = getattr(copula, "acceptance", None)
    if acceptance is None:
        return []
    rows = [
        ("base copula", type(copula.base).__name__ if hasattr(copula, "base") else "–"),
        ("share of draws accepted", number(float(acceptance))),
    ]
    grid = Grid("Calibration weights", ("what", "value"), tuple(rows))
    text = (
        "Draws of the base copula are accepted with a probability that tilts them to the two-way "
        "tables of the training rows; a low share means that the base copula was far from them."
    )
    return [Block("joint-calibration", "Calibration", text, (), (grid,))]
