"""One standalone HTML page from an evaluation or a comparison."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import jinja2

from copulasynth.report.background import Background
from copulasynth.report.results import Compared, Judged
from copulasynth.report.sections import sections_of

__all__ = ["render_html"]


def render_html(
    result: Judged | Compared,
    *,
    fits: Sequence[Any] = (),
    model: Any = None,
    title: str = "Synthetic data report",
    origin: str = "",
    most_columns: int = 40,
) -> str:
    """Return a report as one HTML page that needs no network and no script.

    Parameters
    ----------
    result : Evaluation or Comparison
        Only its scores and its portrait (aggregated tables) are read.
    fits : sequence of FitComparison, optional
        Models fitted to the original and the synthetic tables; each is drawn as a forest plot.
    model : Model, optional
        Adds the goodness of fit of its marginals, its choice of copula, and its provenance.
    title : str
    origin : str
        What was made from what, in one sentence.
    most_columns : int
        Of more columns, those that differ most are drawn and the others listed.

    Returns
    -------
    str
        The same bytes for the same input.
    """
    source = Background.of(
        result, fits=tuple(fits), model=model, origin=origin, most_columns=most_columns
    )
    template = _environment().get_template("report.html")
    return template.render(title=title, sections=sections_of(source), source=source)


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("copulasynth.report"),
        # Names of columns and levels come from files of strangers.
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
