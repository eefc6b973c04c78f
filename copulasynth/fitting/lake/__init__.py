"""Models of tables that do not fit in memory: two passes over all rows, and a sample of them."""

from copulasynth.fitting.lake.fit import LakeFit, check_where, warn_unused

__all__ = ["LakeFit", "check_where", "warn_unused"]
