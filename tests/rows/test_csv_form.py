"""CSV files as other programs write them: encodings, separators, decimal marks, headers."""

import gzip
import warnings

import pytest

from copulasynth.errors import DataError, FitWarning
from copulasynth.rows import files
from copulasynth.rows.csv_form import CsvForm, form_of

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
    assert form_of(path) == form
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        table = files.read(path)
    assert [w.category for w in caught] == [FitWarning] * bool(form.note)
    assert table.column_names == ["größe", "x", "k"]
    assert [tuple(row.values()) for row in table.to_pylist()] == ROWS


def test_a_name_twice_is_refused_in_one_line(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(text(header=("a", "x", "x")), encoding="utf-8")
    with pytest.raises(DataError, match="names column 'x' twice"):
        files.read(path)


@pytest.mark.parametrize("lines", ["note\na;b\nc;d;e", "note\nplain\nwords", "a,b\n1;2,3\n4;5,6"])
def test_a_separator_inside_of_values_is_none(lines, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(lines, encoding="utf-8")
    assert form_of(path) == CsvForm()
