"""What judges share and how little they load: one thread, one sort, bins and places made once."""

import gc
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from threadpoolctl import threadpool_info, threadpool_limits

import copulasynth as cs
from copulasynth import _masking as masking
from copulasynth._judging import auc, aucs, learning, one_thread
from copulasynth._lazy import unswept
from copulasynth.evaluation import evaluate
from copulasynth.metrics import align, c2st, mixed
from copulasynth.metrics.bins import bin_tables
from copulasynth.metrics.catalogue import Metric
from copulasynth.metrics.columns import tails
from copulasynth.metrics.joint import schemes
from copulasynth.metrics.once import judging, meanwhile, once
from copulasynth.metrics.pairs.rank_correlation import chi_of, ranks_left_out, ranks_of
from copulasynth.metrics.score import Score
from copulasynth.rows.opening import held


def draw(n, seed):
    g = np.random.default_rng(seed)
    x = g.normal(size=n)
    y = np.where(g.random(n) < 0.2, np.nan, np.round(x + g.normal(size=n), 1))
    return pd.DataFrame({"x": x, "y": y, "g": g.choice(list("abcd"), n)})


REAL, MADE, FRESH = draw(400, 1), draw(300, 2), draw(350, 3)


def threads():
    return {pool["num_threads"] for pool in threadpool_info()}


def test_a_judge_of_tables_in_memory_loads_neither_readers_nor_models_nor_what_fits_them():
    code = (
        "import sys; import copulasynth as cs; import pandas as pd; "
        "table = pd.DataFrame({'x': [1.5, 2, 3.1] * 9, 'g': list('abb') * 9}); "
        "cs.evaluate(table, table, metrics='quick', rng=1); "
        "print(*sorted({'.'.join(m.split('.')[:3]) for m in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {
        "pyarrow.dataset", "copulasynth.fitting", "copulasynth.model", "copulasynth.copulas",
        "copulasynth.rows.reader", "copulasynth.rows.lake", "copulasynth.privacy.gating",
    }  # fmt: skip
    assert heavy & set(done.stdout.split()) == set()


def test_paths_and_other_tables_are_not_taken_for_tables_in_memory():
    assert held(REAL, None)
    assert not held(REAL, "lake/*.parquet")
    assert not held(object(), REAL)


def test_attacks_and_the_gate_are_functions_of_the_room_of_privacy():
    for name in cs.privacy.__all__:
        assert callable(getattr(cs.privacy, name))


def test_tables_are_judged_in_one_thread_and_others_have_theirs_again():
    seen = []

    def look(real, synthetic, **shared):
        seen.append(threads())
        with learning():
            seen.append(threads())
        return Score("look", 0.0, 0.0, 0.0, 0.0, 0.0, 1)

    with threadpool_limits(2):
        before = threads()
        evaluate(REAL, MADE, metrics={"look": Metric("joint", look)}, rng=1)
        assert threads() == before
    assert seen == [{1}, {1}]


def test_no_garbage_is_collected_while_modules_load_and_settings_stay():
    with unswept():
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with unswept():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_is_as_large_as_tables_is_forgotten_by_the_inner_block():
    x, made = np.arange(3.0), []

    def give(keep, what):
        return keep(what, lambda: made.append(what) or len(made), x)

    with judging():
        for _ in range(2):
            with judging():
                assert give(once, "a") == give(once, "a") == 1
                assert give(meanwhile, "b") == give(meanwhile, "b")
    assert made == ["a", "b", "b"]


def test_bins_of_the_same_tables_are_made_once_where_none_is_pooled():
    tables = align(REAL, MADE)
    pair = [tables.real, tables.synthetic]
    with judging():
        first = bin_tables(pair)
        assert bin_tables(pair, max_levels=30) is first
        assert bin_tables(pair, max_levels=3) is not first
        assert bin_tables(pair, groups=10) is not first


