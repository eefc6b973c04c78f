"""Statistical disclosure control of a table, before it is fitted or before it is given away."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table as Grid

from copulasynth._masking import K_MIN, check_k_min, few
from copulasynth._plain import json_text, plain
from copulasynth._write import write_text
from copulasynth.errors import DataError, did_you_mean
from copulasynth.privacy.given import rows_of_one
from copulasynth.privacy.treating.columns import TreatmentPlan, treat_columns
from copulasynth.privacy.treating.copies import replicated
from copulasynth.privacy.treating.derived import RuledColumns, derive_columns
from copulasynth.privacy.treating.done import Done, listed
from copulasynth.privacy.treating.orders import broken_rules
from copulasynth.privacy.treating.rounding import Step
from copulasynth.privacy.treating.table import LABEL, kept_rows, labelled, with_columns
from copulasynth.schema import Column, Schema, Tabular
from copulasynth.schema.column import key
from copulasynth.schema.judged import Frame, open_judged

__all__ = ["Treated", "schema_like", "treat"]


@dataclass(frozen=True, slots=True, eq=False)
class Treated:
    """A treated table, and what was done to it.

    Attributes
    ----------
    table : table
        Of the library that came in, with the same columns and types.
    record : DataFrame
        One row a column and treatment: `column` ("" for whole rows), `treatment` ("levels",
        "gaps", "top code", "bottom code", "rounding", "computed", "rows", "label"; "rule" for what
        a rule between columns lost, "none" for a column that is not treated), `done` in words,
        which name no level that was merged and no value beyond a bound, `cells` that changed (rows,
        where rows were left out), and `rows` that now stand behind the value (that break a rule).
    k_min : int
        Least number of rows.
    """

    table: Tabular
    record: pd.DataFrame
    k_min: int = K_MIN

    def __repr__(self) -> str:
        changed = int(self.record.cells.sum())
        return f"<Treated: {len(self.record)} entries, {few(changed, self.k_min)} cells changed>"

    def summary(self, console: Console | None = None) -> None:
        """Print what was done; counts of few cells are not told.

        Parameters
        ----------
        console : rich.console.Console, optional
        """
        out = console or Console()
        if not len(self.record):
            out.print("nothing had to be treated", markup=False, highlight=False)
            return
        shown = Grid("column", "done", "cells", "rows", box=None, pad_edge=False)
        for row in self.to_data()["treatments"]:
            shown.add_row(*(str(row[head]) for head in ("column", "done", "cells", "rows")))
        out.print(shown, markup=False, highlight=False)

    def to_data(self) -> dict[str, Any]:
        """Return the record as plain values, counts below `k_min` as "fewer than 10"."""
        told = self.record.astype(object)
        for head in ("cells", "rows"):
            small = self.record[head].between(1, self.k_min - 1)
            told.loc[small, head] = few(1, self.k_min)
        return {"k_min": self.k_min, "treatments": plain(told)}

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """Return the record as JSON, as `to_data` has it, and write it to `path` if given."""
        text = json_text(self.to_data())
        if path is not None:
            write_text(path, text)
        return text


def treat(
    df: Tabular,
    *,
    k_min: int = K_MIN,
    public: Collection[str] = (),
    schema: Schema | None = None,
    rounding: Mapping[str, Step] | None = None,
    ends: bool = True,
    levels: bool = True,
    unlike: Tabular | None = None,
    keys: Sequence[str] = (),
    label: str | None = None,
    unit: str | None = None,
) -> Treated:
    """Merge what few rows have: rare levels, rare gaps, the outermost numbers and dates.

    Before a fit it makes a table of which no level, gap or end of a column rests on fewer than
    `k_min` rows; afterwards, `unlike` and `label` are for a synthetic table. It looks at columns
    one by one and is no guarantee of privacy: rows that only their combination makes rare stay.

    Parameters
    ----------
    df : table
        pandas, Polars or pyarrow.
    k_min : int
        Least number of rows behind a level, a gap and a bound.
    public : collection of str
        Columns whose bounds and levels are public knowledge: they are not treated.
    schema : Schema, optional
        What columns are, the order of their levels, their missing codes, and rules; inferred and
        found without it.
    rounding : mapping of column to number or str, optional
        Steps to which numbers are rounded: ``{"income": 100}``; dates are rounded down to the begin
        of a "year", "month", "day", "hour" or "minute".
    ends : bool
        Whether numbers and dates get a top and a bottom code.
    levels : bool
        Whether rare levels and gaps are merged.
    unlike : table, optional
        The training table, where `df` is synthetic: rows that equal a training row which is
        unique, and replicated uniques, are left out.
    keys : sequence of str
        What an intruder knows, for replicated uniques; none means the columns that make most
        training rows unique (`metrics.quasi_identifiers`).
    label : str, optional
        Text of a last column, called "label", that says what the rows are.
    unit : str, optional
        Column that says whose rows they are, where a person has several: `k_min` is then the least
        number of persons. As many times so many rows are asked for as the most that one has; keep
        at most a few rows of each person, if that is too much.

    Returns
    -------
    Treated
        The table, and a record of what was done.

    Raises
    ------
    DataError
        If the table has fewer than `k_min` rows, a column no level of so many, or an argument names
        a column that is not there.

    Notes
    -----
    A level goes to its neighbour where levels have an order; texts become "other" if together they
    have `k_min` rows; else, and where levels are no texts, they become the most frequent level.
    Fewer than `k_min` gaps are filled, with the most frequent level or a value in the middle.

    A bound is the next round number inside the `k_min` outermost values (whole numbers of few
    values: the `k_min`-th itself), and nothing is cut off where `k_min` rows share the outermost
    value, as zeros. Orders such as start <= end are kept. Numbers that follow from others, as a
    total does, are computed anew where the others changed, and then cut off as any other: the
    record says in how many rows a rule no longer holds.

    A table that was treated is not changed by treating it again.

    Examples
    --------
    >>> import numpy as np
    >>> town = ["Ely"] * 60 + ["Ayr"] * 36 + ["Wick"] * 4
    >>> df = pd.DataFrame({"town": town, "income": np.arange(100) * 37 % 100 / 7.0})
    >>> treated = treat(df)
    >>> treated.record[["column", "treatment", "cells", "rows"]]
       column    treatment  cells  rows
    0    town       levels      4    64
    1  income  bottom code     10    10
    2  income     top code     10    10
    """
    frame = open_judged(df, "given")
    _check(frame, k_min, public, rounding or {})
    if keys and unlike is None:
        raise DataError("keys are of replicated uniques: pass the training table as unlike too.")
    if label is not None and not (isinstance(label, str) and label and label.isprintable()):
        raise DataError(f"label is {label!r}; expected a text on one line.")
    if unit is not None:
        k_min, public = k_min * rows_of_one(df, unit), {*public, unit}
    done: list[Done] = []
    if unlike is not None:
        out, done = replicated(df, unlike, keys, schema)
        df = kept_rows(df, out)
        frame = open_judged(df, "given")
        _check_rows(frame, k_min)
    known = RuledColumns.of(df, schema_like(df, schema), frame.n)
    plan = TreatmentPlan(k_min, set(public), dict(rounding or {}), ends, levels)
    columns, found = treat_columns(frame, known.schema, plan)
    columns, found = derive_columns(df, frame, known, plan, (columns, found))
    table = with_columns(df, frame, columns) if columns else df
    done = [*done, *found]
    if columns:
        done += broken_rules(df, table, known.schema, frame.n)
    if label is not None:
        table, cells = labelled(table, label)
        told = f"a column says {label!r} of every row"
        done += [Done(LABEL, "label", told, cells, frame.n)] if cells else []
    return Treated(table, listed(done), k_min)


def _check(frame: Frame, k_min: int, public: Collection[str], rounding: Mapping[str, Step]) -> None:
    """Refuse what is asked for wrongly."""
    check_k_min(k_min)
    if isinstance(public, str):
        raise DataError(f"public is the text {public!r}; give a list of columns.")
    names = [str(name) for name in frame.names]
    for argument, asked in (("public", public), ("rounding", rounding)):
        for name in asked:
            if name not in names:
                raise DataError(
                    f"{argument} names a column {name!r} that the table does not have; "
                    f"{did_you_mean(name, names)}"
                )
    _check_rows(frame, k_min)


def _check_rows(frame: Frame, k_min: int) -> None:
    if frame.n < k_min:
        raise DataError(
            f"the table has {frame.n} rows, fewer than k_min = {k_min}: nothing of it can be "
            "released. Add rows, or take a smaller k_min."
        )


def schema_like(df: Tabular, given: Schema | None) -> Schema:
    """Return what the columns of the table are, as far as a schema says it, stored as they are.

    The levels are those of the table.
    """
    if given is None:
        return Schema.infer(df)
    names = set(open_judged(df, "given").names)
    said = [c for c in given.columns if str(c.name) in names and c.kind != "constant"]
    kinds = {c.name: c.kind for c in said}
    forms = {c.name: c.writing for c in said if c.writing and c.kind != "drop"}
    codes = {c.name: c.missing_codes for c in said if c.missing_codes}
    found = Schema.infer(df, kinds=kinds, formats=forms, missing_codes=codes)
    known = {c.name: c for c in said}
    columns = tuple(_as_said(c, known[c.name]) if c.name in known else c for c in found.columns)
    return replace(found, columns=columns, rules=given.rules)


def _as_said(found: Column, said: Column) -> Column:
    """Return a column of a table with what a schema says of it beside what its values show.

    The schema may be of a file that stores values otherwise, and levels may be fewer now.
    """
    if found.kind == "ordinal":
        return _in_order(found, said)
    alike = (found.kind, found.storage, found.dtype) == (said.kind, said.storage, said.dtype)
    if not alike or found.coded:
        return found
    return said.replace(gaps=found.gaps, missing_codes=found.missing_codes)


def _in_order(column: Column, asked: Column) -> Column:
    """Return a column whose levels have the order that the schema says."""
    ranks = {key(asked.levels[i]): rank for rank, i in enumerate(asked.order)}
    last = len(ranks)
    order = sorted(column.order, key=lambda i: ranks.get(key(column.levels[i]), last))
    return column.replace(order=tuple(order))
