"""The manifest of a dataset: what decides its bytes, and which of its files are done."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from copulasynth._plain import json_text
from copulasynth.errors import OutputError
from copulasynth.rows.dataset.folder import Folder
from copulasynth.rows.dataset.settings import Settings, hash_of

__all__ = [
    "MANIFEST",
    "DoneFile",
    "Files",
    "Finished",
    "begun",
    "check_same",
    "intact",
    "line_of",
    "manifest_of",
]

#: Readers of datasets pass over names with an underscore in front.
MANIFEST = "_manifest.json"
FORMAT, VERSION = "copulasynth-dataset", 1
#: Bytes of a manifest of 10**12 rows take a fifth.
LARGEST = 1 << 30


@dataclass(frozen=True, slots=True)
class DoneFile:
    """A file that is done: its rows, bytes and SHA-256."""

    rows: int
    bytes: int
    sha256: str


#: The files of a part, by name, and those of all parts that are done, by their numbers, as JSON:
#: a million parts are a quarter of a GB, and twice that as objects.
Files = dict[str, DoneFile]
Finished = dict[int, bytes]


def line_of(files: Files) -> bytes:
    """Return the files of a part as the manifest has them."""
    return msgspec.json.encode(files)


def manifest_of(settings: Settings, finished: Finished) -> bytes:
    """Return a manifest: settings, then a line a part."""
    complete = len(finished) == settings.files
    told = {"format": FORMAT, "version": VERSION, "complete": complete, **settings.plain}
    head = json_text(told).removesuffix("\n}\n").encode()
    lines = (b'\n  "%d": %b' % (k, finished[k]) for k in sorted(finished))
    return b'%b,\n "parts": {%b\n }\n}\n' % (head, b",".join(lines))


def begun(folder: Folder) -> dict[str, Any] | None:
    """Return the manifest of a folder, read as untrusted input, or None if it has none.

    Raises
    ------
    OutputError
        If it cannot be read or is no manifest.
    """
    data = folder.read(MANIFEST)
    if data is None:
        return None
    where = f"{folder.name}/{MANIFEST}"
    try:
        if len(data) > LARGEST:
            raise ValueError("it is too large")
        raw = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        parts = raw.pop("parts", msgspec.Raw(b"null"))
        found = {name: msgspec.json.decode(value) for name, value in raw.items()}
        if found.get("format") != FORMAT:
            raise ValueError("it is no manifest of copulasynth")
        if found.get("version") != VERSION:
            raise ValueError(f"this release reads version {VERSION}")
        msgspec.convert(found.get("versions"), dict[str, str])
        return found | {"parts": msgspec.json.decode(parts, type=dict[int, Files])}
    except (ValueError, RecursionError, msgspec.MsgspecError) as e:
        raise OutputError(
            f"{where} cannot be used: {e}. Write into another folder, or delete this one"
        ) from e


def check_same(found: Mapping[str, Any], settings: Settings, folder: Folder) -> None:
    """Refuse to go on with a folder that was begun otherwise.

    Raises
    ------
    OutputError
        Naming what differs, and how.
    """
    asked = json.loads(json_text(settings.plain))
    other = [_differs(name, found.get(name), v) for name, v in asked.items()]
    if any(other):
        again = found.get("given") != asked["given"]
        remedy = "Give again what was given" if again else "Leave out what the folder knows"
        raise OutputError(
            f"{folder.name} was begun with other {', '.join(filter(None, other))}: its files "
            f"would not be those of one draw. {remedy}, or write into another folder"
        )


def _differs(name: str, was: Any, now: Any) -> str:
    """Return how a setting differs, or nothing."""
    if was == now:
        return ""
    if name == "versions":
        told = [f"{p} {was.get(p)}, now {v}" for p, v in now.items() if was.get(p) != v]
        return f"{name} ({'; '.join(told)})"
    if name == "seed":
        was, now = (seed.get("entropy", "?") if seed else seed for seed in (was, now))
        was, now = ("-".join(map(str, seed)) for seed in (was, now))
    # of a hash nobody learns anything
    return name if name == "model" else f"{name} ({was}, now {now})"


def intact(
    found: Mapping[str, Any], settings: Settings, folder: Folder
) -> tuple[Finished, list[str]]:
    """Return the parts whose files are all there and whole, and the files that are damaged.

    Raises
    ------
    OutputError
        If the folder holds files that the draw would not write.
    """
    sizes = folder.sizes()
    names = [name for name in sizes if name != MANIFEST]
    if stray := [name for name in sorted(names) if not settings.writes(name)]:
        raise OutputError(
            f"{folder.name} holds other files, such as {stray[0]}; move them elsewhere"
        )
    finished: Finished = {}
    damaged: list[str] = []
    held: Files
    for number, held in found["parts"].items():
        wrong = [name for name, file in held.items() if not _whole(folder, name, file, sizes)]
        damaged += wrong
        if not wrong and sum(f.rows for f in held.values()) == settings.rows_of(number):
            finished[number] = line_of(held)
    return finished, damaged


def _whole(folder: Folder, name: str, file: DoneFile, sizes: Mapping[str, int]) -> bool:
    if sizes.get(name) != file.bytes:
        return False
    data = folder.read(name)
    return data is not None and hash_of(data) == file.sha256
