"""Public names of a package, imported when first used (PEP 562) and listed once: in its stub.

A type checker reads ``__init__.pyi``, and so does `attach`; a new name is one line there.
"""

import ast
import gc
import pkgutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module

__all__ = ["attach", "unswept"]


def attach(
    package: str, *more: str
) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """Return ``__getattr__``, ``__dir__`` and ``__all__`` of a package from its stub.

    Parameters
    ----------
    package : str
        Its ``__init__.pyi`` holds lines such as ``from a.module import Name as Name``.
    more : str
        Public names that the package itself defines.

    Examples
    --------
    >>> get, _, names = attach("copulasynth")
    >>> get("Schema").__name__, "fit" in names
    ('Schema', True)
    """
    tree = ast.parse(pkgutil.get_data(package, "__init__.pyi") or b"")
    homes = {
        alias.asname or alias.name: (str(node.module), alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    names = sorted({*homes, *more})

    def get(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, wanted = homes[name]
        value = _found(package, module, wanted)
        setattr(sys.modules[package], name, value)
        return value

    return get, lambda: list(names), names


def _found(package: str, module: str, name: str) -> object:
    """Return what a module defines, or a module of a package."""
    with unswept():
        if module != package:
            home = import_module(module)
            if hasattr(home, name):
                return getattr(home, name)
        return import_module(f"{module}.{name}")


@contextmanager
def unswept() -> Iterator[None]:
    """Collect no garbage meanwhile: modules are none, and a sixth of their loading looks for it."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
