from copulasynth.synthesizers.augmented import augment as augment
from copulasynth.synthesizers.bootstrap import Bootstrap as Bootstrap
from copulasynth.synthesizers.fitted import Sampler as Sampler
from copulasynth.synthesizers.fitted import SynthesizerModel as SynthesizerModel
from copulasynth.synthesizers.fitted import fit_sampler as fit_sampler
from copulasynth.synthesizers.foreign.external import External as External
from copulasynth.synthesizers.foreign.imported import (
    import_copulas_gaussian as import_copulas_gaussian,
)
from copulasynth.synthesizers.foreign.peers import CopulasGaussian as CopulasGaussian
from copulasynth.synthesizers.foreign.peers import CopulasVine as CopulasVine
from copulasynth.synthesizers.independent import CopulaSynthesizer as CopulaSynthesizer
from copulasynth.synthesizers.independent import IndependentMarginals as IndependentMarginals
from copulasynth.synthesizers.neighbours.kde import Kde as Kde
from copulasynth.synthesizers.neighbours.kernel_copula import KernelCopula as KernelCopula
from copulasynth.synthesizers.neighbours.munge import Munge as Munge
from copulasynth.synthesizers.neighbours.munge_tune import MungeFrontier as MungeFrontier
from copulasynth.synthesizers.neighbours.smote import Smote as Smote
from copulasynth.synthesizers.sequence.cart import SequentialCart as SequentialCart
from copulasynth.synthesizers.sequence.inverse_tree import InverseTree as InverseTree
from copulasynth.synthesizers.sequence.parametric import (
    SequentialParametric as SequentialParametric,
)
