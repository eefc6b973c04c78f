"""Numbers that a table keeps as text are modelled as numbers and come back as text."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import copulasynth as cs
from copulasynth import model_file
from copulasynth.errors import DataError, SchemaError
from copulasynth.schema import Schema
from copulasynth.synthesizers.stored import STORED

NUMBERS = np.round(np.random.default_rng(0).gamma(2, 50, 200), 2)
SHORTEST = [np.format_float_positional(v, trim="-") for v in NUMBERS]
FIXED = [f"{v - 100:.2f}" for v in NUMBERS]
POINT = [str(float(v)) for v in NUMBERS]
WHOLE = [str(int(v * 100)) for v in NUMBERS]


@pytest.mark.parametrize(
    ("texts", "form"),
    [
        (SHORTEST, "0.##"),
        (FIXED, "0.00"),
        ([*POINT, "20.0"], "0.0#"),
        ([*WHOLE, *WHOLE], "0"),
        ([f"{v:.15f}" for v in NUMBERS / 3], "0.000000000000000"),
    ],
)
def test_each_form_is_told(texts, form):
    column = Schema.infer(pd.DataFrame({"x": [*texts, "N"]})).column("x")
    assert (column.writing, column.missing_codes) == (form, ("N",))


@pytest.mark.parametrize("texts", [["007", "01", "02", "03"], ["1e3", "2e5", "1e9", "x"]])
def test_texts_that_numbers_would_not_give_back_are_no_numbers(texts):
    assert Schema.infer(pd.DataFrame({"x": texts})).kinds["x"] == "nominal"


@pytest.mark.parametrize(
    "dtype", [object, "string[python]", pd.StringDtype("pyarrow", na_value=np.nan)]
)
@pytest.mark.parametrize("texts", [SHORTEST, FIXED, [*POINT[:-1], "20.0"], WHOLE])
def test_numbers_as_text_come_back_exactly(texts, dtype):
    df = pd.DataFrame({"x": pd.Series([*texts, " ", None, "N", *texts], dtype=dtype)})
    schema = Schema.infer(df)
    state, value = schema.variables
    assert (state.levels, value.kind) == (4, "continuous")
    assert "text that holds numbers" in schema.notes[0]
    assert "Texts among them stay as they are: 2 of few rows." in schema.notes[0]
    pd.testing.assert_frame_equal(schema.decode(schema.encode(df)), df)
    assert model_file.to_data(
        model_file.from_data(model_file.to_data(schema), STORED)
    ) == model_file.to_data(schema)


def test_texts_beside_numbers_are_named_unless_few_rows_have_them():
    few = [*map(str, range(200, 240)), "01067", "01067", *["k.A."] * 12]
    note = Schema.infer(pd.DataFrame({"x": few}), kinds={"x": "integer"}).notes[0]
    assert "stay as they are: 'k.A.', 1 of few rows. If numbers with zeros" in note
    assert "01067" not in note


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_arrow_and_polars_text_of_numbers_comes_back_exactly(kind):
    table = pa.table({"x": pa.array([*SHORTEST, None, "N"]).cast(kind)})
    schema = Schema.infer(table)
    assert schema.columns[0].kind == "continuous"
    assert schema.decode(schema.encode(table)).equals(table)
    df = pl.from_arrow(table)
    schema = Schema.infer(df)
    assert schema.decode(schema.encode(df)).equals(df)


def test_few_or_often_repeated_numbers_stay_levels_unless_declared():
    df = pd.DataFrame({"code": [str(1000 + k) for k in range(30)] * 20})
    assert Schema.infer(df).columns[0].kind == "nominal"
    schema = Schema.infer(df, kinds={"code": "integer"})
    assert schema.variables[0].levels == 0
    pd.testing.assert_frame_equal(schema.decode(schema.encode(df)), df)


def test_numbers_as_text_can_be_declared_nominal_in_code_and_in_the_file(tmp_path):
    df = pd.DataFrame({"x": [*SHORTEST, "N"]})
    assert len(Schema.infer(df, kinds={"x": "nominal"}).column("x").levels) == df["x"].nunique()
    path = tmp_path / "schema.toml"
    Schema.infer(df).to_file(path)
    text = path.read_text(encoding="utf-8").replace('kind = "continuous"', 'kind = "nominal"')
    path.write_text(text, encoding="utf-8")
    schema = Schema.from_file(path).complete(df)
    pd.testing.assert_frame_equal(schema.decode(schema.encode(df)), df)


def test_new_text_that_is_no_number_is_refused_or_taken_for_missing():
    schema = Schema.infer(pd.DataFrame({"x": [*SHORTEST, None]}))
    odd = pd.DataFrame({"x": ["1.5", "many"]})
    with pytest.raises(DataError, match=r"'many' \(first at row 1\)"):
        schema.encode(odd)
    assert schema.encode(odd, unseen="missing")[:, 0].tolist() == [0, 1]


def test_text_without_numbers_cannot_be_declared_a_number():
    with pytest.raises(SchemaError, match="not written as plain numbers"):
        Schema.infer(pd.DataFrame({"x": ["a", "b"]}), kinds={"x": "continuous"})


def test_a_missing_code_that_reads_as_a_number_is_no_number():
    df = pd.DataFrame({"x": [str(v) for v in range(40)] + ["-8"]})
    schema = Schema.infer(df, kinds={"x": "integer"}, missing_codes={"x": ["-8"]})
    found = schema.encode(df)
    assert found[-1, 0] == 2
    assert np.isnan(found[-1, 1])
    pd.testing.assert_frame_equal(schema.decode(found), df)


def test_odd_texts_of_single_rows_are_missing_and_those_of_more_are_drawn_as_often(tmp_path):
    said = "refused, HIV+ Dr Mueller"
    rng = np.random.default_rng(3)
    texts = [f"{v:.2f}" for v in rng.gamma(2, 50, 1000)] + [said, *["later"] * 20, "n/a"]
    df = pd.DataFrame({"x": texts, "y": rng.normal(size=len(texts))})
    model = cs.fit(df, copula="independence", rng=1)
    column = model.schema.column("x")
    assert (column.missing_codes, column.stray, column.gaps) == (("later", "n/a"), True, True)
    assert "1 text of a single row" in model.schema.notes[0]
    model.save(tmp_path / "model.json")
    assert said not in (tmp_path / "model.json").read_text(encoding="utf-8")
    drawn = cs.load(tmp_path / "model.json").sample(20_000, rng=1)["x"]
    for text, held in {"later": 20, "n/a": 1}.items():
        expected = 20_000 * held / len(texts)
        assert abs((drawn == text).sum() - expected) <= 5 * expected**0.5
    assert abs(drawn.isna().sum() - 20) <= 23
    kept = Schema.infer(df, missing_codes={"x": [said, "later"]}).column("x")
    assert said in kept.missing_codes
    assert not kept.stray
    model.schema.to_file(tmp_path / "schema.toml")
    assert Schema.from_file(tmp_path / "schema.toml").column("x").stray
    judged = cs.evaluate(df, model.sample(500, rng=2), metrics=["spearman"], rng=1)
    assert not any("not run" in note for note in judged.notes)  # both are numbers to the judge


@pytest.mark.parametrize("mark", ["NA", "-", "n/a", "."])
def test_numbers_that_most_rows_lack_are_numbers(mark):
    """As levels they would be the values of single rows, given away as they are."""
    texts = [*(f"{v:.12f}" for v in NUMBERS[:40] / 7), *[mark] * 160]
    column = Schema.infer(pd.DataFrame({"x": texts})).column("x")
    assert (column.kind, column.missing_codes) == ("continuous", (mark,))
    # so are they if it is a word that says something, unless they are few
    words = pd.DataFrame({"x": [*texts[:40], *["free"] * 160], "y": [*texts[:10], *["free"] * 190]})
    schema = Schema.infer(words)
    assert schema.kinds == {"x": "continuous", "y": "nominal"}


WORDS = ["lost", "too low", "refused", "see notes", "broken"]


def test_words_among_numbers_are_told_of_and_a_declared_kind_takes_them_for_missing():
    """More words than a few may say something; whose they are is for a person to say."""
    texts = [*(f"{v:.2f}" for v in NUMBERS), *WORDS * 8]
    table = pd.DataFrame({"x": texts})
    schema = Schema.infer(table)
    assert schema.column("x").kind == "nominal"
    (note,) = schema.notes
    assert "different texts are numbers" in note
    assert "--kind x=continuous" in note
    assert not any(word in note for word in WORDS)
    said = Schema.infer(table, kinds={"x": "continuous"}).column("x")
    assert (said.kind, said.writing) == ("continuous", "0.00")
    assert sorted(said.missing_codes) == sorted(WORDS)
    # what has digits in another form is no word: half of the dates would be lost
    dates = pd.DataFrame({"d": [f"{1 + i % 28:02d}.03.2020" for i in range(40)] + ["2020-03-01"] * 5
                         + [f"2021-{1 + i:02d}-01" for i in range(9)]})  # fmt: skip
    with pytest.raises(SchemaError, match="not written as dates of one form"):
        Schema.infer(dates, kinds={"d": "datetime"})
    with pytest.raises(SchemaError, match="is declared continuous but holds text"):
        Schema.infer(pd.DataFrame({"w": WORDS * 9}), kinds={"w": "continuous"})
