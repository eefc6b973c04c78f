"""The first screen: four findings with a gauge each, and where to look first."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from copulasynth.metrics import Score
from copulasynth.metrics.summary import Portrait
from copulasynth.metrics.verdicts import verdict
from copulasynth.report.background import Background
from copulasynth.report.differences import column_differences, derived, pair_differences
from copulasynth.report.findings import Finding
from copulasynth.report.grid import number
from copulasynth.report.inline import gauge

__all__ = ["Front", "Look", "Tile", "front_of"]

#: Signs that differ without colours, and the classes of the colours.
_SIGNS = {"good": "✓", "fair": "▽", "poor": "▼", "too close": "△", "not measured": "–"}
_SHADES = {"good": "good", "fair": "slightly", "poor": "worse", "too close": "other"}
_JUDGES = ("c2st_boosting", "c2st_forest")
_MOST = 3


@dataclass(frozen=True, slots=True)
class Tile:
    """A finding: its part, its status with sign and class, its sentence, its gauge."""

    part: str
    status: str
    sign: str
    shade: str
    text: str
    gauge: Markup


@dataclass(frozen=True, slots=True)
class Look:
    """A list of places to look at: title, what an empty list means, and links with words."""

    title: str
    none: str
    links: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Front:
    """What was judged, the findings, what to look at, and what to do next."""

    lead: tuple[str, ...]
    tiles: tuple[Tile, ...]
    looks: tuple[Look, ...]
    next: str


def front_of(source: Background, lead: tuple[str, ...]) -> Front:
    """Return the first screen of a page."""
    found = source.verdict
    looks = () if source.portrait is None else _looks(source.portrait, source.scores)
    return Front(lead, tuple(map(_tile, found)), looks, found.next)


def _tile(found: Finding) -> Tile:
    words = found.text.removeprefix(f"{found.part.capitalize()}: ")
    text = words[:1].upper() + words[1:]
    sign, shade = _SIGNS[found.status], _SHADES.get(found.status, "unknown")
    return Tile(found.part.capitalize(), found.status, sign, shade, text, _gauge(found))


def _gauge(found: Finding) -> Markup:
    numbers = found.value, found.low, found.high, found.reference
    if not np.isfinite(found.value):
        return Markup("")
    value, low, high, real = map(number, numbers)
    title = f"{found.name}: {value}, interval {low} to {high}; real rows {real}."
    return gauge(numbers, _ends([x for x in (*numbers, found.ideal) if np.isfinite(x)]), title)


def _ends(numbers: list[float]) -> tuple[float, float]:
    """Return round ends of a scale; one that goes to a half or to one ends there."""
    low, high = min(numbers), max(numbers)
    steps = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
    if low >= 0.8 and high <= 1:
        return 1 - next(s for s in steps if s >= 1 - low), 1.0
    if high <= 0.3 and low >= 0:
        return 0.0, next(s for s in steps if s >= high)
    return (0.4 if low >= 0.4 else 0.0), max(1.0, float(np.ceil(10 * high) / 10))


def _looks(portrait: Portrait, scores: Mapping[str, Score]) -> tuple[Look, ...]:
    place = {name: f"column-{j}" for j, name in enumerate(portrait.names)}
    made = [name for name, rule in derived(portrait.columns, scores).items() if rule.kept == 1]
    place |= dict.fromkeys(made, "columns-derived")
    differ = column_differences(portrait.columns, scores)
    own = [name for name in differ if place[name] != "columns-derived"][:_MOST]
    columns = tuple((place[name], name, differ[name].words) for name in own)
    # A pair with a column that follows from others says what the pair with those does.
    pairs = tuple(
        (anchor, f"{a} and {b}", words)
        for anchor, a, b, words in pair_differences(portrait, scores)
        if not {a, b} & {*made}
    )[:_MOST]
    rest = "Each pair that stands out has a column that follows from others by a rule."
    none = rest if portrait.pairs or "tv2" in scores else "Pairs were not compared."
    return (
        _telling(scores, place),
        Look("Columns that differ most", "There is none.", columns),
        Look("Pairs that differ most", none, pairs),
    )


def _telling(scores: Mapping[str, Score], place: Mapping[str, str]) -> Look:
    """Return the columns by which a judge tells the rows apart, if it can."""
    title = "What gives it away"
    judged = [scores[key] for key in _JUDGES if key in scores]
    table = next((s.table for s in judged if s.table is not None and "drop" in s.table), None)
    if table is None:
        return Look(title, "No judge of whole rows was asked which columns it used.", ())
    if all(verdict(s) not in ("worse", "slightly worse") for s in judged):
        return Look(title, "Nothing: the judge cannot tell the rows apart.", ())
    top = table.sort_values("drop", ascending=False).head(_MOST)
    links = tuple(
        (place[name], name, f"the judge's AUC falls by {drop:.2f} without it")
        for name, drop in zip(top["column"], top["drop"], strict=True)
        if name in place and drop > 0
    )
    return Look(title, "No single column: the judge needs many together.", links)
