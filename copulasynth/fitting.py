"""`copulasynth.fit`: from a name, knobs or the word "auto" to a fitted joint model."""

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import narwhals as nw
import numpy as np

from copulasynth import copulas
from copulasynth.copulas import Cells, Copula, CopulaKnobs, plan
from copulasynth.copulas.names import COPULAS, named
from copulasynth.errors import DataError, FitWarning
from copulasynth.metrics import c2st, dcr_share, k_marginals
from copulasynth.model import Model, fit_joint
from copulasynth.model.fit import specs_of, with_copula
from copulasynth.schema import Schema, Tabular

__all__ = ["COPULAS", "fit", "knobs"]

Prefer = Literal["fidelity", "privacy", "speed"]
Report = Callable[[str], object]

#: Rows of each half that "auto" judges on: the standard error of one C2ST is then about .008.
HALF = 2500

#: Fewer rows than this cannot tell candidates apart.
FEWEST = 200

#: Seconds of processor time from which a fit by name is announced by a warning.
LONG = 300.0

#: Seconds a candidate needs for each variable beside its copula: marginals, and two judges.
BESIDE = 0.25


def knobs(copula: str | CopulaKnobs) -> CopulaKnobs:
    """Return the knobs that a name stands for; knobs stand for themselves."""
    if not isinstance(copula, str):
        return copula
    if copula not in COPULAS:
        raise DataError(f"copula={copula!r} is unknown; choose one of {['auto', *COPULAS]}.")
    return named(copula)


def fit(
    df: Tabular,
    *,
    copula: str | CopulaKnobs = "auto",
    marginals: str | Mapping[Any, str] = "auto",
    schema: Schema | None = None,
    prefer: Prefer = "fidelity",
    proper: bool = False,
    draws: int = 5,
    rng: int | np.random.Generator | None = None,
    progress: Report | None = None,
) -> Model:
    """Fit a joint model to a table.

    Parameters
    ----------
    df : pandas, polars or pyarrow table
        n rows; mixed types and missing values are welcome.
    copula : str or knobs
        ``"independence"``, ``"gaussian"``, ``"student"``, ``"vine"``, ``"tree"``, ``"mixture"``,
        ``"blend"``, each also as ``"tree + calibration"`` and so on, configured knobs such as
        ``Vine(families="parametric", truncation=2)``, or ``"auto"``: several are fitted to one half
        of the rows, judged on the other, and the best is fitted again to all;
        ``model.selection_table`` shows what was seen. Interrupting the search (Ctrl-C) chooses
        among what was seen so far. More than 60 variables are tried with fewer and leaner
        candidates, more than 150 get a Gaussian copula (:mod:`copulasynth.copulas.plan`).
    marginals : str or mapping
        ``"auto"``, ``"parametric"``, ``"empirical"``, the name of a family, or a mapping such as
        ``{"data_mb": "lognormal", "*": "auto"}``.
    schema : Schema, optional
        What the columns are; inferred if not given.
    prefer : {"fidelity", "privacy", "speed"}
        What decides between candidates that "auto" cannot tell apart by fidelity alone.
    proper : bool
        Draw the parameters for proper synthesis; see :func:`copulasynth.model.fit_joint`.
    draws : int
        Number of draws of the parameters under proper synthesis.
    rng : int, numpy.random.Generator or None
        The seed.
    progress : callable, optional
        Called with one line of text before and after each candidate of "auto".

    Returns
    -------
    Model

    Raises
    ------
    DataError
        If the table or an argument cannot be used as it is; the message says what to do.

    Examples
    --------
    >>> from copulasynth.datasets import simulate_telecom
    >>> fit(simulate_telecom(300, rng=1), copula="gaussian", rng=1)
    <Model: GaussianCopula of 23 variables, 22 columns, fitted to 300 rows, holds no training rows>
    """
    if prefer not in ("fidelity", "privacy", "speed"):
        raise DataError(f"prefer={prefer!r} is unknown; choose fidelity, privacy or speed.")
    rest: dict[str, Any] = {"marginals": marginals, "proper": proper, "draws": draws, "rng": rng}
    if copula != "auto":
        made = knobs(copula)
        _foretell(made, df, draws if proper else 1, progress or (lambda _: None))
        return fit_joint(df, copula=made, schema=schema, **rest)
    schema = Schema.infer(df) if schema is None else schema.complete(df)
    specs_of(marginals, schema)
    chosen, seen = _choose(df, schema, marginals, prefer, rng, progress or (lambda _: None))
    model = fit_joint(df, copula=chosen, schema=schema, **rest)
    return replace(model, provenance=replace(model.provenance, selection=seen))


