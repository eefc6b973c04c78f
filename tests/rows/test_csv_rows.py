"""No row of a text file is lost or put together, and no cell changed, without an error."""

import csv
import io
import random
import warnings
from itertools import product

import pytest

from copulasynth.errors import DataError, FitWarning
from copulasynth.rows import reader
from copulasynth.rows.reading import Reading

N = range(30)


def read(tmp_path, text, **stated):
    """Return a table, and what is said of its file."""
    path = tmp_path / "x.csv"
    path.write_text(text, newline="", encoding="utf-8")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        table = reader.read(path, **stated)
    assert {w.category for w in caught} <= {FitWarning}
    return table, " | ".join(str(w.message) for w in caught)


def rows_of(numbers, text):
    return "".join(text.format(i) for i in numbers)


#: By what was lost: the text, how many rows it has, and one of them.
WHOLE = {
    "comment within a cell": (
        'id,text\n1,"intro\n# Title"\n2,plain\n3,"more\n# T2"\n4,x\n5,y\n',
        5,
        (0, [1, "intro\n# Title"]),
    ),
    "comment above, and within a cell": (
        '# by x\nid,text\n1,"intro\n# Title"\n2,plain\n3,"more\n# T2"\n4,x\n5,y\n',
        5,
        (2, [3, "more\n# T2"]),
    ),
    "rows that begin as comments": (
        "# made by x\nid,text\n" + rows_of(range(150), "{},t\n") + "#7,lost\n#8,lost\n",
        152,
        (151, ["#8", "lost"]),
    ),
    "a row that begins as comments": (
        "# c\nname,v\nn0,0\nn1,1\nn2,2\n#5,5\n",
        4,
        (3, ["#5", 5]),
    ),
    "a comment with as many cells": (
        "# by x, y\nname,v\nn0,0\nn1,1\nn2,2\n#5\n",
        3,
        (0, ["n0", 0]),
    ),
    "comment above one column": (
        "# by tool\nname\n" + rows_of(N, "n{}\n"),
        30,
        (29, ["n29"]),
    ),
    "both quotes": (
        "id,v\n" + rows_of(N, "{},'q'\n") + '50,"say ""hi"""\n',
        31,
        (30, [50, 'say "hi"']),
    ),
    "apostrophes that enclose nothing": (
        "id,v\n" + rows_of(range(200), "{},'x'\n") + "200,'tis\n201,x\n202,'q'\n",
        203,
        (200, [200, "'tis"]),
    ),
    "blank lines of one column": (
        "v\n" + rows_of(N, "{}\n\n"),
        60,
        (1, [None]),
    ),
    "header within cells": (
        "a,b\n" + rows_of(N, '{},"x\na,b\ny"\n'),
        30,
        (29, [29, "x\na,b\ny"]),
    ),
    "header quoted otherwise": ('"id","v"\n1,2\n2,3\nid,v\n3,4\n', 3, (2, [3, 4])),
    "levels as the header": ("a,b\n" + "a,b\nb,a\nb,b\n" * 10, 30, (0, ["a", "b"])),
    "words that occur again": (
        "name,a,b\nBob,low,high\n" + rows_of(range(150), "n{0},{0},{0}\n") + "Z,low,high\n",
        152,
        (0, ["Bob", "low", "high"]),
    ),
    "no name for values": ("5\n" + rows_of(N, "{}\n"), 31, (0, [5])),
}


@pytest.mark.parametrize("name", WHOLE)
def test_every_row_comes_back(name, tmp_path):
    text, count, (place, row) = WHOLE[name]
    table, _ = read(tmp_path, text)
    assert len(table) == count
    assert list(table.slice(place, 1).to_pylist()[0].values()) == row


def test_what_is_kept_or_left_out_is_said(tmp_path):
    assert "30 blank lines are rows" in read(tmp_path, WHOLE["blank lines of one column"][0])[1]
    assert "10 rows are as its header; they" in read(tmp_path, WHOLE["levels as the header"][0])[1]
    assert "without lines that begin with #" in read(tmp_path, "# c\na,b\n1,2\n3,4\n5,6\n#x\n")[1]


