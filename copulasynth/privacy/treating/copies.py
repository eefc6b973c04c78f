"""Rows of a synthetic table that give a training row away: copies, and replicated uniques."""

from collections.abc import Sequence

import numpy as np

from copulasynth._arrays import Bools, Ints
from copulasynth.errors import DataError
from copulasynth.metrics.alignment import align
from copulasynth.metrics.disclosure.copies import row_keys
from copulasynth.metrics.disclosure.key_counts import column_codes, joint_codes
from copulasynth.metrics.disclosure.sweep import quasi_identifiers
from copulasynth.privacy.treating.done import Done
from copulasynth.schema import Schema, Tabular

__all__ = ["replicated"]


def replicated(
    made: Tabular, train: Tabular, keys: Sequence[str], schema: Schema | None
) -> tuple[Bools, list[Done]]:
    """Return which synthetic rows to leave out, and what they are in words.

    First copies of a training row that is alone in the training table, then those that alone share
    their keys with a training row that is alone with them.

    Raises
    ------
    DataError
        If nothing is left.
    """
    tables = align(train, made, schema=schema)
    real, synthetic = tables.real, tables.synthetic
    chosen = list(keys) or quasi_identifiers(real).column.tolist()
    train_rows, made_rows = row_keys([real, synthetic])
    out = _alone(train_rows, made_rows, 0)
    copies = int(out.sum())
    codes = joint_codes([column_codes([real, synthetic], name) for name in chosen])
    left = np.flatnonzero(~out)
    out[left[_alone(codes[0], codes[1][left], 1)]] = True
    parts = (
        (copies, "rows that equal a unique training row were left out"),
        (int(out.sum()) - copies, f"replicated uniques of {', '.join(chosen)} were left out"),
    )
    if out.all():
        raise DataError("every row replicates a training row: such a table cannot be released.")
    rest = int((~out).sum())
    return out, [Done("", "rows", told, count, rest) for count, told in parts if count]


def _alone(train: Ints, made: Ints, most: int) -> Bools:
    """Return which made keys are those of one training row, and of at most so many made ones.

    0 is for any number of made rows.
    """
    keys, counts = np.unique(train, return_counts=True)
    hit: Bools = np.isin(made, keys[counts == 1])
    if most:
        _, place, copies = np.unique(made, return_inverse=True, return_counts=True)
        hit &= copies[place] <= most
    return hit
