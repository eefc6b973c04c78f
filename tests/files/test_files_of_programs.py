"""Workbooks and files of SPSS, Stata and SAS, in and out; each test needs the extra `files`."""

import datetime as dt
import os
import sys
import warnings
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import copulasynth as cs
from copulasynth.errors import DataError, FitWarning
from copulasynth.metrics import align
from copulasynth.rows import files
from copulasynth.schema import codes_of, titles_of, with_codes, with_titles

stat = pytest.importorskip("pyreadstat")
sheets = pytest.importorskip("xlsxwriter")
pytest.importorskip("python_calamine")

#: A survey: labels, codes that mean missing, dates, text.
ANSWERS = pd.DataFrame(
    {
        "sex": [1.0, 2, 1, None, 9, 2] * 10,
        "health": [3.0, 1, 2, 2, 3, -7] * 10,
        "income": [1800.5, -8, 2400, -9, 950, 1200] * 10,
        "kids": [0.0, 1, 2, None, 3, 0] * 10,
        "town": ["Bonn", "", "Köln", "Graz", "Bonn", "Köln"] * 10,
        "day": [dt.date(2020, 1, 1 + i) for i in range(6)] * 10,
    }
)
LABELS = {
    "sex": {1: "male", 2: "female", 3: "other", 9: "refused"},
    "health": {1: "poor", 2: "fair", 3: "good", -7: "not asked"},
    "income": {-8: "does not know", -9: "refused"},
}


