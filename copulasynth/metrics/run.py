"""Run chosen metrics on one synthetic table: the same seed gives each the same number."""

import warnings
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from copulasynth._arrays import generator
from copulasynth._clock import Report, Stage, step
from copulasynth._judging import one_thread
from copulasynth.errors import DataError, did_you_mean, no_column
from copulasynth.metrics.alignment import Aligned, align_all
from copulasynth.metrics.catalogue import CATALOGUE, DEFAULT, QUICK, Metric
from copulasynth.metrics.disclosure.overlap import SPLIT, refuse_overlap
from copulasynth.metrics.once import judging
from copulasynth.metrics.score import Score
from copulasynth.metrics.table import Table
from copulasynth.schema import Schema

__all__ = [
    "Judgement",
    "Metrics",
    "Target",
    "check_metrics",
    "check_names",
    "check_targets",
    "known",
    "run_metrics",
]

#: "quick", one name, several names, metrics of one's own, or None for the default.
Metrics = str | Sequence[str] | Mapping[str, Metric] | None
#: A column to predict, several, or None for those that the metrics choose.
Target = str | Sequence[str] | None

# Synthetic rows that most metrics use: ten for each real row, within these limits.
_FEW, _MANY = 20_000, 100_000
_HANDFUL = 4
#: Columns that a note lists.
_TOLD = 5
#: By kinds of columns.
_NOTHING_TO_PREDICT = {
    "identifier": "is an identifier, of which there is nothing to learn",
    "constant": "has one value, so that there is nothing to learn",
    "drop": "is left out",
}
_NO_ATTACKS: Mapping[str, Metric] = {}
_NO_HOLDOUT = (
    "No holdout was given: references are random halves of the real table or exact nulls, "
    "a synthesis that copies its training rows scores like a perfect one on fidelity and "
    "utility, and the DCR share cannot be measured. To have one, split before fitting: "
    f"{SPLIT}."
)


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """Aligned tables, the synthetic rows that most metrics used, the scores, and notes."""

    tables: Aligned
    many: Table
    scores: dict[str, Score]
    notes: tuple[str, ...]


@judging()
@one_thread()
def run_metrics(
    real: Any,
    synthetic: Any,
    *,
    again: Any = None,
    holdout: Any = None,
    metrics: Metrics = None,
    target: Target = None,
    schema: Any = None,
    rng: int | np.random.Generator | None = None,
    begin: Report = str,
    attacks: Mapping[str, Metric] = _NO_ATTACKS,
    default: Sequence[str] = DEFAULT,
    parted: bool = False,
) -> Judgement:
    """Align the tables and run the metrics; see `copulasynth.evaluation.evaluate`.

    Each metric has its own stream of random numbers, derived from the seed and its name.

    Parameters
    ----------
    again : table, optional
        A second draw of the model that made `synthetic`, for metrics that take two.
    target : str or sequence of str, optional
        Columns that the metrics of the part "utility" predict.
    begin : callable
        Told when the metrics of a part begin.
    attacks : mapping of name to Metric
        What may be asked for by name beside the metrics of the catalogue.
    default : sequence of str
        What runs where nothing is asked for.
    parted : bool
        The holdout was parted from the real rows at random, so that it needs no look.
    """
    base = int(generator(rng).integers(2**63))
    made = [synthetic] if again is None else [synthetic, again]
    tables, *more = align_all(real, made, holdout, schema, None)
    notes = [] if tables.holdout is not None else [_NO_HOLDOUT]
    notes += _unlike(tables.notes)
    if tables.holdout is not None and not parted:
        _check_holdout(tables)
    by_name = metrics is not None and not is_quick(metrics)
    chosen = _chosen(default if metrics is None else metrics, tables, notes, by_name, attacks)
    targets = _listed(target)
    _check_targets(targets, tables)
    if targets and not any(metric.part == "utility" for metric in chosen.values()):
        notes.append("target: none of the metrics that were run predicts a column; ask for tstr.")
    samples = _samples(tables, base, notes)
    seconds = [t.synthetic.sample(tables.real.n, np.random.default_rng([base, 2])) for t in more]
    scores = {}
    part = None
    for name, metric in chosen.items():
        if metric.part != part:
            part = metric.part
            begin(Stage(part))
        step(name)
        judged = samples[metric.rows]
        child = np.random.default_rng([base, zlib.crc32(name.encode())])
        made_of = (judged, *seconds) if seconds and metric.draws == 2 else judged
        asked = {"target": targets} if targets and metric.part == "utility" else {}
        settings = {**metric.settings, **asked, "holdout": tables.holdout, "schema": schema}
        try:
            with _few_rows(tables):
                score = metric.function(tables.real, made_of, rng=child, **settings)
        except DataError as error:
            if by_name:
                raise
            notes.append(f"{name}: not run, {error}")
            continue
        if judged.n < tables.synthetic.n and "sampled" not in score.note:
            score = score.with_note(f"{judged.n} of {tables.synthetic.n} synthetic rows sampled.")
        scores[name] = score
    return Judgement(tables, samples["many"], scores, tuple(notes))


def _check_holdout(tables: Aligned) -> None:
    """Refuse a holdout that lacks columns, or has rows that the synthesizer saw."""
    assert tables.holdout is not None
    lacking = tables.notes.column[tables.notes.problem == "only in real and synthetic"].tolist()
    if lacking:
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        raise DataError(
            f"the holdout lacks column {lacking[0]!r}{more}, which the real and the synthetic "
            "table have; give rows of the table that was split."
        )
    refuse_overlap(tables.real, tables.holdout)


