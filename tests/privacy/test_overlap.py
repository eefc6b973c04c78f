"""A holdout of training rows is refused before anything is measured; natural duplicates are not."""

import numpy as np
import pandas as pd
import pytest

from copulasynth import metrics, privacy
from copulasynth.errors import DataError
from copulasynth.privacy.sides import Sides


def numbers(n, seed):
    return pd.DataFrame(np.random.default_rng(seed).normal(size=(n, 3)), columns=list("xyz"))


def levels(n, seed):
    g = np.random.default_rng(seed)
    return pd.DataFrame({c: g.choice(list("uvwxyz"), n) for c in "abc"})


def shuffled(table):
    return table.sample(frac=1, random_state=1).reset_index(drop=True)


TRAIN, HELD = numbers(300, 1), numbers(300, 2)


@pytest.mark.parametrize(
    ("train", "holdout"),
    [
        (TRAIN, TRAIN),
        (TRAIN, shuffled(TRAIN)),
        (levels(300, 1), shuffled(levels(300, 1))),
        (TRAIN, pd.concat([HELD, TRAIN.head(40)])),
        (TRAIN, TRAIN.head(100)),
        (TRAIN.assign(no=range(300)), shuffled(TRAIN).assign(no=range(300))),
        (TRAIN.assign(no=range(300)), TRAIN.assign(no=np.arange(300) + 1000)),
        (
            TRAIN.assign(no=np.random.default_rng(1).permutation(300)),
            TRAIN.assign(no=np.random.default_rng(2).permutation(300) + 300),
        ),
        (TRAIN.assign(id=[f"A-{k:05d}" for k in range(300)]), TRAIN.assign(id="B-1")),
    ],
    ids=[
        *("same file", "shuffled", "same levels", "some rows", "a part"),
        *("numbered", "other numbers", "random numbers", "other ids"),
    ],
)
def test_training_rows_in_the_holdout_are_refused(train, holdout):
    with pytest.raises(DataError, match="equal a training row"):
        Sides.of(train, HELD if "x" in train else levels(300, 3), holdout)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_natural_duplicates_are_counted_and_accepted(share):
    everyone = levels(1000, 5)
    n = int(1000 * share)
    sides = Sides.of(everyone.head(n), levels(300, 6), everyone.tail(1000 - n))
    assert sides.overlap.shared > 100
    assert abs(sides.overlap.z) < 3
    assert "by nature" in sides.note()


def test_two_samples_of_one_law_are_seldom_refused():
    z = []
    for seed in range(60):
        tables = metrics.align(levels(400, seed), levels(200, 1000 + seed))
        z.append(privacy.overlap(tables.real, tables.synthetic).z)
    # mean 0 and deviation 1, each within four standard errors
    assert abs(np.mean(z)) < 4 / np.sqrt(60)
    assert 1 - 4 / np.sqrt(120) < np.std(z) < 1 + 4 / np.sqrt(120)


def test_units_on_both_sides_are_refused():
    train, held = TRAIN.assign(who=np.arange(300) // 3), HELD.assign(who=np.arange(300) // 3 + 99)
    with pytest.raises(DataError, match="Split by units"):
        Sides.of(train, TRAIN, held, "who")


def test_units_are_split_and_counted_as_such():
    train, held = TRAIN.assign(who=np.arange(300) // 3), HELD.assign(who=np.arange(300) // 3 + 100)
    sides = Sides.of(train, numbers(300, 3), held, "who")
    assert (sides.train.units, sides.holdout.units) == (100, 100)
    assert "who" not in sides.synthetic.names
    one, other = sides.holdout.halves(np.random.default_rng(1))
    assert (one.units, other.units) == (50, 50)
    assert one.table.n == 150
    assert sides.train.targets(1000, np.random.default_rng(1)).n == 100


def test_an_attack_without_a_holdout_is_refused():
    with pytest.raises(DataError, match="needs a holdout"):
        privacy.membership(TRAIN, HELD, holdout=None)


def test_halves_of_few_kinds_of_rows_may_hold_the_same_rows_by_chance():
    """One column of two levels: every ninth split has as many of each in both halves."""
    half = pd.DataFrame({"a": list("uv") * 12, "b": list("xx") * 12})
    sides = Sides.of(half, half.head(22), shuffled(half))
    assert not sides.overlap.alike
