"""The portrait: aggregated tables that no row can be read from."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copulasynth.metrics import utility_tables
from copulasynth.metrics.summary import portray
from copulasynth.metrics.summary.bins import cells_of
from copulasynth.metrics.summary.columns import quantile_blocks
from copulasynth.metrics.table import ComparedColumn

FEW = ("columns", "pairs", "tails")


def frame(n, seed):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "x": rng.lognormal(2, 1.5, n),
            "k": rng.poisson(1.5, n),
            "g": rng.choice(["a", "b", "c"], n, p=[0.7, 0.28, 0.02]),
        }
    )


def test_shares_of_a_column_add_up_to_one():
    for column in portray(frame(500, 1), frame(400, 2), parts=FEW).columns:
        assert np.allclose(column.bins[["real", "synthetic"]].sum(), 1)


def test_a_table_against_itself_has_no_differences():
    a = frame(500, 1)
    found = portray(a, a, parts=FEW)
    assert all(c.distance == 0 for c in found.columns)
    assert not found.cramers_v.difference.any()
    assert not found.s_pmse.any()


def test_a_column_of_nearly_all_zeros_has_bins_for_the_others():
    rng = np.random.default_rng(1)
    a = pd.DataFrame({"x": np.where(rng.random(2000) < 0.95, 0.0, rng.lognormal(3, 1, 2000))})
    column = portray(a, a, parts=FEW).columns[0]
    assert 0.1 < column.width < 100
    assert (column.bins["low"] > 1).sum() >= 3


def test_s_pmse_is_that_of_the_metric():
    a, b = frame(500, 1), frame(500, 2)
    found = portray(a, b, parts=FEW)
    table = utility_tables(a, b, order=2, rng=1).table.set_index("columns")["S_pMSE"]
    for i, j in ((0, 1), (0, 2), (1, 2)):
        name = f"{found.names[i]}:{found.names[j]}"
        assert found.s_pmse[i, j] == pytest.approx(table[name], rel=1e-12)


def test_block_means_average_to_the_mean():
    x = np.sort(np.random.default_rng(1).normal(size=1000))
    p, means = quantile_blocks(x, 10)
    assert (np.diff(p) > 0).all()
    assert (np.diff(means) >= 0).all()
    assert x[0] < means[0]
    assert means[-1] < x[-1]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(40, 400),
    sigma=st.floats(0.1, 4.0),
    decimals=st.sampled_from([0, 1, 6]),
    zeros=st.floats(0, 0.9),
    k_min=st.integers(2, 15),
)
def test_no_bin_has_a_handful_of_real_rows(seed, n, sigma, decimals, zeros, k_min):
    rng = np.random.default_rng(seed)
    values = []
    for size in (n, n + 7):
        x = rng.lognormal(1, sigma, size).round(decimals)
        x[rng.random(size) < zeros] = 0.0
        values.append(x)
    column = ComparedColumn("x", "numeric", (), ("",))
    cells = cells_of(column, tuple(values), unit="", most=24, k_min=k_min)
    counts = cells.counts(0)
    assert counts.sum() == n
    assert cells.counts(1).sum() == n + 7
    assert ((counts == 0) | (counts >= k_min)).all() or len(counts) == 1


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), levels=st.integers(1, 40), k_min=st.integers(2, 12))
def test_rare_levels_are_pooled_and_not_named(seed, levels, k_min):
    rng = np.random.default_rng(seed)
    share = rng.dirichlet(np.full(levels, 0.3))
    real, made = (rng.choice(levels, 200, p=share).astype(float) for _ in range(2))
    names = tuple(f"level{k}" for k in range(levels))
    cells = cells_of(
        ComparedColumn("g", "nominal", names, ("",)), (real, made), unit="", most=24, k_min=k_min
    )
    counts = np.bincount(real.astype(int), minlength=levels)
    for name, count in zip(names, counts, strict=True):
        if count < k_min:
            assert name not in cells.labels
    shown = cells.counts(0)
    assert ((shown == 0) | (shown >= k_min)).all()


def test_masked_cells_cannot_be_found_by_subtraction():
    found = portray(frame(600, 1), frame(600, 2), parts=FEW)
    for pair in found.pairs:
        counts = pair.real * 600
        shown = counts[~np.isnan(counts)]
        assert ((shown == 0) | (shown > 10 - 1e-9)).all()
        hidden = np.isnan(counts)
        if hidden.any():
            assert hidden.sum() > 1
            assert 600 - np.nansum(counts) > 10 - 1e-9


def test_a_few_missing_values_are_not_counted():
    a = frame(500, 1)
    a.loc[:2, "x"] = np.nan
    column = portray(a, frame(500, 2), parts=FEW).column("x")
    assert np.isnan(column.gaps["real"].iloc[0])
    facts = column.facts.set_index("statistic")
    assert np.isnan(facts.loc["missing", "real"])


def test_levels_that_one_table_lacks_are_mentioned_and_not_named():
    a, b = frame(300, 1), frame(300, 2)
    a.loc[0, "g"] = "secret"
    found = portray(a, b, parts=FEW)
    assert "secret" not in json.dumps(found.to_data())
    assert found.alignment["problem"].tolist() == ["rare levels only in real: 1"]


def test_a_portrait_is_plain_data():
    data = portray(frame(300, 1), frame(300, 2), holdout=frame(300, 3), rng=1).to_data()
    text = json.dumps(data, allow_nan=False)
    assert json.loads(text)["rows"] == {"real": 300, "synthetic": 300, "holdout": 300}


def test_copies_of_a_handful_of_real_rows_have_one_cell_for_all():
    real = pd.DataFrame({"x": np.random.default_rng(0).normal(size=15)})
    found = portray(real, pd.concat([real] * 200), rng=1)
    assert found.columns[0].bins["label"].tolist() == ["all values"]


def test_pairs_that_were_not_portrayed_are_unknown_rather_than_alike():
    found = portray(frame(500, 1), frame(500, 2), parts=("columns",))
    assert found.cramers_v.names == ()
    assert np.isnan(found.s_pmse).all()
    assert found.pairs == ()


def test_a_column_of_rare_levels_alone_is_not_called_alike_nor_drawn_in_pairs():
    a, b = (frame(500, seed).assign(name=[f"n{k % 250}" for k in range(500)]) for seed in (1, 2))
    b["name"] = b["name"] + "x"
    found = portray(a, b, parts=FEW)
    assert np.isnan(found.column("name").distance)
    assert found.overview["column"].iloc[-1] == "name"
    assert found.pairs
    assert all("name" not in (p.first, p.second) for p in found.pairs)


@pytest.mark.parametrize(
    ("days", "most", "first", "second"),
    [
        (1000, 9, "2021-01-01", "2021-07-01"),
        (250, 9, "2021-02-01", "2021-03-01"),
        (30, 9, "2021-02-27", "2021-03-04"),
        (9000, 9, "2020-01-01", "2025-01-01"),
    ],
)
def test_bins_of_times_begin_where_a_calendar_does(days, most, first, second):
    start = np.datetime64("2021-02-27T10:00:00").astype("M8[s]").astype(np.int64)
    x = start + np.linspace(0, days * 86_400, 3000)
    column = ComparedColumn("t", "numeric", (), ("", "missing"), "time")
    found = cells_of(column, (x, x), unit="time", most=most, k_min=10)
    begins = found.low.astype("M8[s]").astype("M8[D]").astype(str).tolist()
    assert begins[:2] == [first, second]
    assert len(begins) <= most + 2
