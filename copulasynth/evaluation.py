"""Judge a synthetic table by many metrics at once, each beside what real rows would score."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from os import PathLike
from typing import Any, Unpack

import numpy as np
import pandas as pd

from copulasynth import report
from copulasynth._arrays import generator, quiet
from copulasynth._clock import Report, Stage
from copulasynth._masking import K_MIN, check_k_min
from copulasynth._plain import json_text, plain
from copulasynth._progress import Progress, shown
from copulasynth._write import write_text
from copulasynth.errors import ArgumentError, DataError, did_you_mean
from copulasynth.fitting.floor import count_rows, floor_of, told
from copulasynth.metrics.catalogue import CATALOGUE, part_of
from copulasynth.metrics.lakes import LakeOptions, LakeSides, counted, refuse_lakes, sides_of
from copulasynth.metrics.once import judging
from copulasynth.metrics.run import Metrics, Target, is_quick, run_metrics
from copulasynth.metrics.score import Score
from copulasynth.metrics.summary import PARTS, Portrait, portray
from copulasynth.metrics.verdicts import verdict
from copulasynth.model import Model
from copulasynth.privacy.attacks import ATTACKS
from copulasynth.report.console import notebook, show_scores
from copulasynth.report.verdict import Verdict, verdict_of
from copulasynth.rows.reader import TableOrPath, opened
from copulasynth.rows.split import split
from copulasynth.schema import Schema, Tabular

__all__ = ["Evaluation", "evaluate", "evaluate_model", "split", "verdict"]

Rng = int | np.random.Generator | None
_NO_MODEL = "model: expected what fit made (for a table: evaluate(real, synthetic))"
_COLUMNS = ["name", "value", "low", "high", "reference", "ideal", "n", "better", "note"]


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What every metric said about a synthetic table; aggregates only, no rows.

    Attributes
    ----------
    scores : dict of str to Score
        By the name of the metric in the catalogue, in order.
    portrait : Portrait
        Aggregated tables, nothing in them of fewer than `k_min` rows: all that console, JSON,
        report and notebook see of the rows.
    notes : tuple of str
        What the reader must know: no holdout, rows sampled, metrics left out.
    floor : dict of str to Score
        By the same names, what a model of the same kind scores on rows of its own law; only
        `evaluate_model` measures it.
    """

    scores: dict[str, Score]
    portrait: Portrait
    notes: tuple[str, ...]
    floor: dict[str, Score] = field(default_factory=dict)

    @property
    def rows(self) -> dict[str, int]:
        """Rows of the real, synthetic and holdout tables."""
        return self.portrait.rows

    @property
    def table(self) -> pd.DataFrame:
        """One row a score: name, value, low, high, reference, ideal, n, better, note."""
        return pd.DataFrame([score.row() for score in self.scores.values()], columns=_COLUMNS)

    @property
    def verdict(self) -> Verdict:
        """Fidelity, rules, usefulness and privacy, a sentence each, and what to do next."""
        return verdict_of(self.scores, held="holdout" in self.rows)

    @property
    def describe(self) -> pd.DataFrame:
        """Moments and quantiles of the columns of numbers side by side, masked."""
        return self.portrait.describe

    @property
    def histograms(self) -> pd.DataFrame:
        """Shares of the bins, levels and kinds of missing of every column, masked."""
        return self.portrait.histograms

    @property
    def alignment(self) -> pd.DataFrame:
        """What was found and done when the tables were aligned; rare levels are not named."""
        return self.portrait.alignment

    def __getitem__(self, metric: str) -> Score:
        """Return the score of a metric by its name in the catalogue.

        Raises
        ------
        DataError
            With the name that was probably meant.
        """
        if metric not in self.scores:
            titles = {score.name.casefold(): key for key, score in self.scores.items()}
            meant = titles.get(metric.casefold(), metric.casefold())
            raise DataError(f"no score is called {metric!r}; {did_you_mean(meant, self.scores)}")
        return self.scores[metric]

    def __repr__(self) -> str:
        k, n = self.rows["synthetic"], self.rows["real"]
        about = f"Evaluation: {len(self.scores)} scores of {k:,} synthetic against {n:,} real rows"
        return f"<{about}; {self.verdict.short}>"

    def to_data(self) -> dict[str, Any]:
        """Return everything as plain values, not-a-number as None."""
        scores = {
            key: score.row() | {"part": part_of(key), "table": score.table}
            for key, score in self.scores.items()
        }
        described = self.describe
        described.columns = pd.Index([" ".join(pair) for pair in described.columns])
        data = {
            "rows": self.rows,
            "verdict": self.verdict.to_data(),
            "scores": scores,
            "describe": described.rename_axis("column").reset_index(),
            "histograms": self.histograms,
            "alignment": self.alignment,
            "notes": self.notes,
            "floor": {key: score.row() for key, score in self.floor.items()},
        }
        return {key: plain(value) for key, value in data.items()}

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """Return the evaluation as JSON and write it to `path` if given, or raise OutputError."""
        text = json_text(self.to_data())
        if path is not None:
            write_text(path, text)
        return text

    def to_html(self, path: str | PathLike[str]) -> None:
        """Write the evaluation as one standalone HTML report."""
        write_text(path, report.render_html(self))

    def summary(self, console: Any = None) -> None:
        """Print scores beside synthpop's names, and the columns that differ most."""
        show_scores(repr(self)[1:-1], self.scores, self.portrait, self.notes, console)

    def _repr_html_(self) -> str:
        return notebook(repr(self)[1:-1], self.verdict, self.table, self.notes)


