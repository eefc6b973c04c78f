"""Choosing among candidates on evidence, and saying what the evidence was."""

import warnings
from collections.abc import Collection
from typing import Any

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.errors import DataError, FitWarning
from copulasynth.marginals._api import Marginal
from copulasynth.marginals._candidates import (
    Candidate,
    Problem,
    assess,
    check_fit,
    describe,
    log_score,
)
from copulasynth.marginals.discrete import Discrete
from copulasynth.marginals.gof import anderson_darling, kolmogorov_smirnov, probabilities
from copulasynth.marginals.registry import CHOICES
from copulasynth.marginals.rounded import Rounded
from copulasynth.marginals.spline import AtomSpline, fit_atom_spline

WORK = 5000
SPLIT = 3000
LEVEL = 0.05
TAIL = 3.0
EXTREME = 0.001
COLUMNS = ("loglik", "aic", "bic", "heldout", "ks", "ad", "p_ks", "p_ad", "tail_ratio")
Table = list[dict[str, Any]]
#: Training and test rows, and the spline's log scores of the test rows.
Split = tuple[Floats, Floats, Floats]


def choose(problem: Problem, rng: np.random.Generator) -> tuple[Marginal, Table]:
    """Return the default, or the parametric candidate that the data support as well."""
    if _has_other_atoms(problem):
        return problem.default, [_default_row(problem, "values shared by many rows")]
    if problem.piled:
        return problem.default, [_default_row(problem, "rows pile up on an extreme value")]
    names = problem.families(tried=True)
    scores = _held_out(problem, names, rng)
    candidates, rows = _assessed(problem, names, scores)
    eligible: list[Candidate] = []
    for candidate in candidates:
        gain, error, candidate.row["heldout"] = scores[candidate.family]
        if gain < -error:
            candidate.row["reason"] = f"held-out log score {gain:.3f} (se {error:.3f}) below"
            _statistics(candidate, problem)
        elif candidate.row["tail_ratio"] > TAIL:
            candidate.row["reason"] = "tail explodes"
        else:
            eligible.append(candidate)
    best = _first_accepted(eligible, problem, rng)
    if best is None:
        return problem.default, _tidy([_default_row(problem, "no family fits as well"), *rows])
    best.row["reason"] = "as good held out, not rejected"
    return _chosen(problem, best, _default_row(problem, "", chosen=False), rows)


def choose_briefly(problem: Problem, rng: np.random.Generator) -> Marginal:
    """Return the marginal that `choose` returns; only what decides is computed, and no table."""
    if _has_other_atoms(problem) or problem.piled:
        return problem.default
    names = problem.families(tried=True)
    samples: dict[bool, Split] = {}
    for name in names:
        _sampled(problem, name, samples, rng)
    candidates, _ = _assessed(problem, names, errors=False)
    for candidate in sorted(candidates, key=_bic):
        sample = samples.get(CHOICES[candidate.family].discrete)
        if candidate.row["tail_ratio"] > TAIL or sample is None:
            continue
        score = _score(problem, candidate.family, sample)
        if score is None or score[0] < -score[1] or not _accepted(candidate, problem, rng):
            continue
        law = problem.law(candidate.family, problem.values(candidate.family), errors=True)
        return problem.complete(law)
    return problem.default


def choose_parametric(problem: Problem, rng: np.random.Generator) -> tuple[Marginal, Table]:
    """Return the family of least BIC among those not rejected; warn if all are."""
    candidates, rows = _assessed(problem, problem.families(tried=False))
    credible: list[Candidate] = []
    for candidate in candidates:
        if candidate.row["tail_ratio"] > TAIL:
            candidate.row["reason"] = "tail explodes"
        else:
            credible.append(candidate)
    best = _first_accepted(credible, problem, rng)
    for candidate in candidates:
        if "ks" not in candidate.row:
            _statistics(candidate, problem)
    if not credible:
        _warn(problem, f"no parametric family has a credible tail; {problem.label} is used")
        return problem.default, _tidy([_default_row(problem, "for comparison"), *rows])
    chosen = best or min(credible, key=_bic)
    chosen.row["reason"] = "least BIC among those not rejected"
    if best is None:
        chosen.row["reason"] = "least BIC, although rejected"
        _warn(
            problem,
            f"every parametric family is rejected by the goodness of fit; {chosen.family!r}, of "
            f"least BIC, is used. marginals='auto' would use {problem.label}",
        )
    return _chosen(problem, chosen, _default_row(problem, "for comparison", chosen=False), rows)


