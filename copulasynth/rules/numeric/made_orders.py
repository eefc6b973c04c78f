"""Orders with columns that a rule makes: no gap can be modelled there, so rows are drawn again."""

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

from copulasynth._arrays import Bools, Floats
from copulasynth.rules.api import Coordinates, sorted_rules
from copulasynth.rules.numeric.evident import LEAST, evident_orders, reduced
from copulasynth.rules.numeric.order import OrderRule
from copulasynth.rules.numeric.orders import Scales, is_number, order_of, scaled, written
from copulasynth.rules.numeric.trial import thinned
from copulasynth.schema.records import Rule

__all__ = ["find_made_orders"]

#: Rows of the trial, and rows that they are drawn after.
DRAWN, ROWS = 4000, 5000
#: Share of trial rows that break an order: with fewer the other rules hold it already.
IMPLIED = 0.001
#: Share of the trial rows that must be left when all these orders hold: more cannot be drawn again
#: without moving the laws.
LEFT = 0.75


def find_made_orders(
    c: Coordinates,
    refused: frozenset[tuple[str, frozenset[str]]] = frozenset(),
    scales: Scales | None = None,
) -> Coordinates:
    """Add the orders of made columns that hold in every row and that trial rows break.

    The evidence is that of :func:`find_orders`. What the rules found so far hold by themselves, as
    a part is below the sum of parts, is no rule: a trial draws what nothing makes from a Gaussian
    copula, makes the rest, and counts.
    """
    told, made = scaled(c, scales), c.made
    numbers = [j for j in range(c.own) if is_number(c.variables[j]) and told[j][1] > 0]
    if made.isdisjoint(numbers) or len(numbers) < 2 or len(c.x) < LEAST:
        return c
    x = np.column_stack([told[j][0] + told[j][1] * c.x[:, j] for j in numbers])
    pairs = [(numbers[i], numbers[j]) for i, j in np.argwhere(reduced(evident_orders(x))).tolist()]
    open_ = [p for p in pairs if not made.isdisjoint(p) and frozenset(p) not in _found(c)]
    if not open_:
        return c
    trial = _trial(c)
    least = LEFT * trial.shape[1]
    for low, high in open_:
        names = str(c.variables[low].name), str(c.variables[high].name)
        rule = order_of(c, low, high, told)
        kept = trial[:, rule.holds(trial)]
        if not least <= kept.shape[1] < (1 - IMPLIED) * trial.shape[1]:
            continue
        if ("order", frozenset(names)) not in refused:
            c, trial = c.adding(rule, written(c, rule, Rule("order", names))), kept
    return c


def _found(c: Coordinates) -> set[frozenset[int]]:
    return {frozenset((f.rule.low, f.rule.high)) for f in c.found if isinstance(f.rule, OrderRule)}


def _trial(c: Coordinates) -> Floats:
    """Return rows as a Gaussian copula of the free coordinates would make them, (D, n)."""
    x = np.full((len(c.variables), DRAWN), np.nan)
    free, seen = list(c.free), thinned(c.x, ROWS)
    scores = np.column_stack([_scores(seen[:, j]) for j in free])
    found = np.corrcoef(scores, rowvar=False) if len(free) > 1 else np.ones((1, 1))
    values, axes = np.linalg.eigh(np.where(np.isnan(found), np.eye(len(free)), found))
    root = (axes * np.sqrt(np.maximum(values, 0.0))) @ axes.T
    # a stream of its own for the decision, the same for the same table
    u = ndtr(np.random.default_rng(0).standard_normal((DRAWN, len(free))) @ root)
    for k, j in enumerate(free):
        x[j] = _quantile(seen[:, j], u[:, k])
    for rule in sorted_rules(f.rule for f in c.found):
        rule.make(x)
    return x[:, _kept(c, x)]


def _kept(c: Coordinates, x: Floats) -> Bools:
    """Return the rows that obey what is held by drawing again so far."""
    held = [f.rule.holds(x) for f in c.found if f.rule.rejects]
    kept = np.all(held, axis=0) if held else np.ones(x.shape[1], dtype=bool)
    return np.asarray(kept)


def _scores(x: Floats) -> Floats:
    """Return normal scores, the middle where there is no value."""
    rows = ~np.isnan(x)
    scores = np.zeros(x.shape)
    if rows.any():
        scores[rows] = ndtri((rankdata(x[rows]) - 0.5) / np.count_nonzero(rows))
    return scores


def _quantile(x: Floats, u: Floats) -> Floats:
    ordered = np.sort(x[~np.isnan(x)])
    if not ordered.size:
        return np.full(u.shape, np.nan)
    return np.asarray(ordered[np.minimum((u * ordered.size).astype(np.int64), ordered.size - 1)])
