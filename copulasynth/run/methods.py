"""From the name of a method and its knobs in a run file to something that fits a table."""

from typing import Any, get_type_hints

import msgspec

from copulasynth.errors import DataError, did_you_mean
from copulasynth.fitting import fit
from copulasynth.run.files import SpecFile
from copulasynth.run.spec import Spec
from copulasynth.synthesizers.registry import named, refuse

__all__ = ["check_method", "fit_method", "method_of", "prefer_of"]


def check_method(file: SpecFile) -> None:
    """Refuse a method, or settings of one, that do not exist.

    Raises
    ------
    SpecError
        At the line of the entry.
    """
    asked = file.spec.fit
    with file.blaming("fit", "method"):
        row = named(asked.method)
    for name, value in _settings(file.spec).items():
        with file.blaming(*(("marginals",) if name == "marginals" else ("fit", name))):
            refuse(row, {name: value})
    if asked.knobs and not row.knobs:
        raise file.error(("fit", "knobs"), f"method {row.name!r} has no knobs; name a method")
    for name in asked.knobs:
        with file.blaming("fit", "knobs", name):
            if name not in row.knobs:
                near = did_you_mean(name, row.knobs)
                raise DataError(f"{row.cls.__name__} has no such knob; {near}")
            _converted(row.cls, name, asked.knobs[name])
    with file.blaming("fit", "knobs"):
        method_of(file.spec)


def method_of(spec: Spec) -> object:
    """Return the method of a run file with its knobs, or its name if it chooses among others."""
    row = named(spec.fit.method)
    if row.chooses:
        return row.name
    return row.make(**{k: _converted(row.cls, k, v) for k, v in spec.fit.knobs.items()})


def _converted(cls: type, name: str, value: Any) -> Any:
    return msgspec.convert(value, get_type_hints(cls)[name])


def _settings(spec: Spec) -> dict[str, Any]:
    # a method without marginals is not asked for any by the word "auto"
    marginals = spec.marginals
    if "marginals" not in named(spec.fit.method).takes:
        marginals = {k: v for k, v in marginals.items() if v != "auto"}
    return {
        "marginals": marginals or "auto",
        "prefer": prefer_of(spec),
        "proper": spec.fit.proper,
    }


def prefer_of(spec: Spec) -> str:
    """Return what the method of a run file is to favour, whether or not the file says so."""
    if spec.fit.prefer is not None:
        return spec.fit.prefer
    leaves = spec.release is not None and "prefer" in named(spec.fit.method).takes
    return "privacy" if leaves else "fidelity"


def fit_method(spec: Spec, table: Any, schema: Any, seed: int, report: Any) -> Any:
    """Fit the method of a run file to a table.

    Raises
    ------
    CopulasynthError
        Whatever the method says is wrong with the table.
    """
    settings = _settings(spec) | {"schema": schema, "rng": seed, "progress": report}
    if spec.fit.proper:
        settings["draws"] = spec.sample.syntheses
    by = (spec.fit.by,) if isinstance(spec.fit.by, str) else spec.fit.by
    return fit(table, copula=method_of(spec), by=list(by or ()) or None, **settings)
