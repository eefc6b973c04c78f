"""What a run file asks for, checked before and after the table is read."""

import os
from collections.abc import Iterable
from typing import Any

from copulasynth.errors import DataError
from copulasynth.marginals import CHOICES
from copulasynth.metrics.catalogue import CATALOGUE
from copulasynth.run.files import SpecFile, parse_spec
from copulasynth.run.folder import MANIFEST
from copulasynth.run.methods import check_method
from copulasynth.run.spec import NAMES
from copulasynth.schema.column import KINDS
from copulasynth.synthesizers.registry import named

__all__ = ["check_columns", "read_spec"]


def read_spec(path: str | os.PathLike[str]) -> SpecFile:
    """Read a run file and check everything that can be checked without the table.

    Raises
    ------
    SpecError
        The file, the line, what stands there, and what could.
    """
    file = parse_spec(path)
    spec = file.spec
    check_method(file)
    _check_choices(file)
    for name in spec.compare.methods:
        with file.blaming("compare", "methods"):
            named(name)
    _check_metrics(file, "compare", spec.compare.metrics)
    _check_metrics(file, "evaluate", spec.evaluate.metrics)
    _check_names(file)
    return file


def _check_choices(file: SpecFile) -> None:
    """Refuse marginals and kinds that do not exist, and two ways to give the schema."""
    for column, choice in file.spec.marginals.items():
        file.check(("marginals", column), choice, CHOICES)
    part = file.spec.schema
    for column, kind in part.kinds.items():
        file.check(("schema", "kinds", column), kind, KINDS)
    if part.file is not None and (part.kinds or part.missing_codes):
        raise file.error(
            ("schema", "file"), "give a schema file or kinds and missing_codes, not both"
        )


def _check_metrics(file: SpecFile, section: str, metrics: Iterable[str] | None) -> None:
    for name in metrics or ():
        file.check((section, "metrics"), name, CATALOGUE, f"no metric is called {name!r}")


def _check_names(file: SpecFile) -> None:
    names = file.spec.output.names
    for key, name in names.items():
        file.check(("output", "names", key), key, NAMES)
        if not name or name != os.path.basename(name) or name.startswith("."):
            raise file.error(("output", "names", key), "expected a name without a folder")
    used = [*(file.spec.output.name(key) for key in NAMES), MANIFEST]
    twice = next((name for name in used if used.count(name) > 1), None)
    if twice is not None:
        raise file.error(("output", "names"), f"two files would be called {twice!r}")


def check_columns(file: SpecFile, names: Iterable[Any]) -> None:
    """Refuse settings of columns that the table does not have.

    Raises
    ------
    SpecError
        At the line of the first such column.
    """
    known = [str(name) for name in names]
    part = file.spec.schema
    asked = {
        ("marginals",): [c for c in file.spec.marginals if c != "*"],
        ("schema", "kinds"): part.kinds,
        ("schema", "missing_codes"): part.missing_codes,
    }
    target = file.spec.evaluate.target
    for name in (target,) if isinstance(target, str) else target or ():
        file.check(("evaluate", "target"), name, known, "the table has no such column")
    for keys, columns in asked.items():
        for column in columns:
            file.check((*keys, column), column, known, "the table has no such column")
    if not known:
        raise DataError(f"{file.spec.data.path} has no columns")
