"""Fits of what is read in pieces: all rows' columns, marginals and rules; nothing of the pieces."""

import math
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.dataset as pads
import pyarrow.parquet as papq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import copulasynth as cs
from copulasynth.errors import ArgumentError, DataError, FitWarning
from copulasynth.model.whole import rounded_shares

N, SAMPLE = 24_000, 2000
FIT = {"copula": "gaussian", "marginals": "spline", "sample_rows": SAMPLE, "rng": 3}


def usage_table(n: int = N) -> pa.Table:
    """Return rows of many kinds, of which the last tenth equal others."""
    rng = np.random.default_rng(1)
    z = rng.normal(size=n)
    plan = np.array(["a", "b", "c", "d"], dtype=object)[rng.choice(4, n, p=[0.5, 0.3, 0.15, 0.05])]
    plan[n // 2] = "once"
    calls = rng.poisson(3 + np.exp(z))
    table = pa.table(
        {
            "usage": np.round(np.exp(z + 0.5 * rng.normal(size=n)) * 10, 2),
            "calls": pa.array(calls, mask=rng.random(n) < 0.1),
            "plan": plan,
            "level": 20 * (z + rng.normal(size=n)),
            "spend": np.where(rng.random(n) < 0.3, 0.0, rng.lognormal(0, 1, n)),
            "day": pa.array(rng.integers(18000, 18900, n).astype("int32")).cast(pa.date32()),
            "roams": rng.random(n) < 0.2,
        }
    )
    kept = table.slice(0, n - n // 10)
    return pa.concat_tables([kept, table.slice(0, n // 10)])


@pytest.fixture(scope="module")
def table():
    return usage_table()


def spread(table, folder, parts=3, rows=5000, seed=0, odd=False):
    """Write a table's rows, shuffled, as files; `odd` ones have other types of the same values."""
    folder.mkdir(exist_ok=True)
    order = np.random.default_rng(seed).permutation(len(table))
    for k, places in enumerate(np.array_split(order, parts)):
        part = table.take(places)
        if odd and k % 2:
            coded = part.column("plan").combine_chunks().dictionary_encode()
            part = part.set_column(part.schema.get_field_index("plan"), "plan", coded)
            part = part.select(part.column_names[::-1]) if k > 1 else part
        papq.write_table(part, folder / f"{k}.parquet", row_group_size=rows)
    return f"{folder}/*.parquet"


@pytest.fixture(scope="module")
def lake(table, tmp_path_factory):
    return spread(table, tmp_path_factory.mktemp("lake") / "a")


@pytest.fixture(scope="module")
def model(lake):
    return cs.fit(lake, **FIT)


def told(column, **changes):
    """Return all that a column is; bounds that it does not have are not numbers."""
    return repr(column.replace(**changes))


def bytes_of(model, folder):
    model.save(folder / "model.json")
    return (folder / "model.json").read_bytes()


@pytest.mark.parametrize(("parts", "rows", "odd"), [(1, N, False), (5, 701, True)])
def test_pieces_order_and_ways_of_storing_change_no_byte(model, table, tmp_path, parts, rows, odd):
    other = cs.fit(spread(table, tmp_path / "b", parts, rows, seed=parts, odd=odd), **FIT)
    assert bytes_of(other, tmp_path) == bytes_of(model, tmp_path)


def test_datasets_relations_and_frames_of_dask_give_the_same_bytes(model, lake, table, tmp_path):
    duckdb = pytest.importorskip("duckdb")
    want = bytes_of(model, tmp_path)
    files = pads.dataset(lake.removesuffix("/*.parquet"))
    assert bytes_of(cs.fit(files, **FIT), tmp_path) == want
    relation = duckdb.sql(f"select * from '{lake}' order by usage")
    assert bytes_of(cs.fit(relation, **FIT), tmp_path) == want


def test_a_cluster_of_dask_gives_the_same_bytes(model, lake, tmp_path):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(1, processes=False, dashboard_address=":0") as cluster:
        other = cs.fit(lake, engine="dask", scheduler=cluster.scheduler_address, **FIT)
    assert bytes_of(other, tmp_path) == bytes_of(model, tmp_path)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    cuts=st.lists(st.integers(0, 1200), max_size=4),
    seed=st.integers(0, 9),
    rows=st.integers(1, 400),
)
def test_any_way_of_cutting_gives_the_same_bytes(tmp_path_factory, cuts, seed, rows):
    """Most rows equal others, there are gaps, and files may be empty."""
    rng = np.random.default_rng(5)
    table = pa.table(
        {
            "x": pa.array(rng.integers(0, 6, 1200), mask=rng.random(1200) < 0.2),
            "y": rng.choice(["u", "v"], 1200),
            "z": np.where(rng.random(1200) < 0.7, 0.0, rng.normal(size=1200)),
        }
    )
    folder = tmp_path_factory.mktemp("cut")
    shuffled = table.take(np.random.default_rng(seed).permutation(1200))
    ends = [0, *sorted(cuts), 1200]
    for k, (a, b) in enumerate(pairwise(ends)):
        papq.write_table(shuffled.slice(a, b - a), folder / f"{k}.parquet", row_group_size=rows)
    asked = {"copula": "gaussian", "marginals": "spline", "sample_rows": 1000, "rng": 1}
    made = bytes_of(cs.fit(f"{folder}/*.parquet", **asked), folder)
    first = ONE.setdefault("bytes", made)
    assert made == first


ONE: dict[str, bytes] = {}


def test_columns_are_those_of_all_rows(model, table):
    want = cs.Schema.infer(table)
    for mine, whole in zip(model.schema.columns, want.columns, strict=True):
        assert told(mine, order=(), levels=()) == told(whole, order=(), levels=())
        assert sorted(mine.levels) == sorted(whole.levels)
    assert "once" in model.schema.column("plan").levels
    assert model.provenance.rows == N
    assert model.provenance.choices["dependence"] == (
        f"from {SAMPLE:,} of {N:,} rows; standard error of a correlation .022"
    )


def test_marginals_agree_with_those_of_all_rows(model, table):
    """The sample's own would differ by about 1.2 / sqrt(2000) = .027."""
    whole = cs.fit(table, copula="independence", marginals="spline", rng=3)
    variables = [whole.coordinates[j] for j in whole.free]
    assert [model.coordinates[j].name for j in model.free] == [v.name for v in variables]
    for v, mine, other in zip(variables, model.marginals, whole.marginals, strict=True):
        if v.levels:
            continue
        x = np.unique(other.quantile(np.linspace(0.0005, 0.9995, 2000)))
        for own, want in zip(mine.cell(x), other.cell(x), strict=True):
            assert np.abs(own - want).max() < 1e-3, v.name


def test_shares_of_levels_gaps_and_atoms_are_exact(model, table):
    shares = dict(zip(*np.unique(table["plan"].to_numpy(), return_counts=True), strict=True))
    places = {v.name: k for k, v in enumerate(model.coordinates[j] for j in model.free)}
    column = model.schema.column("plan")
    lower, upper = model.marginals[places["plan"]].cell(np.arange(5.0))
    for k, i in enumerate(column.order):
        assert upper[k] - lower[k] == pytest.approx(shares[column.levels[i]] / N, abs=1e-9)
    state = model.marginals[places["calls [state]"]]
    assert np.diff(state.cell(np.array([1.0])), axis=0)[0, 0] == pytest.approx(
        table["calls"].null_count / N, abs=1e-9
    )
    zero = np.diff(model.marginals[places["spend"]].cell(np.array([0.0])), axis=0)[0, 0]
    assert zero == pytest.approx((table["spend"].to_numpy() == 0).mean(), abs=1e-4)


def test_what_is_drawn_has_the_dependence_of_the_rows(model, table):
    drawn = model.sample(20_000, rng=1)
    names = ["usage", "level"]
    found, want = (np.corrcoef(*(np.argsort(np.argsort(t[n].to_numpy())) for n in names))[0, 1]
                   for t in (drawn, table))  # fmt: skip
    assert abs(found - want) < 4 / math.sqrt(SAMPLE)


def test_few_rows_are_fitted_as_one_table_sorted_by_hashes(table, tmp_path):
    few = table.slice(0, 1500)
    asked = FIT | {"sample_rows": 1500}
    made = [cs.fit(spread(few, tmp_path / str(k), k, seed=k), **asked) for k in (1, 4)]
    assert bytes_of(made[0], tmp_path) == bytes_of(made[1], tmp_path)
    assert made[0].provenance.rows == 1500
    assert "dependence" not in made[0].provenance.choices


def test_equal_rows_by_the_million_are_counted(tmp_path):
    rng = np.random.default_rng(2)
    one = pa.table({"a": rng.choice(["x", "y"], 50_000), "b": rng.choice(["u", "v"], 50_000)})
    (tmp_path / "l").mkdir()
    for k in range(4):
        papq.write_table(pa.concat_tables([one] * 10), tmp_path / f"l/{k}.parquet")
    found = cs.fit(tmp_path / "l/*.parquet", copula="gaussian", sample_rows=1000, rng=1)
    assert found.provenance.rows == 2_000_000
    share = (one["a"].to_numpy() == "x").mean()
    marginal = found.marginals[0]
    place = [found.schema.column("a").levels[i] for i in found.schema.column("a").order].index("x")
    lower, upper = marginal.cell(np.array([float(place)]))
    assert upper[0] - lower[0] == pytest.approx(share, abs=2**-18)


@pytest.fixture
def odd_files(tmp_path):
    """Files whose types differ, with what stands in one of them only."""
    rng = np.random.default_rng(4)
    n = 3000
    first = {
        "count": rng.integers(0, 50, n),
        "note": pa.nulls(n),
        "late": rng.normal(size=n),
        "town": rng.choice(["p", "q"], n),
    }
    second = {
        "count": pa.array(rng.integers(0, 50, n) + 0.0, mask=rng.random(n) < 0.1),
        "note": rng.choice(["s", "t"], n),
        "late": pa.array(rng.normal(size=n), mask=np.arange(n) == 17),
        "town": pa.array(rng.choice(["p", "q"], n)).dictionary_encode(),
    }
    papq.write_table(pa.table(first), tmp_path / "1.parquet")
    papq.write_table(pa.table(second), tmp_path / "2.parquet")
    return tmp_path / "*.parquet"


def test_files_of_other_types_are_one_table(odd_files):
    found = cs.fit(odd_files, copula="gaussian", sample_rows=1000, rng=1)
    assert found.schema.kinds == {
        "count": "integer",
        "note": "nominal",
        "late": "continuous",
        "town": "nominal",
    }
    assert [c.gaps for c in found.schema.columns] == [True, True, True, False]
    assert found.schema.column("town").categorical is False


def columns_apart(n=6000):
    """Return rows of which a sample does not show what the last one does."""
    rng = np.random.default_rng(6)
    cents = np.full(n, 0.5) + rng.integers(0, 900, n)
    cents[-1] = 3.125
    grid = rng.integers(0, 900, n) * 50
    grid[-1] = 1001
    stamp = np.datetime64("2020-01-01", "ms") + 86_400_000 * rng.integers(0, 900, n)
    stamp[-1] += 61_000
    signed = rng.lognormal(size=n)
    signed[-1] = -2.0
    return pa.table({"cents": cents, "grid": grid, "stamp": stamp, "signed": signed})


@pytest.mark.filterwarnings("ignore:the rule")
def test_grids_decimals_and_bounds_are_those_of_all_rows(tmp_path):
    table = columns_apart()
    found = cs.fit(spread(table, tmp_path / "a", 2), copula="gaussian", sample_rows=1000, rng=1)
    want = cs.Schema.infer(table)
    for name in table.column_names:
        assert told(found.schema.column(name)) == told(want.column(name))
    drawn = found.sample(1000, rng=1)
    assert drawn.schema.names == table.column_names


def kinds_table(n=5000):
    rng = np.random.default_rng(7)
    day = np.datetime64("2021-01-01") + rng.integers(0, 700, n)
    return pa.table(
        {
            "customer": [f"C-{i:06d}" for i in rng.permutation(n)],
            "number": rng.permutation(n) + 10_000,
            "price": pa.array([Decimal(int(c)).scaleb(-2) for c in rng.integers(0, 99_999, n)]),
            "joined": [d.strftime("%d.%m.%Y") for d in day.astype(object)],
            "flag": rng.random(n) < 0.5,
            "wait": pa.array(rng.integers(0, 5000, n), pa.duration("s")),
            "same": ["one"] * n,
        }
    )


def test_kinds_and_forms_are_as_in_memory(tmp_path):
    table = kinds_table()
    found = cs.fit(spread(table, tmp_path / "a", 2), copula="gaussian", sample_rows=1000, rng=1)
    want = cs.Schema.infer(table)
    assert found.schema.kinds == want.kinds
    for name in ("price", "joined", "wait"):
        assert told(found.schema.column(name), offset=0) == told(want.column(name), offset=0)
    drawn = found.sample(50, rng=1)
    assert not set(drawn["customer"].to_pylist()) & set(table["customer"].to_pylist())


def test_numbers_that_repeat_beyond_the_sample_are_no_identifiers(tmp_path):
    x = np.arange(40_000)
    x[-2000:] = x[:2000]
    table = pa.table({"x": x, "y": x % 7 + 0.5})
    found = cs.fit(spread(table, tmp_path / "a"), copula="gaussian", sample_rows=1000, rng=1)
    assert found.schema.kinds["x"] == cs.Schema.infer(table).kinds["x"]


def test_text_of_another_form_in_one_row_counts_as_missing(tmp_path):
    rng = np.random.default_rng(3)
    paid = [f"{x:.2f} EUR" for x in rng.lognormal(5, 1, 20_000)]
    paid[7] = "see letter"
    table = pa.table({"paid": paid, "x": rng.normal(size=20_000)})
    with pytest.warns(FitWarning, match="'paid' has texts in other forms"):
        found = cs.fit(spread(table, tmp_path / "a"), copula="gaussian", sample_rows=1000, rng=1)
    assert found.schema.kinds["paid"] == "continuous"


def test_levels_beyond_the_cap_are_refused_by_name(tmp_path):
    rng = np.random.default_rng(9)
    words = pa.array([f"w{i}" for i in rng.integers(0, 11_000, 40_000)])
    table = pa.table({"word": words, "x": rng.normal(size=40_000)})
    lake = spread(table, tmp_path / "a")
    asked = {"copula": "gaussian", "sample_rows": 1000, "rng": 1}
    with pytest.raises(DataError, match=r"'word' has more than 10,000 .*'word': 'identifier'"):
        cs.fit(lake, **asked)
    assert cs.fit(lake, kinds={"word": "drop"}, **asked).schema.kinds["word"] == "drop"
    assert cs.fit(lake, kinds={"word": "identifier"}, **asked).provenance.rows == 40_000


def test_csv_files_are_fitted_as_parquet_files_of_the_same_rows(tmp_path):
    table = usage_table(6000).drop_columns(["roams", "day"])
    for k in range(2):
        pacsv.write_csv(table.slice(k * 3000, 3000), tmp_path / f"{k}.csv")
    asked = FIT | {"sample_rows": 1000}
    found = cs.fit(tmp_path, **asked)
    other = cs.fit(spread(table, tmp_path / "p"), **asked)
    assert bytes_of(found, tmp_path / "p") == bytes_of(other, tmp_path / "p")


def test_infinite_values_are_counted_in_all_rows(tmp_path):
    x = np.random.default_rng(1).normal(size=5000)
    x[[1, 4000]] = np.inf
    lake = spread(pa.table({"x": x}), tmp_path / "a")
    with pytest.raises(DataError, match="'x' has 2 infinite values"):
        cs.fit(lake, copula="gaussian", sample_rows=1000, rng=1)


def test_progress_tells_how_many_rows_are_read(lake):
    said = []
    cs.fit(lake, progress=said.append, **FIT)
    assert said[0] == "all rows: levels, bounds and a sample"
    assert f"{N:,} of {N:,} rows are read" in said
    assert "all rows: shares, quantiles and rules" in said


def test_other_methods_are_fitted_to_the_sample(lake):
    found = cs.fit(lake, copula="bootstrap", sample_rows=1000, rng=1)
    assert found.provenance.rows == N
    assert "1,000 of 24,000" in found.provenance.choices["sample"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"engine": "ray"}, "engine='ray' is unknown"),
        ({"scheduler": "tcp://a:1"}, "scheduler= is for"),
        ({"sample_rows": 10}, "sample_rows"),
        ({"workers": 0}, "workers"),
        ({"proper": True}, "proper=True is for tables in memory"),
    ],
)
def test_what_cannot_be_asked_is_refused(lake, asked, words):
    with pytest.raises((DataError, ArgumentError), match=words):
        cs.fit(lake, copula="gaussian", **asked)


def test_shares_are_rounded_to_the_nearest_and_no_level_is_lost():
    rng = np.random.default_rng(1)
    for _ in range(50):
        counts = rng.integers(0, 10 ** rng.integers(1, 9), rng.integers(1, 40))
        counts[0] += 1
        m = 1000
        shares = rounded_shares(counts, m)
        assert shares.sum() == min(m, counts.sum())
        assert ((shares > 0) == (counts > 0)).all()
        exact = counts * min(1.0, m / counts.sum())
        assert (np.abs(shares - exact) <= 1.0 + (exact < 1).sum()).all()


def test_a_lake_without_a_variable_is_fitted_as_its_table(tmp_path):
    table = pa.table({"same": ["one"] * 3000, "name": [f"C-{i:06d}" for i in range(3000)]})
    found = cs.fit(spread(table, tmp_path / "a"), copula="gaussian", sample_rows=1000, rng=1)
    assert found.schema.kinds == cs.Schema.infer(table).kinds == {
        "same": "constant", "name": "identifier",
    }  # fmt: skip
    assert found.sample(5, rng=1)["same"].to_pylist() == ["one"] * 5
