"""What a pandas column loses on the way through Arrow and back, and keeps through the schema."""

import datetime as dt
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest

from copulasynth.schema import Schema

LOSSES = {
    "text objects": pd.Series(["a", "b", "a"], dtype=object),
    "text objects with None": pd.Series(["a", None, "b", "b"], dtype=object),
    "text objects with NA": pd.Series(["a", pd.NA, "b", "b"], dtype=object),
    "integer objects": pd.Series([1, 2, 2], dtype=object),
    "float objects": pd.Series([1.5, 2.5, 2.5], dtype=object),
    "truth objects": pd.Series([True, False, True], dtype=object),
    "truth objects with nan": pd.Series([True, float("nan"), False, True], dtype=object),
    "date objects with NaT": pd.Series([dt.date(2024, 1, 1), pd.NaT, dt.date(2024, 1, 2)]),
    "text kept by Python": pd.Series(["a", None, "b", "b"], dtype="string[python]"),
    "categories of objects": pd.Series(
        pd.Categorical(["a", "b", "a"], categories=pd.Index(["a", "b"], dtype=object))
    ),
    "categories of Int64": pd.Series(pd.Categorical(pd.array([1, 2, 2], dtype="Int64"))),
    "decimals in Arrow": pd.Series(
        [Decimal("1.50"), Decimal("2.25"), Decimal("2.25")],
        dtype=pd.ArrowDtype(pa.decimal128(10, 2)),
    ),
}

TEXT = ("text objects", "text objects with None", "text kept by Python", "categories of objects")


def types(series: pd.Series) -> list[object]:
    """Return what `Series.equals` does not look at: storage, categories, objects."""
    dtype = series.dtype
    inner = dtype.categories.dtype if isinstance(dtype, pd.CategoricalDtype) else None
    return [repr(dtype), repr(inner), *(type(v) for v in series.astype(object))]


@pytest.mark.parametrize("name", LOSSES)
def test_the_schema_keeps_what_arrow_loses(name):
    df = pd.DataFrame({"c": LOSSES[name]})
    schema = Schema.infer(df)
    assert types(schema.decode(schema.encode(df))["c"]) == types(df["c"])
    # before pandas 3 text was objects, and came back as such
    if int(pd.__version__.split(".")[0]) >= 3 or name not in TEXT:
        assert types(pa.Table.from_pandas(df).to_pandas()["c"]) != types(df["c"])


def test_arrow_forgets_labels_that_are_no_text():
    df = pd.DataFrame([[1, 2], [3, 4]], columns=[True, False])
    schema = Schema.infer(df)
    assert schema.decode(schema.encode(df)).columns.to_list() == [True, False]
    assert pa.Table.from_pandas(df).to_pandas().columns.to_list() != [True, False]
