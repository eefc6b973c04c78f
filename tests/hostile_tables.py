"""Odd tables: one book of recipes, for hypothesis and for a script that makes thousands.

A recipe says how many rows there are and what each column is: a kind of its own (`COLUMNS`), or
something made of an earlier column (`LINKS`), with gaps (`GAPS`), under odd names (`NAMES`) and
on an odd index (`INDICES`). A recipe and nothing else makes its table.
"""

import datetime as dt
import uuid
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

Rng = np.random.Generator
Make = Callable[[Rng, int], Any]

LARGEST, TINIEST = 1.7e308, 5e-324


def whole(low: int, high: int, dtype: str) -> Make:
    """Return whole numbers of a type between two bounds, both of which they may be."""
    return lambda r, n: r.integers(low, high, n, dtype=dtype, endpoint=True)


def ends(dtype: str) -> Make:
    """Return the least, the greatest and the middle numbers of a type of whole numbers."""
    info = np.iinfo(dtype)
    some = np.array([info.min, info.min + 1, 0, 1, info.max - 1, info.max], dtype=dtype)
    return lambda r, n: r.choice(some, n)


def among(*values: object, dtype: Any = None, p: tuple[float, ...] | None = None) -> Make:
    """Return values drawn from a few."""

    def make(r: Rng, n: int) -> pd.Series:
        drawn = r.choice(len(values), n, p=p)
        return pd.Series([values[i] for i in drawn], dtype=dtype or object)

    return make


def levels(k: int, power: float = 0.0) -> Make:
    """Return k levels of text, equally frequent or not."""
    weights = np.arange(1, k + 1.0) ** -power
    return lambda r, n: r.choice([f"level {i}" for i in range(k)], n, p=weights / weights.sum())


def one_of(usual: object, rare: object, dtype: Any = None) -> Make:
    """Return a constant but for one row."""

    def make(r: Rng, n: int) -> pd.Series:
        values = [usual] * n
        if n:
            values[int(r.integers(n))] = rare
        return pd.Series(values, dtype=dtype)

    return make


def decades(spread: float, *, sign: bool = False, dtype: str = "float64") -> Make:
    """Return numbers spread evenly over decades, with both signs if asked."""

    def make(r: Rng, n: int) -> np.ndarray:
        size = 10.0 ** r.uniform(-spread / 2, spread / 2, n)
        return (size * r.choice([-1.0, 1.0], n) if sign else size).astype(dtype)

    return make


def dates(start: str, stop: str, unit: str = "ns", zone: str | None = None) -> Make:
    """Return moments between two, in a unit and a time zone."""

    def make(r: Rng, n: int) -> pd.Series:
        low, high = (np.datetime64(s, unit).astype(np.int64) for s in (start, stop))
        found = pd.Series(r.integers(low, high, n, endpoint=True).astype(f"M8[{unit}]"))
        return found if zone is None else found.dt.tz_localize("UTC").dt.tz_convert(zone)

    return make


def spans(largest: int, unit: str = "ns") -> Make:
    """Return durations of either sign."""
    return lambda r, n: r.integers(-largest, largest, n, endpoint=True).astype(f"m8[{unit}]")


def categorical(values: list[Any], used: int, *, ordered: bool = False) -> Make:
    """Return a categorical that uses the first categories only."""

    def make(r: Rng, n: int) -> pd.Categorical:
        codes = r.integers(0, used, n) if used else np.full(n, -1)
        return pd.Categorical.from_codes(codes, categories=values, ordered=ordered)

    return make


def _powers(r: Rng, n: int) -> np.ndarray:
    return 2.0 ** (np.arange(n) % 980 - 490) * np.where(r.random(n) < 0.5, 1.0, 3.0)


def _zeros(r: Rng, n: int) -> np.ndarray:
    return np.where(r.random(n) < 0.9, 0.0, r.lognormal(3, 1, n))


def _identifiers(r: Rng, n: int) -> list[str]:
    return [f"ID-{k:08d}" for k in r.permutation(10**6)[:n]]


