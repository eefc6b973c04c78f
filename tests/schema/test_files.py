"""A person edits the schema file; what cannot be is refused by name."""

import numpy as np
import pandas as pd
import pytest

from copulasynth import model_file
from copulasynth.errors import OutputError, SchemaError
from copulasynth.schema import Schema

TABLE = pd.DataFrame(
    {
        "region": [3, 1, 3, 2, 1, 3],
        "grade": ["low", "high", "mid", "low", "high", "mid"],
        "income": [100.0, 250.5, -8.0, 80.25, 90.0, np.nan],
        "joined": pd.to_datetime(["2020-01-01", "2020-01-09", "2021-01-01"] * 2),
        'note "x"\n\t': ["é\u0001", "b", "b", "b", "'''", "#"],
    }
)


@pytest.fixture
def edited(tmp_path):
    """Return a function that writes the schema, replaces texts in the file and reads it."""

    def edit(*changes, schema=None):
        path = tmp_path / "schema.toml"
        (schema or Schema.infer(TABLE)).to_file(path)
        text = path.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path.write_text(text, encoding="utf-8")
        return Schema.from_file(path)

    return edit


def test_an_unchanged_file_gives_the_same_schema(edited):
    assert model_file.to_data(edited()) == model_file.to_data(Schema.infer(TABLE))


def test_the_order_of_nominal_codes_is_kept_by_name(edited):
    schema = Schema.infer(TABLE).with_order({1: (2, 0, 1)})
    assert edited(schema=schema).column("grade").order == (2, 0, 1)


def test_a_kind_can_be_changed_and_levels_are_learned(edited):
    schema = edited(('kind = "integer"', 'kind = "nominal"')).complete(TABLE)
    assert schema.column("region").levels == (1, 2, 3)
    assert schema.variables[0].kind == "nominal"


def test_levels_can_be_put_in_order(edited):
    schema = edited(
        ('kind = "nominal"', 'kind = "ordinal"'),
        ('["high", "low", "mid"]', '["low", "mid", "high"]'),
    )
    assert schema.encode(TABLE)[:3, 1].tolist() == [0, 2, 1]


def test_bounds_decimals_and_missing_codes_can_be_changed(edited):
    schema = edited(
        (
            "decimals = 2\nmultiple = 25",
            "decimals = 1\nlower = 0\nupper = 1e6\nmissing_codes = [-8.0]",
        )
    )
    state, income = schema.variables[2:4]
    assert (state.kind, state.levels) == ("state", 3)
    assert (income.step, income.lower, income.upper) == (0.1, 0.0, 1e6)
    assert schema.encode(TABLE)[2, 2] == 2


def test_a_bound_of_a_time_can_be_written_as_a_date(edited):
    schema = edited(('kind = "datetime"', 'lower = 2019-12-31\nkind = "datetime"'))
    assert schema.variables[4].lower == -1.0  # one day before the first one


def test_a_column_can_be_dropped(edited):
    schema = edited(('kind = "datetime"', 'kind = "drop"'))
    assert "joined" not in schema.decode(schema.encode(TABLE.drop(columns="joined")))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('kind = "integer"', 'kind = "number"', r"column 'region'.*use one of.*nominal"),
        ('kind = "datetime"', 'kind = "boolean"', r"column 'joined': kind 'boolean' does not fit"),
        (
            '["high", "low", "mid"]',
            '["high", "low", "low"]',
            "column 'grade': level 'low' is listed",
        ),
        ('["high", "low", "mid"]', '["high", 7, "mid"]', "column 'grade': level 7 does not fit"),
        ("decimals = 2", 'decimals = "two"', "column 'income'.*decimals"),
        ("decimals = 2", "decimals = 99", "column 'income': decimals must lie"),
        ("decimals = 2", "lower = 3\nupper = 2", "column 'income': lower = 3 lies above"),
        ("decimals = 2", "colour = 2", "column 'income': unknown entries .*colour"),
        ('kind = "datetime"', 'kind = "constant"', "column 'joined': a constant needs a value"),
        ('name = "joined"', 'name = "grade"', "lists column 'grade' twice"),
        ('name = "joined"', "", "column number 4: 'name' is missing"),
        ("version = 1", "version = 2", "another version"),
        ('format = "copulasynth-schema"', "", "no schema file"),
        ('library = "pandas"', 'library = "spark"', "library"),
        ("[[column]]", "[[column", "not valid TOML"),
    ],
)
def test_a_bad_edit_is_refused_by_name(edited, old, new, message):
    with pytest.raises(SchemaError, match=message):
        edited((old, new))


def test_a_file_that_is_not_there_is_a_schema_error(tmp_path):
    with pytest.raises(SchemaError, match="cannot read"):
        Schema.from_file(tmp_path / "none.toml")


def test_a_place_that_cannot_be_written_is_an_output_error(tmp_path):
    with pytest.raises(OutputError, match="cannot write"):
        Schema.infer(TABLE).to_file(tmp_path / "no" / "schema.toml")


def test_the_file_teaches_what_may_be_changed(tmp_path):
    path = tmp_path / "schema.toml"
    Schema.infer(TABLE).to_file(path)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# Schema of a table")
    assert 'kind = "integer" # or continuous, ordinal, nominal' in text
