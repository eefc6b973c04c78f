"""The verdict on a synthetic table: made once, shown by console, JSON, pages and notebooks."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Literal

import pandas as pd

from copulasynth._plain import plain
from copulasynth.metrics.score import Score
from copulasynth.report import findings
from copulasynth.report.findings import Finding
from copulasynth.report.results import Compared

__all__ = ["Advice", "Finding", "Verdict", "leader", "verdict_of", "verdict_of_methods"]

Advice = Literal["holdout", "measure", "privacy", "close", "method", "release"]

_NEXT: dict[Advice, str] = {
    "holdout": "split the table before fitting, and judge with the rows that were kept: without "
    "them nothing tells learning from copying.",
    "measure": "judge again with the metric dcr_share: without it nothing tells learning from "
    "copying.",
    "privacy": "look at the section on privacy; do not release the table before you know why.",
    "close": "look at the section on privacy, then run the release gate: it tells whether what "
    "lies a little too close singles anybody out.",
    "method": "compare other methods, and look at what gives the synthetic rows away.",
    "release": "run the release gate before the table leaves.",
}
#: Methods whose mean ranks differ by no more can hardly be told apart.
_TIED = 0.25


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reader must know of a synthetic table, or of the method that leads a comparison.

    Attributes
    ----------
    fidelity, rules, usefulness, privacy : Finding
    chosen : str
        Of a comparison, which method leads, by the number that ranks methods.
    held : bool
        Whether real rows were kept apart.
    """

    fidelity: Finding
    rules: Finding
    usefulness: Finding
    privacy: Finding
    chosen: str = ""
    held: bool = False

    def __iter__(self) -> Iterator[Finding]:
        """Yield the four findings."""
        return iter((self.fidelity, self.rules, self.usefulness, self.privacy))

    @property
    def advice(self) -> Advice:
        """What to do next, in a word."""
        if self.privacy.status == "poor" or self.fidelity.status == "too close":
            return "privacy"
        if "poor" in (self.fidelity.status, self.rules.status, self.usefulness.status):
            return "method"
        if self.privacy.status == "not measured":
            return "measure" if self.held else "holdout"
        return "release" if self.privacy.status == "good" else "close"

    @property
    def next(self) -> str:
        """What to do next, in words."""
        return _NEXT[self.advice]

    @property
    def lines(self) -> tuple[str, str]:
        """Two plain lines: what was chosen and why, how close, and how private."""
        lost = [f.text for f in (self.rules, self.usefulness) if f.status in ("fair", "poor")]
        close = " ".join([self.fidelity.text, *lost])
        if self.chosen:
            return self.chosen, f"{close} {self.privacy.text}"
        return close, self.privacy.text

    @property
    def short(self) -> str:
        """The statuses in a few words, for one line of text."""
        told = [f"{f.part} {f.status}" for f in self if f.status != "not measured"]
        return ", ".join(told) or "nothing was measured"

    @property
    def leading(self) -> str:
        """Which method leads, for one line of text."""
        return self.chosen.partition(";")[0].rstrip(".") or self.short

    def to_data(self) -> dict[str, object]:
        """Return everything as plain values, not-a-number as None."""
        parts = {f.part: asdict(f) | {"text": f.text} for f in self}
        told: dict[str, object] = {"chosen": self.chosen, **parts, "next": self.next}
        return {key: plain(value) for key, value in told.items()}


def verdict_of(scores: Mapping[str, Score], chosen: str = "", held: bool = False) -> Verdict:
    """Return the verdict on one synthetic table.

    Parameters
    ----------
    scores : mapping of metric to Score
    chosen : str
        Of a comparison, which method leads and why.
    held : bool
        Whether real rows were kept apart, so that only a metric can be lacking.
    """
    return Verdict(
        findings.fidelity(scores),
        findings.rules(scores),
        findings.usefulness(scores),
        findings.privacy(scores, held),
        chosen,
        held,
    )


def verdict_of_methods(found: Compared) -> Verdict:
    """Return the verdict on the method that leads a comparison."""
    best, sentence = leader(found.ranks)
    return verdict_of(found.scores.get(best, {}), sentence, held=True)


def leader(ranks: pd.DataFrame) -> tuple[str, str]:
    """Return the method that leads a comparison, and a sentence on how clearly it does."""
    if ranks.empty:
        return "", "No method could be judged."
    means = ranks["mean"]
    best, *rest = map(str, means.index)
    if not rest:
        return best, f"Chosen: {best}, the only method that could be judged."
    tied = [name for name in rest if means[name] <= means[best] + _TIED]
    number = f"{means[best]:.2f} over {ranks.shape[1] - 1} scores"
    behind = f"{rest[0]} has {means[rest[0]]:.2f}"
    if tied:
        behind = f"{', '.join(tied)} can hardly be told apart from it"
    return best, f"Chosen: {best}, by the lowest mean rank, {number}; {behind}."
