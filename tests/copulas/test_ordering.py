import numpy as np
import pytest

from copulasynth.copulas import order_levels

N = 3000


def shuffled_levels(levels=6, seed=0, noise=0.3):
    """A nominal variable whose codes hide the order of a latent score, and two others of it."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=N)
    rank = np.digitize(z, np.quantile(z, np.arange(1, levels) / levels))
    order = rng.permutation(levels)
    x = np.column_stack([order[rank], z + noise * rng.normal(size=N), -z + rng.normal(size=N)])
    return x.astype(float), order


def test_the_hidden_order_of_levels_is_found_with_its_direction():
    x, order = shuffled_levels()
    found = order_levels(x, ("nominal", "continuous", "discrete"), (6, 0, 0))
    assert list(found) == [0]
    assert found[0].tolist() == order.tolist()


def test_the_order_of_rows_and_a_monotone_transform_change_nothing():
    x, _ = shuffled_levels(seed=3)
    kinds, levels = ("nominal", "continuous", "continuous"), (6, 0, 0)
    one = order_levels(x, kinds, levels)[0]
    y = x[::-1].copy()
    y[:, 1] = np.exp(y[:, 1])
    assert order_levels(y, kinds, levels)[0].tolist() == one.tolist()


def test_only_nominal_variables_of_three_levels_or_more_are_ordered():
    x = np.column_stack([np.arange(20) % 2, np.arange(20) % 3, np.arange(20) % 4]).astype(float)
    assert order_levels(x, ("nominal", "state", "discrete"), (2, 3, 0)) == {}


def test_rare_and_unused_levels_stay_off_the_ends():
    x, order = shuffled_levels(noise=1.0)
    x[x[:, 0] == order[3], 0] = order[2]
    extreme = int(np.argmax(x[:, 1]))
    x[extreme, 0] = order[3]
    x = np.vstack([x, x[:1]])
    found = order_levels(x, ("nominal", "continuous", "continuous"), (7, 0, 0))[0]
    assert sorted(found.tolist()) == list(range(7))
    assert {int(found[0]), int(found[-1])}.isdisjoint({6, int(order[3])})


def test_five_hundred_levels_with_gaps_are_ordered_along_the_latent_score():
    rng = np.random.default_rng(1)
    code = rng.integers(0, 500, 50_000).astype(float)
    score = rng.normal(size=500)
    y = score[code.astype(int)] + 0.5 * rng.normal(size=len(code))
    code[::50] = np.nan
    order = order_levels(np.column_stack([code, y]), ("nominal", "continuous"), (500, 0))[0]
    rank = np.empty(500)
    rank[order] = np.arange(500)
    r = np.corrcoef(rank, np.argsort(np.argsort(score)))[0, 1]
    assert r > 0.97


def test_a_single_nominal_column_keeps_its_order():
    assert order_levels(np.array([[0.0], [1.0], [2.0]]), ("nominal",), (3,))[0].tolist() == [
        0,
        1,
        2,
    ]


def test_wrong_lengths_are_refused():
    with pytest.raises(ValueError, match="columns"):
        order_levels(np.zeros((3, 2)), ("nominal",), (3,))
