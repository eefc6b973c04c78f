"""Groups of what is read in pieces: each from rows of its own, with marginals of all of them."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as papq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import copulasynth as cs
from copulasynth.errors import DataError
from copulasynth.fitting.lake import group_counts as counts_module
from copulasynth.fitting.lake import group_rows as rows_module
from copulasynth.fitting.lake.group_rows import Counted, GroupRows, Room, keys_of, merged
from copulasynth.fitting.lake.group_sample import sample_of_groups
from copulasynth.rows.lake.contents import EVERY

SIZES = {"North": (24_000, 0.8), "South": (11_000, -0.8), "West": (4000, 0.4), "Isle": (400, -0.5)}
FIT = {"copula": "gaussian", "marginals": "spline", "by": "region", "sample_rows": 1000, "rng": 3}


def usage():
    """Pairs whose correlation is another in each region; few rows of many places beside them."""
    rng = np.random.default_rng(1)
    parts = []
    for k, (name, (n, r)) in enumerate(SIZES.items()):
        x, e = rng.normal(size=(2, n))
        spend = np.where(rng.random(n) < 0.3, 0.0, rng.lognormal(k, 1, n))
        city = rng.choice([f"{name} a", f"{name} b", f"{name} c"], n, p=[0.6, 0.39, 0.01])
        y = r * x + np.sqrt(1 - r**2) * e
        told = {"region": name, "city": city, "x": x + k, "y": y, "spend": spend}
        parts.append(pd.DataFrame(told))
    few = pd.concat([parts[0].head(700)], ignore_index=True)
    few["region"] = [f"place {k // 20:02}" for k in range(700)]
    few["city"] = few["region"] + " a"
    table = pd.concat([*parts, few], ignore_index=True)
    # hardly any sample of North has one of these
    place = np.arange(len(table))
    table["rare"] = np.where(place < 9, place + 0.5, np.nan)
    table["odd"] = np.where(place % 6000 == 4000, "yes", "no")
    return table


def spread(table, folder, parts, seed):
    folder.mkdir()
    order = np.random.default_rng(seed).permutation(len(table))
    for k, places in enumerate(np.array_split(order, parts)):
        papq.write_table(pa.Table.from_pandas(table.iloc[places], preserve_index=False),
                         folder / f"{k}.parquet", row_group_size=7000)  # fmt: skip
    return f"{folder}/*.parquet"


@pytest.fixture(scope="module")
def table():
    return usage()


@pytest.fixture(scope="module")
def few_rows():
    """Room for 300 rows a group, so that large groups are sampled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows_module, "EACH", 300)
        patch.setattr(rows_module, "WAITING", 5000)
        yield


@pytest.fixture(scope="module")
def lake(table, tmp_path_factory):
    return spread(table, tmp_path_factory.mktemp("lake") / "a", 3, 0)


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def model(few_rows, lake, told):
    return cs.fit(lake, progress=told.append, **FIT)


def test_no_group_is_missing_and_each_of_200_rows_has_a_law(model, table):
    want = table["region"].value_counts()
    groups = model.groups.set_index("region")
    assert groups["rows"].to_dict() == want.to_dict()
    assert set(groups.index[~groups["pooled"]]) == set(SIZES)
    assert model.provenance.rows == len(table)


def test_each_group_says_its_standard_error(model):
    groups = model.groups.set_index("region")
    for name, (n, _) in SIZES.items():
        assert groups["error"][name] == pytest.approx(1 / np.sqrt(min(n, 300)), rel=0.01)
    assert groups["error"]["place 00"] == pytest.approx(1 / np.sqrt(700), rel=0.01)
    assert "300 of each of 39 groups" in model.provenance.choices["dependence"]
    assert ".058 to" in model.provenance.choices["dependence"]


@pytest.mark.parametrize("region", SIZES)
def test_a_correlation_is_recovered_in_each_group(model, region):
    n, r = SIZES[region]
    drawn = model.sample(4000, given={"region": region}, rng=1).to_pandas()
    assert abs(drawn[["x", "y"]].corr().iloc[0, 1] - r) < 4 * (1 - r**2) * np.sqrt(
        1 / (0.8 * min(n, 300)) + 1 / 4000
    )


