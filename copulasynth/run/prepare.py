"""The tables of a run: read, limited, described and split, by seeds that are written down."""

import zlib
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np

from copulasynth.errors import DataError
from copulasynth.evaluation import split
from copulasynth.metrics.run import check_targets
from copulasynth.rows.reader import read_table
from copulasynth.run.checks import check_columns
from copulasynth.run.files import SpecFile
from copulasynth.run.release_checks import unit_of
from copulasynth.schema import Schema

__all__ = ["Prepared", "prepare", "seeds_of"]

STAGES = ("rows", "split", "fit", "sample", "evaluate", "compare", "gate")


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What a run works on: all rows that are used, those that the method sees, and never sees."""

    whole: Any
    train: Any
    holdout: Any
    schema: Schema

    @property
    def rows(self) -> dict[str, int]:
        """Number of rows of each table."""
        held = {} if self.holdout is None else {"holdout": len(self.holdout)}
        return {"data": len(self.whole), "train": len(self.train), **held}


def seeds_of(seed: int) -> dict[str, int]:
    """Return a seed for each stage of a run, so that no two stages share random numbers.

    Examples
    --------
    >>> sorted(seeds_of(7)) == sorted(STAGES), seeds_of(7) == seeds_of(7)
    (True, True)
    """
    return {
        stage: int(np.random.SeedSequence([seed, zlib.crc32(stage.encode())]).generate_state(1)[0])
        for stage in STAGES
    }


def prepare(file: SpecFile, seeds: dict[str, int]) -> Prepared:
    """Read the table of a run file, describe its columns, and part off the holdout.

    Raises
    ------
    SpecError
        If the file names columns that the table does not have.
    DataError
        If a table cannot be read or is too small to be split.
    """
    spec = file.spec
    table = read_table(file.beside(spec.data.path), spec.data.reading)
    check_columns(file, table.column_names)
    if spec.data.rows is not None and spec.data.rows < len(table):
        table = _some(table, spec.data.rows, seeds["rows"])
    schema = _schema(file, table)
    with file.blaming("evaluate", "target"):
        check_targets(spec.evaluate.target, schema)
    train, holdout = _parted(file, table, seeds["split"])
    return Prepared(table, train, holdout, schema)


def _some(table: Any, n: int, seed: int) -> Any:
    order = np.random.default_rng(seed).permutation(len(table))[:n]
    return nw.from_native(table, eager_only=True)[np.sort(order).tolist()].to_native()


def _schema(file: SpecFile, table: Any) -> Schema:
    part = file.spec.schema
    if part.file is not None:
        return Schema.from_file(file.beside(part.file)).complete(table)
    kinds: dict[str, str] = dict(part.kinds)
    if (unit := unit_of(file)) is not None:
        # whose rows they are identifies persons, however often each occurs
        kinds.setdefault(unit, "identifier")
    return Schema.infer(table, kinds=kinds, formats=part.formats, missing_codes=part.missing_codes)


def _parted(file: SpecFile, table: Any, seed: int) -> tuple[Any, Any]:
    held = file.spec.evaluate.holdout
    if isinstance(held, str):
        other = read_table(file.beside(held), file.spec.data.reading)
        if len(other) == 0:
            raise DataError(f"{held}, the holdout, has no rows")
        return table, other
    if held == 0:
        return table, None
    return split(table, seed, share=1 - held, unit=unit_of(file))
