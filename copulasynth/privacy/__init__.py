"""Attacks on a synthetic table, each beside a control on rows that its maker never saw.

Every attack takes ``(train, synthetic, *, holdout, unit=None, schema=None, rng=None)`` and returns
a `Score` whose table has the rates of attack, control and baseline with their intervals. `gate`
holds all of them, and the measures of `copulasynth.metrics`, against a `Policy`. `shadow_audit`
takes what fits, not what was drawn, and attacks single records. `treat` makes a table of which no
level, gap or end of a column rests on few rows.

Attacks bear the names of their modules and are loaded at once; all else when it is first used.
"""

from copulasynth._lazy import attach
from copulasynth.privacy.attribute import attribute_inference as attribute_inference
from copulasynth.privacy.linkability import linkability as linkability
from copulasynth.privacy.membership import membership as membership
from copulasynth.privacy.singling_out import singling_out as singling_out

__getattr__, __dir__, __all__ = attach(__name__)
