"""Rows counted by what an intruder knows of them (keys) and wants to know (a target)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from copulasynth._arrays import Bools, Floats, Ints, floats
from copulasynth.errors import DataError, did_you_mean
from copulasynth.metrics.table import Table

__all__ = ["MEASURES", "KeyCounts", "column_codes", "count_by_keys", "joint_codes"]

#: The measures of `KeyCounts.measures` that are shares of rows, in synthpop's names and order.
MEASURES = (
    ("UiO", "original"),
    ("UiS", "synthetic"),
    ("UiOiS", "original"),
    ("UiSiO", "synthetic"),
    ("repU", "original"),
    ("Dorig", "original"),
    ("Dsyn", "synthetic"),
    ("iS", "original"),
    ("DiS", "original"),
    ("DiSCO", "original"),
    ("DiSDiO", "original"),
    ("baseCAPd", "original"),
    ("CAPd", "original"),
    ("CAPs", "synthetic"),
    ("DCAP", "original"),
    ("TCAP", "keys in synthetic"),
)


def column_codes(tables: Sequence[Table], name: str, groups: int | None = None) -> list[Ints]:
    """Return a code from 0 for every cell of a column, alike in all tables; gaps have their own.

    Parameters
    ----------
    tables : sequence of Table
        Aligned.
    name : str
    groups : int, optional
        Put numbers into at most so many groups, at equal steps of the quantiles of the first two
        tables.
    """
    names = tables[0].names
    if name not in names:
        raise DataError(f"no common column is called {name!r}; {did_you_mean(name, names)}")
    j = names.index(name)
    x = np.concatenate([t.numbers[j] for t in tables])
    state = np.concatenate([t.states[j] for t in tables]).astype(np.int64)
    if groups is not None and tables[0].columns[j].kind == "numeric" and (state == 0).any():
        both = np.concatenate([t.present(j) for t in tables[:2]])
        edges = np.unique(np.quantile(both, np.linspace(0.0, 1.0, groups + 1))) if both.size else x
        x = np.where(state == 0, np.searchsorted(edges[1:-1], x, "right"), np.nan)
    codes, levels = pd.factorize(x, use_na_sentinel=True)
    codes = np.where(state == 0, codes, len(levels) + state - 1)
    return np.split(codes.astype(np.int64), np.cumsum([t.n for t in tables])[:-1])


def joint_codes(columns: Sequence[list[Ints]]) -> list[Ints]:
    """Return one code from 0 a row, equal where rows agree in every given column."""
    sizes = np.cumsum([part.size for part in columns[0]])[:-1]
    key = np.zeros(sum(part.size for part in columns[0]), dtype=np.int64)
    for parts in columns:
        code = np.concatenate(parts)
        # Factorizing again keeps the product of two codes far below 2^63.
        key, _ = pd.factorize(key * (int(code.max(initial=0)) + 1) + code)
    return np.split(key, sizes)


@dataclass(frozen=True, slots=True, eq=False)
class KeyCounts:
    """Counts d_tq of original and s_tq of synthetic rows with target t and keys q.

    Parameters
    ----------
    key : (c,) int64
        Which combination q of keys a cell has, from 0.
    d, s : (c,) int64
    why : (c,) int64
        0 for cells that count; else 1 + the index in `REASONS` of why they do not.
    sizes : tuple of int
        Original and synthetic rows.
    chance : float
        Sum over t of (d_t. / n)^2: how often a guess from the marginal is right.
    limit : int, optional
        Cells of more rows than this do not count: so many alike disclose nobody.
    """

    key: Ints
    d: Ints
    s: Ints
    why: Ints
    sizes: tuple[int, int]
    chance: float
    limit: int | None = None

    def by_key(self, counts: Ints | Floats) -> Floats:
        """Return, for every cell, the sum over the cells with its keys."""
        return floats(np.bincount(self.key, weights=counts))[self.key]

    def _counting(self, counts: Ints) -> Bools:
        within = True if self.limit is None else counts <= self.limit
        return np.asarray((self.why == 0) & within)

    def selections(self) -> dict[str, tuple[Ints, Bools]]:
        """Return the counts of rows and the cells of each measure, before what does not count."""
        d, s, dq, sq = self.d, self.s, self.by_key(self.d), self.by_key(self.s)
        told = (s > 0) & (s == sq)
        every = np.ones(d.size, dtype=np.bool_)
        return {
            "original": (d, every),
            "synthetic": (s, every),
            "Dorig": (d, d == dq),
            "Dsyn": (s, told),
            "iS": (d, sq > 0),
            "DiS": (d, self.by_key(told.astype(np.int64)) > 0),
            "DiSCO": (d, told),
            "DiSDiO": (d, told & (d == dq)),
        }

    def measures(self) -> dict[str, float]:
        """Return every measure as a share; see `disclosure`."""
        n, m = self.sizes
        shares = {
            name: float(
                counts[cells & self._counting(counts)].sum() / (m if counts is self.s else n)
            )
            for name, (counts, cells) in self.selections().items()
        }
        found = self._identities() | shares
        xd, xs = self._kept(self.d), self._kept(self.s)
        pd_, ps = _ratio(xd, self.by_key(xd)), _ratio(xs, self.by_key(xs))
        known = float(xd[self.by_key(xs) > 0].sum())
        caps = {
            "baseCAPd": self.chance,
            "CAPd": float((xd * pd_).sum() / n),
            "CAPs": float((xs * ps).sum() / m),
            "DCAP": float((xd * ps).sum() / n),
            "TCAP": n * shares["DiSCO"] / known if known else np.nan,
        }
        return found | caps | self._denominators()

    def _kept(self, counts: Ints) -> Floats:
        return floats(np.where(self._counting(counts), counts, 0))

    def _identities(self) -> dict[str, float]:
        """Return the shares of rows that are alone with their keys."""
        n, m = self.sizes
        d, s = (np.bincount(self.key, weights=self._kept(x)) for x in (self.d, self.s))
        known, seen = (np.bincount(self.key, weights=x) > 0 for x in (self.d, self.s))
        return {
            "UiO": float((d == 1).sum() / n),
            "UiS": float((s == 1).sum() / m),
            "UiOiS": float(((d == 1) & seen).sum() / n),
            "UiSiO": float(((s == 1) & known).sum() / m),
            "repU": float(((d == 1) & (s == 1)).sum() / n),
        }

    def _denominators(self) -> dict[str, float]:
        """Return how many rows the disclosive cells hold: few alike are a person, many a fact."""
        counts, cells = self.selections()["DiSCO"]
        rows = counts[cells & self._counting(counts) & (counts > 0)]
        return {
            "max_denom": float(rows.max(initial=0)),
            "mean_denom": float(rows.mean()) if rows.size else 0.0,
        }

    def exclusions(self) -> pd.DataFrame:
        """Return, for each measure, how many of its rows do not count and why, and the rest."""
        rows = {}
        for name, (counts, cells) in self.selections().items():
            parts = [int(counts[cells & (self.why == k + 1)].sum()) for k in range(len(REASONS))]
            kept = cells & (self.why == 0)
            left = int(counts[cells & self._counting(counts)].sum())
            rows[name] = [*parts, int(counts[kept].sum()) - left, left]
        return pd.DataFrame.from_dict(
            rows, orient="index", columns=[*REASONS, "over the limit", "remaining"]
        )


#: Why the rows of a cell do not count.
REASONS = ("excluded target", "missing target", "missing in keys")


def _ratio(a: Floats, b: Floats) -> Floats:
    return np.divide(a, b, out=np.zeros_like(a), where=b > 0)


def count_by_keys(
    key: list[Ints], target: list[Ints], why: list[Ints], limit: int | None = None
) -> KeyCounts:
    """Count the rows of an original and a synthetic table by keys and target.

    Parameters
    ----------
    key, target : [(n,), (m,)] int64
        Codes from 0 of the original and the synthetic rows.
    why : [(n,), (m,)] int64
        0 for rows that count, else why they do not; alike for rows of equal key and target.
    limit : int, optional
    """
    n, m = key[0].size, key[1].size
    width = int(max(t.max(initial=0) for t in target)) + 1
    pair = np.concatenate(key) * width + np.concatenate(target)
    cells, first, place = np.unique(pair, return_index=True, return_inverse=True)
    d, s = (np.bincount(part, minlength=cells.size) for part in (place[:n], place[n:]))
    shares = np.bincount(target[0]) / n
    return KeyCounts(
        cells // width, d, s, np.concatenate(why)[first], (n, m), float((shares**2).sum()), limit
    )