def texts(write: Callable[[Any], str], numbers: Make) -> Make:
    """Return numbers as texts that a function writes, and now and then something else."""

    def make(r: Rng, n: int) -> list[str]:
        odd = r.random(n) < (0.02 if r.random() < 0.3 else 0.0)
        return ["-" if o else write(v) for v, o in zip(numbers(r, n), odd, strict=True)]

    return make


def clock(form: str) -> Callable[[Any], str]:
    """Return what writes seconds since 1970 in a form of dates."""
    return lambda s: (dt.datetime(1970, 1, 1) + dt.timedelta(seconds=int(s))).strftime(form)


def _ties(r: Rng, n: int) -> np.ndarray:
    return np.where(r.random(n) < 0.7, r.choice([1.5, 2.25, 1e6], n), r.normal(size=n))


def _alternating(r: Rng, n: int) -> np.ndarray:
    return (-1.0) ** np.arange(n) * 10.0 ** (np.arange(n) % 149)


COLUMNS: dict[str, Make] = {
    "normal": lambda r, n: r.normal(size=n),
    "float32": lambda r, n: r.normal(size=n).astype(np.float32),
    "float16": lambda r, n: r.normal(size=n).astype(np.float16),
    "rounded": lambda r, n: r.gamma(2, 30, n).round(2),
    "lognormal": lambda r, n: r.lognormal(3, 2, n),
    "lognormal 9": lambda r, n: np.exp(9 * r.normal(size=n)),
    "cauchy": lambda r, n: r.standard_cauchy(n),
    "290 decades": decades(290),
    "290 decades, signs": decades(290, sign=True),
    "600 decades": decades(600, sign=True),
    "70 decades, float32": decades(70, sign=True, dtype="float32"),
    "powers": _powers,
    "alternating": _alternating,
    "huge": lambda r, n: r.normal(size=n) * 1e149,
    "huge and equal": lambda r, n: 1e149 * (1 + 1e-15 * r.integers(0, 9, n)),
    "largest": among(-LARGEST, LARGEST, 0.0, dtype="float64"),
    "largest float32": among(np.float32(-3.4e38), np.float32(3.4e38), dtype="float32"),
    "beyond float32": among(1e149, 1.0, -1e149, 2.5, dtype="float64"),
    "subnormal": lambda r, n: r.integers(0, 99, n) * TINIEST,
    "tiny": lambda r, n: r.normal(size=n) * 1e-148,
    "close to one": lambda r, n: 1.0 + 2.0**-52 * r.integers(0, 5, n),
    "negative zero": among(-0.0, 0.0, 1.0, dtype="float64"),
    "zeros": _zeros,
    "one non-zero": one_of(0.0, 12.5),
    "one huge": one_of(1.0, 1e149),
    "constant": lambda r, n: np.full(n, 7.25),
    "constant whole": lambda r, n: np.full(n, -3),
    "missing": lambda r, n: np.full(n, np.nan),
    "missing objects": lambda r, n: pd.Series([None] * n, dtype=object),
    "missing whole": lambda r, n: pd.Series([None] * n, dtype="Int64"),
    "ties": _ties,
    "lattice": lambda r, n: 0.1 * r.integers(0, 9, n) + 5.0,
    "thirds": lambda r, n: r.integers(0, 50, n) / 3.0,
    "count": lambda r, n: r.poisson(4.0, n),
    "wide count": lambda r, n: r.negative_binomial(0.2, 1e-5, n),
    "uniform count": whole(0, 10**6, "int64"),
    "int64 anywhere": whole(-(2**63), 2**63 - 1, "int64"),
    "uint64 anywhere": whole(0, 2**64 - 1, "uint64"),
    "uint64 at the end": whole(2**64 - 9, 2**64 - 1, "uint64"),
    "int64 at the end": whole(2**63 - 300, 2**63 - 1, "int64"),
    "beyond 2^53": whole(2**53, 2**53 + 40, "int64"),
    "around 2^53": whole(2**53 - 3, 2**53 + 3, "int64"),
    "int64 ends": ends("int64"),
    "uint64 ends": ends("uint64"),
    "int8 anywhere": whole(-128, 127, "int8"),
    "int8 ends": ends("int8"),
    "uint8 ends": ends("uint8"),
    "numbered": lambda r, n: np.arange(n),
    "numbered from 2^60": lambda r, n: 2**60 + r.permutation(n).astype(np.int64),
    "nullable whole": among(None, 1, 2, 2**40, dtype="Int64"),
    "nullable uint64": among(None, 2**64 - 1, 2**63, 1, dtype="UInt64"),
    "nullable int8": among(None, -128, 127, 0, dtype="Int8"),
    "nullable real": among(None, 0.5, 1e149, -2.0, dtype="Float64"),
    "nullable float32": among(None, 0.5, 3.0, dtype="Float32"),
    "nullable boolean": among(None, True, False, dtype="boolean"),
    "boolean": lambda r, n: r.random(n) < 0.3,
    "one true": one_of(False, True),
    "boolean objects": among(None, True, False),
    "text": among("a", "b", "NA", ""),
    "one rare level": one_of("usual", "rare"),
    "strings": among("x", None, "ü\n", dtype="string"),
    "200 levels": levels(200),
    "60 uneven levels": levels(60, 2.0),
    "identifiers": _identifiers,
    "money": texts(lambda v: f"-${-v:,.2f}" if v < 0 else f"${v:,.2f}", decades(9, sign=True)),
    "money behind": texts(
        lambda v: f"{v:_.2f}".replace(".", ",").replace("_", ".") + " €", decades(6)
    ),
    "money of a price": texts(lambda v: f"{v} EUR", whole(0, 5, "int64")),
    "several currencies": texts(lambda v: f"{'$€£'[v % 3]}{v}", whole(0, 999, "int64")),
    "shares": texts(lambda v: f"{v} %", whole(0, 100, "int64")),
    "accounting": texts(
        lambda v: f"({-v:,})" if v < 0 else f"{v:,}", whole(-99_999, 99_999, "int64")
    ),
    "signs": texts(lambda v: f"{v:+}", whole(-99, 99, "int64")),
    "many digits": texts(lambda v: f"{v:,}", whole(-(2**62), 2**62, "int64")),
    "decimal commas": texts(lambda v: f"{v:.3f}".replace(".", ","), decades(4)),
    "units": texts(lambda v: f"{v:.1f} kg", decades(4)),
    "odd units": texts(lambda v: f"{v} m0;#\n", whole(0, 9_999, "int64")),
    "numbers of 18 digits": texts(lambda v: f"{v:.17f}", lambda r, n: r.random(n)),
    "days as text": texts(clock("%d/%m/%Y"), whole(-(10**9), 2 * 10**9, "int64")),
    "stamps as text": texts(clock("%Y-%m-%dT%H:%M:%SZ"), whole(-(10**9), 10**10, "int64")),
    "clock as text": texts(clock("%I:%M %p"), whole(0, 86_399, "int64")),
    "hours as text": texts(lambda v: f"{v // 60}:{v % 60:02d}", whole(0, 99_999, "int64")),
    "ISO durations": texts(lambda v: f"PT{v}S", whole(0, 59, "int64")),
    "versions": texts(lambda v: f"{v % 7}.{v % 11}.{v % 31}", whole(0, 999, "int64")),
    "UUIDs": lambda r, n: [str(uuid.UUID(bytes=r.bytes(16))) for _ in range(n)],
    "numbered names": lambda r, n: [f"K{k}/ü" for k in r.permutation(n)],
    "telephones": texts(lambda v: f"+49 171 {v}", whole(10**6, 10**7 - 1, "int64")),
    "codes of two digits": texts(lambda v: f"{v:02d}", lambda r, n: r.permutation(n) % 100),
    "categorical": categorical(["x", "y", "never"], 2),
    "ordered": categorical(["low", "mid", "high", "never"], 3, ordered=True),
    "categories of numbers": categorical([3, 1, 2], 3),
    "categories without rows": categorical(["x", "y"], 0),
    "no categories": categorical([], 0),
    "one category": categorical(["only"], 1),
    "infinite objects": among(1.0, 2.0, float("inf")),
    "infinite": among(1.0, 2.0, float("inf"), float("-inf"), dtype="float64"),
    "mixed objects": among(1, "one", 1.5),
    "decimals": among(Decimal("1.10"), Decimal("2.00"), Decimal("-7.25"), None),
    "day objects": among(dt.date(2020, 1, 1), dt.date(9999, 12, 31), dt.date(1, 1, 1)),
    "big objects": among(2**70, 1, 5),
    "dates": dates("2020-01-01", "2024-12-31", "s"),
    "days": lambda r, n: pd.Timestamp("2024-02-28") + pd.to_timedelta(r.integers(0, 5, n), "D"),
    "dates anywhere": dates("1677-09-22", "2262-04-11"),
    "dates at the end": dates("2262-04-10", "2262-04-11T23"),
    "first dates": dates("0001-01-01", "0001-01-03", "us"),
    "last seconds": dates("9999-12-30", "9999-12-31", "s"),
    "zoned": dates("2024-03-30", "2024-04-01", "us", "Europe/Berlin"),
    "zoned at the end": dates("2262-04-10", "2262-04-11", "ns", "Asia/Tokyo"),
    "zoned at the start": dates("1677-09-23", "1677-09-24", "ns", "America/New_York"),
    "durations": spans(10**6, "s"),
    "durations anywhere": spans(2**63 - 1),
    "constant duration": lambda r, n: np.full(n, 3, dtype="m8[s]"),
}

