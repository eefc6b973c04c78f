"""Laws of groups: what differs by group is found in each, and groups come as often as they did."""

import json
import os
import re
import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import copulasynth as cs
from copulasynth.errors import DataError, FitWarning, MissingPartError, SamplingError
from copulasynth.fitting import by_group as by_group_module
from copulasynth.fitting import strata as strata_module
from copulasynth.rows.lake import Where
from copulasynth.rows.tasks import each

SIZES = {"North": (900, 0.8), "South": (700, -0.8), "West": (150, 0.5), "East": (90, 0.0)}


def table_of(rng):
    """Pairs whose correlation is another in each region; South has no 'c', and gaps in y."""
    parts = []
    for k, (name, (n, r)) in enumerate(SIZES.items()):
        x, e = rng.normal(size=(2, n))
        y = r * x + np.sqrt(1 - r**2) * e
        plans = rng.choice(list("ab" if name == "South" else "abc"), n)
        one = "only" if name == "North" else rng.choice(["some", "more"], n)
        parts.append(pd.DataFrame({"region": name, "x": x + k, "y": y, "plan": plans, "one": one}))
    table = pd.concat(parts, ignore_index=True)
    south = (table["region"] == "South") & (rng.random(len(table)) < 0.2)
    table.loc[south, "y"] = np.nan
    table.loc[table.index[-8:], "region"] = None
    table["whole"] = rng.integers(0, 9, len(table))
    table["twice"] = 2 * table["whole"] + 1
    return table.sample(frac=1.0, random_state=1, ignore_index=True)


@pytest.fixture(scope="module")
def table():
    return table_of(np.random.default_rng(5))


@pytest.fixture(scope="module")
def model(table):
    return cs.fit(table, by="region", copula="gaussian", marginals="spline", rng=1)


@pytest.fixture(scope="module")
def drawn(model):
    return model.sample(20_000, rng=3)


def correlation(table, region):
    return table.loc[table["region"] == region, ["x", "y"]].corr().iloc[0, 1]


@pytest.mark.parametrize("region", ["North", "South"])
def test_a_correlation_that_differs_by_group_is_recovered_in_each(drawn, region):
    n, r = SIZES[region]
    # the error of a correlation of the rows that were fitted, and of those drawn
    error = (1 - r**2) * np.sqrt(1 / (0.8 * n) + 1 / 5000)
    assert abs(correlation(drawn, region) - r) < 4 * error


def test_one_law_of_all_rows_loses_it(table):
    pooled = cs.fit(table, copula="gaussian", marginals="spline", rng=1).sample(10_000, rng=3)
    assert abs(correlation(pooled, "North") - 0.8) > 0.3
    assert abs(correlation(pooled, "South") + 0.8) > 0.3


def test_groups_come_as_often_as_in_the_table(table, drawn):
    share = table["region"].value_counts(normalize=True, dropna=False)
    seen = drawn["region"].value_counts(normalize=True, dropna=False).reindex(share.index)
    assert (np.abs(seen - share) < 4 * np.sqrt(share * (1 - share) / len(drawn))).all()


def test_what_is_constant_or_not_there_in_a_group_stays_so(drawn):
    north, south = (drawn[drawn["region"] == name] for name in ("North", "South"))
    assert set(north["one"]) == {"only"}
    assert set(south["plan"]) == {"a", "b"}
    assert north["y"].notna().all()
    assert abs(south["y"].isna().mean() - 0.2) < 0.05


def test_rules_of_the_table_hold_in_every_group(model, drawn):
    assert (drawn["twice"] == 2 * drawn["whole"] + 1).all()
    assert model.rules


def test_small_groups_and_rows_without_one_share_a_law(model, drawn):
    groups = model.groups
    assert groups["region"].tolist()[:4] == ["North", "South", "West", "East"]
    assert groups["rows"].tolist() == [900, 700, 150, 82, 8]
    assert groups["pooled"].tolist() == [False, False, True, True, True]
    # the pool knows which group a row is of: the means of x are 2 and 3
    means = drawn.groupby("region")["x"].mean()
    assert means["East"] - means["West"] == pytest.approx(1.0, abs=0.4)