INCHES = "id\tv\n" + rows_of(range(20), '{0}\t"{0} inch\n')
PLAIN = "id\tv\n" + rows_of(range(200), "{0}\t{0}\n")
UNCLEAR = {
    "inches": (INCHES, r"from line 2 on, \" encloses .* quote=''"),
    "stray quotes below": (PLAIN + '5\t"x\n6\ty\n7\t"z\n', r"from line 202 on, .*quote=''"),
    "one stray quote": (PLAIN + '5\t"x\n6\ty\n', r"from line 202 on, \" encloses"),
    "backslashes": ('id,v\n1,"say \\"hi\\""\n2,x\n3,y\n', "from line 2 on"),
    "apostrophe below": (
        "'id',v\n" + rows_of(range(200), "{},'x'\n") + "200,'tis\n201,x\n202,'q'\n",
        "from line 202 on, ' encloses",
    ),
    "the usual quote below": (
        "'id',v\n" + rows_of(range(200), "{},'x'\n") + '200,"say ""hi"""\n',
        "and so does the usual quote: .* --quote",
    ),
    "one column of decimals": ("preis\n" + rows_of(N, "{},5\n"), "one cell .* two.*--sep"),
    "one column of names": ("name\n" + rows_of(N, "Doe{}, John\n"), "one cell .* two.*--sep"),
    "comments far below": ("a,b\n" + rows_of(range(150), "{0},{0}\n") + "# x\n", "comment='#'"),
}


@pytest.mark.parametrize("name", UNCLEAR)
def test_what_cannot_be_told_is_an_error_with_the_line_and_the_option(name, tmp_path):
    text, message = UNCLEAR[name]
    with pytest.raises(DataError, match=message) as found:
        read(tmp_path, text)
    assert "\n" not in str(found.value)


def test_what_is_said_reads_it(tmp_path):
    assert read(tmp_path, UNCLEAR["inches"][0], quote="")[0]["v"][0].as_py() == '"0 inch'
    one, _ = read(tmp_path, UNCLEAR["one column of decimals"][0], sep=";")
    assert one["preis"].to_pylist() == [i + 0.5 for i in N]
    table, _ = read(tmp_path, 'a,b\n% c\n1,"x\n% no ""comment"""\n% "c\n2,y\n', comment="%")
    assert table["b"].to_pylist() == ['x\n% no "comment"', "y"]


@pytest.mark.parametrize("code", ["+4915112345678", "0x00bc614e", "12e4", "007", "+007"])
def test_what_would_not_come_back_as_written_is_text(code, tmp_path):
    table, said = read(tmp_path, "id,v\n" + rows_of(N, "{}," + code + "\n"))
    assert table["v"].to_pylist() == [code] * 30
    assert "kept as text: ['v']" in said


@pytest.mark.parametrize(
    "cells", [["1e-05", "2.5"], ["1.5e10", "2"], ["1e+05", "7"], ["2.5", "1e5"]]
)
def test_what_programs_measure_is_a_number(cells, tmp_path):
    table, _ = read(tmp_path, "id,v\n" + "".join(f"{i},{c}\n" for i, c in enumerate(cells)))
    assert table["v"].to_pylist() == [float(c) for c in cells]


HEADERS = [
    "region,0-14,15-64,65+",
    "name,2020-01,2020-02",
    "q,25%,50%",
    "day,00:00,06:00",
    "gene,0.1,1,10",
    "item,1001,1002",
    "a,1,2,3",
    "a,2019/20,2020/21",
    "a,2020-01-01,2020-02-01",
]


@pytest.mark.parametrize("header", HEADERS)
def test_names_that_look_like_values_are_names_beside_a_word(header, tmp_path):
    cells = ",".join(["{0}"] * header.count(","))
    table, _ = read(tmp_path, f"{header}\n" + rows_of(N, "R{0}," + cells + "\n"))
    assert table.column_names == header.split(",")
    assert len(table) == 30


def test_a_row_without_a_header_is_none(tmp_path):
    for first in ("Ann,-3,7", "Ann,5.5,2", "Ann,9,2", "x,1,2"):
        table, said = read(tmp_path, f"{first}\n" + rows_of(N, "{}x,4,3\n") + "x,4,3\n")
        assert len(table) == 32
        assert "holds values, no names" in said


