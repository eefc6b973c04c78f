"""The schema of a table: what every column is, and the way to numbers and back."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal

import msgspec
import numpy as np

from copulasynth._arrays import Floats
from copulasynth.errors import DataError, SchemaError, no_column
from copulasynth.schema._frames import LIBRARIES, FrameLayout, Tabular, make_frame, open_frame
from copulasynth.schema._raw import Buffer
from copulasynth.schema.column import Column, Label, Variable, short
from copulasynth.schema.encode import Unseen, check_names, encode_column
from copulasynth.schema.files import read_fields, write_fields
from copulasynth.schema.fill import allocate_column, fill_column
from copulasynth.schema.infer_table import Declared, Refused, completed, infer_columns
from copulasynth.schema.notebook import as_html
from copulasynth.schema.records import Rule
from copulasynth.schema.stated import as_stated
from copulasynth.schema.variables import places_of, variables_of

__all__ = ["Schema"]


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """What every column of a table is, how it becomes numbers, and how it comes back.

    A value: nothing changes it, and it can be written to a file that a person edits.

    Attributes
    ----------
    columns : tuple of Column
        The columns, in order.
    library : {"pandas", "polars", "pyarrow"}
        The library of the tables that come back.
    index_name, columns_name : str, int or None
        Names of a pandas table's index and column axis. The index of a synthetic table is always
        a ``RangeIndex`` from 0: other indexes cannot be made anew, and a note says so.
    columns_dtype : str
        Type of a pandas table's column labels.
    notes : tuple of str
        What the user should know: identifiers that are not modelled, an index that is lost.
    rules : tuple of Rule or None
        Relations between columns, as declared or found; None leaves the search to the fit.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"age": [31, 45, 27], "plan": ["a", "b", "a"]})
    >>> schema = Schema.infer(df)
    >>> [column.kind for column in schema.columns]
    ['integer', 'nominal']
    >>> schema.encode(df).tolist()
    [[31.0, 0.0], [45.0, 1.0], [27.0, 0.0]]
    >>> schema.decode(schema.encode(df)).equals(df)
    True
    """

    columns: tuple[Column, ...]
    library: Literal["pandas", "polars", "pyarrow"] = "pandas"
    index_name: str | int | None = None
    columns_name: str | int | None = None
    columns_dtype: str = "object"
    notes: tuple[str, ...] = field(default=())
    rules: tuple[Rule, ...] | None = None

    def __repr__(self) -> str:
        kinds = Counter(c.kind for c in self.columns)
        told = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
        rules = f", {len(self.rules)} rules" if self.rules else ""
        return f"<Schema: {len(self.columns)} columns ({told}){rules}>"

    def _repr_html_(self) -> str:
        return as_html(repr(self)[1:-1], self.columns)

    def __post_init__(self) -> None:
        if self.library not in LIBRARIES:
            raise SchemaError(f"unknown library {self.library!r}; use one of {list(LIBRARIES)}")
        names = [c.name for c in self.columns]
        if len(set(names)) != len(names):
            twice = next(n for i, n in enumerate(names) if n in names[:i])
            raise SchemaError(f"the schema lists column {twice!r} twice")

    @staticmethod
    def infer(
        df: Tabular,
        *,
        kinds: Mapping[Any, str] | None = None,
        formats: Mapping[Any, str] | None = None,
        missing_codes: Mapping[Any, Sequence[Any]] | None = None,
        refused: Refused = "error",
    ) -> "Schema":
        """Infer the schema of a pandas, Polars or pyarrow table.

        Parameters
        ----------
        df : table
        kinds : mapping of column to kind, optional
            Kinds that the values do not tell: ``{"region": "nominal"}`` for codes that look like
            numbers, ``{"joined": "datetime"}`` for text that holds dates, ``{"comment": "drop"}``
            to leave a column out.
        formats : mapping of column to form, optional
            How text is written that holds something else, where the values leave a choice:
            ``{"paid": "%m/%d/%Y"}`` as for :meth:`datetime.datetime.strptime`,
            ``{"price": "#.##0,00 EUR"}`` and ``{"worked": "[h]:mm"}`` as in spreadsheets, or the
            pattern of identifiers, ``{"id": "ID-#####"}`` (:mod:`copulasynth.schema.patterns`).
        missing_codes : mapping of column to values, optional
            Values that stand for another kind of missing: ``{"income": [-8]}``.
        refused : {"error", "drop"}
            What to do with a column that cannot be kept, as free text: raise, or leave it out and
            say why in a note (the command line writes such schemas, for a person to edit).

        Raises
        ------
        ArgumentError
            If `df` is no table.
        SchemaError
            If a column can neither be kept exactly nor dropped without being told.
        """
        frame = open_frame(df)
        codes = {**frame.codes, **(missing_codes or {})}
        declared = Declared(kinds or {}, formats or {}, codes)
        columns, notes = infer_columns(frame, declared, refused)
        columns = tuple(as_stated(c, frame.styles, frame.titles) for c in columns)
        return Schema(columns, **asdict(frame.layout), notes=(*frame.notes, *notes))

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The numeric dimensions that stand for the columns, in their order."""
        return variables_of(self.columns)

    @property
    def dependencies(self) -> tuple[Rule, ...]:
        """The identities among the rules: columns that follow from others."""
        return tuple(rule for rule in self.rules or () if rule.kind == "identity")

    @property
    def kinds(self) -> dict[Label, str]:
        """The kind of every column."""
        return {c.name: c.kind for c in self.columns}

    def column(self, name: Label) -> Column:
        """Return the column of that name."""
        return self.columns[self._place(name)]

    def _place(self, name: Label) -> int:
        names = [c.name for c in self.columns]
        if name not in names:
            raise SchemaError(no_column(name, names))
        return names.index(name)

    def with_column(self, name: Label, **changes: Any) -> "Schema":
        """Return a schema in which some fields of one column are changed."""
        place = self._place(name)
        columns = list(self.columns)
        columns[place] = columns[place].replace(**changes)
        return replace(self, columns=tuple(columns))

    def with_order(self, permutations: Mapping[int, Sequence[int]]) -> "Schema":
        """Return a schema whose nominal codes are in another order.

        Parameters
        ----------
        permutations : mapping of variable to codes
            For a nominal variable (its place in `variables`), its present codes in their new
            order: code ``permutation[r]`` becomes code r.

        Raises
        ------
        SchemaError
            If a variable is not nominal, or something is no permutation of its codes.
        """
        variables, columns = self.variables, list(self.columns)
        for j, permutation in permutations.items():
            variable = variables[j]
            column = columns[variable.column]
            new = [int(p) for p in permutation]
            if variable.kind != "nominal" or sorted(new) != list(range(variable.levels)):
                raise SchemaError(
                    f"variable {variable.name!r} cannot be ordered by {short(tuple(new))}"
                )
            columns[variable.column] = column.replace(order=tuple(column.order[p] for p in new))
        return replace(self, columns=tuple(columns))

    def complete(self, df: Tabular) -> "Schema":
        """Return this schema with what only `df` can tell of columns that a person changed.

        A schema file in which ``kind = "integer"`` was changed to ``"nominal"`` lists no levels,
        one in which ``"nominal"`` was changed to ``"datetime"`` does not say how the text reads,
        and a pattern of identifiers must leave out those of the table.
        """
        frame = open_frame(df)
        columns = tuple(completed(c, frame) if c.name in frame.names else c for c in self.columns)
        return replace(self, columns=columns)

    def encode(self, df: Tabular, *, unseen: Unseen = "error") -> Floats:
        """Return a table's variables as numbers.

        Parameters
        ----------
        df : table
            Of any supported library; its columns may be in any order.
        unseen : {"error", "missing"}
            What to do with levels that the schema does not list, other values in constant
            columns, and gaps where it knows none.

        Returns
        -------
        (n, d) float64
            One column a variable (contiguous in memory), NaN where missing.

        Raises
        ------
        DataError
            If the table does not fit the schema; the message names column and row.
        """
        frame = open_frame(df)
        check_names(self.columns, frame.names)
        states, values = places_of(self.columns)
        out = np.empty((frame.n, len(self.variables)), order="F")
        for i, column in enumerate(self.columns):
            if column.kind in ("identifier", "drop"):
                continue
            x, state = encode_column(column, frame.read(column.name), unseen)
            if states[i] is not None:
                out[:, states[i]] = state
            if values[i] is not None:
                out[:, values[i]] = x
        return out

    @property
    def kept(self) -> tuple[Column, ...]:
        """The columns that synthetic tables have: all but those of kind "drop"."""
        return tuple(c for c in self.columns if c.kind != "drop")

    def allocate(self, n: int) -> list[Buffer]:
        """Return empty buffers for `n` rows, one for each of the `kept` columns."""
        return [allocate_column(c, n) for c in self.kept]

    def fill(
        self, buffers: Sequence[Buffer], rows: slice, x: Floats, *, start: int | None = None
    ) -> None:
        """Write one block of variables into buffers.

        Parameters
        ----------
        buffers : sequence of Buffer
            From `allocate`. Blocks may be written in any order and from several threads.
        rows : slice
            The m rows to write.
        x : (d, m) float64
            One row a variable. Values are rounded to their grid and kept within the range of
            their type; values of missing entries are not looked at.
        start : int, optional
            Number of the first row in the whole sample, for identifiers; `rows.start` if not
            given.
        """
        states, values = places_of(self.columns)
        start = (rows.start or 0) if start is None else start
        kept = [i for i, c in enumerate(self.columns) if c.kind != "drop"]
        for i, buffer in zip(kept, buffers, strict=True):
            s, v = states[i], values[i]
            fill_column(
                self.columns[i],
                buffer,
                rows,
                None if v is None else x[v],
                None if s is None else x[s],
                start,
            )

    def assemble(self, buffers: Sequence[Buffer]) -> Any:
        """Return filled buffers as a table of the library and types that came in.

        Buffers are wrapped without a copy where the library allows it; do not write to them again.
        """
        n = len(buffers[0].values) if buffers else 0
        layout = FrameLayout(self.library, self.index_name, self.columns_name, self.columns_dtype)
        return make_frame(self.kept, buffers, n, layout)

    def decode(self, x: Floats) -> Any:
        """Return the table whose variables are `x`, (n, d)."""
        values = np.asarray(x, dtype=np.float64)
        if values.ndim != 2 or values.shape[1] != len(self.variables):
            raise DataError(
                f"expected an array of shape (n, {len(self.variables)}), got {values.shape}"
            )
        buffers = self.allocate(len(values))
        self.fill(buffers, slice(0, len(values)), values.T)
        return self.assemble(buffers)

    def to_file(self, path: str | os.PathLike[str]) -> None:
        """Write the schema as TOML, to be read and edited by a person."""
        write_fields(path, {f.name: getattr(self, f.name) for f in fields(self)})

    @staticmethod
    def from_file(path: str | os.PathLike[str]) -> "Schema":
        """Read a schema from a TOML file.

        Raises
        ------
        SchemaError
            If the file cannot be read or contradicts itself; the message names the column.
        """
        data = read_fields(path, [f.name for f in fields(Schema)])
        try:
            return msgspec.convert(data, Schema)
        except (msgspec.ValidationError, ValueError) as e:
            raise SchemaError(f"{path}: {e}") from e
