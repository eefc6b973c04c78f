"""The report's figures, one function each: a matplotlib `Figure`, on your axes if you pass `ax=`.

Where a function takes `data`, that is an `Evaluation`, a portrait, or the real table with the
synthetic one beside it. Save with ``figure.savefig("name.svg")``, .png or .pdf. Inside
``with style(size=(3.3, 2.5), font="DejaVu Serif", font_size=7):`` they have the size and the
font that a journal asks for. Dark and bright, whole and struck through, circles and squares tell
the tables apart without colours.
"""

from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from copulasynth._arrays import Floats
from copulasynth._masking import K_MIN
from copulasynth.errors import DataError
from copulasynth.metrics import Score
from copulasynth.metrics.summary.bins import scale_of
from copulasynth.metrics.summary.columns import quantile_blocks
from copulasynth.report.background import vine_of
from copulasynth.report.differences import column_differences
from copulasynth.report.figures.columns import draw_column, draw_marginal, draw_qq
from copulasynth.report.figures.pairs import draw_cells, draw_map, draw_tail, map_size
from copulasynth.report.figures.scores import (
    draw_calibration,
    draw_forest,
    draw_importances,
    draw_methods,
    draw_selection,
    draw_verdict,
    forest_size,
    methods_size,
    selection_size,
)
from copulasynth.report.figures.style import canvas, grid_canvas, style
from copulasynth.report.figures.vine import draw_vine, vine_size
from copulasynth.report.portraits import check_pairs, named_pair, one_pair, portrait_of
from copulasynth.report.results import Compared, Judged
from copulasynth.report.verdict import verdict_of, verdict_of_methods

__all__ = [
    "calibration",
    "cells",
    "column",
    "columns",
    "forest",
    "importances",
    "marginal",
    "methods",
    "pairs",
    "qq",
    "selection",
    "spmse",
    "style",
    "tails",
    "verdict",
    "vine",
]


def column(data: Any, synthetic: Any = None, *, column: str, ax: Axes | None = None) -> Figure:
    """Draw observed and synthetic shares of the bins or levels of one column.

    Examples
    --------
    >>> a = pd.DataFrame({"x": np.arange(200) % 5, "y": np.linspace(0, 1, 200)})
    >>> figure = column(a, a, column="x")
    >>> figure.axes[0].get_title(loc="left")
    'x'
    """
    found = portrait_of(data, synthetic, ("columns",), [column])
    return canvas(draw_column, found.column(column), ax=ax)


def columns(data: object, synthetic: object = None, *, most: int = 12, across: int = 4) -> Figure:
    """Draw the columns that differ most as a grid of small figures, most different first.

    Parameters
    ----------
    most : int
        Of the columns.
    across : int
        Figures side by side.
    """
    found = portrait_of(data, synthetic, ("columns",))
    differ = column_differences(found.columns, data.scores if isinstance(data, Judged) else {})
    draw = partial(draw_column, most=7)
    return grid_canvas(draw, [found.column(name) for name in [*differ][:most]], across)


def qq(data: Any, synthetic: Any = None, *, column: str, ax: Axes | None = None) -> Figure:
    """Draw synthetic against observed quantiles of a numeric column.

    Raises
    ------
    DataError
        If the column is not numeric or has too few values.
    """
    found = portrait_of(data, synthetic, ("columns",), [column]).column(column)
    if not len(found.qq):
        raise DataError(f"column {column!r} has no quantiles to draw: it is {found.kind} or short.")
    return canvas(draw_qq, found, ax=ax, size=(3.8, 3.4))


def pairs(
    data: Any,
    synthetic: Any = None,
    *,
    measure: Literal["cramers_v", "spearman"] = "cramers_v",
    show: Literal["real", "synthetic", "difference"] = "difference",
    ax: Axes | None = None,
) -> Figure:
    """Draw a map of the association of all pairs of columns.

    Parameters
    ----------
    measure : {"cramers_v", "spearman"}
        Bias-corrected Cramer's V of all columns, or Spearman's rho of the ordered ones.
    show : {"real", "synthetic", "difference"}
    """
    portrait = portrait_of(data, synthetic, ("pairs",))
    found = portrait.spearman if measure == "spearman" else portrait.cramers_v
    check_pairs(found.names)
    values = {"real": found.real, "synthetic": found.synthetic}.get(show, found.difference)
    top = max(0.3, float(np.abs(values).max())) if show == "difference" else 1.0
    name = {"real": "observed"}.get(show, show)
    title = f"{found.measure}: {name}"
    size = map_size(len(found.names))
    return canvas(draw_map, values, found.names, title=title, top=top, ax=ax, size=size)


def spmse(data: Any, synthetic: Any = None, *, top: float = 10.0, ax: Axes | None = None) -> Figure:
    """Draw S_pMSE of all two-way tables, as synthpop's `utility.tables` does.

    Parameters
    ----------
    top : float
        The value of the full colour.
    """
    found = portrait_of(data, synthetic, ("pairs",))
    names = found.cramers_v.names
    check_pairs(names)
    title = "S_pMSE of two-way tables"
    size = map_size(len(names))
    return canvas(draw_map, found.s_pmse, names, title=title, top=top, ax=ax, size=size)


def cells(
    data: Any,
    synthetic: Any = None,
    *,
    pair: tuple[str, str] | int = 0,
    table: Literal["real", "synthetic"] = "real",
    ax: Axes | None = None,
) -> Figure:
    """Draw the joint cells of two columns, small ones masked.

    Parameters
    ----------
    pair : pair of str or int
        Two columns, or which of the worst pairs (0 is the worst).
    """
    found = portrait_of(data, synthetic, ("pairs",), named_pair(pair)).pairs
    chosen = one_pair(found, pair)
    if chosen is None:
        raise DataError(f"{pair} is none of the pairs here; pass the two tables instead.")
    return canvas(draw_cells, chosen, table, ax=ax, size=(4.2, 3.8))


