"""Find the pattern of identifiers, and a part of it that no row of the table has.

Whatever is chosen, no new identifier begins like a given one, or all are longer than any given one
(`docs/decisions/0028-identifiers.md`).
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from copulasynth.errors import SchemaError
from copulasynth.schema.forms import LONGEST
from copulasynth.schema.numbering import fill_check
from copulasynth.schema.patterns import DIGITS, Pattern, Sign, read_pattern

__all__ = ["FEWEST", "beyond", "find_pattern", "rows_of", "unused"]

FEWEST = 20
"""Rows that must share what a pattern gives away: the signs that are the same in all."""
LOWER, UPPER = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CLASSES = (
    DIGITS,
    UPPER,
    LOWER,
    DIGITS + "abcdef",
    DIGITS + "ABCDEF",
    UPPER + DIGITS,
    LOWER + DIGITS,
    UPPER + LOWER,
    UPPER + LOWER + DIGITS,
)
"""What signs at one place may be; the first that holds all of them counts."""
VARIANT = "89ab"
"""The sign of a UUID that says how it was made."""
START = 0.6180339887
"""Where in a pattern a free part is looked for: at a point that no table had a say in."""
ROOM = 1_000
"""Identifiers that a free part has at least."""


def find_pattern(texts: Sequence[str]) -> Pattern | None:
    """Return what different identifiers look like, or None where they have no form in common.

    >>> find_pattern([f"ID-{k:05d}" for k in range(1, 99)]).words
    'ID-#####'
    """
    if len(texts) < FEWEST or max(map(len, texts)) > LONGEST // 2:
        return None
    found = _aligned(texts) or _counted(texts)
    if found is None:
        shape, many = Counter(map(_shape, texts)).most_common(1)[0]
        if many >= max(FEWEST, len(texts) / 2):
            found = _aligned([t for t in texts if _shape(t) == shape])
    return found


def _shape(text: str) -> str:
    return re.sub(r"[A-Za-z]", "a", re.sub(r"[0-9]", "0", text))


def _aligned(texts: Sequence[str]) -> Pattern | None:
    """Return the pattern of texts of one length, sign by sign."""
    if len({len(t) for t in texts}) > 1 or not texts[0]:
        return None
    points = np.array(texts, dtype=f"U{len(texts[0])}").view(np.uint32).reshape(len(texts), -1)
    seen = (np.flatnonzero(np.bincount(column)).tolist() for column in points.T)
    sets = [set(map(chr, column)) for column in seen]
    classes = [_class(s) if len(s) > 1 else "" for s in sets]
    if None in classes or not any(set(c or "") & set(DIGITS) for c in classes):
        return None
    parts = [Sign(c or min(s)) for c, s in zip(classes, sets, strict=True)]
    parts = _like_neighbours(parts, sets)
    made = _checked(parts, texts)
    return read_pattern(made.words)


def _class(signs: set[str]) -> str | None:
    if signs <= set(VARIANT) and signs & set("ab"):
        return VARIANT
    return next((c for c in CLASSES if signs <= set(c)), None)


def _like_neighbours(parts: list[Sign], sets: list[set[str]]) -> list[Sign]:
    """Give the places of a run of letters and digits one class, and digits beside digits theirs.

    Digits that all begin with stay, as the 07 of telephones does, but not zeros before a number.
    """
    text = "".join(
        "#" if p.signs == DIGITS or (len(p.signs) == 1 and p.signs in DIGITS) else
        "?" if p.free and p.signs != VARIANT else " "
        for p in parts
    )  # fmt: skip
    for run in re.finditer(r"[#?]+", text):
        places = range(run.start(), run.end())
        free = [i for i in places if parts[i].free]
        union = set().union(*(sets[i] for i in free)) if free else set()
        one = _class(union) if free else None
        said = (i for i in places if i < min(free, default=0) and parts[i].signs != "0")
        begun = max(said, default=places.start - 1) + 1
        for i in range(begun, places.stop) if one == DIGITS else free:
            parts[i] = Sign(one or parts[i].signs)
    return parts


def _shared(texts: Sequence[str]) -> str:
    """Return what all texts begin with."""
    low, high = min(texts), max(texts)
    same = (a == b for a, b in zip(low, high, strict=False))
    return low[: next((i for i, equal in enumerate(same) if not equal), min(len(low), len(high)))]


def _counted(texts: Sequence[str]) -> Pattern | None:
    """Return the pattern of whole numbers of several lengths, behind and before the same signs."""
    before = _shared(texts).rstrip(DIGITS)
    behind = _shared([t[::-1] for t in texts])[::-1].lstrip(DIGITS)
    inside = [t[len(before) : len(t) - len(behind)] for t in texts]
    if not all(re.fullmatch(r"0|[1-9][0-9]{0,14}", t) for t in inside):
        return None
    parts = (*map(Sign, before), Sign(DIGITS, least=1), *map(Sign, behind))
    return read_pattern(Pattern(parts).words)


def _checked(parts: list[Sign], texts: Sequence[str]) -> Pattern:
    """Return a pattern with the check digits that all texts pass: chance does not do that."""
    plain = Pattern(tuple(parts))
    if not all(t.isascii() for t in texts):
        return plain
    size = len(texts[0])
    for name, at, width in (("luhn", size - 1, 1), ("mod97", 2, 2), ("mod97", size - 2, 2)):
        span = parts[at : at + width] if at >= 0 else []
        if len(span) < width or any(p.signs != DIGITS for p in span) or size - width < 4:
            continue
        made = Pattern((*parts[:at], Sign(DIGITS, check=name), *parts[at + width :]))
        passed = (_passes(name, at, some) for some in (texts[:FEWEST], texts))
        if all(passed) and read_pattern(made.words) is not None:
            return made
    return plain


def _passes(name: str, at: int, texts: Sequence[str]) -> bool:
    """Whether the check digits of all texts are right."""
    codes = np.array(texts, dtype=f"S{len(texts[0])}").view("u1").reshape(len(texts), -1)
    made = codes.copy()
    fill_check(name, made, at)
    return bool((made == codes).all())


def rows_of(pattern: Pattern, texts: Sequence[str]) -> int:
    """Return how many texts have a pattern; of whole numbers, how many have the most digits.

    >>> rows_of(find_pattern([f"C{k}" for k in range(1, 106)]), [f"C{k}" for k in range(1, 106)])
    6
    """
    if pattern.counts:
        return Counter(map(len, texts))[max(map(len, texts))]
    classes = (f"[{p.signs}]" if p.free else re.escape(p.signs) for p in pattern.parts)
    signs = (
        rf"\d{{{p.width}}}" if p.check else c for p, c in zip(pattern.parts, classes, strict=True)
    )
    form = re.compile("".join(signs))
    return sum(form.fullmatch(t) is not None for t in texts)


def unused(pattern: Pattern, texts: Sequence[str]) -> Pattern:
    """Return a part of a pattern, or the pattern with more digits, that no text begins like.

    Raises
    ------
    SchemaError
        If there is none.
    """
    if pattern.counts:
        return _longer_number(pattern, texts)
    for _ in range(4):
        found = _free_part(pattern, texts)
        if found is not None:
            return found
        pattern = pattern.wider()
        if _width(pattern) > max(map(len, texts)):
            return pattern
    raise SchemaError("no identifier of its pattern is left; give it a longer one")


def _width(pattern: Pattern) -> int:
    return sum(p.width for p in pattern.parts)


def _longer_number(pattern: Pattern, texts: Sequence[str]) -> Pattern:
    """Return a pattern whose numbers begin at a power of ten beyond all of the texts'."""
    place = next(i for i, p in enumerate(pattern.parts) if p.least)
    before = "".join(p.signs for p in pattern.parts[:place])
    behind = "".join(p.signs for p in pattern.parts[place + 1 :])
    fixed = len(before) + len(behind)
    own = [t for t in texts if t.startswith(before) and t.endswith(behind) and len(t) > fixed]
    least = max([pattern.parts[place].least, *(len(t) - fixed + 1 for t in own)])
    parts = (*pattern.parts[:place], Sign(DIGITS, least=least), *pattern.parts[place + 1 :])
    if least > 15:
        raise SchemaError("its numbers are too long to be followed by others; give it a pattern")
    return Pattern(parts)


