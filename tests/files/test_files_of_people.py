"""Files as people have them: each with what must come back, and on to a fit and its rows."""

import datetime as dt
import gzip
import io
import re
import sys
import warnings
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest

import copulasynth as cs
from copulasynth.errors import DataError, FitWarning

TABLES = Path(__file__).parent / "tables"

TOWNS = {
    "town": ("string", "Bonn", "Ulm"),
    "people": ("int64", 331885, 126405),
    "area": ("double", 141.06, 118.69),
}
SIZES = {"größe": TOWNS["town"], "people": TOWNS["people"], "area": TOWNS["area"]}

#: By file: what is stated, what is said, rows, and of each column its type, first and last value.
FILES = {
    "plain.csv": ({}, "", 5, TOWNS),
    "upper.CSV": ({}, "", 5, TOWNS),
    "crlf_no_last_end.csv": ({}, "", 5, TOWNS),
    "cr_only.csv": ({}, "", 5, TOWNS),
    "bom.csv": ({}, "", 5, TOWNS),
    "windows1252.csv": ({}, "encoded in cp1252$", 5, SIZES),
    "utf16_tabs.txt": ({}, "encoded in utf-16, separated by tabs", 5, TOWNS),
    "utf16_without_mark.csv": ({"encoding": "utf-16-le"}, "", 5, TOWNS),
    "polish_cp1250.csv": (
        {"encoding": "cp1250"},
        "",
        4,
        {"miasto": ("string", "Łódź", "Łódź"), "osoby": ("int64", 672185, 5)},
    ),
    "semicolons.csv": ({}, "separated by semicolons$", 5, TOWNS),
    "german_excel.csv": (
        {},
        "encoded in cp1252, separated by semicolons, with decimal commas$",
        4,
        {
            "Ort": ("string", "Köln", "Köln"),
            "Umsatz": ("double", 1234.5, 17.25),
            "Datum": ("string", "31.12.2020", "03.01.2021"),
            "Menge": ("int64", 3, 12),
        },
    ),
    "tabs.tsv": ({}, "separated by tabs$", 5, TOWNS),
    "bars.txt": ({}, "separated by bars$", 5, TOWNS),
    "sep_line.csv": (
        {},
        "separated by semicolons, with decimal commas",
        3,
        {"a": ("double", 1.5, 3.5), "b": ("string", "x", "x")},
    ),
    "single_quotes.csv": (
        {},
        "quoted by '",
        3,
        {
            "name": ("string", "Ann", "Cid"),
            "note": ("string", "likes a, b", "none, really"),
            "n": ("int64", 3, 5),
        },
    ),
    "quotes_and_lines.csv": (
        {},
        "",
        4,
        {
            "id_text": ("string", "first\nline, two", "plain"),
            "n": ("int64", 1, 4),
            "m": ("double", 2.5, 5.5),
        },
    ),
    "text_with_commas.csv": (
        {},
        "separated by semicolons$",
        3,
        {
            "who": ("string", "Doe, Ann", "Poe, Cid"),
            "said": ("string", "yes, indeed", "yes, indeed"),
            "n": ("int64", 1, 3),
        },
    ),
    "titles.csv": (
        {},
        "without 3 lines above its header$",
        4,
        {
            "district": ("string", "Nord", "West"),
            "rent": ("double", 650.5, 690.0),
            "rooms": ("int64", 2, 4),
        },
    ),
    "titles_of_excel.csv": (
        {},
        "separated by semicolons, with decimal commas, without 2 lines above its header$",
        4,
        {
            "Ort": ("string", "Nord", "West"),
            "Miete": ("double", 650.5, 690.0),
            "Zimmer": ("int64", 2, 4),
        },
    ),
    "comments_above.csv": (
        {},
        "without lines that begin with #$",
        4,
        {"hour": ("int64", 0, 3), "load": ("double", 3.5, 4.0)},
    ),
    "comments_among.csv": (
        {},
        "without lines that begin with #$",
        4,
        {"a": ("int64", 1, 7), "b": ("int64", 2, 8), "c": ("string", "x", "z")},
    ),
    "percent_comments.dat": (
        {"comment": "%"},
        "holds values, no names; the columns are called c1, c2, c3",
        4,
        {"c1": ("double", 1.5, 4.5), "c2": ("int64", 2, 5), "c3": ("int64", 3, 7)},
    ),
    "variants.txt": (
        {},
        "separated by tabs, without lines that begin with ##$",
        3,
        {
            "#CHROM": ("int64", 1, 2),
            "POS": ("int64", 1014, 77),
            "REF": ("string", "A", "T"),
            "QUAL": ("double", 50.5, 3.25),
        },
    ),
    "no_header.csv": (
        {},
        "holds values, no names; the columns are called c1, c2, c3",
        5,
        {
            "c1": ("double", 5.1, 7.1),
            "c2": ("double", 3.5, 3.3),
            "c3": ("string", "setosa", "virginica"),
        },
    ),
    "no_header_dates.csv": (
        {"header": False},
        "separated by semicolons$",
        4,
        {
            "c1": ("date32[day]", dt.date(2020, 1, 1), dt.date(2020, 1, 5)),
            "c2": ("time32[s]", dt.time(12, 30), dt.time(9, 15)),
            "c3": ("string", "a", "a"),
        },
    ),
    "pandas_index.csv": (
        {},
        "",
        4,
        {"": ("int64", 0, 3), "x": ("double", 1.5, 4.25), "y": ("string", "a", "b")},
    ),
    "pandas_without_names.csv": (
        {},
        "",
        4,
        {"0": ("double", 1.5, 9.25), "1": ("int64", 2, 5), "2": ("int64", 7, 3)},
    ),
    "r_write_table.txt": (
        {},
        "one name fewer than rows have cells; the columns are called row, x, g$",
        4,
        {"row": ("int64", 1, 4), "x": ("double", 1.5, 3.5), "g": ("string", "a", "b")},
    ),
    "r_write_csv.csv": (
        {"missing": ("", "NA")},
        "",
        4,
        {"": ("int64", 1, 4), "x": ("double", 1.5, 3.5), "g": ("string", "a", None)},
    ),
    "header_twice.csv": (
        {},
        "with its header again among the rows, left out$",
        4,
        {"day": ("int64", 1, 4), "n": ("int64", 10, 40), "v": ("double", 1.5, 4.5)},
    ),
    "units.csv": (
        {},
        "without 1 line below its header",
        4,
        {
            "station": ("string", "A", "C"),
            "depth": ("double", 1.5, 10.0),
            "temp": ("double", 9.5, 6.5),
        },
    ),
    "questionnaire.csv": (
        {},
        "without 2 lines below its header",
        4,
        {
            "StartDate": ("date32[day]", dt.date(2021, 3, 1), dt.date(2021, 3, 4)),
            "Q1": ("int64", 34, 47),
            "Q2": ("int64", 2, 3),
        },
    ),
    "trailing_separators.csv": (
        {},
        "",
        3,
        {"a": ("int64", 1, 3), "b": ("string", "x", "x")},
    ),
    "years_wide.csv": (
        {},
        "",
        3,
        {
            "country": ("string", "AT", "DE"),
            "2019": ("double", 8.8, 83.1),
            "2020": ("double", 8.9, 83.2),
            "2021": ("double", 8.9, 83.2),
        },
    ),
    "german_thousands.csv": (
        {"thousands": "."},
        "separated by semicolons$",
        3,
        {
            "Land": ("string", "DE", "LI"),
            "Einwohner": ("int64", 83149300, 39000),
            "Anteil": ("double", 0.95, 0.02),
        },
    ),
    "swiss_thousands.csv": (
        {"thousands": "'"},
        "",
        4,
        {"Kanton": ("string", "ZG", "ZG"), "Lohn": ("double", 7860.5, 980.0)},
    ),
    "spaces.dat": (
        {"sep": " "},
        "",
        4,
        {"id": ("string", "a", "a"), "x": ("double", 1.5, 4.5), "y": ("int64", 2, 7)},
    ),
    "blanks_and_numbers.dat": (
        {},
        "separated by spaces .*: its first line holds values",
        4,
        {"c1": ("double", -0.0031, 0.0162), "c2": ("double", 0.083, 0.102)},
    ),
    "counts_above.csv": (
        {},
        "without 1 line above its rows .*: its first line holds values",
        4,
        {
            "c1": ("double", 17.5, 11.5),
            "c2": ("double", 10.25, 20.25),
            "c3": ("int64", 0, 1),
            "c4": ("int64", 1, 3),
        },
    ),
    "carets.txt": (
        {"sep": "^"},
        "",
        3,
        {"x": ("int64", 1, 4), "y": ("double", 2.5, 1.25)},
    ),
    "postal_codes.csv": (
        {},
        r"begin with zeros, as codes do; kept as text: \['plz'\]",
        4,
        {"plz": ("string", "01067", "01067"), "kwh": ("double", 12.5, 14.0)},
    ),
    "long_decimals_na.csv": (
        {"missing": ("NA",)},
        "",
        5,
        {"u": ("double", 0.123456789012, 0.25), "v": ("int64", None, 5)},
    ),
    "stata_dots.csv": (
        {"missing": (".",)},
        "",
        4,
        {"income": ("double", 1500.0, 900.0), "kids": ("int64", None, 1)},
    ),
    "money_text.csv": (
        {},
        "",
        4,
        {"price": ("string", "$1,234.50", "$5.00"), "share": ("string", "12 %", "3 %")},
    ),
    "booleans.csv": (
        {},
        "",
        4,
        {
            "member": ("bool", True, False),
            "smoker": ("string", "yes", "yes"),
            "n": ("int64", 1, 5),
        },
    ),
    "big_numbers.csv": (
        {},
        "",
        3,
        {"n": ("uint64", 2**64 - 1, 7), "k": ("int64", 1, 3)},
    ),
    "one_column.csv": ({}, "", 4, {"town": ("string", "Bonn", "Graz")}),
    "blank_lines.csv": ({}, "", 3, {"a": ("int64", 1, 5), "b": ("int64", 2, 6)}),
    "unquoted_marks.txt": (
        {"quote": ""},
        "separated by tabs$",
        3,
        {"size": ("string", '"5 inch', '"9 inch'), "n": ("int64", 1, 3)},
    ),
    "survey_codes.csv": (
        {},
        "",
        6,
        {"age": ("int64", 34, 62), "income": ("int64", 1800, 1750)},
    ),
    "emoji.csv": (
        {},
        "",
        3,
        {"mood 😀": ("string", "😀 fine", "😀 fine"), "n": ("int64", 1, 3)},
    ),
}


