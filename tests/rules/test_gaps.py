"""Sums with gaps are found, hold where all members are there, and keep their patterns of gaps."""

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.schema import Schema
from tests.rules.varied import cheap, generator, rules_of

N = 2000
PARTS = ["a", "b", "c"]


def parts(r):
    df = pd.DataFrame({"a": r.gamma(2, 200, N), "b": r.lognormal(5, 0.6, N)})
    df = df.assign(c=r.gamma(3, 60, N)).round(2)
    return df.assign(total=df.sum(axis=1).round(2))


def each(r):
    df = parts(r)
    return df.mask(r.random(df.shape) < 0.3)


def one(r):
    df, which = parts(r), r.integers(0, 4, N)
    which[r.random(N) < 0.7] = -1
    return df.mask(which[:, None] == np.arange(4))


def follows(r):
    df = parts(r)
    df[PARTS] = df[PARTS].mask(r.random((N, 3)) < 0.12)
    return df.assign(total=df["total"].mask(df[PARTS].isna().any(axis=1)))


def sometimes(r):
    df = parts(r)
    df[PARTS] = df[PARTS].mask(r.random((N, 3)) < 0.12)
    return df.assign(total=df["total"].mask(df[PARTS].isna().any(axis=1) & (r.random(N) < 0.5)))


def patterns(df):
    bits = df[[*PARTS, "total"]].isna().to_numpy() @ np.array([1, 2, 4, 8])
    return pd.Series(bits).value_counts(normalize=True)


@pytest.mark.parametrize("turn", [False, True])
@pytest.mark.parametrize("make", [each, one, follows, sometimes])
def test_the_sum_is_held_and_so_are_patterns_of_gaps(make, turn):
    df = make(generator(2))
    df = df[df.columns[::-1]] if turn else df
    assert f"total = {'c + b + a' if turn else 'a + b + c'}" in rules_of(df)
    drawn = cheap(df).sample(6000, rng=3)
    whole = drawn.dropna()
    assert np.allclose(whole["total"], whole[PARTS].sum(axis=1))
    was, now = patterns(df), patterns(drawn)
    assert was.sub(now, fill_value=0).abs().max() < 0.025
    assert make is each or set(now.index) <= set(was.index)


def test_patterns_are_stored_and_read_again(tmp_path):
    df = sometimes(generator())
    model = cheap(df)
    assert "gaps of " in " ".join(rule.words for rule in model.schema.rules)
    model.save(tmp_path / "model.json")
    model.schema.to_file(tmp_path / "schema.toml")
    rows = model.sample(500, rng=3)
    pd.testing.assert_frame_equal(cs.load(tmp_path / "model.json").sample(500, rng=3), rows)
    again = cheap(df, schema=Schema.from_file(tmp_path / "schema.toml"))
    pd.testing.assert_frame_equal(again.sample(500, rng=3), rows)


def test_gaps_that_come_by_themselves_are_no_pattern():
    assert not any("gaps of" in words for words in rules_of(each(generator())))


def test_patterns_are_judged_on_other_tables():
    train, rows = follows(generator(1)), follows(generator(2))
    broken = rows.assign(total=rows["total"].mask(generator().random(N) < 0.2))
    scores = [
        cs.evaluate(train, table, metrics=["rules_kept"], rng=1)["rules_kept"].value
        for table in (rows, broken)
    ]
    assert scores[0] > 0.99
    assert scores[1] < 0.9
