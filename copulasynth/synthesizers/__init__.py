"""Synthesizers: frozen settings whose ``fit`` returns a model of a table; one method a file."""

from importlib import import_module
from typing import TYPE_CHECKING

#: Public name -> the module of this package that defines it, imported on first use.
_HOME: dict[str, str] = {
    "Bootstrap": "bootstrap",
    "CopulaSynthesizer": "independent",
    "CopulasGaussian": "foreign.peers",
    "CopulasVine": "foreign.peers",
    "External": "foreign.external",
    "IndependentMarginals": "independent",
    "InverseTree": "sequence.inverse_tree",
    "Kde": "neighbours.kde",
    "KernelCopula": "neighbours.kernel_copula",
    "Munge": "neighbours.munge",
    "MungeFrontier": "neighbours.munge_tune",
    "Sampler": "fitted",
    "SequentialCart": "sequence.cart",
    "SequentialParametric": "sequence.parametric",
    "Smote": "neighbours.smote",
    "SynthesizerModel": "fitted",
    "augment": "augment",
    "fit_sampler": "fitted",
    "import_copulas_gaussian": "foreign.imported",
}

__all__ = [
    "Bootstrap",
    "CopulaSynthesizer",
    "CopulasGaussian",
    "CopulasVine",
    "External",
    "IndependentMarginals",
    "InverseTree",
    "Kde",
    "KernelCopula",
    "Munge",
    "MungeFrontier",
    "Sampler",
    "SequentialCart",
    "SequentialParametric",
    "Smote",
    "SynthesizerModel",
    "augment",
    "fit_sampler",
    "import_copulas_gaussian",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


if TYPE_CHECKING:
    from copulasynth.synthesizers.augment import augment
    from copulasynth.synthesizers.bootstrap import Bootstrap
    from copulasynth.synthesizers.fitted import Sampler, SynthesizerModel, fit_sampler
    from copulasynth.synthesizers.foreign.external import External
    from copulasynth.synthesizers.foreign.imported import import_copulas_gaussian
    from copulasynth.synthesizers.foreign.peers import CopulasGaussian, CopulasVine
    from copulasynth.synthesizers.independent import CopulaSynthesizer, IndependentMarginals
    from copulasynth.synthesizers.neighbours.kde import Kde
    from copulasynth.synthesizers.neighbours.kernel_copula import KernelCopula
    from copulasynth.synthesizers.neighbours.munge import Munge
    from copulasynth.synthesizers.neighbours.munge_tune import MungeFrontier
    from copulasynth.synthesizers.neighbours.smote import Smote
    from copulasynth.synthesizers.sequence.cart import SequentialCart
    from copulasynth.synthesizers.sequence.inverse_tree import InverseTree
    from copulasynth.synthesizers.sequence.parametric import SequentialParametric
