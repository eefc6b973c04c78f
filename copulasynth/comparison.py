"""Compare several synthesizers on one table: split, fit, sample, evaluate, rank."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from copulasynth import report
from copulasynth._arrays import generator
from copulasynth._clock import Stage, Stopwatch
from copulasynth._masking import without_values
from copulasynth._plain import json_text, plain
from copulasynth._progress import Progress, shown
from copulasynth._write import write_text
from copulasynth.errors import ArgumentError, CopulasynthError, DataError
from copulasynth.fitting import fit
from copulasynth.metrics.catalogue import DEFAULT
from copulasynth.metrics.once import judging
from copulasynth.metrics.ranking import rank_methods
from copulasynth.metrics.run import Metrics, Target, check_names, check_targets, run_metrics
from copulasynth.metrics.score import Score
from copulasynth.metrics.summary import Portrait, portray
from copulasynth.metrics.verdicts import marked, verdict
from copulasynth.privacy.attacks import ATTACKS
from copulasynth.report.console import notebook, show_methods
from copulasynth.report.results import COSTS
from copulasynth.report.verdict import Verdict, verdict_of_methods
from copulasynth.rows.blocks import count
from copulasynth.rows.opening import TableOrPath, opened
from copulasynth.rows.split import split
from copulasynth.schema import Schema, check_schema, column_names
from copulasynth.synthesizers.registry import is_foreign, resolve

__all__ = ["Comparison", "compare"]

Rng = int | np.random.Generator | None

_COLUMNS = ["method", "name", "value", "low", "high", "reference", "ideal", "n", "better", "note"]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What every metric said about every method; aggregates only, no rows.

    Attributes
    ----------
    scores : dict of method to dict of metric to Score
    costs : DataFrame
        One row a method: `fit` and `sample` in seconds, `memory` in MB above the start, `holds
        rows` (whether the model keeps training rows; None if it does not say).
    rows : dict of str to int
        Rows of the training half, the holdout and each synthetic table.
    failed : dict of method to str
        Why a method has no scores, without values of the data.
    notes : tuple of str
    portraits : dict of method to Portrait
        Aggregated tables for drawing: all that a report sees of the rows.
    """

    scores: dict[str, dict[str, Score]]
    costs: pd.DataFrame
    rows: dict[str, int]
    failed: dict[str, str]
    notes: tuple[str, ...]
    portraits: dict[str, Portrait] = field(default_factory=dict)

    @property
    def table(self) -> pd.DataFrame:
        """One row a method and score, then its costs, in the columns of `Evaluation.table`."""
        rows = [
            {"method": method, **score.row()}
            for method, found in self.scores.items()
            for score in found.values()
        ]
        n = self.rows["synthetic"]
        for method, cost in self.costs.iterrows():
            rows += [
                {"method": method, "name": name, "value": cost[key], "ideal": 0.0, "n": n}
                | {"better": "down", "note": ""}
                for name, key in COSTS.items()
            ]
        return pd.DataFrame(rows, columns=_COLUMNS)

    @property
    def ranks(self) -> pd.DataFrame:
        """Ranks by metric, methods that noise cannot tell apart tied; see `rank_methods`."""
        return rank_methods(self.scores)

    @property
    def verdict(self) -> Verdict:
        """Which method leads and why; its fidelity, rules, usefulness and privacy."""
        return verdict_of_methods(self)

    def __repr__(self) -> str:
        methods, rows = len(self.scores), self.rows["real"]
        return f"<Comparison: {methods} methods, {rows:,} training rows; {self.verdict.leading}>"

    def to_data(self) -> dict[str, Any]:
        """Return everything as plain values, not-a-number as None."""
        scores = {
            method: {
                key: score.row() | {"verdict": verdict(score), "table": score.table}
                for key, score in found.items()
            }
            for method, found in self.scores.items()
        }
        data = {
            "rows": self.rows,
            "verdict": self.verdict.to_data(),
            "scores": scores,
            "costs": self.costs.rename_axis("method").reset_index(),
            "ranks": self.ranks.rename_axis("method").reset_index(),
            "failed": self.failed,
            "notes": self.notes,
        }
        return {key: plain(value) for key, value in data.items()}

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """Return the comparison as JSON and write it to `path` if given."""
        text = json_text(self.to_data())
        if path is not None:
            write_text(path, text)
        return text

    def to_html(self, path: str | PathLike[str]) -> None:
        """Write the comparison as one standalone HTML report, its leader in detail."""
        write_text(path, report.render_html(self))

    def summary(self, console: Any = None) -> None:
        """Print one row a score: every method's with half the width of its interval, and a sign.

        Parameters
        ----------
        console : rich.console.Console, optional
        """
        show_methods(repr(self)[1:-1], self, console)

    def _repr_html_(self) -> str:
        marks = {
            method: {s.name: marked(s, f"{s.value:.4g}") for s in found.values()}
            for method, found in self.scores.items()
        }
        wide = pd.DataFrame(marks).rename_axis("metric").reset_index()
        return notebook(repr(self)[1:-1], self.verdict, wide, self.notes)


