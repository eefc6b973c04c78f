"""Treatments of tables: what few rows have is merged, cut off or filled, and each is recorded."""

import datetime as dt
import json
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import copulasynth as cs
from copulasynth import privacy
from copulasynth.errors import DataError
from copulasynth.privacy import treat
from copulasynth.schema import Schema

K = 10


def table(**columns):
    return pd.DataFrame(columns)


def times(counts):
    """Return each key as often as its number says."""
    return [value for value, count in counts.items() for _ in range(count)]


def steps(treated, column=None):
    record = treated.record
    return record if column is None else record[record.column == column]


def counts(values):
    return pd.Series(values).value_counts().to_dict()


def changed_cells(before, after):
    """Return how many cells of two tables differ, two missing values being equal."""
    total = 0
    for name in before.columns:
        a, b = before[name].astype(object), after[name].astype(object)
        same = (a == b).fillna(False).astype(bool) | (a.isna() & b.isna())
        total += int((~same).sum())
    return total


def test_texts_of_few_rows_become_other_where_together_they_have_enough():
    before = table(x=times({"a": 60, "b": 30, "c": 6, "d": 4}))
    treated = treat(before)
    assert counts(treated.table.x) == {"a": 60, "b": 30, "other": 10}
    (row,) = steps(treated).itertuples()
    assert (row.treatment, row.cells, row.rows) == ("levels", 10, 10)


def test_a_pool_of_too_few_rows_goes_to_the_most_frequent_level():
    treated = treat(table(x=times({"a": 60, "b": 30, "c": 6, "d": 3})))
    assert counts(treated.table.x) == {"a": 69, "b": 30}
    assert steps(treated).cells.tolist() == [9]


def test_the_pool_has_a_name_that_no_level_has():
    before = table(x=times({"Other": 60, "b": 30, "c": 6, "d": 4}))
    assert counts(treat(before).table.x) == {"Other": 60, "b": 30, "other levels": 10}


def test_a_level_in_order_goes_to_its_neighbour():
    order = pd.CategoricalDtype(["low", "mid", "high", "top"], ordered=True)
    before = table(x=pd.Series(times({"low": 3, "mid": 40, "high": 50, "top": 4}), dtype=order))
    treated = treat(before)
    assert counts(treated.table.x.astype(str)) == {"mid": 43, "high": 54}
    assert treated.table.x.cat.ordered
    assert treated.table.x.cat.categories.tolist() == ["mid", "high"]


def test_the_order_that_a_schema_says_counts():
    before = table(x=times({"a": 40, "b": 50, "c": 4}))
    inferred = Schema.infer(before, kinds={"x": "ordinal"})
    schema = inferred.with_column("x", order=(1, 0, 2))  # b, a, c
    assert counts(treat(before, schema=schema).table.x) == {"a": 44, "b": 50}


def test_a_categorical_does_not_list_what_no_row_has():
    kind = pd.CategoricalDtype(["a", "b", "secret"])
    treated = treat(table(x=pd.Series(times({"a": 40, "b": 50}), dtype=kind)))
    assert treated.table.x.cat.categories.tolist() == ["a", "b"]
    assert steps(treated).cells.tolist() == [0]


def test_a_rare_truth_value_makes_the_column_constant():
    treated = treat(table(x=times({True: 3, False: 97})))
    assert counts(treated.table.x) == {False: 100}
    assert treated.table.x.dtype == bool


def test_whole_numbers_of_few_values_are_folded_inwards():
    before = table(x=times({0: 50, 1: 30, 2: 12, 3: 7, 4: 3, 9: 1}))
    treated = treat(before)
    assert counts(treated.table.x) == {0: 50, 1: 30, 2: 12, 3: 11}
    assert steps(treated).done.tolist() == ["values above 3 became 3"]


