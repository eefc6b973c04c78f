"""Utility from propensity scores: can a logit or a tree tell synthetic rows from real ones?"""

from collections.abc import Sequence
from itertools import combinations
from typing import Literal, Unpack

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats
from copulasynth._clock import step
from copulasynth.errors import DataError
from copulasynth.metrics.alignment import MissingCodes
from copulasynth.metrics.joint.propensity import Method, Propensity, propensity_statistics
from copulasynth.metrics.once import once
from copulasynth.metrics.reference import size_factor
from copulasynth.metrics.score import Score, interval
from copulasynth.metrics.shared import Shared, aligned_all, metric
from copulasynth.metrics.table import AnyTable, Table

__all__ = ["utility_gen"]

Null = Literal["formula", "permutation", "pairs"]


@metric
def utility_gen(
    real: AnyTable,
    synthetic: AnyTable | Sequence[AnyTable],
    *,
    method: Method = "cart",
    order: int = 1,
    null: Null | None = None,
    permutations: int = 50,
    min_leaf: int = 5,
    cp: float = 1e-3,
    groups: int | None = None,
    missing_codes: MissingCodes | None = None,
    **shared: Unpack[Shared],
) -> Score:
    r"""Propensity-score mean squared error over its null (synthpop's ``utility.gen``).

    :math:`pMSE = \frac1N \sum (\hat p_i - c)^2` with :math:`c = k/N`; the score is
    :math:`S\_pMSE = pMSE / E_0[pMSE]`, 1 for a synthesis from the right law of these very rows
    and 1 + k/n for fresh rows of the true law. A logit of order 0 sees columns one by one and is
    blind to lost dependence: use order 1 or the tree.

    Parameters
    ----------
    synthetic : table or list of tables
        Several syntheses are averaged; the null "pairs" needs at least two.
    method : {"cart", "logit"}
    order : {0, 1}
        Main effects of a logit, or all products of two variables too.
    null : {"formula", "permutation", "pairs"}, optional
        "formula" (default of logit): (K - 1) c (1 - c)^2 / N with K coefficients. "permutation"
        (default of cart): (1 - c) times the mean pMSE of permuted labels, that is half of it at
        equal sizes, because permuted rows carry the noise of both tables; a tree that copied
        rows scores below 1. "pairs": half the mean pMSE between syntheses.
    permutations : int
    min_leaf, cp : int, float
        Smallest leaf and cost-complexity of the tree.
    groups : int, optional
        Put numbers into that many quantile groups first.

    Returns
    -------
    Score
        `table` holds pMSE, S_pMSE, SPECKS, PO50, U, the number of parameters, the null pMSE and
        its Monte-Carlo standard error, one row a synthesis.

    Raises
    ------
    DataError
        If the null does not fit the method or the number of syntheses.

    References
    ----------
    Snoke, Raab, Nowok, Dibben and Slavkovic (2018), General and specific utility measures for
    synthetic data, JRSS A 181, 663-688.
    """
    null = null or ("formula" if method == "logit" else "permutation")
    _check(method, null, order, len(synthetic) if isinstance(synthetic, list | tuple) else 1)
    how = Propensity(method, order, min_leaf, cp, groups)
    every, rng = aligned_all(real, synthetic, missing_codes, **shared)
    base, n = every[0].real, every[0].synthetic.n
    table = pd.DataFrame([_measure(how, base, one.synthetic) for one in every])
    nulls = _nulls(how, [base, *(one.synthetic for one in every)], table, null, permutations, rng)
    expected = float(nulls.mean())
    spread = float(nulls.std(ddof=1)) if nulls.size > 1 else np.nan
    relative = expected / spread if spread > 0 else np.nan
    df = table["parameters"].mean() - 1 if null == "formula" else 2 * relative**2
    table = table.assign(null=expected, null_error=spread / np.sqrt(nulls.size))
    table.insert(1, "S_pMSE", table["pMSE"] / expected)
    value = float(table["S_pMSE"].mean())
    se = _standard_error(value, df, nulls.size if null != "formula" else 0)
    reference = 1 + n / base.n
    if every[0].holdout is not None:
        reference = _holdout_value(how, base, every[0].holdout, n, expected, null)
    name = f"S_pMSE {method}" + (f" order {order}" if method == "logit" else "")
    return Score(name, value, *interval(value, se, 0.0), reference, 1.0, n, table)


def _check(method: str, null: str, order: int, syntheses: int) -> None:
    if method not in ("cart", "logit"):
        raise DataError(f"method is {method!r}; use 'cart' or 'logit'.")
    if method == "logit" and order not in (0, 1):
        raise DataError(f"order is {order}; a logit takes 0 (main effects) or 1 (products).")
    if null not in ("formula", "permutation", "pairs"):
        raise DataError(f"null is {null!r}; use 'formula', 'permutation' or 'pairs'.")
    if null == "formula" and method == "cart":
        raise DataError("a tree has no formula for its null; use 'permutation' or 'pairs'.")
    if null == "pairs" and syntheses < 2:
        raise DataError("the null 'pairs' compares syntheses: give at least two in a list.")


def _measure(how: Propensity, real: Table, synthetic: Table) -> dict[str, float]:
    both, y = how.both(real, synthetic)
    scores, parameters = how.scores(both, y)
    return propensity_statistics(scores, y > 0) | {"parameters": float(parameters)}


def _nulls(
    how: Propensity,
    tables: Sequence[Table],
    found: pd.DataFrame,
    null: Null,
    permutations: int,
    rng: np.random.Generator,
) -> Floats:
    """Return draws of the pMSE of a right synthesis, or its formula as a single value."""
    real, synthetic = tables[0], tables[1]
    n, k = real.n, synthetic.n
    c = k / (n + k)
    if null == "formula":
        return np.array([max(found["parameters"].mean() - 1, 1.0) * _unit(n, k)])
    if null == "pairs":
        pairs = combinations(tables[1:], 2)
        return np.array([_measure(how, a, b)["pMSE"] / 2 for a, b in pairs])
    both, y = how.both(real, synthetic)
    draws = []
    for done in range(permutations):
        step(f"permutation {done + 1} of {permutations}")
        labels = rng.permutation(y)
        draws.append(float(((how.scores(both, labels)[0] - c) ** 2).mean()))
    # A tree that never splits has a null of 0; the least that one split gives stands in for it.
    return np.maximum((1 - c) * np.array(draws), _unit(n, k))


def _unit(n: int, k: int) -> float:
    """Return the expected pMSE of one parameter."""
    c = k / (n + k)
    return c * (1 - c) ** 2 / (n + k)


def _standard_error(value: float, df: float, draws: int) -> float:
    """Return the error of a scaled noncentral chi-square value, and of its simulated null."""
    if not np.isfinite(df) or df <= 0:
        return np.nan
    own = 2 * (1 + 2 * max(value - 1, 0.0)) / df
    simulated = 2 * value**2 / (df * draws) if draws else 0.0
    return float(np.sqrt(own + simulated))


def _holdout_value(
    how: Propensity, real: Table, holdout: Table, k: int, expected: float, null: str
) -> float:
    """Return the S_pMSE of the holdout, brought to the size of the synthesis."""
    n, h = real.n, holdout.n
    tables = (t for table in (real, holdout) for t in (table.columns, table.numbers, table.states))
    found = once("propensity", lambda: _measure(how, real, holdout), how, *tables)
    at_h = expected * _unit(n, h) / _unit(n, k)
    if null == "formula":
        at_h = max(found["parameters"] - 1, 1.0) * _unit(n, h)
    return found["pMSE"] / at_h * size_factor("scaled", (n, h), (n, k))
