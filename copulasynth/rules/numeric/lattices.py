"""Find numbers whose last digits have a law of their own."""

import re
from dataclasses import replace

import numpy as np
import scipy

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth.rules.api import Coordinates
from copulasynth.rules.numeric.gap import orders_of
from copulasynth.rules.numeric.lattice import OTHER, LatticeRule, whole_units
from copulasynth.schema.column import Variable
from copulasynth.schema.level_order import order_levels
from copulasynth.schema.records import Rule

__all__ = ["find_lattices", "fit_lattice"]

#: Distinct values that tell digits, and so many times the modulus that they must range over.
LEAST, PERIODS = 50, 10
#: Gain in log-likelihood, less its price, that is no chance.
GAIN = 20.0
#: A residue is a class if so many values have it, so many times what is expected, and beyond
#: this many standard deviations.
VALUES, TIMES, SIGMAS = 10, 2.0, 5.0
#: Share of the values that frequent residues have beyond what they would have.
EXCESS = 0.05
#: Classes at most.
CLASSES = 24
#: Moduli on which nearly every column fails; any other that is tried shares a divisor with one.
SCREEN = (60, 100)
MODULI = (2, 4, 5, 8, 10, 12, 15, 20, 24, 25, 30, 50, 60, 100, 3600)
TENS = (2, 2.5, 5, 10)
#: Units that numbers without a grid may be multiples of, and the share that must be.
UNITS = tuple(10.0**k for k in range(4, -5, -1))
ON_UNIT, SAME = 0.05, 0.9
#: Rows that make a value an atom, and rows around it that tell how many would be there by chance.
ATOM_ROWS, AROUND, CHANCE = 4, 20, 0.0005
ROWS = 5000

_FORMULA = re.compile(r"mod ([0-9.e+-]+) (?:in|is)")


def find_lattices(
    c: Coordinates, refused: frozenset[tuple[str, frozenset[str]]] = frozenset()
) -> Coordinates:
    """Add the lattices of the last digits that are no chance.

    Every distinct value counts once, so neither atoms nor the skew of a law make a lattice: a
    residue is frequent only if it is so in many periods of the modulus.
    """
    # a ratio of numbers on grids has digits of its own, which say nothing
    ratios = {r.part for r in orders_of(c.rules) if r.ratio}
    for j in (j for j in c.free if j not in ratios):
        v = c.variables[j]
        named = ("lattice", frozenset((str(v.name),))) in refused
        if v.kind in ("continuous", "discrete") and not v.levels and not named:
            values, counts = _values(c, j)
            found = _found(values, v.step)
            if found is not None:
                c = _adding(c, j, found, (values, counts), Rule("lattice", (str(v.name),)))
    return c


def fit_lattice(c: Coordinates, record: Rule) -> Coordinates | None:
    """Add the declared lattice, of the modulus of its formula if it names one."""
    j = c.place(record.columns[0])
    step = c.variables[j].step
    values, counts = _values(c, j)
    found = _found(values, step)
    told = _FORMULA.search(record.formula)
    if told:
        length = float(told[1])
        unit = step or length
        found = _classes(np.round(values / unit), max(round(length / unit), 1), unit)
        if step and found is not None:
            # as they were found, if they were
            gain, residues = _gain(np.round(values / unit), found[1])
            found = (unit, found[1], residues.astype(np.int64)) if gain > GAIN else found
    return None if found is None else _adding(c, j, found, (values, counts), record)


#: A unit, a modulus and the frequent residues.
_Digits = tuple[float, int, Ints]


def _values(c: Coordinates, j: int) -> tuple[Floats, Ints]:
    x = c.x[:, j]
    return np.unique(x[~np.isnan(x)], return_counts=True)


def _found(values: Floats, step: float | None) -> _Digits | None:
    """Return the lattice that gains most, or None."""
    if values.size < LEAST:
        return None
    if step is None:
        return _on_unit(values)
    k = np.round(values / step)
    if not (np.abs(k) < 2**53).all() or not any(_gain(k, m)[0] > GAIN for m in SCREEN):
        return None
    best = max(_moduli(np.ptp(k)), key=lambda m: _gain(k, m)[0], default=0)
    gain, residues = _gain(k, best) if best else (0.0, np.empty(0))
    return (step, best, residues.astype(np.int64)) if gain > GAIN else None


def _moduli(width: float) -> list[int]:
    """Return the moduli to try for values that range over so many units."""
    tens = {round(t * 10.0**e) for e in range(2, 15) for t in TENS}
    return [m for m in sorted({*MODULI, *tens}) if PERIODS * m <= width]


def _gain(k: Floats, m: int) -> tuple[float, Floats]:
    """Return what frequent residues gain in log-likelihood, and which they are."""
    n = k.size
    if np.ptp(k) < PERIODS * m:
        return 0.0, np.empty(0)
    residues, counts = np.unique(np.mod(k, m), return_counts=True)
    even = n / m
    least = max(VALUES, TIMES * even, even + SIGMAS * np.sqrt(even))
    top = np.argsort(-counts)[:CLASSES]
    top = np.sort(top[counts[top] >= least])
    own = counts[top]
    rest, room = n - own.sum(), m - top.size
    if own.sum() - top.size * even < EXCESS * n or (rest and not room):
        return 0.0, np.empty(0)
    gain = float((own * np.log(own / even)).sum())
    if rest:
        gain += float(rest * np.log(rest / (even * room)))
    return gain - (top.size + 1) * float(np.log(n)), residues[top]


