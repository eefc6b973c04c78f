"""Model files: versioned JSON of listed classes, read as untrusted input.

Every value that a file may hold is a frozen dataclass of this package whose fields are numbers,
strings, tuples, arrays or other such values. Where the type of a field leaves open which class
its value has, the value carries a tag: the name of the class in snake case. A reader is given the
table of the classes that tags may stand for. Nothing else can be made from a file, no code runs,
msgspec checks every type before a constructor sees it, and `_untrusted` every number.
"""

import dataclasses
import json
import math
import os
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, reduce
from importlib import import_module
from operator import or_
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec
import numpy as np

from copulasynth._paths import read_bytes
from copulasynth._untrusted import allowance, checked, checked_array, meant
from copulasynth._write import write_text
from copulasynth.errors import ArgumentError, CopulasynthError, ModelFileError

__all__ = [
    "FORMAT",
    "VERSION",
    "Table",
    "build",
    "from_data",
    "read",
    "stored_class",
    "table_of",
    "tag_of",
    "text_of",
    "to_data",
    "write",
]

FORMAT = "copulasynth-model"
VERSION = 3
MAX_BYTES = 1 << 30

#: The tag in a file -> the class it makes, as "module:Class"; imported when it is first met.
Table = Mapping[str, str]
#: What turns a document of an older version into one of the next.
Upgrade = Callable[[dict[str, Any]], dict[str, Any]]
T = TypeVar("T")


def tag_of(name: str) -> str:
    """Return the tag of a class.

    >>> tag_of("GaussianCopula")
    'gaussian_copula'
    """
    return re.sub(r"(?<=.)(?=[A-Z])", "_", name).lower()


def table_of(paths: Iterable[str]) -> dict[str, str]:
    """Return the table of classes, each given as "module:Class"."""
    return {tag_of(path.partition(":")[2]): path for path in paths}


@cache
def stored_class(path: str) -> type:
    """Return the class that "module:Class" names."""
    module, _, name = path.partition(":")
    cls: type = getattr(import_module(module), name)
    return cls


