"""What follows for the unknown values of a row from known ones, by the rules alone."""

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints, on_grid, open_unit
from copulasynth.model.joint_law import JointLaw
from copulasynth.model.reach import cell_of, ends
from copulasynth.rules import Derivation, Excepted, FittedRule, Guarded

__all__ = ["distance", "matched", "moved", "narrow_parents", "solved"]

#: Quantiles of a parent among which those are sought that make a known value.
GRID = 4096

#: Most numbers of a grid that are tried one by one.
NUMBERS = 10_000

#: Steps towards the value of a parent that makes a known one.
STEPS = 12

#: Quantiles of a parent of which those are kept that make all its known values.
CANDIDATES = 2**16


def solved(law: JointLaw, x: Floats) -> Floats:
    """Return variables (n, d) in which what identities leave no choice of is filled in.

    Where the target of a sum or product and all its parents but one are known, that one follows;
    it is taken if it lies on the parent's grid and the identity then holds. A parent that may be
    missing is left alone unless it is known to be there.
    """
    x = np.array(x, order="F")
    inner = [r.rule if isinstance(r, Guarded) else r for r in law.rules]
    # a row is taken for no exception, as nearly all are none; of ties that says nothing
    firm = [r for r in inner if not (isinstance(r, Excepted) and r.tie)]
    rules = [r.derivation if isinstance(r, Excepted) else r for r in firm]
    found = True
    while found:
        found = False
        for rule in rules:
            if isinstance(rule, Derivation) and max(*rule.makes, *rule.needs) < law.dim:
                for k in range(len(rule.parents)):
                    found |= _solve(law, x, rule, k)
    return x


def _solve(law: JointLaw, x: Floats, rule: Derivation, k: int) -> bool:
    """Fill in parent k where it alone is unknown, in place; return whether that was anywhere."""
    parent = rule.parents[k]
    others = [j for j in (rule.target, *rule.parents) if j != parent]
    open_ = np.isnan(x[:, parent]) & ~np.isnan(x[:, others]).any(axis=1)
    state = law.following.states[parent]
    if state >= 0:
        open_ &= x[:, state] == 0
    rows = np.flatnonzero(open_)
    if not rows.size:
        return False
    value = rule.inverse(x[rows, rule.target], x[rows].T, k)
    value = on_grid(value, law.following.steps[parent])
    full = x[rows].T.copy()
    full[parent] = value
    fits: Bools = np.isfinite(value) & rule.obeys(full)
    x[rows[fits], parent] = value[fits]
    return bool(fits.any())


def narrow_parents(law: JointLaw, full: Floats, lower: Floats, upper: Floats) -> None:
    """Bound unknown coordinates to which known values lead back by a rule of one parent, in place.

    The bounds are the neighbours, on a grid of the parent's quantiles, of all that make the value:
    never narrower than what makes it, so that the rows that fit keep their law.
    """
    for rule in _lone(law):
        k, made = law.free.index(rule.needs[0]), rule.makes[0]
        open_ = (lower[k] <= 0.0) & (upper[k] >= 1.0)
        rows = np.flatnonzero(open_ & ~np.isnan(full[:, made]))
        if not rows.size:
            continue
        u = (np.arange(GRID) + 0.5) / GRID
        x = np.zeros((len(law.following.steps), GRID))
        x[rule.needs[0]] = law.marginals[k].quantile(u)
        x[rule.needs[0]] = on_grid(x[rule.needs[0]], law.following.steps[rule.needs[0]])
        rule.make(x)
        values, which = np.unique(full[rows, made], return_inverse=True)
        slack = 0.5 * law.following.steps[made]
        ends = np.array([_preimage(x[made], value, slack) for value in values])[which]
        lower[k, rows] = np.where(ends[:, 0] > 0, u[np.maximum(ends[:, 0] - 1, 0)], 0.0)
        upper[k, rows] = np.where(ends[:, 1] < GRID - 1, u[np.minimum(ends[:, 1] + 1, GRID - 1)], 1)
        if law.following.steps[rule.needs[0]] > 0.0:
            near = law.marginals[k].quantile(open_unit(np.stack([lower[k, rows], upper[k, rows]])))
            _to_grid(law, rule, near, full[rows, made], lower[k], upper[k], rows)


def _lone(law: JointLaw) -> list[FittedRule]:
    """Return the rules that make one coordinate of one that is free, without their guards."""
    inner = [r.rule if isinstance(r, Guarded) else r for r in law.rules]
    return [r for r in inner if len(r.needs) == len(r.makes) == 1 and r.needs[0] in law.free]