def evaluate(
    real: TableOrPath,
    synthetic: TableOrPath,
    *,
    holdout: TableOrPath | None = None,
    metrics: Metrics = None,
    target: Target = None,
    schema: Schema | None = None,
    k_min: int = K_MIN,
    rng: Rng = None,
    progress: Progress = None,
    **lake: Unpack[LakeOptions],
) -> Evaluation:
    """Judge a synthetic table against the real table it was made from.

    Parameters
    ----------
    real : table
        The rows that the synthesizer was trained on; any may be the path of a file. What does not
        fit in memory, as ``"lake/*.parquet"``, is counted in pieces, and sampled for the rest.
    synthetic : table
        Rows of any maker. Most metrics use a random sample of ten for each real row (at least
        20,000, at most 100,000), those that train models as many rows as there are real ones;
        every interval contains that error, and `notes` says so. Whoever has the model has a
        sharper judge in `evaluate_model`.
    holdout : table, optional
        Real rows that the synthesizer never saw, best as many as it saw; see `split`. Without
        it nothing tells learning from copying.
    metrics : str, sequence of names or mapping of name to Metric, optional
        Names from `copulasynth.metrics.catalogue.CATALOGUE`; by default its `DEFAULT`. "quick" is
        its `QUICK`, which trains no model; "membership" :func:`copulasynth.privacy.membership`.
    target : str or sequence of str, optional
        Columns that models trained on either table predict; by default `tstr` chooses.
    schema : Schema, optional
        Decides what each column is; without it the dtypes do. Identifiers are not judged.
    k_min : int
        Least number of real rows behind anything that a report shows.
    rng : int, Generator or None
        The same seed gives the same numbers, for each metric whatever others run.
    progress : callable or bool, optional
        Told when the metrics of a part begin, as in :func:`copulasynth.fit`.
    **lake
        See :class:`copulasynth.metrics.lakes.LakeOptions`.

    Returns
    -------
    Evaluation

    Raises
    ------
    DataError
        If the tables share no column, a table is empty, or a metric or target is unknown.

    Examples
    --------
    >>> g = np.random.default_rng(1)
    >>> real = pd.DataFrame(g.normal(size=(200, 2)), columns=["x", "y"])
    >>> found = evaluate(real, real + 1, metrics=["ks", "spearman"], rng=1)
    >>> found.table.name.tolist(), found["ks"].value > 0.3, found["spearman"].value < 1e-12
    (['KS', 'Spearman'], True, True)
    """
    rng = generator(rng)
    sides = sides_of(real, synthetic, holdout, rng, lake)
    real, synthetic, holdout = (real, synthetic, holdout) if sides is None else sides.samples
    with shown(progress) as begin:
        return _judged(
            opened(real), opened(synthetic), k_min, rng, begin, sides=sides,
            holdout=opened(holdout), metrics=metrics, target=target, schema=schema,
        )  # fmt: skip


