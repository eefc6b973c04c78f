"""Metrics: plain functions from real and synthetic tables to a `Score`; one idea a file.

Every function takes ``(real, synthetic, *, holdout=None, schema=None, rng=None)`` on tables of
any maker, and what else its page names; `copulasynth.metrics.shared.Shared` says what the three
are. `align` codes tables once, so that several metrics can share the work.
"""

from copulasynth.metrics.alignment import Aligned, align
from copulasynth.metrics.columns.bin_distances import jensen_shannon, total_variation
from copulasynth.metrics.columns.cdf_distances import ks, wasserstein
from copulasynth.metrics.columns.moments import missing_rate, moments
from copulasynth.metrics.columns.tails import tail_index, tail_quantiles
from copulasynth.metrics.disclosure.by_keys import disclosure, replicated_uniques
from copulasynth.metrics.disclosure.cell_values import exact_values
from copulasynth.metrics.disclosure.copies import exact_copies
from copulasynth.metrics.disclosure.nearest_rows import dcr_share, distance_ratio, nndr
from copulasynth.metrics.disclosure.sweep import disclosure_sweep, quasi_identifiers
from copulasynth.metrics.joint.c2st import c2st
from copulasynth.metrics.joint.energy import energy_distance
from copulasynth.metrics.joint.precision_recall import neighbour_precision, neighbour_recall
from copulasynth.metrics.joint.rule_shares import rules_kept
from copulasynth.metrics.joint.utility_gen import utility_gen
from copulasynth.metrics.pairs.contingency import cramers_v, k_marginals, mutual_information
from copulasynth.metrics.pairs.rank_correlation import kendall, spearman, tail_dependence
from copulasynth.metrics.pairs.table_statistics import table_statistics
from copulasynth.metrics.pairs.utility_tables import utility_tab, utility_tables
from copulasynth.metrics.score import Score
from copulasynth.metrics.summary.describe import describe, describe_raw
from copulasynth.metrics.table import Table
from copulasynth.metrics.utility.calibration import calibration_error
from copulasynth.metrics.utility.importance import importance_agreement
from copulasynth.metrics.utility.tstr import tstr

__all__ = [
    "Aligned",
    "Score",
    "Table",
    "align",
    "c2st",
    "calibration_error",
    "cramers_v",
    "dcr_share",
    "describe",
    "describe_raw",
    "disclosure",
    "disclosure_sweep",
    "distance_ratio",
    "energy_distance",
    "exact_copies",
    "exact_values",
    "importance_agreement",
    "jensen_shannon",
    "k_marginals",
    "kendall",
    "ks",
    "missing_rate",
    "moments",
    "mutual_information",
    "neighbour_precision",
    "neighbour_recall",
    "nndr",
    "quasi_identifiers",
    "replicated_uniques",
    "rules_kept",
    "spearman",
    "table_statistics",
    "tail_dependence",
    "tail_index",
    "tail_quantiles",
    "total_variation",
    "tstr",
    "utility_gen",
    "utility_tab",
    "utility_tables",
    "wasserstein",
]
