"""Run files: TOML that is checked before any work starts, with errors that name the line."""

import hashlib
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from functools import partial, reduce
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
import tomlkit

from copulasynth._paths import one_line, read_bytes
from copulasynth.errors import CopulasynthError, SpecError, did_you_mean
from copulasynth.run.lines import line_of
from copulasynth.run.spec import Code, Spec

__all__ = ["SpecFile", "parse_spec"]

#: What people write for a key that is called otherwise here.
SYNONYMS = {"copula": "method", "n": "rows", "m": "syntheses", "file": "path", "dir": "folder"}

#: Free tables, and what each of their values must be.
FREE: dict[tuple[str, ...], Any] = {
    ("marginals",): str,
    ("schema", "kinds"): str,
    ("schema", "formats"): str,
    ("schema", "missing_codes"): tuple[Code, ...],
    ("output", "names"): str,
}

#: Bytes of a run file; a thousand columns with a choice each take a tenth.
LARGEST = 1_000_000

#: Parts of a key; no entry has more than three.
DEEPEST = 20
_DOTTED = re.compile(rf"(?:[\w\"'-]+\s*\.\s*){{{DEEPEST}}}")

#: Signs of a value that a message repeats.
SHOWN = 60

Blame = Callable[[Sequence[str], str], SpecError]


@dataclass(frozen=True, slots=True)
class SpecFile:
    """A run file: what it says, where it is, and its text."""

    spec: Spec
    path: Path
    text: str

    @property
    def sha256(self) -> str:
        """Hash of the bytes of the file."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def beside(self, name: str) -> Path:
        """Return a path that the file gives relative to itself."""
        return self.path.parent / name

    def error(self, keys: Sequence[str], message: str) -> SpecError:
        """Return an error at the line of a key."""
        return _error(self.path, self.text, keys, message)

    def check(self, keys: Sequence[str], name: str, known: Iterable[str], what: str = "") -> None:
        """Refuse a name that is not known, at the line of its key."""
        if name not in (known := list(known)):
            raise self.error(keys, f"{what or 'unknown'}; {did_you_mean(name, known)}")

    @contextmanager
    def blaming(self, *keys: str) -> Iterator[None]:
        """Raise what is found wrong with a value as an error at the line of its key."""
        try:
            yield
        except msgspec.ValidationError as e:
            raise self.error(keys, _lowered(str(e).partition(" - at")[0])) from e
        except (CopulasynthError, ValueError, TypeError) as e:
            raise self.error(keys, str(e)) from e


def parse_spec(path: str | os.PathLike[str]) -> SpecFile:
    """Read a run file and check names and types of its entries, not yet what they ask for.

    Raises
    ------
    SpecError
        If the file cannot be read, is not TOML, or an entry is unknown or of a wrong type.
    """
    source = Path(path)
    text, document = _document(source)
    error = partial(_error, source, text)
    _check_keys(document, error)
    _check_free(document, error)
    if "data" not in document:
        raise SpecError(f'{source}: add [data] with path = "your-table.csv"')
    try:
        spec = msgspec.convert(document, Spec)
    except msgspec.ValidationError as e:
        message, _, place = str(e).partition(" - at `$.")
        keys = tuple(re.sub(r"\[.*?\]", "", place.rstrip("`")).split("."))
        raise error(keys, _lowered(message)) from e
    return SpecFile(spec, source, text)


def _document(source: Path) -> tuple[str, dict[str, Any]]:
    """Return the text of a run file, and what it says."""
    try:
        text = read_bytes(source, LARGEST).decode("utf-8")
    except OSError as e:
        raise SpecError(f"cannot read {source}: {e.strerror or e}") from e
    except UnicodeDecodeError as e:
        raise SpecError(f"{source} is not UTF-8 text: {e}") from e
    if number := next((i for i, line in enumerate(text.split("\n"), 1) if _deep(line)), None):
        raise SpecError(f"{source} line {number}: nested more deeply than any entry needs")
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise SpecError(_syntax(source, text, str(e))) from e
    except RecursionError as e:
        raise SpecError(f"{source} is nested more deeply than any entry needs") from e
    except ValueError as e:
        raise SpecError(f"{source} holds a number of too many digits, or no date: {e}") from e


def _deep(line: str) -> bool:
    """Whether a line has a key of so many parts that reading it would take long."""
    return line.count(".") > DEEPEST and _DOTTED.search(line) is not None


def _check_keys(document: Mapping[str, Any], error: Blame) -> None:
    sections = get_type_hints(Spec)
    for name, entries in document.items():
        if name not in sections:
            raise error((name,), f"unknown section; {did_you_mean(name, sections)}")
        if not isinstance(entries, dict):
            raise error((name,), f"expected a table: [{name}]")
        kind = next(
            (k for k in (sections[name], *get_args(sections[name])) if is_dataclass(k)), None
        )
        if kind is None:
            continue
        known = [f.name for f in fields(kind)]
        for key in entries:
            if key not in known:
                meant = SYNONYMS.get(key)
                near = did_you_mean(meant if meant in known else key, known)
                raise error((name, key), f"unknown entry; {near}")


def _check_free(document: Mapping[str, Any], error: Blame) -> None:
    """Check the values of free tables; msgspec would not name their keys."""
    for keys, kind in FREE.items():
        entries: Any = reduce(lambda table, key: table.get(key, {}), keys, document)
        for key, value in entries.items() if isinstance(entries, dict) else ():
            try:
                msgspec.convert(value, kind)
            except msgspec.ValidationError as e:
                raise error((*keys, key), _lowered(str(e).partition(" - at")[0])) from e


def _syntax(path: Path, text: str, message: str) -> str:
    place = re.search(r" \(at (line (\d+), column \d+|end of document)\)", message)
    number = int(place[2]) if place and place[2] else len(text.splitlines())
    return f"{path} line {number}: {message[: place.start()] if place else message}"


def _error(path: Path, text: str, keys: Sequence[str], message: str) -> SpecError:
    if not keys:
        return SpecError(f"{path}: {message}")
    number = line_of(text, keys)
    where = f"{path} line {number}" if number else f"{path}"
    value: Any = tomllib.loads(text)
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    section = ".".join(keys[:-1]) or ".".join(keys)
    entry = "" if len(keys) < 2 else f" {_short(one_line(keys[-1]))}"
    if len(keys) > 1 and value is not None and not isinstance(value, dict):
        entry += f" = {_toml(value)}"
    return SpecError(f"{where}: [{_short(one_line(section))}]{entry}: {one_line(message)}")


def _toml(value: Any) -> str:
    text = str(tomlkit.item(value).as_string()) if len(str(value)) < 10 * SHOWN else str(value)
    return _short(text)


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _lowered(message: str) -> str:
    return f"{message[:1].lower()}{message[1:]}"
