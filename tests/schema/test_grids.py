"""Values on coarse grids: tens, hundreds, fives, quarters."""

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth._arrays import on_grid
from copulasynth.errors import SchemaError
from copulasynth.schema import Schema
from copulasynth.schema.grid import multiple_of

RNG = np.random.default_rng(0)
HUNDREDS = np.rint(RNG.lognormal(10.0, 0.5, 400) / 100) * 100
COLUMNS = {
    "hundreds": (HUNDREDS, 100.0),
    "hundreds as integers": (HUNDREDS.astype(np.int64), 100.0),
    "thousands with gaps": (np.where(RNG.random(400) < 0.1, np.nan, HUNDREDS * 10), 1000.0),
    "fives": (RNG.integers(0, 200, 400) * 5, 5.0),
    "quarters": (RNG.integers(0, 200, 400) * 0.25, 0.25),
    "twentieths": (RNG.integers(0, 200, 400) * 0.05, 0.05),
    "float32": ((RNG.integers(0, 200, 400) * 2.5).astype(np.float32), 2.5),
    "nullable": (pd.array(RNG.integers(0, 200, 400) * 10, dtype="Int32"), 10.0),
    "text": ([f"{20 * k + 10:.1f}" for k in RNG.integers(0, 300, 400)], 10.0),
    "no grid": (RNG.integers(0, 2000, 400), 1.0),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_synthetic_values_lie_on_the_grid_of_the_column(name):
    values, step = COLUMNS[name]
    df = pd.DataFrame({"x": values})
    model = cs.fit(df, copula="gaussian", rng=1)
    assert model.schema.variables[-1].step == step
    drawn = model.sample(5000, rng=1)
    assert drawn["x"].dtype == df["x"].dtype
    x = drawn["x"].dropna().astype(float).to_numpy()
    np.testing.assert_allclose(x / step, np.rint(x / step), atol=1e-5)
    assert len(np.unique(x)) > 50


@pytest.mark.parametrize("name", COLUMNS)
def test_the_grid_survives_a_schema_file_and_a_round_trip(name, tmp_path):
    df = pd.DataFrame({"x": COLUMNS[name][0]})
    schema = Schema.infer(df)
    schema.to_file(tmp_path / "schema.toml")
    again = Schema.from_file(tmp_path / "schema.toml")
    assert again.column("x").multiple == schema.column("x").multiple
    pd.testing.assert_frame_equal(again.decode(again.encode(df)), df)


def test_a_few_round_numbers_are_no_grid():
    assert multiple_of(np.array([0, 5, 10, 20])) == 1
    assert multiple_of(np.array([])) == 1
    assert multiple_of(np.arange(0, 40, 2)) == 1
    assert multiple_of(np.arange(0, 80, 2)) == 2


def test_income_of_the_simulated_customers_is_in_hundreds():
    df = cs.datasets.simulate_telecom(1000, rng=1)
    drawn = cs.fit(df, copula="independence", rng=1).sample(1000, rng=1)
    assert (drawn["income"].dropna() % 100 == 0).all()


@pytest.mark.parametrize("multiple", [0, -5, 10**16])
def test_a_multiple_that_makes_no_sense_is_refused(multiple):
    schema = Schema.infer(pd.DataFrame({"x": [1, 5, 3]}))
    with pytest.raises(SchemaError, match="'x': multiple must lie"):
        schema.with_column("x", multiple=multiple)


def test_multiples_of_decimals_are_the_numbers_that_these_are_read_as():
    for step, tens in ((0.56, 100), (0.06, 100), (1.75, 100), (0.0375, 10_000), (2.5, 10)):
        values = np.arange(3000) * round(step * tens) / tens
        np.testing.assert_array_equal(on_grid(values + 0.3 * step, step), values)
        np.testing.assert_array_equal(on_grid(-values, step), 0.0 - values)


def test_levels_keep_their_shares_beside_what_follows_from_a_number_of_their_own():
    # base, age band and discount decide of a premium, which is no multiple of 0.56 in binary
    rng = np.random.default_rng(32)
    band, discount = rng.choice(4, 1500), rng.choice(7, 1500, p=[0.14, *[0.1] * 5, 0.36])
    base = rng.choice([400, 550, 800], 1500)
    premium = (base * np.array([1.8, 1.2, 1.0, 1.1])[band] * (1 - discount / 10)).round(2)
    df = pd.DataFrame({"base": base, "band": np.array([*"abcd"])[band], "disc": 10 * discount})
    df = df.assign(premium=premium, tax=(0.12 * premium).round(2))
    df["gross"] = (premium + df["tax"]).round(2)
    model = cs.fit(df, copula="independence", rng=1)
    drawn = model.sample(8000, rng=7)
    written = [rule.words for rule in model.schema.rules if rule.kind == "identity"]
    assert written == ["tax = 0.12 * premium", "gross = 1.12 * premium"]
    np.testing.assert_allclose(drawn["gross"], 1.12 * drawn["premium"], atol=0.0051)
    for name in ("base", "band", "disc"):
        real, made = (d[name].value_counts(normalize=True) for d in (df, drawn))
        assert (real - made).abs().max() < 0.03
