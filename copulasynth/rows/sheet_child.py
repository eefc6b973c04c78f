"""Read a sheet of a workbook in a process of its own, as the script that it runs.

The library that knows workbooks makes room for every cell up to the last one, and ends its process
where there is none. What it finds goes to standard output; nothing else of this package is loaded.
"""

import pickle
import sys
from typing import Any


def main() -> None:
    """Read as standard input says, and write names, rows and merged cells, or an error."""
    path, sheet, memory = pickle.load(sys.stdin.buffer)
    if memory and sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    import python_calamine as calamine

    found: object
    try:
        found = _found(calamine.CalamineWorkbook.from_path(path), sheet)
    except (calamine.CalamineError, ValueError, OSError) as e:
        found = str(e) or type(e).__name__
    pickle.dump(found, sys.stdout.buffer)


def _found(book: Any, asked: str | int | None) -> tuple[list[str], str | None, list[Any], int, int]:
    """Return all sheets, the one that is read, its rows that are not blank, their first column, and
    how many ranges are merged.
    """
    sheets = book.sheet_names
    wanted = sheets
    if asked is not None:
        place = int(asked) if str(asked).isdecimal() else 0
        numbered = sheets[place - 1 : place] if place else []
        wanted = [str(asked)] if str(asked) in sheets else numbered
    for name in wanted:
        sheet = book.get_sheet_by_name(name)
        rows = sheet.to_python(skip_empty_area=True)
        rows = [row for row in rows if any(cell not in ("", None) for cell in row)]
        if rows:
            tall = [m for m in sheet.merged_cell_ranges or () if m[1][0] > m[0][0]]
            return sheets, name, rows, (sheet.start or (0, 0))[1], len(tall)
    return sheets, wanted[0] if wanted else None, [], 0, 0


if __name__ == "__main__":
    main()