def _free_part(pattern: Pattern, texts: Sequence[str]) -> Pattern | None:
    """Return the pattern with as few of its first signs fixed as leave out all of the texts.

    Parts are looked at from a fixed point on, so that the table decides which it is only where
    most are in use.
    """
    starts = np.cumsum([0, *(p.width for p in pattern.parts)]).tolist()
    need, size = max(ROOM, len(texts)), pattern.capacity
    lead = pattern.slots[0]
    left = any(_begins(t, pattern, starts, lead) for t in {t[: starts[lead]] for t in texts})
    blocks = 1
    for depth in range(len(pattern.slots)):
        if not left:
            return pattern
        place = pattern.slots[depth]
        size //= len(pattern.parts[place].signs)
        blocks *= len(pattern.parts[place].signs)
        if size < need:
            return None
        fixed = pattern.slots[: depth + 1]
        begun = {t[: starts[place] + 1] for t in texts}
        used = {_block(t, pattern, starts, fixed) for t in begun}
        used.discard(None)
        first = int(START * blocks)
        ordered = ((first + k) % blocks for k in range(min(len(used) + 1, blocks)))
        block = next((b for b in ordered if b not in used), None)
        if block is not None:
            return _fixed(pattern, fixed, block)
    return None


def _begins(text: str, pattern: Pattern, starts: list[int], end: int) -> bool:
    """Whether a text has the signs that the pattern begins with, check digits aside."""
    return all(
        p.check or text[starts[i] : starts[i] + 1] == p.signs
        for i, p in enumerate(pattern.parts[:end])
        if not p.free
    )


def _block(text: str, pattern: Pattern, starts: list[int], slots: Sequence[int]) -> int | None:
    """Return which of the parts of a pattern a text begins like, by its first slots."""
    if not _begins(text, pattern, starts, slots[-1]):
        return None
    number = 0
    for place in slots:
        sign = text[starts[place] : starts[place] + 1]
        signs = pattern.parts[place].signs
        if not sign or sign not in signs:
            return None
        number = number * len(signs) + signs.index(sign)
    return number


def _fixed(pattern: Pattern, slots: Sequence[int], block: int) -> Pattern:
    parts = list(pattern.parts)
    for place in reversed(slots):
        signs = parts[place].signs
        block, at = divmod(block, len(signs))
        parts[place] = replace(parts[place], signs=signs[at])
    return Pattern(tuple(parts))


def beyond(values: Sequence[int], most: int) -> int:
    """Return the power of ten above all whole numbers, less 1; 0 where there is no room up there.

    >>> beyond([3, 480], 2**63 - 1), beyond([100], 127)
    (999, 0)
    """
    highest = max(max(values, default=0), 1)
    start = 10 ** len(str(highest))
    return start - 1 if most - start >= 10**6 else 0
