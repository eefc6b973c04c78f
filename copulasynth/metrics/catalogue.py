"""The metrics by name: how each is called, on how many rows, and what synthpop calls it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from copulasynth.metrics.columns.bin_distances import jensen_shannon, total_variation
from copulasynth.metrics.columns.cdf_distances import ks, wasserstein
from copulasynth.metrics.columns.moments import missing_rate, moments
from copulasynth.metrics.columns.tails import tail_index, tail_quantiles
from copulasynth.metrics.disclosure.cell_values import exact_values
from copulasynth.metrics.disclosure.copies import exact_copies
from copulasynth.metrics.disclosure.nearest_rows import dcr_share, distance_ratio, nndr
from copulasynth.metrics.disclosure.sweep import disclosure_sweep
from copulasynth.metrics.joint.c2st import c2st
from copulasynth.metrics.joint.energy import energy_distance
from copulasynth.metrics.joint.precision_recall import neighbour_precision, neighbour_recall
from copulasynth.metrics.joint.rule_shares import rules_kept
from copulasynth.metrics.joint.utility_gen import utility_gen
from copulasynth.metrics.pairs.contingency import cramers_v, k_marginals, mutual_information
from copulasynth.metrics.pairs.rank_correlation import kendall, spearman, tail_dependence
from copulasynth.metrics.pairs.utility_tables import utility_tables
from copulasynth.metrics.score import Score
from copulasynth.metrics.utility.calibration import calibration_error
from copulasynth.metrics.utility.importance import importance_agreement
from copulasynth.metrics.utility.tstr import tstr

__all__ = ["CATALOGUE", "DEFAULT", "QUICK", "Metric", "Part", "Rows", "part_of"]

Part = Literal["rules", "columns", "pairs", "joint", "utility", "privacy"]
Rows = Literal["all", "many", "equal"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as `evaluate` calls it.

    Parameters
    ----------
    part : {"rules", "columns", "pairs", "joint", "utility", "privacy"}
    function : callable
        (real, synthetic, *, holdout, rng, **settings) -> Score.
    settings : mapping
        Further arguments.
    rows : {"all", "many", "equal"}
        Synthetic rows it needs: all, ten for each real row, or as many as there are real ones.
    synthpop : str
        What users of the R package know it as.
    needs_holdout : bool
    most_columns : int
        Tables with more columns are not measured by default.
    draws : int
        2 for a metric that takes a pair of draws of one model where there are two.
    """

    part: Part
    function: Callable[..., Score]
    settings: Mapping[str, Any] = field(default_factory=dict)
    rows: Rows = "many"
    synthpop: str = ""
    needs_holdout: bool = False
    most_columns: int = 1000
    draws: int = 1


CATALOGUE: dict[str, Metric] = {
    "rules_kept": Metric("rules", rules_kept),
    "ks": Metric("columns", ks),
    "wasserstein": Metric("columns", wasserstein),
    "total_variation": Metric("columns", total_variation, synthpop="MabsDD / 2"),
    "jensen_shannon": Metric("columns", jensen_shannon, synthpop="sqrt JSD"),
    "missing_rate": Metric("columns", missing_rate, rows="all"),
    "moments": Metric("columns", moments),
    "tail_quantiles": Metric("columns", tail_quantiles, rows="all"),
    "tail_index": Metric("columns", tail_index),
    "spearman": Metric("pairs", spearman),
    "kendall": Metric("pairs", kendall, {"max_rows": 2000}, most_columns=25),
    "cramers_v": Metric("pairs", cramers_v),
    "mutual_information": Metric("pairs", mutual_information),
    "tail_dependence": Metric("pairs", tail_dependence),
    "tv2": Metric("pairs", k_marginals, {"k": 2}, synthpop="MabsDD / 2"),
    "tv3": Metric("joint", k_marginals, {"k": 3}, synthpop="MabsDD / 2", most_columns=30),
    "utility_tables": Metric(
        "pairs", utility_tables, {"order": 2}, "equal", "utility.tables S_pMSE"
    ),
    "utility_gen_cart": Metric(
        "joint", utility_gen, {"method": "cart", "permutations": 6}, "equal", "utility.gen S_pMSE"
    ),
    "utility_gen_logit": Metric(
        "joint", utility_gen, {"method": "logit", "order": 1}, "equal", "utility.gen S_pMSE"
    ),
    "c2st_boosting": Metric(
        "joint", c2st, {"judge": "boosting", "rounds": 80, "importances": True}, "equal", draws=2
    ),
    # The mean over four forests needs fewer trees of each than a single one would.
    "c2st_forest": Metric("joint", c2st, {"judge": "forest", "rounds": 50}, "equal", draws=2),
    "c2st_logistic": Metric("joint", c2st, {"judge": "logistic"}, "equal", draws=2),
    "c2st_boosting_cv": Metric("joint", c2st, {"judge": "boosting", "scheme": "cv"}, "equal"),
    "c2st_forest_cv": Metric("joint", c2st, {"judge": "forest", "scheme": "cv"}, "equal"),
    "energy_distance": Metric("joint", energy_distance, {}, "equal"),
    "precision": Metric("joint", neighbour_precision, {}, "equal"),
    "recall": Metric("joint", neighbour_recall, {}, "equal"),
    "tstr": Metric("utility", tstr, {}, "equal"),
    "importance_agreement": Metric("utility", importance_agreement, {}, "equal"),
    "calibration_error": Metric("utility", calibration_error, {}, "equal"),
    "dcr_share": Metric("privacy", dcr_share, needs_holdout=True),
    "exact_copies": Metric("privacy", exact_copies, rows="all", synthpop="replicated rows"),
    "exact_values": Metric("privacy", exact_values, rows="all"),
    "nndr": Metric("privacy", nndr),
    "distance_ratio": Metric("privacy", distance_ratio),
    "disclosure_sweep": Metric("privacy", disclosure_sweep, rows="all", synthpop="DiSCO"),
}

_BY_NAME = (
    "kendall",
    "utility_gen_logit",
    "c2st_logistic",
    "c2st_boosting_cv",
    "c2st_forest_cv",
    "importance_agreement",
    "exact_values",
    "nndr",
    "distance_ratio",
    "disclosure_sweep",
)
#: What `evaluate` runs unless told otherwise: seconds for 5,000 x 20 against 5,000 rows.
DEFAULT: tuple[str, ...] = tuple(name for name in CATALOGUE if name not in _BY_NAME)
#: What ``metrics="quick"`` runs: nothing that trains a model or compares all rows with all.
QUICK: tuple[str, ...] = (
    "rules_kept",
    "ks",
    "total_variation",
    "missing_rate",
    "spearman",
    "cramers_v",
    "tv2",
    "exact_copies",
)


#: Attacks, which stand above the metrics: `evaluate` and `compare` bring them.
_ATTACKS = ("membership",)


def part_of(name: str) -> str:
    """Return the part of a report that a score belongs to, "own" for those that callers bring."""
    if name in _ATTACKS:
        return "privacy"
    return CATALOGUE[name].part if name in CATALOGUE else "own"
