"""Columns of a sheet whose numbers are shown with zeros in front of them, as codes are."""

import re
import zipfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

__all__ = ["padded_columns"]

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LINKED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
ZEROS = re.compile(r"(0{2,18})(?:;@)?")
CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*)>")
PLACE = re.compile(rb'\br="([A-Z]{1,3})\d+"')
STYLE = re.compile(rb'\bs="(\d{1,6})"')


def padded_columns(path: Path, sheet: str) -> dict[int, int]:
    """Return by the places of columns, from 0 on, how many digits numbers are shown with.

    Only workbooks of XML tell; in others there is none.
    """
    if not zipfile.is_zipfile(path):
        return {}
    try:
        with zipfile.ZipFile(path) as packed:
            digits = _padding(packed)
            return _used(packed.read(_member(packed, sheet)), digits) if digits else {}
    except (KeyError, StopIteration, ElementTree.ParseError):  # not of that kind
        return {}


def _padding(packed: zipfile.ZipFile) -> dict[int, int]:
    """Return by the numbers of styles how many digits they show."""
    tree = ElementTree.fromstring(packed.read("xl/styles.xml"))
    codes = {e.get("numFmtId"): e.get("formatCode", "") for e in tree.iter(f"{MAIN}numFmt")}
    styles = tree.find(f"{MAIN}cellXfs")
    shown = [codes.get(e.get("numFmtId"), "") for e in (() if styles is None else styles)]
    found = ((i, ZEROS.fullmatch(code)) for i, code in enumerate(shown))
    return {i: len(m[1]) for i, m in found if m}


def _member(packed: zipfile.ZipFile, sheet: str) -> str:
    """Return the file of a sheet within a workbook."""
    book = ElementTree.fromstring(packed.read("xl/workbook.xml"))
    link = next(e.get(LINKED) for e in book.iter(f"{MAIN}sheet") if e.get("name") == sheet)
    links = ElementTree.fromstring(packed.read("xl/_rels/workbook.xml.rels"))
    target = next(e.get("Target", "") for e in links if e.get("Id") == link)
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _used(cells: bytes, digits: dict[int, int]) -> dict[int, int]:
    """Return the columns of which most cells have a style with zeros, and the digits of most."""
    all_cells, padded = Counter[bytes](), Counter[tuple[bytes, int]]()
    for cell in CELL.finditer(cells):
        place, style = PLACE.search(cell[1]), STYLE.search(cell[1])
        if place is None:
            continue
        all_cells[place[1]] += 1
        if style is not None and int(style[1]) in digits:
            padded[place[1], digits[int(style[1])]] += 1
    # the name of the column has no such style
    most = {k: n for k, n in padded.items() if 2 * n >= all_cells[k[0]] - 1}
    return {_place(name): count for name, count in most}


def _place(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = 26 * place + letter - 64
    return place - 1
