"""Columns that are no text are written by text files as the file that they came from wrote them."""

import csv
import re

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import copulasynth as cs
from copulasynth.errors import SchemaError
from copulasynth.rows.files import write_table
from copulasynth.schema import Column, styled, styles_of, with_styles

#: By style: cells as a file has them, and what every cell that is drawn looks like.
CELLS = {
    "TRUE/FALSE": (["TRUE", "FALSE", "FALSE", "TRUE"], "TRUE|FALSE"),
    "True/False": (["True", "True", "False", "True"], "True|False"),
    "%Y-%m-%d %H:%M": (
        ["2021-05-01 08:15", "2021-05-02 23:40", "2021-05-02 07:05", "2021-05-04 00:00"],
        r"2021-05-0\d \d\d:\d\d",
    ),
    "%Y-%m-%dT%H:%M:%SZ": (
        ["2020-12-31T00:00:00Z", "2020-12-29T00:00:00Z", "2020-11-30T00:00:00Z"] * 2,
        r"2020-1\d-\d\dT\d\d:00:00Z",
    ),
    "%Y-%m-%dT%H:%M:%S.000+05:30": (
        ["2020-12-31T01:02:03.125+05:30", "2020-12-31T01:02:03.500+05:30"] * 2,
        r"2020-12-31T01:02:03\.\d{3}\+05:30",
    ),
    "%H:%M": (["07:30", "18:45", "09:15", "12:00"], r"\d\d:\d\d"),
    "0.00": (["12.50", "3.00", "7.25", "10.10"], r"\d+\.\d\d"),
    "0.0##": (["1.0", "2.375", "14.25", "3.0"], r"\d+\.\d(\d?[1-9])?"),
    "0.00##": (["1.50", "2.375", "0.2515", "3.75"], r"\d\.\d\d([1-9]|\d[1-9])?"),
    "#.000": ([".500", ".125", "-.250", ".875"], r"-?\.\d{3}"),
    "0[.00]": (["0", "12.50", "7.10", "0"], r"0|\d+\.\d\d"),
    "0.000e+00": (["1.250e+03", "7.000e-05", "9.875e+01", "-1.500e+00"], r"-?\d\.\d{3}e[+-]\d\d"),
    "": (["1.5", "2", "0.125", "7"], r"\d+|\d\.\d{0,2}[1-9]"),
}