def by_name(problem: Problem, name: str, rng: np.random.Generator) -> tuple[Marginal, Table]:
    """Return the family that was asked for, with its fit beside that of the default."""
    values = problem.values(name)
    try:
        candidate = assess(problem, name, _work(values))
        law = problem.law(name, values, errors=True)
    except ValueError as e:
        raise DataError(
            f"variable {problem.name!r}: {e}. Choose another family, or marginals='auto' for "
            f"this column"
        ) from e
    check_fit(candidate, _work(values), rng)
    candidate.row.update(chosen=True, reason="asked for", parameters=describe(law))
    if candidate.row["tail_ratio"] > TAIL:
        _warn(
            problem,
            f"the quantile of {name!r} at 1 - 1/(10 n) is {candidate.row['tail_ratio']:.1f} times "
            f"the sample maximum; it is used because it was asked for",
        )
    first = _default_row(problem, "for comparison", chosen=False)
    return problem.complete(law), _tidy([first, candidate.row])


def _assessed(
    problem: Problem,
    names: list[str],
    possible: Collection[str] | None = None,
    *,
    errors: bool = True,
) -> tuple[list[Candidate], Table]:
    """Return the families that can be fitted, and a row for each name."""
    candidates: list[Candidate] = []
    rows: Table = []
    for name in names:
        if possible is not None and name not in possible:
            rows.append({"candidate": name, "reason": "cannot have these values"})
            continue
        try:
            candidate = assess(problem, name, _work(problem.values(name)), errors=errors)
        except ValueError as e:
            # Some of the rows could be explained, those beside them cannot.
            rows.append({"candidate": name, "reason": str(e)})
            continue
        candidates.append(candidate)
        rows.append(candidate.row)
    return candidates, rows


def _bic(candidate: Candidate) -> float:
    return float(candidate.row["bic"])


def _first_accepted(
    candidates: list[Candidate], problem: Problem, rng: np.random.Generator
) -> Candidate | None:
    """Return the candidate of least BIC that is accepted, and say why no other one is."""
    best: Candidate | None = None
    for candidate in sorted(candidates, key=_bic):
        if best is not None:
            candidate.row["reason"] = f"larger BIC than {best.family}"
        elif _accepted(candidate, problem, rng):
            best = candidate
    return best


def _chosen(
    problem: Problem, best: Candidate, first: dict[str, Any], rows: Table
) -> tuple[Marginal, Table]:
    """Fit the chosen family to all values."""
    law = problem.law(best.family, problem.values(best.family), errors=True)
    best.row.update(chosen=True, parameters=describe(law))
    return problem.complete(law), _tidy([first, *rows])


def _held_out(
    problem: Problem, names: list[str], rng: np.random.Generator
) -> dict[str, tuple[float, float, float]]:
    """Return gain over the spline, its standard error and mean log score, by family."""
    samples: dict[bool, Split] = {}
    found = {}
    for name in names:
        sample = _sampled(problem, name, samples, rng)
        found[name] = None if sample is None else _score(problem, name, sample)
    return {name: score for name, score in found.items() if score is not None}


def _sampled(
    problem: Problem, name: str, samples: dict[bool, Split], rng: np.random.Generator
) -> Split | None:
    """Return the rows that a family is judged by, None where there are none."""
    counts = CHOICES[name].discrete
    try:
        if counts not in samples:
            samples[counts] = _split(problem, problem.values(name), rng)
    except ValueError:
        return None
    return samples[counts]


def _score(problem: Problem, name: str, sample: Split) -> tuple[float, float, float] | None:
    """Return gain over the spline, its standard error and mean log score."""
    train, test, reference = sample
    try:
        law = problem.law(name, train)
    except ValueError:
        return None
    score = log_score(law, test, train, problem.step)
    gain = score - reference
    return float(gain.mean()), float(gain.std() / np.sqrt(gain.size)), float(score.mean())


