"""Compare a fit on the original with the fit on its syntheses."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from copulasynth._arrays import Floats
from copulasynth.errors import DataError
from copulasynth.inference import printing
from copulasynth.inference.combine import combine
from copulasynth.inference.fit import OriginalFit, SyntheticFit
from copulasynth.inference.models import coefficients_of

__all__ = ["FitComparison", "ci_overlap", "compare_fits"]


@dataclass(frozen=True, slots=True, eq=False)
class FitComparison:
    """How far the synthetic fit is from the original one.

    Attributes
    ----------
    table : DataFrame
        One row a term: original, se_original, synthetic, se_synthetic, difference,
        std_difference, overlap (negative where the intervals are apart), overlap_clipped.
    forest : DataFrame
        Two rows a term, for a forest plot: term, source ("original" or "synthetic"), estimate,
        low, high, and z, z_low, z_high on the scale of the original's standard error.
    mean_abs_std_difference, mean_overlap, mean_overlap_clipped : float
    lack_of_fit, lack_of_fit_p : float
        Wald statistic of the differences and its p-value on `df` degrees of freedom.
    df : int
    formula, rule, sentence : str
    level : float
        Level of the intervals.
    """

    table: pd.DataFrame
    forest: pd.DataFrame
    mean_abs_std_difference: float
    mean_overlap: float
    mean_overlap_clipped: float
    lack_of_fit: float
    lack_of_fit_p: float
    df: int
    formula: str
    rule: str
    level: float
    sentence: str

    def __repr__(self) -> str:
        return (
            f"<FitComparison {self.formula!r}: mean CI overlap {self.mean_overlap:.3f}, "
            f"mean |std diff| {self.mean_abs_std_difference:.3f}>"
        )

    def __str__(self) -> str:
        return printing.text(self.formula, self.table, self.sentence)

    def _repr_html_(self) -> str:
        return printing.html(self.formula, self.table, self.sentence)


def ci_overlap(low: Floats, high: Floats, low_synthetic: Floats, high_synthetic: Floats) -> Floats:
    """Return the mean share of two intervals that they have in common.

    .5 [(U - L) / (Uo - Lo) + (U - L) / (Us - Ls)] with U the smaller upper and L the larger lower
    limit; negative where the intervals are apart (Karr et al. 2006, The American Statistician 60).

    >>> float(ci_overlap(np.array(0.0), np.array(4.0), np.array(1.0), np.array(5.0)))
    0.75
    """
    shared = np.minimum(high, high_synthetic) - np.maximum(low, low_synthetic)
    return np.asarray(0.5 * (shared / (high - low) + shared / (high_synthetic - low_synthetic)))


def compare_fits(
    original_fit: Any,
    synthetic_fit: SyntheticFit,
    *,
    level: float = 0.95,
    compat: Literal["synthpop"] | None = None,
) -> FitComparison:
    """Compare the original fit with the combined fit of its syntheses.

    The original's covariance V is at hand, so the synthetic standard errors use V n/k in place of
    the mean squared error of the syntheses (Nowok, Raab & Dibben 2016, J. Stat. Software 74(11)).
    Under rule "expected" both intervals then have one width, and the overlap equals
    1 - |std diff| / (2 z) with z the normal quantile, 1.96 at level .95.

    Parameters
    ----------
    original_fit : OriginalFit or statsmodels result
        Made by :func:`fit_original`, or any statsmodels fit with the same names of terms.
    synthetic_fit : SyntheticFit
    level : float
    compat : "synthpop", optional
        The lack-of-fit statistic d' S^-1 d has S = V n / (k m) for fixed parameters and
        S = V (1 + n/k) / m for drawn ones (the variance of the mean estimate about the original's);
        "synthpop" uses the first for both, which rejects proper syntheses too often.

    Raises
    ------
    DataError
        If the two fits have different terms, or disagree on the rows of the original.
    """
    fit = synthetic_fit
    known = isinstance(original_fit, OriginalFit)
    original = original_fit.coefficients if known else coefficients_of(original_fit)
    n = original_fit.n if known else None
    if n is not None and n != fit.n:
        raise DataError(
            f"the original has {n:,} rows and the synthetic fit was told n_original={fit.n:,}; "
            f"fit the syntheses with n_original={n}"
        )
    order = _matched(original.terms, fit.terms)
    q = original.estimate[order]
    v = original.covariance[np.ix_(order, order)]
    estimates = np.stack([part.estimate for part in fit.parts])
    variances = np.broadcast_to(np.diag(v) * fit.n / fit.k, estimates.shape)
    synthetic = combine(estimates, variances, k=fit.k, n=fit.n, rule=fit.rule, proper=fit.proper)
    z = stats.norm.ppf(0.5 + level / 2)
    se = np.sqrt(np.diag(v))
    low, high = q - z * se, q + z * se
    low_s, high_s = synthetic.interval(level)
    difference = synthetic.estimate - q
    table = pd.DataFrame(
        {
            "original": q,
            "se_original": se,
            "synthetic": synthetic.estimate,
            "se_synthetic": synthetic.se,
            "difference": difference,
            "std_difference": difference / se,
            "overlap": ci_overlap(low, high, low_s, high_s),
        },
        index=pd.Index(fit.terms, name="term"),
    )
    table["overlap_clipped"] = table["overlap"].clip(lower=0.0)
    draws = 1.0 + fit.n / fit.k if fit.proper and compat is None else fit.n / fit.k
    statistic = float(difference @ np.linalg.solve(v, difference)) * fit.m / draws
    left_out = original_fit.sentence if known else ""
    forest = _forest(table, (low, high), (low_s, high_s))
    return _comparison(fit, table, forest, statistic, level, left_out)


def _comparison(
    fit: SyntheticFit,
    table: pd.DataFrame,
    forest: pd.DataFrame,
    statistic: float,
    level: float,
    left_out: str,
) -> FitComparison:
    df = len(table)
    p = float(stats.chi2.sf(statistic, df))
    mean_abs = float(table["std_difference"].abs().mean())
    overlap = float(table["overlap"].mean())
    said = (
        f"Over {df} coefficients and m = {fit.m}: mean absolute standardised difference "
        f"{mean_abs:.3f}; mean overlap of the {100 * level:g} % intervals {overlap:.3f}; lack of "
        f"fit {statistic:.2f} on {df} degrees of freedom, p = {printing.p_value(p)}."
    )
    return FitComparison(
        table=table,
        forest=forest,
        mean_abs_std_difference=mean_abs,
        mean_overlap=overlap,
        mean_overlap_clipped=float(table["overlap_clipped"].mean()),
        lack_of_fit=statistic,
        lack_of_fit_p=p,
        df=df,
        formula=fit.formula,
        rule=fit.rule,
        level=level,
        sentence=" ".join(filter(None, (said, fit.sentence, left_out))),
    )


def _matched(original: tuple[str, ...], synthetic: tuple[str, ...]) -> list[int]:
    """Return the positions of the synthetic terms among the original's."""
    if set(original) != set(synthetic) or len(original) != len(synthetic):
        only = sorted(set(original) - set(synthetic)), sorted(set(synthetic) - set(original))
        raise DataError(
            f"the fits have different terms: only in the original {only[0]}, only in the synthetic "
            f"{only[1]}. Use fit_original with the same formula, and the same levels in both tables"
        )
    place = {term: i for i, term in enumerate(original)}
    return [place[term] for term in synthetic]


def _forest(
    table: pd.DataFrame, original: tuple[Floats, Floats], synthetic: tuple[Floats, Floats]
) -> pd.DataFrame:
    sides = []
    for source, (low, high) in (("original", original), ("synthetic", synthetic)):
        side = pd.DataFrame({"estimate": table[source], "low": low, "high": high})
        side.insert(0, "source", source)
        scaled = side[["estimate", "low", "high"]].div(table["se_original"], axis=0)
        sides.append(side.join(scaled.set_axis(["z", "z_low", "z_high"], axis=1)))
    return pd.concat(sides).reset_index()
