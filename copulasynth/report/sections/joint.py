"""Joint: can a classifier tell the rows apart, and what gives them away?"""

import numpy as np

from copulasynth.copulas.calibration.calibrated import CalibratedCopula
from copulasynth.report.background import Background
from copulasynth.report.grid import Grid, frame_grid, number, scores_grid
from copulasynth.report.inline import importance_bars
from copulasynth.report.page import Block, Picture, Section

__all__ = ["joint_section"]


def joint_section(source: Background) -> Section:
    """Return the scores of whole rows, importances, and what calibration did."""
    scores = scores_grid(source.scores, "joint", "Scores of whole rows")
    blocks = [*_importances(source), *_calibration(source)]
    return Section("joint", "Whole rows", (), (scores,), tuple(blocks))


def _importances(source: Background) -> list[Block]:
    table = source.table("c2st_boosting")
    if table is None or "drop" not in table:
        return []
    caption = "Columns by which boosted trees tell synthetic from real rows, largest first."
    names = {"column": "column", "drop": "fall of AUC", "se": "standard error"}
    grid = frame_grid(table, "Importance of every column", names, most=40)
    text = "How far the AUC falls when a column is shuffled, with two standard errors."
    drawn = (Picture(importance_bars(table, caption), caption, 480),)
    return [Block("joint-importances", "What gives it away", text, drawn, folded=(grid,))]


def _calibration(source: Background) -> list[Block]:
    """Say how much the calibration of a model changes its base copula, and in which pairs."""
    model = source.joint
    if model is None or not isinstance(model.copula, CalibratedCopula):
        return []
    copula = model.copula
    names = [model.coordinates[j].name for j in model.free]
    sizes = [copula.bins.sizes[a] * copula.bins.sizes[b] for a, b in copula.pairs]
    tables = np.split(np.abs(copula.log_factors), np.cumsum(sizes)[:-1])
    weight = np.array([float(t.mean()) if t.size else 0.0 for t in tables])
    order = np.argsort(-weight, kind="stable")[:15]
    rows = tuple(
        (names[copula.pairs[k][0]], names[copula.pairs[k][1]], number(float(weight[k])))
        for k in order
    )
    heads = ("column", "with", "mean |log weight|")
    grid = Grid("Pairs that calibration changes most", heads, rows)
    text = (
        f"Draws of a {type(copula.base).__name__} are kept or not so that they agree with the "
        f"two-way tables of the training rows; {100 * copula.acceptance:.0f} % are kept. A large "
        "weight means that the base copula was far off in that pair."
    )
    return [Block("joint-calibration", "Calibration weights", text, tables=(grid,))]