def test_numbers_are_cut_off_at_round_bounds_that_enough_rows_reach():
    x = np.random.default_rng(1).lognormal(10, 1, 2000)
    treated = treat(table(x=x))
    low, high = treated.table.x.min(), treated.table.x.max()
    for bound, rows in ((low, treated.table.x == low), (high, treated.table.x == high)):
        assert rows.sum() >= K
        assert float(f"{bound:.2g}") == bound
    inside = (x > low) & (x < high)
    np.testing.assert_array_equal(treated.table.x[inside], x[inside])
    assert steps(treated).cells.sum() == (~inside).sum()


def test_zeros_that_many_share_are_a_natural_bound():
    x = np.concatenate([np.zeros(50), np.random.default_rng(1).exponential(100, 950)])
    assert "bottom code" not in steps(treat(table(x=x))).treatment.tolist()


def test_types_of_every_library_stay():
    g = np.random.default_rng(3)
    n = 300
    day = [dt.date(2020, 1, 1) + dt.timedelta(int(k)) for k in g.integers(0, 3000, n)]
    columns = {
        "small": pa.array(g.integers(0, 120, n), pa.int8()),
        "real": pa.array(g.normal(size=n), pa.float32()),
        "money": pa.array([Decimal(int(k)) / 100 for k in g.integers(0, 10**6, n)]),
        "day": pa.array(day),
        "stamp": pa.array([dt.datetime(2020, 1, 1) + dt.timedelta(minutes=int(k))
                           for k in g.integers(0, 10**6, n)], pa.timestamp("ns")),
        "span": pa.array([dt.timedelta(seconds=int(k)) for k in g.integers(0, 10**6, n)]),
        "level": pa.array([*"ab" * 145, *"cdefghijkl"]).dictionary_encode(),
        "price": pa.array([f"{k / 100:.2f}" for k in g.integers(0, 10**5, n)]),
        "written": pa.array([d.strftime("%d/%m/%Y") for d in day]),
    }  # fmt: skip
    given = pa.table(columns)
    treated = treat(given).table
    assert treated.schema == given.schema
    frame = given.to_pandas()
    assert treat(frame).table.dtypes.drop("level").equals(frame.dtypes.drop("level"))
    polar = pl.from_arrow(given)
    assert treat(polar).table.schema == polar.schema
    for name in columns:
        assert treated[name].to_pylist() != given[name].to_pylist(), name
        assert treat(polar).table[name].to_list() == pl.from_arrow(treated)[name].to_list()


def test_dates_are_cut_off_at_the_begin_of_a_month_or_year():
    days = pd.to_datetime("2000-01-01") + pd.to_timedelta(np.arange(3000), unit="D")
    treated = treat(table(x=days)).table.x
    assert treated.min() == pd.Timestamp("2000-02-01")
    assert treated.max() == pd.Timestamp("2008-03-01")


def test_numbers_and_dates_kept_as_text_keep_their_writing():
    g = np.random.default_rng(1)
    price = [f"{k / 100:.2f}" for k in g.integers(1000, 99999, 500)]
    days = pd.to_datetime("2000-01-01") + pd.to_timedelta(g.integers(0, 3000, 500), unit="D")
    treated = treat(table(price=price, day=days.strftime("%d/%m/%Y"))).table
    assert treated.price.str.fullmatch(r"\d+\.\d\d").all()
    assert treated.day.str.fullmatch(r"01/\d\d/\d{4}").sum() >= 2 * K
    assert treated.price.dtype == table(price=price).price.dtype


def test_few_gaps_are_filled_and_many_stay():
    g = np.random.default_rng(1)
    x, level = g.normal(size=200), np.array(list("ab") * 100, dtype=object)
    x[:4], level[:4] = np.nan, None
    more = np.where(np.arange(200) < 20, np.nan, g.normal(size=200))
    treated = treat(table(x=x, level=level, more=more))
    assert treated.table.isna().sum().tolist() == [0, 0, 20]
    assert steps(treated)[steps(treated).treatment == "gaps"].cells.tolist() == [4, 4]
    assert np.ptp(treated.table.x[:4]) == 0
    assert not np.isin(treated.table.x[0], x)


