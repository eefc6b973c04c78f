"""The lock: all that a run resolved, so that a rerun gives the same bytes or says why not."""

import platform
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import requires, version
from pathlib import Path
from typing import Any

import tomlkit

from copulasynth._paths import read_bytes
from copulasynth._write import write_text
from copulasynth.errors import SpecError
from copulasynth.run.files import SpecFile
from copulasynth.run.methods import prefer_of
from copulasynth.run.spec import Spec

__all__ = [
    "described",
    "differences",
    "lock_path",
    "read_lock",
    "refuse",
    "settings_of",
    "write_lock",
]

FORMAT = "copulasynth-lock"
VERSION = 1
HEADER = """\
What `copulasynth run` resolved and wrote; keep it beside the run file, under version control.
`copulasynth run --locked` repeats the run and refuses if anything below differs."""

#: They draw on the terminal and decide no byte of an output.
SHOWING = ("typer", "rich")


def lock_path(file: SpecFile) -> Path:
    """Return where the lock of a run file is: spec.toml has spec.lock.toml."""
    return file.path.with_name(f"{file.path.stem}.lock.toml")


def settings_of(spec: Spec) -> dict[str, Any]:
    """Return the settings that decide the bytes of the outputs, defaults included.

    Threads change no byte, the folder holds the same files wherever it is, and the seed has an
    entry of its own.
    """
    settings = asdict(spec)
    settings["fit"]["prefer"] = prefer_of(spec)
    del settings["run"], settings["output"]["folder"]
    kept: dict[str, Any] = _kept(settings)
    return kept


def _kept(value: Any) -> Any:
    """Return the same without entries of None, which TOML cannot write, and empty tables."""
    if isinstance(value, Mapping):
        items = ((str(k), _kept(v)) for k, v in value.items() if v is not None)
        return {k: v for k, v in items if v != {}}
    return [_kept(v) for v in value] if isinstance(value, tuple | list) else value


def described(spec: Spec, seed: int) -> dict[str, Any]:
    """Return what is known of a run before it starts: seed, platform, versions, settings.

    Floating-point results may differ by system, processor family and version of every package.
    """
    needed = [r for r in requires("copulasynth") or () if "extra ==" not in r]
    names = sorted(re.split(r"[^A-Za-z0-9_.-]", r, maxsplit=1)[0] for r in needed)
    packages = ["copulasynth", *(n for n in names if n not in SHOWING)]
    return {
        "seed": seed,
        "platform": f"{platform.system()}-{platform.machine()}",
        "versions": {"python": platform.python_version(), **{p: version(p) for p in packages}},
        "settings": settings_of(spec),
    }


def read_lock(path: Path) -> dict[str, Any] | None:
    """Return what a lock holds, or None if there is none.

    Raises
    ------
    SpecError
        If the file is no lock of this version.
    """
    try:
        lock = tomllib.loads(read_bytes(path).decode("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as e:
        raise SpecError(f"{path} cannot be read: {e}. Delete it to make a new one.") from e
    versioned = lock.get("format") == FORMAT and lock.get("version") == VERSION
    if not versioned or type(lock.get("seed")) is not int:
        raise SpecError(f"{path} is no lock of version {VERSION}. Delete it to make a new one.")
    return lock


def write_lock(path: Path, content: Mapping[str, Any]) -> None:
    """Write a lock, whole or not at all.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    document = tomlkit.document()
    for line in HEADER.splitlines():
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())
    document.update({"format": FORMAT, "version": VERSION, **_kept(content)})
    write_text(path, tomlkit.dumps(document))


def differences(locked: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return one line for each part of the entries of both mappings that differs.

    Examples
    --------
    >>> differences({"fit": {"method": "vine"}}, {"fit": {"method": "tree"}})
    ["fit.method: locked 'vine', now 'tree'"]
    """
    a, b = _flat(_kept({k: locked[k] for k in now if k in locked})), _flat(_kept(now))
    lines = []
    for key in dict.fromkeys((*a, *b)):
        if key not in b:
            lines.append(f"{key}: locked {a[key]!r}, now not given")
        elif key not in a:
            lines.append(f"{key}: now {b[key]!r}, not in the lock")
        elif a[key] != b[key]:
            lines.append(f"{key}: locked {a[key]!r}, now {b[key]!r}")
    return lines


def _flat(value: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, item in value.items():
        name = f"{above}.{key}" if above else key
        out |= _flat(item, name) if isinstance(item, Mapping) else {name: item}
    return out


def refuse(path: Path, locked: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse to go on if what is now differs from the entries of the same name in the lock.

    Raises
    ------
    SpecError
        Naming the first difference, and how many more there are.
    """
    found = differences(locked, now)
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise SpecError(
            f"{path.name} does not hold any more: {found[0]}{more}. Restore it, or run without "
            "--locked to resolve anew."
        )
