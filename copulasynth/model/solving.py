"""What follows for the unknown values of a row from known ones, by the rules alone."""

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints, open_unit
from copulasynth.model.joint_law import JointLaw
from copulasynth.model.reach import cell_of
from copulasynth.rules import Derivation, Excepted, FittedRule, Guarded

__all__ = ["narrow_parents", "solved"]

#: Quantiles of a parent among which those are sought that make a known value.
GRID = 4096

#: Most numbers of a grid that are tried one by one.
NUMBERS = 10_000


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
    step = law.following.steps[parent]
    if step > 0.0:
        value = np.round(value / step) * step
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
    for rule in law.rules:
        if len(rule.needs) != 1 or len(rule.makes) != 1 or rule.needs[0] not in law.free:
            continue
        k, made = law.free.index(rule.needs[0]), rule.makes[0]
        open_ = (lower[k] <= 0.0) & (upper[k] >= 1.0)
        rows = np.flatnonzero(open_ & ~np.isnan(full[:, made]))
        if not rows.size:
            continue
        u = (np.arange(GRID) + 0.5) / GRID
        x = np.zeros((len(law.following.steps), GRID))
        x[rule.needs[0]] = law.marginals[k].quantile(u)
        step = law.following.steps[rule.needs[0]]
        if step > 0.0:
            x[rule.needs[0]] = np.round(x[rule.needs[0]] / step) * step
        rule.make(x)
        values, which = np.unique(full[rows, made], return_inverse=True)
        slack = 0.5 * law.following.steps[made]
        ends = np.array([_preimage(x[made], value, slack) for value in values])[which]
        lower[k, rows] = np.where(ends[:, 0] > 0, u[np.maximum(ends[:, 0] - 1, 0)], 0.0)
        upper[k, rows] = np.where(ends[:, 1] < GRID - 1, u[np.minimum(ends[:, 1] + 1, GRID - 1)], 1)
        if step > 0.0:
            near = law.marginals[k].quantile(open_unit(np.stack([lower[k, rows], upper[k, rows]])))
            _to_grid(law, rule, near, full[rows, made], lower[k], upper[k], rows)


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