def test_values_that_few_rows_have_are_left_out():
    x = np.full(200, np.nan)
    x[:6] = np.arange(6) + 0.5
    kind = pd.CategoricalDtype(["secret"])
    level = pd.Series(["secret"] * 5 + [None] * 195, dtype=kind)
    treated = treat(table(x=x, level=level, y=np.tile(np.arange(4), 50)))
    assert treated.table[["x", "level"]].isna().all(axis=None)
    assert not len(treated.table.level.cat.categories)


def test_rare_missing_codes_become_the_usual_kind_of_missing():
    g = np.random.default_rng(1)
    x = np.round(g.normal(50, 10, 300)).astype(int)
    x[:40], x[40:43] = -8, -9
    before = table(x=x)
    schema = Schema.infer(before, missing_codes={"x": [-8, -9]})
    treated = treat(before, schema=schema)
    assert (treated.table.x == -8).sum() == 43
    assert (treated.table.x == -9).sum() == 0
    alone = treat(before, schema=Schema.infer(before, missing_codes={"x": [-9]}), ends=False)
    assert (alone.table.x == -9).sum() == 0


def test_public_columns_stay_as_they_are():
    before = table(x=times({"a": 60, "b": 3}), y=np.arange(63) / 7)
    treated = treat(before, public=["x", "y"])
    pd.testing.assert_frame_equal(treated.table, before)
    assert not len(treated.record)


def test_rounding_is_to_exact_multiples():
    g = np.random.default_rng(1)
    before = table(
        x=g.normal(50, 10, 300),
        n=g.integers(-1000, 1000, 300),
        day=pd.to_datetime("2000-01-01") + pd.to_timedelta(g.integers(0, 3000, 300), unit="D"),
        money=[f"{k / 100:.2f}" for k in g.integers(0, 10**5, 300)],
    )
    asked = {"x": 0.1, "n": 50, "day": "month", "money": 0.5}
    treated = treat(before, rounding=asked)
    found = treated.table
    assert all(float(f"{v:.1f}") == v for v in found.x)
    assert (found.n % 50 == 0).all()
    assert (found.day.dt.day == 1).all()
    assert found.money.str.fullmatch(r"\d+\.[05]0").all()
    assert treated.record.cells.sum() == changed_cells(before, found)
    again = treat(found, rounding=asked)
    pd.testing.assert_frame_equal(again.table, found)


def test_an_order_of_columns_survives():
    g = np.random.default_rng(1)
    start = pd.to_datetime("2000-01-01") + pd.to_timedelta(g.integers(0, 3000, 2000), unit="D")
    end = start + pd.to_timedelta(g.integers(0, 40, 2000), unit="D")
    low = g.lognormal(3, 1, 2000)
    before = table(start=start, end=end, low=low, high=low + g.exponential(1.0, 2000))
    treated = treat(before)
    assert (treated.table.start <= treated.table.end).all()
    assert (treated.table.low <= treated.table.high).all()
    for name in before.columns:
        column = treated.table[name]
        assert (column == column.max()).sum() >= K
        assert (column == column.min()).sum() >= K
    assert "rule" not in treated.record.treatment.tolist()


def test_the_record_gives_no_level_and_no_extreme_away():
    g = np.random.default_rng(1)
    before = table(x=times({"a": 490, "Rosebud": 6, "Xanadu": 4}), y=g.lognormal(10, 1, 500))
    treated = treat(before)
    text = treated.record.to_string() + treated.to_json() + repr(treated)
    ends = np.sort(before.y)[[*range(K), *range(-K, 0)]]
    assert not any(word in text for word in ("Rosebud", "Xanadu"))
    assert not any(str(v) in text or f"{v:.0f}" in text for v in ends)


