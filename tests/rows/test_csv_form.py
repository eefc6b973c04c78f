"""CSV files as other programs write them: encodings, separators, decimal marks, headers."""

import gzip
import random
import warnings

import pyarrow as pa
import pytest

from copulasynth.errors import DataError, FitWarning
from copulasynth.rows import reader
from copulasynth.rows.csv_form import CsvForm, form_of
from copulasynth.rows.reading import FOUND
from copulasynth.rows.text_file import TextFile

ROWS = [(["Köln", "Zürich", "Bonn"][i % 3], i * 1.5, i % 7) for i in range(60)]


def text(separator=",", header=("größe", "x", "k"), decimal="."):
    lines = [(town, str(x).replace(".", decimal), str(k)) for town, x, k in ROWS]
    return "\n".join(map(separator.join, [header, *lines]))


FORMS = {
    "usual": (text().encode(), CsvForm()),
    "with a mark": (text().encode("utf-8-sig"), CsvForm()),
    "Windows": (text().encode("cp1252"), CsvForm("cp1252")),
    "UTF-16": (text().encode("utf-16"), CsvForm("utf-16")),
    "semicolons": (text(";").encode(), CsvForm(separator=";")),
    "tabs": (text("\t").encode(), CsvForm(separator="\t")),
    "bars": (text("|").encode(), CsvForm(separator="|")),
    "Excel in Europe": (text(";", decimal=",").encode("cp1252"), CsvForm("cp1252", ";", ",")),
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("packed", [False, True])
def test_each_form_is_found_read_and_said(name, packed, tmp_path):
    data, form = FORMS[name]
    path = tmp_path / ("t.csv.gz" if packed else "t.csv")
    path.write_bytes(gzip.compress(data) if packed else data)
    assert form_of(TextFile("t.csv", path, "gzip" if path.suffix == ".gz" else None)) == form
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        table = reader.read(path)
    assert [w.category for w in caught] == [FitWarning] * bool(form.note(FOUND))
    assert table.column_names == ["größe", "x", "k"]
    assert [tuple(row.values()) for row in table.to_pylist()] == ROWS


def test_a_name_twice_is_refused_in_one_line(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(text(header=("a", "x", "x")), encoding="utf-8")
    with pytest.raises(DataError, match="names column 'x' twice"):
        reader.read(path)


@pytest.mark.parametrize("lines", ["note\na;b\nc;d;e", "note\nplain\nwords", "a,b\n1;2,3\n4;5,6"])
def test_a_separator_inside_of_values_is_none(lines, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(lines, encoding="utf-8")
    form = form_of(TextFile("t.csv", path))
    assert form == CsvForm(single=form.single)


def opened(tmp_path, data):
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        return reader.read(path), " ".join(str(w.message) for w in caught)


def test_very_long_cells_and_names_are_read(tmp_path):
    long = b"x" * 140_000
    table, said = opened(tmp_path, b"a;b\n" + (long + b";2\n") * 40)
    assert table.shape == (40, 2)
    assert table["a"][39].as_py() == long.decode()
    assert "semicolons" in said
    quoted, _ = opened(tmp_path, b"a,b\n" + (b'"' + long + b'\n",2\n') * 3)
    assert quoted["a"][2].as_py() == long.decode() + "\n"
    table, _ = opened(tmp_path, long + b",b\n1,2\n")
    assert table.column_names == [long.decode(), "b"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_separator_that_excel_states_is_no_header(encoding, end, tmp_path):
    lines = ["sep=;", "a;b", "1,5;2", "2,5;3;4"]
    table, _ = opened(tmp_path, end.join(lines[:3]).encode(encoding))
    assert table.to_pylist() == [{"a": 1.5, "b": 2}]
    with pytest.raises(DataError, match=r"row 4 \(the header is row 2"):
        opened(tmp_path, end.join(lines).encode(encoding))


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([10**19 + i % 7 for i in range(60)], pa.uint64()),
        ([10**25 + i % 7 for i in range(60)], pa.string()),
        ([10**19, -1, 5], pa.string()),
        ([1e300, 2.5, 10**19], pa.float64()),
        ([2**63 - 1, -(2**63)], pa.int64()),
    ],
)
def test_whole_numbers_are_read_exactly(cells, kind, tmp_path):
    table, said = opened(tmp_path, b"a,b\n" + b"".join(b"%s,1\n" % str(c).encode() for c in cells))
    assert table.schema.field("a").type == kind
    assert list(map(type(cells[0]), table["a"].to_pylist())) == cells
    assert ("beyond 64 bits are kept as text: ['a']" in said) == (kind == pa.string())


@pytest.mark.parametrize("codes", [["01067", "04109", "99999"], ["7", "", "007"], ["01.1", "46.2"]])
def test_numbers_that_begin_with_zeros_are_codes(codes, tmp_path):
    lines = [f"{code},0,0.5,-0.25" for code in codes]
    table, said = opened(tmp_path, "\n".join(["plz,b,c,d", *lines]).encode())
    assert table["plz"].to_pylist() == [code or None for code in codes]
    assert [str(f.type) for f in table.schema] == ["string", "int64", "double", "double"]
    assert "begin with zeros, as codes do; kept as text: ['plz']" in said


def test_lines_within_quotes_are_read_wherever_blocks_of_bytes_end(tmp_path):
    table, _ = opened(tmp_path, b"a,b\n" + b'"line one\nline two, three",2\n' * 80_000)
    assert table.shape == (80_000, 2)


BROKEN = {
    "title": (b"My table\na,b\n1,2\n", "row 2 .* 2 cells, the header has 1: a,b; remove titles"),
    "footer": (b"a,b\n1,2\n\nsum of it\n", "row 3 .* 1 cell, the header has 2: sum of it; "),
    "ragged": (b"a,b\n1,2\n1,2,3\n", "row 3 .* 3 cells, the header has 2: 1,2,3; quote"),
    "header only": (b"a,b", "is empty or ends in its header"),
    "empty": (b"", "is empty or ends in its header"),
    "two without a name": (b"a,,\n1,2,3\n", r"column '' twice, at places \[2, 3\]"),
    "open quote": (
        b'a,b\n"x,2\n' + b"1,2\n" * 400_000,
        "row 2 .* has 1 cell, the header has 2: .x,2.*; quote",
    ),
    "noise": (random.Random(1).randbytes(5_000), "is not a text file"),
    "zip": (b"PK\x03\x04" + bytes(60), "is not a text file but a zip archive"),
    "gzip": (gzip.compress(b"a,b\n1,2\n"), "is not a text file but compressed by gzip"),
    "UTF-16 LE": ("a,b\n1,2\n".encode("utf-16-le"), "UTF-16 without a mark.*save it as UTF-8"),
    "UTF-16 BE": ("a,b\nK\u00f6ln,2".encode("utf-16-be"), "UTF-16 without a mark"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_is_said_with_the_place_and_the_remedy(name, tmp_path):
    data, message = BROKEN[name]
    with pytest.raises(DataError, match=message) as found:
        opened(tmp_path, data)
    assert "\n" not in str(found.value)
    assert len(str(found.value)) < 500