def _on_unit(values: Floats) -> _Digits | None:
    """Return the unit of which many of the values without a grid are multiples, or None."""
    on = dict[float, int]()
    for unit in UNITS:
        on[unit] = int(np.count_nonzero(whole_units(values / unit)))
    enough = max(LEAST / 2, ON_UNIT * values.size)
    fine = [u for u in UNITS if on[u] >= enough and np.ptp(values) >= PERIODS * u]
    if not fine or on[fine[-1]] == values.size:
        return None
    unit = next(u for u in fine if on[u] >= SAME * on[fine[-1]])
    return unit, 1, np.zeros(1, dtype=np.int64)


def _classes(k: Floats, m: int, unit: float) -> _Digits | None:
    """Return the frequent residues of a modulus that a person declared, however many they are."""
    residues, counts = np.unique(np.mod(k, m), return_counts=True)
    top = np.sort(np.argsort(-counts)[:CLASSES])
    often = counts[top] >= TIMES * k.size / max(m, 2)
    return (unit, m, residues[top][often].astype(np.int64)) if often.any() else None


def _adding(
    c: Coordinates, j: int, digits: _Digits, shared: tuple[Floats, Ints], record: Rule
) -> Coordinates:
    """Add a lattice with its parts and evidence."""
    unit, m, residues = digits
    v, at = c.variables[j], len(c.variables)
    rule = LatticeRule(
        value=j,
        size=at,
        digits=at + 1,
        unit=unit,
        modulus=m,
        residues=np.append(residues, OTHER) if residues.size < m or not v.step else residues,
        step=v.step or 0.0,
        atoms=np.empty(0),
        lower=v.lower,
        upper=v.upper,
    )
    rule = replace(rule, atoms=_atoms(rule, *shared))
    if np.count_nonzero(rule.rank(c.x[:, j]) >= 0) < VALUES:
        # a list of values, which marginals draw from: no digits are left to have a law
        return c
    rule = replace(rule, residues=rule.residues[_order(c, j, rule)])
    known = ~np.isnan(c.x[:, j])
    ends = ", ".join(f"{r * unit:.12g}" for r in residues)
    named = f"{v.name} mod {m * unit:.12g} " + (
        f"is {ends}" if residues.size == 1 else f"in {ends}"
    )
    record = replace(
        record,
        formula=record.formula or named,
        obey=int(np.count_nonzero(rule.holds(c.x.T) & known)),
        told=int(np.count_nonzero(known)),
    )
    k = rule.residues.size
    size = Variable(f"{v.name} [size]", v.column, "continuous", lower=v.lower, upper=v.upper)
    name = f"{v.name} [digits]"
    return c.adding(
        rule, record, [size, Variable(name, v.column, "nominal", k, 1.0, 0.0, float(k - 1))]
    )


def _atoms(rule: LatticeRule, values: Floats, counts: Ints) -> Floats:
    """Return the values that more rows share than their neighbours of the same class explain."""
    rank = rule.rank(values)
    atom = np.zeros(values.shape, dtype=bool)
    for k, residue in enumerate(rule.residues):
        own = np.flatnonzero(rank == k)
        length = rule.step if residue == OTHER else rule.unit * rule.modulus
        atom[own] = _heaps(values[own], counts[own], length)
    return values[atom]


def _heaps(values: Floats, counts: Ints, length: float) -> Bools:
    """Say which values have more rows than those around it lead to expect, at this distance."""
    shared = counts >= ATOM_ROWS
    if not length or not shared.any():
        return np.asarray(shared)
    total = np.concatenate([[0], np.cumsum(counts)])
    k = np.arange(values.size)
    low = np.maximum(np.searchsorted(total, total[k] - AROUND, side="right") - 1, 0)
    high = np.minimum(np.searchsorted(total, total[k + 1] + AROUND), values.size)
    rows = total[high] - total[low] - counts
    cells = np.maximum((values[high - 1] - values[low]) / length, 1.0)
    often = counts >= 0.005 * total[-1]
    by_chance = scipy.stats.poisson.sf(counts - 1, rows / cells)
    return np.asarray(shared & (often | (by_chance < CHANCE)))


def _order(c: Coordinates, j: int, rule: LatticeRule) -> Ints:
    """Return the classes in the order in which other variables see them."""
    k = rule.residues.size
    others = [i for i in c.free if i != j]
    if k < 3 or not others:
        return np.arange(k)
    rows = np.arange(0, len(c.x), -(-len(c.x) // ROWS))
    rank = rule.rank(c.x[rows, j]).astype(np.float64)
    x = np.column_stack([np.where(rank < 0, np.nan, rank), c.x[rows[:, None], others]])
    kinds = [v.kind if v.kind != "nominal" else "state" for v in (c.variables[i] for i in others)]
    levels = [k, *(c.variables[i].levels for i in others)]
    return order_levels(x, ["nominal", *kinds], levels)[0]
