"""Rules and groups of what is read in pieces: checked and counted on all rows."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as papq
import pytest

import copulasynth as cs
from copulasynth.errors import DataError, FitWarning
from copulasynth.fitting.lake.rules import Breaks, obeyed
from copulasynth.schema import Rule, Schema

N, RARE = 12_000, 16


def fitted(table, folder, sample_rows=1000, **settings):
    folder.mkdir(exist_ok=True)
    for k, places in enumerate(np.array_split(np.arange(table.num_rows), 3)):
        papq.write_table(table.take(places), folder / f"{k}.parquet")
    settings = {"copula": "independence", "marginals": "spline", "rng": 1} | settings
    return cs.fit(f"{folder}/*.parquet", sample_rows=sample_rows, **settings)


def held(model):
    return [r.columns for r in model.schema.rules if r.keep]


def sums(broken: int):
    rng = np.random.default_rng(8)
    a, b = np.round(rng.lognormal(2, 1, (2, N)), 2)
    total = np.round(a + b, 2)
    total[:broken] += 1.0
    return pa.table({"a": a, "b": b, "total": total, "c": rng.normal(size=N)})


def orders(broken: int):
    rng = np.random.default_rng(8)
    start = rng.normal(size=N)
    end = start + rng.exponential(size=N)
    end[:broken] = start[:broken] - 1.0
    return pa.table({"start": start, "end": end, "c": rng.normal(size=N)})


def test_an_identity_that_a_handful_of_rows_break_is_kept_as_in_memory(tmp_path):
    with pytest.warns(FitWarning, match=r"does not hold in 3 of 12,000 rows, none of which is in"):
        found = fitted(sums(3), tmp_path / "a")
    assert held(found) == [("total", "a", "b")]
    assert any("3 of 12,000" in w for w in found.provenance.warnings)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert held(fitted(sums(0), tmp_path / "b")) == [("total", "a", "b")]


def test_an_order_of_the_sample_that_rows_break_is_given_up_and_said(tmp_path):
    with pytest.warns(FitWarning, match=r"does not hold in 3 of 12,000 rows, although .* not kept"):
        found = fitted(orders(3), tmp_path / "a")
    assert not held(found)
    assert any("3 of 12,000" in w for w in found.provenance.warnings)


def test_values_beyond_those_of_the_sample_break_no_rule(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = fitted(orders(0), tmp_path / "a")
    assert held(found) == [("start", "end")]
    drawn = found.sample(5000, rng=1).to_pandas()
    assert (drawn["start"] <= drawn["end"]).all()


@pytest.mark.parametrize("broken", [1, 60, 2000])
def test_digits_with_exceptions_are_kept_with_the_share_of_all_rows(tmp_path, broken):
    rng = np.random.default_rng(2)
    k = 5 * rng.integers(0, 4000, N)
    k[rng.permutation(N)[:broken]] += 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = fitted(pa.table({"k": k, "c": rng.normal(size=N)}), tmp_path / "a")
    assert held(found) == [("k",)]
    off = np.mean(found.sample(40_000, rng=1).to_pandas()["k"] % 5 != 0)
    assert off == pytest.approx(broken / N, abs=0.006)


def test_a_declared_rule_that_rows_break_is_refused_with_counts(tmp_path):
    rules = [cs.rules.Identity("total = a + b")]
    words = r"'total = a \+ b' does not hold in 3 of 12,000 rows.*allow=0.001"
    for by in (None, "c"):
        table = sums(3).set_column(3, "c", pa.array(["u", "v"] * (N // 2)))
        with pytest.raises(DataError, match=words):
            fitted(table, tmp_path / "a", rules=rules, by=by)
    rules = [cs.rules.Identity("total = a + b", allow=0.001)]
    assert held(fitted(sums(3), tmp_path / "a", rules=rules)) == [("total", "a", "b")]


@pytest.mark.parametrize(
    ("record", "own", "broken", "kept"),
    [
        (Rule("identity", ("a", "b"), told=1000), 0, 15_000, True),
        (Rule("identity", ("a", "b"), told=1000), 0, 30_000, False),
        (Rule("order", ("a", "b"), told=1000), 0, 1, False),
        (Rule("link", ("a", "b"), allow=0.01, told=500), 3, 4900, True),
        (Rule("link", ("a", "b"), allow=0.01, told=500), 3, 40_000, False),
    ],
)
def test_a_rule_stays_if_all_rows_break_it_about_as_often_as_the_sample(record, own, broken, kept):
    schema = Schema.infer(pd.DataFrame({"a": [1.5, 2.5], "b": [1.0, 3.0]}))
    schema = replace(schema, rules=(record,))
    breaks = Breaks([record], np.array([own]), 1000, np.array([broken]), 1_000_000)
    found, said = obeyed(schema, breaks, set())
    assert found.rules[0].keep == kept
    assert kept or "not kept" in said[0]
    assert own == 0 or kept or f"in {own} of the 1,000 of the sample" in said[0]


def regions(rare: int):
    rng = np.random.default_rng(4)
    region = rng.choice(["N", "S", "W"], N, p=[0.6, 0.3, 0.1]).astype(object)
    # few rows of many groups, which have a law together
    small = rng.permutation(N)
    region[small[:600]] = rng.choice(["p", "q", "r", "s"], 600, p=[0.4, 0.3, 0.2, 0.1])
    region[small[600 : 600 + rare]] = [f"rare {k // 2}" for k in range(rare)]
    k = rng.poisson(3, N)
    return pa.table({"region": pa.array(region), "k": k, "double": 2 * k, "x": rng.normal(size=N)})


@pytest.fixture(scope="module")
def grouped(tmp_path_factory):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return fitted(regions(RARE), tmp_path_factory.mktemp("g") / "a", by="region")


def test_groups_come_as_often_as_in_all_rows(grouped):
    want = regions(RARE).to_pandas()["region"].value_counts()
    rows = grouped.groups.set_index("region")["rows"]
    assert rows.to_dict() == want.to_dict()
    assert set(grouped.groups.query("pooled")["region"]) >= {"q", "r", "s"}
    drawn = grouped.sample(60_000, rng=2).to_pandas()["region"].value_counts()
    assert (drawn / 60_000 - want / N).abs().max() < 0.007
    assert grouped.provenance.rows == N
    assert "2 to 2,000 of each of 15 groups" in grouped.provenance.choices["dependence"]


def test_rules_of_groups_are_checked_on_all_rows(grouped, tmp_path):
    drawn = grouped.sample(2000, rng=3).to_pandas()
    assert (drawn["double"] == 2 * drawn["k"]).all()
    table = orders(1).set_column(2, "c", pa.array(["u", "v"] * (N // 2)))
    with pytest.warns(FitWarning, match=r"does not hold in 1 of 12,000 rows, although .* not kept"):
        assert not held(fitted(table, tmp_path / "a", by="c"))


def test_laws_of_groups_do_not_depend_on_the_order_of_the_rows(grouped, tmp_path):
    table = regions(RARE)
    other = fitted(table.take(np.arange(N)[::-1]), tmp_path / "a", by="region")
    for name, model in (("one", grouped), ("other", other)):
        model.save(tmp_path / f"{name}.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "other.json").read_bytes()
