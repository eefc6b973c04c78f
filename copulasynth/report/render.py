"""One standalone HTML page from an evaluation, a comparison, or a release gate."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import jinja2

from copulasynth.report.background import Background
from copulasynth.report.grid import shade
from copulasynth.report.release import release_sheet
from copulasynth.report.results import Compared, Gated, Judged
from copulasynth.report.sections import sections_of

__all__ = ["render_html"]


def render_html(
    result: Judged | Compared | Gated,
    *,
    fits: Sequence[Any] = (),
    model: Any = None,
    title: str = "Synthetic data report",
    origin: str = "",
    most_columns: int = 40,
    gate: Gated | None = None,
) -> str:
    """Return a report as one HTML page that needs no network and no script.

    Parameters
    ----------
    result : Evaluation, Comparison or GateResult
        Only its scores and its portrait (aggregated tables) are read. A gate's result makes a page
        of its own, to print and sign, which takes `origin` alone.
    fits : sequence of FitComparison, optional
        Models fitted to the original and the synthetic tables; each is drawn as a forest plot.
    model : Model, optional
        Adds the goodness of fit of its marginals, its choice of copula, and its provenance.
    title : str
    origin : str
        What was made from what, in one sentence.
    most_columns : int
        Of more columns, those that differ most are drawn and the others listed.
    gate : GateResult, optional
        Adds the steps of a release gate to the section on privacy.

    Returns
    -------
    str
        The same bytes for the same input.
    """
    if isinstance(result, Gated):
        return _environment().get_template("gate.html").render(sheet=release_sheet(result, origin))
    drawn = {"fits": tuple(fits), "model": model, "most_columns": most_columns}
    source = Background.of(result, origin=origin, gate=gate, **drawn)
    template = _environment().get_template("report.html")
    return template.render(title=title, sections=sections_of(source), source=source)


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("copulasynth.report"),
        # Names of columns and levels come from files of strangers.
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["shade"] = shade
    return made