def read(path, **stated):
    """Return a table, and what is said of its file."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        table = cs.read(path, **stated)
    assert {w.category for w in caught} <= {FitWarning}
    return table, " | ".join(str(w.message) for w in caught)


@pytest.fixture
def survey(tmp_path):
    path = tmp_path / "survey.sav"
    stat.write_sav(
        ANSWERS,
        path,
        variable_value_labels=LABELS,
        missing_ranges={"sex": [9], "health": [-7], "income": [{"lo": -9, "hi": -8}]},
        variable_measure={"health": "ordinal", "sex": "nominal"},
    )
    return path


def test_labels_of_spss_are_levels_and_user_missing_values_are_codes(survey):
    table, said = read(survey)
    assert said == (
        "survey.sav: labels of values are levels: ['sex', 'health'] | survey.sav: user-missing "
        "values are kinds of missing, not values: {'sex': ['refused'], 'health': ['not asked'], "
        "'income': [-8, -9]}"
    )
    assert table["sex"].to_pylist()[:5] == ["male", "female", "male", None, "refused"]
    assert table["sex"].chunk(0).dictionary.to_pylist() == ["male", "female", "other", "refused"]
    assert table.schema.field("health").type.ordered
    assert table["income"].to_pylist()[:3] == [1800.5, -8, 2400]
    assert table["kids"].to_pylist()[:4] == [0, 1, 2, None]
    assert table["town"].to_pylist()[:2] == ["Bonn", None]
    schema = cs.Schema.infer(table)
    kinds = {c.name: (c.kind, c.missing_codes) for c in schema.columns}
    assert kinds["health"] == ("ordinal", ("not asked",))
    assert kinds["income"] == ("continuous", (-8, -9))
    assert kinds["sex"] == ("nominal", ("refused",))
    assert kinds["kids"][0] == "integer"
    assert kinds["day"][0] == "datetime"
    stated = cs.Schema.infer(table, missing_codes={"income": [-8]})
    assert stated.column("income").missing_codes == (-8,)


def test_user_missing_values_are_missing_to_every_judge(survey):
    table, _ = read(survey)
    plain = table.replace_schema_metadata(None).cast(table.schema.remove_metadata())
    for other in (table, plain):
        tables = align(table, other)
        income = tables.real.names.index("income")
        assert tables.real.columns[income].states == ("", "missing", "-8", "-9")
        for side in (tables.real, tables.synthetic):
            assert np.nanmin(side.numbers[income]) == 950
            assert (side.states[income] > 1).sum() == 20
        sex = tables.real.columns[tables.real.names.index("sex")]
        assert "refused" not in sex.levels
        assert "refused" in sex.states
    said = align(table, table, missing_codes={"income": [-8]})
    assert said.real.columns[income].states == ("", "missing", "-8")


def test_texts_that_are_to_mean_missing_are_gaps_of_labelled_files_too(survey):
    table, _ = read(survey, missing=["", "-8", "3"])
    assert table["income"].to_pylist()[:4] == [1800.5, None, 2400, -9]
    assert table["kids"].to_pylist()[:5] == [0, 1, 2, None, None]
    assert table["health"].to_pylist()[0] is None


def test_letters_of_stata_are_levels_where_they_have_labels_and_gaps_elsewhere(tmp_path):
    path = tmp_path / "t.dta"
    frame = pd.DataFrame({"work": [1, 2, "a", 1, 2], "pay": [10.0, "a", 30.0, "b", 5.5]})
    stat.write_dta(
        frame,
        path,
        missing_user_values={"work": ["a"], "pay": ["a", "b"]},
        variable_value_labels={"work": {1: "yes", 2: "no", "a": "refused"}},
    )
    table, said = read(path)
    assert table["work"].to_pylist() == ["yes", "no", "refused", "yes", "no"]
    assert table["work"].chunk(0).dictionary.to_pylist() == ["yes", "no", "refused"]
    assert table["pay"].to_pylist() == [10.0, None, 30.0, None, 5.5]
    assert "t.dta: kinds of missing among numbers are gaps now: ['pay']" in said


def test_files_of_sas_and_portable_files_of_spss_are_read(tmp_path):
    frame = pd.DataFrame({"N": [1.0, 2, 3], "X": [1.5, None, 2.5], "G": ["a", "", "b"]})
    expected = {"N": [1, 2, 3], "X": [1.5, None, 2.5], "G": ["a", None, "b"]}
    stat.write_xport(frame, tmp_path / "t.xpt")
    stat.write_por(frame, tmp_path / "t.por")
    for name in ("t.xpt", "t.por"):
        assert read(tmp_path / name)[0].to_pydict() == expected


def model():
    """Return a model of a table with levels, dates, gaps and numbers."""
    n = 60
    table = pa.table(
        {
            "plan": pa.DictionaryArray.from_arrays(
                pa.array([i % 3 for i in range(n)], pa.int8()), ["low", "mid", "high"], ordered=True
            ),
            "since": [dt.date(2020, 1, 1 + i % 28) for i in range(n)],
            "at": [dt.datetime(2021, 1, 1, i % 24, i) for i in range(n)],
            "cost": [None if i % 9 == 0 else i / 4 for i in range(n)],
            "calls": [i % 11 for i in range(n)],
            "town": [["Köln", "Bonn", None][i % 3] for i in range(n)],
            "ok": [i % 2 == 0 for i in range(n)],
        }
    )
    return cs.fit(table, copula="independence", marginals="empirical", rng=1)


@pytest.fixture(scope="module")
def fitted():
    return model()


@pytest.mark.parametrize("ending", ["xlsx", "sav", "dta", "feather", "tsv", "csv.gz", "csv.zst"])
def test_rows_come_back_from_the_file_they_were_written_to(ending, fitted, tmp_path):
    path, again = tmp_path / f"t.{ending}", tmp_path / f"u.{ending}"
    fitted.write(path, 50, rng=3)
    fitted.write(again, 50, rng=3, workers=1)
    assert path.read_bytes() == again.read_bytes()
    drawn, (back, _) = fitted.sample(50, rng=3), read(path)
    for name in drawn.column_names:
        made = drawn[name].to_pylist()
        found = back[name].to_pylist()
        if name == "ok" and ending in ("sav", "dta"):
            made = [int(v) for v in made]
        assert found == made, name
    if ending in ("sav", "dta"):
        assert back["plan"].chunk(0).dictionary.to_pylist() == ["low", "mid", "high"]
    if ending == "sav":
        assert back.schema.field("plan").type.ordered


def test_a_table_is_written_like_rows_that_are_drawn(fitted, tmp_path):
    for ending in ("xlsx", "sav", "csv.gz"):
        files.write_table(fitted.sample(20, rng=1), tmp_path / f"t.{ending}")
        fitted.write(tmp_path / f"u.{ending}", 20, rng=1)
        assert read(tmp_path / f"t.{ending}")[0].equals(read(tmp_path / f"u.{ending}")[0])


def test_what_a_kind_of_file_has_no_room_for_is_refused_before_any_work(fitted, tmp_path):
    with pytest.raises(DataError, match=r"a sheet has room for 1,048,575 rows"):
        fitted.write(tmp_path / "t.xlsx", 1_048_576)
    odd = pa.table({"two words": [1.5, 2.5]})
    for ending in ("sav", "dta"):
        with pytest.raises(DataError, match="column 'two words' cannot be called so there"):
            files.write_table(odd, tmp_path / f"t.{ending}")
    with pytest.raises(DataError, match="holds 32,767: write"):
        files.write_table(pa.table({"x": ["y" * 40_000]}), tmp_path / "t.xlsx")
    assert os.listdir(tmp_path) == []


def test_no_text_of_a_workbook_is_a_formula(tmp_path):
    files.write_table(pa.table({"x": ["=1+1", "http://x.y"]}), tmp_path / "t.xlsx")
    with zipfile.ZipFile(tmp_path / "t.xlsx") as packed:
        sheet = packed.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"hyperlink" not in sheet
    assert read(tmp_path / "t.xlsx")[0]["x"].to_pylist() == ["=1+1", "http://x.y"]


def workbook(path, *named):
    with sheets.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, rows in named:
            sheet = book.add_worksheet(name)
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    if cell is not None:
                        sheet.write(i, j, cell)


def test_a_sheet_is_read_with_its_types_below_its_titles(tmp_path):
    path = tmp_path / "t.xlsx"
    rows = [
        ["Rents by district"],
        [],
        ["district", "rooms", "rent", "seen", "code", "kept"],
        ["Nord", 2, 650.5, dt.date(2021, 5, 1), "01067", True],
        ["Süd", 3, None, dt.date(2021, 5, 3), "04109", False],
        ["Ost", None, 580, dt.date(2021, 5, 2), 99999, True],
    ]
    workbook(path, ("empty", []), ("rents", rows), ("more", [["a"], [1]]))
    table, said = read(path)
    assert {f.name: str(f.type) for f in table.schema} == {
        "district": "string",
        "rooms": "int64",
        "rent": "double",
        "seen": "date32[day]",
        "code": "string",
        "kept": "bool",
    }
    assert table["code"].to_pylist() == ["01067", "04109", "99999"]
    assert table["rent"].to_pylist() == [650.5, None, 580.0]
    assert "sheet 'rents' is read, of 3" in said
    assert "without 1 row above its header" in said
    assert (
        read(path, sheet="more")[0].to_pydict() == read(path, sheet=3)[0].to_pydict() == {"a": [1]}
    )
    with pytest.raises(DataError, match=r"^\S+t\.xlsx has no sheet 'mor'; did you mean 'more'"):
        cs.read(path, sheet="mor")
    with pytest.raises(DataError, match="sheet 'empty': a row of names and rows of values"):
        cs.read(path, sheet="empty")


def test_a_workbook_that_is_text_or_a_page_is_called_so(tmp_path):
    path = tmp_path / "t.xls"
    path.write_text("a\tb\n1\t2\n")
    with pytest.raises(DataError, match=r"t\.xls is no workbook but text; rename it to \.txt"):
        cs.read(path)
    path.write_text("<html><table><tr><td>a</td></tr></table></html>")
    with pytest.raises(DataError, match="is no workbook but a page of HTML; save it as"):
        cs.read(path)


def test_a_sheet_without_names_and_one_with_a_name_twice(tmp_path):
    path = tmp_path / "t.xlsx"
    workbook(path, ("s", [[1.5, "a"], [2.5, "b"], [3.5, "a"], [9.5, "b"]]))
    assert read(path)[0].to_pydict() == {"c1": [1.5, 2.5, 3.5, 9.5], "c2": ["a", "b", "a", "b"]}
    workbook(path, ("s", [["x", "x"], [1, 2], [3, 4]]))
    with pytest.raises(DataError, match=r"names column 'x' twice, at places \[1, 2\]"):
        cs.read(path)


ODS = """<?xml version="1.0"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>
<table:table table:name="s">{}</table:table></office:spreadsheet></office:body>
</office:document-content>"""


def test_a_sheet_of_open_document_is_read(tmp_path):
    def cell(v):
        kind = 'string"' if isinstance(v, str) else f'float" office:value="{v}"'
        body = f'office:value-type="{kind}><text:p>{v}</text:p>'
        return f"<table:table-cell {body}</table:table-cell>"

    rows = [["x", "g"], [1, "a"], [2.5, "b"], [4, "a"]]
    lines = ("".join(map(cell, row)) for row in rows)
    text = "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)
    with zipfile.ZipFile(tmp_path / "t.ods", "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("content.xml", ODS.format(text))
        packed.writestr("META-INF/manifest.xml", "<manifest/>")
    assert read(tmp_path / "t.ods")[0].to_pydict() == {"x": [1.0, 2.5, 4.0], "g": ["a", "b", "a"]}


@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods", "sav", "por", "dta", "sas7bdat", "xpt"])
def test_a_damaged_file_is_one_line(ending, survey, tmp_path):
    whole = survey.read_bytes()
    for i, data in enumerate((b"junk" * 200, whole[:300])):
        path = tmp_path / f"t{i}.{ending}"
        path.write_bytes(data)
        with pytest.raises(DataError, match=rf"t{i}\.{ending}") as found:
            cs.read(path)
        assert "\n" not in str(found.value)


def test_a_workbook_that_unpacks_to_far_more_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("copulasynth.rows.text_file.FREE", 1 << 20)
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"<c/>" * (2 << 20))
    with pytest.raises(DataError, match="unpacks from"):
        cs.read(tmp_path / "t.xlsx")


@pytest.mark.parametrize("ending", ["xlsx", "sav", "ods", "dta"])
def test_without_the_extra_the_line_says_what_to_install(ending, fitted, tmp_path, monkeypatch):
    for module in ("xlsxwriter", "pyreadstat", "python_calamine"):
        monkeypatch.setitem(sys.modules, module, None)
    path = tmp_path / f"t.{ending}"
    path.write_bytes(b"anything")
    with pytest.raises(DataError, match=r'pip install "copulasynth\[files\]"'):
        cs.read(path)
    if ending != "ods":
        with pytest.raises(DataError, match=r'pip install "copulasynth\[files\]"'):
            fitted.write(path, 5)


def test_a_cell_far_from_a_table_does_not_end_the_process(tmp_path):
    with sheets.Workbook(tmp_path / "t.xlsx") as book:
        sheet = book.add_worksheet()
        for i, row in enumerate([["a", "b"], [1, 2], [3, 4]]):
            sheet.write_row(i, 0, row)
        sheet.write(1_048_575, 16_383, 5)
    with pytest.raises(DataError, match=r"t\.xlsx cannot be read .* too large for the memory"):
        cs.read(tmp_path / "t.xlsx")


def test_merged_cells_are_said(tmp_path):
    with sheets.Workbook(tmp_path / "t.xlsx") as book:
        sheet = book.add_worksheet()
        for i, row in enumerate([["a", "b"], ["", 2], ["", 4], ["y", 6]]):
            sheet.write_row(i, 0, row)
        sheet.merge_range(1, 0, 2, 0, "x")
    table, said = read(tmp_path / "t.xlsx")
    assert table["a"].to_pylist() == ["x", None, "y"]
    assert "1 merged cells over several rows" in said


@pytest.mark.parametrize("ending", ["sav", "dta"])
def test_whole_numbers_that_a_file_does_not_hold_are_refused(ending, tmp_path):
    table = pa.table({"k": [2**53 + 1, None, 5]})
    with pytest.raises(DataError, match=rf"column 'k' .* beyond 2\^53, which \.{ending} .*parquet"):
        files.write_table(table, tmp_path / f"t.{ending}")
    files.write_table(pa.table({"k": [2**53, None, 5]}), tmp_path / f"t.{ending}")
    assert read(tmp_path / f"t.{ending}")[0]["k"].to_pylist() == [2**53, None, 5]


@pytest.mark.parametrize("ending", ["sav", "dta"])
def test_thousandths_of_seconds_come_back(ending, tmp_path):
    start = dt.datetime(2020, 1, 1)
    moments = [start + dt.timedelta(milliseconds=i * 7_654_321) for i in range(300)]
    files.write_table(pa.table({"t": [*moments, None]}), tmp_path / f"t.{ending}")
    assert read(tmp_path / f"t.{ending}")[0]["t"].to_pylist() == [*moments, None]


def test_numbers_shown_with_zeros_before_them_are_codes(tmp_path):
    with sheets.Workbook(tmp_path / "t.xlsx") as book:
        sheet, other = book.add_worksheet("a"), book.add_worksheet("codes")
        zeros = book.add_format({"num_format": "00000"})
        money = book.add_format({"num_format": "#,##0.00"})
        sheet.write_row(0, 0, ["x", "y"])
        sheet.write_row(1, 0, [1, 2], zeros)
        for j, name in enumerate(["plz", "n", "price", "mixed"], 1):  # the first column is empty
            other.write(0, j, name)
        for i in range(1, 7):
            other.write(i, 1, 1067 * i, zeros)
            other.write(i, 2, i)
            other.write(i, 3, i / 4, money)
            other.write(i, 4, i, zeros if i == 3 else None)
        other.write_blank(7, 1, None, zeros)
        other.write(7, 2, 9)
    table, said = read(tmp_path / "t.xlsx", sheet="codes")
    assert table["plz"].to_pylist() == [*(f"{1067 * i:05d}" for i in range(1, 7)), None]
    assert table["mixed"].to_pylist()[:3] == [1, 2, 3]
    assert "numbers are shown with zeros before them; kept as text: ['plz']" in said
    assert read(tmp_path / "t.xlsx", sheet="a")[0].to_pydict() == {"x": ["00001"], "y": ["00002"]}


def test_a_last_row_of_totals_is_named(tmp_path):
    rows = [["region", "sold"], ["Nord", 3], ["Ost", 4], ["Gesamtergebnis", 7]]
    workbook(tmp_path / "t.xlsx", ("s", rows))
    assert "its last row (row 3, 'Gesamtergebnis') reads as a total" in read(tmp_path / "t.xlsx")[1]
    (tmp_path / "t.csv").write_text("region,sold\nNord,3\nOst,4\n Grand Total: ,7\n")
    assert "its last row (row 3, 'Grand Total:') reads" in read(tmp_path / "t.csv")[1]
    # a level, and a total that is not the last row
    (tmp_path / "t.csv").write_text("scope,sold\nTotal,3\nOst,4\nTotal,7\n")
    assert read(tmp_path / "t.csv")[1] == ""


TITLES = {"sex": "What is your sex?", "income": "Net income a month, in € (“about”)"}


@pytest.fixture
def titled(tmp_path):
    path = tmp_path / "titled.sav"
    stat.write_sav(
        ANSWERS.drop(columns="day"),
        path,
        column_labels=TITLES,
        variable_value_labels=LABELS,
        missing_ranges={"sex": [9], "health": [-7], "income": [{"lo": -9, "hi": -8}]},
    )
    return path


def test_marks_and_titles_of_spss_are_written_by_tables_and_models(titled, tmp_path):
    table, said = read(titled)
    files.write_table(table, tmp_path / "table.sav")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        model = cs.fit(table, copula="independence", rng=1)
    assert {c.name: c.title for c in model.schema.columns if c.title} == TITLES
    model.save(tmp_path / "m.json")
    cs.load(tmp_path / "m.json").write(tmp_path / "drawn.sav", 80, rng=1)
    for name in ("table.sav", "drawn.sav"):
        back, again = read(tmp_path / name)
        assert again == said.replace("titled.sav", name)
        assert titles_of(back) == TITLES
        codes = codes_of(back)
        assert codes.keys() == {"sex", "health", "income"}
        assert set(codes["income"]) == {-9, -8}
        assert (codes["sex"], codes["health"]) == (("refused",), ("not asked",))
    files.write_table(table, tmp_path / "table.dta")
    assert titles_of(read(tmp_path / "table.dta")[0]) == TITLES
    long = with_titles(table, {"sex": "ü" * 200})
    files.write_table(long, tmp_path / "long.dta")
    assert titles_of(read(tmp_path / "long.dta")[0])["sex"] == "ü" * 40


def test_more_marks_than_spss_has_are_a_range_or_are_none(tmp_path):
    values = [1, 2, 3, -5, -6, -7, -8] * 3
    for others, marks in (([], {-8, -7, -6, -5}), ([-6.5], None)):
        x = pa.array([float(v) for v in values] + others)
        files.write_table(
            with_codes(pa.table({"x": x}), {"x": (-5, -6, -7, -8)}), tmp_path / "t.sav"
        )
        found = codes_of(read(tmp_path / "t.sav")[0])
        assert {k: set(v) for k, v in found.items()} == ({"x": marks} if marks else {})