def _unlike(notes: pd.DataFrame) -> list[str]:
    """Return in a sentence which columns are not in all tables, or not of one type."""
    lacking = notes.problem.str.match("only in (real|synthetic|holdout|some syntheses)")
    types = notes.problem.str.match("types differ|all values missing")
    told = [f"{row.column!r} {row.problem}" for row in notes[lacking | types].itertuples()]
    if not told:
        return []
    more = f" and {len(told) - _TOLD} more" if len(told) > _TOLD else ""
    return [f"Columns differ between the tables: {'; '.join(told[:_TOLD])}{more}."]


def check_metrics(metrics: Metrics, attacks: Mapping[str, Metric]) -> None:
    """Refuse metrics that do not exist.

    Raises
    ------
    DataError
    """
    if metrics is not None and not isinstance(metrics, Mapping):
        _names(metrics, {**CATALOGUE, **attacks})


def check_names(
    metrics: Metrics, target: Target, columns: Sequence[str], attacks: Mapping[str, Metric]
) -> None:
    """Refuse metrics that do not exist and targets that are no columns, before anything is fitted.

    Raises
    ------
    DataError
    """
    check_metrics(metrics, attacks)
    for name in _listed(target):
        if name not in columns:
            raise DataError(no_column(name, columns, "target"))


def check_targets(target: Target, schema: Schema) -> None:
    """Refuse targets in which there is nothing to predict, before anything is fitted.

    Raises
    ------
    DataError
        If one is an identifier, a constant, or left out.
    """
    kinds = schema.kinds
    for name in _listed(target):
        why = _NOTHING_TO_PREDICT.get(kinds.get(name, ""))
        if why is not None:
            others = [c for c, kind in kinds.items() if kind not in _NOTHING_TO_PREDICT]
            raise DataError(f"target {name!r} {why}; {did_you_mean(name, others)}")


def _names(metrics: str | Sequence[str], metrics_known: Mapping[str, Metric]) -> tuple[str, ...]:
    """Return the names that are asked for, all of them known."""
    asked = _sequence(metrics, "metrics")
    if not asked:
        raise DataError("metrics: none was asked for; None runs the default, 'quick' a few.")
    names = [name for given in asked for name in (QUICK if given == "quick" else (given,))]
    for name in names:
        known(name, metrics_known)
    return tuple(dict.fromkeys(names))


def is_quick(metrics: Metrics) -> bool:
    """Tell whether the quick set was asked for, and nothing beside it."""
    return metrics == "quick" or (isinstance(metrics, list | tuple) and [*metrics] == ["quick"])


def known(name: str, metrics: Mapping[str, Metric] = CATALOGUE) -> None:
    """Refuse a name that no metric has.

    Raises
    ------
    DataError
        With the name that was probably meant.
    """
    if name not in metrics:
        raise DataError(f"no metric is called {name!r}; {did_you_mean(name, ('quick', *metrics))}")


def _listed(target: Target) -> tuple[str, ...]:
    """Return the columns to predict; none where the metrics choose."""
    return () if target is None else _sequence(target, "target")


def _sequence(names: object, what: str) -> tuple[str, ...]:
    """Return one name or several as a tuple."""
    names = (names,) if isinstance(names, str) else names
    if not isinstance(names, list | tuple | set | frozenset | dict):
        raise DataError(f"{what}: expected a name or a list of names, got {names!r}.")
    return tuple(names)


@contextmanager
def _few_rows(tables: Aligned) -> Iterator[None]:
    """Let what a handful of rows cannot show come out as nan, without a word of NumPy's."""
    with warnings.catch_warnings():
        if min(tables.real.n, tables.synthetic.n) < _HANDFUL:
            warnings.simplefilter("ignore", RuntimeWarning)
        yield


def _check_targets(targets: Sequence[str], tables: Aligned) -> None:
    for name in targets:
        if name not in tables.real.names:
            raise DataError(
                f"target {name!r} is no column that both tables have, or it is an identifier; "
                f"{did_you_mean(name, tables.real.names)}"
            )


def _chosen(
    metrics: str | Sequence[str] | Mapping[str, Metric],
    tables: Aligned,
    notes: list[str],
    by_name: bool,
    attacks: Mapping[str, Metric],
) -> dict[str, Metric]:
    if isinstance(metrics, Mapping):
        return dict(metrics)
    every = {**CATALOGUE, **attacks}
    chosen = {}
    d = len(tables.real.columns)
    for name in _names(metrics, every):
        metric = every[name]
        if metric.needs_holdout and tables.holdout is None:
            notes.append(f"{name}: not run, it needs a holdout.")
        elif not by_name and d > metric.most_columns:
            notes.append(f"{name}: not run by default for {d} columns; ask for it by name.")
        elif not by_name and d < 3 and name == "tv3":
            notes.append("tv3: not run, there are fewer than three columns.")
        elif not by_name and d < 2 and metric.part in ("pairs", "utility"):
            notes.append(f"{name}: not run, there is one column.")
        else:
            chosen[name] = metric
    return chosen


def _samples(tables: Aligned, base: int, notes: list[str]) -> dict[str, Table]:
    """Return the synthetic rows for metrics that take all, many, or as many as are real."""
    rng = np.random.default_rng([base, 1])
    whole = tables.synthetic
    many = whole.sample(min(_MANY, max(_FEW, 10 * tables.real.n)), rng)
    equal = many.sample(tables.real.n, rng)
    if many.n < whole.n:
        n = tables.real.n
        wider = np.sqrt((1 / n + 1 / many.n) / (1 / n + 1 / whole.n)) - 1
        notes.append(
            f"Most metrics use {many.n:,} of the {whole.n:,} synthetic rows; with {n:,} real rows "
            f"that makes their standard errors {100 * wider:.1f} % larger. Metrics that train "
            f"models use {equal.n:,}, as many as there are real rows."
        )
    return {"all": whole, "many": many, "equal": equal}
