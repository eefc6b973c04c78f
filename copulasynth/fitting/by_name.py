"""`copulasynth.fit`: a method by its name, as knobs or an object, by the rule, or by a search."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from copulasynth._arrays import generator, quiet
from copulasynth._clock import Report
from copulasynth._progress import Progress, shown
from copulasynth.copulas import CopulaKnobs
from copulasynth.errors import ArgumentError, DataError, FitWarning, did_you_mean
from copulasynth.fitting import clock
from copulasynth.fitting.lake import LakeFit, check_where, warn_unused
from copulasynth.fitting.rule import PREFER, Named, Prefer, Ruled, choose
from copulasynth.fitting.strata import GroupLaws, fit_strata
from copulasynth.marginals import check_marginals
from copulasynth.model import JointModel, fit_joint
from copulasynth.model.encoded import declare
from copulasynth.model.fit import READING
from copulasynth.model.learn import specs_of
from copulasynth.rows.lake import SAMPLE, begun, is_lake
from copulasynth.rows.opening import opened
from copulasynth.rules import Check
from copulasynth.schema import Rule, Schema, Tabular, check_schema
from copulasynth.synthesizers.registry import Method, refuse, resolve

__all__ = ["check_settings", "fit"]

#: Seconds of processor time from which a fit by name is announced by a warning.
LONG = 300.0


@quiet
def fit(
    df: Any,
    *,
    copula: object = "auto",
    marginals: str | Mapping[Any, str] = "auto",
    schema: Schema | None = None,
    kinds: Mapping[Any, str] | None = None,
    formats: Mapping[Any, str] | None = None,
    rules: Sequence[Rule | Check] = (),
    prefer: Prefer = "fidelity",
    proper: bool = False,
    draws: int = 5,
    by: object = None,
    sample_rows: int | None = None,
    engine: str = "threads",
    scheduler: str | None = None,
    workers: int = 2,
    rng: int | np.random.Generator | None = None,
    progress: Progress = None,
) -> JointModel:
    """Fit a joint model to a table.

    Parameters
    ----------
    df : pandas, polars or pyarrow table, path of a file, or what does not fit in memory
        n rows; mixed types and missing values are welcome. A file is read by
        :func:`copulasynth.read`. Read in pieces are ``"lake/*.parquet"``, addresses such as
        ``s3://bucket/lake``, folders of CSV files or of many Parquet rows, lists of paths, a
        dataset of pyarrow, a Dask or Spark DataFrame, and a relation of DuckDB. Their columns,
        marginals and rules are those of all rows, and the dependence that of `sample_rows` of
        them; order, files and engine change no byte of the model. Rows that are no more than
        `sample_rows` are fitted as one table, sorted by their hashes.
    copula : str, knobs or object
        The name of any method of :data:`copulasynth.synthesizers.registry.METHODS`, such as
        ``"gaussian"``, ``"tree + calibration"`` or ``"cart"`` (``copulasynth methods`` shows all);
        configured knobs such as ``Vine(families="parametric", truncation=2)`` or ``Smote(k=3)``;
        any object with ``fit`` and ``sample``; or ``"auto"``: the numbers of rows and variables
        name one copula (:mod:`copulasynth.fitting.rule`), mostly calibrated trees, and should it
        not fit, a simpler one; ``model.selection_table`` says which it is and why. ``"search"``
        fits several copulas to one half of the rows, judges them on the other, and fits the best
        to all; ``selection_table`` then shows what was seen. Interrupting the search (Ctrl-C)
        chooses among what was seen so far (:mod:`copulasynth.fitting.plan`).
    marginals : str or mapping
        A name of :data:`copulasynth.marginals.CHOICES`, or a mapping such as
        ``{"data_mb": "lognormal", "*": "auto"}``.
    schema : Schema, optional
        What the columns are; inferred if not given.
    kinds, formats : mapping, optional
        What columns are, and how their text is written, where a schema is inferred:
        ``{"joined": "datetime"}`` and ``{"joined": "%m/%d/%Y"}``; see :meth:`Schema.infer`.
    rules : sequence of rules, optional
        What must hold in every drawn row beside what is found in the table, such as
        ``cs.rules.Order("start", "end")``; see :mod:`copulasynth.rules.declared`.
    prefer : {"fidelity", "privacy", "speed"}
        What the rule of "auto" names a copula for: trees, trees of larger leaves, or a Gaussian
        copula. It decides, too, between candidates that "search" finds equally faithful.
    proper : bool
        Draw the parameters for proper synthesis; see :func:`copulasynth.model.fit_joint`.
    draws : int
        Number of draws of the parameters under proper synthesis.
    by : label or list of labels, optional
        Columns that tell groups, each of which gets a law of its own (:mod:`fitting.strata`);
        rules are those of the whole table. ``model.groups`` lists them.
    sample_rows : int, optional
        Of what is read in pieces, about so many rows tell the dependence, at least 1,000: the
        standard error of a correlation is one over the square root of it, .0022 for 200,000,
        which is the default. Tables that are read whole are fitted to all of their rows.
    engine : {"threads", "dask", "spark"}
        Who reads the pieces, and fits laws of groups, of a table too. Rows of a Spark DataFrame
        are read by Spark. Without it processes of this machine fit the laws.
    scheduler : str, optional
        The address of a Dask scheduler or a Spark master; by default workers are started here.
    workers : int
        Threads, or workers of an engine that is started here; processes that fit laws of groups.
        They change the time, not the model.
    rng : int, numpy.random.Generator or None
        The seed.
    progress : callable or bool, optional
        Called with one line of text when a stage begins; :class:`copulasynth._clock.Stage` where
        its seconds are foretold. True draws a bar, in a terminal or a notebook; False says
        nothing. By default notebooks get a bar, and scripts nothing.

    Returns
    -------
    Model

    Raises
    ------
    DataError
        If the table or an argument cannot be used as it is, or the method does not take a setting;
        the message says what to do.

    Examples
    --------
    >>> from copulasynth.datasets import simulate_telecom
    >>> fit(simulate_telecom(300, rng=1), copula="gaussian", rng=1)
    <Model: GaussianCopula of 23 variables, 22 columns, fitted to 300 rows, holds no training rows>
    """
    rules = _listed(rules)
    generator(rng)
    settings: dict[str, Any] = {"marginals": marginals, "schema": schema, "rules": rules}
    settings |= {"proper": proper, "draws": draws}
    row, made = check_settings(copula, prefer=prefer, **settings)
    rows = SAMPLE if sample_rows is None else sample_rows
    where = check_where(engine, scheduler, workers, rows)
    laws = None if by is None else GroupLaws.of(by, row, made, settings, prefer, where)
    if is_lake(df):
        if proper:
            raise ArgumentError("proper=True is for tables in memory; fit a sample of the rows")
        of_table = partial(fit, copula=copula, marginals=marginals, rules=rules, prefer=prefer)
        of_table = partial(of_table, by=by, workers=workers)
        told = (of_table, marginals, schema, kinds, formats, rules, where, rows, laws)
        return LakeFit(*told)(df, rng, progress)
    warn_unused(sample_rows, engine if by is None else "threads")
    df = opened(df)
    settings["schema"] = schema = _schema(df, schema, kinds, formats)
    row, made = check_settings(copula, prefer=prefer, **settings)
    with shown(progress) as report:
        shape = clock.Shape.of(df, marginals)
        asked = row.name if made is None else made
        begin = _foretell(asked, shape, prefer, draws if proper else 1, report)
        if laws is not None:
            with begun(where) as there:
                return fit_strata(df, replace(laws, where=there), settings, rng, begin)
        if row.kind == "rule":
            return _ruled(df, settings, prefer, rng, report, begin)
        if row.kind == "search":
            return _searched(df, settings, prefer, rng, report, begin)
        if row.kind == "copula":
            made = clock.audible(made, begin)
            return fit_joint(df, copula=made, rng=rng, begin=begin, **settings)
        if marginals != "auto":
            made = replace(made, marginals=marginals)
        known = {"schema": schema} if "schema" in row.takes else {}
        model: JointModel = made.fit(df, rng=rng, **known)
        return model


def check_settings(
    copula: object, *, prefer: str = "fidelity", **settings: object
) -> tuple[Method, Any]:
    """Return the row of a method and what it makes, or refuse what no table could make right.

    Parameters
    ----------
    copula, prefer, **settings
        As :func:`copulasynth.fit` takes them.

    Raises
    ------
    DataError, ArgumentError
    """
    if prefer not in PREFER:
        raise DataError(f"prefer={prefer!r} is unknown; {did_you_mean(prefer, PREFER)}")
    row, made = resolve(copula)
    check_marginals(settings.get("marginals", "auto"))
    check_schema(settings.get("schema"))
    if not isinstance(settings.get("proper", False), bool):
        raise ArgumentError(f"proper: expected True or False, got {settings['proper']!r}")
    refuse(row, settings | {"prefer": prefer})
    return row, made


def _schema(
    df: Tabular,
    schema: Schema | None,
    kinds: Mapping[Any, str] | None,
    formats: Mapping[Any, str] | None,
) -> Schema | None:
    """Return the schema that is given, or the inferred one if something is declared."""
    if not kinds and not formats:
        return schema
    if schema is not None:
        raise DataError("give a schema, or kinds and formats, not both.")
    return Schema.infer(df, kinds=kinds, formats=formats)


def _ruled(
    df: Tabular,
    settings: dict[str, Any],
    prefer: Prefer,
    rng: int | np.random.Generator | None,
    report: Report,
    begin: Report,
) -> JointModel:
    """Fit what the rule names for the table, and keep which it is and why."""

    def start(choice: Named) -> CopulaKnobs:
        report(f"{choice.name}: {choice.why}")
        return clock.audible(choice.knobs, begin)

    knobs = Ruled(prefer, start)
    model = fit_joint(df, copula=knobs, rng=rng, begin=begin, **settings)
    # a table of constants has no variables, and the rule is not asked
    none = choose(model.provenance.rows, 0, prefer)
    tried = knobs.tried or [(none, none.row(True))]
    choices = model.provenance.choices | {"copula": repr(tried[-1][0].knobs)}
    seen = tuple(row for _, row in tried)
    return replace(model, provenance=replace(model.provenance, choices=choices, selection=seen))


def _searched(
    df: Tabular,
    settings: dict[str, Any],
    prefer: Prefer,
    rng: int | np.random.Generator | None,
    report: Report,
    begin: Report,
) -> JointModel:
    """Fit the best candidate to all rows; should it not fit those, the next best."""
    # the engine of vines and the classifiers load with it
    from copulasynth.fitting.search import UNFIT, best_of, look

    schema, marginals = settings["schema"], settings["marginals"]
    # found once, so that every candidate has the rules of all rows
    begin(READING)
    schema = declare(df, schema, settings["rules"])
    specs_of(marginals, schema)
    seen = look(df, schema, marginals, rng, report)
    while True:
        best = best_of(seen, prefer)
        knobs = clock.audible(best.knobs, begin)
        try:
            kept = settings | {"schema": schema, "copula": knobs}
            model = fit_joint(df, rng=rng, begin=begin, **kept)
        except UNFIT as e:
            if len(seen) == 1:
                raise
            seen = [s.set_aside(e) if s.name == best.name else s for s in seen]
            continue
        rows = tuple((best if s.name == best.name else s).row() for s in seen)
        return replace(model, provenance=replace(model.provenance, selection=rows))


def _listed(rules: object) -> tuple[Rule | Check, ...]:
    """Return the declared rules, or say what they must be."""
    listed = tuple(rules) if isinstance(rules, list | tuple) else (rules,)
    for rule in listed:
        if not isinstance(rule, Rule | Check):
            raise DataError(
                f"rules: expected a list of rules such as cs.rules.Order('start', 'end'), got "
                f"{rule!r}"
            )
    return listed


def _foretell(
    made: object, shape: clock.Shape, prefer: Prefer, fits: int, report: Report
) -> Report:
    """Say how long a fit will take, warn where that is long, and return who reports its stages."""
    found = clock.stages(made, shape, prefer)
    name = made if isinstance(made, str) else type(made).__name__
    what = f"{name} to {shape.rows:,} rows of {shape.variables} variables"
    line = clock.foretell(what, found, fits)
    report(line)
    if line.seconds > LONG:
        quick = sum(clock.stages("auto", shape, "speed").values())
        warnings.warn(
            f"fitting {what} takes about {line.seconds:.0f} s of processor time. A Gaussian copula "
            f"takes about {max(quick, 1):.0f} s.",
            FitWarning,
            stacklevel=3,
        )
    return clock.told(found, report)