def test_same_seed_same_rows_whatever_the_workers_and_their_number(model, table, drawn, tmp_path):
    assert model.sample(500, rng=3).equals(drawn.head(500))
    again = cs.fit(table, by="region", copula="gaussian", marginals="spline", rng=1, workers=2)
    model.save(tmp_path / "one.json")
    again.save(tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    assert model.sample(70_000, rng=3, workers=2).head(20_000).equals(drawn)


def test_a_file_of_it_draws_the_same_and_is_written_the_same(model, drawn, tmp_path):
    model.save(tmp_path / "one.json")
    loaded = cs.load(tmp_path / "one.json")
    assert loaded.sample(20_000, rng=3).equals(drawn)
    loaded.save(tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    # what all groups share is there once
    text = (tmp_path / "one.json").read_text()
    assert text.count('"following"') == 1
    assert len(json.loads(text)["model"]["sampler"]["strata"]) == 3


def test_a_damaged_file_is_refused(model, tmp_path):
    model.save(tmp_path / "one.json")
    document = json.loads((tmp_path / "one.json").read_text())
    document["model"]["sampler"]["strata"][0]["keys"] = [[0.0, 1.0, 2.0]]
    (tmp_path / "two.json").write_text(json.dumps(document))
    with pytest.raises(cs.errors.ModelFileError, match="group"):
        cs.load(tmp_path / "two.json")


def test_a_file_of_parquet_and_blocks_are_the_same_rows(model, drawn, tmp_path):
    model.write(tmp_path / "rows.parquet", 3000, rng=3)
    assert len(pd.read_parquet(tmp_path / "rows.parquet")) == 3000
    batches = pd.concat(model.iter_batches(3000, batch_size=700, rng=3), ignore_index=True)
    assert batches.equals(drawn.head(3000))


@pytest.mark.parametrize(
    ("given", "regions"),
    [
        ({"region": "North"}, {"North"}),
        ({"region": "East"}, {"East"}),
        ({"region": None}, {None}),
        ({"region": {"North", "South"}}, {"North", "South"}),
        ({"region": "South", "plan": "a"}, {"South"}),
    ],
)
def test_given_a_group_only_its_law_draws(model, given, regions):
    rows = model.sample(300, given=given, rng=1)
    assert {None if r != r else r for r in rows["region"]} == regions
    assert "plan" not in given or set(rows["plan"]) == {"a"}


@pytest.mark.parametrize("region", ["North", "East"])
def test_a_number_is_given_beside_a_group_also_of_the_pool(model, region):
    rows = model.sample(200, given={"region": region, "x": 0.5}, rng=1)
    assert set(rows["region"]) == {region}
    assert rows["x"].round(9).unique().tolist() == [0.5]


def test_a_number_alone_is_refused_with_what_to_add(model):
    with pytest.raises(DataError, match="give values of one group too"):
        model.sample(5, given={"x": 0.5})


def test_given_something_else_groups_come_as_often_as_they_have_it(model, drawn):
    rows = model.sample(4000, given={"x": cs.between(0.0, 1.0)}, rng=1)
    inside = drawn[drawn["x"].between(0.0, 1.0)]
    share, seen = ((t["region"] == "North").mean() for t in (inside, rows))
    assert rows["x"].between(0.0, 1.0).all()
    assert abs(share - seen) < 0.04


def test_values_that_no_group_has_are_refused(model):
    with pytest.raises(DataError, match="no level 'Nowhere'"):
        model.sample(5, given={"region": "Nowhere"})


def test_rows_are_completed_by_the_law_of_their_group(model, table):
    known = table.loc[table["region"].isin(["North", "South"]), ["region", "x"]].head(600)
    rows = model.complete(known, rng=1)
    assert rows["x"].tolist() == pytest.approx(known["x"].tolist())
    assert correlation(rows, "North") > 0.7
    assert correlation(rows, "South") < -0.6
    with pytest.raises(DataError, match="give values of 'region'"):
        model.complete(table[["x"]].head(3))
    # a group that is not known has no law, and leaving the column out would be refused as well
    with pytest.raises(DataError, match=r"'Nowhere'.*Put one of these there; the law of a row"):
        model.complete(known.head(3).assign(region="Nowhere"))
    plan = table[["region", "plan"]].head(3).assign(plan="z")
    with pytest.raises(DataError, match="or leave the column out to have it drawn"):
        model.complete(plan)


def test_gaps_are_filled_within_groups(table):
    holes = table.assign(y=table["y"].where(np.arange(len(table)) % 5 > 0))
    fitted = cs.fit(holes, by="region", copula="gaussian", marginals="spline", rng=1)
    (filled,) = fitted.impute(holes, m=1, rng=1)
    assert filled["y"].isna().sum() == 0
    gaps = holes["y"].isna()
    assert correlation(filled[gaps], "North") > 0.6
    assert correlation(filled[gaps], "South") < -0.6


def test_few_rows_of_a_group_are_refused_with_what_to_do_only_where_they_have_gaps(table):
    holes = table.assign(y=table["y"].where(np.arange(len(table)) % 5 > 0))
    fitted = cs.fit(holes, by="region", copula="gaussian", marginals="spline", rng=1)
    north = holes[holes["region"] == "North"]
    south = holes[holes["region"] == "South"]
    whole, open_ = south[south["y"].notna()].head(1), south[south["y"].isna()].head(1)
    (filled,) = fitted.impute(pd.concat([north, whole]), m=1, rng=1)
    assert filled["y"].isna().sum() == 0
    with pytest.raises(DataError, match=r"each group \(by=\), and here it is 1 row. Give all rows"):
        fitted.impute(pd.concat([north, open_]), m=1, rng=1)
    # no row of the table has a number for y: which group this is, and why, is said
    gaps = south[south["y"].isna()].head(8)
    with pytest.raises(DataError, match=r"8 rows are too few: .*no values.* Give all rows of the"):
        fitted.impute(pd.concat([north, gaps]), m=1, rng=1)


def test_a_group_is_a_model_of_its_own(model):
    north = model.group({"region": "North"})
    assert north.provenance.rows == 900
    assert set(north.sample(50, rng=1)["region"]) == {"North"}
    assert len(north.dependence_table)
    with pytest.raises(DataError, match="laws have the values"):
        model.group({"region": {"North", "South"}})
    with pytest.raises(MissingPartError, match=r"model\.group"):
        _ = model.law
    with pytest.raises(DataError, match=r"model\.group"):
        model.diagnose()


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ({"region": "North", "plan": "a"}, "a group is told by {'region': ...}"),
        ("North", "a group is told by {'region': ...}"),
        ({}, "name one group, by one value of 'region'"),
        ({"region": {"North", "South"}}, "name one group, by one value of 'region'"),
        ({"region": "Nord"}, "It has"),
    ],
)
def test_what_names_no_group_is_refused_with_what_does(model, group, words):
    with pytest.raises(DataError, match=re.escape(words)):
        model.group(group)