def test_ranks_without_a_group_are_those_of_the_rows_left():
    table = align(REAL, MADE).real.split(np.random.default_rng(1))
    for found, left in zip(ranks_left_out(table), table.left_out(), strict=True):
        np.testing.assert_array_equal(found, ranks_of(left))
    x = REAL["y"].to_numpy()
    here = ~np.isnan(x)
    wanted = (stats.rankdata(x[here]) - 0.5) / here.sum() - 0.5
    assert np.abs(ranks_of(table)[1, here] - wanted).max() < 1e-12


def test_a_gap_is_beyond_no_quantile():
    gappy = REAL.assign(y=REAL["y"].mask(REAL["x"] < 0))
    ranks = ranks_of(align(gappy, MADE).real)[:2]
    x, y = ranks > 0.2 - 0.5
    here = ~np.isnan(ranks[1])
    wanted = (x & y).sum() / np.sqrt((x & here).sum() * y.sum())
    assert chi_of(ranks, 0.2)[0, 1] == pytest.approx(wanted)


def test_distances_in_pieces_are_those_of_all_rows_at_once(monkeypatch):
    tables = align(REAL, MADE)
    scale = mixed.MixedScale.of([tables.real, tables.synthetic])
    a, b = scale.place(tables.real), scale.place(tables.synthetic)
    every = mixed.distances(a, b)
    monkeypatch.setattr(mixed, "_CHUNK", 7 * len(b))
    first, second, count = mixed.nearest_two(a, b, ties=False)
    assert np.abs(np.sort(every, axis=1)[:, :2] - np.stack([first, second], axis=1)).max() < 1e-7
    assert (count == 1).all()
    radius = np.full(len(b), np.median(first) + 1e-6)
    assert (mixed.within(a, b, radius) == (every <= radius).any(axis=1)).all()


def test_areas_of_several_choices_are_those_of_each():
    g = np.random.default_rng(1)
    scores, positive = g.integers(0, 40, 500) / 40, g.random(500) < 0.3
    choices = [g.random(500) < share for share in (0.9, 0.5, 0.1)]
    assert aucs(scores, positive, choices) == [auc(scores[c], positive[c])[0] for c in choices]


def test_a_forest_that_counts_one_class_judges_as_one_that_counts_both(monkeypatch):
    from sklearn.ensemble import RandomForestClassifier

    def both(judge, rounds, features, seed):
        return RandomForestClassifier(rounds, min_samples_leaf=5, random_state=seed)

    moved = MADE.assign(x=MADE["x"] + 0.5)
    one = c2st(REAL, moved, holdout=FRESH, judge="forest", rounds=20, rng=1)
    monkeypatch.setattr(schemes, "classifier", both)
    other = c2st(REAL, moved, holdout=FRESH, judge="forest", rounds=20, rng=1)
    assert abs(one.value - other.value) < 0.2 * (one.high - one.low) / 3.92


@pytest.mark.parametrize("n", [1, 19, 400, 4750, 10_001])
def test_limits_of_order_statistics_are_binomial_quantiles(n):
    for q in (0.5, 0.95, 0.99):
        wanted = stats.binom.ppf([0.025, 0.975], n, q) / n
        assert tails._order_limits(n, q) == pytest.approx(wanted, abs=0)
    assert tails._order_limits(0, 0.5) == (0.0, 0.0)


def test_rows_behind_a_block_are_counted_once_a_real_row():
    g = np.random.default_rng(1)
    for _ in range(200):
        block = g.integers(0, 6, g.integers(0, 15)) + g.integers(0, 2) / 2
        real = np.sort(g.integers(0, 9, g.integers(0, 30))).astype(float)
        wanted = 0
        for value, copies in zip(*np.unique(block, return_counts=True), strict=True):
            wanted += (real == value).sum() or copies
        assert masking.behind(block, real) == wanted


def test_limits_of_threads_are_taken_off_by_the_last_of_several_judgements():
    def pools():
        return [pool["num_threads"] for pool in threadpool_info()]

    with threadpool_limits(2):
        before = pools()
        first, second = one_thread(), one_thread()
        first.__enter__()
        second.__enter__()
        assert set(pools()) == {1}
        first.__exit__(None, None, None)
        assert set(pools()) == {1}
        second.__exit__(None, None, None)
        assert pools() == before
