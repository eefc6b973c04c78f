"""Where a key of a TOML text stands, so that an error can name the line."""

import tomllib
from collections.abc import Sequence

__all__ = ["line_of"]

Keys = tuple[str, ...]


def line_of(text: str, path: Sequence[str]) -> int | None:
    """Return the number of the line that sets `path`, or of the nearest table around it.

    Examples
    --------
    >>> line_of("[fit]\\nmethod = 'vine'", ("fit", "method"))
    2
    >>> line_of("[fit]\\nmethod = 'vine'", ("fit", "prefer"))
    1
    """
    lines = text.splitlines()
    header: Keys = ()
    best, depth = None, 0
    for i, line in enumerate(lines):
        bare = line.strip()
        if bare.startswith("["):
            keys = _header(bare)
            if not keys or not _ends("\n".join(lines[:i])):
                continue
            header = keys
        else:
            keys = (*header, *_key(bare))
            if keys == header:
                continue
        found = len(keys) if tuple(path[: len(keys)]) == keys else 0
        if found > depth and _ends("\n".join(lines[:i])):
            best, depth = i + 1, found
    return best


def _ends(text: str) -> bool:
    """Whether a text ends outside of texts and lists that go over several lines."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _header(line: str) -> Keys:
    return _nested(line.replace("[[", "[").replace("]]", "]"))


def _key(line: str) -> Keys:
    """Return the key before an equals sign; a quoted key may hold such signs too."""
    for i, sign in enumerate(line):
        if sign == "=" and (keys := _nested(line[:i] + "= 0")):
            return keys
    return ()


def _nested(text: str) -> Keys:
    """Return the keys of a text that holds one, from the outside in."""
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return ()
    keys: list[str] = []
    while isinstance(value, dict) and value:
        key, value = next(iter(value.items()))
        keys.append(key)
    return tuple(keys)
