"""Codes that look like numbers are nominal; measures, whatever their digits, stay numbers."""

import numpy as np
import pandas as pd
import pytest

from copulasynth.schema import Schema


def postal(seed, n=3000, k=60, digits=5):
    """Return codes that decide on two columns, and in whose order there is nothing."""
    rng = np.random.default_rng(seed)
    codes = np.sort(rng.choice(np.arange(10 ** (digits - 1), 10**digits), k, replace=False))
    at = rng.integers(k, size=n)
    level, region = rng.normal(size=k), rng.integers(4, size=k)
    return pd.DataFrame(
        {
            "postcode": codes[at],
            "price": np.round(1000 * np.exp(level[at] + 0.5 * rng.normal(size=n)), 2),
            "region": np.array(list("NESW"))[region[at]],
            "age": rng.integers(18, 90, n),
        }
    )


def kind(df, name="postcode"):
    return Schema.infer(df).kinds[name]


def test_postal_codes_are_nominal_and_it_is_said():
    schemas = [Schema.infer(postal(seed)) for seed in range(20)]
    found = [schema for schema in schemas if schema.kinds["postcode"] == "nominal"]
    # a silent order is heard with a chance of .05 at most; four times or more in twenty with .02
    assert len(found) >= 17
    for schema in found:
        (note,) = schema.notes
        assert "'postcode'" in note
        assert "taken for codes" in note
        assert "kinds={'postcode': 'integer'}" in note
    assert all(not schema.notes for schema in schemas if schema not in found)


@pytest.mark.parametrize("digits", [4, 5, 6, 8])
def test_codes_of_other_lengths_with_gaps_are_nominal(digits):
    df = postal(3, digits=digits)
    df["postcode"] = df["postcode"].astype("float64").mask(np.arange(len(df)) % 50 == 0)
    assert kind(df) == "nominal"


def test_codes_whose_order_matters_stay_numbers():
    df = postal(1)
    code = df["postcode"].to_numpy()
    rng = np.random.default_rng(1)
    trend = df.assign(latitude=code / 1000 + rng.normal(0, 20, len(df)))
    wave = df.assign(latitude=np.sin(code / 9000) + rng.normal(0, 0.3, len(df)))
    class_ = df.assign(area=np.where((code > 40_000) & (code < 60_000), "in", "out"))
    assert [kind(d) for d in (trend, wave, class_)] == ["integer"] * 3


def test_what_is_declared_stays_as_it_is_declared():
    schema = Schema.infer(postal(0), kinds={"postcode": "integer"})
    assert schema.kinds["postcode"] == "integer"
    assert schema.notes == ()


def test_codes_without_another_column_stay_numbers():
    assert kind(postal(0)[["postcode"]]) == "integer"


def measures(seed, n):
    """Return independent whole-number measures of many makes."""
    rng = np.random.default_rng(seed)
    day = pd.Timestamp("2021-01-04") + pd.to_timedelta(7 * rng.integers(150, size=n), unit="D")
    pay = np.sort(rng.choice(np.arange(1000, 9999), 40, replace=False))
    return pd.DataFrame(
        {
            "year": rng.integers(1950, 2024, n),
            "sparse year": 1904 + 3 * rng.integers(0, 40, n),
            "month": 100 * rng.integers(2015, 2024, n) + rng.integers(1, 13, n),
            "week": day.strftime("%Y%m%d").astype(int),
            "count": rng.poisson(5000, n),
            "few counts": rng.poisson(40, n),
            "price": rng.integers(1000, 9999, n),
            "list price": 100 * rng.integers(10, 99, n) + 99,
            "rent": 50 * rng.integers(20, 199, n),
            "income": np.round(np.exp(rng.normal(10.5, 0.3, n))).astype(int),
            "id": np.arange(10_000, 10_000 + n),
            "wide": rng.integers(10**6, 10**7, n),
            "salary": pay[rng.integers(40, size=n)],
            "raised": pay[rng.integers(40, size=n)] + 0.5,
        }
    )


@pytest.mark.parametrize("n", [300, 2000, 20_000])
@pytest.mark.parametrize("seed", range(8))
def test_measures_of_plain_tables_stay_numbers(seed, n):
    df = measures(seed, n).drop(columns=["salary", "raised"])
    assert "nominal" not in Schema.infer(df).kinds.values()


@pytest.mark.parametrize("seed", range(8))
def test_a_pay_scale_that_says_something_stays_a_number(seed):
    df = measures(seed, 2000)
    rng = np.random.default_rng(seed)
    df["age"] = np.round(20 + df["salary"] / 400 + rng.normal(0, 8, len(df)))
    assert kind(df, "salary") == "integer"


@pytest.mark.shared
@pytest.mark.parametrize("name", ["adult", "credit_default", "diamonds", "acs_ma2019", "SD2011"])
def test_no_measure_of_real_tables_is_taken_for_codes(shared, name):
    schema = Schema.infer(pd.read_csv(shared(f"data/{name}.csv.gz"), low_memory=False))
    assert [note for note in schema.notes if "taken for codes" in note] == []