@pytest.mark.parametrize("region", ["North", "South", "West"])
def test_marginals_of_a_group_are_those_of_all_of_its_rows(model, table, region):
    """Those of 300 rows would be off by .05: .87 / sqrt(300) on average."""
    law = model.group({"region": region})
    own = table[table["region"] == region]
    marginals = {law.coordinates[j].name: m for j, m in zip(law.free, law.marginals, strict=True)}
    for name in ("x", "spend"):
        ranked = np.sort(own[name].to_numpy())
        at = np.quantile(ranked, np.linspace(0.01, 0.99, 99))
        lower, upper = marginals[name].cell(at)
        below, upto = (np.searchsorted(ranked, at, s) / len(ranked) for s in ("left", "right"))
        assert np.abs(lower - below).max() < 0.006
        assert np.abs(upper - upto).max() < 0.006


def test_levels_that_only_rows_outside_the_sample_have_are_drawn_in_their_shares(model, table):
    law = model.group({"region": "North"})
    drawn = law.sample(20_000, rng=1).to_pandas()["city"].value_counts(normalize=True)
    share = table.loc[table["region"] == "North", "city"].value_counts(normalize=True)
    assert set(drawn.index) == set(share.index)
    assert (drawn - share).abs().max() < 4 * np.sqrt(0.25 / 20_000)


def test_columns_that_follow_from_groups_do_also_in_groups_that_the_uniform_sample_lacks(model):
    drawn = model.sample(20_000, rng=2).to_pandas()
    assert (drawn["city"].str[:-2] == drawn["region"]).all()
    assert set(drawn["region"]) == set(model.groups["region"])


def test_what_only_rows_outside_the_sample_show_depends_on_nothing(model):
    """A copula that sees one level of two columns would fit them by any correlation at all."""
    law = model.group({"region": "North"})
    names = [law.coordinates[j].name for j in law.free]
    assert {"rare [state]", "rare", "odd"} <= set(names)
    own = [names.index(name) for name in ("rare [state]", "rare", "odd")]
    apart = law.law.copula.correlation[own] - np.eye(len(names))[own]
    assert np.abs(apart).max() < 4 / np.sqrt(300)
    drawn = model.sample(40_000, given={"region": "North"}, rng=2).to_pandas()
    assert (drawn["odd"] == "yes").mean() == pytest.approx(4 / 24_000, abs=3e-4)
    assert drawn["rare"].dropna().between(-3, 12).mean() > 0.8


def test_progress_tells_how_many_groups_are_fitted(told):
    assert "all rows: groups, and rows of each" in told
    assert "5 of 5 groups are fitted" in told


def bytes_of(model, folder):
    model.save(folder / "model.json")
    return (folder / "model.json").read_bytes()


def test_files_order_and_a_cluster_change_no_byte(model, table, tmp_path):
    distributed = pytest.importorskip("distributed")
    other = spread(table, tmp_path / "b", 5, 7)
    with distributed.LocalCluster(1, processes=False, dashboard_address=":0") as cluster:
        found = cs.fit(other, engine="dask", scheduler=cluster.scheduler_address, **FIT)
    assert bytes_of(found, tmp_path) == bytes_of(model, tmp_path)


def test_more_groups_than_may_have_laws_are_refused(lake, monkeypatch):
    monkeypatch.setattr(rows_module, "GROUPS", 20)
    with pytest.raises(DataError, match="more than 20 groups; take columns of fewer values"):
        cs.fit(lake, **FIT)


def test_few_counters_are_shared_and_levels_without_room_are_those_of_the_sample(monkeypatch):
    monkeypatch.setattr(counts_module, "COUNTERS", 3000)
    variables = cs.Schema.infer(pd.DataFrame(
        {"a": list("xyz") * 40, "b": [f"v{k}" for k in range(60)] * 2, "x": np.arange(120) + 0.5}
    ), kinds={"b": "nominal"}).variables  # fmt: skip
    x = np.column_stack([np.arange(120) % 3, np.arange(120) % 60, np.arange(120.0)])
    groups = [rows_module_group(k) for k in range(30)]
    slots = counts_module.Slots.of((0, 1, 2), variables, x, groups)
    assert slots.levels == (3, -1, 0)
    # 100 counters a group, of which levels take 3 and an edge two
    assert slots.most == 48
    assert [len(slots.of_law(s, 2)) for s in (0, 29)] == [4, 4]


