"""What is known of a row although it is not told: the one unknown term of a sum or product."""

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.model.joint_law import JointLaw
from copulasynth.rules import Derivation, Excepted, Guarded, Linear, Product

__all__ = ["solved"]


def solved(law: JointLaw, x: Floats) -> Floats:
    """Return variables (n, d) in which what identities leave no choice of is filled in.

    Where the target of a sum or product and all its parents but one are known, that one follows;
    it is taken if it lies on the parent's grid and the identity then holds. A parent that may be
    missing is left alone unless it is known to be there.
    """
    x = np.array(x, order="F")
    inner = [r.rule if isinstance(r, Guarded) else r for r in law.rules]
    # a row is taken for no exception, as nearly all are none
    rules = [r.derivation if isinstance(r, Excepted) else r for r in inner]
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
    value = _inverse(rule, x[rows].T, k)
    step = law.following.steps[parent]
    if step > 0.0:
        value = np.round(value / step) * step
    full = x[rows].T.copy()
    full[parent] = value
    fits: Bools = np.isfinite(value) & rule.obeys(full)
    x[rows[fits], parent] = value[fits]
    return bool(fits.any())


def _inverse(rule: Derivation, x: Floats, k: int) -> Floats:
    """Return the values of parent k that make the target, NaN where there are none or many."""
    y, own = x[rule.target], rule.rule
    others = [j for j in range(len(rule.parents)) if j != k]
    parents = x[list(rule.parents)]
    with np.errstate(all="ignore"):
        if isinstance(own, Linear):
            rest = own.constant + own.weights[others] @ parents[others]
            return np.asarray((y - rest) / own.weights[k])
        if isinstance(own, Product):
            rest = own.factor * np.prod(parents[others] ** own.powers[others, None], axis=0)
            value = np.sign(y / rest) * np.abs(y / rest) ** (1 / own.powers[k])
            return np.asarray(np.where(y / rest > 0, value, np.nan))
    return np.full(y.shape, np.nan)
