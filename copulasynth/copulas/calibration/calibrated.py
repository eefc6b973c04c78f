"""Calibration: a copula whose draws are thinned until its pair tables are the observed ones.

The density of the base copula is multiplied by one factor for each cell of selected pairs of
binned variables. Rows are drawn from the base and kept with a probability in proportion to
their factors, so no row is ever drawn twice, and no training row is needed.
"""

import itertools
import math
from dataclasses import dataclass, field, replace

import numpy as np

from copulasynth._arrays import Codes, Floats, Ints, Seed, floats, freeze, frozen, generator, put
from copulasynth._knobs import check, is_real, whole
from copulasynth.copulas.api import (
    Cells,
    Copula,
    CopulaKnobs,
    Scale,
    Summary,
    are_knobs,
    holds_interpreter,
    rough,
)
from copulasynth.copulas.bin_lookup import BinLookups, bin_lookup
from copulasynth.copulas.calibration.bins import Bins, bins_of
from copulasynth.copulas.calibration.denoise import denoise
from copulasynth.copulas.calibration.factor_tables import FactorTables, join_pairs
from copulasynth.copulas.calibration.pair_tables import (
    cell_index,
    layout,
    observed_tables,
    pair_tables,
)
from copulasynth.copulas.calibration.raking import acceptance_rate, rake, scores
from copulasynth.copulas.margins import (
    even,
    even_counts,
    even_density,
    even_scale,
    knots_of,
    uneven_rows,
    unit_draw,
    unmapped,
)
from copulasynth.copulas.rowwise import candidates
from copulasynth.copulas.tree.copula import CHUNK, at_once, binned_rows
from copulasynth.copulas.tree.fit import Tree
from copulasynth.errors import SamplingError

__all__ = ["Calibrated", "CalibratedCopula"]

#: Most draws of the base to which factors are fitted; kept rows that say how margins lie; steps.
POOL, PILOT, STEPS = 100_000, 1 << 16, 64

