"""Groups of columns of 0 and 1 with a fixed sum, or at most one 1, are found and held."""

import numpy as np
import pytest

from copulasynth.rules.api import Coordinates, FittedRule
from copulasynth.rules.levels.one_hot import OneHotRule, find_one_hot, fit_one_hot
from copulasynth.schema.column import Variable
from copulasynth.schema.records import Rule

N = 1500


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def coordinates(*columns):
    """Columns of 0 and 1 (or numbers) named a, b, .. as coordinates."""
    x = np.asfortranarray(np.column_stack(columns), dtype=np.float64)
    names = [chr(ord("a") + j) for j in range(x.shape[1])]
    return Coordinates(x, tuple(Variable(n, j, "discrete", 0, 1.0) for j, n in enumerate(names)))


def one_of(rng, shares):
    level = rng.choice(len(shares), N, p=shares)
    return (level[:, None] == np.arange(len(shares))).astype(float)


def some_of(rng, m, k):
    return (rng.random((N, m)).argsort(axis=1) < k).astype(float)


def flags(rng, *shares):
    return (rng.random((N, len(shares))) < shares).astype(float)


def formulas(c):
    return [f.record.formula for f in c.found]


def drawn(c, n=4000):
    """Rows of which every free coordinate is drawn by itself."""
    rng = np.random.default_rng(0)
    x = np.full((len(c.variables), n), np.nan)
    for j in c.free:
        seen = c.x[~np.isnan(c.x[:, j]), j]
        x[j] = rng.choice(seen, n)
    for f in c.found:
        f.rule.make(x)
    return x


@pytest.mark.parametrize(
    "shares", [[1 / 6] * 6, [0.5, 0.3, 0.15, 0.04, 0.008, 0.002], [0.6, 0.2, 0.2]]
)
def test_dummy_columns_of_one_category_have_one_1_in_every_drawn_row(rng, shares):
    hot = one_of(rng, shares)
    c = find_one_hot(coordinates(rng.normal(size=N), *hot.T))
    (found,) = c.found
    assert isinstance(found.rule, FittedRule)
    assert (found.record.obey, found.record.told) == (N, N)
    assert found.record.formula.endswith("= 1")
    x = drawn(c)
    assert (x[list(found.rule.makes)].sum(axis=0) == 1).all()
    assert np.abs(x[1 : len(shares) + 1].mean(axis=1) - hot.mean(axis=0)).max() < 0.03


def test_columns_of_which_at_most_one_is_1_are_a_group(rng):
    hot = one_of(rng, [0.4, 0.3, 0.2, 0.1])[:, 1:]
    c = find_one_hot(coordinates(*hot.T, *flags(rng, 0.5, 0.1).T))
    assert formulas(c) == ["a + b + c <= 1"]
    assert drawn(c)[:3].sum(axis=0).max() == 1


def test_a_fixed_number_of_choices_is_kept(rng):
    c = find_one_hot(coordinates(*some_of(rng, 5, 2).T, *flags(rng, 0.3).T))
    assert formulas(c) == ["a + b + c + d + e = 2"]
    assert (drawn(c)[:5].sum(axis=0) == 2).all()


def test_so_many_patterns_that_none_is_seen_twice_are_left_alone(rng):
    assert find_one_hot(coordinates(*some_of(rng, 24, 12).T)).found == ()


@pytest.mark.parametrize("seed", range(4))
def test_several_groups_are_told_apart_in_any_order_of_the_columns(seed):
    rng = np.random.default_rng(seed)
    x = np.column_stack(
        [
            one_of(rng, [0.4, 0.3, 0.2, 0.1]),
            one_of(rng, [0.5, 0.3, 0.2]),
            some_of(rng, 4, 2),
            one_of(rng, [0.3, 0.3, 0.2, 0.2])[:, 1:],
            flags(rng, 0.5, 0.05, 0.9),
        ]
    )
    order = rng.permutation(x.shape[1])
    c = find_one_hot(coordinates(*x[:, order].T))
    groups = {frozenset(int(order[j]) for j in f.rule.makes) for f in c.found}
    assert groups == {
        frozenset(range(4)),
        frozenset(range(4, 7)),
        frozenset(range(7, 11)),
        frozenset(range(11, 14)),
    }


