"""What software a run used, for its manifest and its lock."""

import platform
import re
from importlib.metadata import requires, version

__all__ = ["platform_name", "versions"]

#: They draw on the terminal and decide no byte of an output.
SHOWING = ("typer", "rich")


def versions() -> dict[str, str]:
    """Return the versions of Python, of copulasynth and of every package that it needs."""
    needed = [r for r in requires("copulasynth") or () if "extra ==" not in r]
    names = sorted(re.split(r"[^A-Za-z0-9_.-]", r, maxsplit=1)[0] for r in needed)
    packages = ["copulasynth", *(n for n in names if n not in SHOWING)]
    return {"python": platform.python_version(), **{p: version(p) for p in packages}}


def platform_name() -> str:
    """Return the system and the processor family; floating-point results may differ by it."""
    return f"{platform.system()}-{platform.machine()}"
