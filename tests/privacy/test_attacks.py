"""Attacks find what was planted, and nothing in fresh rows."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from copulasynth import privacy


def rows(n, seed):
    g = np.random.default_rng(seed)
    z = g.multivariate_normal(np.zeros(4), 0.5 * np.eye(4) + 0.5, n)
    return pd.DataFrame(
        {
            "income": np.exp(z[:, 0]),
            "score": z[:, 1],
            "gap": np.where(g.random(n) < 0.1, np.nan, z[:, 2]),
            "count": np.round(3 * z[:, 3]),
            "group": g.choice(list("uvw"), n),
            "coin": g.choice(["yes", "no"], n),
        }
    )


N = 600
TRAIN, HELD, FRESH = rows(N, 1), rows(2 * N, 2), rows(N, 3)
COPY = TRAIN.sample(N, replace=True, random_state=1)
ATTACKS = {
    "membership": privacy.membership,
    "attribute": privacy.attribute_inference,
    "linkability": privacy.linkability,
    "singling out": partial(privacy.singling_out, attacks=200),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_bootstrap_is_found_and_fresh_rows_are_not(name):
    attack = ATTACKS[name]
    caught, clean = (attack(TRAIN, made, holdout=HELD, rng=1) for made in (COPY, FRESH))
    assert caught.low > caught.reference + 0.2
    assert clean.low <= clean.reference


@pytest.mark.parametrize("name", ATTACKS)
def test_the_same_seed_gives_the_same_numbers(name):
    one, two = (ATTACKS[name](TRAIN, FRESH, holdout=HELD, rng=5).table for _ in range(2))
    pd.testing.assert_frame_equal(one, two)


def test_a_bootstrap_has_the_area_that_theory_gives():
    # a member is drawn with probability 1 - 1/e and then scores above everybody else
    table = privacy.membership(TRAIN, COPY, holdout=HELD, rng=1).table.set_index("measure")
    drawn = 1 - np.exp(-1)
    error = 4 / np.sqrt(12 * N / 2)
    assert abs(table.value["AUC"] - (drawn + (1 - drawn) / 2)) < error
    assert abs(table.value["TPR at 1% FPR"] - drawn) < 4 * np.sqrt(drawn * (1 - drawn) / N) + 0.01


def test_copies_of_the_most_extreme_rows_show_among_outliers_and_hardly_elsewhere():
    # large enough for sixty rows among the 2 % most outlying
    train, held, made = rows(1500, 4), rows(3000, 5), rows(1500, 6)
    x = train[["income", "score", "count"]]
    extreme = ((x - x.median()) / x.std()).abs().max(axis=1).nlargest(20).index
    made.iloc[:20] = train.loc[extreme]
    table = privacy.membership(train, made, holdout=held, rng=1).table.set_index("measure")
    assert table.low["AUC"] < 0.52
    assert table.low["AUC of outliers"] > 0.52


def test_what_is_seen_shrinks_with_the_root_of_the_rows():
    small, large = (
        privacy.membership(rows(n, 7), rows(n, 8), holdout=rows(2 * n, 9), rng=1).table.smallest[0]
        for n in (200, 800)
    )
    assert (small - 0.5) / (large - 0.5) == pytest.approx(2, rel=0.02)


def test_the_worst_column_comes_first_and_a_column_of_the_population_is_no_leak():
    made = FRESH.copy()
    # one column is given away for everybody, the other for every second row
    known = [c for c in TRAIN if c != "coin"]
    made[known] = TRAIN[known]
    made["coin"] = np.where(np.arange(N) % 2 == 0, TRAIN["coin"], FRESH["coin"])
    table = privacy.attribute_inference(
        TRAIN, made, holdout=HELD, known=["income", "score"], secrets=["coin", "group"], rng=1
    ).table.set_index("column")
    assert list(table.index) == ["group", "coin"]
    assert table.attack["group"] > 0.95
    assert table.attack["coin"] == pytest.approx(0.75, abs=0.08)
    assert table.control["coin"] == pytest.approx(0.5, abs=0.08)


def test_linkability_finds_pairs_whose_halves_a_synthetic_row_joins():
    table = privacy.linkability(TRAIN, TRAIN, holdout=HELD, rng=1).table
    assert table.attack[0] > 0.95
    assert table.baseline[0] < 0.02


def test_a_unit_is_attacked_once_and_counted_once():
    train, held = TRAIN.assign(who=np.arange(N) // 3), HELD.assign(who=np.arange(2 * N) // 3 + N)
    table = privacy.membership(train, COPY, holdout=held, unit="who", rng=1).table
    assert (table.members[0], table.others[0]) == (N // 3, N // 3)
    for attack in (privacy.attribute_inference, privacy.linkability):
        found = attack(train, COPY, holdout=held, unit="who", rng=1).table
        assert found.attacks[0] == N // 3
