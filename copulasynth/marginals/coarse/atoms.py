"""Values that stand for themselves, and smooth laws between them."""

from dataclasses import replace

import numpy as np

from copulasynth._arrays import Floats, Ints, floats
from copulasynth.marginals._api import Marginal
from copulasynth.marginals.coarse.api import (
    SHARE_DIGITS,
    Asked,
    Coarse,
    coarse_marginal,
    given_to,
    shares_of,
    short,
)
from copulasynth.marginals.coarse.splines import thinned, with_knots, without_few
from copulasynth.marginals.discrete import Discrete
from copulasynth.marginals.empirical import Empirical
from copulasynth.marginals.kernel import Kernel
from copulasynth.marginals.spline import AtomSpline


@coarse_marginal.register
def _(m: Discrete, asked: Asked) -> Coarse:
    few = asked.few(m.probabilities)
    to = given_to(m.probabilities, few)
    values = m.values
    if to[0] < 0:
        if asked.listed or asked.rows < asked.k_min:
            raise ValueError(f"no value of it has {asked.k_min} rows")
        to, values = _pooled(m, asked)
    kept = np.unique(to)
    p = shares_of(floats(np.bincount(to, m.probabilities, len(to))[kept]))
    first = np.searchsorted(to, kept)
    last = np.searchsorted(to, kept, side="right") - 1
    cells = np.column_stack([m.values[first], m.values[last], values[kept]])
    dropped = np.ones(len(to), dtype=bool)
    dropped[kept] = values[kept] != m.values[kept]
    told = int((dropped & (m.probabilities > 0)).sum())
    return Coarse(Discrete(values[kept], p), cells, told, float(m.probabilities[dropped].sum()))


def _pooled(m: Discrete, asked: Asked) -> tuple[Ints, Floats]:
    """Pool neighbouring numbers until each group has enough rows; its value is a middle one's."""
    counts = m.probabilities * asked.rows
    group = np.minimum(np.cumsum(counts) // asked.k_min, max(counts.sum() // asked.k_min - 1, 0))
    # what is full begins anew with the next value
    group = np.r_[0.0, group[:-1]]
    to: Ints = np.asarray(np.searchsorted(group, group), dtype=np.int64)
    sums = np.bincount(to, counts * m.values, len(to)) / np.maximum(
        np.bincount(to, counts, len(to)), 1e-12
    )
    step = float(np.diff(m.values).min(initial=1.0))
    values = m.values.copy()
    heads = np.unique(to)
    values[heads] = m.values[0] + np.round((sums[heads] - m.values[0]) / step) * step
    return to, values


def _kept_atoms(values: Floats) -> Floats:
    return np.column_stack([values, values, values])


@coarse_marginal.register
def _(m: AtomSpline, asked: Asked) -> Coarse:
    rest = max(1.0 - float(m.shares.sum()), 0.0) if m.scores.size else 0.0
    few = asked.few(m.shares)
    if not m.scores.size or asked.few(rest + float(m.shares[few].sum())):
        return _atoms_alone(m, asked)
    if not few.any():
        made = with_knots(m, m.scores, m.knots, asked.rows * rest, asked)
        lower, upper = _bounds(m.lower, m.upper, m.atoms, asked)
        return Coarse(replace(made, lower=lower, upper=upper), _kept_atoms(m.atoms))
    try:
        made, cells = without_few(m, asked)
    except ValueError:
        return _atoms_alone(m, asked)
    return Coarse(made, cells, int(few.sum()), float(m.shares[few].sum()))


def _bounds(lower: float, upper: float, atoms: Floats, asked: Asked) -> tuple[float, float]:
    """Return bounds that are natural, or a value that enough rows have."""
    low = lower if lower in atoms else max(asked.lower, -np.inf)
    high = upper if upper in atoms else min(asked.upper, np.inf)
    return min(low, lower), max(high, upper)


def _atoms_alone(m: AtomSpline | Empirical | Kernel, asked: Asked) -> Coarse:
    """Return the atoms with the shares of all between them, which are of too few rows."""
    lower, upper = m.cell(m.atoms)
    if not m.atoms.size:
        raise ValueError(f"it has values in fewer than {asked.k_min} rows")
    ends = np.r_[0.0, 0.5 * (upper[:-1] + lower[1:]), 1.0]
    found = coarse_marginal(Discrete(m.atoms, np.diff(ends)), asked)
    lost = max(1.0 - float(m.shares.sum()), 0.0)
    return replace(found, dropped=found.dropped + (lost > 0), moved=found.moved + lost)


@coarse_marginal.register(Empirical)
@coarse_marginal.register(Kernel)
def _(m: Empirical | Kernel, asked: Asked) -> Coarse:
    rest = max(1.0 - float(m.shares.sum()), 0.0)
    few = asked.few(m.shares)
    if asked.few(rest + float(m.shares[few].sum())) or not m.levels.size:
        return _atoms_alone(m, asked)
    if few.any() and m.gap:
        raise ValueError(
            f"a {type(m).__name__.lower()} marginal has values of few rows on a grid; "
            "fit it with 'spline' or 'auto'"
        )
    atoms = m.atoms[~few]
    lower, upper = _bounds(m.lower, m.upper, atoms, asked)
    shares, levels = np.round(m.shares[~few], SHARE_DIGITS), np.round(m.levels, SHARE_DIGITS)
    made: Marginal
    if isinstance(m, Empirical):
        room = 1e-4 * float(np.subtract(*np.quantile(m.points, [0.9, 0.1])))
        rows = asked.rows * rest
        levels, points = thinned(levels, _digits(m.points, room), rows, asked.k_min)
        made = Empirical(atoms, shares, levels, points, lower, upper, m.gap)
    else:
        made = replace(m, atoms=atoms, shares=shares, levels=levels, lower=lower, upper=upper)
    return Coarse(made, _kept_atoms(atoms), int(few.sum()), float(m.shares[few].sum()))


def _digits(x: Floats, room: float) -> Floats:
    """Return numbers without the digits that are smaller than `room`."""
    if not room > 0:
        return np.array([short(v) for v in x])
    return np.round(x, -int(np.floor(np.log10(room))))
