"""What may be fitted to a variable, and the numbers by which candidates are compared."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from copulasynth._arrays import LARGEST, TINY, Floats
from copulasynth.marginals._api import Marginal
from copulasynth.marginals._knots import squeeze
from copulasynth.marginals._tails import pile_ups
from copulasynth.marginals.catalogue import FAMILIES
from copulasynth.marginals.count import COUNTS, Count
from copulasynth.marginals.gof import GofTest
from copulasynth.marginals.hurdle import Hurdle
from copulasynth.marginals.mixture import NormalMixture
from copulasynth.marginals.multiplier import log_likelihoods, multiplier_test
from copulasynth.marginals.parametric import Parametric
from copulasynth.marginals.registry import CHOICES, families
from copulasynth.marginals.rounded import Rounded

#: Half-width, on the asinh scale, of the intervals on which continuous laws are compared.
WIDTH = 0.005


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A variable to fit: its values, and how they were observed.

    `rest` are the values that a continuous family has to explain; where zeros are an atom below
    all other values, they are set aside with their share `p`. `default` is the law without
    parameters that is used where no family fits as well, and `label` its name.
    """

    x: Floats
    rest: Floats
    p: float
    step: float | None
    lower: float
    upper: float
    name: str
    kind: str
    default: Marginal
    label: str

    def families(self, *, tried: bool) -> list[str]:
        """Return the families that may explain the values, or those of them that "auto" tries."""
        counts = self.step == 1 and bool(self.x.min() >= 0)
        if tried and self.kind == "discrete" and not (counts and self.upper == np.inf):
            return []
        return families(discrete=self.kind == "discrete" and counts, tried=tried)

    def law(self, family: str, x: Floats, *, errors: bool = False) -> Marginal:
        """Fit a family to values of the rest (counts: to all values)."""
        choice = CHOICES[family]
        if choice.discrete:
            return choice.fit(x, errors=errors)
        h = 0.5 * (self.step or 0.0)
        lower = h if self.p else self.lower
        if self.step:
            x = squeeze(np.sort(x), np.empty(0), self.step)
            x = lower + np.abs(x - lower) if np.isfinite(lower) else x
        made = choice.fit(x, lower, self.upper + h, errors=errors)
        ends = made.quantile(np.array([TINY, 1.0 - TINY]))
        if not (np.abs(ends) <= LARGEST).all():
            raise ValueError(f"{family!r} has quantiles beyond {LARGEST:g}")
        return Rounded(made, self.step) if self.step else made

    def complete(self, law: Marginal) -> Marginal:
        """Return the law of the variable from the law of its rest."""
        if not self.p or isinstance(law, Count):
            return law
        if isinstance(law, Rounded):
            return Rounded(Hurdle(0.0, self.p, law.base), law.step)
        return Hurdle(0.0, self.p, law)

    @property
    def piled(self) -> bool:
        """Whether rows pile up on an end of the rest: a cap or a floor, which no family has."""
        values, counts = np.unique(self.rest, return_counts=True)
        return any(pile_ups(values, counts, 4, self.step or 0.0))

    def values(self, family: str) -> Floats:
        """Return the values that a family has to explain."""
        return self.x if CHOICES[family].discrete else self.rest


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A family fitted to (at most 5,000 of) the values, with its criteria."""

    family: str
    law: Marginal
    row: dict[str, Any]


def assess(problem: Problem, family: str, work: Floats, *, errors: bool = True) -> Candidate:
    """Fit a family and compute log-likelihood, AIC, BIC and the tail ratio.

    Without `errors` no standard errors are computed.

    Raises
    ------
    ValueError
        If the family cannot be fitted to these values.
    """
    law = problem.law(family, work, errors=errors)
    own = 0.0
    k = n_parameters(law)
    n = float(work.size)
    if problem.p and not CHOICES[family].discrete:
        n = work.size / (1.0 - problem.p)
        own = work.size * np.log1p(-problem.p) + (n - work.size) * np.log(problem.p)
        k += 1
    value = float(log_likelihoods(law, work).sum()) + own
    far = problem.complete(law).quantile(np.array([1.0 - 1.0 / (10.0 * problem.x.size)]))
    top = float(problem.x.max())
    row = {
        "candidate": family,
        "loglik": value,
        "aic": 2.0 * k - 2.0 * value,
        "bic": k * float(np.log(n)) - 2.0 * value,
        "tail_ratio": float(far[0]) / top if top > 0 else float("nan"),
        "parameters": describe(law),
        "rows": work.size,
    }
    return Candidate(family, law, row)


def check_fit(candidate: Candidate, work: Floats, rng: np.random.Generator) -> GofTest:
    """Test a candidate's fit, without refits."""
    fit = multiplier_test(work, candidate.law, rng=rng)
    candidate.row.update(ks=fit.ks, ad=fit.ad, p_ks=fit.p_ks, p_ad=fit.p_ad)
    return fit


def log_score(law: Marginal, x: Floats, train: Floats, step: float | None) -> Floats:
    """Return log probabilities of small intervals around x, (n,): whole cells, on a grid.

    Intervals are as wide as the training values are spread out, whatever their unit is, so that
    scores of seconds, cents and kilometres mean the same.
    """
    low, centre, high = np.quantile(train, [0.25, 0.5, 0.75])
    scale = float(high - low) / 1.35 or float(train.std()) or 1.0
    w = WIDTH * np.hypot(scale, x - centre)
    if step:
        w = step * np.floor(w / step)
    lower, upper = law.cell(x - w)[0], law.cell(x + w)[1]
    return np.log(np.maximum(upper - lower, 0.1 / train.size))


def n_parameters(law: Marginal) -> int:
    """Return the number of free parameters of a parametric law."""
    if isinstance(law, Rounded):
        return n_parameters(law.base)
    if isinstance(law, NormalMixture):
        return len(law.weights) - 1 + sum(n_parameters(c) for c in law.components)
    return len(law.params) if isinstance(law, Parametric | Count) else 0


def describe(law: Marginal) -> str:
    """Return the parameters of a law with their standard errors, as text."""
    if isinstance(law, Rounded):
        return describe(law.base)
    if isinstance(law, NormalMixture):
        parts = zip(law.weights, law.components, strict=True)
        return "; ".join(f"{w:.3g} x ({describe(c)})" for w, c in parts)
    if not isinstance(law, Parametric | Count):
        return ""
    if law.family == "uniform":
        return "from about the least to about the largest value"
    names = FAMILIES[law.family].parameters if isinstance(law, Parametric) else COUNTS[law.family]
    parts3 = zip(names, law.params, law.se, strict=True)
    text = ", ".join(f"{n}={v:.4g} (se {s:.2g})" for n, v, s in parts3)
    if isinstance(law, Parametric) and (law.lower > -np.inf or law.upper < np.inf):
        text += f", truncated to [{law.lower:g}, {law.upper:g}]"
    return text
