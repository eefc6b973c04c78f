"""`copulasynth.fit`: a method by its name, as knobs, as an object, or the search of "auto"."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import narwhals as nw
import numpy as np

from copulasynth.copulas import Gaussian
from copulasynth.errors import DataError, FitWarning
from copulasynth.fitting.plan import expected
from copulasynth.fitting.search import UNFIT, Prefer, Report, best_of, look
from copulasynth.model import JointModel, fit_joint
from copulasynth.model.encoded import declare
from copulasynth.model.learn import specs_of
from copulasynth.rules import Check
from copulasynth.schema import Rule, Schema
from copulasynth.synthesizers.registry import refuse, resolve

__all__ = ["fit"]

#: Seconds of processor time from which a fit by name is announced by a warning.
LONG = 300.0


def fit(
    df: Any,
    *,
    copula: object = "auto",
    marginals: str | Mapping[Any, str] = "auto",
    schema: Schema | None = None,
    rules: Sequence[Rule | Check] = (),
    prefer: Prefer = "fidelity",
    proper: bool = False,
    draws: int = 5,
    rng: int | np.random.Generator | None = None,
    progress: Report | None = None,
) -> JointModel:
    """Fit a joint model to a table.

    Parameters
    ----------
    df : pandas, polars or pyarrow table
        n rows; mixed types and missing values are welcome.
    copula : str, knobs or object
        The name of any method of :data:`copulasynth.synthesizers.registry.METHODS`, such as
        ``"gaussian"``, ``"tree + calibration"`` or ``"cart"`` (``copulasynth methods`` shows all);
        configured knobs such as ``Vine(families="parametric", truncation=2)`` or ``Smote(k=3)``;
        any object with ``fit`` and ``sample``; or ``"auto"``: several copulas are fitted to one
        half of the rows, judged on the other, and the best is fitted again to all;
        ``model.selection_table`` shows what was seen, and why a candidate could not be fitted.
        Interrupting the search (Ctrl-C) chooses among what was seen so far. More than 60 variables
        are tried with fewer and leaner candidates, more than 150 get a Gaussian copula
        (:mod:`copulasynth.fitting.plan`).
    marginals : str or mapping
        A name of :data:`copulasynth.marginals.CHOICES`, or a mapping such as
        ``{"data_mb": "lognormal", "*": "auto"}``.
    schema : Schema, optional
        What the columns are; inferred if not given.
    rules : sequence of rules, optional
        What must hold in every drawn row beside what is found in the table, such as
        ``cs.rules.Order("start", "end")``; see :mod:`copulasynth.rules.declared`.
    prefer : {"fidelity", "privacy", "speed"}
        What decides between candidates that "auto" cannot tell apart by fidelity alone.
    proper : bool
        Draw the parameters for proper synthesis; see :func:`copulasynth.model.fit_joint`.
    draws : int
        Number of draws of the parameters under proper synthesis.
    rng : int, numpy.random.Generator or None
        The seed.
    progress : callable, optional
        Called with one line of text before a fit, and after each candidate of "auto".

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
    if prefer not in ("fidelity", "privacy", "speed"):
        raise DataError(f"prefer={prefer!r} is unknown; choose fidelity, privacy or speed.")
    row, made = resolve(copula)
    rules = _listed(rules)
    settings: dict[str, Any] = {"marginals": marginals, "schema": schema, "rules": rules}
    settings |= {"proper": proper, "draws": draws}
    refuse(row, settings | {"prefer": prefer})
    report = progress or (lambda _: None)
    if made is None:
        return _searched(df, settings, prefer, rng, report)
    _foretell(made, df, draws if proper else 1, report)
    if row.kind == "copula":
        return fit_joint(df, copula=made, rng=rng, **settings)
    if marginals != "auto":
        made = replace(made, marginals=marginals)
    known = {"schema": schema} if "schema" in row.takes else {}
    model: JointModel = made.fit(df, rng=rng, **known)
    return model


def _searched(
    df: Any,
    settings: dict[str, Any],
    prefer: Prefer,
    rng: int | np.random.Generator | None,
    report: Report,
) -> JointModel:
    """Fit the best candidate to all rows; should it not fit those, the next best."""
    schema, marginals = settings["schema"], settings["marginals"]
    # found once, so that every candidate has the rules of all rows
    schema = declare(df, schema, settings["rules"])
    specs_of(marginals, schema)
    seen = look(df, schema, marginals, rng, report)
    while True:
        best = best_of(seen, prefer)
        try:
            model = fit_joint(df, copula=best.knobs, rng=rng, **settings | {"schema": schema})
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


def _foretell(made: object, df: Any, fits: int, report: Report) -> None:
    """Say how long a fit will take, and warn where that is long."""
    n, d = nw.from_native(df, eager_only=True).shape
    seconds = fits * expected(made, n, d)
    what = f"{type(made).__name__} to {n:,} rows of {d} columns"
    known = seconds == seconds
    report(f"fitting {what}" + (f", about {max(seconds, 1):.0f} s" if known else ""))
    if seconds > LONG:
        warnings.warn(
            f"fitting {what} takes about {seconds:.0f} s of processor time. A Gaussian copula "
            f"takes about {max(expected(Gaussian(), n, d), 1):.0f} s.",
            FitWarning,
            stacklevel=3,
        )
