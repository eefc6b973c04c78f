"""The gaps of a table, filled several times from draws of the parameters."""

import time
from typing import Any

import numpy as np

from copulasynth._arrays import Bools, Floats, generator
from copulasynth._clock import Report, Stage
from copulasynth._progress import Progress, shown
from copulasynth.errors import DataError, several
from copulasynth.model.api import Sampler
from copulasynth.model.complete import completed
from copulasynth.model.joint_law import JointLaw, law_of
from copulasynth.model.provenance import Provenance
from copulasynth.model.refit import knobs_of, redrawn
from copulasynth.model.strata import Strata, laws_of_rows
from copulasynth.rows.blocks import count
from copulasynth.schema import Schema, Tabular
from copulasynth.schema.partial import Partial, encode_partial, restored

__all__ = ["impute"]


def impute(
    schema: Schema,
    samplers: tuple[Sampler, ...],
    provenance: Provenance,
    method: str,
    df: Tabular,
    m: int,
    rng: Any,
    progress: Progress = None,
) -> tuple[Any, ...]:
    """Fill the gaps of a table m times, and keep what is there.

    Every gap is drawn from the conditional law of its column given all that its row holds, and
    given that there is a value, as :meth:`complete` draws; so gaps are assumed to be *at
    random*: whether a value is missing may depend on the other columns, but not on the value
    itself once these are known. Missing codes such as -8 are answers and stay, and so does a
    gap that a rule demands.

    The parameters are drawn anew for each table: those of a model that was fitted with
    ``proper=True`` are taken one after the other; any other model is fitted again, with its own
    choices, to a bootstrap sample of the rows of `df`. Estimates from the m tables are combined
    by Rubin's rules (``rule="rubin"`` of :func:`copulasynth.inference.combine`).

    Parameters
    ----------
    df : table
        With all columns of the model; the rows that it was fitted to, as a rule.
    m : int
        Number of tables.
    rng : int, numpy.random.Generator or None
    progress : callable or bool, optional
        Told when a table begins, as in :func:`copulasynth.fit`.

    Returns
    -------
    tuple of tables
        With the rows, the index and the types of `df`.

    Raises
    ------
    DataError
        If the method has no joint law, a proper model has fewer draws than m, or `df` does not
        fit the model.
    SamplingError
        If what is known of a row and the rules of the table cannot both hold.

    Examples
    --------
    >>> import copulasynth as cs
    >>> df = cs.datasets.simulate_telecom(300, rng=1)[["age", "income", "plan"]]
    >>> model = cs.fit(df, copula="gaussian", rng=1)
    >>> tables = model.impute(df, m=2, rng=1)
    >>> int(df["income"].isna().sum()) > 0, [int(t["income"].isna().sum()) for t in tables]
    (True, [0, 0])
    """
    for sampler in samplers:
        if not isinstance(sampler, Strata):
            law_of(sampler, method, "impute")
    m, rng = count(m, "m", 1), generator(rng)
    schema.encode(df)  # refuses a table that lacks columns
    given = encode_partial(schema, df)
    if 1 < len(samplers) < m:
        raise DataError(
            f"the model has {len(samplers)} draws of its parameters, {m} are needed. "
            f"Fit with proper=True, draws={m}."
        )
    with shown(progress) as report:
        return _filled(schema, samplers, provenance, df, given, rng.spawn(m), report)


def _filled(
    schema: Schema,
    samplers: tuple[Sampler, ...],
    provenance: Provenance,
    df: Tabular,
    given: Partial,
    streams: list[np.random.Generator],
    report: Report,
) -> tuple[Any, ...]:
    """Return a table a stream whose gaps are filled."""
    tables, seconds = [], float("nan")
    for k, stream in enumerate(streams):
        report(Stage(f"table {k + 1} of {len(streams)}", seconds))
        start, out = time.perf_counter(), given.x.copy()
        sampler = samplers[min(k, len(samplers) - 1)]
        for law, knobs, rows, own in laws_of_rows(schema, sampler, given.x, stream, "impute"):
            x, gaps = _opened(schema, law, given.x[rows])
            open_rows = gaps.any(axis=1)
            if not open_rows.any():
                continue
            if len(samplers) == 1:
                law = _again(schema, law, given.x[rows], provenance, knobs, own)
            out[rows[open_rows]] = completed(schema, law, x[open_rows], own, lenient=True)
        tables.append(restored(schema, given, out, df))
        # the others take about as long as the last
        seconds = time.perf_counter() - start
    return tuple(tables)


def _opened(schema: Schema, law: JointLaw, x: Floats) -> tuple[Floats, Bools]:
    """Return variables in which every gap is said to hold a value, and where the gaps are.

    The state of a column that a rule makes is left to the rule: a question that was not asked of
    children has no answer.
    """
    x, gaps = x.copy(), np.zeros(x.shape, dtype=np.bool_)
    for j, v in enumerate(schema.variables):
        if v.kind == "state":
            gaps[:, j] = x[:, j] == 1
            x[gaps[:, j], j] = 0.0 if j in law.free else np.nan
    return x, gaps


def _again(
    schema: Schema,
    law: JointLaw,
    x: Floats,
    provenance: Provenance,
    knobs: str,
    rng: np.random.Generator,
) -> JointLaw:
    """Return the law fitted again to a bootstrap sample of the rows that are to be filled."""
    choices = provenance.choices
    # only laws of groups come with knobs of their own; proper models have no groups
    whose = "the rows of each group (by=)" if knobs else "the table"
    remedy = "Give all rows of the groups," if knobs else "Fit the model with proper=True,"
    why = f"the parameters are drawn by fitting to bootstrap samples of {whose}"
    cure = f"{remedy} or leave rows with gaps of so few out."
    if len(x) < 2:
        raise DataError(f"{why}, and here it is {several(len(x), 'row')}. {cure}")
    made = knobs_of(knobs or choices.get("copula", ""))
    try:
        return redrawn(schema, law, x, made, choices.get("marginals", "auto"), rng)
    except DataError as error:
        raise DataError(
            f"{why}, and {len(x):,} rows are too few: {str(error).rstrip('.')}. {cure}"
        ) from error
