"""Shadow fits: the same method fitted again and again, with and without single records."""

from copulasynth.privacy.shadow.audit import Audit, read_audit
from copulasynth.privacy.shadow.run import shadow_audit

__all__ = ["Audit", "read_audit", "shadow_audit"]