def compare(
    real: TableOrPath,
    methods: Sequence[Any] | Mapping[str, Any] = ("gaussian", "cart", "smote", "independent"),
    *,
    n: int | None = None,
    metrics: Metrics = None,
    target: Target = None,
    schema: Schema | None = None,
    rng: Rng = None,
    progress: Progress = None,
) -> Comparison:
    """Split a table, fit every method to one half, and judge each by the other.

    Every method draws twice: classifiers are trained on one draw and tested on the other, all
    other metrics judge the first.

    Parameters
    ----------
    real : table, or path of a file
    methods : sequence or mapping of name to method
        Whatever `copulasynth.fit` takes: names of methods, configured knobs, or any object with
        ``fit`` and ``sample``.
    n : int, optional
        Synthetic rows of each method; by default as many as there are training rows.
    metrics, target : optional
        As in `copulasynth.evaluation.evaluate`; by default "membership" too.
    schema : Schema, optional
        Decides what each column is, when methods that take a schema are fitted and when tables are
        compared.
    rng : int, Generator or None
        One seed: the split, and a stream of its own for each method by its place.
    progress : callable or bool, optional
        Told when a method begins and when it is judged, as in :func:`copulasynth.fit`.

    Returns
    -------
    Comparison
        A method that raises a `CopulasynthError`, or runs code of another package that raises
        anything, is listed in `failed`; the others go on.

    Raises
    ------
    DataError
        If a method is unknown, named twice, or no method is given.
    """
    rng = generator(rng)
    named = _named(methods)
    check_schema(schema)
    if n is not None:
        count(n, least=1)
    table = opened(real)
    columns = list(map(str, column_names(table)))
    check_names(metrics, target, columns, ATTACKS)
    schema = None if schema is None else schema.complete(table)
    if target is not None:
        check_targets(target, schema or Schema.infer(table, refused="drop"))
    train, holdout = split(table, rng)
    judge_seed = int(rng.integers(2**63))
    scores: dict[str, dict[str, Score]] = {}
    costs: dict[str, dict[str, Any]] = {}
    failed: dict[str, str] = {}
    notes: dict[str, None] = {}
    portraits: dict[str, Portrait] = {}
    size = len(train) if n is None else n
    # what is learnt from the real rows alone serves for all methods
    with shown(progress) as begin, judging():
        for (name, method), child in zip(named.items(), rng.spawn(len(named)), strict=True):
            try:
                begin(Stage(f"{name}: fit and draws"))
                (synthetic, again), cost = _run(method, train, size, schema, child)
                begin(Stage(f"{name}: metrics"))
                run = run_metrics(
                    train, synthetic, again=again, holdout=holdout,
                    metrics=metrics, target=target, schema=schema, rng=judge_seed,
                    attacks=ATTACKS, default=(*DEFAULT, *ATTACKS), parted=True,
                )  # fmt: skip
            except CopulasynthError as error:
                # what is shown may not name values; whoever fits alone sees the whole text
                failed[name] = without_values(str(error), columns)
                continue
            scores[name], costs[name] = run.scores, cost
            notes |= dict.fromkeys(run.notes)
            portraits[name] = portray(
                run.tables.real,
                run.many,
                holdout=run.tables.holdout,
                notes=run.tables.notes,
                rng=judge_seed,
            )
    table = pd.DataFrame.from_dict(
        costs, orient="index", columns=["fit", "sample", "memory", "holds rows"]
    )
    rows = {"real": len(train), "holdout": len(holdout), "synthetic": size}
    return Comparison(scores, table, rows, failed, tuple(notes), portraits)


def _named(methods: Sequence[Any] | Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(methods, list | tuple | Mapping):
        methods = (methods,)
    if isinstance(methods, Mapping):
        pairs = [(str(name), method) for name, method in methods.items()]
    else:
        pairs = [(m if isinstance(m, str) else type(m).__name__, m) for m in methods]
    names = [name for name, _ in pairs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"two methods are called {twice!r}: pass a mapping of names to methods.")
    if not pairs:
        raise DataError("no method was given.")
    for _, method in pairs:
        resolve(method)
    return dict(pairs)


def _run(
    method: Any, train: Any, size: int, schema: Schema | None, rng: np.random.Generator
) -> tuple[tuple[Any, Any], dict[str, Any]]:
    """Return two draws of a method, and what the fit and one of them cost."""
    fit_rng, sample_rng, again_rng = rng.spawn(3)
    row, made = resolve(method)
    known = schema if "schema" in row.takes else None
    with _naming_errors(method, made), Stopwatch() as fitting:
        model: Any = fit(train, copula=method, schema=known, rng=fit_rng)
    with _naming_errors(method, made), Stopwatch() as sampling:
        synthetic = model.sample(size, rng=sample_rng)
    with _naming_errors(method, made):
        again = model.sample(size, rng=again_rng)
    memory = max(fitting.peak_mb, sampling.peak_mb)
    holds = getattr(model, "holds_training_rows", None)
    cost = {"fit": fitting.seconds, "sample": sampling.seconds, "memory": memory}
    return (synthetic, again), cost | {"holds rows": holds}


@contextmanager
def _naming_errors(method: object, made: object) -> Iterator[None]:
    """Turn whatever code of another package raises into an error of this one."""
    name = method if isinstance(method, str) else type(method).__name__
    try:
        yield
    except ArgumentError as error:
        # of what another package handed over, which is no table
        raise DataError(f"{name}: {error}") from error
    except CopulasynthError:
        raise
    except Exception as error:
        # what goes wrong in our own methods must be seen as what it is
        if not is_foreign(made):
            raise
        # its words are not ours to check for values of the data
        raise DataError(
            f"{name} raised {type(error).__name__}; fit it by itself to see why"
        ) from error
