"""Overview: what was made from what, a verdict, and the methods with their noise."""

from copulasynth.metrics.score import TOO_CLOSE
from copulasynth.metrics.verdicts import verdict
from copulasynth.report.background import Background
from copulasynth.report.figures.scores import draw_methods, methods_size
from copulasynth.report.front import front_of
from copulasynth.report.grid import Grid, methods_grid, scores_grid
from copulasynth.report.page import Block, Picture, Section, picture
from copulasynth.report.results import Compared

__all__ = ["overview_section"]

_DRAWN = ("c2st_boosting", "tv2", "tstr", "dcr_share", "membership")


def overview_section(source: Background) -> Section:
    """Return the first screen, the methods beside each other, and a count of verdicts."""
    lead = [_made(source)]
    blocks = []
    if source.comparison is not None and source.scores:
        lead.append(f"{source.leading} The sections below show that method in detail.")
        dots, grids = _dots(source.comparison), (methods_grid(source.comparison),)
        title = "Methods beside each other"
        blocks.append(Block("overview-methods", title, "", dots, grids, wide=True))
    front = front_of(source, tuple(lead))
    count = _summary(source)
    blocks.append(Block("overview-count", "All scores, part by part", folded=(count,), wide=True))
    own = scores_grid(source.scores, "own", "Scores of your own")
    parts = (own,), tuple(blocks), source.notes
    return Section("overview", "Overview", (), *parts, front=front)


def _made(source: Background) -> str:
    rows = source.rows
    text = source.origin or (
        "A synthetic table was compared with the real table it was made from."
        if source.comparison is None
        else "Several methods each imitated one half of a table; the other half judges them."
    )
    held = f" and {rows['holdout']:,} real rows kept apart" if "holdout" in rows else ""
    return f"{text} {rows['synthetic']:,} synthetic rows, {rows['real']:,} real rows{held}."


def _summary(source: Background) -> Grid:
    """Count the verdicts of every part."""
    kinds = ("better", "as real rows", "slightly worse", "worse", TOO_CLOSE, "not measured")
    rows = []
    for part in ("rules", "columns", "pairs", "joint", "utility", "privacy"):
        found = [row[1] for row in scores_grid(source.scores, part, "").rows]
        if found:
            name = "whole rows" if part == "joint" else part
            rows.append((name, *(str(found.count(kind)) for kind in kinds)))
    shown = "slightly worse", "worse", "too close", "not measured"
    heads = ("part", "better than fresh rows", "as real rows", *shown)
    return Grid("How many scores are as good as those of fresh real rows", heads, tuple(rows))


def _dots(comparison: Compared) -> tuple[Picture, ...]:
    found = []
    every = comparison.scores
    order = [str(m) for m in comparison.ranks.index]
    for key in _DRAWN:
        scores = {m: every[m][key] for m in order if key in every[m]}
        scores = {m: s for m, s in scores.items() if verdict(s) != "not measured"}
        if scores:
            size = methods_size(len(scores))
            name = next(iter(scores.values())).name
            caption = (
                f"{name} of each method with its 95 % interval; crosses: worse; dashed: real rows."
            )
            found.append(picture(f"methods-{key}", caption, draw_methods, scores, size=size))
    return tuple(found)
