"""The search: candidates fitted to one half of the rows and judged on the other."""

import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np

from copulasynth._arrays import generator
from copulasynth._clock import Report, Stage, pace
from copulasynth.copulas import Blend, Calibrated, Cells, Copula, CopulaKnobs, Independence
from copulasynth.errors import CopulasynthError, DataError, FitWarning
from copulasynth.fitting import plan
from copulasynth.fitting.halves import halves
from copulasynth.fitting.rule import Prefer
from copulasynth.metrics import c2st, dcr_share, k_marginals
from copulasynth.model import JointModel, fit_joint
from copulasynth.model.fit import with_copula
from copulasynth.rows.blocks import Rng
from copulasynth.schema import Schema

__all__ = ["UNFIT", "Seen", "best_of", "look"]

#: What copulas raise where a table is not for them.
UNFIT = (CopulasynthError, ValueError, ArithmeticError)

_NAN = float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What one candidate scored on the held-out half, or why it could not be fitted."""

    name: str
    knobs: CopulaKnobs
    boosting: float = _NAN
    forest: float = _NAN
    noise: float = _NAN
    tv2: float = _NAN
    dcr: float = _NAN
    why: str = ""
    chosen: bool = False
    failed: bool = False

    @property
    def told_apart(self) -> float:
        """Mean AUC of the two judges above chance; smaller is better."""
        return abs(self.boosting - 0.5) / 2 + abs(self.forest - 0.5) / 2

    def set_aside(self, error: Exception) -> "Seen":
        """Return the candidate that could not be fitted."""
        return replace(self, failed=True, why=f"cannot be fitted: {error}")

    def row(self) -> dict[str, str | float | bool | None]:
        """Return a row of the table of what was seen."""
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


def look(
    df: Any,
    schema: Schema,
    marginals: str | Mapping[Any, str],
    rng: int | np.random.Generator | None,
    report: Report,
) -> list[Seen]:
    """Judge candidates on a held-out half, or return the cheapest where there is no choice.

    A candidate that cannot be fitted says why.
    """
    frame = nw.from_native(df, eager_only=True)
    streams = generator(rng).spawn(3)
    n, d = len(frame), len(schema.variables)
    tried = plan.candidates(d)
    # the state and the value of one column are a single column to a judge
    columns = len({v.column for v in schema.variables})
    if why := plan.too_few(n, d if columns > 1 else columns):
        name, made = tried[0]
        report(f"{name}: {why}")
        return [Seen(name, made, why=why)]
    half = min(n // 2, plan.HALF)
    foretold = [s * pace() for s in plan.foretold([made for _, made in tried], half, d)]
    report(f"{len(tried)} candidates for {d} variables, about {sum(foretold):.0f} s in all")
    levelled = [v.levels > 0 for v in schema.variables]
    rows = halves(schema.encode(df), levelled, streams[0].permutation(n), half)
    train, held = (nw.to_native(frame[part.tolist()]) for part in rows)
    # every candidate gets the same seeds, so that their differences are their own
    seeds = [int(s.bit_generator.seed_seq.generate_state(1)[0]) for s in streams[1:]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        bare = fit_joint(
            train, copula=Independence(), marginals=marginals, schema=schema, rng=seeds[0]
        )
    seen: list[Seen] = []
    fitted: dict[CopulaKnobs, Copula] = {}
    try:
        for (name, made), expected in zip(tried, foretold, strict=True):
            report(Stage(f"trying {name}", expected))
            start = time.perf_counter()
            found = _judge(Seen(name, made), _once(made, fitted), bare, train, held, seeds)
            seen.append(found)
            said = found.why if found.failed else f"AUC {found.boosting:.3f}"
            report(f"{name}: {said} ({time.perf_counter() - start:.0f} s)")
    except KeyboardInterrupt:
        if not seen:
            raise
        among = [s.name for s in seen]
        text = f"the search was interrupted; the choice is among {among}"
        warnings.warn(text, FitWarning, stacklevel=3)
    return seen


def _judge(
    candidate: Seen, once: CopulaKnobs, bare: JointModel, train: Any, held: Any, seeds: list[int]
) -> Seen:
    """Give the fitted marginals the candidate's copula, and judge what they draw together."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FitWarning)
            model = with_copula(bare, train, once, rng=seeds[0])
        drawn, again = (model.sample(len(held), rng=seed) for seed in (seeds[1], seeds[0]))
    except UNFIT as e:
        return candidate.set_aside(e)
    boosting, forest = (
        c2st(held, (drawn, again), judge=judge, schema=bare.schema, rng=seeds[1])
        for judge in ("boosting", "forest")
    )
    return replace(
        candidate,
        boosting=boosting.value,
        forest=forest.value,
        noise=(boosting.high - boosting.low) / 4,
        tv2=k_marginals(held, drawn, k=2, schema=bare.schema, rng=seeds[1]).value,
        dcr=dcr_share(train, drawn, holdout=held, schema=bare.schema, rng=seeds[1]).value,
    )


@dataclass(frozen=True, slots=True)
class _Once:
    """Knobs that are fitted to the training half once, however many candidates build on them."""

    knobs: CopulaKnobs
    fitted: dict[CopulaKnobs, Copula]

    def fit(self, cells: Cells, /, *, rng: Rng = None) -> Copula:
        (child,) = generator(rng).spawn(1)
        if self.knobs not in self.fitted:
            self.fitted[self.knobs] = self.knobs.fit(cells, rng=child)
        return self.fitted[self.knobs]


def _once(made: CopulaKnobs, fitted: dict[CopulaKnobs, Copula]) -> CopulaKnobs:
    """Return knobs whose parts are fitted once."""
    if isinstance(made, Calibrated):
        return replace(made, base=_once(made.base, fitted))
    if isinstance(made, Blend):
        return replace(made, parts=tuple(_once(part, fitted) for part in made.parts))
    return _Once(made, fitted)


def best_of(seen: Sequence[Seen], prefer: Prefer) -> Seen:
    """Return the candidate to choose, with the reason.

    Candidates within one standard error of the least told apart count as equally faithful; with
    prefer="privacy" or "speed", within five. Among them decides tv2, the DCR share, or the order of
    the candidates, which is that of their cost (a clock would make the choice unrepeatable).

    Raises
    ------
    DataError
        If none could be fitted: why, for each.
    """
    fit = [s for s in seen if not s.failed]
    if not fit:
        reasons = "; ".join(f"{s.name} {s.why}" for s in seen)
        raise DataError(f"no candidate fits this table. {reasons}")
    if len(seen) == 1:
        return replace(fit[0], chosen=True, why=fit[0].why or "the only one")
    least = min(s.told_apart for s in fit)
    slack = (1 if prefer == "fidelity" else 5) * max(s.noise for s in fit)
    equal = [s for s in fit if s.told_apart <= least + slack]
    within = f"of {len(equal)} within {slack:.3f} of the best AUC"
    if prefer == "privacy":
        best, why = min(equal, key=lambda s: s.dcr), f"lowest DCR share {within}"
    elif prefer == "speed":
        best, why = equal[0], f"quickest {within}"
    else:
        best = min(equal, key=lambda s: (s.tv2, s.told_apart))
        why = f"lowest tv2 of {len(equal)} whose AUC is within {slack:.3f} of the best"
    return replace(best, chosen=True, why=why)
