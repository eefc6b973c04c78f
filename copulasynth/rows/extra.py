"""Readers and writers that come with the extra `files`."""

import importlib
import os
import pickle
import subprocess
import sys
from types import ModuleType
from typing import Any

from copulasynth._paths import one_line
from copulasynth.errors import DataError

__all__ = ["apart", "needed"]


def needed(module: str, path: object) -> ModuleType:
    """Return a module of the extra.

    Raises
    ------
    DataError
        If it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as e:
        raise DataError(
            f'{path}: files of this kind need {module}: pip install "copulasynth[files]"'
        ) from e


def apart(script: str, job: tuple[object, ...], what: str) -> Any:
    """Return what a script finds in a process of its own, which a library may end.

    Raises
    ------
    DataError
        If the process ends early, or finds an error.
    """
    done = subprocess.run(
        [sys.executable, "-P", script],
        input=pickle.dumps(job),
        capture_output=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=False,
    )
    if done.returncode != 0:
        raise DataError(f"{what}: it is damaged, or too large for the memory; save it again")
    found = pickle.loads(done.stdout)
    if isinstance(found, str):
        raise DataError(f"{what}: {one_line(found)}")
    return found
