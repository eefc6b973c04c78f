"""One model for every method, the joint law of copula models, and how that is fitted to a table."""

from copulasynth.model.api import Sampler
from copulasynth.model.diagnosis import Diagnosis
from copulasynth.model.encoded import declare
from copulasynth.model.fit import fit_joint
from copulasynth.model.joint_law import JointLaw
from copulasynth.model.model import Model
from copulasynth.model.provenance import Provenance
from copulasynth.model.strata import Strata, Stratum

__all__ = [
    "Diagnosis",
    "JointLaw",
    "JointModel",
    "Model",
    "Provenance",
    "Sampler",
    "Strata",
    "Stratum",
    "declare",
    "fit_joint",
]

#: Another name of `Model`, for scripts.
JointModel = Model
