"""Methods and provenance: how the tables were made, aligned and measured."""

import pandas as pd

from copulasynth.model import Model
from copulasynth.model.provenance import versions
from copulasynth.report.background import Background, vine_of
from copulasynth.report.figures.scores import draw_selection, selection_size
from copulasynth.report.figures.vine import draw_vine, vine_size
from copulasynth.report.grid import Grid, frame_grid, number
from copulasynth.report.page import Block, Picture, Section, picture

__all__ = ["methods_section"]

_EDGES = 200


def methods_section(source: Background) -> Section:
    """Return rows, versions, alignment, notes of the metrics, and the model's own record."""
    tables = [_rows(source), _versions(source), *_alignment(source), *_failed(source)]
    notes = tuple(f"{s.name}: {s.note}" for s in source.scores.values() if s.note)
    blocks = _model(source) if source.model is not None else []
    whole = tuple(tables), tuple(blocks), notes
    return Section("methods", "Methods and provenance", (), *whole)


def _rows(source: Background) -> Grid:
    rows = [(role, f"{n:,}") for role, n in source.rows.items()]
    if source.portrait is not None:
        rows.append(("least rows behind a bar, point or cell", str(source.portrait.k_min)))
    return Grid("Rows", ("table", "rows"), tuple(rows))


def _versions(source: Background) -> Grid:
    found = versions() if source.model is None else source.model.provenance.versions
    return Grid("Versions", ("package", "version"), tuple(sorted(found.items())))


def _alignment(source: Background) -> list[Grid]:
    if source.portrait is None or source.portrait.alignment.empty:
        return []
    names = {"column": "column", "problem": "found", "action": "done"}
    return [frame_grid(source.portrait.alignment, "Differences of the tables", names, 60)]


def _failed(source: Background) -> list[Grid]:
    failed = {} if source.comparison is None else source.comparison.failed
    if not failed:
        return []
    return [Grid("Methods without scores", ("method", "why"), tuple(failed.items()))]


def _model(source: Background) -> list[Block]:
    found = source.model.provenance
    rows = [("model", repr(source.model)), ("training rows", number(found.rows))]
    rows += [("seed", str(found.seed)), *((k, str(v)) for k, v in found.choices.items())]
    rows += [("why this copula", str(seen["why"])) for seen in found.selection if seen["chosen"]]
    tables = [Grid("Model", ("what", "value"), tuple(rows))]
    if found.warnings:
        warned = tuple((w,) for w in found.warnings)
        tables.append(Grid("Warnings of the fit", ("warning",), warned))
    blocks = [Block("methods-model", "The model", tables=tuple(tables)), *_vine(source.model)]
    table = pd.DataFrame(list(found.selection))
    if "C2ST boosting" in table and len(table) > 1:
        caption = "Candidates of the search, judged on a held-out half."
        size = selection_size(len(table))
        drawn = (picture("selection", caption, draw_selection, table, size=size),)
        seen = frame_grid(table, "What the choice saw", {str(c): str(c) for c in table.columns})
        title = "The choice of the copula"
        blocks.append(Block("methods-selection", title, pictures=drawn, folded=(seen,)))
    return blocks


def _vine(model: Model) -> list[Block]:
    """Draw the first tree of a vine, and list its edges."""
    found = vine_of(model)
    if found is None:
        return []
    copula, known = found
    names = known or [str(j) for j in range(copula.dim)]
    edges = copula.summary().edges or ()
    pictures: tuple[Picture, ...] = ()
    if edges:
        caption = "Tree 1 of the vine: pair copulas between columns, with family and Kendall's tau."
        drawn = draw_vine, copula.tree_edges(1), names
        pictures = (picture("vine1", caption, *drawn, size=vine_size(len(names)), wide=True),)
    rows = tuple(
        (
            str(e.tree),
            " and ".join(names[v] for v in e.conditioned),
            ", ".join(names[v] for v in e.conditioning) or "–",
            f"{e.family} {e.rotation}°" if e.rotation else e.family,
            ", ".join(number(v) for v in e.parameters) or "–",
            number(e.tau),
            f"{number(e.lower_tail)}, {number(e.upper_tail)}",
        )
        for e in edges[:_EDGES]
    )
    heads = ("tree", "pair", "given", "family", "parameters", "tau", "tails: lower, upper")
    grid = Grid("Edges of the vine", heads, rows)
    return [Block("methods-vine", "The vine", pictures=pictures, folded=(grid,))]
