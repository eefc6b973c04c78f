"""The manifest of a dataset: what decides its bytes, and which of its files are done."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from copulasynth._plain import json_text
from copulasynth.errors import OutputError
from copulasynth.rows.dataset.folder import Folder
from copulasynth.rows.dataset.settings import Settings, hash_of

__all__ = [
    "MANIFEST",
    "DoneFile",
    "Finished",
    "begun",
    "check_same",
    "finished_in",
    "intact",
    "manifest_text",
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


#: The files of a dataset that are done, by the number of the part of the draw that they hold.
Finished = dict[int, dict[str, DoneFile]]


def manifest_text(settings: Settings, finished: Finished) -> str:
    """Return a manifest."""
    parts = {str(k): {name: asdict(f) for name, f in finished[k].items()} for k in sorted(finished)}
    complete = len(finished) == settings.files
    head = {"format": FORMAT, "version": VERSION, "complete": complete}
    return json_text({**head, **settings.plain, "parts": parts})


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
    where = f"{folder.address}/{MANIFEST}"
    try:
        if len(data) > LARGEST:
            raise ValueError("it is too large")
        found = json.loads(data)
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise ValueError("it is no manifest of copulasynth")
        if found.get("version") != VERSION:
            raise ValueError(f"this release reads version {VERSION}")
        msgspec.convert(found.get("versions"), dict[str, str])
        finished_in(found)
    except (ValueError, RecursionError, msgspec.ValidationError) as e:
        raise OutputError(
            f"{where} cannot be used: {e}. Write into another folder, or delete this one"
        ) from e
    return found


def finished_in(found: Mapping[str, Any]) -> Finished:
    """Return the parts that a manifest lists; ValueError if they are not told as they should be."""
    parts = msgspec.convert(found.get("parts"), dict[str, dict[str, DoneFile]])
    return {int(number): files for number, files in parts.items()}


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
        raise OutputError(
            f"{folder.address} was begun with other {', '.join(filter(None, other))}: its files "
            "would not be those of one draw. Leave out what the folder knows, such as the seed, "
            "or write into another folder"
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
            f"{folder.address} holds other files, such as {stray[0]}; move them elsewhere"
        )
    finished: Finished = {}
    damaged: list[str] = []
    for number, held in finished_in(found).items():
        wrong = [name for name, file in held.items() if not _whole(folder, name, file, sizes)]
        damaged += wrong
        if not wrong and sum(f.rows for f in held.values()) == settings.rows_of(number):
            finished[number] = held
    return finished, damaged


def _whole(folder: Folder, name: str, file: DoneFile, sizes: Mapping[str, int]) -> bool:
    if sizes.get(name) != file.bytes:
        return False
    data = folder.read(name)
    return data is not None and hash_of(data) == file.sha256
