"""Attacks on a synthetic table, each beside a control on rows that its maker never saw.

Every attack takes ``(train, synthetic, *, holdout, unit=None, schema=None, rng=None)`` and returns
a `Score` whose table has the rates of attack, control and baseline with their intervals. `gate`
holds all of them, and the measures of `copulasynth.metrics`, against a `Policy`. `shadow_audit`
takes what fits, not what was drawn, and attacks single records. `treat` makes a table of which no
level, gap or end of a column rests on few rows.
"""

from copulasynth.metrics.disclosure.overlap import Overlap, overlap
from copulasynth.privacy.attribute import attribute_inference
from copulasynth.privacy.gating import GateResult, gate
from copulasynth.privacy.linkability import linkability
from copulasynth.privacy.membership import membership
from copulasynth.privacy.policy import Policy, read_policy
from copulasynth.privacy.shadow import Audit, read_audit, shadow_audit
from copulasynth.privacy.singling_out import singling_out
from copulasynth.privacy.treating.treat import Treated, thin_columns, treat

__all__ = [
    "Audit",
    "GateResult",
    "Overlap",
    "Policy",
    "Treated",
    "attribute_inference",
    "gate",
    "linkability",
    "membership",
    "overlap",
    "read_audit",
    "read_policy",
    "shadow_audit",
    "singling_out",
    "thin_columns",
    "treat",
]
