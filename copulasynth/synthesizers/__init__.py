"""Synthesizers: frozen settings whose ``fit`` returns a model of a table; one method a file."""

from importlib import import_module
from typing import TYPE_CHECKING

#: Public name -> the module of this package that defines it, imported on first use.
_HOME: dict[str, str] = {
    "Bootstrap": "bootstrap",
    "CopulaSynthesizer": "independent",
    "CopulasGaussian": "copulas_peers",
    "CopulasVine": "copulas_peers",
    "External": "external",
    "IndependentMarginals": "independent",
    "InverseTree": "inverse_tree",
    "Kde": "kde",
    "KernelCopula": "kernel_copula",
    "Munge": "munge",
    "MungeFrontier": "_munge_tune",
    "Sampler": "_model",
    "SequentialCart": "sequential_cart",
    "SequentialParametric": "sequential_parametric",
    "Smote": "smote",
    "SynthesizerModel": "_model",
    "augment": "augment",
    "fit_sampler": "_model",
    "import_copulas_gaussian": "copulas_import",
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
    from copulasynth.synthesizers._model import Sampler, SynthesizerModel, fit_sampler
    from copulasynth.synthesizers._munge_tune import MungeFrontier
    from copulasynth.synthesizers.augment import augment
    from copulasynth.synthesizers.bootstrap import Bootstrap
    from copulasynth.synthesizers.copulas_import import import_copulas_gaussian
    from copulasynth.synthesizers.copulas_peers import CopulasGaussian, CopulasVine
    from copulasynth.synthesizers.external import External
    from copulasynth.synthesizers.independent import CopulaSynthesizer, IndependentMarginals
    from copulasynth.synthesizers.inverse_tree import InverseTree
    from copulasynth.synthesizers.kde import Kde
    from copulasynth.synthesizers.kernel_copula import KernelCopula
    from copulasynth.synthesizers.munge import Munge
    from copulasynth.synthesizers.sequential_cart import SequentialCart
    from copulasynth.synthesizers.sequential_parametric import SequentialParametric
    from copulasynth.synthesizers.smote import Smote
