"""A Dask table of a model is its sample, whoever computes it."""

import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.errors import DataError
from copulasynth.rows.blocks import BLOCK

pytest.importorskip("dask.dataframe")


@pytest.fixture(scope="module")
def model():
    table = cs.datasets.simulate_telecom(300, rng=1)
    few = table[["signup_date", "tenure_months", "plan", "age", "income", "roaming_min", "churn"]]
    return cs.fit(few, copula="gaussian", marginals="spline", rng=1)


def test_partitions_are_blocks_and_together_the_sample(model):
    n = BLOCK + 50
    frame = model.to_dask(n, rng=3)
    assert frame.npartitions == 2
    expected = model.sample(n, rng=3)
    for _ in range(2):
        drawn = frame.compute(scheduler="threads")
        # Dask may hold text in another string type
        pd.testing.assert_frame_equal(drawn.astype(expected.dtypes), expected)


def test_no_rows_are_an_empty_table(model):
    assert len(model.to_dask(0, rng=1).compute()) == 0


def test_a_model_of_another_library_is_refused(model):
    polars = pytest.importorskip("polars")
    table = polars.DataFrame({"x": [float(i % 7) for i in range(50)]})
    with pytest.raises(DataError, match="fitted to a polars table"):
        cs.fit(table, copula="gaussian", rng=1).to_dask(10)
