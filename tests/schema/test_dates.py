"""Dates that a table keeps as text are modelled as dates and come back in their form."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import copulasynth as cs
from copulasynth import model_file
from copulasynth.errors import DataError, FitWarning, SchemaError
from copulasynth.schema import Schema
from copulasynth.schema.writings import count_levels, writing_of
from copulasynth.synthesizers.stored import STORED

N = 300
RNG = np.random.default_rng(0)
DAY = RNG.integers(0, 700, N)
TIMES = pd.Timestamp("2022-01-01 10:30") + pd.to_timedelta(DAY, unit="D")
TIMES = TIMES + pd.to_timedelta(RNG.integers(0, 86_400, N), unit="s")

FORMS = {
    "%Y-%m-%d": "D",
    "%d/%m/%Y": "D",
    "%m/%d/%y": "D",
    "%d.%m.%Y": "D",
    "%d-%b-%Y": "D",
    "%Y-%m-%dT%H:%MZ": "s",
    "%Y-%m-%d %H:%M:%S": "s",
    "%d/%m/%Y %H:%M": "s",
    "%A, %B %d, %Y": "D",
    "%A, %d %B %Y": "D",
    "%a, %d %b %Y %H:%M:%S +0100": "s",
    "%Y/%m/%d %I:%M:%S %p GMT+1": "s",
    "%Y-%m-%d %H:%M:%S UTC": "s",
    "%Y%m%d": "D",
    "%Y%m%d %H:%M": "s",
    "%Y-%m-%dT%H:%M:%S.%f": "us",
    "%Y-%m-%dT%H:%M:%S+01:00": "s",
    "%Y-%m-%d %H:%M:%S-0530": "s",
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_told_and_comes_back_exactly(form):
    df = pd.DataFrame({"t": TIMES.strftime(form)})
    df.loc[3, "t"] = None
    df.loc[5, "t"] = "unknown"
    schema = Schema.infer(df)
    column = schema.column("t")
    assert (column.kind, column.writing, column.unit) == (
        "datetime",
        form.replace(".%f", ""),
        FORMS[form],
    )
    assert column.missing_codes == ("unknown",)
    assert "text that holds dates" in schema.notes[0]
    x = schema.encode(df)
    pd.testing.assert_frame_equal(schema.decode(x), df)
    there = ~np.isnan(x[:, 1])
    real = pd.to_datetime(df["t"][there], format=form, utc=True).astype("int64")
    assert np.corrcoef(x[there, 1], real)[0, 1] > 1 - 1e-9
    data = model_file.to_data(schema)
    assert model_file.to_data(model_file.from_data(data, STORED)) == data


@pytest.mark.parametrize("make", [pa.table, pl.DataFrame, pd.DataFrame])
def test_every_library_gets_its_text_back(make):
    table = make({"t": TIMES.strftime("%d/%m/%Y").tolist()})
    schema = Schema.infer(table)
    assert schema.kinds == {"t": "datetime"}
    assert schema.decode(schema.encode(table)).equals(table)


def test_a_drawn_date_follows_its_cause_and_is_written_and_given_in_its_form(tmp_path):
    df = pd.DataFrame({"t": TIMES.strftime("%d/%m/%Y"), "y": DAY + RNG.normal(0, 5, N)})
    model = cs.fit(df, copula="gaussian", rng=1)
    drawn = model.sample(500, rng=2)
    days = pd.to_datetime(drawn["t"], format="%d/%m/%Y").astype("int64")
    assert days.corr(drawn["y"]) > 0.95
    assert model.sample(3, given={"t": "05/06/2023"}, rng=1)["t"].unique().tolist() == [
        "05/06/2023"
    ]
    model.write(tmp_path / "rows.csv", 500, rng=2)
    assert pd.read_csv(tmp_path / "rows.csv", dtype=str)["t"].tolist() == drawn["t"].tolist()
    scores = cs.evaluate(df, drawn, metrics=["ks"], rng=1).table
    assert np.isfinite(scores["value"]).all()


def test_a_form_can_be_declared_where_two_fit():
    texts = [f"0{1 + i % 9}/0{1 + i // 9}/2020" for i in range(40)]
    df = pd.DataFrame({"t": texts})
    assert Schema.infer(df).column("t").writing == "%d/%m/%Y"
    assert "'%m/%d/%Y' fits as well" in Schema.infer(df).notes[0]
    declared = Schema.infer(df, formats={"t": "%m/%d/%Y"})
    assert Schema.infer(df, kinds={"t": "datetime %m/%d/%Y"}).column("t").writing == "%m/%d/%Y"
    assert declared.column("t").writing == "%m/%d/%Y"
    assert Schema.infer(df, kinds={"t": "datetime"}).column("t").kind == "datetime"
    assert Schema.infer(df, kinds={"t": "nominal"}).column("t").kind == "nominal"
    pd.testing.assert_frame_equal(declared.decode(declared.encode(df)), df)


def test_a_schema_file_keeps_the_form_and_can_make_levels_of_dates(tmp_path):
    df = pd.DataFrame({"t": TIMES.strftime("%Y-%m-%d")})
    path = tmp_path / "schema.toml"
    Schema.infer(df).to_file(path)
    assert Schema.from_file(path).column("t").writing == "%Y-%m-%d"
    text = path.read_text(encoding="utf-8").replace('kind = "datetime"', 'kind = "nominal"')
    path.write_text(text, encoding="utf-8")
    schema = Schema.from_file(path).complete(df)
    assert schema.column("t").kind == "nominal"
    pd.testing.assert_frame_equal(schema.decode(schema.encode(df)), df)


@pytest.mark.parametrize(
    "texts",
    [
        ["12-2020", "01-2021"],
        ["2020-13-01", "2020-02-30"],
        ["1.5", "2.5"],
        ["31/12/2020", "a", "b"],
    ],
)
def test_what_is_no_date_stays_what_it_is(texts):
    assert Schema.infer(pd.DataFrame({"x": texts})).kinds["x"] != "datetime"


def test_text_that_is_no_date_cannot_be_declared_one():
    with pytest.raises(
        SchemaError, match=r"column 'x'.*no|not written as dates.*formats={'x': '%d/%m/%Y'}"
    ):
        Schema.infer(pd.DataFrame({"x": list("abcdef")}), kinds={"x": "datetime"})


def test_new_text_that_is_no_date_is_refused():
    schema = Schema.infer(pd.DataFrame({"t": TIMES.strftime("%Y-%m-%d")}))
    with pytest.raises(DataError, match=r"'soon' \(first at row 1\) is neither a date"):
        schema.encode(pd.DataFrame({"t": ["2022-02-03", "soon"]}))


@pytest.mark.parametrize(("form", "unit"), [("%d/%m/%y", "D"), ("%Y-%m-%d %H:%M:%S", "us")])
def test_whatever_is_drawn_can_be_written_in_the_form(form, unit):
    texts = TIMES.strftime(form + (".%f" if unit == "us" else ""))
    schema = Schema.infer(pd.DataFrame({"t": texts}))
    wild = schema.decode(np.array([[-1e300], [0.0], [1e300]]))["t"]
    column = schema.column("t")
    counts, known = count_levels(column, wild.tolist())
    low, high = writing_of(column).limits
    assert known.all()
    assert low <= counts[0] < counts[1] < counts[2] <= high


def test_digits_alone_are_dates_only_if_several_and_all_days(tmp_path):
    days = [f"{t:%Y%m%d}" for t in TIMES[:60]]
    assert Schema.infer(pd.DataFrame({"d": days})).column("d").writing == "%Y%m%d"
    for others in (
        [*days[:55], "20211331", "20210230", "20219999", "20210000", "20211132"],  # no days
        ["19991231", "20200101"] * 30,  # two codes
        [f"{1800 + i}0101" for i in range(60)],  # years of nobody here
    ):
        assert Schema.infer(pd.DataFrame({"d": others})).column("d").storage == "text"
    path = tmp_path / "t.csv"
    path.write_text("day,n\n" + "".join(f"{d},{20210101 + k}\n" for k, d in enumerate(days)))
    with pytest.warns(FitWarning, match=r"whole numbers that are days.*kept as text: \['day'\]$"):
        table = cs.read(path)
    assert [str(f.type) for f in table.schema] == ["string", "int64"]
    drawn = cs.fit(table, copula="independence", rng=1).sample(200, rng=1)["day"].to_pylist()
    assert pd.to_datetime(pd.Series(drawn), format="%Y%m%d").between("2021", "2025").all()
