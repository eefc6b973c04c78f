"""Privacy: exact copies and distances to the training rows, beside rows never seen."""

from copulasynth.report.background import Background
from copulasynth.report.grid import frame_grid, scores_grid
from copulasynth.report.page import Section
from copulasynth.report.words import CLOSING

__all__ = ["privacy_section"]

_COPIES = {
    "equals": "equals",
    "rows": "synthetic rows",
    "value": "share",
    "low": "low",
    "high": "high",
    "reference": "share of fresh real rows",
}
_DISTANCES = {
    "quantile": "quantile",
    "distance to training": "distance to training rows",
    "distance to holdout": "distance to rows never seen",
}


def privacy_section(source: Background) -> Section:
    """Return every score of privacy, with the parts of copies and distances."""
    tables = [scores_grid(source.scores, "privacy", "Scores of privacy")]
    copies, distances = source.table("exact_copies"), source.table("dcr_share")
    if copies is not None:
        tables.append(frame_grid(copies, "Exact copies", _COPIES))
    if distances is not None:
        caption = "Distance of synthetic rows to the closest record (DCR)"
        tables.append(frame_grid(distances, caption, _DISTANCES))
    return Section(
        "privacy", "Privacy", (), tuple(g for g in tables if g.rows), (), CLOSING["privacy"]
    )