def tails(
    data: Any, synthetic: Any = None, *, pair: tuple[str, str] | int = 0, ax: Axes | None = None
) -> Figure:
    """Draw chi(q) of two numeric columns: how often one is extreme when the other is.

    Parameters
    ----------
    pair : pair of str or int
        Two columns, or which of the pairs whose tails differ most.
    """
    found = portrait_of(data, synthetic, ("tails",), named_pair(pair)).tails
    chosen = one_pair(found, pair)
    if chosen is None:
        raise DataError("no joint tail to draw: it needs two numeric columns and enough rows.")
    return canvas(draw_tail, chosen, ax=ax, size=(3.8, 3.2))


def importances(data: Any, *, most: int = 12, ax: Axes | None = None) -> Figure:
    """Draw the columns by which a classifier tells synthetic from real rows.

    Parameters
    ----------
    data : Evaluation, or the Score of ``metrics.c2st(..., importances=True)``
    """
    score = data if isinstance(data, Score) else data["c2st_boosting"]
    if score.table is None or "drop" not in score.table:
        raise DataError("this score has no importances: use metrics.c2st(..., importances=True).")
    return canvas(draw_importances, score.table, most, ax=ax, size=(4.8, 3.6))


def calibration(
    data: Any, synthetic: Any = None, *, holdout: Any = None, ax: Axes | None = None
) -> Figure:
    """Draw observed against predicted shares of real rows, trained on real and on synthetic."""
    found = portrait_of(data, synthetic, ("reliability",), holdout=holdout).reliability
    if found.empty:
        raise DataError("there is no nominal column whose probabilities could be learnt.")
    return canvas(draw_calibration, found, ax=ax, size=(3.8, 3.4))


def forest(fits: Any, *, ax: Axes | None = None) -> Figure:
    """Draw the coefficients of the original and the synthetic fit.

    Parameters
    ----------
    fits : FitComparison
        As `inference.compare_fits` returns it.
    """
    size = forest_size(fits.forest["term"].nunique())
    return canvas(draw_forest, fits.forest, fits.formula, ax=ax, size=size)


def vine(model: Any, *, tree: int = 1, ax: Axes | None = None) -> Figure:
    """Draw a tree of a vine copula.

    Parameters
    ----------
    model : Model or VineCopula
    tree : int
        From 1.
    """
    found = vine_of(model)
    if found is None:
        raise DataError(f"{type(model).__name__} is no vine copula, nor a model with one.")
    copula, names = found
    tree_layout = copula.tree_edges(tree)
    return canvas(draw_vine, tree_layout, names, ax=ax, size=vine_size(len(tree_layout.nodes)))


def marginal(
    model: Any,
    table: Any,
    *,
    column: str,
    kind: Literal["qq", "pp"] = "qq",
    ax: Axes | None = None,
) -> Figure:
    """Draw a fitted marginal against the values of a table.

    Parameters
    ----------
    model : Model
    table : table
        The one that the model was fitted to, or a holdout.
    column : str
        Name of a variable that has a marginal.
    kind : {"qq", "pp"}
    """
    names = {model.coordinates[j].name: (k, j) for k, j in enumerate(model.free)}
    if column not in names:
        raise DataError(f"no marginal is called {column!r}; there are {list(names)}.")
    k, j = names[column]
    x = model.law.extended(model.schema.encode(table))[:, j]
    p, observed = quantile_blocks(np.sort(x[~np.isnan(x)]), K_MIN)

    law = model.marginals[k]

    def probability(values: Floats) -> Floats:
        lower, upper = law.cell(values)
        return np.asarray((lower + upper) / 2)

    scale, width = scale_of(observed, float(observed[0]), float(observed[-1]))
    axes: dict[str, Any] = {"scale": scale if kind == "qq" else "linear", "width": width}
    settings = axes | {"kind": kind, "name": column}
    drawn = draw_marginal, p, observed, law.quantile, probability
    return canvas(*drawn, ax=ax, size=(3.8, 3.4), **settings)


def selection(model: Any, *, ax: Axes | None = None) -> Figure:
    """Draw what the search for a copula saw of each candidate."""
    seen = pd.DataFrame(list(model.provenance.selection))
    if "C2ST boosting" not in seen:
        raise DataError("this model was not chosen by a search: fit it with copula='search'.")
    return canvas(draw_selection, seen, ax=ax, size=selection_size(len(seen)))


def methods(comparison: Any, *, metric: str = "c2st_boosting", ax: Axes | None = None) -> Figure:
    """Draw one metric of every method of a comparison with its interval."""
    found = {m: s[metric] for m, s in comparison.scores.items() if metric in s}
    if not found:
        raise DataError(f"no method has the metric {metric!r}.")
    return canvas(draw_methods, found, ax=ax, size=methods_size(len(found)))


def verdict(data: Judged | Compared, *, ax: Axes | None = None) -> Figure:
    """Draw the number behind each part of the verdict, its interval, and that of real rows.

    Parameters
    ----------
    data : Evaluation or Comparison
        Of a comparison, the method that leads.
    """
    whole = verdict_of_methods(data) if isinstance(data, Compared) else verdict_of(data.scores)
    found = [one for one in whole if np.isfinite(one.value)]
    if not found:
        raise DataError("no part of the verdict was measured.")
    return canvas(draw_verdict, found, ax=ax, size=(4.8, 0.9 + 0.42 * len(found)))
