"""Ways of damaging a model file, and what a damaged one does: shared by the tests and a script."""

import copy
import json
import os
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

import copulasynth as cs
from copulasynth.errors import CopulasynthError, ModelFileError

__all__ = ["WAYS", "damaged", "fields", "outcome"]

Rng = np.random.Generator
Path = tuple[Any, ...]

#: What takes the place of a value: numbers at the edges of their types, and what is no number.
EXTREMES: tuple[Any, ...] = (
    *(0, 1, -1, 2, 7, 2**15, 10**6, 2**31 - 1, 2**31, 2**53, 2**62, 2**63 - 1, 2**63, 2**64),
    *(-(2**31), -(2**53), -(2**62), -(2**63), 10**30, -(10**30)),
    *(0.5, -0.5, 1e-12, 1e-300, 5e-324, -5e-324, 1e15, 1e100, 1e154, 1e300, 1e308, -1e308),
    *({"$float": text} for text in ("nan", "inf", "-inf")),
    *("", "x", "dateutil//etc/passwd", "../../etc/passwd", "Europe/Berlin\x00", "\ud800"),
    *(None, True, False, [], {}, [[]], [[[0]]], {"type": "os"}),
)
#: What takes the place of a list.
LISTS: tuple[Any, ...] = ([], [0], [1.0] * 3, [0] * 10_000, [1e308] * 300, [[0, 1]] * 40, [None])


def steps(data: Any, path: Path = (), owner: Path = ()) -> Iterator[tuple[Path, Path]]:
    """Yield the path of everything in a document, and which field of which class it is in."""
    yield path, owner
    if isinstance(data, list):
        for k, value in enumerate(data):
            yield from steps(value, (*path, k), (*owner[:5], "*"))
    if isinstance(data, dict):
        own = (data["type"],) if isinstance(data.get("type"), str) else owner[-2:]
        for key, value in data.items():
            yield from steps(value, (*path, key), (*own, key))


def places(document: Any) -> dict[Path, list[Path]]:
    """Return the paths in a document by their field, whatever the field holds."""
    out: dict[Path, list[Path]] = {}
    for path, owner in steps(document["model"], ("model",), ("model",)):
        out.setdefault(owner, []).append(path)
    return out


def holder(document: Any, path: Path) -> Any:
    """Return what holds the last step of a path."""
    for key in path[:-1]:
        document = document[key]
    return document


def pick(rng: Rng, items: Any) -> Any:
    """Return one of a sequence."""
    return items[int(rng.integers(len(items)))]


def some_field(document: Any, rng: Rng) -> list[Path]:
    """Return the paths of a field; every field is as likely, however many numbers it has."""
    found = places(document)
    return found[pick(rng, list(found))]


def by_field(document: Any, rng: Rng, paths: list[Path] | None = None) -> str:
    """Put an extreme in the place of one, of a few or of all values of a field."""
    paths = paths or some_field(document, rng)
    value = _at(document, paths[0])
    new = pick(rng, LISTS if isinstance(value, list) and rng.random() < 0.5 else EXTREMES)
    few = pick(rng, (1, 1, 4, len(paths)))
    first = int(rng.integers(len(paths)))
    chosen = [paths[(first + k) % len(paths)] for k in range(min(few, len(paths)))]
    # a list within a list of the same field goes before the one that holds it
    for path in sorted(chosen, key=len, reverse=True):
        holder(document, path)[path[-1]] = copy.deepcopy(new)
    return f"{'.'.join(map(str, chosen[0]))} (and {len(chosen) - 1} more) = {str(new)[:40]}"


def by_size(document: Any, rng: Rng) -> str:
    """Move the numbers of a field: scaled, shifted, reversed, sorted, repeated or cut."""
    found = {
        k: v for k, v in places(document).items() if isinstance(_at(document, v[0]), list | float)
    }
    path = pick(rng, found[pick(rng, list(found))])
    value, kind = _at(document, path), int(rng.integers(6))
    if not isinstance(value, list):
        by = pick(rng, (1e-9, 1e-3, -1.0, 1e3, 1e9, 1e200))
        new: Any = value * by if isinstance(value, float) else by
    elif kind == 0:
        new = value[::-1]
    elif kind == 1:
        new = value[: int(rng.integers(len(value) + 1))]
    elif kind == 2:
        new = value * pick(rng, (2, 3, 100)) if len(value) < 1000 else value * 2
    elif kind == 3:
        new = [pick(rng, value) for _ in value]
    else:
        by = pick(rng, (-1, 2, 1000, 2**31, 1e-6, 1e30))
        new = [v * by if type(v) in (int, float) else v for v in value]
    holder(document, path)[path[-1]] = copy.deepcopy(new)
    return f"{'.'.join(map(str, path))}: way {kind}"


