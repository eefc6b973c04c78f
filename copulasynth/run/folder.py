"""The output folder: whole or not at all, and never over files that no run wrote."""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from copulasynth.errors import OutputError

__all__ = ["FORMAT", "MANIFEST", "check_target", "listed", "output_folder"]

MANIFEST = "manifest.json"
FORMAT = "copulasynth-run"


def check_target(target: Path, run: str, *, force: bool) -> None:
    """Refuse a folder that holds another run, or files that no run wrote.

    Parameters
    ----------
    target : Path
    run : str
        What the manifest of the same run says in its entry "run".
    force : bool
        Replace another run; files that no run wrote are never touched.

    Raises
    ------
    OutputError
        With what is in the way and what to do.
    """
    if not target.exists():
        return
    if not target.is_dir():
        raise OutputError(f"{target} is a file; choose another [output] folder")
    present = sorted(p.name for p in target.iterdir())
    if not present:
        return
    manifest = _manifest(target)
    strange = [name for name in present if name not in (*manifest.get("outputs", {}), MANIFEST)]
    if strange or not manifest:
        raise OutputError(
            f"{target} holds {strange[0] if strange else present[0]}, which no run wrote. "
            "Choose another [output] folder, or move that file."
        )
    if manifest.get("run") != run and not force:
        raise OutputError(
            f"{target} holds another run (its settings or seed differ). Choose another [output] "
            "folder, or replace it with --force."
        )


def _manifest(target: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        return {}
    return manifest


@contextmanager
def output_folder(target: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `target` that takes its place when the block ends well.

    Raises
    ------
    OutputError
        If the folder cannot be made or moved; whatever was there before is then untouched.
    """
    token = secrets.token_hex(4)
    new = target.with_name(f".{target.name}.{token}.part")
    old = target.with_name(f".{target.name}.{token}.old")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        new.mkdir()
        yield new
        if target.exists():
            os.replace(target, old)
        try:
            os.replace(new, target)
        except OSError:
            if old.exists():
                os.replace(old, target)
            raise
    except OutputError:
        raise
    except OSError as e:
        raise OutputError(
            f"cannot write {target}: {e.strerror or e}. Nothing was left behind."
        ) from e
    finally:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def listed(folder: Path) -> dict[str, dict[str, Any]]:
    """Return size and hash of every file of a folder, by name."""
    return {
        path.name: {"bytes": path.stat().st_size, "sha256": _sha256(path)}
        for path in sorted(folder.iterdir())
        if path.name != MANIFEST
    }


def _sha256(path: Path) -> str:
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()
