"""Four findings on a synthetic table: a number each, and words that follow from its grade."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from copulasynth._plain import records
from copulasynth.metrics.score import TOO_CLOSE, Score
from copulasynth.metrics.verdicts import verdict

__all__ = ["Finding", "Status", "fidelity", "privacy", "rules", "usefulness"]

Status = Literal["good", "fair", "poor", "too close", "not measured"]

#: What a status says of a number, unless a measure has words of its own.
_WORDS: dict[str, str] = {
    "good": "as fresh real rows",
    "better": "closer than fresh real rows",
    "fair": "a little worse than fresh real rows",
    "poor": "worse than fresh real rows",
    "too close": f"less than chance, so {TOO_CLOSE}",
}
#: Judges of whole rows, the sharpest first; then what needs no classifier.
_JUDGES = ("c2st_boosting", "c2st_forest", "c2st_logistic", "c2st_boosting_cv", "c2st_forest_cv")
_DISTANCES = {
    "tv2": "of all tables of two columns, {} of the rows sit in the wrong cell",
    "total_variation": "column by column, {} of the rows sit in the wrong bin or level",
    "ks": "the cumulative shares of a column are at most {} apart, on average",
}
#: An AUC of .64 is a standardised difference of .5, which Cohen (1988) calls medium.
_SMALL_AUC = 0.14
#: By how much a share of rows, and a share of skill, may be worse and still be "a little".
_SMALL_SHARE, _SMALL_RULES, _SMALL_SKILL = 0.05, 0.01, 0.1
#: Skills outside say nothing: nobody can predict the column, or anybody can; nor does a ratio of
#: skills that may be off by more than `_WIDE`.
_WORTH, _WIDE = (0.05, 0.98), 0.25


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence of a verdict, and the number that it rests on.

    Attributes
    ----------
    part : {"fidelity", "rules", "usefulness", "privacy"}
    status : {"good", "fair", "poor", "too close", "not measured"}
    what : str
        The number with its interval and its reference, or why there is none.
    words : str
        What the status says of it.
    metric, name : str
        The metric in the catalogue and its title; nothing where none was measured.
    value, low, high, reference, ideal : float
        Not a number where nothing was measured.
    """

    part: str
    status: Status
    what: str
    words: str = "not measured"
    metric: str = ""
    name: str = ""
    value: float = np.nan
    low: float = np.nan
    high: float = np.nan
    reference: float = np.nan
    ideal: float = np.nan

    @property
    def text(self) -> str:
        """The sentence."""
        if self.status == "not measured":
            return f"{self.part.capitalize()}: not measured; {self.what}."
        return f"{self.part.capitalize()}: {self.what}: {self.words}."


def fidelity(scores: Mapping[str, Score]) -> Finding:
    """Return how well whole rows can be told apart, or how far tables of columns differ."""
    for key in _JUDGES:
        if (score := _measured(scores, key)) is not None:
            numbers = score.value, score.low, score.high, score.reference
            value, low, high, real = (f"{100 * x:.0f}" for x in numbers)
            what = (
                f"shown a real and a synthetic row, a classifier picks the synthetic one in "
                f"{value} of 100 cases ({low} to {high}; fresh real rows {real})"
            )
            return _finding("fidelity", key, score, what, _SMALL_AUC)
    for key, said in _DISTANCES.items():
        if (score := _measured(scores, key)) is not None:
            return _finding("fidelity", key, score, _with_range(said, score), _SMALL_SHARE)
    return _unmeasured("fidelity", "no metric of whole rows, of pairs or of columns was run")


def rules(scores: Mapping[str, Score]) -> Finding:
    """Return how many rows obey the rules of the real rows, and which one is broken most."""
    score = _measured(scores, "rules_kept")
    if score is None or score.table is None:
        return _unmeasured("rules", "the metric rules_kept was not run")
    firm = score.table[score.table["kind"] != "tie"]
    if firm.empty:
        return _unmeasured("rules", "no rule between columns was found in the real rows")
    many = f"all {len(firm)} rules" if len(firm) > 1 else "the one rule"
    what = _with_range(f"{{}} of the synthetic rows obey {many} of the real ones", score)
    found = _finding("rules", "rules_kept", score, what, _SMALL_RULES)
    if found.status == "good":
        return found
    worst = records(firm.sort_values("synthetic", kind="stable"))[0]
    return replace(found, what=f"{what}, {worst['rule']!r} least of them")


def usefulness(scores: Mapping[str, Score]) -> Finding:
    """Return how well a column can be learnt from synthetic rows; a trivial one is passed over.

    The first column is the outcome, or what the reader asked for; a worse one is told beside it.
    """
    if "tstr" not in scores:
        return _unmeasured(
            "usefulness",
            "the metric tstr was not run; --metrics tstr --target COLUMN asks for it",
        )
    score = _measured(scores, "tstr")
    if score is None or score.table is None:
        why = "no column that was tried can be learnt from real rows; --target names another"
        return _unmeasured("usefulness", why)
    told = [(row, _ratio(score, row)) for row in records(score.table)]
    told = [(row, ratio) for row, ratio in told if _telling(row, ratio)]
    if not told:
        names = ", ".join(map(str, score.table["target"]))
        why = f"of {names} real rows teach nothing, everything, or too little to compare"
        why += "; --target names another column"
        return _unmeasured("usefulness", why)
    row, first = told[0]
    what = f"{_skills(row, first)} ({_interval(first)})"
    worst, least = min(told, key=lambda one: one[1].value)
    if least.value < first.low - _SMALL_SHARE:
        what += f"; {_skills(worst, least)}"
    return _finding("usefulness", "tstr", first, what, _SMALL_SKILL)


