"""From a table to a joint model: marginals and copula, each fitted to the data alone."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.copulas import CopulaKnobs, Gaussian, cells_of, order_levels
from copulasynth.copulas.independence import IndependenceCopula
from copulasynth.dependencies import find_derivations
from copulasynth.errors import DataError, FitWarning
from copulasynth.marginals import FittedMarginal, fit_marginal
from copulasynth.model.joint import JointModel
from copulasynth.model.provenance import Provenance, versions
from copulasynth.schema import Schema, Variable

__all__ = ["fit_joint"]

Rng = int | np.random.Generator | None


def fit_joint(
    df: Any,
    *,
    copula: CopulaKnobs | None = None,
    marginals: str | Mapping[Any, str] = "auto",
    schema: Schema | None = None,
    rng: Rng = None,
) -> JointModel:
    """Fit marginals and a copula to a table, each to the data and neither to the other.

    Parameters
    ----------
    df : pandas, polars or pyarrow table
    copula : knobs such as ``Gaussian()``; None is Gaussian.
    marginals : str or mapping
        One choice for all numeric columns, or a mapping from column to choice with ``"*"`` for
        the rest.
    schema : Schema, optional
        What the columns are; inferred if not given.
    rng : int, numpy.random.Generator or None

    Raises
    ------
    DataError
        If the table has fewer than two rows, or a column cannot be used as it is.
    """
    seed = int(rng) if isinstance(rng, int | np.integer) else None
    rng = np.random.default_rng(rng)
    knobs = Gaussian() if copula is None else copula
    schema = Schema.infer(df) if schema is None else schema.complete(df)
    x = schema.encode(df)
    if len(x) < 2:
        raise DataError(f"fitting needs at least 2 rows, the table has {len(x)}. Add rows.")
    variables = schema.variables
    orders = order_levels(x, [v.kind for v in variables], [v.levels for v in variables])
    if orders:
        schema = schema.with_order(orders)
        x = schema.encode(df)
    ordered = [v.kind not in ("nominal", "state") for v in variables]
    derivations = find_derivations(x, ordered, [v.step for v in variables])
    derived = {d.target for d in derivations}
    free = [j for j in range(len(variables)) if j not in derived]
    cells = cells_of(x[:, free], ~np.array(ordered, dtype=bool)[free])
    specs = _specs(marginals, schema)
    streams = rng.spawn(len(variables) + 1)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FitWarning)
        fitted = tuple(_fit_variable(variables[j], x[:, j], specs[j], streams[j]) for j in free)
        # constants and identifiers have no variables, and nothing to depend on
        dependence = knobs.fit(cells, rng=streams[-1]) if free else IndependenceCopula(0)
    for w in caught:
        warnings.warn_explicit(w.message, w.category, w.filename, w.lineno)
    return JointModel(
        schema=schema,
        marginals=tuple(f.marginal for f in fitted),
        copula=dependence,
        provenance=Provenance(
            rows=len(x),
            seed=seed,
            versions=versions(),
            choices={"copula": repr(knobs), "marginals": str(marginals)},
            warnings=tuple(str(w.message) for w in caught if issubclass(w.category, FitWarning)),
            marginals=tuple(
                {"variable": variables[j].name, **row}
                for j, f in zip(free, fitted, strict=True)
                for row in f.table
            ),
        ),
        derivations=derivations,
    )


def _fit_variable(
    variable: Variable, x: Floats, spec: str, rng: np.random.Generator
) -> FittedMarginal:
    observed = x[~np.isnan(x)]
    return fit_marginal(
        observed,
        spec,
        kind=variable.kind,
        levels=variable.levels,
        step=variable.step,
        lower=variable.lower,
        upper=variable.upper,
        name=str(variable.name),
        rng=rng,
    )


def _specs(marginals: str | Mapping[Any, str], schema: Schema) -> list[str]:
    """Resolve the choice of marginals to one choice a variable."""
    if isinstance(marginals, str):
        return [marginals] * len(schema.variables)
    names = [c.name for c in schema.columns]
    unknown = [k for k in marginals if k != "*" and k not in names]
    if unknown:
        raise DataError(
            f"marginals: the table has no column {unknown[0]!r}. Its columns are {names}."
        )
    rest = marginals.get("*", "auto")
    return [
        rest if v.kind == "state" else marginals.get(names[v.column], rest)
        for v in schema.variables
    ]
