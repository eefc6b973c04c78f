"""Marginals and a copula from coordinates: what a fit and every draw of parameters share."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from copulasynth._arrays import Floats
from copulasynth._clock import Report, step
from copulasynth.copulas import Cells, Copula, CopulaKnobs
from copulasynth.copulas.independence import IndependenceCopula
from copulasynth.errors import DataError, FitWarning, VariableError, no_column
from copulasynth.marginals import FittedMarginal, check_marginals, fit_marginal
from copulasynth.model.encoded import cells_among
from copulasynth.schema import Schema, Variable

__all__ = ["COPULA", "MARGINALS", "dependence", "fit_variable", "learnt", "specs_of"]

#: What is said when each begins.
MARGINALS, COPULA = "marginals", "copula"


def learnt(
    variables: Sequence[Variable],
    free: Sequence[int],
    x: Floats,
    every: Floats,
    specs: Sequence[str],
    knobs: CopulaKnobs,
    rng: np.random.Generator,
    begin: Report = str,
    columns: Sequence[Floats] = (),
    brief: bool = False,
) -> tuple[list[FittedMarginal], Copula]:
    """Fit marginals and a copula to free coordinates.

    Parameters
    ----------
    variables : D variables
    free : sequence of int
        The coordinates that have a marginal and a place in the copula.
    x : (n, D) float64
        Rows that are fitted: those of a table or a bootstrap sample of them.
    every : (m, D) float64
        All rows, for a coordinate of which the sample shows no value.
    specs : D choices of marginals
    knobs : CopulaKnobs
    rng : numpy.random.Generator
    begin : callable
        Called with the name of each stage that begins.
    columns : sequence of (k,) float64
        To which marginals are fitted, one a free coordinate; by default to the rows.
    brief : bool
        Whether marginals come without their tables.
    """
    begin(MARGINALS)
    streams = rng.spawn(len(variables) + 1)
    # a gap that no row of a bootstrap sample fills is never drawn; its values stay those seen
    seen = columns or [x[:, j] if (x[:, j] == x[:, j]).any() else every[:, j] for j in free]
    fitted = []
    for k, (j, values) in enumerate(zip(free, seen, strict=True)):
        step(f"{k + 1:,} of {len(free):,}")
        known = values[~np.isnan(values)]
        fitted.append(fit_variable(variables[j], known, specs[j], streams[j], brief=brief))
    # constants and identifiers have no variables, and nothing to depend on
    if not free:
        return fitted, IndependenceCopula(0)
    begin(COPULA)
    names = [variables[j].name for j in free]
    return fitted, dependence(knobs, cells_among(variables, x, free), names, streams[-1])


def dependence(
    knobs: CopulaKnobs, cells: Cells, names: Sequence[str], rng: np.random.Generator
) -> Copula:
    """Fit a copula; one that refuses variables of a single value takes them as independent.

    Rows that all agree on a variable say nothing of its dependence, and none is drawn from it: a
    variable of independent ranks in its place changes nothing but that the others can be fitted.
    """
    try:
        return knobs.fit(cells, rng=rng)
    except VariableError as e:
        alone = list(e.variables)
        if len(alone) == cells.dim:
            told = ", ".join(map(repr, names))
            raise DataError(e.template.format(f"column {told}")) from e
    lower, upper = cells.lower.copy(), cells.upper.copy()
    for j in alone:
        ranks = rng.permutation(cells.n)
        lower[:, j], upper[:, j] = ranks / cells.n, (ranks + 1) / cells.n
    called = [repr(names[j]) for j in alone]
    shown = ", ".join(called[:5]) + (f" and {len(called) - 5} more" if len(called) > 5 else "")
    warnings.warn(
        f"column{'s' if len(called) > 1 else ''} {shown}: the fitted rows have one value "
        "only, or none, so nothing is known of the dependence; independence is used",
        FitWarning,
        stacklevel=4,
    )
    return knobs.fit(Cells(lower, upper, cells.nominal), rng=rng)


def fit_variable(
    v: Variable, x: Floats, spec: str, rng: np.random.Generator, *, brief: bool = False
) -> FittedMarginal:
    return fit_marginal(
        x,
        spec,
        kind=v.kind,
        levels=v.levels,
        step=v.step,
        lower=v.lower,
        upper=v.upper,
        name=str(v.name),
        rng=rng,
        brief=brief,
    )


def specs_of(
    marginals: str | Mapping[Any, str], schema: Schema, variables: Sequence[Variable] = ()
) -> list[str]:
    """Resolve the choice of marginals to one a coordinate, or name the unknown column."""
    variables = variables or schema.variables
    check_marginals(marginals)
    if isinstance(marginals, str):
        return [marginals] * len(variables)
    names = [c.name for c in schema.columns]
    unknown = [k for k in marginals if k != "*" and k not in names]
    if unknown:
        raise DataError(no_column(unknown[0], names, "marginals"))
    for c in schema.columns:
        if (c.measure == "nominal" or not c.modelled) and marginals.get(c.name, "auto") != "auto":
            raise DataError(
                f"marginals: column {c.name!r} is {c.kind}, and its values have no law but their "
                f"shares; leave it out, or declare it by a schema, as kinds={{{c.name!r}: "
                "'continuous'}."
            )
    rest = marginals.get("*", "auto")
    return [rest if v.kind == "state" else marginals.get(names[v.column], rest) for v in variables]