@pytest.mark.parametrize("other", ["{0}", "8.5", "x{0}"])
def test_marks_that_may_be_of_thousands_are_no_decimals(other, tmp_path):
    table, _ = read(tmp_path, "n;v\n" + rows_of(N, other + ";1,{0:03}\n"))
    assert table["v"].to_pylist() == [f"1,{i:03}" for i in N]


def test_codes_stay_text_beside_marks_of_thousands(tmp_path):
    lines = 'id,z,v,w\n1,"007","1,000","99,999,999,999,999,999,999"\n2,"008","2,000","1,000"\n'
    table, _ = read(tmp_path, lines, thousands=",")
    assert table["z"].to_pylist() == ["007", "008"]
    assert table["v"].to_pylist() == [1000, 2000]
    assert table["w"].to_pylist() == ["99,999,999,999,999,999,999", "1,000"]


HARD = [
    *("", "x", "#", "# a", "#1", "'", "'q'", '"', '"q"', 'say "hi"', "it's", "'tis", "a,b", "a;b"),
    *("a\nb", "a\r\nb", "x\n# y", "# z\n", "a\tb", "a|b", '5" pipe', '"\n"', "''", "\\", '\\"'),
    *("1,5", "2.5", "007", "+49", "a,b\n1,2", " x ", "é", "sep=;", "NA", "-", "12e4", "c0"),
]


def tables():
    """Yield tables of hard texts, as lists of rows, and as text in dialects of csv."""
    rng = random.Random(1)
    quoting = (csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)
    forms = list(product(",;\t|", "\"'", quoting, ("\n", "\r\n")))
    for k in range(400):
        width, mild = rng.randint(1, 4), rng.random() < 0.5
        texts = rng.sample(HARD, rng.randint(2, 8)) if mild else HARD
        rows = [[rng.choice(texts) for _ in range(width)] for _ in range(rng.choice([3, 20, 130]))]
        rows.insert(0, [f"c{j}" for j in range(width)])
        separator, quote, how, end = forms[k % len(forms)]
        sink = io.StringIO(newline="")
        csv.writer(
            sink, delimiter=separator, quotechar=quote, quoting=how, lineterminator=end
        ).writerows(rows)
        yield rows, sink.getvalue(), Reading(sep=separator, quote=quote, header=True, comment="")


def cells_of(table):
    return [table.column_names, *map(list, zip(*table.to_pydict().values(), strict=True))]


@pytest.mark.filterwarnings("ignore::copulasynth.errors.FitWarning")
def test_hard_texts_come_back_cell_by_cell_or_are_an_error(tmp_path):
    path, read_again = tmp_path / "x.csv", 0
    for rows, text, stated in tables():
        path.write_text(text, newline="", encoding="utf-8")
        table, _ = reader.read_as_text(path, stated)
        assert cells_of(table) == rows, text
        if text.startswith("c") and stated.quote == "'":
            continue  # apostrophes are quotes where the header has them
        try:
            table, form = reader.read_as_text(path, Reading())
        except DataError:
            continue
        read_again += 1
        assert cells_of(table) == rows, (form, text)
    assert read_again > 200


def test_encodings_that_are_mixed_or_none_are_said(tmp_path):
    path = tmp_path / "x.csv"
    lines = "".join(f"café,{i}\n" for i in N)
    path.write_bytes(f"town,n\n{lines}".encode() + b"caf\xe9,31\n")
    with pytest.raises(DataError, match="30 characters of UTF-8 and 1 bytes that are none"):
        reader.read(path)
    path.write_bytes(b"town,n\na,1\nb\x81,2\nc,3\n")
    with pytest.raises(DataError, match=r"line 3 has the byte 0x81; say .*--encoding"):
        reader.read(path)
    path.write_bytes("town,n\nSpaß“,1\nÖl,2\nGrüße,3\n".encode("cp1252"))
    with pytest.warns(FitWarning, match="encoded in cp1252"):
        assert reader.read(path)["town"].to_pylist() == ["Spaß“", "Öl", "Grüße"]
    path.write_bytes(f"town,n\n{lines}".encode("utf-32"))
    with pytest.warns(FitWarning, match="encoded in utf-32"):
        assert reader.read(path)["n"].to_pylist() == list(N)
