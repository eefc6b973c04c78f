"""Text that holds numbers, times or durations is modelled as such and comes back as it was."""

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import copulasynth as cs
from copulasynth.errors import DataError, SchemaError
from copulasynth.schema import Column, Schema
from copulasynth.schema.dates import Dates
from copulasynth.schema.digits import NumberTexts
from copulasynth.schema.forms import SPANS, number_form, said_storage
from copulasynth.schema.given import conditions_of, parse_given
from copulasynth.schema.spans import Spans
from copulasynth.schema.writings import read_texts, writing_of

N = 120
RNG = np.random.default_rng(0)
MONEY = np.round(RNG.lognormal(7, 1.5, N), 2)
WHOLE = np.r_[RNG.integers(1, 2_000_000, N - 4), 5, 12, 999, 1_000]
SIGNED = RNG.integers(-900, 900, N)
SECONDS = RNG.integers(0, 86_400, N)
STAMPS = pd.to_datetime(RNG.integers(0, 10**9, N), unit="s")


def marked(x, places, group=",", mark="."):
    text = f"{x:,.{places}f}"
    return text.translate(str.maketrans({",": group, ".": mark}))


def clock(seconds, form):
    return pd.to_datetime(seconds, unit="s").strftime(form)


#: Texts, what they are numbers of, the form, and how the column is stored.
CASES = {
    "dollars": ([f"${marked(v, 2)}" for v in MONEY], MONEY, "$#,##0.00", "decimal"),
    "dollars, some owed": (
        [("-" if v < 0 else "") + f"${abs(v)}" for v in SIGNED],
        SIGNED,
        "$0",
        "decimal",
    ),
    "sign within": (
        [("$-" if v < 0 else "$") + f"{abs(v)}" for v in SIGNED],
        SIGNED,
        "$0;$-0",
        "decimal",
    ),
    "euros behind": (
        [marked(v, 2, ".", ",") + " EUR" for v in MONEY],
        MONEY,
        "#.##0,00 EUR",
        "decimal",
    ),
    "euros before": ([f"€ {v}" for v in WHOLE], WHOLE, "€ 0", "decimal"),
    "francs": ([f"CHF {marked(v, 2, '’')}" for v in MONEY], MONEY, "CHF #’##0.00", "decimal"),
    "share": ([f"{v} %" for v in WHOLE % 101], WHOLE % 101, "0 %", "decimal"),
    "share with decimals": (
        [f"{v % 100:.1f}%" for v in MONEY],
        np.round(MONEY % 100, 1),
        "0.0%",
        "decimal",
    ),
    "blanks": ([marked(v, 1, " ", ",") for v in WHOLE / 10], WHOLE / 10, "# ##0,0", "decimal"),
    "thin blanks": (
        [marked(v, 2, "\u202f", ",") for v in MONEY],
        MONEY,
        "#\u202f##0,00",
        "decimal",
    ),
    "thousands": ([marked(v, 0) for v in WHOLE], WHOLE, "#,##0", "decimal"),
    "accounting": (
        [f"({marked(-v, 0)})" if v < 0 else marked(v, 0) for v in SIGNED * 7],
        SIGNED * 7,
        "#,##0;(#,##0)",
        "decimal",
    ),
    "plus": ([f"{v:+d}" for v in np.r_[SIGNED[1:], 3]], np.r_[SIGNED[1:], 3], "+0;-0", "decimal"),
    "decimal comma": ([marked(v, 2, "", ",") for v in MONEY], MONEY, "0,00", "decimal"),
    "unit": ([f"{v} km" for v in WHOLE], WHOLE, "0 km", "decimal"),
    "square": ([f"{v} m2" for v in WHOLE], WHOLE, "0 m2", "decimal"),
    "glued unit": ([f"{v:.2f}GB" for v in MONEY], MONEY, "0.00GB", "decimal"),
    "15 decimals": (
        [f"{v:.15f}" for v in MONEY % 1 / 3],
        MONEY % 1 / 3,
        "0." + "0" * 15,
        "decimal",
    ),
    "time": (clock(SECONDS // 60 * 60, "%H:%M"), SECONDS // 60 * 60, "%H:%M", "time"),
    "time, seconds": (clock(SECONDS, "%H:%M:%S"), SECONDS, "%H:%M:%S", "time"),
    "half days": (clock(SECONDS // 60 * 60, "%I:%M %p"), SECONDS // 60 * 60, "%I:%M %p", "time"),
    "hours": (
        [f"{s // 60}:{s % 60:02d}" for s in SECONDS // 9],
        SECONDS // 9 * 60,
        "[h]:mm",
        "duration",
    ),
    "hours, seconds": (
        [f"{s // 3600}:{s // 60 % 60:02d}:{s % 60:02d}" for s in SECONDS * 3],
        SECONDS * 3,
        "[h]:mm:ss",
        "duration",
    ),
    "ISO": ([f"PT{s}S" for s in SECONDS % 59 + 1], SECONDS % 59 + 1, "PnDTnHnMnS", "duration"),
    "pandas": (
        pd.Series(pd.to_timedelta((SECONDS - 9_000) * 97, unit="s")).astype(str),
        (SECONDS - 9_000) * 97,
        "[d] days hh:mm:ss",
        "duration",
    ),
    "no zeros": (
        [f"{t.month}/{t.day}/{t.year}" for t in STAMPS],
        STAMPS.floor("D").as_unit("s").astype("int64") // 86_400,
        "%-m/%-d/%Y",
        "datetime",
    ),
    "SAS": (
        STAMPS.strftime("%d%b%Y").str.upper(),
        STAMPS.floor("D").as_unit("s").astype("int64") // 86_400,
        "%d%^b%Y",
        "datetime",
    ),
    "Oracle": (
        STAMPS.strftime("%d-%b-%Y").str.upper(),
        STAMPS.floor("D").as_unit("s").astype("int64") // 86_400,
        "%d-%^b-%Y",
        "datetime",
    ),
    "web server": (
        STAMPS.floor("s").strftime("%d/%b/%Y:%H:%M:%S +0100"),
        STAMPS.floor("s").as_unit("s").astype("int64"),
        "%d/%b/%Y:%H:%M:%S +0100",
        "datetime",
    ),
    "nanoseconds": (
        [f"2020-02-01T00:{k // 60:02d}:{k % 60:02d}.{k * 7:09d}" for k in range(N)],
        pd.Timestamp("2020-02-01").value + np.arange(N) * (10**9 + 7),
        "%Y-%m-%dT%H:%M:%S",
        "datetime",
    ),
    "long": (
        STAMPS.strftime("%B %d, %Y"),
        STAMPS.floor("D").as_unit("s").astype("int64") // 86_400,
        "%B %d, %Y",
        "datetime",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_form_is_told_read_and_written(case):
    texts, numbers, form, storage = CASES[case]
    df = pd.DataFrame({"x": [*texts, None, "n/a"]})
    schema = Schema.infer(df)
    column = schema.column("x")
    assert (column.writing, column.storage) == (form, storage)
    assert column.missing_codes == ("n/a",)
    x = schema.encode(df)
    assert x[-2:, 0].tolist() == [1, 2]
    per = column.scale if storage != "decimal" else 1
    np.testing.assert_allclose(x[:-2, 1] * per + column.offset, numbers, rtol=1e-12)
    pd.testing.assert_frame_equal(schema.decode(x), df)
    assert schema.notes == (schema.notes[0],)
    assert repr(form) in schema.notes[0]


#: What looks like numbers, dates or times but is none.
LOOKALIKES = {
    "versions": [f"{a}.{b}.{c}" for a, b, c in RNG.integers(0, 20, (N, 3))],
    "addresses of machines": [f"10.{a}.{b}.{c}" for a, b, c in RNG.integers(0, 255, (N, 3))],
    "telephones": [f"+49 171 {v}" for v in RNG.integers(10**6, 10**7, N)],
    "telephones in threes": [f"{a} {b} {c}" for a, b, c in RNG.integers(100, 999, (N, 3))],
    "area codes": [f"({a}) {b}-{c}" for a, b, c in RNG.integers(1000, 9999, (N, 3))],
    "ranges": [f"{v}-{v + 10}" for v in WHOLE % 900],
    "scores": [f"{a}/{b}" for a, b in RNG.integers(0, 9, (N, 2))],
    "codes with E": [f"{a}E{b}" for a, b in RNG.integers(1, 9, (N, 2))],
    "postal codes": [f"{v:05d}" for v in RNG.integers(1000, 9999, N)],
    "money that is none": [f"EUR-{v:06d}" for v in RNG.permutation(N)],
    "several currencies": [f"{'$€£'[i % 3]}{v}" for i, v in enumerate(MONEY)],
    "levels": [f"level {v}" for v in RNG.integers(0, 90, N)],
    "rooms": [f"A {v}" for v in RNG.integers(0, 90, N)],
    "yes and no": ["ja" if v % 3 else "nein" for v in WHOLE],
    "plain codes": [str(1000 + v % 15) for v in WHOLE],
}


@pytest.mark.parametrize("case", LOOKALIKES)
def test_what_only_looks_like_it_stays_text(case):
    schema = Schema.infer(pd.DataFrame({"x": LOOKALIKES[case]}))
    assert schema.column("x").storage == "text"
    assert schema.column("x").kind in ("nominal", "identifier")


@pytest.mark.parametrize("make", [pa.table, pl.DataFrame, pd.DataFrame])
def test_every_library_gets_its_text_back(make):
    names = ("dollars", "accounting", "half days", "hours", "no zeros")
    table = make({name: list(CASES[name][0]) for name in names})
    schema = Schema.infer(table)
    assert schema.decode(schema.encode(table)).equals(table)


@pytest.mark.parametrize("dtype", [object, "string[python]", "string[pyarrow]"])
def test_every_text_of_pandas_comes_back_with_its_gaps(dtype):
    texts = pd.Series([*CASES["euros behind"][0], None], dtype=dtype)
    df = pd.DataFrame({"x": texts})
    schema = Schema.infer(df)
    pd.testing.assert_frame_equal(schema.decode(schema.encode(df)), df)


def test_money_of_three_decimals_is_thousands_and_the_note_names_the_other_form():
    texts = [f"{v // 1000}.{v % 1000:03d}" for v in RNG.integers(1000, 99_999, N)]
    plain = Schema.infer(pd.DataFrame({"x": texts}))
    assert plain.column("x").writing == "0.000"
    assert "'#.##0' fits as well: formats={'x': '#.##0'}" in plain.notes[0]
    df = pd.DataFrame({"x": [t + " EUR" for t in texts]})
    assert Schema.infer(df).column("x").writing == "#.##0 EUR"
    other = Schema.infer(df, formats={"x": "0.000 EUR"})
    np.testing.assert_allclose(other.encode(df) * 1000, Schema.infer(df).encode(df))


def test_few_prices_are_numbers_and_few_plain_codes_are_levels():
    df = pd.DataFrame({"price": ["$9.99", "$19.99", "$29.99"] * 20, "code": ["1", "2", "3"] * 20})
    schema = Schema.infer(df)
    assert schema.kinds == {"price": "continuous", "code": "nominal"}
    assert schema.variables[0].kind == "discrete"


def test_a_form_is_the_one_that_fits_most_and_not_the_first_that_nearly_does():
    texts = [f"{m:02d}/{d:02d}/2020" for m in range(1, 13) for d in (1, 2, 5)]
    texts += ["03/14/2020", "05/30/2020"]
    assert Schema.infer(pd.DataFrame({"t": texts})).column("t").writing == "%m/%d/%Y"


@pytest.mark.parametrize(
    ("kinds", "formats", "said"),
    [
        ({"x": "continuous"}, {}, "not written as plain numbers"),
        ({"x": "duration"}, {}, "not written as durations"),
        ({}, {"x": "0.00"}, "not written as '0.00'"),
        ({}, {"x": "%Q"}, "'%Q' is no form"),
        ({"x": "continuous"}, {"x": "%Y"}, "no form of kind 'continuous'"),
        ({"x": "nominal"}, {"x": "0.00"}, "declared nominal, which has no form"),
        ({"x": "identifier"}, {"x": "[oops"}, "no pattern of identifiers"),
        ({}, {"y": "0.00"}, "only text has one"),
        ({}, {"z": "0.00"}, "no column 'z'"),
    ],
)
def test_what_does_not_fit_is_refused_with_column_and_remedy(kinds, formats, said):
    df = pd.DataFrame({"x": ["3/5", "a", "b", "c", "d"], "y": [1.5, 2, 3, 4, 5]})
    with pytest.raises(SchemaError, match=r"column '[xyz]'") as e:
        Schema.infer(df, kinds=kinds, formats=formats)
    assert said in str(e.value)


def test_a_schema_file_declares_forms_and_kinds_of_text(tmp_path):
    df = pd.DataFrame({"t": [f"{1 + i % 12:02d}/{1 + i % 9:02d}/2020" for i in range(40)]})
    path = tmp_path / "schema.toml"
    Schema.infer(df).to_file(path)
    text = path.read_text(encoding="utf-8")
    assert 'format = "%d/%m/%Y"' in text
    path.write_text(text.replace('format = "%d/%m/%Y"', 'format = "%m/%d/%Y"'), encoding="utf-8")
    assert Schema.from_file(path).complete(df).column("t").writing == "%m/%d/%Y"
    Schema.infer(df, kinds={"t": "nominal"}).to_file(path)
    text = path.read_text(encoding="utf-8").replace('kind = "nominal"', 'kind = "datetime"')
    path.write_text(text, encoding="utf-8")
    unread = Schema.from_file(path)
    with pytest.raises(DataError, match=r"column 't'.*schema\.complete"):
        unread.encode(df)
    schema = unread.complete(df)
    assert schema.column("t").kind == "datetime"
    pd.testing.assert_frame_equal(schema.decode(schema.encode(df)), df)


def test_fit_takes_kinds_and_forms_and_draws_in_them():
    days = RNG.integers(0, 40, N)
    df = pd.DataFrame({"t": clock(days * 86_400, "%m/%d/%Y"), "y": days + RNG.normal(0, 1, N)})
    model = cs.fit(df, copula="gaussian", formats={"t": "%m/%d/%Y"}, rng=1)
    drawn = model.sample(300, rng=2)
    made = [dt.datetime.strptime(t, "%m/%d/%Y").toordinal() for t in drawn["t"]]
    assert np.corrcoef(made, drawn["y"])[0, 1] > 0.9
    with pytest.raises(DataError, match="not both"):
        cs.fit(df, schema=model.schema, kinds={"t": "nominal"})


def test_values_are_given_in_their_form_or_as_plain_numbers():
    df = pd.DataFrame({"price": CASES["dollars"][0], "at": CASES["time"][0]})
    schema = Schema.infer(df)
    asked = {"price": "$1,234.00..2000", "at": "14:30"}
    wanted = parse_given(schema, asked)
    assert conditions_of(schema, wanted)[0].interval == (1234.0, 2000.0)
    assert wanted["at"] == "14:30"


def test_a_form_of_a_file_is_checked_and_short():
    for form in ("0" * 500, "#,##0;#,##0", "0;0", "%d\n", "#,##0,0", "0.", "%", "[h]", "a\x000"):
        assert said_storage(form) is None
    with pytest.raises(SchemaError, match="unknown writing"):
        Column("x", "continuous", "decimal", "str", "int64", writing="0.00", scale=10)
    with pytest.raises(SchemaError, match="unknown writing"):
        Column("x", "datetime", "datetime", "str", "int64", unit="s", writing="0.00")


def test_forms_of_earlier_releases_are_read():
    for word, text in {"fixed": "2.50", "shortest": "2.5", "point": "2.5"}.items():
        column = Column("x", "continuous", "decimal", "str", "int64", writing=word, scale=100)
        assert writing_of(column).write(np.array([250])).to_pylist() == [text]


AFFIX = st.sampled_from(["", "$", " EUR", " %", "kg", "(", "x "])
FORMS = st.builds(
    lambda group, mark, places, least, before, behind: number_form(
        before
        + (f"#{group}##0" if group else "0")
        + (mark + "0" * min(least, places) + "#" * (places - min(least, places)) if places else "")
        + behind
    ),
    st.sampled_from(["", ",", ".", " ", "'"]),
    st.sampled_from([".", ","]),
    st.integers(0, 4),
    st.integers(0, 4),
    AFFIX,
    AFFIX,
)
COUNTS = st.lists(st.integers(1 - 10**18, 10**18 - 1), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(FORMS, COUNTS)
def test_whatever_numbers_are_written_is_read_again(form, counts):
    if form is not None:
        assert number_form(form.words) == form
        x = np.array(counts, dtype=np.int64)
        read, known = read_texts(NumberTexts(form), NumberTexts(form).write(x))
        assert known.all()
        assert read.tolist() == counts


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SPANS), st.lists(st.integers(0, 10**12), min_size=1, max_size=8))
def test_whatever_durations_are_written_is_read_again(form, counts):
    x = np.array(counts, dtype=np.int64) // 60 * 60
    read, known = read_texts(Spans(form), Spans(form).write(x))
    assert known.all()
    assert read.tolist() == x.tolist()


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["%d/%m/%Y", "%-d %B %Y", "%Y-%m-%dT%H:%MZ", "%-I:%M %p", "%H:%M"]),
    st.lists(st.integers(-(10**10), 10**11), min_size=1, max_size=8),
)
def test_whatever_moments_are_written_is_read_again(form, counts):
    storage = said_storage(form)
    unit = "s" if ":" in form else "D"
    x = np.array(counts, dtype=np.int64) // 60 * 60
    x = x % 86_400 if storage == "time" else x // 86_400 if unit == "D" else x
    read, known = read_texts(Dates(form, unit, storage), Dates(form, unit, storage).write(x))
    assert known.all()
    assert read.tolist() == x.tolist()


def _reals(scale):
    return RNG.normal(size=300) * scale


#: Numbers as programs write them that keep every digit, and the word of their form.
SPELLED = {
    "Python": ([repr(float(v)) for v in _reals(1)], "shortest"),
    "Python, whole ones": ([repr(float(v)) for v in [*_reals(1e3), 7.0]], "point"),
    "Python, large": ([repr(float(abs(v))) for v in _reals(1e9)], "shortest"),
    "R": ([f"{v:.15g}" for v in _reals(1e-5)], "shortest"),
    "exponents": ([f"{v:.3e}" for v in np.exp(_reals(3))], "shortest"),
    "Java": ([f"{v:.6f}E3" for v in _reals(3)], "shortest"),
}


@pytest.mark.parametrize("case", SPELLED)
def test_numbers_with_all_of_their_digits_or_exponents_are_numbers(case):
    texts, word = SPELLED[case]
    df = pd.DataFrame({"x": [*texts, "nan", "nan"]})
    schema = Schema.infer(df)
    column = schema.column("x")
    assert (column.kind, column.writing, column.missing_codes) == ("continuous", word, ("nan",))
    x = np.array(texts, dtype=float)
    values = schema.encode(df)
    at = [v.kind == "state" for v in schema.variables].index(False)
    np.testing.assert_allclose(values[:-2, at], x, atol=1e-13 * np.abs(x).max())
    out = schema.decode(values)["x"]
    np.testing.assert_allclose(out[:-2].astype(float), x, atol=1e-13 * np.abs(x).max())
    assert out[-2:].tolist() == ["nan", "nan"]
    assert not out[:-2].str.contains("e").any()


def test_numbers_of_too_many_magnitudes_are_not_rounded_to_nothing():
    texts = [f"{v:.4e}" for v in 10.0 ** RNG.uniform(-40, 0, 300)]
    assert Schema.infer(pd.DataFrame({"x": texts})).kinds["x"] == "identifier"


def test_whole_amounts_beyond_what_a_float_holds_get_no_decimals():
    df = pd.DataFrame({"x": [f"{v}.00" for v in RNG.integers(10**14, 10**16, 300)]})
    drawn = cs.fit(df, copula="independence", rng=1).sample(200, rng=1)["x"]
    assert drawn.str.endswith(".00").all()
