"""No column is passed unseen: what cannot be compared is refused, fails, or is noted."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import copulasynth as cs
from copulasynth import privacy
from copulasynth.errors import DataError

N = 300


def rows(seed):
    g = np.random.default_rng(seed)
    return pd.DataFrame(
        {"x": g.normal(size=N), "y": g.normal(size=N), "group": g.choice(list("uv"), N)}
    )


TRAIN, HELD, MADE = rows(1), rows(2), rows(3)


def first_step(made, train=TRAIN, held=None):
    policy = privacy.Policy(attacks=20)
    return privacy.gate(train, made, holdout=held, policy=policy, rng=1).steps[0]


@pytest.mark.parametrize("make", [lambda t: t, pa.Table.from_pandas])
def test_two_columns_of_one_name_are_refused_and_named(make):
    twice = pd.concat([MADE, TRAIN[["y"]]], axis=1)
    made = pa.table(
        list(pa.Table.from_pandas(MADE).columns) * 2, names=["x", "y", "z", "y", "a", "b"]
    )
    with pytest.raises(DataError, match="synthetic table has several columns named 'y'"):
        first_step(made if make is pa.Table.from_pandas else twice)


def test_a_name_that_looks_like_a_repeated_one_is_a_name():
    named = [table.rename(columns={"y": "x#2"}) for table in (TRAIN, MADE)]
    assert first_step(named[1], named[0]).verdict == "pass"


CELLS = {
    "list": [1, 2],
    "dict": {"a": 1},
    "set": {1},
    "ndarray": np.zeros(2),
    "object": object(),
    "bytes": b"u",
    "complex": 1j,
}


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("column", ["x", "group", "new"])
def test_cells_that_are_no_values_are_refused_and_named(kind, column):
    made = MADE.assign(**{column: pd.Series([CELLS[kind]] * N, dtype=object)})
    with pytest.raises(DataError, match=f"column '{column}' of the synthetic table .* {kind}"):
        first_step(made)


def test_one_odd_cell_is_enough():
    made = MADE.assign(group=pd.Series([*MADE.group[1:], ["u"]], dtype=object))
    with pytest.raises(DataError, match=r"'group' .* list"):
        first_step(made)


def test_cells_of_polars_arrow_and_complex_arrays_are_refused_too():
    lists = pl.from_pandas(MADE).with_columns(x=pl.concat_list("x", "y"))
    structs = pl.from_pandas(MADE).with_columns(x=pl.struct("x", "y")).to_arrow()
    for made in (lists, structs, MADE.assign(x=MADE.x + 1j)):
        with pytest.raises(DataError, match="'x' of the synthetic table"):
            first_step(made)


@pytest.mark.parametrize("role", ["training", "holdout"])
def test_odd_cells_of_the_other_tables_are_refused(role):
    odd = TRAIN.assign(x=[[1]] * N)
    with pytest.raises(DataError, match=f"'x' of the {role} table"):
        first_step(MADE, *((odd, None) if role == "training" else (TRAIN, odd)))


@pytest.mark.parametrize("value", [np.nan, None, np.inf, -np.inf])
def test_a_column_without_values_is_noted_on_the_line(value):
    step = first_step(MADE.assign(x=value))
    assert step.verdict == "pass"
    assert "columns without values in the synthetic table 1: x" in step.reason


def test_infinite_values_are_noted_on_the_line():
    step = first_step(MADE.assign(x=MADE.x.mask(MADE.x > 1, np.inf)))
    assert "columns with infinite values 1: x" in step.reason
    assert "without values" not in step.reason


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_of_a_column_that_others_leave_empty_are_compared_with_nothing(value):
    step = first_step(MADE, TRAIN.assign(x=value))
    assert step.verdict == "fail"
    assert "without values in the training table 1, limit 0: x" in step.reason
    step = first_step(MADE, held=HELD.assign(x=value))
    assert step.verdict == "fail"
    assert "without values in the holdout 1, limit 0: x" in step.reason


def test_a_column_that_the_holdout_lacks_is_compared_with_nothing():
    step = first_step(MADE, held=HELD.drop(columns="x"))
    assert step.verdict == "fail"
    assert "that the holdout lacks 1, limit 0: x" in step.reason


def test_training_numbers_beside_one_text_are_not_taken_for_new_texts():
    made = TRAIN.assign(x=TRAIN.x.map("{:.12f}0".format))
    assert first_step(made).verdict == "pass"
    made.loc[0, "x"] = "?"
    step = first_step(made)
    assert step.verdict == "fail"
    assert "other kinds than in the training table 1, limit 0: x" in step.reason


def test_the_same_values_of_other_types_are_compared():
    day = pd.Timestamp("2024-01-01")
    days = [day + pd.to_timedelta(np.arange(N) % 90 + k, "D") for k in range(2)]
    train = TRAIN.assign(y=np.arange(N) % 7, day=days[0], group=TRAIN.group.astype("category"))
    made = MADE.assign(y=np.arange(N) % 7 + 0.0, day=days[1].strftime("%Y-%m-%d"))
    step = first_step(made, train)
    assert step.verdict == "pass"
    assert step.findings.measure.tolist() == [
        "columns that the training table lacks",
        "privacy unit is row",
    ]


def test_a_column_that_the_schema_drops_must_not_be_released():
    schema = cs.Schema.infer(TRAIN, kinds={"x": "drop"})
    policy = privacy.Policy(attacks=20)
    step = privacy.gate(TRAIN, MADE, holdout=None, policy=policy, schema=schema, rng=1).steps[0]
    assert step.verdict == "fail"
    assert "that the schema drops 1, limit 0: x" in step.reason
