"""What a run file asks for, checked before and after the table is read."""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from copulasynth.errors import DataError
from copulasynth.marginals import CHOICES
from copulasynth.metrics.catalogue import CATALOGUE
from copulasynth.privacy.attacks import ATTACKS
from copulasynth.rows.reading import Reading
from copulasynth.run.files import SpecFile, parse_spec
from copulasynth.run.folder import MANIFEST
from copulasynth.run.methods import check_method
from copulasynth.run.release_checks import check_release
from copulasynth.run.spec import NAMES
from copulasynth.schema.column import KINDS
from copulasynth.schema.forms import FORMS, said_storage
from copulasynth.schema.patterns import is_pattern
from copulasynth.synthesizers.registry import named

__all__ = ["check_columns", "read_spec"]

#: Bytes of a name that leave room for an ending.
LONGEST = 200


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
    _check_tables(file)
    _check_names(file)
    check_release(file)
    return file


def _check_choices(file: SpecFile) -> None:
    """Refuse marginals and kinds that do not exist, and two ways to give the schema."""
    for column, choice in file.spec.marginals.items():
        file.check(("marginals", column), choice, CHOICES)
    part = file.spec.schema
    for column, kind in part.kinds.items():
        file.check(("schema", "kinds", column), kind, KINDS)
    for column, form in part.formats.items():
        if said_storage(form) is None and not is_pattern(form):
            raise file.error(("schema", "formats", column), f"{form!r} is no form; {FORMS}")
    if part.file is not None and (part.kinds or part.formats or part.missing_codes):
        raise file.error(
            ("schema", "file"), "give a schema file or kinds, formats and missing_codes, not both"
        )


def _check_metrics(file: SpecFile, section: str, metrics: Iterable[str] | None) -> None:
    known = {**CATALOGUE, **ATTACKS}
    for name in metrics or ():
        file.check((section, "metrics"), name, known, f"no metric is called {name!r}")


def _check_names(file: SpecFile) -> None:
    spec = file.spec
    for key, name in spec.output.names.items():
        file.check(("output", "names", key), key, NAMES)
        plain = name == os.path.basename(name) and name.isprintable() and name[:1] not in ("", ".")
        if not plain or len(os.fsencode(name)) > LONGEST:
            raise file.error(
                ("output", "names", key),
                f"expected a name without a folder, of at most {LONGEST} bytes",
            )
    folder = spec.output.folder or ""
    if not folder.isprintable():
        raise file.error(("output", "folder"), "expected a name without control characters")
    others = [spec.output.name(key) for key in NAMES if key != "table"]
    used = [name.casefold() for name in (*spec.tables, *others, MANIFEST)]
    twice = next((name for name, count in Counter(used).items() if count > 1), None)
    if twice is not None:
        raise file.error(("output", "names"), f"two files would be called {twice!r}")


def _check_tables(file: SpecFile) -> None:
    """Refuse what the readers and writers of tables would refuse after the work."""
    spec = file.spec
    read = {
        ("data", "path"): spec.data.path,
        ("schema", "file"): spec.schema.file,
        ("evaluate", "holdout"): spec.evaluate.holdout,
    }
    for keys, name in read.items():
        if isinstance(name, str) and (not name or "\0" in name):
            raise file.error(keys, "expected the name of a file")
    for name, value in asdict(spec.data).items():
        if name not in ("path", "rows"):
            with file.blaming("data", name):
                Reading(**{name: value})
    with file.blaming("data"):
        _ = spec.data.reading
    if spec.sample.safe_csv and spec.kind != "csv":
        raise file.error(("sample", "safe_csv"), 'is for tables of format = "csv"')


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
        ("schema", "formats"): part.formats,
        ("schema", "missing_codes"): part.missing_codes,
    }
    by = file.spec.fit.by
    for name in (by,) if isinstance(by, str) else by or ():
        file.check(("fit", "by"), name, known, "the table has no such column")
    target = file.spec.evaluate.target
    for name in (target,) if isinstance(target, str) else target or ():
        file.check(("evaluate", "target"), name, known, "the table has no such column")
    for keys, columns in asked.items():
        for column in columns:
            file.check((*keys, column), column, known, "the table has no such column")
    if not known:
        raise DataError(f"{file.spec.data.path} has no columns")