def test_a_few_rows_that_break_the_rule_are_counted_and_keep_their_share(rng):
    hot = one_of(rng, [0.4, 0.3, 0.2, 0.1])
    hot[:9, 0] = 1 - hot[:9, 0]
    c = find_one_hot(coordinates(*flags(rng, 0.2).T, *hot.T))
    (found,) = c.found
    assert (found.record.obey, found.record.told) == (N - 9, N)
    held = found.rule.holds(drawn(c, 50_000))
    assert abs(held.mean() - (1 - 9 / N)) < 0.005


def test_rows_with_gaps_do_not_hide_a_group(rng):
    hot = one_of(rng, [0.4, 0.3, 0.2, 0.1])
    hot[rng.random(N) < 0.1] = np.nan
    hot[rng.random(hot.shape) < 0.03] = np.nan
    c = find_one_hot(coordinates(*hot.T, *flags(rng, 0.4).T))
    assert formulas(c) == ["a + b + c + d = 1"]
    assert c.found[0].record.obey == c.found[0].record.told < N
    x = drawn(c)
    assert (x[:4].sum(axis=0) == 1).all()


@pytest.mark.parametrize("seed", range(20))
def test_independent_flags_are_no_group(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(300, 20_000))
    shares = rng.choice([0.5, 0.2, 0.05, 0.01, 0.003, 0.95], int(rng.integers(3, 21)))
    x = (rng.random((n, shares.size)) < shares).astype(float)
    assert find_one_hot(coordinates(*x.T)).found == ()


def test_two_flags_that_a_strong_dependence_keeps_apart_are_no_group():
    rng = np.random.default_rng(1)
    z = rng.multivariate_normal([0, 0], [[1, -0.7], [-0.7, 1]], 20_000)
    assert find_one_hot(coordinates(*(z > 1.3).T.astype(float))).found == ()


def test_a_refused_group_is_not_found_again(rng):
    c = coordinates(*one_of(rng, [0.5, 0.3, 0.2]).T)
    (found,) = find_one_hot(c).found
    assert find_one_hot(c, frozenset({found.record.key})).found == ()


def test_a_declared_group_is_held_or_refused_by_the_table(rng):
    c = coordinates(*one_of(rng, [0.5, 0.3, 0.2]).T, *flags(rng, 0.5).T)
    held = fit_one_hot(c, Rule("one_hot", ("a", "b", "c")))
    assert formulas(held) == ["a + b + c = 1"]
    assert fit_one_hot(c, Rule("one_hot", ("a", "b"), "a + b <= 1")) is not None
    assert fit_one_hot(c, Rule("one_hot", ("a", "b"))) is None
    assert fit_one_hot(c, Rule("one_hot", ("a", "b"), allow=0.3)) is not None
    with pytest.raises(ValueError, match="one_hot: expected"):
        fit_one_hot(c, Rule("one_hot", ("a", "b"), "a + b = one"))


def test_a_pattern_that_was_not_seen_has_no_level_but_may_obey(rng):
    c = find_one_hot(coordinates(*some_of(rng, 4, 2).T))
    rule = c.found[0].rule
    x = np.full((5, 3), np.nan)
    x[:4] = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [1, np.nan, 0, 0]]).T
    rule.split(x)
    assert np.isnan(x[4]).tolist() == [False, True, True]
    assert rule.holds(x).tolist() == [True, False, True]


@pytest.mark.parametrize(
    "fields",
    [
        (2, (0, 1), np.array([[0.0, 2.0]]), 1, True),
        (2, (0, 1), np.array([[0.0, 1.0], [0.0, 1.0]]), 1, True),
        (1, (0, 1), np.array([[0.0, 1.0]]), 1, True),
        (2, (0, -1), np.array([[0.0, 1.0]]), 1, True),
        (2, (0, 1), np.array([[0.0, 1.0]]), 3, True),
        (2, (0, 1), np.array([[0.0, 1.0, 1.0]]), 1, True),
    ],
)
def test_a_group_that_contradicts_itself_is_refused(fields):
    with pytest.raises(ValueError, match="one-hot"):
        OneHotRule(*fields)
