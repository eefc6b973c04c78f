"""Blocks of numbers become physical arrays of the right type."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from copulasynth.errors import DataError
from copulasynth.schema import Schema

RNG = np.random.default_rng(0)
N = 500
TABLE = pd.DataFrame(
    {
        "id": [f"c-{i}" for i in range(N)],
        "small": RNG.integers(0, 120, N).astype("int8"),
        "money": np.round(RNG.gamma(2, 100, N), 2),
        "gap": np.where(RNG.random(N) < 0.2, np.nan, RNG.normal(size=N)),
        "plan": RNG.choice(["a", "b", "c"], N),
    }
)
SCHEMA = Schema.infer(TABLE)


def test_blocks_make_the_same_table_as_one_piece():
    x = SCHEMA.encode(TABLE)
    buffers = SCHEMA.allocate(N)
    for start in (300, 0, 100, 200, 400):
        rows = slice(start, start + 100)
        SCHEMA.fill(buffers, rows, x[rows].T)
    pd.testing.assert_frame_equal(SCHEMA.assemble(buffers), SCHEMA.decode(x))


def test_identifiers_number_the_whole_sample_across_batches():
    x = SCHEMA.encode(TABLE)[:3]
    buffers = SCHEMA.allocate(3)
    SCHEMA.fill(buffers, slice(0, 3), x.T, start=1_000)
    assert SCHEMA.assemble(buffers)["id"].tolist() == ["c-2000", "c-2001", "c-2002"]


def test_identifiers_of_integers_keep_their_type():
    schema = Schema.infer(pd.DataFrame({"id": np.arange(50, dtype="uint16") + 7}))
    back = schema.decode(np.empty((4, 0)))["id"]
    assert back.dtype == np.uint16
    assert back.tolist() == [1, 2, 3, 4]
    with pytest.raises(DataError, match="uint16 cannot number"):
        schema.allocate(70_000)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64", "uint64", "Int16"])
def test_integers_never_wrap_around(dtype):
    df = pd.DataFrame({"x": pd.Series([1, 5, 9], dtype=dtype)})
    schema = Schema.infer(df)
    back = schema.decode(np.array([[-1e30], [1e30]]))["x"]
    info = np.iinfo(dtype.lower())
    assert int(back[0]) == info.min
    assert info.max - int(back[1]) <= max(info.max // 2**53, 0) + 1


def test_numbers_are_rounded_to_the_decimals_of_the_column():
    schema = Schema.infer(pd.DataFrame({"x": [0.25, 1.5]}))
    back = schema.decode(np.array([[0.1 + 0.2], [1.23456], [-0.001]]))["x"]
    assert back.tolist() == [0.3, 1.23, 0.0]
    assert not np.signbit(back.to_numpy()).any()


def test_a_missing_value_without_a_gap_in_the_schema_is_refused():
    schema = Schema.infer(pd.DataFrame({"x": [1, 2, 3]}))
    with pytest.raises(DataError, match="its schema has no gaps"):
        schema.decode(np.array([[np.nan]]))


def test_a_wrong_number_of_variables_is_refused():
    with pytest.raises(DataError, match=r"shape \(n, 5\)"):
        SCHEMA.decode(np.zeros((3, 2)))


def test_values_behind_a_missing_state_are_not_looked_at():
    schema = Schema.infer(pd.DataFrame({"x": pd.array([1, None, 3], dtype="Int8")}))
    back = schema.decode(np.array([[1.0, np.nan], [0.0, 2.0], [1.0, 77.0]]))["x"]
    assert back.isna().tolist() == [True, False, True]
    assert back[1] == 2


def test_wrapping_copies_no_numbers():
    buffers = SCHEMA.allocate(N)
    SCHEMA.fill(buffers, slice(0, N), SCHEMA.encode(TABLE).T)
    frame = SCHEMA.assemble(buffers)
    assert np.shares_memory(frame["money"].to_numpy(), buffers[2].values)


def test_buffers_say_what_a_writer_needs():
    buffers = dict(zip([c.name for c in SCHEMA.kept], SCHEMA.allocate(4), strict=True))
    assert buffers["plan"].values.dtype == np.int8  # noqa: PD011
    assert buffers["small"].values.dtype == np.int8  # noqa: PD011
    assert buffers["gap"].mask is not None
    assert buffers["money"].mask is None


def test_decimals_without_a_grid_keep_all_their_places():
    df = pd.DataFrame({"x": [Decimal("1.25"), Decimal("2.50"), Decimal("7.75")] * 9})
    schema = Schema.infer(df).with_column("x", decimals=None, multiple=1)
    pd.testing.assert_frame_equal(schema.decode(schema.encode(df)), df)