def _telling(row: Mapping[str, float], ratio: Score) -> bool:
    """Whether a column can be learnt at all, is no riddle solved, and is judged by enough rows."""
    low, high = _WORTH
    return bool(low <= row["real"] <= high and (ratio.high - ratio.low) / 2 <= _WIDE)


def _skills(row: Mapping[str, float | str], ratio: Score) -> str:
    kind = "AUC" if row["task"] == "classification" else "R squared"
    made, real = _scaled(row, "synthetic"), _scaled(row, "real")
    return (
        f"models of {ratio.name} learn {_percent(ratio.value)} of what real rows teach "
        f"({kind} {made:.2f} instead of {real:.2f})"
    )


def _ratio(score: Score, row: Mapping[str, float]) -> Score:
    """Return the ratio of the skills of one target as a score."""
    name = str(row["target"])
    return Score(name, row["value"], row["low"], row["high"], 1.0, 1.0, score.n, better="up")


def _scaled(row: Mapping[str, float | str], which: str) -> float:
    """Return a skill on its usual scale: the AUC of 2 AUC - 1, or R squared."""
    skill = float(row[which])
    return (1 + skill) / 2 if row["task"] == "classification" else skill


#: Measures of privacy: what they count, by how much each may be worse and be "a little", and words.
_PRIVATE: dict[str, tuple[str, float, dict[str, str]]] = {
    "dcr_share": (
        "{} of the synthetic rows lie closer to a training row than to one never seen",
        0.0,
        {
            "good": "no more than chance makes it, which is no guarantee",
            "fair": "a little more than chance makes it, which learning from rows does without "
            "copying any; of copied rows it would be 100 %",
            "poor": "more than learning from rows explains, so the method has memorised rows",
        },
    ),
    "exact_copies": (
        "{} of the synthetic rows equal a training row",
        _SMALL_RULES,
        {
            "good": "no more than of fresh real rows, which is no guarantee",
            "fair": "a little more than of fresh real rows",
            "poor": "more than of fresh real rows, so the method copies rows",
        },
    ),
    "membership": (
        "of a training row and one never seen, an attacker picks the training row in {} of all "
        "cases",
        _SMALL_SHARE,
        {
            "good": "no more than chance makes it, which is no guarantee",
            "fair": "a little more than chance makes it",
            "poor": "more than chance makes it, so who was in the training rows can be told",
        },
    ),
}
_ORDER: tuple[Status, ...] = ("poor", "fair", "too close", "good")


def privacy(scores: Mapping[str, Score], held: bool = False) -> Finding:
    """Return the worst of distances, copies and membership; copies alone say too little.

    `held` says whether there is a holdout.
    """
    found = []
    for key, (said, small, words) in _PRIVATE.items():
        if (score := _measured(scores, key)) is not None:
            what = _with_range(said, score)
            found.append(_finding("privacy", key, score, what, small, words))
    worst = min(found, key=lambda f: _ORDER.index(f.status), default=None)
    if worst is None or (worst.metric == "exact_copies" and worst.status == "good"):
        return _unmeasured(
            "privacy",
            "whether rows lie closer to the training rows than chance makes it takes "
            f"{'' if held else 'a holdout and '}the metric dcr_share",
        )
    return worst


def _measured(scores: Mapping[str, Score], key: str) -> Score | None:
    score = scores.get(key)
    return None if score is None or verdict(score) == "not measured" else score


def _finding(
    part: str, key: str, score: Score, what: str, small: float, words: Mapping[str, str] = _WORDS
) -> Finding:
    """Return a number with its status, and the words of that status."""
    status = _grade(score, small)
    degree = "better" if verdict(score) == "better" and part == "fidelity" else status
    said = words.get(degree) or _WORDS[degree]
    numbers = score.value, score.low, score.high, score.reference, score.ideal
    return Finding(part, status, what, said, key, score.name, *map(float, numbers))


def _unmeasured(part: str, why: str) -> Finding:
    return Finding(part, "not measured", why)


def _grade(score: Score, small: float) -> Status:
    """Return what a score is worth; up to `small` beyond the reference is "a little"."""
    said = verdict(score)
    if said in ("as real rows", "better"):
        return "good"
    if said == score.below:
        return "too close"
    gap = score.distance - score.distance_of(score.reference)
    return "fair" if said == "slightly worse" or gap <= small else "poor"


def _with_range(said: str, score: Score) -> str:
    """Return a share in a sentence, with its interval and its reference."""
    what = said.format(_share(score.value))
    return f"{what} ({_interval(score)}; fresh real rows {_share(score.reference)})"


def _interval(score: Score) -> str:
    if not np.isfinite([score.low, score.high]).all():
        return "no interval"
    return f"{_share(score.low)} to {_share(score.high)}"


def _percent(x: float) -> str:
    return f"{100 * x:.0f} %"


def _share(x: float) -> str:
    """Return a share in per cent, three digits of it, and 100 only where it is the whole."""
    text = f"{100 * x:.3g}"
    return f"{'99.9' if text == '100' and x < 1 else text} %"
