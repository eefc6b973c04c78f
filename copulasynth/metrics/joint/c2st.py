"""Classifier two-sample test: can a learner tell synthetic rows from real ones it never saw?"""

from typing import TYPE_CHECKING, Literal, Unpack

import numpy as np

from copulasynth.errors import DataError
from copulasynth.metrics.joint.judges import Judge
from copulasynth.metrics.joint.schemes import Area, cross_validated, halves, split_judged
from copulasynth.metrics.score import TOO_CLOSE, Score, interval, sampled
from copulasynth.metrics.shared import Shared, aligned_all, metric
from copulasynth.metrics.table import AnyTable, Table

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin

__all__ = ["Scheme", "c2st"]

Scheme = Literal["split", "cv"]


@metric
def c2st(
    real: AnyTable,
    synthetic: AnyTable | tuple[AnyTable, AnyTable],
    *,
    judge: "Judge | ClassifierMixin" = "boosting",
    scheme: Scheme = "split",
    rounds: int = 100,
    folds: int = 5,
    max_rows: int = 10_000,
    importances: bool = False,
    **shared: Unpack[Shared],
) -> Score:
    """AUC of a classifier of synthetic against real rows it was not trained on; .5 is perfect.

    With a holdout the synthetic rows are compared with the holdout, which no synthesizer saw:
    compared with its own training rows a copy would pass. Both classes have the same number of
    rows.

    The scheme "split" trains on one draw of the model and one half of the real rows, and tests on
    another draw and the other half, in all four pairings; the value is the mean AUC. Rows of the
    real law score .5 on average. The scheme "cv" is cross-validation over one table. It gives
    false credit to rows whose sampling noise was taken out: if the totals of a table are fixed,
    what is too common in the training folds is too rare in the test fold, and the classifier
    learns the wrong side. Two draws have no such tie. A single table that is split in two still
    has; what it shows is an AUC below .5.

    Parameters
    ----------
    synthetic : table or pair of tables
        Two independent draws of one model, or one table, which is split at random into halves.
    judge : {"boosting", "forest", "logistic"} or classifier
        Histogram gradient boosting; a random forest; a ridge logistic regression
        on normal scores with squares and products (main effects alone cannot see lost
        dependence); or any scikit-learn classifier with `predict_proba`.
    scheme : {"split", "cv"}
    rounds : int
        Of boosting, or trees of the forest.
    folds : int
        Of cross-validation.
    max_rows : int
        Most rows of each class; the interval contains the error of sampling them.
    importances : bool
        Fill `table` with the drop of AUC when a column is permuted: what gives the rows away.

    Returns
    -------
    Score
        A value clearly below .5 is neither good nor bad fidelity: the rows are too close to those
        that the synthesizer saw, or to fixed totals. The interval of "split" is normal: each of
        the four tables is tested twice, by two classifiers; the mean placements of its rows
        (DeLong) give its share of the variance. Rows near the law give an AUC that is bilinear in
        the noise of training and of test rows, and every row has both parts, so that test rows
        alone show one half of the variance; it is doubled. Far from .5 this is wider than need
        be. The interval of "cv" is DeLong's over the out-of-fold scores of each fold, and its
        reference with a holdout is the AUC between real and holdout rows.

    References
    ----------
    Lopez-Paz and Oquab (2017), Revisiting classifier two-sample tests, ICLR.
    DeLong, DeLong and Clarke-Pearson (1988), Comparing the areas under two or more correlated
    receiver operating characteristic curves, Biometrics 44.
    """
    given = list(synthetic) if isinstance(synthetic, tuple | list) else [synthetic]
    _check(scheme, len(given))
    every, rng = aligned_all(real, given, **shared)
    first, held = every[0], every[0].holdout
    target = first.real if held is None else held
    draws = [one.synthetic for one in every]
    reference = 0.5
    if scheme == "cv":
        how = judge, rounds, target, draws[0]
        found = cross_validated(*how, folds, max_rows, rng, importances)
        if held is not None:
            null = cross_validated(judge, rounds, held, first.real, folds, max_rows, rng)
            reference = null.value
    else:
        found = _split(judge, rounds, target, draws, max_rows, rng, importances)
    title = f"C2ST {judge if isinstance(judge, str) else type(judge).__name__}"
    title += " cross-validated" if scheme == "cv" else ""
    limits = interval(found.value, found.se, 0.0, 1.0)
    note = "judged on the rows the synthesizer saw." if held is None else ""
    score = Score(
        title, found.value, *limits, reference, 0.5, found.n, found.importances,
        better="closer", note=note, below=TOO_CLOSE,
    )  # fmt: skip
    return score.with_note(sampled(found.n, sum(t.n for t in draws)))


def _check(scheme: str, draws: int) -> None:
    if scheme not in ("split", "cv"):
        raise DataError(f"scheme is {scheme!r}; use 'split' or 'cv'.")
    if draws not in (1, 2):
        raise DataError(f"C2ST takes one synthetic table or two draws, got {draws}.")
    if scheme == "cv" and draws == 2:
        raise DataError("cross-validation judges one table; give one, or use scheme='split'.")


def _split(
    judge: "Judge | ClassifierMixin",
    rounds: int,
    target: Table,
    draws: list[Table],
    max_rows: int,
    rng: np.random.Generator,
    importances: bool,
) -> Area:
    real = halves(target, rng)
    made = halves(draws[0], rng) if len(draws) == 1 else (draws[0], draws[1])
    size = min(max_rows // 2, *(t.n for t in (*real, *made)))
    if size < 2:
        raise DataError("C2ST needs at least 4 rows of each table.")
    parts = [t.sample(size, rng) for t in (*real, *made)]
    return split_judged(judge, rounds, parts, rng, importances)
