"""The output folder: whole or not at all, and never over files that no run wrote."""

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from copulasynth._leftovers import clear_leftovers, hold
from copulasynth._paths import inside, read_bytes, special
from copulasynth._write import part_of, said
from copulasynth.errors import OutputError

__all__ = ["FORMAT", "MANIFEST", "check_target", "listed", "output_folder"]

MANIFEST = "manifest.json"
FORMAT = "copulasynth-run"


def check_target(
    target: Path, run: str, inputs: Iterable[Path], *, force: bool, form: str = FORMAT
) -> None:
    """Refuse a folder that holds another run, files that no run wrote, or an input.

    Parameters
    ----------
    target : Path
    run : str
        What the manifest of the same run, or release, says in its entry of that name.
    inputs : iterable of Path
        What the run reads.
    force : bool
        Replace another run; files that no run wrote are never touched.
    form : str
        What the manifest says that it is.

    Raises
    ------
    OutputError
        With what is in the way and what to do.
    """
    _check_place(target)
    for one in inputs:
        if inside(one, target) or inside(target, one):
            raise OutputError(f"{target} would replace the input {one}; choose another folder")
    if not target.exists():
        return
    present = sorted(p.name for p in target.iterdir())
    if not present:
        return
    manifest = _manifest(target, form)
    outputs = manifest.get("outputs")
    known = {MANIFEST, *outputs} if isinstance(outputs, dict) else {MANIFEST}
    strange = [name for name in present if name not in known]
    if strange or not manifest:
        raise OutputError(
            f"{target} holds {strange[0] if strange else present[0]}, which no run wrote. "
            "Choose another [output] folder, or move that file."
        )
    if manifest.get(form.rpartition("-")[2]) != run and not force:
        raise OutputError(
            f"{target} holds another {form.rpartition('-')[2]} (its settings or seed differ). "
            "Choose another folder in the run file, or replace it with --force."
        )


def _check_place(target: Path) -> None:
    """Refuse a folder that cannot be one."""
    try:
        what = special(target) or ("a file" if target.exists() else "")
    except OSError as e:
        raise OutputError(f"cannot write {target}: {said(e)}") from e
    if what not in ("", "a folder"):
        raise OutputError(f"{target} is {what}; choose another [output] folder")


def _manifest(target: Path, form: str) -> dict[str, Any]:
    try:
        manifest = json.loads(read_bytes(target / MANIFEST))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(manifest, dict) or manifest.get("format") != form:
        return {}
    return manifest


@contextmanager
def output_folder(asked: Path) -> Iterator[Path]:
    """Yield a folder that takes the place of the one asked for when the block ends well.

    Raises
    ------
    OutputError
        If the folder cannot be made or moved; whatever was there before is then untouched.
    """
    # a link stays; what it leads to is replaced
    target = Path(os.path.realpath(asked))
    new = part_of(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        clear_leftovers(target)
        new.mkdir()
        if target.exists():
            new.chmod(stat.S_IMODE(target.stat().st_mode))
        with _held(new):
            yield new
            _exchange(new, target)
    except OutputError:
        raise
    except OSError as e:
        raise OutputError(f"cannot write {asked}: {said(e)}. {_cleared(new)}") from e
    finally:
        _cleared(new)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Mark a folder as in work, so that no other run takes it for a leftover."""
    if os.name == "nt":
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        hold(descriptor)
        yield
    finally:
        os.close(descriptor)


def _exchange(new: Path, target: Path) -> None:
    """Put a folder in the place of an older one, or leave that where it was."""
    old = new.with_suffix(".old")
    if target.exists():
        os.replace(target, old)
    try:
        os.replace(new, target)
    except BaseException:
        if old.exists():
            os.replace(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _cleared(folder: Path) -> str:
    """Delete a folder, and say whether that could be done."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        return f"{folder} could not be cleared away; delete it."
    return "Nothing was left behind."


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
