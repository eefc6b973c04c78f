"""Attacks as `evaluate` and `compare` call them beside the metrics."""

from copulasynth.metrics.catalogue import Metric
from copulasynth.privacy.membership import membership

__all__ = ["ATTACKS"]

#: By name, as in `copulasynth.metrics.catalogue.CATALOGUE`.
ATTACKS: dict[str, Metric] = {
    "membership": Metric("privacy", membership, rows="all", needs_holdout=True),
}