def test_what_leaves_is_a_group_and_says_nothing_of_small_ones(model, tmp_path):
    with pytest.raises(DataError, match="Fit without by="):
        model.export_release(tmp_path / "all.json")
    told = model.disclose()
    assert told.loc[told["what"] == "groups", "rows"].item() == 8
    model.group({"region": "North"}).export_release(tmp_path / "north.json", k_min=10)
    assert '"South"' not in (tmp_path / "north.json").read_text()
    small = model.group({"region": "East"}).export_release(tmp_path / "small.json", k_min=60)
    assert set(small.sample(2000, rng=1)["region"]) == {"East", "West"}
    assert '"South"' not in (tmp_path / "small.json").read_text()


def test_several_columns_numbers_and_truths_tell_groups():
    g = np.random.default_rng(2)
    table = pd.DataFrame({"year": g.choice([2020, 2021, 2024], 2000, p=[0.5, 0.4, 0.1]),
                          "new": g.random(2000) < 0.4, "x": g.normal(size=2000)})  # fmt: skip
    table.loc[table["year"] == 2021, "new"] = True
    fitted = cs.fit(table, by=["year", "new"], copula="gaussian", marginals="spline", rng=1)
    rows = fitted.sample(5000, rng=1)
    seen = set(rows.groupby(["year", "new"]).groups)
    assert seen == set(table.groupby(["year", "new"]).groups)
    assert fitted.groups["rows"].sum() == 2000
    assert rows.dtypes.equals(table.dtypes)
    few = fitted.sample(100, given={"year": 2024, "new": True}, rng=1)
    assert (few["year"] == 2024).all()
    assert few["new"].all()


def test_a_column_that_follows_from_another_tells_groups_too():
    g = np.random.default_rng(3)
    city = g.choice(["a1", "a2", "b1", "b2", "c1"], 1500, p=[0.3, 0.3, 0.2, 0.15, 0.05])
    table = pd.DataFrame({"region": [c[0] for c in city], "city": city, "x": g.normal(size=1500)})
    fitted = cs.fit(table, by="region", copula="gaussian", marginals="spline", rng=1)
    rows = fitted.sample(3000, rng=1)
    assert (rows["region"] == rows["city"].str[0]).all()
    assert set(rows["region"]) == {"a", "b", "c"}


