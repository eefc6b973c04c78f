"""A method as the registry knows it: where it is, what it takes, holds and costs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from importlib import import_module
from inspect import Parameter, signature
from typing import Any, Literal

from copulasynth.errors import DataError
from copulasynth.synthesizers.cost import Cost

__all__ = ["CALIBRATED", "DEFAULTS", "Method", "checked", "parameters"]

#: Settings of `copulasynth.fit` that some methods take, and what they are if nobody says.
DEFAULTS: dict[str, object] = {
    "marginals": "auto",
    "schema": None,
    "rules": (),
    "prefer": "fidelity",
    "proper": False,
    "draws": 5,
}
#: What the name of a calibrated copula ends with.
CALIBRATED = " + calibration"
#: Knobs that are copulas themselves: the name of a method says which.
_PARTS = ("base", "parts")


@dataclass(frozen=True, slots=True)
class Method:
    """A row of the table.

    Attributes
    ----------
    name : str
    where : str
        ``"module:Class"`` of its knobs; of what is calibrated, if the method is a calibration.
    about : str
    kind : {"rule", "search", "copula", "synthesizer"}
        Copula knobs are fitted to cells, a synthesizer to a table; a rule names a copula, and a
        search tries several.
    takes : frozenset of str
        Which of the settings `DEFAULTS` it takes.
    cost : callable or None
        From knobs, rows and variables to seconds; None where nobody measured.
    holds_rows : bool
        Whether its models keep training rows.
    tried : bool
        Whether "search" tries it.
    lean : mapping
        Knobs that differ in the search on a wide table.
    stored : tuple of str
        ``"module:Class"`` of what its model files hold, where a file chooses among classes.
    calibrated : bool
    """

    name: str
    where: str
    about: str
    kind: Literal["rule", "search", "copula", "synthesizer"]
    takes: frozenset[str]
    cost: Cost | None = None
    holds_rows: bool = False
    tried: bool = False
    lean: Mapping[str, object] = field(default_factory=dict, hash=False)
    stored: tuple[str, ...] = ()
    calibrated: bool = False

    @property
    def cls(self) -> type:
        """Class of the knobs."""
        return _load("copulasynth.copulas:Calibrated" if self.calibrated else self.where)

    @property
    def chooses(self) -> bool:
        """Whether it names another method, and has no knobs of its own."""
        return self.kind in ("rule", "search")

    @property
    def knobs(self) -> tuple[str, ...]:
        """Names of what can be set beside `takes`."""
        if self.chooses or not is_dataclass(self.cls):
            return ()
        known = [f.name for f in fields(self.cls) if f.init]
        return tuple(name for name in known if name not in (*_PARTS, "marginals"))

    def make(self, **knobs: object) -> Any:
        """Return the method with these knobs.

        Examples
        --------
        >>> from copulasynth.synthesizers.registry import named
        >>> named("vine + calibration").make(acceptance=0.5).base
        Vine(...)
        """
        if not self.calibrated:
            return self.cls(**knobs)
        return self.cls(_load(self.where)(), **knobs)

    def leaner(self) -> Any:
        """Return the method as a wide table can afford it."""
        made = _load(self.where)(**self.lean)
        return self.cls(made) if self.calibrated else made


def _load(where: str) -> type:
    module, _, name = where.partition(":")
    found: type = getattr(import_module(module), name)
    return found


def checked(made: Any) -> Any:
    """Return an object that can be fitted.

    Raises
    ------
    DataError
        If it has no `fit`.
    """
    if isinstance(made, type):
        raise DataError(f"{made.__name__} is a class, not a method: pass {made.__name__}(...).")
    if not callable(getattr(made, "fit", None)):
        raise DataError(
            f"{made!r} is no method: it needs fit(df, rng=...); or give a name, such as 'auto'."
        )
    return made


def parameters(method: Any) -> Mapping[str, Parameter]:
    """Return the parameters of a method by name."""
    try:
        return signature(method).parameters
    except ValueError:  # compiled methods may have no signature
        return {}
