"""The page of a release gate: what is to leave, how it was tested, what was found, who decides."""

from collections.abc import Iterable
from dataclasses import dataclass

from copulasynth._plain import records
from copulasynth.model.provenance import versions
from copulasynth.report.grid import number
from copulasynth.report.results import Gated, GatedStep

__all__ = ["ReleaseSheet", "SheetStep", "clipped", "release_sheet"]

# A page is to be read and signed: more measures of a step than these are counted, not shown.
_MEASURES = 8
_COLUMNS = 40
_LONGEST = 320

_ASKS = {
    "schema": "Do identifiers, texts of persons, or columns that nothing was compared with leave "
    "with the table? Do several rows belong to one person?",
    "provenance": "Which bounds and levels are public, and which were learnt from the table?",
    "marginal disclosure": "Does a single column give values of training rows again, its extremes, "
    "or levels that few rows have?",
    "rows": "Are whole rows copies? Are people who are unique by what is known of them met again?",
    "membership": "Can an attacker tell who was in the training table?",
    "attacks on persons": "Can a value of a person be guessed, a person be singled out, or two "
    "halves of a row be joined, more often than for people who were not in the table?",
    "shadow audit": "Would what leaves be another if one chosen person had not been in the table?",
    "differential privacy": "Is there a proven bound on what can be learnt of one person?",
    "model file": "Does the model that is to leave hold training rows?",
}


#: By how the measures' names begin.
_GLOSSARY = (
    ("exact values", "share of cells that equal a training value, above that of the holdout"),
    ("extremes", "share of the outermost training values met again, above that of the holdout"),
    ("rows that equal", "share of rows that equal a training row, above that of the holdout"),
    ("repU", "share of people alone with their keys who meet one row, above that of the holdout"),
    ("DiSCO", "share of people whose value follows from their keys, above that of the holdout"),
    ("NNDR", "distance to the nearest training row over that to the next; lower is nearer to one"),
    ("nearest-distance ratio", "how near the nearest rows are, over how near rows never seen are"),
    ("DCR share", "share of rows nearer to a training row than to one never seen; .5 is chance"),
    ("membership AUC", "how often the training row of it and a row never seen is picked; .5 is "
     "guessing; of outliers: among the 2 % of rows furthest out"),
    ("membership TPR", "share of training rows recognised where one other row in a hundred is "
     "taken for one; .01 is guessing"),
    ("attribute inference", "success in guessing a column from all others, above the control"),
    ("singling out", "success in describing exactly one person, above the control"),
    ("linkability", "success in joining two halves of a row, above the control; the control is "
     "the same attack on people who were not in the table"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SheetStep:
    """A step: its title, what it asks, verdict and reason, its measures, and how many more."""

    title: str
    asks: str
    verdict: str
    reason: str
    measures: tuple[tuple[str, ...], ...]
    more: int


@dataclass(frozen=True, slots=True)
class ReleaseSheet:
    """What the page shows, all of it text."""

    verdict: str
    sentence: str
    facts: tuple[tuple[str, str], ...]
    steps: tuple[SheetStep, ...]
    untested: tuple[str, ...]
    glossary: tuple[tuple[str, str], ...]


def release_sheet(gate: Gated, origin: str) -> ReleaseSheet:
    """Return the page of a gate's result, which holds no row and no level of a table."""
    word = "fail" if gate.failed else "NOT RUN" if gate.missing else "pass"
    rest = gate.sentence.partition(": ")[2]
    steps = tuple(_step(step) for step in gate.steps)
    untested = tuple(f"{step.title}: {step.reason}" for step in steps if step.verdict == "NOT RUN")
    facts = tuple(_facts(gate, origin))
    return ReleaseSheet(word, rest[:1].upper() + rest[1:], facts, steps, untested, _words(steps))


def _words(steps: Iterable[SheetStep]) -> tuple[tuple[str, str], ...]:
    """Return what the measures on the page are, in plain words."""
    shown = [row[0] for step in steps for row in step.measures]
    return tuple(
        (name, text) for name, text in _GLOSSARY if any(one.startswith(name) for one in shown)
    )


def _facts(gate: Gated, origin: str) -> Iterable[tuple[str, str]]:
    """Return what was tested, in pairs of a name and a text."""
    sizes, policy = gate.sizes, gate.policy
    if origin:
        yield "Files", origin
    many = len(gate.columns) - _COLUMNS
    listed = ", ".join(gate.columns[:_COLUMNS]) + (f" and {many} more" if many > 0 else "")
    yield "To be released", f"{sizes['synthetic']:,} synthetic rows, {len(gate.columns)} columns"
    yield "Columns", listed
    yield "Made from", f"{sizes['train']:,} training rows"
    held = f"{sizes['holdout']:,} rows (the holdout) that its maker never saw"
    yield "Compared with", held if sizes["holdout"] else "nothing: no holdout was given"
    yield "Privacy unit", _UNIT if policy.unit == "row" else f"all rows of one {policy.unit}"
    changed = (f"{name} {_said(v)} (default {_said(d)})" for name, (v, d) in policy.changed.items())
    yield "Policy", "; ".join(changed) or "the default in every limit"
    required = ", ".join(map(str, sorted(policy.required)))
    yield "Steps required", required or "none"
    seed = "not given as a number" if gate.seed is None else str(gate.seed)
    used = ", ".join(f"{name} {version}" for name, version in sorted(versions().items()))
    yield "To repeat it", f"seed {seed}; {used}"


_UNIT = "one row: every row counts as one person"


def _said(setting: object) -> str:
    if isinstance(setting, tuple | list):
        return ", ".join(map(str, setting)) or "none"
    return f"{setting:g}" if isinstance(setting, float) else str(setting)


def _step(step: GatedStep) -> SheetStep:
    """Return a step with its measures, those that fail first."""
    found = sorted(records(step.findings), key=lambda one: one["verdict"] != "fail")
    rows = []
    for one in found[:_MEASURES]:
        interval = f"{number(one['low'])} to {number(one['high'])}"
        if number(one["low"]) == "–":
            interval = "–" if number(one["value"]) == "–" else "counted"
        limits = number(one["limit"]), number(one["smallest"])
        said = one["verdict"] or "no limit"
        name = one["measure"] + (f" ({clipped(one['note'], 120)})" if one["note"] else "")
        rows.append((name, said, number(one["value"]), interval, *limits))
    title, more = f"{step.number} {step.name}", max(len(found) - _MEASURES, 0)
    # what the measures say in rows needs no sentence
    reason = clipped(step.reason) if step.verdict == "NOT RUN" or not rows else ""
    return SheetStep(title, _ASKS.get(step.name, ""), step.verdict, reason, tuple(rows), more)


def clipped(text: str, most: int = _LONGEST) -> str:
    """Return the beginning of a text that is too long."""
    return text if len(text) <= most else f"{text[: most - 2].rstrip()} …"
