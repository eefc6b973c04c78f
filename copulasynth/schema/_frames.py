"""The door for tables: pandas, Polars and pyarrow in, the same out (through narwhals)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import pandas as pd
import pyarrow as pa
from narwhals.typing import IntoDataFrame

from copulasynth.errors import ArgumentError, SchemaError
from copulasynth.schema._arrow import arrow_array, raw_of_arrow
from copulasynth.schema._pandas import raw_of_pandas, text_of
from copulasynth.schema._pandas_out import pandas_array, string_dtype
from copulasynth.schema._raw import Buffer, Raw
from copulasynth.schema._refused import is_broken
from copulasynth.schema.column import Column, Label
from copulasynth.schema.stated import codes_of, styles_of, titles_of

__all__ = ["Frame", "FrameLayout", "Tabular", "make_frame", "open_frame"]

#: A table of pandas, Polars or pyarrow.
Tabular = IntoDataFrame
LIBRARIES = ("pandas", "polars", "pyarrow")
#: Libraries whose tables do not lie in memory.
ENGINES = ("dask", "pyspark", "duckdb", "_duckdb")


@dataclass(frozen=True, slots=True)
class FrameLayout:
    """What makes a table besides its columns."""

    library: str = "pandas"
    index_name: str | int | None = None
    columns_name: str | int | None = None
    columns_dtype: str = "str"


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """An open table: its labels, its number of rows, and one column at a time."""

    names: tuple[Label, ...]
    n: int
    layout: FrameLayout
    table: Any
    notes: tuple[str, ...] = ()
    enums: frozenset[Label] = frozenset()
    codes: Mapping[Label, tuple[Any, ...]] = field(default_factory=dict)
    styles: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)

    def read(self, name: Label) -> Raw:
        """Return one column as plain arrays."""
        place = self.names.index(name)
        if self.layout.library == "pandas":
            return raw_of_pandas(name, self.table.iloc[:, place])
        raw = raw_of_arrow(name, self.table.column(place))
        if self.layout.library == "polars" and raw.categorical:
            raw.dtype = "polars:Enum" if name in self.enums else "polars:Categorical"
        return raw


_TABLE = "expected a pandas, Polars or pyarrow table"


def _remedy(table: object) -> str:
    """Return what to do with a table of another kind."""
    if type(table).__module__.partition(".")[0] in ENGINES:
        return "; fit and evaluate read it in pieces, here bring a sample of its rows into memory"
    if isinstance(table, Iterator):
        return "; list(...) makes a list of it, of which fit takes one of paths"
    if type(table).__name__ == "Series":
        return "; series.to_frame() makes a table of it"
    made = isinstance(table, dict | list) or type(table).__name__ == "ndarray"
    return "; pandas.DataFrame(...) makes a table of it" if made else ""


def open_frame(table: Tabular) -> Frame:
    """Open a pandas, Polars or pyarrow table.

    Raises
    ------
    ArgumentError
        If it is no such table.
    SchemaError
        If a label occurs twice or cannot be kept.
    """
    if isinstance(table, pd.DataFrame):
        return _open_pandas(table)
    if isinstance(table, pa.Table):
        _refuse_twice(table.column_names)
    try:
        frame = nw.from_native(table, eager_only=True)
    except TypeError as e:
        raise ArgumentError(f"{_TABLE}, got {type(table).__name__}{_remedy(table)}") from e
    library = frame.implementation.value
    if library not in LIBRARIES:
        raise ArgumentError(f"{_TABLE}, got one of {library}")
    names = tuple(frame.columns)
    _refuse_twice(names)
    kinds = frame.schema if library == "polars" else {}
    enums = frozenset(name for name, kind in kinds.items() if isinstance(kind, nw.Enum))
    arrow = _in_arrow(frame)
    layout, codes = FrameLayout(library), codes_of(arrow)
    styles, titles = styles_of(arrow), titles_of(arrow)
    return Frame(names, len(frame), layout, arrow, (), enums, codes, styles, titles)


def _in_arrow(frame: nw.DataFrame[Any]) -> pa.Table:
    """Return a table as one of pyarrow, which has no place for some types of Polars."""
    kinds = frame.schema if frame.implementation.is_polars() else {}
    for name in kinds:
        if kinds[name] in (nw.Object, nw.Int128, nw.UInt128):
            raise SchemaError(
                f"column {name!r} has type {kinds[name]}, which is not supported; cast it to a "
                "plain type such as pl.Int64 or pl.String, or drop it"
            )
    return frame.to_arrow()


def _open_pandas(table: pd.DataFrame) -> Frame:
    columns, index = table.columns, table.index
    if isinstance(columns, pd.MultiIndex):
        raise SchemaError(
            "the columns have several levels; flatten them, for example "
            "df.columns = ['_'.join(map(str, c)) for c in df.columns]"
        )
    names = tuple(_label(v) for v in columns.tolist())
    _refuse_twice(names)
    regular = isinstance(index, pd.RangeIndex)
    notes = () if regular else ("the index is not modelled: synthetic rows are numbered from 0",)
    layout = FrameLayout(
        "pandas",
        _axis_name(index.name) if regular else None,
        _axis_name(columns.name),
        "range" if isinstance(columns, pd.RangeIndex) else text_of(columns.dtype),
    )
    return Frame(names, len(table), layout, table, notes)


def _label(value: object) -> Label:
    if isinstance(value, str) and is_broken(value):
        raise SchemaError(
            f"column label {value!r} holds half a character (a lone surrogate), which no file can "
            "hold; rename it"
        )
    if isinstance(value, str | bool | int | float) and value == value:
        return value
    raise SchemaError(
        f"column label {value!r} is of type {type(value).__name__}; rename it to text or a number"
    )


def _axis_name(name: object) -> str | int | None:
    return name if isinstance(name, str | int) and not isinstance(name, bool) else None


def column_names(table: Tabular) -> tuple[Label, ...]:
    """Return the names of the columns of a table, or refuse what is none."""
    return open_frame(table).names


def _refuse_twice(names: Sequence[Label]) -> None:
    if len(set(names)) == len(names):
        _refuse_alike(names)
        return
    twice = next(n for i, n in enumerate(names) if n in names[:i])
    places = [i for i, n in enumerate(names) if n == twice]
    raise SchemaError(
        f"column name {twice!r} occurs {len(places)} times (at places {places}); rename the "
        "columns so that each has a name of its own"
    )


def _refuse_alike(names: Sequence[Label]) -> None:
    """Refuse labels that files and messages would write alike, such as 1 and "1"."""
    texts = [str(n) for n in names]
    if len(set(texts)) == len(texts):
        return
    twice = next(t for i, t in enumerate(texts) if t in texts[:i])
    alike = " and ".join(repr(n) for n, t in zip(names, texts, strict=True) if t == twice)
    raise SchemaError(f"column names {alike} are written alike; rename one of them")


def make_frame(
    columns: Sequence[Column], buffers: Sequence[Buffer], n: int, layout: FrameLayout
) -> Any:
    """Make the table of filled buffers, of the library and types that `layout` and columns name."""
    if layout.library == "pandas":
        return _make_pandas(columns, buffers, n, layout)
    arrays = [arrow_array(c, b) for c, b in zip(columns, buffers, strict=True)]
    table = pa.Table.from_arrays(arrays, names=[str(c.name) for c in columns])
    if layout.library == "pyarrow":
        return table
    frame = nw.from_arrow(table, backend="polars")
    casts = [
        nw.col(str(c.name)).cast(
            nw.Enum([str(v) for v in c.levels]) if c.dtype == "polars:Enum" else nw.Categorical()
        )
        for c in columns
        if c.dtype.startswith("polars:")
    ]
    return (frame.with_columns(*casts) if casts else frame).to_native()


def _make_pandas(
    columns: Sequence[Column], buffers: Sequence[Buffer], n: int, layout: FrameLayout
) -> pd.DataFrame:
    index = pd.RangeIndex(n, name=layout.index_name)
    data = {}
    for i, (column, buffer) in enumerate(zip(columns, buffers, strict=True)):
        array = pandas_array(column, buffer)
        # Without its dtype, pandas would take an object array of text for its own text type.
        data[i] = pd.Series(array, index=index, dtype=array.dtype, copy=False)
    frame = pd.DataFrame(data, index=index, copy=False)
    frame.columns = _labels(columns, layout)
    return frame


def _labels(columns: Sequence[Column], layout: FrameLayout) -> Any:
    names = [c.name for c in columns]
    dtype: Any = layout.columns_dtype
    if dtype == "range":
        return pd.Index(names, dtype="int64", name=layout.columns_name)
    if dtype.startswith("str"):
        dtype = string_dtype(dtype if "[" in dtype else f"{dtype}[python]")
    return pd.Index(names, dtype=dtype, name=layout.columns_name)
