"""What whoever reads a table says of its file, in place of what would be found."""

import codecs
from collections.abc import Sequence
from dataclasses import dataclass

from copulasynth._paths import one_line
from copulasynth.errors import DataError

__all__ = ["FOUND", "MISSING", "Reading"]

#: Texts that mean a missing value in a text file; "NA" and "None" are levels until you say so.
MISSING: tuple[str, ...] = ("",)

#: Most texts, and characters of all of them, that the reader of text files is given as missing.
MARKERS, MARKED = 1_000, 50_000

#: Longest mark of a comment.
MARK = 20


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table is to be read; what is None is found in the file.

    Attributes
    ----------
    missing : tuple of str
        Texts that mean a missing value, quoted or not.
    sep : str, optional
        What separates the cells of a line, one character; ``\\t`` is a tab.
    decimal : {".", ","}, optional
        The decimal mark.
    thousands : str, optional
        What groups the digits of numbers, one character; columns of such numbers become numbers.
    encoding : str, optional
        A name of Python's, such as "utf-8", "cp1252" or "utf-16".
    quote : str, optional
        What encloses cells, one character; "" if nothing does.
    header : bool, optional
        Whether the first line names the columns; if not, they are c1, c2, ...
    comment : str, optional
        What begins lines that are no rows; "" if no line is a comment.
    sheet : str or int, optional
        Of a workbook, a name or a number from 1 on.
    """

    missing: tuple[str, ...] = MISSING
    sep: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    encoding: str | None = None
    quote: str | None = None
    header: bool | None = None
    comment: str | None = None
    sheet: str | int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "missing", _listed(self.missing))
        if self.sep is not None:
            object.__setattr__(self, "sep", self.sep.replace("\\t", "\t"))
        if self.decimal is None and self.thousands in (".", ","):
            object.__setattr__(self, "decimal", "," if self.thousands == "." else ".")
        _check_marks(self)
        _check_encoding(self.encoding)


def _listed(missing: Sequence[str]) -> tuple[str, ...]:
    """Return texts for missing values, unless the reader of text files cannot hold them."""
    if isinstance(missing, str):
        raise DataError(f"missing={missing!r}: give a list of texts, such as ['', {missing!r}]")
    if len(missing) > MARKERS or sum(map(len, missing)) > MARKED:
        raise DataError(
            f"{len(missing):,} texts are to mean a missing value; at most {MARKERS:,} of "
            f"{MARKED:,} characters together can"
        )
    for text in missing:
        if any("\ud800" <= c <= "\udfff" for c in text):
            raise DataError(
                f"a text that is to mean a missing value is not UTF-8: {one_line(text)}"
            )
    return tuple(missing)


def _check_marks(said: Reading) -> None:
    marks = {"sep": said.sep, "thousands": said.thousands, "quote": said.quote or None}
    for name, mark in marks.items():
        if mark is not None and (len(mark) != 1 or not mark.isascii() or mark in "\r\n\0"):
            example = {"sep": "';'", "thousands": "' '", "quote": "'\"'"}[name]
            raise DataError(f"{name}={mark!r}: give one character of ASCII, such as {example}")
    if said.decimal not in (None, ".", ","):
        raise DataError(f"decimal={said.decimal!r}: give '.' or ','")
    used = [m for m in (said.sep, said.quote or None, said.decimal) if m is not None]
    if said.sep is not None and used.count(said.sep) > 1:
        raise DataError(f"sep={said.sep!r} is the quote or the decimal mark, too; choose one")
    if said.thousands is not None and said.thousands in (said.decimal, said.sep):
        raise DataError(f"thousands={said.thousands!r} is the decimal mark or separates, too")
    if said.comment is not None and (len(said.comment) > MARK or not said.comment.isprintable()):
        raise DataError(f"comment={said.comment[:MARK]!r}: give what lines begin with, such as '#'")


def _check_encoding(name: str | None) -> None:
    if name is None:
        return
    try:
        " ".encode(codecs.lookup(name).name)
    except (LookupError, ValueError) as e:
        raise DataError(
            f"encoding={one_line(name)!r} is not known; such as 'utf-8', 'cp1252', 'utf-16' are"
        ) from e


#: Nothing is said: everything is found.
FOUND = Reading()
