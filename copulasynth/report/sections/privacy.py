"""Privacy: exact copies and distances to the training rows, beside rows never seen."""

from copulasynth.report.background import Background
from copulasynth.report.grid import scores_grid
from copulasynth.report.page import Section

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
    distances = "Distance of synthetic rows to the closest record (DCR)"
    tables = (
        scores_grid(source.scores, "privacy", "Scores of privacy"),
        *source.grid("exact_copies", "Exact copies", _COPIES),
        *source.grid("dcr_share", distances, _DISTANCES),
    )
    return Section("privacy", "Privacy", (), tables)
