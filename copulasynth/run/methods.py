"""From the name of a method and its knobs to something that fits a table."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, get_type_hints

import msgspec

from copulasynth import comparison, fitting
from copulasynth.errors import CopulasynthError
from copulasynth.run.files import SpecFile, lowered, suggestion
from copulasynth.run.spec import Spec

__all__ = ["METHODS", "check_method", "fit_method"]

#: The names that a run file can fit or compare.
METHODS: tuple[str, ...] = tuple(dict.fromkeys((*fitting.COPULAS, *comparison.METHODS, "auto")))

#: Knobs that are copulas themselves: the name of a method says which.
COPULA_KNOBS = ("base", "parts")


@dataclass(frozen=True, slots=True)
class Method:
    """A method with its knobs: a copula for `copulasynth.fit`, or a synthesizer."""

    copula: Any = None
    synthesizer: Any = None


def check_method(file: SpecFile) -> None:
    """Refuse a method, or settings of one, that do not exist.

    Raises
    ------
    SpecError
        At the line of the entry.
    """
    fit = file.spec.fit
    if fit.method not in METHODS:
        raise file.error(("fit", "method"), f"unknown; choose one of {', '.join(METHODS)}.")
    if fit.prefer != "fidelity" and fit.method != "auto":
        raise file.error(("fit", "prefer"), 'decides between candidates of method = "auto" alone')
    if fit.knobs and fit.method == "auto":
        raise file.error(("fit", "knobs"), 'method = "auto" has no knobs; name a method')
    cls = _class(fit.method)
    if cls is not None:
        _check_knobs(file, cls)
    method = _method(fit.method, _converted(fit.knobs, cls))
    if method.synthesizer is None:
        return
    if fit.proper:
        raise file.error(("fit", "proper"), f"method {fit.method!r} draws no parameters anew")
    if file.spec.marginals and "marginals" not in _names(type(method.synthesizer)):
        raise file.error(("marginals",), f"method {fit.method!r} has no marginals to choose")


def _check_knobs(file: SpecFile, cls: type) -> None:
    known, knobs = _names(cls), file.spec.fit.knobs
    for name, value in knobs.items():
        if name not in known:
            message = f"{cls.__name__} has no such knob; {suggestion(name, known)}"
            raise file.error(("fit", "knobs", name), message)
        try:
            _convert(cls, name, value)
        except msgspec.ValidationError as e:
            message = str(e).partition(" - at")[0]
            raise file.error(("fit", "knobs", name), lowered(message)) from e
    try:
        cls(**_converted(knobs, cls))
    except (CopulasynthError, ValueError, TypeError) as e:
        raise file.error(("fit", "knobs"), str(e)) from e


def _class(name: str) -> type | None:
    """Return the class of knobs that a name stands for; "auto" has none."""
    if name == "auto":
        return None
    if name in fitting.COPULAS:
        return type(fitting.knobs(name))
    return type(comparison.resolve(name))


def _names(cls: type) -> list[str]:
    return [f.name for f in fields(cls) if f.init and f.name not in COPULA_KNOBS]


def _convert(cls: type, name: str, value: Any) -> Any:
    return msgspec.convert(value, get_type_hints(cls)[name])


def _converted(knobs: Mapping[str, Any], cls: type | None) -> dict[str, Any]:
    return {k: _convert(cls, k, v) for k, v in knobs.items()} if cls is not None else {}


def _method(name: str, knobs: Mapping[str, Any], marginals: Any = None) -> Method:
    cls = _class(name)
    if cls is None:
        return Method(copula="auto")
    if name in fitting.COPULAS:
        # not from the class alone: a calibration has the base that its name says
        named: Any = fitting.knobs(name)
        return Method(copula=replace(named, **knobs))
    extra = {"marginals": marginals} if marginals and "marginals" in _names(cls) else {}
    return Method(synthesizer=cls(**knobs, **extra))


def fit_method(spec: Spec, table: Any, schema: Any, seed: int, report: Any) -> Any:
    """Fit the method of a run file to a table.

    Raises
    ------
    CopulasynthError
        Whatever the method says is wrong with the table.
    """
    cls = _class(spec.fit.method)
    knobs = _converted(spec.fit.knobs, cls)
    method = _method(spec.fit.method, knobs, spec.marginals)
    if method.synthesizer is not None:
        return method.synthesizer.fit(table, schema=schema, rng=seed)
    return fitting.fit(
        table,
        copula=method.copula,
        marginals=spec.marginals or "auto",
        schema=schema,
        prefer=spec.fit.prefer,
        proper=spec.fit.proper,
        draws=spec.sample.syntheses,
        rng=seed,
        progress=report,
    )