def test_small_counts_are_not_told_outside_the_record(tmp_path):
    treated = treat(table(x=times({"a": 97, "b": 3})))
    assert treated.record.cells.tolist() == [3]
    told = json.loads(treated.to_json(tmp_path / "record.json"))
    assert told["treatments"][0]["cells"] == "fewer than 10"
    assert json.loads((tmp_path / "record.json").read_text()) == told


def test_rows_and_their_index_stay_in_order():
    before = table(x=times({"a": 60, "b": 3}), y=list(range(63)))
    shuffled = before.sample(frac=1, random_state=1)
    treated = treat(shuffled).table
    assert treated.index.equals(shuffled.index)
    pd.testing.assert_frame_equal(treated.sort_index(), treat(before).table)


def test_replicated_uniques_and_copies_are_left_out():
    g = np.random.default_rng(1)
    train = table(
        age=np.minimum(np.arange(200), 150), pay=g.normal(size=200), sex=np.tile(["f", "m"], 100)
    )
    made = table(
        age=[*range(30), *[77] * 5, *range(500, 565)],
        pay=[*train.pay[:10], *g.normal(size=90)],
        sex=np.tile(["f", "m"], 50),
    )
    kept = treat(made, unlike=train, keys=["age"], ends=False, levels=False)
    assert len(kept.table) == 70  # ten copies and twenty rows alone with their age
    assert kept.record.cells.tolist() == [10, 20]
    assert kept.table.age.tolist() == made.age[30:].tolist()
    assert cs.metrics.replicated_uniques(train, kept.table, ["age"]).value == 0


def test_a_label_is_a_last_column():
    made = table(x=times({"a": 60, "b": 40}))
    treated = treat(made, label="synthetic")
    assert treated.table.columns.tolist() == ["x", "label"]
    assert treated.table.label.eq("synthetic").all()
    assert treat(pl.from_pandas(made), label="made").table["label"].unique().to_list() == ["made"]
    assert treat(pa.table({"x": ["a"] * 20}), label="made").table.column_names == ["x", "label"]
    assert not len(treat(treated.table, label="synthetic").record)
    with pytest.raises(DataError, match="'label' already"):
        treat(treated.table, label="real")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"k_min": 0}, "k_min is 0"),
        ({"public": ["twon"]}, "did you mean 'town'"),
        ({"public": "town"}, "list of columns"),
        ({"rounding": {"pay": 3}}, "rounding names a column 'pay'"),
        ({"rounding": {"town": 3}}, "'town' holds no numbers or dates"),
        ({"rounding": {"age": 0.5}}, "'age' cannot be rounded to 0.5"),
        ({"rounding": {"age": "x"}}, "'x' is no step"),
        ({"k_min": 41}, "fewer than k_min = 41"),
        ({"k_min": 25}, "'town' has no level of at least 25 rows: drop it"),
    ],
)
def test_bad_input_is_refused_with_a_remedy(settings, words):
    before = table(town=["Ely", "Ayr"] * 20, age=np.arange(40) % 7)
    with pytest.raises(DataError, match=words):
        treat(before, **settings)


def test_the_gate_finds_no_level_of_few_training_rows_after_a_fit_to_a_treated_table():
    g = np.random.default_rng(4)
    n = 1200
    everyone = table(
        town=g.choice([f"town {k}" for k in range(40)], n, p=np.arange(40, 0, -1.0) / 820),
        grade=pd.Categorical(g.choice(list("abcd"), n, p=[0.005, 0.5, 0.49, 0.005]), ordered=True),
        member=g.random(n) < 0.004,
        pay=np.round(g.lognormal(8, 1, n), 2),
    )
    train, holdout = everyone[:600], everyone[600:].reset_index(drop=True)
    policy = privacy.Policy(attacks=50, k_min=K)

    def levels_of_few(made):
        found = privacy.gate(train, made, holdout=holdout, policy=policy, rng=1).table
        return found[found.measure == "levels of few training rows"].value.item()

    plain = cs.fit(train, copula="gaussian", rng=1).sample(2000, rng=2)
    made = cs.fit(treat(train).table, copula="gaussian", rng=1).sample(2000, rng=2)
    assert levels_of_few(plain) > 0
    assert levels_of_few(made) == 0


