"""Judge a synthetic table by many metrics at once, each beside what real rows would score."""

import html
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from copulasynth.errors import DataError, OutputError
from copulasynth.metrics._align import Aligned, align
from copulasynth.metrics._plain import plain, records
from copulasynth.metrics._score import Score
from copulasynth.metrics._table import Table
from copulasynth.metrics.catalogue import CATALOGUE, DEFAULT, Metric
from copulasynth.metrics.describe import describe
from copulasynth.metrics.histograms import histograms

__all__ = ["Evaluation", "evaluate", "split", "verdict"]

Rng = int | np.random.Generator | None
_COLUMNS = ["name", "value", "low", "high", "reference", "ideal", "n", "better", "note"]
_MANY = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What every metric said about a synthetic table; aggregates only, no rows.

    Attributes
    ----------
    scores : dict of str to Score
        By the name of the metric in the catalogue, in order.
    rows : dict of str to int
        Rows of the real, synthetic and holdout tables.
    describe, histograms : DataFrame
        Moments and quantiles side by side; shares of shared bins with small cells masked.
    alignment : DataFrame
        What was found and done when the tables were aligned.
    notes : tuple of str
        What the reader must know: no holdout, rows sampled, metrics left out.
    """

    scores: dict[str, Score]
    rows: dict[str, int]
    describe: pd.DataFrame
    histograms: pd.DataFrame
    alignment: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def table(self) -> pd.DataFrame:
        """One row a score: name, value, low, high, reference, ideal, n, better, note."""
        return pd.DataFrame([score.row() for score in self.scores.values()], columns=_COLUMNS)

    def __getitem__(self, metric: str) -> Score:
        """Return the score of a metric by its name in the catalogue."""
        return self.scores[metric]

    def __repr__(self) -> str:
        k, n = self.rows["synthetic"], self.rows["real"]
        return f"<Evaluation: {len(self.scores)} scores of {k:,} synthetic against {n:,} real rows>"

    def to_data(self) -> dict[str, Any]:
        """Return everything as plain values, not-a-number as None."""
        scores = {
            key: {**score.row(), "part": CATALOGUE[key].part if key in CATALOGUE else "own"}
            | {"table": None if score.table is None else records(score.table)}
            for key, score in self.scores.items()
        }
        described = self.describe.copy()
        described.columns = pd.Index([f"{stat} {role}" for stat, role in self.describe.columns])
        return plain(
            {
                "rows": self.rows,
                "scores": scores,
                "describe": records(described.rename_axis("column").reset_index()),
                "histograms": records(self.histograms),
                "alignment": records(self.alignment),
                "notes": list(self.notes),
            }
        )

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """Return the evaluation as JSON and write it to `path` if given.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        text = json.dumps(self.to_data(), indent=1, allow_nan=False) + "\n"
        if path is not None:
            write_text(path, text)
        return text

    def to_html(self, path: str | PathLike[str]) -> None:
        """Write the evaluation as one standalone HTML report."""
        # The report stands above this floor, so it is looked up when asked for.
        write_text(path, import_module("copulasynth.report").render_html(self))

    def summary(self, console: Any = None) -> None:
        """Print the scores as a table, with synthpop's names beside ours.

        Parameters
        ----------
        console : rich.console.Console, optional
        """
        from rich.console import Console
        from rich.table import Table as RichTable

        grid = RichTable(title=repr(self)[1:-1], title_justify="left")
        for name in (
            "part",
            "metric",
            "value",
            "95 % interval",
            "real rows",
            "verdict",
            "synthpop",
        ):
            grid.add_column(name, justify="right" if name == "value" else "left")
        for key, score in self.scores.items():
            metric = CATALOGUE.get(key)
            grid.add_row(
                metric.part if metric else "own",
                score.name,
                f"{score.value:.3g}",
                f"{score.low:.3g} to {score.high:.3g}",
                f"{score.reference:.3g}",
                verdict(score),
                metric.synthpop if metric else "",
            )
        console = console or Console()
        console.print(grid)
        for note in self.notes:
            console.print(f"- {note}", markup=False)

    def _repr_html_(self) -> str:
        table = self.table.drop(columns="note")
        table.insert(1, "verdict", [verdict(score) for score in self.scores.values()])
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        title = html.escape(repr(self)[1:-1])
        return f"<p>{title}</p>{table.to_html(index=False, float_format='%.4g')}<ul>{notes}</ul>"