#: Log factors are whole numbers of these, up to as many: no cell is known better.
CENTI, MOST = 0.01, 100_000


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Choices for calibrating a copula to the pair tables of the data.

    Parameters
    ----------
    base : copula knobs
        What to calibrate.
    edge : float
        How far the singular values of a table's residuals must stand out to be kept, in multiples
        of the largest that noise has on average; larger stays closer to the base.
    ridge : float
        Rows that count beside those of each cell; larger stays closer to the base.
    bins : int
        Equal shares into which continuous variables are cut; levels and atoms keep their own.
    pool : int
        Draws of the base, for each row of the data, to which factors are fitted (at most 100,000
        in all).
    acceptance : float
        Least share of base rows to keep: weights are capped where they would keep fewer.
    pairs : int
        Most pair tables; those that say most against the base come first.
    sweeps : int
        How often every table is fitted at most; fewer times where another hardly helps.

    Examples
    --------
    >>> from copulasynth.copulas.cells import cells_of
    >>> from copulasynth.copulas.independence import Independence
    >>> x = np.random.default_rng(1).multivariate_normal([0, 0], [[1, .7], [.7, 1]], 1000)
    >>> cells = cells_of(x, np.array([False, False]))
    >>> copula = Calibrated(Independence()).fit(cells, rng=2)
    >>> bool(np.corrcoef(copula.draw(2000, np.random.default_rng(3)))[0, 1] > .4)
    True
    """

    base: CopulaKnobs = field(default_factory=Tree)
    edge: float = 0.7
    ridge: float = 1.0
    bins: int = 8
    pool: int = 40
    acceptance: float = 0.4
    pairs: int = 200
    sweeps: int = 15

    def __post_init__(self) -> None:
        check(are_knobs(self.base), self, "base", self.base, "copula knobs such as Tree()")
        whole(self, "bins", self.bins, 1)
        whole(self, "pool", self.pool, 1)
        whole(self, "pairs", self.pairs, 1)
        whole(self, "sweeps", self.sweeps, 1)
        check(
            is_real(self.edge) and self.edge >= 0, self, "edge", self.edge, "a number of at least 0"
        )
        check(
            is_real(self.ridge) and self.ridge > 0, self, "ridge", self.ridge, "a positive number"
        )
        share = self.acceptance
        check(is_real(share) and 0 < share < 1, self, "acceptance", share, "between 0 and 1")

    def fit(self, cells: Cells, /, *, rng: Seed = None) -> "CalibratedCopula":
        """Fit the base copula to the cells of a table, then its factors."""
        rng = generator(rng)
        # margins are made uniform at the end, once
        return self.calibrate(rough(self.base).fit(cells, rng=rng), cells, rng=rng)

    def calibrate(self, base: Copula, cells: Cells, /, *, rng: Seed = None) -> "CalibratedCopula":
        """Fit the factors of a copula that is fitted already."""
        rng = generator(rng)
        bins, draws = bins_of(cells, self.bins), min(self.pool * cells.n, POOL)
        codes = bins.codes(unit_draw(base, draws, rng))
        pairs = np.array(list(itertools.combinations(range(cells.dim), 2)), dtype=np.int64)
        observed, rows = observed_tables(cells, bins, pairs.reshape(-1, 2))
        model = pair_tables(codes, bins.sizes, pairs.reshape(-1, 2))
        target, evidence = denoise(observed, rows, model, draws, self.edge)
        # tables without evidence are held where they are: the factors of others would move them
        target = target.pick(np.sort(np.argsort(-evidence, kind="stable")[: self.pairs]))
        if not evidence.any():
            target = target.pick(np.empty(0, dtype=np.int64))
        index = cell_index(codes, target)
        factors, bound = rake(
            index, target, ridge=self.ridge / cells.n, share=self.acceptance, sweeps=self.sweeps
        )
        kept = acceptance_rate(scores(factors, index, target.start), bound)
        numbers = np.rint(np.clip(factors / CENTI, -MOST, MOST)).astype(np.int64)
        parts = (base, bins, target.pairs, numbers)
        plain = CalibratedCopula(*parts, round(bound, 6), round(kept, 6), unmapped(cells.dim))
        return replace(plain, counts=even_counts(unit_draw(plain, PILOT, rng), STEPS))


@dataclass(frozen=True, slots=True, eq=False)
class CalibratedCopula:
    """A copula tilted to pair tables.

    Attributes
    ----------
    base : Copula
    bins : Bins
        Bins of the base's uniform scale.
    pairs : (p, 2) int64
        Pairs of variables that have a table of factors.
    factors : int64
        Log factors in hundredths, one a cell, tables end to end, the second variable fastest.
    bound : float
        Log weights are capped here; a row is kept with probability exp(weight - bound).
    acceptance : float
        Share of the base's rows that were kept while fitting.
    counts : (d, k) int64
        How many kept rows of a pilot fell into each of k equal steps: mapping rows by their
        distribution function makes the margins uniform again.
    knots : (d, k + 1) float64
        Distribution functions of `counts`.
    """

    base: Copula
    bins: Bins
    pairs: Ints
    factors: Ints
    bound: float
    acceptance: float
    counts: Ints
    knots: Floats = field(init=False, repr=False)
    _lookups: BinLookups = field(init=False, repr=False)
    _tables: FactorTables = field(init=False, repr=False)

    mapped = True

    def __post_init__(self) -> None:
        if not isinstance(self.base, Copula) or not isinstance(self.bins, Bins):
            raise TypeError("base must be a copula and bins must be Bins")
        pairs = frozen(np.asarray(self.pairs, dtype=np.int64).reshape(-1, 2))
        put(self, pairs=pairs)
        freeze(self, "factors", "counts")
        d = self.base.dim
        if len(self.bins.edges) != d:
            raise ValueError("bins need one entry a variable of the base")
        if self.bins.sizes.max() > np.iinfo(np.int16).max:
            raise ValueError("a variable has too many bins")
        if pairs.size and (pairs.min() < 0 or pairs.max() >= d):
            raise ValueError("a pair names a variable that is not there")
        if (pairs[:, 0] >= pairs[:, 1]).any() or len(np.unique(pairs, axis=0)) < len(pairs):
            raise ValueError("pairs must rise, and each may be there once")
        sizes = self.bins.sizes
        start = layout(sizes[pairs])
        if self.factors.shape != (start[-1],) or np.abs(self.factors).max(initial=0) > MOST:
            raise ValueError("factors must be within bounds, one for each cell of each pair")
        tables = [self.factors[a:b] for a, b in itertools.pairwise(start)]
        put(self, _tables=join_pairs(sizes, pairs, tables))
        scales = [self.base.scale(j) for j in range(d)]
        lookups = zip(self.bins.edges, scales, strict=True)
        parts = tuple(bin_lookup(k.from_unit(e), k.lo, k.hi, np.int16) for e, k in lookups)
        put(self, _lookups=BinLookups(parts))
        if not (np.isfinite(self.bound) and 0 < self.acceptance <= 1):
            raise ValueError("bound must be finite and acceptance must lie in (0, 1]")
        put(self, knots=knots_of(self.counts, d))

    @property
    def dim(self) -> int:
        return self.base.dim

    @property
    def log_factors(self) -> Floats:
        """The factors as natural logarithms."""
        return np.asarray(self.factors * CENTI, dtype=np.float64)

    @property
    def holds_interpreter(self) -> bool:
        return holds_interpreter(self.base)

    def scale(self, j: int, /) -> Scale:
        """Return the scale of `draw`: that of the base, whose rows are kept as they are."""
        return even_scale(self.base.scale(j), self.knots[j])

    def log_weight(self, u: Floats) -> Floats:
        """Return the capped log weight of (d, n) rows of the base's uniform scale."""
        return np.minimum(self._scores(self.bins.codes(u)), self.bound)

    def _scores(self, codes: Codes | Ints) -> Floats:
        """Return the sum of log factors of each column of (d, n) bins, (n,)."""
        return np.asarray(self._tables.scores(codes) * CENTI, dtype=np.float64)

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        """Draw n rows as (dim, n), prefix-stable.

        Raises
        ------
        SamplingError
            If fewer rows are kept than a tenth of what the fit saw.
        """
        out = np.empty((self.dim, n))
        count, chunks, most = 0, 0, at_once(self.base)
        while chunks == 0 or count < n:
            # no chunk keeps more rows than it has, so as many as are left ask for are needed
            many = min(most, max(math.ceil((n - count) / CHUNK), 1))
            x, kept = self._chunk(n - count, [int(rng.integers(2**63)) for _ in range(many)])
            for row, drawn in zip(out, x, strict=True):
                # indices are in range: "clip" only lets NumPy write straight into `out`
                drawn.take(kept, out=row[count : count + len(kept)], mode="clip")
            count, chunks = count + len(kept), chunks + many
            if chunks >= 50 and count < 0.1 * self.acceptance * chunks * CHUNK:
                raise SamplingError(
                    f"calibration kept {count} of {chunks * CHUNK} rows; the fit kept "
                    f"{self.acceptance:.1%}. Fit with a larger ridge."
                )
        return out

    def _chunk(self, n: int, seeds: list[int]) -> tuple[Floats, Ints]:
        """Return the rows of chunks, or their first ones, and which are kept: n at most."""
        likely = math.ceil((n + 5 * math.sqrt(n) + 25) / self.acceptance)
        most = len(seeds) * CHUNK
        x, kept = self._kept(min(likely, most), seeds)
        if likely < most and len(kept) < n:
            x, kept = self._kept(most, seeds)
        return x, kept[:n]

    def _kept(self, m: int, seeds: list[int]) -> tuple[Floats, Ints]:
        """Return the first m rows of chunks, and which are kept."""
        seeds = seeds[: math.ceil(m / CHUNK)]
        sources, coins = zip(*(np.random.default_rng(s).spawn(2) for s in seeds), strict=True)
        x, codes = binned_rows(self.base, self._lookups, m, *sources)
        self._shut(x, codes)
        # an exponential variable exceeds bound - score with probability exp(score - bound)
        chance = np.concatenate([coin.standard_exponential(min(CHUNK, m)) for coin in coins])
        return x, np.flatnonzero(chance[:m] > self.bound - self._scores(codes))

    def _shut(self, x: Floats, codes: Codes | Ints) -> None:
        """Give rows whose gate is shut the bin that says so, in place; x is on the base's scale."""
        for j in self.bins.gated:
            k = self.bins.gate[j]
            ends = np.array([self.bins.gate_low[j], self.bins.gate_high[j]])
            low, high = self.base.scale(k).from_unit(ends)
            self.bins.shut(j, codes, x[k], low, high)

    def candidates(
        self, lower: Floats, upper: Floats, m: int, /, rng: np.random.Generator
    ) -> tuple[Floats, Floats]:
        """Draw m weighted rows inside each box: those of the base, their weights tilted."""
        low, high = uneven_rows(lower.T, self.knots), uneven_rows(upper.T, self.knots)
        u, weight = candidates(self.base, low, high, m, rng)
        d, n, m = u.shape
        tilt = self.log_weight(u.reshape(d, n * m)) - self.bound
        weight = weight + tilt.reshape(n, m) - np.log(self.acceptance)
        for j, k in enumerate(self.knots):
            point = lower[j] == upper[j]
            weight[point] += np.log(even_density(low[j, point], k))[:, None]
            u[j] = even(u[j], k)
        return u, weight

    def logpdf(self, u: Floats, /) -> Floats:
        """Return the log density of each row of (n, d) u."""
        raw = uneven_rows(u, self.knots)
        out = self.base.logpdf(np.ascontiguousarray(raw.T)) + self.log_weight(raw)
        for x, k in zip(raw, self.knots, strict=True):
            out = out + np.log(even_density(x, k))
        return floats(out - (self.bound + np.log(self.acceptance)))

    def summary(self) -> Summary:
        """Return the acceptance rate, what is tilted, and the base."""
        numbers = {"acceptance": float(self.acceptance), "tilted": len(self.pairs)}
        return Summary("calibrated", numbers, base=self.base, tilted=self.pairs)
