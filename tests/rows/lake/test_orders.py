"""The order of levels: kept by every door that has one, and never made up."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as papq
import pytest

import copulasynth as cs
from copulasynth.errors import DataError, FitWarning
from copulasynth.rows.lake import lake_of
from copulasynth.rows.lake.orders import order_of

SIZES = ["small", "medium", "large", "huge"]
ASKED = {"copula": "gaussian", "marginals": "spline", "sample_rows": 1000, "rng": 1}


def sizes(n=3000, seed=1, levels=SIZES, ordered=True):
    """Return rows of an ordered column, in which one level does not occur."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, min(len(levels), 3), n)
    size = pd.Categorical.from_codes(codes, levels, ordered=ordered)
    return pd.DataFrame({"size": size, "x": codes + rng.normal(size=n)})


def written(folder, *frames):
    for k, frame in enumerate(frames):
        frame.to_parquet(folder / f"{k}.parquet", row_group_size=1000)
    return str(folder / "*.parquet")


def levels(lake):
    return order_of(lake.schema.field("size"))


def doors(frame, folder):
    dd = pytest.importorskip("dask.dataframe")
    table = pa.Table.from_pandas(frame)
    files = written(folder, frame)
    return [files, pads.dataset(folder), pads.dataset(table), dd.from_pandas(frame, npartitions=2),
            pads.dataset(folder).filter(pads.field("x") > -99)]  # fmt: skip


def test_every_door_keeps_the_order_of_levels(tmp_path):
    for source in doors(sizes(), tmp_path):
        assert levels(lake_of(source)) == SIZES, source


@pytest.mark.parametrize("whole", [True, False], ids=["one table", "sampled"])
def test_a_lake_has_the_ordinal_column_of_its_table(tmp_path, whole):
    frame = sizes()
    lake = written(tmp_path, frame[:1000], frame[1000:])
    asked = ASKED | {"sample_rows": 3000 if whole else 1000}
    found = cs.fit(lake, **asked)
    column, want = found.schema.column("size"), cs.Schema.infer(frame).column("size")
    assert (column.kind, column.ordered, column.levels) == ("ordinal", True, tuple(SIZES))
    assert (want.kind, want.levels) == (column.kind, column.levels)
    drawn = found.sample(500, rng=1)["size"]
    assert drawn.type.ordered
    assert drawn.chunk(0).dictionary.to_pylist() == SIZES
    assert set(drawn.to_pylist()) <= {"small", "medium", "large"}


def test_files_and_their_order_change_no_byte_of_an_ordered_lake(tmp_path):
    frame, made = sizes(), []
    for k, parts in enumerate(([frame], [frame[2000:], frame[:700], frame[700:2000]])):
        (tmp_path / str(k)).mkdir()
        model = cs.fit(written(tmp_path / str(k), *parts), **ASKED)
        model.save(tmp_path / "m.json")
        made.append((tmp_path / "m.json").read_bytes())
    assert made[0] == made[1]


def test_fewer_levels_in_the_same_order_agree(tmp_path):
    lake = lake_of(written(tmp_path, sizes(levels=["small", "large"]), sizes(), sizes(0)))
    assert levels(lake) == SIZES


def test_other_orders_are_refused_by_the_names_of_the_files(tmp_path):
    source = written(tmp_path, sizes(), sizes(levels=SIZES[::-1]))
    words = r"column 'size' has the order huge < large .* in .*1\.parquet, and small < .*0\.parquet"
    with pytest.raises(DataError, match=words):
        lake_of(source)
    beyond = written(tmp_path, sizes(levels=["small", "medium"]), sizes(levels=["small", "large"]))
    with pytest.raises(DataError, match="column 'size' has the order small < large"):
        lake_of(beyond)


def test_an_order_that_changes_within_a_file_is_found_while_it_is_read(tmp_path):
    kind = pa.dictionary(pa.int8(), pa.string(), ordered=True)
    with papq.ParquetWriter(tmp_path / "0.parquet", pa.schema([("size", kind)])) as sink:
        for levels_, codes in ((["a", "b"], [0, 1]), (["b", "a"], [0, 1])):
            array = pa.DictionaryArray.from_arrays(
                pa.array(codes, pa.int8()), levels_, ordered=True
            )
            sink.write_table(pa.table([array], ["size"]))
    lake = lake_of(tmp_path / "*.parquet")
    assert levels(lake) == ["a", "b"]
    with pytest.raises(DataError, match=r"has the order b < a in .*, and a < b in others"):
        [b for p in lake.pieces for b in lake.batches(p)]


def test_values_without_an_order_among_others_that_have_one(tmp_path):
    plain = sizes(ordered=False).astype({"size": str})
    kept = cs.fit(written(tmp_path, sizes(), plain), **ASKED)
    assert kept.schema.column("size").kind == "ordinal"
    plain.loc[5, "size"] = "tiny"
    with pytest.warns(FitWarning, match=r"'size' has an order .* lacks, such as 'tiny'"):
        lost = cs.fit(written(tmp_path, sizes(), plain), **ASKED)
    assert lost.schema.column("size").kind == "nominal"
    assert "tiny" in lost.schema.column("size").levels


def test_ordered_lakes_are_judged_as_their_tables(tmp_path):
    real, drawn = sizes(1500), sizes(1500, seed=2)
    for name, frame in (("r", real), ("s", drawn)):
        (tmp_path / name).mkdir()
        written(tmp_path / name, frame)
    asked = {"metrics": "quick", "rng": 1}
    lakes = [f"{tmp_path}/{name}/*.parquet" for name in "rs"]
    found = cs.evaluate(*lakes, sample_rows=800, **asked)
    want = cs.evaluate(pa.Table.from_pandas(real), pa.Table.from_pandas(drawn), **asked)
    table = found["total_variation"].table.set_index("column")["value"]
    assert table["size"] == pytest.approx(
        want["total_variation"].table.set_index("column").loc["size", "value"]
    )
    assert found.alignment.equals(want.alignment)
