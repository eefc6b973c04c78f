"""What a shadow audit found: one line a record, and the worst of them."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import pandas as pd
from rich.console import Console

from copulasynth._plain import json_text, plain
from copulasynth._write import write_text
from copulasynth.errors import DataError
from copulasynth.metrics.score import Score, from_row

__all__ = ["Audit", "AuditedRecord", "Released", "read_audit"]

Released = Literal["rows", "model"]
_FORMAT = "copulasynth-audit"


@dataclass(frozen=True, slots=True)
class AuditedRecord:
    """One record: `row` is its place in the training table, `value` the AUC with its limits."""

    row: int
    kind: str
    value: float
    low: float
    high: float
    reference: float
    smallest: float
    epsilon: float
    tpr: float
    fpr: float
    members: int
    others: int


@dataclass(frozen=True, slots=True)
class Audit:
    """What an attacker with shadow fits learns of single records.

    Attributes
    ----------
    records : tuple of AuditedRecord
        In the order in which they were chosen: the most vulnerable first.
    released : {"rows", "model"}
        What the attacker saw.
    fits : int
        Shadow fits; the attacker learnt from the first half and was counted on the second.
    rows, drawn : int
        Rows of the training table, and rows drawn of every fit (0 if a model file was attacked).
    columns : tuple of str
        Columns of the training table.
    unit : str
        Whose data a record is: "row", or a column.
    stand_ins : {"holdout", "training"}
        Where the rows came from that took the place of a record.
    seed : int or None
    """

    records: tuple[AuditedRecord, ...]
    released: Released
    fits: int
    rows: int
    drawn: int
    columns: tuple[str, ...]
    unit: str
    stand_ins: str
    seed: int | None = None

    @property
    def table(self) -> pd.DataFrame:
        """One row a record.

        `low` and `high` of all AUCs, and all `epsilon`, hold at once in 95 of 100 audits. `tpr` and
        `fpr` are how often the record was found when it was in and when it was not, of `members`
        and `others` fits. `smallest` is the AUC that would have been told from chance four times in
        five.
        """
        return pd.DataFrame([plain(one) for one in self.records])

    @property
    def worst(self) -> AuditedRecord:
        """The record of which most is known for sure."""
        return max(self.records, key=lambda one: (one.low, one.epsilon))

    @property
    def score(self) -> Score:
        """The AUC of the worst record as a score, with the table."""
        place = self.records.index(self.worst)
        return from_row("shadow audit AUC", self.table, place, self.drawn, self.note)

    @property
    def note(self) -> str:
        """What a reader must know."""
        what = "model files" if self.released == "model" else f"{self.drawn:,} drawn rows"
        return (
            f"Worst of {len(self.records)} records, limits for all of them at once; {self.fits} "
            f"fits, {what} each; a record that is out is replaced by a {self.stand_ins} row."
        )

    def __repr__(self) -> str:
        w = self.worst
        return (
            f"<Audit: {len(self.records)} records, {self.fits} fits, worst AUC {w.value:.2f} "
            f"[{w.low:.2f}, {w.high:.2f}], epsilon at least {w.epsilon:.2f}>"
        )

    def summary(self, console: Console | None = None) -> None:
        """Print what was found, and what a pass would not mean.

        Parameters
        ----------
        console : rich.console.Console, optional
        """
        out = console or Console()
        for line in self._lines():
            out.print(line, markup=False, highlight=False, soft_wrap=True)

    def _lines(self) -> list[str]:
        what = "the model file" if self.released == "model" else f"{self.drawn:,} drawn rows"
        lines = [f"{len(self.records)} records, {self.fits} fits; the attacker sees {what}."]
        for kind in dict.fromkeys(one.kind for one in self.records):
            some = [one for one in self.records if one.kind == kind]
            found = sum(one.low > one.reference for one in some)
            middle = float(np.median([one.value for one in some]))
            lines.append(
                f"{kind}: {found} of {len(some)} told from chance, median AUC {middle:.2f}"
            )
        w = self.worst
        seen = (
            f"An AUC below {w.smallest:.2f} may go unseen, other"
            if w.smallest < 1
            else "With so few fits nothing is sure to be seen, other"
        )
        lines += [
            f"worst: row {w.row}, AUC {w.value:.2f} ({w.low:.2f} to {w.high:.2f}), epsilon at "
            f"least {w.epsilon:.2f}",
            f"{seen} records and better attackers were not tried: no finding is no guarantee.",
        ]
        return lines

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """Return the audit as JSON and write it to `path` if given; it holds no cell of a row."""
        text = json_text({"format": _FORMAT, **plain(self)})
        if path is not None:
            write_text(path, text)
        return text


class _File(msgspec.Struct):
    """An audit in a file."""

    format: Literal["copulasynth-audit"]


def read_audit(path: str | PathLike[str]) -> Audit:
    """Read an audit from a JSON file.

    Raises
    ------
    DataError
        If the file cannot be read or holds no audit.
    """
    try:
        text = Path(path).read_bytes()
        msgspec.json.decode(text, type=_File)
        found = msgspec.json.decode(text, type=Audit)
    except (OSError, msgspec.DecodeError) as e:
        raise DataError(f"cannot read the audit {path}: {e}") from None
    if not found.records:
        raise DataError(f"cannot read the audit {path}: it has no records")
    return found
