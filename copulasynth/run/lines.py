"""Where a key of a TOML text stands, so that an error can name the line."""

import re
import tomllib
from collections.abc import Iterator, Sequence

__all__ = ["line_of"]

Keys = tuple[str, ...]

#: What decides where a statement ends: texts and comments hide brackets and ends of lines.
_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*|[\[{]|[\]}]|=|\n",
    re.DOTALL,
)


def line_of(text: str, path: Sequence[str]) -> int | None:
    """Return the number of the line that sets `path`, or of the nearest table around it.

    `text` is valid TOML.

    Examples
    --------
    >>> line_of("[fit]\\nmethod = 'vine'", ("fit", "method"))
    2
    >>> line_of("[fit]\\nmethod = 'vine'", ("fit", "prefer"))
    1
    """
    header: Keys = ()
    best, depth = None, 0
    for number, head in _statements(text):
        if head.startswith("["):
            keys = header = _nested(head.replace("[[", "[").replace("]]", "]"))
        else:
            keys = (*header, *_nested(f"{head} = 0"))
        found = len(keys) if tuple(path[: len(keys)]) == keys else 0
        if found > depth:
            best, depth = number, found
    return best


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line of each statement and what stands before its equals sign, or its header."""
    line, begin, start, depth = 1, 0, 1, 0
    head: str | None = None
    for token in _TOKEN.finditer(f"{text}\n"):
        sign = token[0]
        if sign == "=" and depth == 0 and head is None:
            head = text[begin : token.start()]
        elif sign[0] in "[{":
            depth += 1
        elif sign[0] in "]}":
            depth -= 1
        elif sign[0] == "#" and head is None and depth == 0:
            head = text[begin : token.start()]
        elif sign == "\n" and depth == 0:
            said = (text[begin : token.start()] if head is None else head).strip()
            if said:
                yield start, said
            head, begin, start = None, token.end(), line + 1
        line += sign.count("\n")


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
