"""What several metrics need of the same rows is worked out once while tables are judged."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import blake2b
from typing import Any, TypeAlias, TypeVar

import numpy as np

__all__ = ["judging", "meanwhile", "once"]

Found = TypeVar("Found")

# By what was worked out and a digest of what it was made of: until the outermost block ends, and
# until the innermost does. None while nothing is judged.
_Known: TypeAlias = dict[bytes, Any]
_KNOWN: ContextVar[tuple[_Known, _Known] | None] = ContextVar("known", default=None)


@contextmanager
def judging() -> Iterator[None]:
    """Keep what `once` works out until the outermost of such blocks ends.

    What `meanwhile` works out is forgotten when this one ends.
    """
    outer = _KNOWN.get()
    token = _KNOWN.set(({} if outer is None else outer[0], {}))
    try:
        yield
    finally:
        _KNOWN.reset(token)


def once(what: str, make: Callable[[], Found], *of: object) -> Found:
    """Return what `make` gives; from memory where it was made of equal values before.

    Nothing is kept outside :func:`judging`.

    Parameters
    ----------
    what : str
        Says what it is; two kinds of work have two names.
    make : callable
        Must give the same whenever `of` is the same, and nobody may change what it gave.
    of : ndarray, or values that `repr` tells apart
        All that it depends on.

    Examples
    --------
    >>> x, calls = np.arange(3.0), []
    >>> with judging():
    ...     _ = [once("sum", lambda: calls.append(1) or x.sum(), x.copy()) for _ in range(2)]
    >>> len(calls)
    1
    """
    blocks = _KNOWN.get()
    return make() if blocks is None else _kept(blocks[0], what, make, of)


def meanwhile(what: str, make: Callable[[], Found], *of: object) -> Found:
    """Return what `make` gives as `once` does, kept until the innermost block ends.

    For what is as large as the tables: a comparison of methods would keep it for each of them.
    """
    blocks = _KNOWN.get()
    return make() if blocks is None else _kept(blocks[1], what, make, of)


def _kept(known: _Known, what: str, make: Callable[[], Found], of: tuple[object, ...]) -> Found:
    key = _digest(what, *of)
    if key not in known:
        known[key] = make()
    found: Found = known[key]
    return found


def _digest(*of: object) -> bytes:
    """Return a digest of arrays by their bytes, and of other values by what they show."""
    found = blake2b(digest_size=20)
    for part in of:
        if isinstance(part, np.ndarray):
            found.update(repr((part.shape, part.dtype.str)).encode())
            found.update(np.ascontiguousarray(part).data)
        else:
            found.update(repr(part).encode())
        found.update(b"|")
    return found.digest()
