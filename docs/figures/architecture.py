"""The picture of the architecture page: floors, rooms, and which room imports which.

Run `python docs/figures/architecture.py`; it reads the floors from the import contract in
pyproject.toml and the imports from the source, and writes docs/img/architecture.svg. With
`--check` it writes nothing and fails if the picture is out of date. Left out are arrows that follow
from others (a imports b, b imports c, a imports c), and those to the lowest floor, which serves
every room.
"""

import ast
import sys
import tomllib
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "copulasynth"
TARGET = ROOT / "docs" / "img" / "architecture.svg"
#: What lies below this room serves every other.
LOWEST = "schema"

WIDTH, MARGIN, LABEL = 1080, 16, 30
BOX, GAP, LINE = 30, 34, 15
INK, PAPER, BAND, ARROW = "#1d2a38", "#ffffff", "#eef3f8", "#1f5fa8"


def floors() -> list[list[str]]:
    """Return the rooms of every floor that exist, from the top, as import-linter checks them.

    What lies below the schema is one floor here, though its files import one another.
    """
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c["type"] == "layers")
    found = [[room.strip() for room in layer.split("|")] for layer in layers]
    ground = next(k for k, floor in enumerate(found) if LOWEST in floor) + 1
    found[ground:] = [sorted(room for floor in found[ground:] for room in floor)]
    return [[room for room in floor if files_of(room)] for floor in found]


def files_of(room: str) -> list[Path]:
    """Return the files of a room: one module, or a folder of them."""
    module = PACKAGE / f"{room}.py"
    return [module] if module.exists() else sorted((PACKAGE / room).rglob("*.py"))


def parts_of(room: str) -> list[str]:
    """Return the rooms inside a room."""
    return sorted({p.parent.name for p in (PACKAGE / room).glob("*/*.py")})


def imports_of(room: str) -> set[str]:
    """Return the rooms that the files of a room import, wherever in a file they do."""
    named: set[str] = set()
    for path in files_of(room):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                named |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                named |= {f"{node.module}.{alias.name}" for alias in node.names}
    inside = (name.split(".") for name in named if name.startswith(f"{PACKAGE.name}."))
    return {parts[1] for parts in inside} - {room}


def arrows(rooms: list[str]) -> list[tuple[str, str]]:
    """Return the imports between rooms without those that follow from others."""
    below = {room: imports_of(room) & set(rooms) for room in rooms}
    reach: dict[str, set[str]] = {}
    for room in reversed(rooms):  # floors only import downwards, so what is below is known
        reach[room] = below[room].union(*(reach.get(b, set()) for b in below[room]))
    return [
        (room, other)
        for room in rooms
        for other in sorted(below[room])
        if not any(other in reach.get(b, ()) for b in below[room] - {other})
    ]


def drawing() -> str:
    """Return the picture as SVG; the same source gives the same text."""
    storeys = floors()
    rooms = [room for floor in storeys for room in floor]
    boxes: dict[str, tuple[float, float, float, float]] = {}
    bands, texts, y = [], [], float(MARGIN)
    for number, floor in zip(range(len(storeys) - 1, -1, -1), storeys, strict=True):
        height = BOX + LINE * max(len(parts_of(room)) for room in floor)
        bands.append(
            f'<rect x="{MARGIN}" y="{y - 6:g}" width="{WIDTH - 2 * MARGIN}" '
            f'height="{height + 12}" rx="6" fill="{BAND}"/>'
        )
        texts.append(_text(MARGIN + LABEL / 2, y + BOX / 2 + 5, str(number), "floor"))
        step = (WIDTH - 2 * MARGIN - LABEL) / len(floor)
        for k, room in enumerate(floor):
            wide = min(step - 14, 190)
            x = MARGIN + LABEL + step * (k + 0.5)
            boxes[room] = (x, y, wide, BOX + LINE * len(parts_of(room)))
            texts.append(_text(x, y + 20, room, "room"))
            texts += [
                _text(x, y + BOX + 8 + LINE * i, part, "part")
                for i, part in enumerate(parts_of(room))
            ]
        y += height + GAP
    frames = [
        f'<rect x="{x - w / 2:g}" y="{top:g}" width="{w:g}" height="{h:g}" rx="4" class="box"/>'
        for x, top, w, h in boxes.values()
    ]
    drawn = rooms[: rooms.index(LOWEST) + 1]
    curves = [_curve(boxes[a], boxes[b], f"{a} imports {b}") for a, b in arrows(drawn)]
    return "\n".join([_head(y - GAP + 12), *bands, *curves, *frames, *texts, "</svg>", ""])


def _head(height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img">\n'
        "<title>Floors and rooms of copulasynth, and which room imports which</title>\n"
        f"<style>text {{ font-family: sans-serif; text-anchor: middle; fill: {INK} }} "
        ".room { font-size: 14px; font-weight: bold } .part { font-size: 12px } "
        f".floor {{ font-size: 13px; fill: {ARROW} }} "
        f".box {{ fill: {PAPER}; stroke: {INK}; stroke-opacity: 0.5 }} "
        f".way {{ fill: none; stroke: {ARROW}; stroke-opacity: 0.5; marker-end: url(#tip) }}"
        "</style>\n"
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        f'markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="{ARROW}"/>'
        "</marker></defs>\n"
        f'<rect width="{WIDTH}" height="{height:g}" fill="{PAPER}"/>'
    )


def _text(x: float, y: float, words: str, kind: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{escape(words)}</text>'


def _curve(
    start: tuple[float, float, float, float], end: tuple[float, float, float, float], words: str
) -> str:
    """Draw from the foot of a box to the head of another, leaning towards each other."""
    lean = max(-0.4, min(0.4, (end[0] - start[0]) / 900))
    x1, y1 = start[0] + lean * start[2], start[1] + start[3]
    x2, y2 = end[0] - lean * end[2], end[1] - 1
    bend = max(14.0, (y2 - y1) / 2.5)
    points = ((x1, y1), (x1, y1 + bend), (x2, y2 - bend), (x2, y2))
    path = "M{} C{} {} {}".format(*(f"{x:.1f} {y:.1f}" for x, y in points))
    return f'<path d="{path}" class="way"><title>{escape(words)}</title></path>'


def main() -> int:
    """Write the picture, or with --check say whether the one on disk is right."""
    made = drawing()
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(made, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == made:
        return 0
    print(f"{TARGET.name} is out of date: run python docs/figures/architecture.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
