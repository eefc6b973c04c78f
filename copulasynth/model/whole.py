"""A law whose marginals are those of a whole table, of which it knows a sample."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from copulasynth._arrays import Floats, Ints, on_grid
from copulasynth.model.learn import fit_variable, specs_of
from copulasynth.model.model import Model
from copulasynth.model.provenance import columns_of, recorded
from copulasynth.model.seen import evened
from copulasynth.model.tally import Tallies, Tally
from copulasynth.schema import Variable

__all__ = ["VALUES", "of_all_rows", "rounded_shares", "values_of_counts"]

#: Values of equal probability that stand for a column: its marginal is fitted to them.
VALUES = 1 << 18


def of_all_rows(
    model: Model,
    x: Floats,
    edges: Sequence[Floats | int],
    counts: Tallies,
    marginals: object,
    rng: np.random.Generator,
) -> Model:
    """Return a model whose marginals are fitted to the counts of all rows.

    Parameters
    ----------
    model : Model
        Of a sample of the rows.
    x : (n, D) float64
        The coordinates of the sample.
    edges, counts
        At what all rows were counted, and how often each occurs.
    marginals : str or mapping
        The choice, as :func:`copulasynth.fit` takes it.
    """
    law, variables = model.law, model.coordinates
    specs = specs_of(marginals, model.schema, variables)  # type: ignore[arg-type]
    fitted, rows = [], []
    with recorded() as said:
        streams = rng.spawn(len(law.free))
        for j, at, tally, stream in zip(law.free, edges, counts.each, streams, strict=True):
            v = variables[j]
            column = values_of_counts(v, x[:, j], at, tally)
            one = fit_variable(tally.within(v), column, specs[j], stream)
            fitted.append(one.marginal)
            rows += [{"variable": v.name, **row} for row in one.table]
    known = model.provenance
    made = replace(
        known,
        rows=counts.rows,
        warnings=tuple(dict.fromkeys((*known.warnings, *said))),
        candidates=columns_of(rows),
    )
    return replace(
        model, sampler=evened(replace(law, marginals=tuple(fitted)), rng), provenance=made
    )


def values_of_counts(
    v: Variable, x: Floats, edges: Floats | int, tally: Tally, most: int = VALUES
) -> Floats:
    """Return values, each of the same probability, whose shares are those of all rows.

    Parameters
    ----------
    v : Variable
    x : (n,) float64
        Values of a sample, which stand between the edges.
    edges, tally
        At what all rows were counted, and how often each occurs.
    most : int
        Values at most.
    """
    m = min(most, tally.n)
    if isinstance(edges, int):
        return np.repeat(np.arange(edges, dtype=np.float64), rounded_shares(tally.counts, m))
    # exact at every edge but for the rounding to one in m
    ends = np.rint(np.append(tally.counts, tally.n) * (m / tally.n)).astype(np.int64)
    many = np.diff(ends, prepend=0)
    # values below the first edge, at it, below the second, and so on
    which = np.repeat(np.arange(len(many)), many)
    at = (np.arange(len(which)) - (np.cumsum(many) - many)[which] + 0.5) / many[which]
    column, between = np.empty(len(which)), which % 2 == 0
    column[~between] = edges[which[~between] // 2]
    seen = np.sort(x[~np.isnan(x)])
    column[between] = _between(v, seen, edges, tally, which[between] // 2, at[between])
    column[0], column[-1] = tally.low, tally.high
    return column


def _between(
    v: Variable, seen: Floats, edges: Floats, tally: Tally, gap: Ints, at: Floats
) -> Floats:
    """Return values between edges: those of the sample, or even ones on the grid.

    `gap` is the number of the edge above each, and `at` where it stands between the two.
    """
    starts = np.concatenate([[0], np.searchsorted(seen, edges, side="right")])
    stops = np.concatenate([[0], np.searchsorted(seen, edges[1:], side="left"), [len(seen)]])
    own = stops[: len(starts)] - starts
    low, high = np.append(tally.low, edges)[gap], np.append(edges, tally.high)[gap]
    even = low + at * (high - low)
    if v.step:
        even = np.clip(on_grid(even, v.step), low, high)
    known = own[gap] > 0
    place = starts[gap] + (at * own[gap]).astype(np.int64)
    even[known] = seen[place[known]]
    return np.asarray(even)


def rounded_shares(counts: Ints, m: int) -> Ints:
    """Return whole numbers that add up to m in the shares of counts, one at least for each of them.

    >>> rounded_shares(np.array([2_000_000, 999_999, 1, 0]), 10).tolist()
    [6, 3, 1, 0]
    """
    total = int(counts.sum())
    if total <= m:
        return counts
    exact = counts * (m / total)
    shares = np.maximum(np.floor(exact), counts > 0).astype(np.int64)
    order = np.argsort(shares - exact, kind="stable")
    spare = m - int(shares.sum())
    if spare > 0:
        shares[order[:spare]] += 1
    for _ in range(-spare):
        shares[np.argmax(shares)] -= 1
    return np.asarray(shares)