def read(path, **stated):
    """Return a table, and what is said of its file."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        table = cs.read(path, **stated)
    assert {w.category for w in caught} <= {FitWarning}
    return table, " | ".join(str(w.message) for w in caught)


def test_the_folder_is_the_list():
    assert sorted(p.name for p in TABLES.iterdir()) == sorted(FILES)
    assert len(FILES) >= 40


@pytest.mark.parametrize("name", FILES)
def test_a_file_comes_back_as_it_is_meant_and_is_fitted_and_drawn(name, tmp_path):
    stated, message, rows, columns = FILES[name]
    table, said = read(TABLES / name, **stated)
    assert table.column_names == list(columns)
    assert [str(f.type) for f in table.schema] == [kind for kind, _, _ in columns.values()]
    assert len(table) == rows
    for cells, (_, first, last) in zip(table.columns, columns.values(), strict=True):
        assert (cells[0].as_py(), cells[-1].as_py()) == (first, last)
    assert re.search(message, said) if message else said == ""
    draw_into(table, tmp_path / "out.csv")


def draw_into(table, path):
    """Fit a table and draw rows of it into a file, which has its columns."""
    schema = cs.Schema.infer(table, refused="drop")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        model = cs.fit(table, copula="independence", marginals="empirical", schema=schema, rng=1)
        model.write(path, 8, rng=2, workers=1)
        back, _ = read(path, header=True)
    assert back.column_names == [c.name for c in schema.kept]
    return back


ROWS = [("Zürich; Köln", 1.5, 7, "a, b"), ("d'Or", 0.25, -3, 'say "x"'), ("Ulm", 12.0, 4, "t|u")]
TABLE = pa.table(
    {
        "größe": [r[0] for r in ROWS * 3],
        "x": [r[1] for r in ROWS * 3],
        "n": [r[2] for r in ROWS * 3],
        "said": [r[3] for r in ROWS * 3],
    }
)


def written(separator, quote, decimal, end):
    def cell(value):
        text = str(value).replace(".", decimal) if isinstance(value, float) else str(value)
        special = any(c in text for c in (separator, quote, "\n")) or isinstance(value, str)
        return f"{quote}{text.replace(quote, 2 * quote)}{quote}" if special else text

    lines = [TABLE.column_names, *(row.values() for row in TABLE.to_pylist())]
    return end.join(separator.join(map(cell, line)) for line in lines)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quote", ['"', "'"])
def test_the_same_table_comes_back_from_every_dialect(separator, quote, tmp_path):
    for decimal in ".," if separator != "," else ".":
        for end in ("\n", "\r\n"):
            text = written(separator, quote, decimal, end)
            for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
                path = tmp_path / "t.csv"
                path.write_bytes(text.encode(encoding))
                table, _ = read(path)
                assert table.equals(TABLE), (decimal, end, encoding)


@pytest.mark.parametrize("ending", [".csv.gz", ".csv.bz2", ".tsv.zst"])
def test_packed_text_is_unpacked(ending, tmp_path):
    path, text = tmp_path / f"t{ending}", (TABLES / "german_excel.csv").read_bytes()
    packing = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd"}[path.suffix]
    with pa.CompressedOutputStream(str(path), packing) as f:
        f.write(text)
    assert read(path)[0].equals(read(TABLES / "german_excel.csv")[0])


def test_a_zip_archive_has_one_table(tmp_path):
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.write(TABLES / "semicolons.csv", "data/towns.csv")
        packed.writestr("__MACOSX/._towns.csv", "junk")
        packed.writestr("README.md", "what this is")
    table, said = read(path)
    assert table.equals(read(TABLES / "plain.csv")[0])
    assert said == "towns.csv is read as a CSV file separated by semicolons"
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("more.csv", "a\n1\n")
    with pytest.raises(DataError, match=r"t\.zip has 2 tables: data/towns\.csv, more\.csv"):
        cs.read(path)


@pytest.mark.parametrize("ending", ["csv.gz", "zip"])
def test_what_unpacks_to_far_more_than_a_table_is_refused(ending, tmp_path, monkeypatch):
    monkeypatch.setattr("copulasynth.rows.text_file.FREE", 1 << 20)
    path, zeros = tmp_path / f"t.{ending}", b"0," * (3 << 20)
    if ending == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("t.csv", zeros)
    else:
        path.write_bytes(gzip.compress(zeros))
    with pytest.raises(DataError, match=r"unpacks from .* as no table does"):
        cs.read(path)


@pytest.mark.parametrize(
    "ending", [".csv.gz", ".csv.bz2", ".csv.zst", ".zip", ".parquet", ".arrow"]
)
@pytest.mark.parametrize(
    "data",
    [b"", b"junk" * 40, gzip.compress(b"a,b\n1,2\n" * 999)[:40]],
    ids=["empty", "junk", "cut"],
)
def test_a_damaged_file_is_one_line(ending, data, tmp_path):
    path = tmp_path / f"t{ending}"
    path.write_bytes(data)
    with pytest.raises(DataError, match=re.escape(f"t{ending}")) as found:
        cs.read(path)
    assert "\n" not in str(found.value)


class Piped:
    def __init__(self, data):
        self.buffer = io.BytesIO(data)


def test_standard_input_is_text_or_parquet(monkeypatch, tmp_path):
    table = read(TABLES / "plain.csv")[0]
    sink = io.BytesIO()
    pa.parquet.write_table(table, sink)
    text = (TABLES / "plain.csv").read_bytes()
    for data in (text, gzip.compress(text), sink.getvalue()):
        monkeypatch.setattr(sys, "stdin", Piped(data))
        assert read("-")[0].equals(table)


def test_folders_of_parquet_and_files_of_arrow_are_tables(tmp_path):
    table = pa.table({"x": [1.5, 2.5, 3.5], "year": [2020, 2021, 2021]})
    pa.parquet.write_to_dataset(table, tmp_path / "parts", partition_cols=["year"])
    back = read(tmp_path / "parts")[0]
    assert sorted(back["x"].to_pylist()) == [1.5, 2.5, 3.5]
    assert sorted(back["year"].cast(pa.int64()).to_pylist()) == [2020, 2021, 2021]
    pa.feather.write_feather(table, tmp_path / "t.feather")
    with pa.ipc.new_stream(tmp_path / "t.arrow", table.schema) as sink:
        sink.write_table(table)
    assert read(tmp_path / "t.feather")[0].equals(table)
    assert read(tmp_path / "t.arrow")[0].equals(table)
    (tmp_path / "none").mkdir()
    with pytest.raises(DataError, match=r"none: no Parquet or CSV files are there; give where"):
        cs.read(tmp_path / "none")


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"sep": ";;"}, "sep=';;': give one character"),
        ({"quote": "''"}, "quote=\"''\": give one character"),
        ({"decimal": "x"}, "decimal='x': give '.' or ','"),
        ({"sep": ",", "decimal": ","}, "sep=',' is the quote or the decimal mark, too"),
        ({"thousands": ".", "decimal": "."}, "thousands='.' is the decimal mark"),
        ({"encoding": "klingon"}, "encoding='klingon' is not known"),
        ({"encoding": "ascii"}, "is not encoded in ascii"),
        ({"missing": "NA"}, "give a list of texts"),
        ({"comment": "\n"}, "give what lines begin with"),
    ],
)
def test_what_cannot_be_meant_is_refused(stated, message):
    with pytest.raises(DataError, match=message):
        cs.read(TABLES / "plain.csv", **stated)


@pytest.mark.parametrize(
    "lines", ["time\n2020-01-01 10:00\n2020-01-02 11:00\n", "place\nArea 51\nRoute 66\nUlm 7\n"]
)
def test_a_blank_within_a_text_separates_nothing(lines, tmp_path):
    (tmp_path / "t.csv").write_text(lines)
    assert read(tmp_path / "t.csv")[0].num_columns == 1


def test_what_is_stated_is_not_searched_for(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a;b\n1,5;2,5\n2,5;3,5\n4,5;1,5\n")
    assert read(path, decimal=".")[0]["a"].to_pylist() == ["1,5", "2,5", "4,5"]
    path.write_text("1,2\n3,4\n5,6\n")
    assert read(path)[0].column_names == ["c1", "c2"]
    assert read(path, header=True)[0].column_names == ["1", "2"]
    path.write_text("#a,b\n#1,2\n#3,4\n")
    assert read(path)[0].column_names == ["#a", "b"]


@pytest.mark.filterwarnings("ignore::copulasynth.errors.FitWarning")
def test_functions_that_take_a_table_take_its_file(tmp_path):
    path = tmp_path / "t.csv"
    kept = tmp_path / "kept.csv"
    path.write_text("x;y\n" + "".join(f"{i},5;{i % 3}\n" for i in range(60)))
    kept.write_text("x;y\n" + "".join(f"{i},25;{i % 3}\n" for i in range(60)))
    table, unseen = cs.read(path), cs.read(kept)
    model, same = (cs.fit(t, copula="independence", rng=1) for t in (path, table))
    made = model.sample(60, rng=1)
    assert made.equals(same.sample(60, rng=1))
    assert cs.split(str(path), 1)[0].equals(cs.split(table, 1)[0])
    model.write(tmp_path / "made.csv", 60, rng=1)
    by_path = cs.evaluate(path, tmp_path / "made.csv", holdout=kept, metrics=["ks"], rng=1)
    by_table = cs.evaluate(table, made, holdout=unseen, metrics=["ks"], rng=1)
    assert by_path["ks"].value == by_table["ks"].value
    assert len(cs.evaluate_model(model, path, holdout=kept, metrics=["ks"], rng=1).scores) == 1
    assert cs.compare(path, ["independent"], metrics=["ks"], rng=1).rows["real"] == 30


def test_columns_that_stand_apart_by_runs_of_blanks_are_no_single_one(tmp_path):
    path = tmp_path / "t.dat"
    path.write_text(
        "STN   DAY      TMAX\n" + "".join(f"10{k} 202101{k}   {k}.5\n" for k in range(10, 30))
    )
    with pytest.raises(DataError, match=r"its 3 columns stand apart by runs of blanks.*sed -E"):
        cs.read(path)
    assert len(read(path, sep=",")[0].column_names) == 1
    path.write_text("full name\n" + "Ann  Lee\nBob  Dee\n" * 5)
    assert read(path)[0]["full name"][0].as_py() == "Ann  Lee"
