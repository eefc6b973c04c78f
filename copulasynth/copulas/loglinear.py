"""Log-linear factors of pair tables, which tilt one copula's draws towards observed tables."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from copulasynth._arrays import Floats, Ints
from copulasynth.copulas._api import Cells
from copulasynth.copulas.bins import Bins

__all__ = ["PairTables", "cell_index", "fit_factors", "observed_tables", "pair_tables", "shrink"]

Index = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class PairTables:
    """Cell probabilities of pairs of binned variables, laid end to end.

    Attributes
    ----------
    pairs : (p, 2) int64
    start : (p + 1,) int64
        Table q is values[start[q]:start[q + 1]], the second variable fastest.
    values : float64
    """

    pairs: Ints
    start: Ints
    values: Floats


def layout(sizes: Ints, pairs: Ints) -> Ints:
    """Return where each pair's table starts, and the total length, (p + 1,)."""
    start = np.zeros(len(pairs) + 1, dtype=np.int64)
    np.cumsum(sizes[pairs[:, 0]] * sizes[pairs[:, 1]], out=start[1:])
    return start


def pair_tables(codes: Ints, sizes: Ints, pairs: Ints) -> PairTables:
    """Tabulate (d, n) bin codes for every pair, as probabilities."""
    start = layout(sizes, pairs)
    values = np.empty(start[-1])
    for q, (a, b) in enumerate(pairs):
        cell = codes[a] * sizes[b] + codes[b]
        count = np.bincount(cell, minlength=start[q + 1] - start[q])
        values[start[q] : start[q + 1]] = count / codes.shape[1]
    return PairTables(pairs, start, values)


def observed_tables(cells: Cells, bins: Bins, pairs: Ints) -> tuple[PairTables, Ints]:
    """Tabulate the observed cells for every pair, and count the rows behind each table.

    Rows in which a variable is missing without a gate that says so are left out of its tables.
    """
    codes = bins.codes(np.ascontiguousarray(cells.mid.T))
    known = ((cells.lower > 0) | (cells.upper < 1)).T | (bins.gate >= 0)[:, None]
    sizes, start = bins.sizes, layout(bins.sizes, pairs)
    values, rows = np.empty(start[-1]), np.empty(len(pairs), dtype=np.int64)
    for q, (a, b) in enumerate(pairs):
        both = known[a] & known[b]
        cell = (codes[a] * sizes[b] + codes[b])[both]
        rows[q] = both.sum()
        count = np.bincount(cell, minlength=start[q + 1] - start[q])
        values[start[q] : start[q + 1]] = count / max(rows[q], 1)
    return PairTables(pairs, start, values), rows


def shrink(
    observed: PairTables, rows: Ints, model: PairTables, draws: int
) -> tuple[Floats, Floats]:
    """Pull every observed table towards the model's by positive-part James-Stein weights.

    A table whose Pearson statistic against the model is no more than its degrees of freedom says
    nothing that the model does not say; its target is the model's own table. Otherwise the
    weight of the observation is 1 - df / X^2 (Efron and Morris 1973, JASA 68:117).

    Returns
    -------
    target : float64
        Cell probabilities, laid out as the tables.
    weight : (p,) float64
        Weight of each observed table, in [0, 1).
    """
    target, weight = np.empty_like(model.values), np.zeros(len(rows))
    for q, n in enumerate(rows):
        part = slice(observed.start[q], observed.start[q + 1])
        seen, made = observed.values[part], model.values[part]
        # half a draw in every cell keeps an unvisited cell from deciding alone
        expected = n * (draws * made + 0.5) / (draws + 0.5 * len(made))
        live = (seen > 0) | (made > 0)
        pearson = (n * seen - expected) ** 2 / np.maximum(expected, 0.25)
        df = max(int((expected[live] > 0.25).sum()) - 1, 1)
        statistic = float(pearson[live].sum())
        weight[q] = max(0.0, 1.0 - df / statistic) if statistic > 0 else 0.0
        target[part] = made + weight[q] * (seen - made)
    return target, weight


def cell_index(codes: Ints, sizes: Ints, pairs: Ints, start: Ints) -> Index:
    """Return each draw's place in the table of every pair, (p, n)."""
    out = np.empty((len(pairs), codes.shape[1]), dtype=np.int32)
    for q, (a, b) in enumerate(pairs):
        out[q] = codes[a] * sizes[b] + codes[b] + start[q]
    return out


def fit_factors(index: Index, start: Ints, target: Floats, ridge: float, steps: int) -> Floats:
    """Minimise log mean exp(theta . f) - theta . target + ridge |theta|^2 / 2 by L-BFGS.

    The maximum-entropy tilt of a pool of draws to the target tables (Csiszar 1975, Ann. Probab.
    3:146), with a ridge, which lets a table miss its target where hitting it would take large
    factors.

    Parameters
    ----------
    index : (p, n) int32
        Place of each draw in each pair's table.
    start : (p + 1,) int64
    target : float64
    ridge : float
    steps : int
        Most iterations.
    """
    p, n = index.shape
    if p == 0:
        return np.empty(0)

    def loss(theta: Floats) -> tuple[float, Floats]:
        score = np.zeros(n)
        for q in range(p):
            score += theta[index[q]]
        top = score.max()
        w = np.exp(score - top)
        mean = w.mean()
        w /= w.sum()
        moments = np.empty(len(target))
        for q in range(p):
            a, b = start[q], start[q + 1]
            moments[a:b] = np.bincount(index[q] - a, w, minlength=b - a)
        value = top + np.log(mean) - theta @ target + 0.5 * ridge * theta @ theta
        return float(value), moments - target + ridge * theta

    found = minimize(
        loss, np.zeros(len(target)), jac=True, method="L-BFGS-B", options={"maxiter": steps}
    )
    theta: Floats = found.x
    return theta
