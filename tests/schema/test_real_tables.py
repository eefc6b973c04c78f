"""Real tables go through the schema and come back exactly."""

import pandas as pd
import pytest

from copulasynth import model_file
from copulasynth.schema import Schema

pytestmark = pytest.mark.shared

EMPTY_ONLY = {"keep_default_na": False, "na_values": [""]}
TABLES = {
    "SD2011": ({}, {"income": "integer", "sex": "nominal", "bmi": "continuous"}),
    "acs_ma2019": (EMPTY_ONLY, {"AGEP": "integer", "DENSITY": "continuous"}),
    "adult": (EMPTY_ONLY, {"capital_gain": "integer", "education": "nominal"}),
    "credit_default": (EMPTY_ONLY, {"ID": "identifier", "PAY_0": "integer"}),
    "diamonds": (EMPTY_ONLY, {"carat": "continuous", "cut": "nominal", "price": "integer"}),
    "ibm_telco": (EMPTY_ONLY, {"customerID": "identifier", "MonthlyCharges": "continuous"}),
    "iranian_churn": (EMPTY_ONLY, {"Seconds of Use": "integer", "Churn": "integer"}),
    "mlc_churn": (EMPTY_ONLY, {"total_day_minutes": "continuous", "state": "nominal"}),
    "vehicle_xsell_30pct": (EMPTY_ONLY, {"id": "identifier", "Annual_Premium": "integer"}),
}


@pytest.fixture(scope="module", params=TABLES)
def case(request, shared):
    """Return a table's name, rows and schema."""
    options, _ = TABLES[request.param]
    df = pd.read_csv(shared(f"data/{request.param}.csv.gz"), low_memory=False, **options)
    return request.param, df, Schema.infer(df)


def test_a_real_table_comes_back_exactly(case):
    _, df, schema = case
    back = schema.decode(schema.encode(df))
    keep = [name for name, kind in schema.kinds.items() if kind != "identifier"]
    assert list(back.columns) == list(df.columns)
    pd.testing.assert_frame_equal(back[keep], df[keep], check_exact=True)


def test_kinds_are_those_that_a_person_would_say(case):
    name, _, schema = case
    _, expected = TABLES[name]
    assert expected.items() <= schema.kinds.items()


def test_the_file_of_a_real_table_comes_back_exactly(case, tmp_path):
    _, _, schema = case
    schema.to_file(tmp_path / "schema.toml")
    found = Schema.from_file(tmp_path / "schema.toml")
    assert model_file.to_data(found) == model_file.to_data(schema)


def test_codes_for_another_kind_of_missing_survive(shared):
    df = pd.read_csv(shared("data/SD2011.csv.gz"))
    schema = Schema.infer(df, missing_codes={"income": [-8]})
    state = next(v for v in schema.variables if v.name == "income [state]")
    value = next(v for v in schema.variables if v.name == "income")
    assert (state.levels, value.lower) == (3, 0.0)
    back = schema.decode(schema.encode(df))["income"]
    assert (back == -8).sum() == (df["income"] == -8).sum() > 0
    pd.testing.assert_series_equal(back, df["income"])
