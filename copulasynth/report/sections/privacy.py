"""Privacy: exact copies and distances to the training rows, beside rows never seen."""

from copulasynth.report.background import Background
from copulasynth.report.grid import Grid, scores_grid
from copulasynth.report.page import Block, Section
from copulasynth.report.release import clipped
from copulasynth.report.results import Gated

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
    gates = () if source.gate is None else (_gate(source.gate),)
    return Section("privacy", "Privacy", (), tables, gates)


def _gate(gate: Gated) -> Block:
    """Return the verdict of a release gate and of its steps; its own page has the measures."""
    rows = tuple((f"{s.number} {s.name}", s.verdict, clipped(s.reason)) for s in gate.steps)
    grid = Grid("Steps of the release gate", ("step", "verdict", "why"), rows)
    return Block("privacy-gate", "Release gate", gate.sentence, tables=(grid,))