def test_a_column_that_is_empty_in_a_group_is_empty_there():
    g = np.random.default_rng(4)
    table = pd.DataFrame({"region": np.repeat(["a", "b"], 400), "x": g.normal(size=800)})
    table["y"] = np.where(table["region"] == "a", np.nan, g.normal(size=800))
    fitted = cs.fit(table, by="region", copula="gaussian", marginals="spline", rng=1)
    rows = fitted.sample(500, rng=1)
    assert rows["y"].isna().equals(rows["region"] == "a")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"by": "regio"}, "did you mean 'region'"),
        ({"by": "x"}, "take columns of fewer values"),
        ({"by": []}, "expected a column"),
        ({"by": "region", "copula": "cart"}, "copulas are"),
        ({"by": "region", "copula": "search"}, "copulas are"),
        ({"by": "region", "proper": True}, "proper=False"),
        ({"by": "region", "workers": 0}, "workers must be at least 1"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_remedy(table, settings, words):
    with pytest.raises(DataError, match=words):
        cs.fit(table.head(400), **settings)


def test_a_constant_column_tells_no_groups(table):
    with pytest.raises(DataError, match="has one value"):
        cs.fit(table.assign(region="North"), by="region")


def test_rows_of_groups_that_are_all_small_share_one_law(table, monkeypatch):
    monkeypatch.setattr(strata_module, "LEAST", 10**6)
    fitted = cs.fit(table, by="region", copula="independence", marginals="spline", rng=1)
    assert fitted.groups["pooled"].all()
    assert set(fitted.sample(2000, rng=1)["region"].dropna()) == set(SIZES)


def test_the_rule_of_auto_looks_at_the_rows_of_a_group(table):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        fitted = cs.fit(table, by="region", marginals="spline", rng=1)
    assert set(fitted.groups["law"]) == {"GaussianCopula"}
    assert fitted.provenance.choices["copula"] == "auto"


def test_a_model_of_groups_is_judged_as_any_other(model, table):
    found = cs.evaluate_model(model, table, metrics=["ks", "c2st_logistic"], rng=1)
    assert found["ks"].value < 0.1


def test_processes_bring_what_one_would_in_order_and_raise_what_it_raised():
    done = []
    found = each(lambda k: k * k, list(range(30)), Where(workers=3), done.append)
    assert found == [k * k for k in range(30)]
    assert done == list(range(1, 31))
    with pytest.raises(ZeroDivisionError):
        each(lambda k: 1 // (k - 7), list(range(30)), Where(workers=2))


def test_a_process_that_is_ended_is_said():
    here = os.getpid()

    def ended(k):
        if k == 3 and os.getpid() != here:
            os._exit(1)
        return k

    with pytest.raises(SamplingError, match="go on with workers=1"):
        each(ended, list(range(6)), Where(workers=2))


def test_a_cluster_of_dask_fits_the_same_bytes(model, table, tmp_path):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(1, processes=False, dashboard_address=":0") as cluster:
        where = {"engine": "dask", "scheduler": cluster.scheduler_address}
        again = cs.fit(table, by="region", copula="gaussian", marginals="spline", rng=1, **where)
    model.save(tmp_path / "one.json")
    again.save(tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


@pytest.mark.parametrize(
    ("error", "seen"),
    [(DataError("too few"), DataError), (SamplingError("none"), SamplingError)],
)
def test_what_goes_wrong_in_a_group_names_it(table, monkeypatch, error, seen):
    def broken(*_, **__):
        raise error

    monkeypatch.setattr(by_group_module, "learnt", broken)
    with pytest.raises(seen, match=r"the law of group region='North' cannot be fitted: (too|none)"):
        cs.fit(table, by="region", copula="gaussian", workers=2)


def test_other_errors_say_in_which_group_they_were(table, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr(by_group_module, "learnt", broken)
    with pytest.raises(ZeroDivisionError) as caught:
        cs.fit(table, by="region", copula="gaussian", workers=1)
    assert caught.value.__notes__ == ["while the law of group region='North' was fitted"]


def test_groups_of_columns_in_another_order_than_the_tables_have_their_own_values():
    g = np.random.default_rng(2)
    table = pd.DataFrame({"a": g.choice([2020, 2021], 1200), "b": g.choice([7, 8, 9], 1200),
                          "x": g.normal(size=1200)})  # fmt: skip
    fitted = cs.fit(table, by=["b", "a"], copula="independence", marginals="spline", rng=1)
    assert set(fitted.groups["a"]) == {2020, 2021}
    assert set(fitted.groups["b"]) == {7, 8, 9}


def test_each_group_says_the_standard_error_of_a_correlation(model):
    groups = model.groups.set_index("region")
    assert groups["error"]["North"] == pytest.approx(1 / 30)
    # one law of 240 rows
    assert groups["error"]["West"] == groups["error"]["East"] == pytest.approx(1 / np.sqrt(240))


def test_whole_numbers_that_tell_groups_stay_whole_beside_a_missing_one():
    g = np.random.default_rng(2)
    ids = pa.array([2**60, 2**60 + 1, None] * 400, pa.int64())
    fitted = cs.fit(
        pa.table({"id": ids, "x": g.normal(size=1200)}),
        by="id", copula="independence", marginals="spline", rng=1,
    )  # fmt: skip
    assert set(fitted.groups["id"]) == {2**60, 2**60 + 1, None}
    for told in fitted.groups["id"]:
        drawn = fitted.group({"id": told}).sample(3, rng=1)
        assert drawn["id"].to_pylist() == [told] * 3