def evaluate_model(
    model: Model,
    real: TableOrPath,
    *,
    holdout: TableOrPath | None = None,
    metrics: Metrics = None,
    target: Target = None,
    method: object = None,
    k_min: int = K_MIN,
    rng: Rng = None,
    progress: Progress = None,
) -> Evaluation:
    """Judge a model by two draws of its own, and say how much of the distance is sample size.

    A classifier is trained on one draw and tested on the other (:func:`copulasynth.metrics.c2st`),
    so that fixed totals and other noise that was taken out of one table earn nothing. All other
    metrics judge the first draw. Both have as many rows as `real`.

    A model of the same kind is then fitted to rows drawn from this one, where the truth is within
    its reach, and judged by further rows of it. What it scores is the floor at this number of
    rows: estimation, and no misfit. `Evaluation.floor` has it, `notes` says it in words.

    Parameters
    ----------
    model : Model
        What `copulasynth.fit` or `copulasynth.load` returned.
    real : table, or path of a file
        The rows that the model was fitted to.
    holdout, metrics, target, k_min
        As in `evaluate`. The floor is measured for the classifiers among the metrics.
    method : optional
        What to fit for the floor, as :func:`copulasynth.fit` takes it; by default the copula that
        the model says it was fitted with. False measures no floor.
    rng : int, Generator or None
    progress : callable or bool, optional
        As in `evaluate`.

    Examples
    --------
    >>> import copulasynth as cs
    >>> table = cs.datasets.simulate_telecom(600, rng=1)[["plan", "data_mb", "monthly_charge"]]
    >>> train, holdout = split(table, rng=1)
    >>> model = cs.fit(train, copula="independence", marginals="spline", rng=1)
    >>> found = evaluate_model(model, train, holdout=holdout, metrics=["c2st_forest"], rng=1)
    >>> found["c2st_forest"].value > found.floor["c2st_forest"].high
    True
    """
    rng = generator(rng)
    if not isinstance(model, Model):
        raise ArgumentError(f"{_NO_MODEL}, got {type(model).__name__}")
    draw, judge, under = rng.spawn(3)
    refuse_lakes(real, holdout)
    rows, holdout = opened(real), opened(holdout)
    n = count_rows(rows)
    with shown(progress) as begin:
        begin(Stage("two draws"))
        first, second = (model.sample(n, rng=child) for child in draw.spawn(2))
        found = _judged(
            rows, first, k_min, judge, begin,
            again=second, holdout=holdout, metrics=metrics, target=target, schema=model.schema,
        )  # fmt: skip
        names = [name for name in found.scores if name in CATALOGUE and CATALOGUE[name].draws == 2]
        if method is False or not names:
            return found
        begin(Stage("the floor: a model of rows of this model"))
        held = n if holdout is None else count_rows(holdout)
        floor, notes = floor_of(model, method, (n, held), names, under)
    notes += tuple(map(told, (found.scores[k] for k in floor), floor.values()))
    return replace(found, floor=floor, notes=found.notes + notes)


@quiet
@judging()
def _judged(
    real: Tabular, synthetic: Tabular, k_min: int, rng: np.random.Generator, begin: Report, *,
    metrics: Metrics, target: Target, sides: LakeSides | None = None, **tables: Any,
) -> Evaluation:  # fmt: skip
    """Run the metrics and draw the portrait."""
    check_k_min(k_min)
    run = run_metrics(
        real, synthetic, metrics=metrics, target=target, rng=rng, begin=begin, attacks=ATTACKS,
        **tables,
    )  # fmt: skip
    if sides is not None:
        begin(Stage("counting all rows"))
        run = counted(run, sides, tables["schema"], own=isinstance(metrics, Mapping))
    begin(Stage("portrait"))
    aligned = run.tables
    drawn = portray(
        aligned.real, run.many, holdout=aligned.holdout, notes=aligned.notes, k_min=k_min,
        parts=("columns",) if is_quick(metrics) else PARTS, rng=rng,
    )  # fmt: skip
    rows = {"synthetic": aligned.synthetic.n} if sides is None else sides.counts
    return Evaluation(run.scores, replace(drawn, rows=drawn.rows | rows), run.notes)
