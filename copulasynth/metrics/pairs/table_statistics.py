"""Statistics of two tables of counts: pMSE and its relatives, as synthpop names them."""

from typing import Literal

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.errors import DataError

__all__ = ["Compat", "table_statistics"]

Compat = Literal["synthpop"] | None


def table_statistics(
    original: Floats, synthetic: Floats, *, compat: Compat = None
) -> dict[str, float]:
    r"""Compare two tables of counts over the same cells.

    With :math:`c = k/N`, cells that are empty in both left out, `J` cells left and
    :math:`df = J - 1`: :math:`d_j = s_j - o_j c/(1-c)`, :math:`e_j = c (o_j + s_j)`,
    :math:`VW = \sum d_j^2/e_j` and :math:`S\_pMSE = VW/df`.

    Parameters
    ----------
    original, synthetic : array_like of counts, same shape
    compat : {None, "synthpop"}
        synthpop 1.9-2 scales S_JSD as :math:`JSD\,2N/(df \ln 2)`. The right scale, which is what
        None gives, is :math:`JSD\,8 k \ln 2/df`; None adds S_MabsDD, S_SPECKS and S_PO50 too,
        statistics over their expectation for a synthesis from the right law.

    Returns
    -------
    dict
        VW, FT, JSD, SPECKS, WMabsDD, U, G, pMSE, PO50, MabsDD, dBhatt, the scaled S_*, df, dfG,
        nempty.

    References
    ----------
    Raab, Nowok and Dibben (2021), Assessing, visualizing and improving the utility of synthetic
    data. Voas and Williamson (2001) for VW; Freeman and Tukey (1950) for FT.

    Examples
    --------
    >>> found = table_statistics([10, 20, 0], [12, 18, 0])
    >>> found["df"], round(found["VW"], 4), found["MabsDD"], found["nempty"]
    (1.0, 0.5742, 0.1333..., 1.0)
    """
    o, s = (np.asarray(x, dtype=np.float64).ravel() for x in (original, synthetic))
    if o.size != s.size:
        raise DataError(f"the tables have {o.size} and {s.size} cells: count the same cells.")
    full = o + s > 0
    o, s, empty = o[full], s[full], int((~full).sum())
    n, k = o.sum(), s.sum()
    if n == 0 or k == 0:
        raise DataError("one of the tables has no counts.")
    out = _distances(o, s, n, k)
    out |= {"df": float(o.size - 1), "dfG": float(((o > 0) & (s > 0)).sum() - 1)}
    return out | _scaled(out, o, s, n, k, compat) | {"nempty": float(empty)}


def _distances(o: Floats, s: Floats, n: float, k: float) -> dict[str, float]:
    total = n + k
    c = k / total
    p, q = o / n, s / k
    h = (p + q) / 2
    gap = s - o * c / (1 - c)
    expected = c * (o + s)
    both = (o > 0) & (s > 0)
    both_ratio = o[both].sum() / s[both].sum() if both.any() else 1.0
    vw = float((gap**2 / expected).sum())
    jsd = 0.5 * (_x_log2(p, p / h) + _x_log2(q, q / h))
    # By increasing score s / (s + o); equal ratios of counts differ by rounding alone.
    _, group = np.unique(np.round(s / (s + o), 12), return_inverse=True)
    o_by, s_by, p_by, q_by = (np.bincount(group, weights=w) for w in (o, s, p, q))
    return {
        "VW": vw,
        "FT": 4 * float(((np.sqrt(s) - np.sqrt(o * c / (1 - c))) ** 2).sum()),
        "JSD": jsd,
        "SPECKS": float(np.abs(np.cumsum(p_by) - np.cumsum(q_by)).max()),
        "WMabsDD": float((np.abs(gap) / np.sqrt(expected)).sum() / np.sqrt(2 / np.pi)),
        "U": float((s_by * (np.cumsum(o_by) - o_by / 2)).sum()),
        "G": 2 * float((s[both] * np.log(s[both] / o[both] * both_ratio)).sum()),
        "pMSE": vw * c * (1 - c) ** 2 / total,
        "PO50": 100 * float(s[q > p].sum() + o[q <= p].sum()) / total - 50,
        "MabsDD": float(np.abs(gap).sum() / k),
        "dBhatt": float(np.sqrt(max(0.0, 1 - np.sqrt(p * q).sum()))),
    }


def _x_log2(x: Floats, ratio: Floats) -> float:
    positive = x > 0
    return float((x[positive] * np.log2(ratio[positive])).sum())


def _scaled(
    found: dict[str, float], o: Floats, s: Floats, n: float, k: float, compat: Compat
) -> dict[str, float]:
    df, df_g = found["df"], found["dfG"]

    def over(x: float, scale: float) -> float:
        return x / scale if scale > 0 else 0.0

    jsd = found["JSD"]
    out = {
        "S_VW": over(found["VW"], df),
        "S_FT": over(found["FT"], df),
        "S_JSD": over(jsd * 8 * k * np.log(2), df),
        "S_WMabsDD": over(found["WMabsDD"], df),
        "S_G": over(found["G"], df_g),
        "S_pMSE": over(found["VW"], df),
    }
    if compat == "synthpop":
        return out | {"S_JSD": over(jsd * 2 * (n + k) / np.log(2), df)}
    # E|d_j| = sqrt(2 e_j / pi) where the counts of the synthesis are Poisson about e_j. SPECKS
    # and a PO50 with classes of equal weight are both half of MabsDD, hence the one scale.
    null = float(np.sqrt(k / (n + k) * (o + s)).sum() * np.sqrt(2 / np.pi) / k) if df else 0.0
    return out | dict.fromkeys(("S_MabsDD", "S_SPECKS", "S_PO50"), over(found["MabsDD"], null))