KINDS = {
    "text": lambda g, n: g.choice(list("abcdefghij"), n, p=np.arange(1, 11) / 55),
    "category": lambda g, n: pd.Categorical(g.choice(list("abcdef"), n, p=np.arange(1, 7) / 21)),
    "ordered": lambda g, n: pd.Categorical(
        g.choice(list("vwxyz"), n, p=[0.02, 0.4, 0.06, 0.5, 0.02]), ordered=True
    ),
    "truth": lambda g, n: g.random(n) < 0.1,
    "whole": lambda g, n: g.poisson(2.0, n),
    "large": lambda g, n: g.integers(-(2**63), 2**63 - 1, n),
    "real": lambda g, n: g.standard_cauchy(n),
    "float32": lambda g, n: g.lognormal(0, 3, n).astype(np.float32),
    "cents": lambda g, n: np.round(g.normal(0, 100, n), 2),
    "zeros": lambda g, n: np.where(g.random(n) < 0.6, 0.0, g.exponential(1.0, n)),
    "date": lambda g, n: np.datetime64("1999-12-31") + g.integers(0, 5000, n),
    "written": lambda g, n: [f"{v / 4:.2f}" for v in g.integers(0, 4000, n)],
    "nullable": lambda g, n: pd.array(g.integers(0, 300, n), dtype="Int64"),
    "constant": lambda g, n: np.full(n, 7),
}  # fmt: skip


