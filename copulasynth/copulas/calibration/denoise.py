"""Targets of a calibration: a copula's own pair tables, moved by what the data say beyond noise."""

import math

import numpy as np

from copulasynth._arrays import Floats, Ints
from copulasynth.copulas.calibration.pair_tables import PairTables


def denoise(
    observed: PairTables, rows: Ints, model: PairTables, draws: int, edge: float
) -> tuple[PairTables, Floats]:
    """Move each of the model's tables to the observed one by what stands out from noise.

    The Pearson residuals of a table that the model explains are nearly white, and the largest
    singular value of such an I x J matrix is about sqrt(I - 1) + sqrt(J - 1) (Marchenko and Pastur
    1967, Math. USSR Sb. 1:457; hard thresholding: Gavish and Donoho 2014, IEEE Trans. Inf. Theory
    60:5040). Singular values above `edge` times that are kept whole; what is below goes.

    `rows` (p,) are behind the observed tables, `draws` behind each of the model's. Returned beside
    the targets is the evidence for each, (p,): the sum of the squared singular values that were
    kept, a part of its Pearson chi-square. Where it is 0 the target is the model's own table.
    """
    target = PairTables(model.pairs, model.shapes, model.start, model.values.copy())
    evidence = np.zeros(len(rows))
    for q, n in enumerate(rows):
        if n > 0:
            made = target.table(q)
            made[:], evidence[q] = _denoised(observed.table(q), made, int(n), draws, edge)
    return target, evidence


def _denoised(seen: Floats, made: Floats, n: int, draws: int, edge: float) -> tuple[Floats, float]:
    """Return the target of one table, and the evidence for it."""
    both = seen + made
    live = np.ix_(both.sum(axis=1) > 0, both.sum(axis=0) > 0)
    o, e = seen[live], made[live]
    # the variance of o - e, with half a row in a cell as the least that is believed
    spread = np.sqrt(np.maximum(0.5 * (o + e), 0.5 / n) * (1 / n + 1 / draws))
    left, values, right = np.linalg.svd((o - e) / spread, full_matrices=False)
    noise = sum(math.sqrt(max(side - 1, 1)) for side in o.shape)
    values = np.where(values > edge * noise, values, 0.0)
    out = made.copy()
    # a cell with both rows and draws is never emptied
    out[live] = np.maximum(e + (left * values) @ right * spread, 0.1 * np.minimum(o, e))
    return out / out.sum(), float(values @ values)