def matched(
    law: JointLaw, x: Floats, lower: Floats, upper: Floats, rows: Ints, rng: np.random.Generator
) -> None:
    """Fix unknown coordinates to which several known values lead back, in place.

    The month, the weekday and the hour of a time leave a few minutes of the year, of which next
    to no draw is one. Each of these rows, (n, d), gets one of the quantiles that make all three.
    """
    full = law.extended(x[rows])
    u = (np.arange(CANDIDATES) + 0.5) / CANDIDATES
    for parent in {r.needs[0] for r in _lone(law)}:
        rules = [r for r in _lone(law) if r.needs[0] == parent]
        made, k = [r.makes[0] for r in rules], law.free.index(parent)
        known = full[:, made]
        some = np.isnan(full[:, parent]) & ~np.isnan(known).all(axis=1)
        if len(rules) < 2 or not some.any():
            continue
        tried = np.zeros((law.following.size, CANDIDATES))
        tried[parent] = on_grid(law.marginals[k].quantile(u), law.following.steps[parent])
        for rule in rules:
            rule.make(tried)
        slack = 0.5 * law.following.steps[made] * (1 + 1e-9)
        for at in np.flatnonzero(some):
            told = ~np.isnan(known[at])
            away = np.abs(tried[made] - known[at][:, None]) > slack[:, None]
            fits = np.flatnonzero(~away[told].any(axis=0))
            if fits.size:
                value = tried[parent, [rng.choice(fits)]]
                a, b = cell_of(law.marginals[k], value)
                lower[k, rows[at]], upper[k, rows[at]] = a[0], b[0]


def moved(law: JointLaw, full: Floats, x: Floats) -> Floats:
    """Return drawn coordinates (D, n) in which a free parent makes what is known, where one can.

    Of three parts whose sum and first are known, the second stays as it was drawn and the third
    is the rest. Where what is known of a row, (d, n), is not met thereby, the row stays.
    """
    for j in [j for r in law.rules for j in r.makes if j < law.dim]:
        for p in _ancestors(law, j):
            away = distance(law, full, x)
            rows = np.flatnonzero((away > 0.0) & ~np.isnan(x[j]) & np.isnan(x[p]))
            if rows.size:
                near = _led(law, full[:, rows], j, p, x[j, rows])
                fits = distance(law, near, x[:, rows]) < away[rows]
                full[:, rows[fits]] = near[:, fits]
    return full


def _ancestors(law: JointLaw, made: int) -> list[int]:
    """Return the free variables that a made one depends on, numbers with a grid or none."""
    makers = {j: r for r in law.rules for j in r.makes}
    found, left = set[int](), [made]
    while left:
        j = left.pop()
        if j not in found:
            found.add(j)
            left += makers[j].needs if j in makers else ()
    states = set(law.following.states.tolist())
    return sorted(j for j in found if j in law.free and j < law.dim and j not in states)


def _led(law: JointLaw, full: Floats, made: int, parent: int, value: Floats) -> Floats:
    """Return coordinates whose parent is led towards what makes a value, by secants."""
    low, high = ends(law.marginals[law.free.index(parent)])[:2]

    def at(p: Floats) -> Floats:
        tried = full.copy()
        tried[parent] = np.clip(p, low, high)
        return law.derive(tried)

    best, before = full.copy(), full[[parent, made]]
    now = at(before[0] + max(float(np.std(before[0])) / 10, 2 * law.following.steps[parent]))
    for _ in range(STEPS):
        nearer = np.abs(now[made] - value) < np.abs(best[made] - value)
        best[:, nearer] = now[:, nearer]
        with np.errstate(all="ignore"):
            rate = (now[made] - before[1]) / (now[parent] - before[0])
            step = (value - now[made]) / rate
        before = now[[parent, made]]
        now = at(before[0] + np.where(np.isfinite(step), step, 0.0))
    return best


def _to_grid(
    law: JointLaw,
    rule: FittedRule,
    near: Floats,
    values: Floats,
    lower: Floats,
    upper: Floats,
    rows: Ints,
) -> None:
    """Bound a parent on a grid by the numbers of it that make each value, in place.

    Far out a thousand numbers lie between two quantiles, and few draws would be the right one.
    """
    (parent,), (made,) = rule.needs, rule.makes
    step, slack = law.following.steps[parent], 0.5 * law.following.steps[made] * (1 + 1e-9)
    first, count = np.floor(near[0] / step), np.ceil(np.ptp(near, axis=0) / step) + 2
    for at in np.flatnonzero(count <= NUMBERS):
        numbers = (first[at] + np.arange(count[at])) * step
        x = np.zeros((law.following.size, numbers.size))
        x[parent] = numbers
        rule.make(x)
        fits = numbers[np.abs(x[made] - values[at]) <= slack]
        if fits.size:
            a, b = cell_of(law.marginals[law.free.index(parent)], fits[[0, -1]])
            lower[rows[at]], upper[rows[at]] = a[0], b[1]


def _preimage(made: Floats, value: float, slack: float) -> tuple[int, int]:
    """Return the first and the last place where a value is made, or is made most nearly."""
    away = np.abs(made - value)
    at = np.flatnonzero(away <= max(slack, float(away.min())))
    return int(at[0]), int(at[-1])


def distance(law: JointLaw, full: Floats, x: Floats) -> Floats:
    """Return how far variables that rules make are from known ones, in sum over variables."""
    away = np.zeros(full.shape[1])
    made = {j: r for r in law.rules for j in r.makes if j < law.dim}
    for j, rule in made.items():
        slack = 0.5 * law.following.steps[j] * (1 + 1e-9) or 1e-9 * np.abs(np.nan_to_num(x[j]))
        off = np.nan_to_num(np.abs(full[j] - x[j]))
        spread = float(np.std(full[j])) or 1.0
        if isinstance(rule, Derivation):
            # half a step may have been rounded either way
            known = full.copy()
            known[j] = np.where(np.isnan(x[j]), full[j], x[j])
            off[rule.obeys(known)] = 0.0
        away += np.where(off > slack, off / spread, 0.0)
    return away
