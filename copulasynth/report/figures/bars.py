"""Where the bars of a column go on its axis, whoever draws them."""

from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator

from copulasynth._arrays import Bools, Floats
from copulasynth.metrics.summary import ColumnPortrait
from copulasynth.metrics.summary.bins import show

__all__ = ["Bars", "bars_of", "percent", "place", "shown_levels", "ticks_between"]

#: Bars this much taller than all bins are cut, and taller than that part of it are named.
_TALL, _CUT = 1.8, 1.3


_UNITS = ((1.0, (1, 10)), (60.0, (1, 10)), (3600.0, (1, 6)), (86400.0, (1, 3, 10, 30, 100, 300)))


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Bars of both tables on shared bins.

    Attributes
    ----------
    low, high : ndarray of shape (m,)
        Ends of the bars on the axis; an atom is as wide as a typical bin.
    heights : dict of str to ndarray of shape (m,)
        Of "real" and "synthetic": per cent of rows, of a wide bin in a typical width, so that
        areas are shares.
    atom : ndarray of bool, shape (m,)
    top : float
        Where the axis ends; taller bars are cut there.
    cut : tuple of (int, str)
        The bars that are cut, and their shares in words.
    ticks : pair of ndarray and list of str
    """

    low: Floats
    high: Floats
    heights: dict[str, Floats]
    atom: Bools
    top: float
    cut: tuple[tuple[int, str], ...]
    ticks: tuple[Floats, list[str]]

    @property
    def ends(self) -> tuple[float, float]:
        """Where the axis begins and ends."""
        return float(self.low.min()), float(self.high.max())


def bars_of(column: ColumnPortrait, most: int = 5) -> Bars:
    """Return the bars of a column of numbers, with about `most` ticks."""
    bins = column.bins
    if column.scale == "levels":
        return _single(column, most)
    low, high = (place(bins[k].to_numpy(), column.scale, column.width) for k in ("low", "high"))
    widths = high - low
    atom = widths <= 0
    typical = float(np.median(widths[~atom])) if (~atom).any() else 1.0
    per = typical / np.where(atom, typical, widths)
    heights = {role: 100 * bins[role].to_numpy() * per for role in ("real", "synthetic")}
    low, high = np.where(atom, low - typical / 2, low), np.where(atom, high + typical / 2, high)
    top, cut = _cut(column, np.maximum(heights["real"], heights["synthetic"]), atom)
    ends = float(bins["low"].iloc[0]), float(bins["high"].iloc[-1])
    ticks = ticks_between(*ends, column.scale, column.width, column.unit, most)
    return Bars(low, high, heights, atom, top, cut, ticks)


def _single(column: ColumnPortrait, most: int) -> Bars:
    """Return a bar of width one for each value or group of values, named by the cell."""
    bins = column.bins
    at = np.arange(len(bins), dtype=float)
    heights = {role: 100 * bins[role].to_numpy() for role in ("real", "synthetic")}
    top = max(float(h.max()) for h in heights.values())
    every = -(-len(bins) // (2 * most))
    ticks = at[::every], bins["label"].astype(str).tolist()[::every]
    return Bars(at - 0.5, at + 0.5, heights, np.zeros(len(at), bool), max(top, 1e-9), (), ticks)


def _cut(
    column: ColumnPortrait, tall: Floats, atom: Bools
) -> tuple[float, tuple[tuple[int, str], ...]]:
    """Return where the axis ends, and what is cut there so that the other bars can be seen."""
    ceiling = float(tall[~atom].max()) if (~atom).any() else np.inf
    if not atom.any() or tall[atom].max() <= _TALL * ceiling:
        return float(max(tall.max(), 1e-9)), ()
    cut = []
    for k in np.flatnonzero(atom & (tall > _CUT * ceiling)):
        row = column.bins.iloc[k]
        shares = f"{100 * row['real']:.3g} % / {100 * row['synthetic']:.3g} %"
        cut.append((int(k), f"{row['label']}: {shares}"))
    return max(_CUT * ceiling, 1e-9), tuple(cut)


def shown_levels(column: ColumnPortrait, most: int) -> tuple[list[tuple[str, float, float]], str]:
    """Return the levels that get a bar, in their order, and the others in words.

    The rare ones are told after those that are shown: a pool of many must not look like a level.
    """
    bins = column.bins
    rows = list(zip(bins["label"].astype(str), bins["real"], bins["synthetic"], strict=True))
    pool = [rows.pop()] if column.pooled else []
    size = np.array([-max(a, b) for _, a, b in rows])
    # One level more takes no more room than the words for it.
    most = most if len(rows) > most + 1 or (pool and len(rows) > most) else len(rows)
    keep = sorted(int(k) for k in np.argsort(size, kind="stable")[:most])
    left = [row for k, row in enumerate(rows) if k not in set(keep)]
    shown = [rows[k] for k in keep]
    count = len(left) + column.pooled
    if not count:
        return shown, ""
    if not shown:
        return [], f"{count} levels, each too rare to be shown"
    a, b = (sum(float(row[i]) for row in left + pool) for i in (1, 2))
    name = f"{count} more level{'s' if count > 1 else ''}"
    return shown, f"{name}: {percent(a)} % / {percent(b)} %"


def percent(x: float) -> str:
    """Return a share in per cent with two digits, without the sign."""
    return "–" if not np.isfinite(x) else f"{100 * x:.2g}" if x < 0.995 else "100"


def place(x: Floats, scale: str, width: float) -> Floats:
    """Return where values go on an axis."""
    x = np.asarray(x, dtype=float)
    return np.asarray(np.arcsinh(x / width)) if scale == "asinh" else x


def ticks_between(
    low: float, high: float, scale: str, width: float, unit: str, most: int = 5
) -> tuple[Floats, list[str]]:
    """Return positions and labels of ticks between two values."""
    values = _round_values(low, high, scale, width, unit, most)
    values = values[(values >= low) & (values <= high)]
    at = place(values, scale, width)
    span = float(np.ptp(place(np.array([low, high]), scale, width))) or 1.0
    keep: list[int] = []
    for i in range(len(values)):
        if not keep or at[i] - at[keep[-1]] >= 0.7 * span / most:
            keep.append(i)
    return at[keep], [show(float(values[i]), unit) for i in keep]


def _round_values(
    low: float, high: float, scale: str, width: float, unit: str, most: int
) -> Floats:
    if unit == "span":
        return _durations(low, high, scale, most)
    if scale == "asinh":
        first = np.floor(np.log10(max(width, 1e-300)))
        powers = 10.0 ** np.arange(first, np.ceil(np.log10(max(high, width, 1e-300))) + 1)
        return np.unique(np.concatenate([[0.0], powers, 3 * powers]))
    if unit == "time":
        # Days are long words: three fit a wide axis, two a narrow one.
        return np.linspace(low, high, 4)[:3] if most > 4 else np.linspace(low, high, 3)[:2]
    return np.asarray(MaxNLocator(most).tick_values(low, high))


def _durations(low: float, high: float, scale: str, most: int) -> Floats:
    """Return round durations: multiples of the largest unit of time, or some of each unit."""
    if scale == "asinh":
        found = [m * u for u, many in _UNITS for m in many]
        return np.array([0.0, *found])
    unit = next((u for u, _ in reversed(_UNITS) if high - low >= 2 * u), 1.0)
    return unit * np.asarray(MaxNLocator(most).tick_values(low / unit, high / unit))
