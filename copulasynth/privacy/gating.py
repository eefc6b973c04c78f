"""The release gate: step after step, each passed, failed, or NOT RUN with the reason."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from os import PathLike

import numpy as np
import pandas as pd
from rich.console import Console

from copulasynth import report
from copulasynth._arrays import generator
from copulasynth._clock import step as tell
from copulasynth._judging import one_thread
from copulasynth._plain import json_text, plain
from copulasynth._write import write_text
from copulasynth.errors import DataError, did_you_mean
from copulasynth.metrics.table import AnyTable
from copulasynth.model import Model
from copulasynth.model.provenance import seed_of, versions
from copulasynth.privacy.columns import check_columns
from copulasynth.privacy.disclosed import disclosed
from copulasynth.privacy.finding import Measured
from copulasynth.privacy.policy import Policy
from copulasynth.privacy.shadow import Audit
from copulasynth.privacy.shadow.limits import audited, unseen
from copulasynth.privacy.sides import Sides
from copulasynth.privacy.steps import (
    Tables,
    blind,
    identifiers,
    marginals,
    members,
    origins,
    persons,
    rows,
)
from copulasynth.schema import Schema

__all__ = ["GateResult", "GateStep", "gate"]

_STEPS: tuple[tuple[str, Callable[[Tables], list[Measured]]], ...] = (
    ("schema", identifiers),
    ("provenance", origins),
    ("marginal disclosure", marginals),
    ("rows", rows),
    ("membership", members),
    ("attacks on persons", persons),
)
_NO_AUDIT = "no audit was given; it needs the method that made the table, to fit it anew."
_NO_LEDGER = "no ledger was given: the table is not claimed to be private."
_NO_MODEL = "no model file was given: tables were."
_NO_HOLDOUT = "needs a holdout of rows that the synthesizer never saw."
#: Steps that compare with a holdout.
_COMPARED = (2, 3, 4, 5)


@dataclass(frozen=True, slots=True, eq=False)
class GateStep:
    """One step: its number and name, the verdict, why, and what was measured.

    Attributes
    ----------
    verdict : {"pass", "fail", "NOT RUN"}
    findings : DataFrame
        One row a measure: `measure`, `value`, `low`, `high`, `reference`, `limit`, `smallest` (the
        smallest value that would have been seen to exceed the limit), `verdict`, `note`.
    """

    number: int
    name: str
    verdict: str
    reason: str
    findings: pd.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class GateResult:
    """What the release gate found.

    Attributes
    ----------
    steps : tuple of GateStep
    policy : Policy
    sizes : dict
        Rows of the three tables.
    columns : tuple of str
        Columns of the table to release.
    seed : int or None
        The seed, where a whole number was given.
    """

    steps: tuple[GateStep, ...]
    policy: Policy
    sizes: dict[str, int]
    columns: tuple[str, ...] = ()
    seed: int | None = None

    @property
    def missing(self) -> tuple[GateStep, ...]:
        """Required steps that were NOT RUN."""
        unrun = (s for s in self.steps if s.verdict == "NOT RUN")
        return tuple(s for s in unrun if s.number in self.policy.required)

    @property
    def failed(self) -> tuple[GateStep, ...]:
        """Steps that failed, required or not."""
        return tuple(s for s in self.steps if s.verdict == "fail")

    @property
    def passed(self) -> bool:
        """Whether no step failed and every required one has run."""
        return not self.failed and not self.missing

    @property
    def table(self) -> pd.DataFrame:
        """One row a measure of a step; steps without measures have one row too."""
        parts = []
        for step in self.steps:
            found = step.findings if len(step.findings) else _nothing(step)
            found = found.assign(step=step.number, name=step.name)
            parts.append(found[["step", "name", *_HEADS]].astype(object))
        return pd.concat(parts, ignore_index=True)

    def __repr__(self) -> str:
        word = "pass" if self.passed else "fail" if self.failed else "NOT RUN in full"
        each = ", ".join(f"{s.number} {s.name}: {s.verdict}" for s in self.steps)
        return f"<GateResult: {word} ({each})>"

    def _repr_html_(self) -> str:
        rows = [(s.number, s.name, s.verdict, s.reason) for s in self.steps]
        table = pd.DataFrame(rows, columns=["step", "what", "verdict", "why"])
        return f"<p>{escape(self.sentence)}</p>{table.to_html(index=False)}"

    def summary(self, console: Console | None = None) -> None:
        """Print each step with its verdict, then what stands in the way.

        Parameters
        ----------
        console : rich.console.Console, optional
        """
        out = console or Console()
        for step in self.steps:
            told = f": {step.reason}" if step.reason else ""
            line = f"{step.number} {step.name:<22} {step.verdict:<8}{told}"
            out.print(line, markup=False, highlight=False, soft_wrap=True)
        out.print(self.sentence, markup=False, highlight=False, soft_wrap=True)

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        if self.failed:
            return "FAIL: do not release this table under this policy."
        if self.missing:
            numbers = ", ".join(str(step.number) for step in self.missing)
            return f"NOT RUN: the policy requires step {numbers}."
        return "PASS: nothing beyond the limits was seen; this is no guarantee of privacy."

    def to_data(self) -> dict[str, object]:
        """Return everything as plain values."""
        steps = [
            {
                "step": s.number,
                "name": s.name,
                "verdict": s.verdict,
                "reason": s.reason,
                "findings": s.findings,
            }
            for s in self.steps
        ]
        data = {
            "passed": self.passed,
            "rows": self.sizes,
            "columns": self.columns,
            "seed": self.seed,
            "versions": versions(),
            "policy": self.policy,
            "steps": steps,
        }
        return {key: plain(value) for key, value in data.items()}

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """Return the result as JSON and write it to `path` if given."""
        return _written(json_text(self.to_data()), path)

    def to_html(self, path: str | PathLike[str] | None = None) -> str:
        """Return the result as one page to print and sign, and write it to `path` if given."""
        return _written(report.render_html(self), path)


def _written(text: str, path: str | PathLike[str] | None) -> str:
    if path is not None:
        write_text(path, text)
    return text


_HEADS = ("measure", "value", "low", "high", "reference", "limit", "smallest", "verdict", "note")


def _nothing(step: GateStep) -> pd.DataFrame:
    return pd.DataFrame(
        [("", *[np.nan] * 6, step.verdict, step.reason)], columns=list(_HEADS), dtype=object
    )


@one_thread()
def gate(
    train: AnyTable,
    synthetic: AnyTable,
    *,
    holdout: AnyTable | None,
    policy: Policy | None = None,
    schema: Schema | None = None,
    model: Model | None = None,
    audit: Audit | None = None,
    rng: int | np.random.Generator | None = None,
) -> GateResult:
    """Run the steps of a release gate on a synthetic table.

    0 schema: no identifier or text of the training rows, the privacy unit declared. 1 provenance:
    which bounds and levels are public. 2 marginal disclosure: exact values, extremes, rare levels.
    3 rows: exact copies, replicated uniques, DiSCO. 4 membership inference. 5 attribute inference,
    singling out, linkability. 6 shadow audit: of single records, NOT RUN without an `audit`.
    7 differential privacy is NOT RUN: it needs more than tables. 8 model file: fails for a model
    in which anything rests on a few training rows.

    A pass says that these attacks, at these sizes, saw nothing beyond the limits; `table` says how
    large what they would have missed can be. It is no guarantee.

    Parameters
    ----------
    train : table
        The rows that the synthesizer was trained on.
    synthetic : table
        The rows to release.
    holdout : table or None
        Rows of the same origin that the synthesizer never saw, best as many or more. Without it
        steps 2 to 5 are NOT RUN.
    policy : Policy, optional
    schema : Schema, optional
    model : Model, optional
        The model that drew the synthetic rows, if it is to leave as well.
    audit : Audit, optional
        What `shadow_audit` found for the method and settings that made the synthetic rows.
    rng : int, Generator or None

    Returns
    -------
    GateResult

    Raises
    ------
    DataError
        If the holdout has training rows or units, a table is too small, has two columns of one
        name or cells that are no numbers, texts or dates, the policy names a column that does not
        exist, or the audit is of another table.
    """
    chosen = policy or Policy()
    for table, what in ((train, "training"), (synthetic, "synthetic"), (holdout, "holdout")):
        if table is not None:
            check_columns(table, what)
    unit = None if chosen.unit == "row" else chosen.unit
    sides = None if holdout is None else Sides.of(train, synthetic, holdout, unit, schema)
    tables = Tables.of((train, synthetic, holdout), sides, chosen, schema)
    for name in (*chosen.public, *chosen.keys):
        if name not in tables.names:
            known = did_you_mean(name, tables.names)
            raise DataError(f"the policy names a column {name!r} that no table has; {known}")
    children = generator(rng).spawn(len(_STEPS))
    steps = []
    for k, (name, step) in enumerate(_STEPS):
        tell(name)
        if sides is None and k in _COMPARED:
            steps.append(_unrun(k, name, _NO_HOLDOUT))
        else:
            found = step(tables.seeded(children[k]))
            steps.append(_judged(k, name, found, blind(found, chosen) if step is members else ""))
    steps.append(_shadow(len(steps), audit, tables))
    steps.append(_unrun(len(steps), "differential privacy", _NO_LEDGER))
    steps.append(_model_file(len(steps), model, tables.k_rows))
    return GateResult(tuple(steps), chosen, tables.sizes, tuple(tables.names), seed_of(rng))


def _unrun(number: int, name: str, why: str) -> GateStep:
    return GateStep(number, name, "NOT RUN", why, pd.DataFrame(columns=list(_HEADS)))


def _shadow(number: int, audit: Audit | None, tables: Tables) -> GateStep:
    if audit is None:
        return _unrun(number, "shadow audit", _NO_AUDIT)
    found = audited(audit, tables)
    return _judged(number, "shadow audit", found, unseen(audit, tables.policy))


def _model_file(number: int, model: Model | None, k_rows: int) -> GateStep:
    """Return the verdict on a model that is to leave: nothing in it rests on a few rows."""
    if model is None:
        return _unrun(number, "model file", _NO_MODEL)
    return _judged(number, "model file", disclosed(model, k_rows))


def _judged(number: int, name: str, found: list[Measured], unseen: str = "") -> GateStep:
    """Return the verdict of a step: it fails if one of its measures does.

    Where nothing fails because little can be seen, it was NOT RUN.
    """
    bad = [one for one in found if one.exceeded]
    noted = [one for one in found if one.noted]
    close = sorted((one for one in found if one.low == one.low and one.limit == one.limit),
                   key=lambda one: one.low - one.limit)  # fmt: skip
    told = "; ".join(one.words() for one in bad or [*noted, *close[-1:]])
    table = pd.DataFrame([one.row() for one in found], columns=list(_HEADS))
    verdict = "fail" if bad else "NOT RUN" if unseen else "pass"
    return GateStep(number, name, verdict, unseen if unseen and not bad else told, table)
