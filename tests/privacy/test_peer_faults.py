"""What other tools were seen to get wrong, with the right answer."""

import numpy as np
import pandas as pd
import pytest

from copulasynth import metrics, privacy


def draws(n, seed, law="normal"):
    g = np.random.default_rng(seed)
    made = g.standard_cauchy if law == "cauchy" else g.standard_normal
    return pd.DataFrame(made(size=(n, 4)), columns=list("abcd"))


def levels(n, seed, columns=8):
    g = np.random.default_rng(seed)
    return pd.DataFrame({f"c{k}": g.choice(list("uvwxyz"), n) for k in range(columns)})


def dcr(train, made, held, **settings):
    return metrics.dcr_share(train, made, holdout=held, rng=1, **settings)


@pytest.mark.parametrize("most", [100, 250, 10_000])
def test_an_exact_copy_stays_one_when_synthetic_rows_are_sampled(most):
    # the other tool samples the references too: .924
    train, held = draws(500, 1), draws(500, 2)
    assert dcr(train, train, held, max_rows=most).value == 1.0


def test_an_exact_copy_of_levels_is_called_a_copy():
    # the other tool: as private as can be, 1.0
    train, held = levels(400, 1), levels(400, 2)
    assert dcr(train, train, held).value > 0.95
    copies = metrics.exact_copies(train, train, holdout=held)
    assert copies.value == 1.0 > copies.reference
    assert privacy.membership(train, train, holdout=held, rng=1).low > 0.6


def test_an_honest_split_of_eighty_to_twenty_scores_one_half():
    # the other tool: .20
    score = dcr(draws(800, 1), draws(800, 3), draws(200, 2))
    assert score.low < 0.5 < score.high
    assert abs(score.value - 0.5) < 0.15


@pytest.mark.parametrize("seed", range(4))
def test_heavy_tails_decide_nothing(seed):
    # the other tool scales by the range: .03 to .92 at random
    tables = (draws(500, 10 * seed + k, "cauchy") for k in range(3))
    train, made, held = tables
    assert abs(dcr(train, made, held).value - 0.5) < 0.15


def coin(n, seed, share=0.5):
    g = np.random.default_rng(seed)
    return draws(n, seed + 100).assign(coin=np.where(g.random(n) < share, "yes", "no"))


def test_a_guess_of_no_counts_where_it_is_right_and_nowhere_else():
    # the other tool: every negative guess is a success, and a blind one succeeds in 1 %
    table = privacy.attribute_inference(
        coin(800, 1), coin(800, 2), holdout=coin(800, 3), secrets=["coin"], rng=1
    ).table
    error = 4 * np.sqrt(0.25 / 800)
    for rate in ("attack", "control", "baseline"):
        assert abs(table[rate][0] - 0.5) < error


def test_a_blind_guess_of_a_rare_event_succeeds_as_often_as_shares_say():
    table = privacy.attribute_inference(
        coin(800, 1, 0.1), coin(800, 2, 0.1), holdout=coin(800, 3, 0.1), secrets=["coin"], rng=1
    ).table
    expected = 0.1**2 + 0.9**2
    assert abs(table.baseline[0] - expected) < 4 * np.sqrt(expected * (1 - expected) / 800)


def test_an_apostrophe_hides_no_copy():
    def named(n, seed):
        g = np.random.default_rng(seed)
        return draws(n, seed).assign(who=g.choice(["O'Brien", 'the "big" one', "x == 1"], n))

    train, held = named(300, 1), named(300, 2)
    table = privacy.singling_out(train, train, holdout=held, attacks=100, rng=1).table
    assert (table.attack > 0.95).all()
    assert metrics.exact_copies(train, train, holdout=held).value == 1.0


def test_rates_are_of_the_attacks_that_were_made():
    # a table of few levels has few rows that a description singles out
    train, held, made = (levels(300, seed, 3).assign(x=1.0) for seed in (1, 2, 3))
    made.loc[0, "x"] = 2.0
    table = privacy.singling_out(
        train, made, holdout=held, attributes=[1], attacks=1000, rng=1
    ).table
    # x == 2 and x >= 2
    assert (table.attacks[0], table.controls[0], table.attack[0]) == (2, 2, 0.0)
    with_few = privacy.attribute_inference(train, made, holdout=held, attacks=5000, rng=1).table
    assert (with_few.attacks == 300).all()


def test_two_gaps_are_alike():
    g = np.random.default_rng(1)
    train, held = (t.mask(g.random(t.shape) < 0.5) for t in (draws(300, 1), draws(300, 2)))
    table = privacy.linkability(train, train, holdout=held, rng=1).table
    assert table.attack[0] > 0.4
    copies = dcr(train, train, held)
    assert copies.value > 0.9
    assert copies.table["distance to training"].max() == 0.0
