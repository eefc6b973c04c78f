"""How a text file writes columns that are no text, where rows would be written otherwise."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from copulasynth.schema.forms import PLACES
from copulasynth.schema.grid import EXACT
from copulasynth.schema.kinds import SECOND
from copulasynth.schema.styles import TRUTHS, is_style

__all__ = ["Styles"]

HEAD = 1000
"""Cells of a batch that are looked at."""
NUMBER = re.compile(r"[-+]?(\d*)(?:[.,](\d*))?")
ENDLESS = ("nan", "inf", "infinity")
POWER = re.compile(r"-?\d[.,](\d{1,18})([eE])[+-]\d\d+")
TIME = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)?(?P<between>[T ])?(?P<clock>\d\d:\d\d)?(?P<second>:\d\d)?"
    r"(?:\.(?P<part>\d{1,9}))?(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?"
)


class Styles:
    """What the cells of a file tell of how its columns are written, batch by batch.

    Parameters
    ----------
    table : Table
        The file as pyarrow reads it.
    """

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        kinds = {f.name: f.type for f in table.schema}
        self._floats = {n: _Decimals() for n, t in kinds.items() if pa.types.is_floating(t)}
        self._words: dict[str, Counter[str]] = {
            n: Counter()
            for n, t in kinds.items()
            if pa.types.is_boolean(t) or pa.types.is_time(t) or pa.types.is_timestamp(t)
        }

    @property
    def names(self) -> list[str]:
        """The columns that are looked at."""
        return [*self._floats, *self._words]

    def see(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Look at cells as they are written, and hand them on."""
        for name in self.names:
            cells = [c.strip() for c in batch.column(name)[:HEAD].drop_null().to_pylist()]
            if name in self._floats:
                self._floats[name].see(cells)
            else:
                truths = pa.types.is_boolean(self._table.schema.field(name).type)
                self._words[name].update(cells if truths else map(_time_style, cells))
        return batch

    def found(self) -> dict[str, str]:
        """Return the styles of columns that would be written otherwise without one."""
        return {name: style for name, style in self._found() if style}

    def _found(self) -> Iterator[tuple[str, str]]:
        for name, decimals in self._floats.items():
            yield name, decimals.style(pc.max(pc.abs(self._table[name])).as_py() or 0.0)
        for name, words in self._words.items():
            if pa.types.is_boolean(self._table.schema.field(name).type):
                yield name, next((s for s, known in TRUTHS.items() if {*words} <= {*known}), "")
            else:
                yield name, self._time(name, words)

    def _time(self, name: str, seen: Counter[str]) -> str:
        """Return the style of most times, with as many decimals as any, and seconds if any has."""
        kind = self._table.schema.field(name).type
        storage = "time" if pa.types.is_time(kind) else "datetime"
        styles = [style for style, _ in seen.most_common() if is_style(style, storage)]
        if any(".0" in style for style in styles):
            styles = sorted(styles, key=lambda style: -style.count("0", style.find(".")))
        elif not self._minutes(name, kind.unit):
            styles = [style for style in styles if "%S" in style]
        usual = "%H:%M:%S" if storage == "time" else f"%Y-%m-%d %H:%M:%S{'Z' if kind.tz else ''}"
        style = styles[0] if styles else usual
        return "" if style == usual else style

    def _minutes(self, name: str, unit: str) -> bool:
        """Whether times are whole minutes."""
        column = self._table[name]
        wide = pa.int32() if column.type.bit_width == 32 else pa.int64()
        counts, step = column.cast(wide).cast(pa.int64()), 60 * SECOND[unit]
        whole = pc.multiply(pc.divide(counts, step), step)
        return not pc.any(pc.not_equal(counts, whole)).as_py()


class _Decimals:
    """What is known of the decimals of a column of numbers."""

    def __init__(self) -> None:
        #: Decimals; those of numbers that end in zero; what stands before a point.
        self.places: set[int] = set()
        self.ended: set[int] = set()
        self.before: set[str] = set()
        #: Whether numbers stand without a point, or with zeros alone behind it.
        self.bare = self.whole = False
        self.powers: set[tuple[int, str] | None] = set()

    def see(self, cells: Sequence[str]) -> None:
        """Look at numbers as they are written."""
        for cell in cells:
            found, power = NUMBER.fullmatch(cell), POWER.fullmatch(cell)
            if cell.lower().strip("+-") in ENDLESS:
                continue
            self.powers.add((len(power[1]), power[2]) if power else None)
            before, part = found.groups() if found else ("", None)
            if part is None:
                self.bare = True
                continue
            self.places.add(len(part))
            self.ended |= {len(part)} if part.endswith("0") else set()
            self.before.add(before if before in ("", "0") else "1")
            self.whole |= not part.strip("0")

    def style(self, largest: float) -> str:
        """Return the style of the numbers; "" where they have as few signs as can be."""
        if None not in self.powers and len(self.powers) == 1:
            places, sign = next(filter(None, self.powers))
            return f"0.{'0' * places}{sign}+00"
        most = max(self.places, default=0)
        if len(self.powers) != 1 or not 0 < most <= PLACES or largest * 10.0**most >= EXACT:
            return ""
        first = "#" if "" in self.before and "0" not in self.before else "0"
        fixed = len(self.places) == 1
        if fixed and self.bare and self.ended and not self.whole and first == "0":
            return f"0[.{'0' * most}]"
        if fixed and (self.ended or not self.bare):
            return f"{first}.{'0' * most}"
        least = min(self.ended, default=0 if self.bare else 1)
        if self.bare and not self.ended and first == "0":
            return ""
        return f"{first}.{'0' * least}{'#' * (most - least)}"


def _time_style(cell: str) -> str:
    """Return how a time is written, or nothing."""
    found = TIME.fullmatch(cell)
    if found is None:
        return ""
    part = f".{'0' * len(found['part'])}" if found["part"] else ""
    return "".join(
        (
            "%Y-%m-%d" if found["day"] else "",
            found["between"] or "",
            "%H:%M" if found["clock"] else "",
            ":%S" if found["second"] else "",
            part,
            found["zone"] or "",
        )
    )
