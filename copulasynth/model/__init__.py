"""The joint model, and how it is fitted to a table."""

from copulasynth.model.diagnosis import Diagnosis
from copulasynth.model.fit import declare, fit_joint
from copulasynth.model.joint import JointModel
from copulasynth.model.provenance import Provenance

__all__ = ["Diagnosis", "JointModel", "Provenance", "declare", "fit_joint"]