def written(path, header, rows):
    with open(path, "w", newline="") as f:
        csv.writer(f).writerows([header, *rows])
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A file of all styles, the table that it is read as, and a file of rows that are drawn."""
    folder = tmp_path_factory.mktemp("styles")
    columns = [[*(cells * 8)[:24], ""] for cells, _ in CELLS.values()]
    names = [f"c{i}" for i in range(len(columns))]
    path = written(folder / "t.csv", names, zip(*columns, strict=True))
    table = cs.read(path)
    model = cs.fit(table, copula="independence", rng=1)
    model.write(folder / "out.csv", 60, rng=2, workers=1)
    return path, table, model


def cells_of(path):
    with open(path, newline="") as f:
        _, *rows = csv.reader(f)
    return list(zip(*rows, strict=True))


def test_styles_are_found_and_types_are_as_they_were(made):
    _, table, model = made
    expected = {f"c{i}": style for i, style in enumerate(CELLS) if style}
    assert styles_of(table) == expected
    assert {c.name: c.style for c in model.schema.columns if c.style} == expected
    kinds = {str(f.type) for f in table.schema}
    assert kinds == {
        *("bool", "timestamp[s]", "timestamp[s, tz=UTC]", "timestamp[ns, tz=UTC]"),
        *("time32[s]", "double"),
    }


def test_drawn_cells_are_written_as_those_of_the_file(made):
    path, _, _ = made
    drawn = cells_of(path.with_name("out.csv"))
    for cells, (style, (given, pattern)) in zip(drawn, CELLS.items(), strict=True):
        assert all(re.fullmatch(pattern, cell) for cell in given), style
        assert all(re.fullmatch(pattern, cell) for cell in cells if cell), style
        assert len(set(cells)) > 1
    assert '"' not in path.with_name("out.csv").read_text().split("\n", 1)[1]


def test_a_table_that_is_read_and_written_is_the_same_file(made, tmp_path):
    path, table, _ = made
    write_table(table, tmp_path / "again.csv.gz")
    back = cs.read(tmp_path / "again.csv.gz")
    assert back.equals(table)
    assert styles_of(back) == styles_of(table)
    write_table(table, tmp_path / "again.csv")
    assert cells_of(tmp_path / "again.csv") == cells_of(path)


def test_styles_are_kept_by_model_and_schema_files(made, tmp_path):
    path, _, model = made
    model.save(tmp_path / "m.json")
    cs.load(tmp_path / "m.json").write(tmp_path / "out.csv", 60, rng=2)
    assert (tmp_path / "out.csv").read_bytes() == path.with_name("out.csv").read_bytes()
    model.schema.to_file(tmp_path / "s.toml")
    back = cs.Schema.from_file(tmp_path / "s.toml")
    assert [c.style for c in back.columns] == [c.style for c in model.schema.columns]


def test_other_files_have_the_values_alone(made, tmp_path):
    _, _, model = made
    model.write(tmp_path / "out.feather", 60, rng=2)
    assert cs.read(tmp_path / "out.feather").equals(model.sample(60, rng=2))


@pytest.mark.parametrize(
    ("cells", "style"),
    [
        (["2020-01-01 10:30", "2020-01-01 10:31:07"] * 3, ""),  # seconds would be lost
        (["2020-01-01 10:30:00.5", "2020-01-01 10:30:00"] * 3, "%Y-%m-%d %H:%M:%S.0"),
        (["TRUE", "false"] * 3, ""),
        (["0.1234567890123456", "7.5", "0.25"] * 2, ""),  # more digits than are exact
        (["1e3", "2.5e-7"] * 3, ""),
        (["5.0", "7", "2.0"] * 3, "0.0"),
    ],
)
def test_what_is_written_in_several_ways_loses_nothing(cells, style, tmp_path):
    table = cs.read(written(tmp_path / "t.csv", ["x", "k"], [(c, 1) for c in cells]))
    assert styles_of(table).get("x", "") == style
    write_table(table, tmp_path / "out.csv")
    assert cs.read(tmp_path / "out.csv").equals(table)


def test_numbers_beyond_the_digits_of_a_style_are_written_as_usual():
    assert styled(pa.array([1e30, 0.5, None]), "0.00").to_pylist() == ["1e+30", "0.50", None]
    assert styled(pa.chunked_array([[True], [None, False]]), "TRUE/FALSE").to_pylist() == [
        *("TRUE", None, "FALSE")
    ]


def test_a_style_that_does_not_fit_is_refused_or_left_out(tmp_path):
    with pytest.raises(SchemaError, match=r"column 'x': unknown style '0\.00'"):
        Column("x", "integer", "integer", "int64", "int64", style="0.00")
    with pytest.raises(SchemaError, match="unknown style"):
        Column("x", "continuous", "float", "double", style="0.00; DROP")
    table = with_styles(pa.table({"x": [1, 2, 3]}), {"x": "0.00"})
    assert styles_of(table) == {}
    write_table(table, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == '"x"\n1\n2\n3\n'


def test_text_beside_styled_columns_keeps_its_quotes(tmp_path):
    texts = ['say "x"', "a, b", "two\nlines"] * 4
    table = with_styles(pa.table({"x": [0.5] * 12, "t": texts}), {"x": "0.00"})
    write_table(table, tmp_path / "t.csv")
    assert cells_of(tmp_path / "t.csv") == [("0.50",) * 12, tuple(texts)]
    assert pc.all(pc.equal(cs.read(tmp_path / "t.csv")["t"], table["t"])).as_py()
