"""Readers and writers that come with the extra `files`."""

import importlib
from types import ModuleType

from copulasynth.errors import DataError

__all__ = ["needed"]


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
