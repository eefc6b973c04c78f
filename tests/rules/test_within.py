"""Shares that add up to a hundred but for their rounding do so in every drawn row."""

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.errors import DataError
from copulasynth.rules import Identity
from copulasynth.schema import Schema
from tests.rules.varied import CHANGES, cheap, generator, rules_of, varied

N = 600


def shares(rng, n=N, decimals=1, whole=100):
    parts = whole * rng.dirichlet([3, 2, 5], n)
    return pd.DataFrame(parts.round(decimals), columns=["coal", "wind", "gas"])


def sums(df):
    return df[["coal", "wind", "gas"]].sum(axis=1).round(4)


@pytest.mark.parametrize("change", CHANGES)
def test_shares_are_found_however_the_table_stands(change):
    rng = generator()
    df, names = varied(shares(rng), change, "gas", "coal", rng)
    (words,) = rules_of(df)
    assert " = 100 - " in words
    assert words.endswith(" within 0.1")
    assert all(names[name] in words for name in ("coal", "wind", "gas"))


@pytest.mark.parametrize(("decimals", "whole"), [(0, 100), (2, 1), (2, 100)])
def test_what_rows_are_off_by_has_its_law_and_no_share_is_negative(decimals, whole):
    df = shares(generator(), decimals=decimals, whole=whole)
    drawn = cheap(df).sample(4000, rng=2)
    was, now = (sums(t).value_counts(normalize=True) for t in (df, drawn))
    assert set(now.index) == set(was.index)
    assert (was - now).abs().max() < 0.05
    assert drawn.min().min() >= 0
    assert drawn.max().max() <= whole * 1.02


def test_a_total_that_was_rounded_by_itself_follows_from_its_parts():
    parts = generator().gamma(2, 50, (N, 3))
    df = pd.DataFrame(parts.round(), columns=["a", "b", "c"]).assign(total=parts.sum(1).round())
    assert "total = a + b + c within 1" in rules_of(df)


def test_it_holds_in_every_door(tmp_path):
    df = shares(generator())
    model = cheap(df)
    model.save(tmp_path / "model.json")
    model.schema.to_file(tmp_path / "schema.toml")
    rows = model.sample(500, rng=3)
    again = cheap(df, schema=Schema.from_file(tmp_path / "schema.toml"))
    pd.testing.assert_frame_equal(cs.load(tmp_path / "model.json").sample(500, rng=3), rows)
    pd.testing.assert_frame_equal(again.sample(500, rng=3), rows)
    near = {99.9, 100.0, 100.1}
    given = model.sample(50, given={"coal": cs.between(40, 50)}, rng=4)
    filled = model.complete(df.drop(columns="gas").head(50), rng=5)
    assert all(set(sums(t)) <= near for t in (rows, given, filled))


def test_it_is_declared_and_says_how_many_rows_break_it():
    df = shares(generator())
    assert "gas = 100 - coal - wind within 0.2" in rules_of(
        df, rules=[Identity("gas = 100 - coal - wind within 0.2")]
    )
    broken = int((sums(df) != 100).sum())
    with pytest.raises(DataError, match=f"in {broken} of {N} rows"):
        rules_of(df, rules=[Identity("gas = 100 - coal - wind within 0.05")])


def test_percent_of_a_total_is_an_identity():
    rng = generator()
    part, rest = rng.poisson(40, N), rng.poisson(90, N)
    df = pd.DataFrame({"part": part, "total": part + rest})
    df["percent"] = (100 * df["part"] / df["total"]).round(1)
    assert "percent = 100 * part / total" in rules_of(df)


def test_independent_numbers_and_noisy_sums_are_none():
    rng = generator()
    a, b, c = rng.integers(0, 100, (3, N))
    noisy = a + b + rng.integers(-9, 10, N)
    assert rules_of(pd.DataFrame({"a": a, "b": b, "c": c, "noisy": noisy})) == {}
    assert np.unique(noisy).size > 20


@pytest.mark.parametrize(("parts", "decimals", "whole"), [(5, 0, 100), (4, 2, 1)])
def test_shares_of_many_parts_on_a_coarse_grid_are_found(parts, decimals, whole):
    rng = generator()
    df = pd.DataFrame((whole * rng.dirichlet([2] * parts, 2 * N)).round(decimals))
    df = df.set_axis([*"abcde"[:parts]], axis=1)
    off = (df.sum(axis=1) - whole).abs().max()
    drawn = cheap(df).sample(2000, rng=1)
    assert ((drawn.sum(axis=1) - whole).abs() <= off + 1e-9).all()


def test_answers_that_go_together_are_no_shares():
    rng = generator()
    z = rng.normal(size=(N, 1))
    answers = np.clip(np.round(4 + 1.4 * z + 0.45 * rng.normal(size=(N, 6))), 1, 7)
    assert not any(
        "within" in words
        for words in rules_of(pd.DataFrame(answers.astype(int), columns=[*"abcdef"]))
    )


def test_shares_of_counts_follow_from_the_counts_and_not_from_each_other():
    rng = np.random.default_rng(4)
    valid = rng.lognormal(7, 1, 1200).round().astype(int) + 30
    votes = [
        rng.multinomial(v, p) for v, p in zip(valid, rng.dirichlet([6, 5, 3], 1200), strict=True)
    ]
    df = pd.DataFrame(votes, columns=["left", "right", "green"]).assign(valid=valid)
    for party in ("left", "right", "green"):
        df[f"of_{party}"] = (100 * df[party] / valid).round(1)
    drawn = cheap(df).sample(2000, rng=1)
    for party in ("left", "right", "green"):
        assert ((100 * drawn[party] / drawn["valid"] - drawn[f"of_{party}"]).abs() < 0.0501).all()