def to_data(value: object, kind: object = object) -> Any:
    """Return `value` as dictionaries, lists, numbers and strings.

    A value whose class `kind`, the type of its place, leaves open gets a tag.

    Raises
    ------
    TypeError
        If the value holds an object that is none of these nor of a class of this package.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, np.ndarray):
        plain = value.tolist()
        return plain if value.dtype.kind in "iub" or np.isfinite(value).all() else to_data(plain)
    if isinstance(value, np.generic):
        return to_data(value.item())
    if isinstance(value, float):
        # JSON has no infinity, and a bare string could be a level of that name
        return value if math.isfinite(value) else {"$float": str(value)}
    if isinstance(value, tuple | list):
        return [to_data(v, kind) for v in value]
    if isinstance(value, dict):
        return {k: to_data(v, kind) for k, v in value.items()}
    return _fields_of(value, kind)


def _fields_of(value: object, kind: object) -> dict[str, Any]:
    cls = type(value)
    ours = cls.__module__.partition(".")[0] == __name__.partition(".")[0]
    hints = _fields(cls) if ours and dataclasses.is_dataclass(cls) else {"": Any}
    if Any in hints.values():
        raise ArgumentError(
            f"{cls.__module__}.{cls.__qualname__} cannot be saved to JSON: a model file holds "
            "values of this package's own classes. Save the object with its own package, or write "
            "rows with .write(path, n)."
        )
    held = {k: getattr(value, k) for k in hints}
    # what is as the class has it is not written: a reader makes it so again
    usual = _defaults(cls)
    told = {k: v for k, v in held.items() if k not in usual or not _same(v, usual[k])}
    fields = {k: to_data(v, hints[k]) for k, v in told.items()}
    return fields if _classes(kind) == [cls] else {"type": tag_of(cls.__name__), **fields}


def _defaults(cls: Any) -> dict[str, Any]:
    """Return the fields that a constructor need not be given, with plain values."""
    plain = (bool, int, float, str, tuple, type(None))
    fields = dataclasses.fields(cls)
    return {f.name: f.default for f in fields if f.init and isinstance(f.default, plain)}


def _same(value: object, usual: object) -> bool:
    return type(value) is type(usual) and value == usual


def _classes(kind: object) -> list[type]:
    """Return the classes that the type of a place names."""
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return [kind]
    return [cls for part in get_args(kind) for cls in _classes(part)]


def from_data(data: object, table: Table) -> Any:
    """Return the value that tagged `data` describes.

    Raises
    ------
    ModelFileError
        If the tag is not in the table, a field is missing, unknown or of a wrong type, or the
        value refuses its fields.
    """
    if not isinstance(data, dict) or not isinstance(data.get("type"), str):
        raise ModelFileError("expected an object with a 'type'; the model file is damaged")
    tag = data["type"]
    if tag not in table:
        raise ModelFileError(f"unknown type {tag!r}; was the file written by a newer version?")
    return build(stored_class(table[tag]), data, table)


def build(cls: type, data: dict[str, Any], table: Table) -> Any:
    """Return the value of a class that `data` describes, which has no tag."""
    tag, kinds = tag_of(cls.__name__), _fields(cls)
    given = {k: v for k, v in data.items() if k != "type"}
    if unknown := set(given) - set(kinds):
        raise ModelFileError(f"{tag}: unknown fields {sorted(unknown)}")
    try:
        return cls(**{k: _convert(kinds[k], v, table) for k, v in given.items()})
    except ModelFileError:
        raise
    except (msgspec.ValidationError, ValueError, TypeError, OverflowError) as e:
        raise ModelFileError(f"{tag}: {e}") from e


def _convert(kind: Any, data: object, table: Table, loose: tuple[object, ...] = ()) -> Any:
    """Make a value of a type: arrays and numbers are checked, whatever holds them."""
    if _is_plain(kind):
        return checked(msgspec.convert(data, kind), _marks(kind))
    if get_origin(kind) is Annotated:
        return _convert(kind.__origin__, data, table, kind.__metadata__)
    kind = meant(kind)
    if get_origin(kind) is np.ndarray:
        return checked_array(kind, data, loose)
    parts, classes = get_args(kind), _classes(kind)
    if type(None) in parts:
        rest = reduce(or_, (part for part in parts if part is not type(None)))
        return None if data is None else _convert(rest, data, table, loose)
    if get_origin(kind) is tuple:
        if not isinstance(data, list):
            raise ValueError(f"expected a list, got {type(data).__name__}")
        return tuple(_convert(parts[0], v, table, loose) for v in data)
    if len(classes) == 1 and isinstance(data, dict):
        return build(classes[0], data, table)
    value = from_data(data, table)
    if not isinstance(value, tuple(classes) or kind):
        wanted = " or ".join(c.__name__ for c in classes or [kind])
        raise ModelFileError(f"expected a {wanted}, got a {type(value).__name__}")
    return value


@cache
def _is_plain(kind: Any) -> bool:
    """Whether a type holds neither classes of this package nor arrays."""
    if get_origin(kind) is Literal or kind in (int, float, str, bool, type(None), ...):
        return True
    parts = _parts(kind)
    return bool(parts) and get_origin(kind) is not np.ndarray and all(map(_is_plain, parts))


@cache
def _marks(kind: Any) -> tuple[object, ...]:
    """Return what the numbers of a type may be beside finite; where text may be, they say less."""
    own = kind.__metadata__ if get_origin(kind) is Annotated else (math.nan,) if kind is str else ()
    return (*own, *(mark for part in _parts(kind) for mark in _marks(part)))


def _parts(kind: Any) -> tuple[Any, ...]:
    parts = get_args(kind)
    return parts[:1] if get_origin(kind) is Annotated else parts


@cache
def _fields(cls: type) -> dict[str, Any]:
    """Return the types of the fields that a constructor takes."""
    hints = get_type_hints(cls, include_extras=True)
    return {f.name: hints[f.name] for f in dataclasses.fields(cls) if f.init}


def _unpack(data: dict[str, Any]) -> Any:
    if set(data) == {"$float"}:
        text = data["$float"]
        if not isinstance(text, str):
            raise ValueError("a number beside finite ones is told as text")
        return float(text)
    return data


def write(path: str | os.PathLike[str], value: object, **header: object) -> None:
    """Write `value` to a model file, whole or not at all.

    Raises
    ------
    TypeError
        If the value holds what a model file cannot.
    OutputError
        If the file cannot be written; an older file of that name is then untouched.
    """
    write_text(path, text_of(value, **header))


def text_of(value: object, **header: object) -> str:
    """Return the text of a model file; TypeError as of `write`."""
    document = {"format": FORMAT, "version": VERSION, **header, "model": to_data(value)}
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def read(
    path: str | os.PathLike[str],
    kind: type[T],
    table: Table,
    *,
    upgrades: Mapping[int, Upgrade],
    check: Callable[[T], object],
) -> T:
    """Read a model file that holds a value of `kind`, as untrusted input.

    `upgrades` turn a document of their version into one of the next; `check` raises an error if
    the value that was read cannot be used.

    Raises
    ------
    ModelFileError
        If the file is no model file, truncated, too large, of a newer version or inconsistent.
    """
    source = Path(path)
    document = _document(source)
    try:
        # absurd numbers overflow; what comes of them is checked
        with np.errstate(all="ignore"), allowance(source.stat().st_size):
            while (version := document.get("version")) != VERSION:
                if type(version) is not int or version not in upgrades:
                    raise ModelFileError(
                        f"{source} has version {version!r}; this reads {[*upgrades, VERSION]}"
                    )
                document = upgrades[version](document)
            value = from_data(document.get("model"), table)
            if not isinstance(value, kind):
                raise ModelFileError(f"{source} holds no {kind.__name__}")
            check(value)
    except RecursionError as e:
        raise ModelFileError(f"{source} is nested too deeply") from e
    except MemoryError as e:
        raise ModelFileError(f"{source} asks for more memory than there is") from e
    except ModelFileError:
        raise
    except (
        *(ValueError, TypeError, LookupError, ArithmeticError, AttributeError),
        CopulasynthError,
    ) as e:
        raise ModelFileError(f"{source}: the model makes no table: {e}") from e
    return value


def _document(source: Path) -> dict[str, Any]:
    try:
        if source.stat().st_size > MAX_BYTES:
            raise ModelFileError(
                f"{source} is larger than {MAX_BYTES:,} bytes, as no model file is"
            )
        raw = read_bytes(source)
    except OSError as e:
        raise ModelFileError(f"cannot read {source}: {e.strerror or e}") from e
    except ValueError as e:
        raise ModelFileError(f"cannot read {str(source)!r}: {e}") from e
    if not raw.lstrip().startswith((b"{", b"[")):
        raise ModelFileError(f"{source} is no model file (not JSON); 'copulasynth fit' makes one")
    try:
        document = json.loads(raw, object_hook=_unpack)
    except (ValueError, TypeError, RecursionError) as e:
        raise ModelFileError(f"{source} is not JSON, or is truncated: {e}") from e
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ModelFileError(f"{source} is not a copulasynth model file")
    return document
