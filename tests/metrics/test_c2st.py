"""The split judge: laws with a known AUC, honest intervals, and what fools cross-validation."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from copulasynth.errors import DataError
from copulasynth.evaluation import evaluate, verdict
from copulasynth.metrics import align, c2st, dcr_share, neighbour_precision
from copulasynth.metrics.score import TOO_CLOSE, Score

JUDGES = ("boosting", "forest")


def normal(n, seed, rho=0.8):
    g = np.random.default_rng(seed)
    z = g.multivariate_normal(np.zeros(3), rho * np.ones((3, 3)) + (1 - rho) * np.eye(3), n)
    return pd.DataFrame(z, columns=["a", "b", "c"])


def cells(n, seed=None):
    """Return rows of 96 equally likely cells: drawn, or with totals that are fixed."""
    g = np.random.default_rng(0 if seed is None else seed)
    k = g.integers(96, size=n) if seed is not None else g.permutation(np.arange(n) % 96)
    return pd.DataFrame({"a": k % 4, "b": k // 4 % 4, "c": k // 16}).astype(str)


def gap_in_errors(score):
    return (score.value - 0.5) / ((score.high - score.low) / (2 * 1.96))


@pytest.mark.parametrize("judge", JUDGES)
def test_rows_of_one_law_score_one_half(judge):
    found = c2st(normal(9, 1), (normal(400, 2), normal(400, 3)), holdout=normal(800, 4),
                 judge=judge, rng=1)  # fmt: skip
    assert abs(gap_in_errors(found)) < 3
    assert (found.reference, found.n) == (0.5, 800)
    assert verdict(found) == "as real rows"


def test_a_shift_scores_the_auc_of_its_law():
    """Normal laws one standard deviation apart: AUC Phi(1 / sqrt 2) = .76 of the best judge."""
    real, moved = normal(2000, 1, 0.0), [normal(1000, s, 0.0) for s in (2, 3)]
    found = c2st(real, [m.assign(a=m["a"] + 1) for m in moved], judge="logistic", rng=1)
    best = stats.norm.cdf(1 / np.sqrt(2))
    assert abs(found.value - best) < 3 * (found.high - found.low) / (2 * 1.96)


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("draws", [1, 2])
def test_independent_columns_of_dependent_data_are_found(judge, draws):
    made = [normal(800 // draws, seed, 0.0) for seed in (2, 3)][:draws]
    found = c2st(normal(800, 1), tuple(made), judge=judge, rng=1)
    assert found.value > 0.7
    assert verdict(found) == "worse"


@pytest.mark.parametrize("judge", JUDGES)
def test_fixed_totals_fool_cross_validation_and_not_two_draws(judge):
    """Every draw has the same cells: whatever a training fold has too much of, the test lacks."""
    real, made, again = cells(960, 7), cells(960), cells(960)
    assert gap_in_errors(c2st(real, made, scheme="cv", judge=judge, rng=1)) < -2
    honest = c2st(real, (made, again), judge=judge, rng=1)
    assert gap_in_errors(honest) > -2
    assert verdict(c2st(real, made, judge=judge, rng=1)) == TOO_CLOSE


def test_rows_with_a_twin_among_the_training_rows_are_too_close_or_found():
    """Noise about training rows (MUNGE, smoothed bootstraps)."""
    real, held = normal(1000, 1), normal(1000, 3)
    g = np.random.default_rng(2)
    twins = tuple(real + g.normal(0, 0.02, real.shape) for _ in range(2))
    # among the rows that it saw, the row next to a synthetic one is its real twin
    assert verdict(c2st(real, twins[0], scheme="cv", judge="forest", rng=1)) == TOO_CLOSE
    assert verdict(c2st(real, twins, judge="forest", rng=1)) == TOO_CLOSE
    # rows that it never saw show nothing of that to one table, but two draws are alike
    assert gap_in_errors(c2st(real, twins[0], holdout=held, judge="forest", rng=1)) < 3
    assert gap_in_errors(c2st(real, twins, holdout=held, judge="forest", rng=1)) > 4


def test_its_intervals_cover_one_half_as_often_as_they_say_and_test_rows_alone_would_not():
    held, errors = [], []
    for seed in range(120):
        tables = align(normal(300, 3 * seed), pd.concat([normal(300, 3 * seed + 1)]))
        found = c2st(tables.real, tables.synthetic, judge="logistic", rng=seed)
        held.append(found.low <= 0.5 <= found.high)
        errors.append(gap_in_errors(found))
    # of 120 the share has a standard error of .02
    assert np.mean(held) > 0.90
    assert 0.85 < np.std(errors) < 1.15
    assert np.mean(np.abs(errors) < 1.96 / np.sqrt(2)) < 0.90


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"scheme": "folds"}, "use 'split' or 'cv'"),
        ({"scheme": "cv"}, "judges one table"),
    ],
)
def test_what_a_scheme_cannot_do_is_refused(settings, words):
    with pytest.raises(DataError, match=words):
        c2st(normal(50, 1), (normal(50, 2), normal(50, 3)), **settings)


def test_three_draws_or_three_rows_are_refused():
    with pytest.raises(DataError, match="one synthetic table or two draws"):
        c2st(normal(50, 1), [normal(50, 2)] * 3)
    with pytest.raises(DataError, match="at least 4 rows"):
        c2st(normal(3, 1), normal(3, 2))


def test_only_a_value_below_its_ideal_beyond_the_noise_is_too_close():
    def judged(low, high, below=TOO_CLOSE):
        value = (low + high) / 2
        return verdict(Score("C2ST", value, low, high, 0.5, 0.5, 9, better="closer", below=below))

    assert judged(0.45, 0.49) == TOO_CLOSE
    assert judged(0.45, 0.51) == "as real rows"
    assert judged(0.53, 0.55) == "worse"
    assert judged(0.40, 0.42, below="") == "worse"


@pytest.mark.parametrize(("start", "dtype"), [(1, np.int64), (10_000_000, np.int32)])
def test_a_column_that_numbers_rows_is_no_feature_of_any_judge(start, dtype):
    """Numbers of other rows tell tables apart at once, and say nothing."""
    real, made, held = (normal(400, seed) for seed in (1, 2, 3))
    ids = [(start + 97 * np.arange(400) + k).astype(dtype) for k in (0, 10**6, 3 * 10**6)]
    tables = [t.assign(id=i) for t, i in zip((real, made, held), ids, strict=True)]
    for judge in (c2st, dcr_share, neighbour_precision):
        with_ids = judge(tables[0], tables[1], holdout=tables[2], rng=1)
        assert with_ids.row() == judge(real, made, holdout=held, rng=1).row()
    found = evaluate(*tables[:2], holdout=tables[2], metrics=["tstr", "c2st_forest"], rng=1)
    assert "id" in found.alignment["column"].tolist()
    assert "id" not in found["tstr"].table["target"].tolist()


def test_a_number_in_order_that_repeats_or_has_fractions_is_a_feature():
    real = normal(100, 1).assign(day=np.arange(100) // 2, size=np.arange(100) + 0.5)
    assert {"day", "size"} <= set(align(real, real).real.names)