def evaluate(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    metrics: Sequence[str] | Mapping[str, Metric] | None = None,
    schema: Any = None,
    rng: Rng = None,
) -> Evaluation:
    """Judge a synthetic table against the real table it was made from.

    Parameters
    ----------
    real : table
        The rows that the synthesizer was trained on; pandas, polars or pyarrow.
    synthetic : table
        Rows of any maker. Past 100,000 most metrics use a random sample, those that train
        models as many rows as there are real ones; every interval contains that error, and
        `notes` says so.
    holdout : table, optional
        Real rows that the synthesizer never saw, best as many as it saw; see `split`. Without
        it nothing tells learning from copying.
    metrics : sequence of str or mapping of name to Metric, optional
        Names from `copulasynth.metrics.catalogue.CATALOGUE`; by default its `DEFAULT`.
    schema : Schema, optional
        Decides what each column is; without it the dtypes do.
    rng : int, Generator or None
        The same seed gives the same numbers, for each metric whatever others run.

    Returns
    -------
    Evaluation

    Raises
    ------
    DataError
        If the tables share no column, a table is empty, or a metric is unknown.

    Examples
    --------
    >>> g = np.random.default_rng(1)
    >>> real = pd.DataFrame(g.normal(size=(200, 2)), columns=["x", "y"])
    >>> found = evaluate(real, real + 1, metrics=["ks", "spearman"], rng=1)
    >>> found.table.name.tolist(), found["ks"].value > 0.3, found["spearman"].value < 1e-12
    (['KS', 'Spearman'], True, True)
    """
    base = int(np.random.default_rng(rng).integers(2**63))
    tables = align(real, synthetic, holdout=holdout, schema=schema)
    notes = [] if tables.holdout is not None else [_no_holdout()]
    chosen = _chosen(metrics, tables, notes)
    samples = _samples(tables, base, notes)
    scores = {}
    for name, metric in chosen.items():
        judged = samples[metric.rows]
        child = np.random.default_rng([base, zlib.crc32(name.encode())])
        score = metric.function(
            tables.real, judged, holdout=tables.holdout, rng=child, **metric.settings
        )
        if judged.n < tables.synthetic.n and "sampled" not in score.note:
            score = score.with_note(f"{judged.n} of {tables.synthetic.n} synthetic rows sampled.")
        scores[name] = score
    rows = {"real": tables.real.n, "synthetic": tables.synthetic.n}
    if tables.holdout is not None:
        rows["holdout"] = tables.holdout.n
    shown = describe(tables.real, tables.synthetic, holdout=tables.holdout)
    bins = histograms(tables.real, samples["many"])
    return Evaluation(scores, rows, shown, bins, tables.notes, tuple(notes))


def split(df: Any, rng: Rng = None, *, share: float = 0.5) -> tuple[Any, Any]:
    """Split a table at random into training rows and a holdout, in the library it came in.

    Parameters
    ----------
    df : table
    share : float
        Share of the rows to train on.

    Returns
    -------
    train, holdout : tables
        Rows keep their order (and pandas their index).

    Examples
    --------
    >>> train, holdout = split(pd.DataFrame({"x": range(10)}), rng=1)
    >>> len(train), len(holdout)
    (5, 5)
    """
    if not 0 < share < 1:
        raise DataError(f"share is {share}; it must lie between 0 and 1.")
    frame = nw.from_native(df, eager_only=True)
    n = len(frame)
    if n < 2:
        raise DataError(f"a table of {n} rows cannot be split.")
    order = np.random.default_rng(rng).permutation(n)
    cut = min(max(round(share * n), 1), n - 1)
    train, rest = np.sort(order[:cut]), np.sort(order[cut:])
    return frame[train.tolist()].to_native(), frame[rest.tolist()].to_native()


def verdict(score: Score) -> str:
    """Return 'as real rows' where noise explains the distance to the reference, else 'worse'.

    The noise of the reference is taken to be as large as that of the value. 'better' means
    better than fresh real rows: on a fidelity metric that is a sign of copying.
    """
    if not np.isfinite([score.value, score.reference]).all():
        return "not measured"
    spread = (score.high - score.low) / 2 * np.sqrt(2)
    reference = Score("", score.reference, 0, 0, 0, score.ideal, 0, better=score.better)
    gap = score.distance - reference.distance
    if not np.isfinite(spread) or abs(gap) <= spread + 1e-12:
        return "as real rows"
    return "worse" if gap > 0 else "better"


def write_text(path: str | PathLike[str], text: str) -> None:
    """Write a text file, or raise an OutputError that says why not."""
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def _no_holdout() -> str:
    return (
        "No holdout was given: references are random halves of the real table or exact nulls, "
        "a synthesis that copies its training rows scores like a perfect one on fidelity and "
        "utility, and the DCR share cannot be measured. To have one, split before fitting: "
        "train, holdout = copulasynth.evaluation.split(df, rng=0)."
    )


def _chosen(
    metrics: Sequence[str] | Mapping[str, Metric] | None, tables: Aligned, notes: list[str]
) -> dict[str, Metric]:
    if isinstance(metrics, Mapping):
        return dict(metrics)
    names = DEFAULT if metrics is None else tuple(metrics)
    unknown = [name for name in names if name not in CATALOGUE]
    if unknown:
        raise DataError(f"no metric is called {unknown[0]!r}; there are {list(CATALOGUE)}.")
    chosen = {}
    d = len(tables.real.columns)
    for name in names:
        metric = CATALOGUE[name]
        if metric.needs_holdout and tables.holdout is None:
            notes.append(f"{name}: not run, it needs a holdout.")
        elif metrics is None and d > metric.most_columns:
            notes.append(f"{name}: not run by default for {d} columns; ask for it by name.")
        elif metrics is None and d < 3 and name == "tv3":
            notes.append("tv3: not run, there are fewer than three columns.")
        elif metrics is None and d < 2 and metric.part in ("pairs", "utility"):
            notes.append(f"{name}: not run, there is one column.")
        else:
            chosen[name] = metric
    return chosen


def _samples(tables: Aligned, base: int, notes: list[str]) -> dict[str, Table]:
    """Return the synthetic rows for metrics that take all, many, or as many as are real."""
    rng = np.random.default_rng([base, 1])
    whole = tables.synthetic
    many = whole.sample(_MANY, rng)
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
