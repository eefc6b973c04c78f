"""Whatever table the schema accepts comes back exactly, and so does its file."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from copulasynth import model_file
from copulasynth.errors import SchemaError
from copulasynth.schema import Schema
from copulasynth.synthesizers.stored import STORED

ODD = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
TEXTS = (
    object,
    "string[python]",
    "string[pyarrow]",
    pd.ArrowDtype(pa.string()),
    pd.ArrowDtype(pa.large_string()),
    pd.StringDtype("python", na_value=np.nan),
    pd.StringDtype("pyarrow", na_value=np.nan),
)
UNITS = ("s", "ms", "us", "ns")
ZONES = (None, "UTC", "Europe/Berlin", "+02:00")


def lists(values, n, gaps=True):
    """Return lists of n values, or of n values and gaps."""
    return st.lists(st.none() | values if gaps else values, min_size=n, max_size=n)


@st.composite
def integers(draw, n):
    name = draw(st.sampled_from(INTEGERS))
    info = np.iinfo(name)
    width = draw(st.sampled_from([3, 300, 2**40]))
    low = draw(st.integers(info.min, info.max))
    values = st.integers(low, min(info.max, low + width))
    if draw(st.booleans()):
        return pd.Series(draw(lists(values, n, gaps=False)), dtype=name)
    nullable = draw(
        st.sampled_from([name.replace("i", "I").replace("uI", "UI"), f"{name}[pyarrow]"])
    )
    return pd.Series(draw(lists(values, n)), dtype=nullable)


@st.composite
def reals(draw, n):
    name = draw(st.sampled_from(["float32", "float64", "Float32", "Float64", "double[pyarrow]"]))
    places = draw(st.sampled_from([0, 1, 2, None]))
    values = st.floats(-1e6, 1e6, width=32)
    if places is not None:
        values = st.integers(-9999, 9999).map(lambda k: k / 10**places)
    found = pd.Series(draw(lists(values, n)), dtype=name)
    return found + 0.0  # a negative zero may come back as zero


@st.composite
def texts(draw, n):
    few = draw(st.lists(st.text(max_size=5), min_size=1, max_size=4))
    return pd.Series(draw(lists(st.sampled_from(few), n)), dtype=draw(st.sampled_from(TEXTS)))


@st.composite
def booleans(draw, n):
    name = draw(st.sampled_from(["bool", "boolean", object, "bool[pyarrow]"]))
    return pd.Series(draw(lists(st.booleans(), n, gaps=name != "bool")), dtype=name)


@st.composite
def times(draw, n):
    unit, zone = draw(st.sampled_from(UNITS)), draw(st.sampled_from(ZONES))
    start = draw(st.integers(-(10**9), 10**9))
    step = draw(st.sampled_from([1, 60, 86_400]))
    values = draw(lists(st.integers(0, 10_000), n))
    stamps = [None if v is None else np.datetime64(start + v * step, "s") for v in values]
    series = pd.Series(np.array(stamps, dtype="M8[s]")).astype(f"M8[{unit}]")
    return series if zone is None else series.dt.tz_localize("UTC").dt.tz_convert(zone)


@st.composite
def spans(draw, n):
    unit = draw(st.sampled_from(UNITS))
    values = [
        np.timedelta64("NaT", "s") if v is None else np.timedelta64(v, "s")
        for v in draw(lists(st.integers(-(10**6), 10**6), n))
    ]
    return pd.Series(np.array(values, dtype="m8[s]")).astype(f"m8[{unit}]")


@st.composite
def objects(draw, n):
    values = draw(
        st.sampled_from(
            [
                st.integers(-(2**60), 2**60).map(lambda k: k // 2**30),
                st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)),
                st.integers(-(10**6), 10**6).map(lambda k: Decimal(k).scaleb(-2)),
            ]
        )
    )
    return pd.Series(draw(lists(values, n)), dtype=object)


@st.composite
def categoricals(draw, n):
    levels = draw(
        st.sampled_from(
            [
                ["b", "a", "unused"],
                [3, 1, 2],
                [0.5, -1.0, 2.5],
                [True, False],
                [pd.Timestamp("2020-01-02"), pd.Timestamp("2020-01-01")],
                [dt.date(2020, 1, 2), dt.date(2020, 1, 1)],
            ]
        )
    )
    values = draw(lists(st.sampled_from(levels), n))
    return pd.Series(pd.Categorical(values, categories=levels, ordered=draw(st.booleans())))


COLUMNS = (integers, reals, texts, booleans, times, spans, objects, categoricals)


@st.composite
def tables(draw):
    n = draw(st.sampled_from([0, 1, 2, 5, 30]))
    count = draw(st.integers(1, 4))
    labels = draw(
        st.lists(st.text(max_size=6) | st.integers(), min_size=count, max_size=count, unique=True)
    )
    makers = draw(st.lists(st.sampled_from(COLUMNS), min_size=count, max_size=count))
    df = pd.DataFrame({i: draw(make(n)) for i, make in enumerate(makers)}, index=pd.RangeIndex(n))
    df.columns = pd.Index(labels, dtype=object)
    return df


@given(tables())
@ODD
def test_every_accepted_table_comes_back_exactly(df):
    try:
        schema = Schema.infer(df)
    except SchemaError:
        return
    back = schema.decode(schema.encode(df))
    assert list(back.columns) == list(df.columns)
    made_anew = {c.name for c in schema.columns if c.kind == "identifier"}
    assert (back.dtypes == df.dtypes).all()
    keep = [c for c in df.columns if c not in made_anew]
    pd.testing.assert_frame_equal(back[keep], df[keep], check_exact=True)


@given(df=tables())
@ODD
def test_every_schema_comes_back_from_its_file_and_from_a_model_file(df, tmp_path_factory):
    try:
        schema = Schema.infer(df)
    except SchemaError:
        return
    path = tmp_path_factory.mktemp("schema") / "schema.toml"
    schema.to_file(path)
    data = model_file.to_data(schema)
    assert model_file.to_data(Schema.from_file(path)) == data
    assert model_file.to_data(model_file.from_data(data, STORED)) == data


@given(df=tables())
@ODD
def test_any_numbers_at_all_can_be_written_back(df):
    """A copula's draws lie anywhere; they end as valid values of the column's type."""
    try:
        schema = Schema.infer(df)
    except SchemaError:
        return
    assume(len(df))
    d = len(schema.variables)
    wild = np.array([[-1e300], [-1.0], [0.4], [3.7], [1e19], [1e300]]) * np.ones(d)
    for j, v in enumerate(schema.variables):
        if v.kind == "state":
            wild[:, j] = np.arange(6) % v.levels
    back = schema.decode(wild)
    assert (back.dtypes == df.dtypes).all()
    again = schema.encode(back)
    states = [j for j, v in enumerate(schema.variables) if v.kind == "state"]
    assert np.array_equal(again[:, states], wild[:, states])