def _foretell(made: CopulaKnobs, df: Tabular, fits: int, report: Report) -> None:
    """Say how long a fit will take, and warn where that is long."""
    n, d = nw.from_native(df, eager_only=True).shape
    seconds = fits * plan.expected_seconds(made, n, d)
    name = type(made).__name__
    report(f"fitting {name} to {n:,} rows of {d} columns, about {max(seconds, 1):.0f} s")
    if seconds > LONG:
        warnings.warn(
            f"fitting {name} to {n:,} rows of {d} columns takes about {seconds:.0f} s of processor "
            "time. A Gaussian copula takes about "
            f"{max(plan.expected_seconds(copulas.Gaussian(), n, d), 1):.0f} s.",
            FitWarning,
            stacklevel=3,
        )


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one candidate scored on the held-out half."""

    name: str
    boosting: float
    forest: float
    noise: float
    tv2: float
    dcr: float
    why: str = ""
    chosen: bool = False

    @property
    def told_apart(self) -> float:
        """Mean AUC of the two judges above chance; smaller is better."""
        return abs(self.boosting - 0.5) / 2 + abs(self.forest - 0.5) / 2

    def row(self) -> dict[str, str | float | bool | None]:
        return {
            "candidate": self.name,
            "C2ST boosting": self.boosting,
            "C2ST forest": self.forest,
            "noise": self.noise,
            "tv2": self.tv2,
            "DCR share": self.dcr,
            "chosen": self.chosen,
            "why": self.why,
        }


def _choose(
    df: Tabular,
    schema: Schema,
    marginals: str | Mapping[Any, str],
    prefer: Prefer,
    rng: int | np.random.Generator | None,
    report: Report,
) -> tuple[CopulaKnobs, tuple[dict[str, str | float | bool | None], ...]]:
    """Judge candidates on a held-out half; return the best and what was seen of each."""
    frame = nw.from_native(df, eager_only=True)
    streams = np.random.default_rng(rng).spawn(3)
    n, d = len(frame), len(schema.variables)
    if n < FEWEST or d > plan.WIDEST or d < 2:
        return _only_gaussian(n, d, report)
    order = streams[0].permutation(n)
    half = min(n // 2, HALF)
    tried = [(name, plan.knobs_for(b, c, d)) for name, b, c in plan.candidates(d)]
    foretold = [seconds + BESIDE * d for seconds in _foretold([k for _, k in tried], half, d)]
    report(f"{len(tried)} candidates for {d} variables, about {sum(foretold):.0f} s in all")
    train, held = (nw.to_native(frame[np.sort(order[a : a + half]).tolist()]) for a in (0, half))
    # every candidate gets the same seeds, so that their differences are their own
    seeds = [int(s.bit_generator.seed_seq.generate_state(1)[0]) for s in streams[1:]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        alone = copulas.Independence()
        bare = fit_joint(train, copula=alone, marginals=marginals, schema=schema, rng=seeds[0])
    seen: list[tuple[_Seen, CopulaKnobs]] = []
    fitted: dict[CopulaKnobs, Copula] = {}
    try:
        for (name, made), expected in zip(tried, foretold, strict=True):
            report(f"trying {name}, about {max(expected, 1):.0f} s")
            start = time.perf_counter()
            seen.append((_judge(name, _once(made, fitted), bare, train, held, seeds), made))
            seconds = time.perf_counter() - start
            report(f"{name}: AUC {seen[-1][0].boosting:.3f} ({seconds:.0f} s)")
    except KeyboardInterrupt:
        if not seen:
            raise
        warnings.warn(
            f"the search was interrupted; the choice is among {[s.name for s, _ in seen]}",
            FitWarning,
            stacklevel=3,
        )
    best, why = _best([s for s, _ in seen], prefer)
    rows = tuple((replace(s, chosen=True, why=why) if s.name == best else s).row() for s, _ in seen)
    return next(k for s, k in seen if s.name == best), rows


def _foretold(tried: list[CopulaKnobs], n: int, d: int) -> list[float]:
    """Return about how long each candidate takes, given that shared parts are fitted once."""
    known: set[CopulaKnobs] = set()
    out = []
    for made in tried:
        parts = _parts(made)
        spared = sum(plan.expected_seconds(p, n, d) for p in parts if p in known)
        out.append(plan.expected_seconds(made, n, d) - spared)
        known.update(parts)
    return out


def _parts(made: CopulaKnobs) -> list[CopulaKnobs]:
    """Return the knobs that a candidate is made of."""
    if isinstance(made, copulas.Calibrated):
        return _parts(made.base)
    if isinstance(made, copulas.Blend):
        return [leaf for part in made.parts for leaf in _parts(part)]
    return [made]


@dataclass(frozen=True, slots=True)
class _Once:
    """Knobs that are fitted to the training half once, however many candidates build on them."""

    knobs: CopulaKnobs
    fitted: dict[CopulaKnobs, Copula]

    def fit(self, cells: Cells, /, *, rng: int | np.random.Generator | None = None) -> Copula:
        (child,) = np.random.default_rng(rng).spawn(1)
        if self.knobs not in self.fitted:
            self.fitted[self.knobs] = self.knobs.fit(cells, rng=child)
        return self.fitted[self.knobs]


def _once(made: CopulaKnobs, fitted: dict[CopulaKnobs, Copula]) -> CopulaKnobs:
    """Return knobs whose parts are fitted once."""
    if isinstance(made, copulas.Calibrated):
        return replace(made, base=_once(made.base, fitted))
    if isinstance(made, copulas.Blend):
        return replace(made, parts=tuple(_once(part, fitted) for part in made.parts))
    return _Once(made, fitted)


def _only_gaussian(
    n: int, d: int, report: Report
) -> tuple[CopulaKnobs, tuple[dict[str, str | float | bool | None], ...]]:
    """Return a Gaussian copula, shrunken towards independence, where there is nothing to choose."""
    if n < FEWEST:
        why = f"{n} rows are too few to choose on (fewer than {FEWEST})"
    elif d < 2:
        why = f"{d} variables have no dependence to choose"
    else:
        why = f"{d} variables are too wide to try several (more than {plan.WIDEST})"
    made = copulas.Gaussian()
    report(f"gaussian: {why}; about {max(plan.expected_seconds(made, n, d), 1):.0f} s")
    unseen = float("nan")
    only = _Seen("gaussian", unseen, unseen, unseen, unseen, unseen, why, True)
    return made, (only.row(),)


def _judge(
    name: str, candidate: CopulaKnobs, bare: Model, train: Any, held: Any, seeds: list[int]
) -> _Seen:
    """Give the fitted marginals the candidate's copula, and judge what they draw together."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        model = with_copula(bare, train, candidate, rng=seeds[0])
    drawn = model.sample(len(held), rng=seeds[1])
    scores = [c2st(held, drawn, judge=j, folds=3, rng=seeds[1]) for j in ("boosting", "forest")]
    return _Seen(
        name,
        scores[0].value,
        scores[1].value,
        (scores[0].high - scores[0].low) / 4,
        k_marginals(held, drawn, k=2, rng=seeds[1]).value,
        dcr_share(train, drawn, holdout=held, rng=seeds[1]).value,
    )


def _best(seen: list[_Seen], prefer: Prefer) -> tuple[str, str]:
    """Return the name of the chosen candidate and the reason.

    Candidates within one standard error of the least told apart count as equally faithful; with
    prefer="privacy" or "speed", within five. Among them decides tv2, the DCR share, or the order of
    the candidates, which is that of their cost (a clock would make the choice unrepeatable).
    """
    least = min(s.told_apart for s in seen)
    slack = (1 if prefer == "fidelity" else 5) * max(s.noise for s in seen)
    equal = [s for s in seen if s.told_apart <= least + slack]
    if prefer == "privacy":
        best = min(equal, key=lambda s: s.dcr)
        return best.name, f"lowest DCR share of {len(equal)} within {slack:.3f} of the best AUC"
    if prefer == "speed":
        best = equal[0]
        return best.name, f"quickest of {len(equal)} within {slack:.3f} of the best AUC"
    best = min(equal, key=lambda s: (s.tv2, s.told_apart))
    return best.name, f"lowest tv2 of {len(equal)} whose AUC is within {slack:.3f} of the best"