@st.composite
def odd_tables(draw):
    n, seed = draw(st.integers(60, 250)), draw(st.integers(0, 2**32 - 1))
    g = np.random.default_rng(seed)
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=4, unique=True))
    columns = {}
    for kind in kinds:
        column = pd.Series(KINDS[kind](g, n))
        gaps = draw(st.sampled_from([0, 0, 3, n // 3, n - 4]))
        if gaps and kind not in ("truth", "whole", "large", "constant"):
            column[g.permutation(n)[:gaps]] = None
        columns[kind] = column
    return pd.DataFrame(columns)


def treated_or_refused(before):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return treat(before)
        except DataError as e:
            assert "no level of at least" in str(e)  # noqa: PT017
            return None


@settings(max_examples=60, deadline=None, derandomize=True)
@given(odd_tables())
def test_whatever_the_table_nothing_of_few_rows_is_left_and_nothing_more_to_do(before):
    treated = treated_or_refused(before)
    if treated is None:
        return
    after = treated.table
    assert after.shape == before.shape
    left = set(treated.record.column[treated.record.treatment == "none"])
    for name, column in after.drop(columns=left).items():
        gaps = int(column.isna().sum())
        assert gaps == 0 or gaps >= K
        there = column.dropna()
        if name in ("text", "category", "ordered", "truth"):
            assert (there.value_counts()[lambda c: c > 0] >= K).all()
        elif len(there):
            numbers = pd.to_numeric(there) if name == "written" else there
            for end in (numbers.min(), numbers.max()):
                assert (numbers == end).sum() >= K
        if not isinstance(column.dtype, pd.CategoricalDtype):
            assert column.dtype == before[name].dtype
    assert treated.record.cells.sum() == changed_cells(before, after)
    again = treat(after)
    pd.testing.assert_frame_equal(again.table, after)
    assert again.record.cells.sum() == 0


def test_what_follows_from_treated_columns_is_computed_anew():
    g = np.random.default_rng(1)
    minutes = np.round(g.gamma(4, 50, 2000), 1)
    fee = np.round(g.normal(20, 4, 2000), 2)
    before = table(
        minutes=minutes,
        charge=np.round(minutes * 0.17, 2),
        fee=fee,
        total=np.round(fee + np.round(minutes * 0.17, 2), 2),
    )
    treated = treat(before)
    after = treated.table
    np.testing.assert_allclose(after.charge, np.round(after.minutes * 0.17, 2), atol=0.011)
    broken = (after.total - after.fee - after.charge).abs() > 0.011
    assert broken.sum() <= 4 * K
    assert (broken <= after.total.isin([after.total.min(), after.total.max()])).all()
    for name in before.columns:
        for end in (after[name].min(), after[name].max()):
            assert (after[name] == end).sum() >= K
    assert treated.record.cells.sum() == changed_cells(before, after)
    assert "computed" in treated.record.treatment.tolist()
    pd.testing.assert_frame_equal(treat(after).table, after)


def test_a_crowd_near_the_end_is_not_cut_off_for_a_rounder_bound():
    g = np.random.default_rng(3)
    fee = np.where(g.random(3000) < 0.1, g.uniform(18.5, 19.99, 3000), g.uniform(20, 110, 3000))
    fee = fee.round(2)
    treated = treat(table(fee=fee)).table.fee
    assert 10 <= (treated == treated.min()).sum() <= 50
    assert treated.min() < 19


@pytest.mark.parametrize("step", [0.25, 0.5, 0.125, 2.5, 10])
def test_bounds_lie_on_the_grid_that_was_asked_for(step):
    x = np.random.default_rng(1).normal(0, 5, 600).round(3)
    once = treat(table(x=x), rounding={"x": step}).table
    assert np.allclose(once.x / step, (once.x / step).round())
    pd.testing.assert_frame_equal(treat(once, rounding={"x": step}).table, once)


def test_persons_are_counted_where_the_unit_is_named():
    who = np.repeat(np.arange(200), 2)
    town = np.where(who < 6, "Wick", "Ely").astype(object)
    df = table(who=who, town=town, pay=np.random.default_rng(1).gamma(2, 20, 400).round(2))
    assert (treat(df.drop(columns="who")).table.town == "Wick").sum() == 12
    treated = treat(df, unit="who").table
    assert (treated.town == "Ely").all()
    assert treated.who.tolist() == who.tolist()
    with pytest.raises(DataError, match="did you mean 'who'"):
        treat(df, unit="whom")
    with pytest.raises(DataError, match="unlike"):
        treat(df, keys=["town"])
    with pytest.raises(DataError, match="label is 5"):
        treat(df, label=5)


def test_what_follows_from_merged_levels_is_no_broken_rule():
    town = np.repeat(["Ely", "Ayr", "Wick", "Rare", "Odd"], [250, 100, 40, 4, 6])
    code = pd.Series(town).map({"Ely": 1, "Ayr": 2, "Wick": 3, "Rare": 4, "Odd": 5})
    treated = treat(table(town=town, copy=pd.Categorical(town), code=code))
    assert treated.table.town.eq("other").sum() == K
    assert "rule" not in treated.record.treatment.tolist()


def test_equal_numbers_that_top_codes_part_are_recorded():
    g = np.random.default_rng(1)
    bill = g.lognormal(7, 1, 400).round()
    paid = np.where(g.random(400) < 0.4, bill, g.lognormal(6, 1, 400).round())
    before = table(bill=bill, paid=paid)
    treated = treat(before)
    lost = (before.bill == before.paid).sum() - (treated.table.bill == treated.table.paid).sum()
    rule = treated.record[treated.record.treatment == "rule"]
    assert lost > 0
    assert rule.rows.tolist() == [lost]
    assert "equal in fewer rows" in rule.done.item()


def test_numbers_next_to_zero_become_zero_and_are_recorded():
    g = np.random.default_rng(1)
    treated = treat(table(x=g.lognormal(size=400) * 1e-300, y=g.normal(size=400)))
    assert (treated.table.x == 0).all()
    assert steps(treated, "x").treatment.tolist() == ["rounding"]
    assert treated.record.set_index("column").cells["x"] == 400
