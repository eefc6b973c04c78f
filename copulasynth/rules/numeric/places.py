"""Find pairs of coordinates that leave much of their ranges empty, such as places on a map."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from scipy.special import ndtri

from copulasynth._arrays import Floats, Ints
from copulasynth._masking import K_MIN
from copulasynth.errors import SchemaError
from copulasynth.rules.api import Coordinates
from copulasynth.rules.numeric.place import PlaceRule
from copulasynth.rules.numeric.trial import departure, known
from copulasynth.schema.column import Variable
from copulasynth.schema.level_order import order_levels
from copulasynth.schema.records import Rule

__all__ = ["find_places", "fit_place"]

#: Rows, distinct values, and the largest share of one value of coordinates.
LEAST, DISTINCT, SHARED = 500, 60, 0.05
#: Share of the squares that a Gaussian copula would enter of which a pair is no place, and the
#: same for columns that are named like places.
THIN, NAMED = 0.57, 0.9
#: Pairs that are nearly one line.
LINE = 0.9
#: Distance of the law of a coordinate from that where the other is known too, of which a pair is no
#: place: both are made together, and in all rows as where both are known.
APART = 0.02
#: Squares a side, and rows on which occupied squares are counted.
SIDE, ROWS = 16, 4000
#: The same where all pairs are tried first, and the share of squares that leaves some empty.
SCREEN_SIDE, SCREEN_ROWS, SCREEN_SHARE = 8, 1000, 0.9
#: Cells of the tree at most, and groups of neighbouring cells that are put in order.
CELLS, GROUPS = 1000, 24
#: Part of the width of a box whose power of two its ends lie on: none is a row.
COARSE = 1 / 8
LATITUDE = re.compile(r"(^|[^a-z])lat(itude)?($|[^a-z])", re.IGNORECASE)
LONGITUDE = re.compile(r"(^|[^a-z])(lon|lng|long|longitude)($|[^a-z])", re.IGNORECASE)


def find_places(
    c: Coordinates, refused: frozenset[tuple[str, frozenset[str]]] = frozenset()
) -> Coordinates:
    """Add the pairs that enter far fewer squares than a Gaussian copula of their correlation.

    Squares are counted on ranks, so marginals do not matter. A variable is in one place at most,
    and no pair in an order is one: its empty half is known already.
    """
    columns = [j for j in c.free if _continuous(c, j)]
    if len(c.x) < LEAST or len(columns) < 2:
        return c
    rows = np.arange(0, len(c.x), -(-len(c.x) // ROWS))
    ranks = np.column_stack([_ranks(c.x[rows, j]) for j in columns])
    names = [str(c.variables[j].name) for j in columns]
    found = []
    for a, b in _hopeful(ranks, names):
        thin = _thinness(ranks[:, a], ranks[:, b], _named(names[a], names[b]))
        if thin < 1.0 and ("place", frozenset((names[a], names[b]))) not in refused:
            found.append((thin, a, b))
    known_orders, used = _orders(c), set[int]()
    for _, a, b in sorted(found):
        pair = columns[a], columns[b]
        if used.isdisjoint(pair) and frozenset(pair) not in known_orders:
            used.update(pair)
            c = _adding(c, *pair, Rule("place", (names[a], names[b])))
    return c


def fit_place(c: Coordinates, record: Rule) -> Coordinates | None:
    """Add the declared place, or return None if too few rows have both coordinates."""
    i, j = (c.place(name) for name in record.columns)
    if c.variables[i].levels or c.variables[j].levels:
        raise SchemaError(f"rule {record.words!r}: a place has two columns of numbers")
    if np.count_nonzero(known(c.x[:, i], c.x[:, j])) < 2 * K_MIN:
        return None
    return _adding(c, i, j, record)


def _continuous(c: Coordinates, j: int) -> bool:
    v = c.variables[j]
    if v.kind != "continuous" or v.levels:
        return False
    x = c.x[:: -(-len(c.x) // ROWS), j]
    _, counts = np.unique(x[~np.isnan(x)], return_counts=True)
    return bool(counts.size >= DISTINCT and counts.max() <= SHARED * counts.sum())


def _orders(c: Coordinates) -> set[frozenset[int]]:
    """Return the pairs that are known to be in order."""
    return {
        frozenset(c.place(name) for name in f.record.columns)
        for f in c.found
        if f.record.kind == "order"
    }


def _named(a: str, b: str) -> bool:
    """Whether names speak of a latitude and a longitude."""
    return any(bool(LATITUDE.search(p) and LONGITUDE.search(q)) for p, q in ((a, b), (b, a)))


def _hopeful(ranks: Floats, names: Sequence[str]) -> list[tuple[int, int]]:
    """Return the pairs that leave some of few large squares empty, or are named like places."""
    d = ranks.shape[1]
    some = ranks[:: -(-len(ranks) // SCREEN_ROWS)]
    side = np.arange(SCREEN_SIDE)
    squares = np.floor(some * SCREEN_SIDE)[:, :, None] == side
    flags = squares.reshape(len(some), d * SCREEN_SIDE).astype(np.float32)
    entered = (flags.T @ flags > 0).reshape(d, SCREEN_SIDE, d, SCREEN_SIDE).sum(axis=(1, 3))
    hopeful = np.triu(entered < SCREEN_SHARE * SCREEN_SIDE**2, 1)
    lat, lon = ([bool(p.search(n)) for n in names] for p in (LATITUDE, LONGITUDE))
    either = np.outer(lat, lon)
    hopeful |= np.triu(either | either.T, 1)
    return [(a, b) for a, b in np.argwhere(hopeful).tolist()]


def _ranks(x: Floats) -> Floats:
    """Return middle ranks in (0, 1), NaN where missing."""
    seen = ~np.isnan(x)
    _, which, counts = np.unique(x[seen], return_inverse=True, return_counts=True)
    ranks = np.full(x.shape, np.nan)
    ranks[seen] = ((np.cumsum(counts) - 0.5 * counts) / max(seen.sum(), 1))[which]
    return ranks


def _thinness(u: Floats, v: Floats, named: bool) -> float:
    """Return the share of the squares entered of those expected; 1 for what is no place."""
    rows = known(u, v)
    if np.count_nonzero(rows) < LEAST:
        return 1.0
    if any(departure(w[rows], w[known(w)]) > APART for w in (u, v)):
        return 1.0
    u, v = u[rows], v[rows]
    side = SIDE if u.size >= 4 * SIDE * SIDE else SIDE // 2
    r = float(np.corrcoef(ndtri(u), ndtri(v))[0, 1])
    if abs(r) > LINE and not named:
        return 1.0
    if side < SIDE and not named:
        return 1.0
    share = _entered(u, v, side) / _expected(round(r, 1), u.size, side)
    return share if share < (NAMED if named else THIN) else 1.0


def _entered(u: Floats, v: Floats, side: int) -> int:
    cell = np.minimum((u * side).astype(np.int64), side - 1) * side
    cell += np.minimum((v * side).astype(np.int64), side - 1)
    return int(np.count_nonzero(np.bincount(cell, minlength=side * side)))


@lru_cache(maxsize=64)
def _expected(r: float, n: int, side: int) -> int:
    """Return how many squares a Gaussian copula enters."""
    z = np.random.default_rng(0).standard_normal((2, n))
    z[1] = r * z[0] + np.sqrt(max(1.0 - r * r, 0.0)) * z[1]
    ranks = z.argsort(axis=1).argsort(axis=1)
    return _entered((ranks[0] + 0.5) / n, (ranks[1] + 0.5) / n, side)


@dataclass(slots=True)
class _Growth:
    """A k-d tree while it grows; `groups` tells for each cell which large part it belongs to."""

    points: Floats
    scale: Floats
    least: int
    large: int
    axes: list[int] = field(default_factory=list)
    cuts: list[float] = field(default_factory=list)
    below: list[list[int]] = field(default_factory=list)
    cells: list[Ints] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)

    def grow(self) -> None:
        """Split until cells have few rows or one point; the nodes come before those below."""
        left: list[tuple[Ints, int, int, int]] = [(np.arange(len(self.points)), -1, 0, -1)]
        while left:
            rows, parent, side, group = left.pop()
            if group < 0 and rows.size <= self.large:
                group = max(self.groups, default=-1) + 1
                group = max([group, *(g + 1 for *_, g in left)])
            cut = self._cut(rows)
            me = len(self.axes) if cut else -1 - len(self.cells)
            if parent >= 0:
                self.below[parent][side] = me
            if cut is None:
                self.cells.append(rows)
                self.groups.append(group)
                continue
            axis, at = cut
            self.axes.append(axis)
            self.cuts.append(at)
            self.below.append([0, 0])
            low = self.points[rows, axis] <= at
            left += [(rows[~low], me, 1, group), (rows[low], me, 0, group)]

    def _cut(self, rows: Ints) -> tuple[int, float] | None:
        """Return the axis and the place of the widest gap in the middle of its rows."""
        if rows.size < 2 * self.least:
            return None
        points = self.points[rows]
        for axis in np.argsort(-np.ptp(points, axis=0) / self.scale).tolist():
            x = np.sort(points[:, axis])
            a = max(self.least, rows.size // 3)
            gaps = np.diff(x)[a - 1 : max(rows.size - a, a)]
            k = a - 1 + int(np.argmax(gaps))
            if x[k + 1] > x[k]:
                return axis, float(0.5 * (x[k] + x[k + 1]))
        return None


def _adding(c: Coordinates, i: int, j: int, record: Rule) -> Coordinates:
    """Add a place with its parts and evidence."""
    rows = np.flatnonzero(known(c.x[:, i], c.x[:, j]))
    points = c.x[rows[:, None], [i, j]]
    spread = np.subtract(*np.quantile(points, [0.75, 0.25], axis=0))
    tree = _Growth(
        points,
        np.where(spread > 0, spread, 1.0),
        max(K_MIN, rows.size // CELLS),
        max(rows.size // GROUPS, 2 * K_MIN),
    )
    tree.grow()
    rank = _ranking(c, rows, tree, (i, j))
    boxes = np.array([_box(points[cell]) for cell in tree.cells])
    below = np.array(tree.below, dtype=np.int64).reshape(-1, 2)
    below = np.where(below < 0, -1 - rank[np.minimum(-1 - below, rank.size - 1)], below)
    at, v = len(c.variables), [c.variables[k] for k in (i, j)]
    rule = PlaceRule(
        i,
        j,
        at,
        at + 1,
        at + 2,
        axes=np.array(tree.axes, dtype=np.int64),
        cuts=np.array(tree.cuts, dtype=np.float64),
        lefts=below[:, 0],
        rights=below[:, 1],
        boxes=boxes[np.argsort(rank)],
        steps=(v[0].step or 0.0, v[1].step or 0.0),
    )
    told = int(rows.size)
    text = f"{v[0].name} and {v[1].name} are a place"
    obey = int(np.count_nonzero(rule.holds(c.x.T)[rows]))
    record = replace(record, formula=record.formula or text, obey=obey, told=told)
    return c.adding(rule, record, _parts(v, len(boxes)))


def _ranking(c: Coordinates, rows: Ints, tree: _Growth, own: tuple[int, int]) -> Ints:
    """Return the rank of each cell: large parts as other variables see them, cells as they lie."""
    groups = np.array(tree.groups)
    count = int(groups.max()) + 1
    order = np.arange(count)
    others = [k for k in c.free if k not in own]
    if others and count >= 3 and groups.min() >= 0:
        group = np.empty(rows.size)
        for cell, g in zip(tree.cells, groups, strict=True):
            group[cell] = g
        some = slice(None, None, -(-rows.size // ROWS))
        x = np.column_stack([group[some], c.x[rows[some, None], others]])
        kinds = [
            "state" if v.kind == "nominal" else v.kind for v in map(c.variables.__getitem__, others)
        ]
        levels = [count, *(c.variables[k].levels for k in others)]
        order = order_levels(x, ["nominal", *kinds], levels)[0]
    place = np.argsort(order)[groups]
    return np.argsort(np.argsort(place, kind="stable"), kind="stable")


def _box(points: Floats) -> list[float]:
    """Return the ends of a box around points, on coarse grids that no row can be read from."""
    ends: list[float] = []
    for x in points.T:
        low, high = float(x.min()), float(x.max())
        if high > low:
            coarse = float(2.0 ** np.floor(np.log2(COARSE * (high - low))))
            low, high = np.floor(low / coarse) * coarse, np.ceil(high / coarse) * coarse
        ends += [float(low), float(high)]
    return ends


def _parts(v: Sequence[Variable], cells: int) -> list[Variable]:
    name = f"{v[0].name}, {v[1].name}"
    column = v[0].column
    return [
        Variable(f"{name} [cell]", column, "discrete", 0, 1.0, 0.0, float(cells - 1)),
        Variable(f"{v[0].name} [in cell]", v[0].column, "continuous", lower=0.0, upper=1.0),
        Variable(f"{v[1].name} [in cell]", v[1].column, "continuous", lower=0.0, upper=1.0),
    ]