LINKS: dict[str, Callable[[Rng, np.ndarray], Any]] = {
    "copy": lambda r, x: x.copy(),
    "log": lambda r, x: np.log(np.abs(x) + 1e-300),
    "minus": lambda r, x: -x,
    "cube": lambda r, x: x**3,
    "exp": lambda r, x: np.exp(np.clip(x, -700, 700)),
    "square": lambda r, x: x**2,
    "noisy": lambda r, x: x + 1e-9 * np.nanstd(x) * r.normal(size=x.size),
    "sum": lambda r, x: x + r.integers(0, 5, x.size),
    "product": lambda r, x: x * r.integers(1, 4, x.size),
    "sorted": lambda r, x: np.sort(x),
    "rank": lambda r, x: np.argsort(np.argsort(x)),
    "sign": lambda r, x: np.where(x > np.nanmedian(x), "above", "below"),
    "one breaks": lambda r, x: np.where(np.arange(x.size) == x.size // 2, 1.0, x),
    "equal in part": lambda r, x: np.where(r.random(x.size) < 0.4, x, r.permutation(x)),
    "missing where small": lambda r, x: np.where(x > np.nanmedian(x), x, np.nan),
}

GAPS: dict[str, Callable[[Rng, int], np.ndarray]] = {
    "one": lambda r, n: np.arange(n) == r.integers(max(n, 1)),
    "all but one": lambda r, n: np.arange(n) != r.integers(max(n, 1)),
    "second half": lambda r, n: np.arange(n) >= n // 2,
    "first half": lambda r, n: np.arange(n) < n // 2,
    "some": lambda r, n: r.random(n) < 0.3,
    "most": lambda r, n: r.random(n) < 0.95,
}

#: Names of columns, by place; the plain ones are "c0", "c1", ...
NAMES: dict[str, Callable[[int], Any]] = {
    "plain": lambda j: f"c{j}",
    "numbers": lambda j: j,
    "odd": lambda j: (
        ["", " ", "a\nb", "größe 💰", "x" * 3000, "x [state]", "*", 'q"'][j % 8] * (1 + j // 8)
    ),
    "looking like numbers": lambda j: f"{j}.0",
}
REFUSED_NAMES: dict[str, Callable[[int], Any]] = {
    "twice": lambda j: "same",
    "pairs": lambda j: ("a", j),
    "none": lambda j: None if j == 0 else j,
}
INDICES: dict[str, Callable[[int], Any]] = {
    "plain": lambda n: pd.RangeIndex(n),
    "equal": lambda n: pd.Index([7] * n),
    "pairs": lambda n: pd.MultiIndex.from_arrays([range(n), ["a"] * n]),
    "times": lambda n: pd.date_range("2020-01-01", periods=n),
    "text": lambda n: pd.Index([f"r{i}" for i in range(n)], name="c0"),
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What makes one odd table.

    Attributes
    ----------
    rows : int
    columns : tuple of (str, str, int)
        The kind of each column, or of a link; its gaps or ""; the column a link is made of.
    names, index : str
    seed : int
    """

    rows: int
    columns: tuple[tuple[str, str, int], ...]
    names: str = "plain"
    index: str = "plain"
    seed: int = 0

    def table(self) -> pd.DataFrame:
        """Make the table."""
        rng = np.random.default_rng(self.seed)
        made: list[pd.Series] = []
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            for kind, gaps, parent in self.columns:
                values = pd.Series(self._values(kind, made, parent, rng))
                if gaps:
                    values = with_gaps(values, GAPS[gaps](rng, self.rows))
                made.append(values)
        frame = pd.concat(made, axis=1) if made else pd.DataFrame(index=range(self.rows))
        named = NAMES | REFUSED_NAMES
        frame.columns = pd.Index([named[self.names](j) for j in range(len(made))], dtype=object)
        frame.index = INDICES[self.index](self.rows)
        return frame

    def _values(self, kind: str, made: list[pd.Series], parent: int, rng: Rng) -> Any:
        if kind in COLUMNS:
            return COLUMNS[kind](rng, self.rows)
        numbers = [s for s in made if s.dtype.kind in "if" and isinstance(s.dtype, np.dtype)]
        x = numbers[parent % len(numbers)] if numbers else pd.Series(rng.normal(size=self.rows))
        found = LINKS[kind](rng, x.to_numpy(np.float64))
        # powers that overflow have infinities, which are refused; here the others are looked for
        return np.clip(found, -1e149, 1e149) if found.dtype.kind == "f" else found


def with_gaps(values: pd.Series, gone: np.ndarray) -> pd.Series:
    """Return values of which some are missing, in a type that can say so."""
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iub":
        name = str(values.dtype)
        nullable = {"bool": "boolean"}.get(name, name.replace("i", "I", 1).replace("uI", "UI"))
        values = values.astype(nullable)
    return values.mask(gone)


#: Kinds that no model can have; a table of one of them is refused whatever else it holds.
REFUSED = ("largest", "600 decades", "infinite objects", "infinite", "mixed objects", "big objects")
ROWS = (1, 2, 3, 5, 8, 12, 20, 30, 31, 50)
LONG = (200, 201, 250, 320)


def seeded(seed: int, number: int) -> Recipe:
    """Return one of the recipes of a seed: mostly small, a sixth long enough for trees."""
    r = np.random.default_rng([seed, number])
    rows = int(r.choice(LONG if r.random() < 1 / 6 else ROWS))
    width = 57 if r.random() < 0.005 else int(r.choice([0, 1, 2, 3, 4, 6], p=P_WIDTH))
    kinds = [*COLUMNS, *LINKS] if r.random() < 0.8 else ["normal", "text", "count", *LINKS]
    if r.random() < 0.9:
        kinds = [k for k in kinds if k not in REFUSED]
    gaps = [""] * 12 + [*GAPS] if r.random() < 0.7 else [""]
    columns = [
        (str(r.choice(kinds)), str(r.choice(gaps)), int(r.integers(99))) for _ in range(width)
    ]
    names = [*["plain"] * 30, *["numbers", "odd", "looking like numbers"] * 2, *REFUSED_NAMES]
    index = [*["plain"] * 20, *INDICES]
    return Recipe(rows, tuple(columns), str(r.choice(names)), str(r.choice(index)), int(number))


P_WIDTH = (0.005, 0.145, 0.35, 0.25, 0.15, 0.1)


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    """Draw a recipe; simple ones are few columns of few rows."""
    column = st.tuples(
        st.sampled_from([*COLUMNS, *LINKS]), st.sampled_from(["", *GAPS]), st.integers(0, 5)
    )
    return Recipe(
        draw(st.sampled_from([*ROWS, 200, 210])),
        tuple(draw(st.lists(column, max_size=5))),
        draw(st.sampled_from([*NAMES, *REFUSED_NAMES])),
        draw(st.sampled_from([*INDICES])),
        draw(st.integers(0, 999)),
    )