def _at(document: Any, path: Path) -> Any:
    return holder(document, path)[path[-1]]


def by_structure(document: Any, rng: Rng) -> str:
    """Drop, add, swap or retag a part of the document."""
    path, other = (pick(rng, some_field(document, rng)) for _ in range(2))
    home, key, kind = holder(document, path), path[-1], int(rng.integers(5))
    if kind == 0:
        del home[key]
    elif kind == 1 and isinstance(home, list):
        home.insert(key, copy.deepcopy(home[key]))
    elif kind == 2:
        tags = [p for ps in places(document).values() for p in ps if p[-1] == "type"]
        path, other = pick(rng, tags), pick(rng, tags)
        holder(document, path)["type"] = _at(document, other)
    elif kind == 3 and isinstance(home, dict):
        home[pick(rng, ("type", "x", "dim", "_total", "__class__", "rows"))] = home.pop(key)
    else:
        home[key] = copy.deepcopy(_at(document, other))
    return f"{'.'.join(map(str, path))}: way {kind} with {'.'.join(map(str, other))}"


def by_bytes(raw: bytes, rng: Rng) -> tuple[bytes, str]:
    """Cut, flip, splice or retype bytes."""
    kind, at = int(rng.integers(4)), int(rng.integers(len(raw)))
    if kind == 0:
        return raw[:at], f"cut at {at}"
    if kind == 1:
        new = bytes([raw[at] ^ (1 << int(rng.integers(8)))])
        return raw[:at] + new + raw[at + 1 :], f"bit of {at}"
    if kind == 2:
        start, size = int(rng.integers(len(raw))), int(rng.integers(1, 200))
        return raw[:at] + raw[start : start + size] + raw[at:], f"{size} of {start} at {at}"
    digits = [k for k in range(at, min(at + 2000, len(raw))) if raw[k : k + 1].isdigit()]
    out = bytearray(raw)
    for k in digits[: int(rng.integers(1, 4))]:
        out[k] = int(pick(rng, b"0123456789-.eE"))
    return bytes(out), f"digits after {at}"


#: Name -> how often, among a hundred damages.
WAYS = {"field": 60, "size": 15, "structure": 15, "bytes": 10}


def fields(texts: Mapping[str, str]) -> dict[Path, list[str]]:
    """Return every field of every class in some documents, and which of them have it."""
    out: dict[Path, list[str]] = {}
    for kind, text in texts.items():
        for field in places(json.loads(text)):
            out.setdefault(field, []).append(kind)
    return out


def damaged(
    texts: Mapping[str, str], known: Mapping[Path, list[str]], rng: Rng, way: str
) -> tuple[str, bytes, str]:
    """Return which of some documents was damaged in one of the `WAYS`, what came of it, and how.

    Every one of the `known` fields is as likely, so that a large kind does not hide a small one.
    """
    field = pick(rng, list(known))
    kind = pick(rng, known[field] if way == "field" else list(texts))
    if way == "bytes":
        return kind, *by_bytes(texts[kind].encode(), rng)
    document = json.loads(texts[kind])
    if way == "field":
        words = by_field(document, rng, places(document)[field])
    else:
        words = {"size": by_size, "structure": by_structure}[way](document, rng)
    return kind, json.dumps(document).encode(), words


def outcome(path: str | os.PathLike[str], rows: int = 200) -> str:
    """Load a file and sample rows: "refused", "unmet" rejection, "sampled", or what went wrong."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            model = cs.load(path)
        except ModelFileError as e:
            return "memory in load" if isinstance(e.__cause__, MemoryError) else "refused"
        except Exception as e:
            return f"load: {type(e).__name__}: {e}"
        try:
            drawn = len(model.sample(rows, rng=1))
        except CopulasynthError as e:
            return f"unmet: {type(e).__name__}: {e}"
        except Exception as e:
            return f"sample: {type(e).__name__}: {e}"
    return "sampled" if drawn == rows else f"sample: {drawn} rows"