def _split(problem: Problem, x: Floats, rng: np.random.Generator) -> Split:
    """Return training and test rows, and the spline's log scores of the test rows."""
    x = rng.permutation(x)[:SPLIT]
    cut = max(2 * x.size // 3, 1)
    train, test = x[:cut], x[cut:] if cut < x.size else x
    spline = fit_atom_spline(
        train, step=problem.step, lower=problem.lower, upper=problem.upper, share=0.0025
    )
    law: Marginal = Rounded(spline, problem.step) if problem.step else spline
    return train, test, log_score(law, test, train, problem.step)


def _accepted(candidate: Candidate, problem: Problem, rng: np.random.Generator) -> bool:
    work = _work(problem.values(candidate.family))
    fit = check_fit(candidate, work, rng)
    if not (fit.p_ks > LEVEL and fit.p_ad > LEVEL):
        candidate.row["reason"] = f"rejected (KS p = {fit.p_ks:.2g}, AD p = {fit.p_ad:.2g})"
        return False
    if not _credible_ends(candidate.law, work):
        candidate.row["reason"] = "the largest or smallest value contradicts its tail"
        return False
    try:
        problem.law(candidate.family, problem.values(candidate.family))
    except ValueError as e:
        candidate.row["reason"] = str(e)
        return False
    return True


def _credible_ends(law: Marginal, x: Floats) -> bool:
    """Say whether the extremes of n values are where a law has them, at the level .001 each.

    Under the law, n (1 - F(max)) is about exponential with mean 1: goodness-of-fit tests over the
    whole range do not see that a few rows in a thousand are missing beyond the maximum.
    """
    lower, upper = law.cell(np.array([x.min(), x.max()]))
    beyond = x.size * np.array([lower[0], 1.0 - upper[1]])
    within = x.size * np.array([upper[0], 1.0 - lower[1]])
    return bool((beyond < -np.log(EXTREME)).all() and (within > EXTREME).all())


def _statistics(candidate: Candidate, problem: Problem) -> None:
    work = _work(problem.values(candidate.family))
    u = probabilities(candidate.law, work)
    candidate.row.update(ks=kolmogorov_smirnov(u), ad=anderson_darling(u))


def _work(x: Floats) -> Floats:
    """Return at most 5,000 values, evenly spaced in the order of the rows."""
    return x if x.size <= WORK else x[np.linspace(0, x.size - 1, WORK).astype(np.int64)]


def _has_other_atoms(problem: Problem) -> bool:
    """Say whether values other than zero are atoms of a variable without a grid."""
    if problem.step:
        return False
    default = problem.default
    if isinstance(default, AtomSpline):
        return default.atoms.size > (1 if problem.p else 0)
    return isinstance(default, Discrete)


def _default_row(problem: Problem, reason: str, *, chosen: bool = True) -> dict[str, Any]:
    n, top = problem.x.size, float(problem.x.max())
    far = float(problem.default.quantile(np.array([1.0 - 1.0 / (10.0 * n)]))[0])
    row = {"candidate": problem.label, "chosen": chosen, "reason": reason, "rows": n}
    return {**row, "tail_ratio": far / top if top > 0 else float("nan")}


def _tidy(rows: Table) -> Table:
    """Give every row the same columns."""
    nan = float("nan")
    return [
        {
            "candidate": r["candidate"],
            **{c: float(r.get(c, nan)) for c in COLUMNS},
            # Two digits: with more, the maximum would follow from the ratio and the law.
            "tail_ratio": float(f"{r.get('tail_ratio', nan):.1e}"),
            "parameters": r.get("parameters", ""),
            "rows": r.get("rows", 0),
            "chosen": bool(r.get("chosen", False)),
            "reason": r.get("reason", ""),
        }
        for r in rows
    ]


def _warn(problem: Problem, text: str) -> None:
    warnings.warn(f"variable {problem.name!r}: {text}", FitWarning, stacklevel=4)
