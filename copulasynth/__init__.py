"""Fit a table's joint distribution, draw as many rows as you need, and judge them honestly.

>>> import copulasynth as cs
>>> df = cs.datasets.simulate_telecom(500, rng=1)
>>> model = cs.fit(df, copula="gaussian", rng=1)
>>> model.sample(3, rng=7).shape
(3, 22)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

#: Public name -> module that defines it; imported when first used, so that `import copulasynth`
#: and `copulasynth --help` answer at once.
_HOME = {
    "Bootstrap": "synthesizers",
    "Blend": "copulas",
    "Calibrated": "copulas",
    "Comparison": "comparison",
    "CopulaSynthesizer": "synthesizers",
    "CopulasGaussian": "synthesizers",
    "CopulasVine": "synthesizers",
    "Evaluation": "evaluation",
    "External": "synthesizers",
    "Gaussian": "copulas",
    "Independence": "copulas",
    "IndependentMarginals": "synthesizers",
    "InverseTree": "synthesizers",
    "JointModel": "model",
    "Kde": "synthesizers",
    "KernelCopula": "synthesizers",
    "Mixture": "copulas",
    "Model": "model",
    "Munge": "synthesizers",
    "Schema": "schema",
    "SequentialCart": "synthesizers",
    "SequentialParametric": "synthesizers",
    "Smote": "synthesizers",
    "Student": "copulas",
    "Tree": "copulas",
    "Vine": "copulas",
    "augment": "synthesizers",
    "compare": "comparison",
    "evaluate": "evaluation",
    "fit": "fitting",
    "import_copulas_gaussian": "synthesizers",
    "load": "synthesizers.stored",
    "split": "evaluation",
}

_MODULES = {
    "datasets": "datasets",
    "errors": "errors",
    "inference": "inference",
    "metrics": "metrics",
    "plots": "report.plots",
}

__all__ = [
    "Blend",
    "Bootstrap",
    "Calibrated",
    "Comparison",
    "CopulaSynthesizer",
    "CopulasGaussian",
    "CopulasVine",
    "Evaluation",
    "External",
    "Gaussian",
    "Independence",
    "IndependentMarginals",
    "InverseTree",
    "JointModel",
    "Kde",
    "KernelCopula",
    "Mixture",
    "Model",
    "Munge",
    "Schema",
    "SequentialCart",
    "SequentialParametric",
    "Smote",
    "Student",
    "Tree",
    "Vine",
    "__version__",
    "augment",
    "compare",
    "datasets",
    "errors",
    "evaluate",
    "fit",
    "import_copulas_gaussian",
    "inference",
    "load",
    "metrics",
    "plots",
    "split",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    elif name in _MODULES:
        value = import_module(f"{__name__}.{_MODULES[name]}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


if TYPE_CHECKING:
    from copulasynth import datasets, errors, inference, metrics
    from copulasynth.comparison import Comparison, compare
    from copulasynth.copulas import (
        Blend,
        Calibrated,
        Gaussian,
        Independence,
        Mixture,
        Student,
        Tree,
        Vine,
    )
    from copulasynth.evaluation import Evaluation, evaluate, split
    from copulasynth.fitting import fit
    from copulasynth.model import JointModel, Model
    from copulasynth.schema import Schema
    from copulasynth.synthesizers import (
        Bootstrap,
        CopulasGaussian,
        CopulasVine,
        CopulaSynthesizer,
        External,
        IndependentMarginals,
        InverseTree,
        Kde,
        KernelCopula,
        Munge,
        SequentialCart,
        SequentialParametric,
        Smote,
        augment,
        import_copulas_gaussian,
    )
    from copulasynth.synthesizers.stored import load