def rows_module_group(k):
    rows = np.arange(4 * k, 4 * k + 4)
    return counts_module.Group(np.array([[k]]), np.array([4]), rows, np.zeros(4, dtype=np.int64))


@pytest.mark.parametrize("seed", range(3))
def test_room_is_the_most_that_fits_and_never_grows_with_rows(seed):
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 5000, 30)
    for most in (200, 9000, 40_000):
        k = Room(most, most).each(counts)
        assert np.minimum(counts, k).sum() <= most
        assert np.minimum(counts, k + 1).sum() > most
        assert Room(most, most).each(counts + rng.integers(0, 99, 30)) <= k
    assert Room(200, 10**6).each(counts) == rows_module.EACH


def batch(x, room, hashes):
    """Return what a worker knows of rows (group, content)."""
    keys, code, rows = keys_of(x[:, :1])
    every = Counted(code, hashes, np.ones(len(x), dtype=np.int64))
    return merged([GroupRows(room, keys, rows, np.full(len(keys), EVERY), every, x, every)])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.integers(1, 399), max_size=5))
def test_what_is_kept_of_groups_does_not_depend_on_pieces(seed, cuts):
    """Against the k least hashes of each group, whose rows are counted one by one."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.choice([0, 1, 2], 400, p=[0.7, 0.25, 0.05]), rng.zipf(1.6, 400) % 97])
    x = x.astype(np.float64)
    hashes = rows_module.content_hashes(x, 5)
    room = Room(60, 60)
    parts = [batch(part, room, h) for part, h in
             zip(np.split(x, sorted(cuts)), np.split(hashes, sorted(cuts)), strict=True)
             if len(part)]  # fmt: skip
    while len(parts) > 1:
        some = [parts.pop(int(rng.integers(len(parts)))) for _ in range(2)]
        parts.append(merged(some))
    found = parts[0]
    each = room.each(found.rows)
    for g, key in enumerate(found.keys[:, 0]):
        own = hashes[x[:, 0] == key]
        values, counts = np.unique(own, return_counts=True)
        mine = found.contents.code == g
        assert found.rows[g] == len(own)
        assert found.contents.hashes[mine].tolist() == values[:each].tolist()
        assert found.contents.counts[mine].tolist() == counts[:each].tolist()
        assert (rows_module.content_hashes(found.x[mine], 5) == values[:each]).all()
        assert (found.limits[g] < EVERY) == (len(values) > each)
        frequent = set(values[counts > len(own) // each].tolist())
        assert frequent <= set(found.often.hashes[found.often.code == g].tolist())


@pytest.mark.parametrize("many", [1, 40])
def test_rows_that_repeat_have_their_share_of_a_group(monkeypatch, tmp_path, many):
    """One content in three of ten rows among contents that differ; and contents of 40 rows each."""
    monkeypatch.setattr(rows_module, "EACH", 200)
    rng = np.random.default_rng(2)
    n = 12_000
    value = np.repeat(rng.normal(size=n // many), many)
    often = rng.random(n) < 0.3
    frame = pd.DataFrame({"g": np.where(np.arange(n) < n // 2, "a", "b"),
                          "x": np.where(often, 9.25, value)})  # fmt: skip
    lake = cs.rows.lake.lake_of(spread(frame, tmp_path / "a", 2, 1))
    schema = cs.Schema.infer(frame)
    looking = rows_module.LookingAtGroups(schema, (0,), 1, Room(300, 10**6), False)
    where = cs.rows.lake.Where()
    *_, found = rows_module.looked(cs.rows.lake.mapped(looking, lake, where), looking)
    sample = sample_of_groups(found.done(), looking, lake, where)
    for g in (0, 1):
        own = sample.x[sample.code == g, 1]
        assert len(own) == 200
        assert np.mean(own == 9.25) == pytest.approx(0.3, abs=0.02 if many == 1 else 0.13)
        assert np.unique(own, return_counts=True)[1][:-1].max() < 8
        assert sample.effective[g] > 100
