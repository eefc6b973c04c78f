"""Laws of groups of rows: one a group, and one for all groups of few rows together."""

from copulasynth.model.strata.law import Strata, Stratum
from copulasynth.model.strata.rows import GROUPED, grouping, laws_of_rows, source_of
from copulasynth.model.strata.table import group_model, groups_table, named_keys

__all__ = [
    "GROUPED",
    "Strata",
    "Stratum",
    "group_model",
    "grouping",
    "groups_table",
    "laws_of_rows",
    "named_keys",
    "source_of",
]
