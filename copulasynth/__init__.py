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
    "Schema": "schema",
    "JointModel": "model",
    "fit": "selection",
    "load": "persist",
    "Independence": "copulas",
    "Gaussian": "copulas",
    "Student": "copulas",
}

_MODULES = ("datasets", "errors")

__all__ = [
    "Gaussian",
    "Independence",
    "JointModel",
    "Schema",
    "Student",
    "__version__",
    "datasets",
    "errors",
    "fit",
    "load",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    elif name in _MODULES:
        value = import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


if TYPE_CHECKING:
    from copulasynth import datasets, errors
    from copulasynth.copulas import Gaussian, Independence, Student
    from copulasynth.model import JointModel
    from copulasynth.persist import load
    from copulasynth.schema import Schema
    from copulasynth.selection import fit
