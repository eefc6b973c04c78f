"""The joint model: a schema, one marginal a variable, and a copula (Sklar's theorem as a value)."""

import platform
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from copulasynth import persist, streaming, tables
from copulasynth._arrays import Floats
from copulasynth._lookup import Lookup, tabulate
from copulasynth.copulas import Copula, CopulaKnobs, Gaussian, cells_of, order_levels
from copulasynth.errors import DataError, FitWarning
from copulasynth.marginals import FittedMarginal, Marginal, fit_marginal
from copulasynth.schema import Schema, Variable

__all__ = ["JointModel", "Provenance", "fit_joint"]

Rng = int | np.random.Generator | None

#: Packages whose version decides what a fit returns.
VERSIONED = ("copulasynth", "numpy", "scipy", "pandas", "pyarrow", "scikit-learn", "pyvinecopulib")


@dataclass(frozen=True, slots=True, eq=False)
class Provenance:
    """How a model came about: all that a reader needs to repeat or to doubt it.

    Attributes
    ----------
    rows : int
        Number of training rows.
    seed : int or None
        The seed, where a whole number was given.
    versions : dict
        Versions of Python and of the packages that decide the result.
    choices : dict
        The arguments of the fit, as text.
    warnings : tuple of str
        Every :class:`~copulasynth.errors.FitWarning` that the fit gave.
    marginals : tuple of dict
        One row a candidate marginal: why each column got the one that it has.
    """

    rows: int
    seed: int | None = None
    versions: dict[str, str] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    marginals: tuple[dict[str, str | float | bool | None], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class JointModel:
    """A fitted joint distribution that draws rows; make it with :func:`copulasynth.fit`.

    Attributes
    ----------
    schema : Schema
        What the columns are, and how values become variables and back.
    marginals : tuple of Marginal
        One for each variable of the schema.
    copula : Copula
        The dependence of the variables.
    provenance : Provenance
    """

    schema: Schema
    marginals: tuple[Marginal, ...]
    copula: Copula
    provenance: Provenance

    def __post_init__(self) -> None:
        d = len(self.schema.variables)
        if not len(self.marginals) == self.copula.dim == d:
            raise ValueError(
                f"{d} variables need as many marginals and dimensions of the copula, "
                f"got {len(self.marginals)} and {self.copula.dim}"
            )

    def __repr__(self) -> str:
        return (
            f"<JointModel: {len(self.schema.columns)} columns, {self.copula.dim} variables, "
            f"{type(self.copula).__name__}, fitted to {self.provenance.rows:,} rows>"
        )

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        """Draw n rows of variable values as (d, n); prefix-stable."""
        x = self.copula.draw(n, rng)
        for lookup, row in zip(_lookups(self), x, strict=True):
            lookup(row, out=row)
        return x

    def sample(
        self,
        n: int,
        *,
        rng: Rng = None,
        given: Mapping[Any, Any] | None = None,
        workers: int = 1,
        progress: Callable[[int], object] | None = None,
    ) -> Any:
        """Draw n rows as a table like the one that was fitted.

        Parameters
        ----------
        n : int
            Number of rows.
        rng : int, numpy.random.Generator or None
            The seed; the same seed gives the same rows, and the first rows of a larger sample.
        given : mapping, optional
            Values that columns must take in every row, e.g. ``{"plan": "prepaid"}``; the other
            columns are drawn from their joint law given these. ``None`` asks for a missing value.
        workers : int
            Threads; they change the time, not the rows.
        progress : callable, optional
            Called with the number of rows of each finished block.

        Returns
        -------
        DataFrame
            Of the library, column order, types and levels of the training table.

        Raises
        ------
        DataError
            If `n` is negative, or `given` names a column or value that the model does not know.
        """
        source = self if not given else _Conditional.of(self, given)
        return streaming.sample(source, n, rng=rng, workers=workers, progress=progress)

    def iter_batches(
        self, n: int, *, batch_size: int = streaming.BLOCK, rng: Rng = None, workers: int = 1
    ) -> Iterator[Any]:
        """Yield tables of `batch_size` rows that together are ``sample(n, rng=rng)``."""
        return streaming.iter_batches(self, n, batch_size=batch_size, rng=rng, workers=workers)

    def write(
        self,
        path: str | PathLike[str],
        n: int,
        *,
        rng: Rng = None,
        workers: int = 1,
        progress: Callable[[int], object] | None = None,
    ) -> None:
        """Draw n rows straight into a .csv or .parquet file, in constant memory.

        The file appears whole or not at all.

        Raises
        ------
        OutputError
            If the file cannot be written, e.g. because the disk is full.
        """
        tables.write(self, path, n, rng=rng, workers=workers, progress=progress)

    def synthesise(self, m: int, n: int, *, rng: Rng = None, workers: int = 1) -> tuple[Any, ...]:
        """Draw m tables of n rows; the first one is ``sample(n, rng=rng)``."""
        rng = np.random.default_rng(rng)
        return tuple(self.sample(n, rng=rng, workers=workers) for _ in range(m))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model to a JSON file, which holds statistics and no training rows."""
        persist.write(path, self, training_rows=False)

    @property
    def marginals_table(self) -> pd.DataFrame:
        """One row a candidate marginal: criteria, goodness of fit, tail, and the choice."""
        return pd.DataFrame(list(self.provenance.marginals))


@lru_cache(maxsize=8)
def _lookups(model: JointModel) -> tuple[Lookup, ...]:
    return tuple(tabulate(m, model.copula.scale(j)) for j, m in enumerate(model.marginals))


@dataclass(frozen=True, slots=True, eq=False)
class _Conditional:
    """The rows of a model whose given variables stay inside given cells."""

    model: JointModel
    lower: Floats
    upper: Floats
    value: Floats

    @classmethod
    def of(cls, model: JointModel, given: Mapping[Any, Any]) -> "_Conditional":
        value = model.schema.encode_given(given)
        lower, upper = np.zeros_like(value), np.ones_like(value)
        for j in np.flatnonzero(~np.isnan(value)):
            lo, hi = model.marginals[j].cell(value[j : j + 1])
            lower[j], upper[j] = lo[0], hi[0]
            v = model.schema.variables[j]
            if v.kind != "continuous" and not lo[0] < hi[0]:
                raise DataError(
                    f"column {v.name!r}: the given value has probability 0 under the model. "
                    "Ask for a value that the training data hold."
                )
        if not hasattr(model.copula, "draw_given"):
            raise DataError(
                f"given= needs a copula with conditional draws; {type(model.copula).__name__} has "
                "none. Fit with copula='gaussian' or 'student'."
            )
        return cls(model, lower, upper, value)

    @property
    def schema(self) -> Schema:
        return self.model.schema

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        copula: Any = self.model.copula
        x: Floats = copula.draw_given(n, rng, self.lower, self.upper)
        for j, lookup in enumerate(_lookups(self.model)):
            if np.isnan(self.value[j]):
                lookup(x[j], out=x[j])
            else:
                x[j] = self.value[j]
        return x


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
    schema = Schema.infer(df) if schema is None else schema
    x = schema.encode(df)
    if len(x) < 2:
        raise DataError(f"fitting needs at least 2 rows, the table has {len(x)}. Add rows.")
    variables = schema.variables
    orders = order_levels(x, [v.kind for v in variables], [v.levels for v in variables])
    if orders:
        schema = schema.with_order(orders)
        x = schema.encode(df)
    cells = cells_of(x, np.array([v.kind in ("nominal", "state") for v in variables], dtype=bool))
    specs = _specs(marginals, schema)
    streams = rng.spawn(len(variables) + 1)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FitWarning)
        fitted = tuple(
            _fit_variable(v, x[:, j], specs[j], streams[j]) for j, v in enumerate(variables)
        )
        dependence = knobs.fit(cells, rng=streams[-1])
    for w in caught:
        warnings.warn_explicit(w.message, w.category, w.filename, w.lineno)
    return JointModel(
        schema=schema,
        marginals=tuple(f.marginal for f in fitted),
        copula=dependence,
        provenance=Provenance(
            rows=len(x),
            seed=seed,
            versions={"python": platform.python_version(), **{p: version(p) for p in VERSIONED}},
            choices={"copula": repr(knobs), "marginals": str(marginals)},
            warnings=tuple(str(w.message) for w in caught if issubclass(w.category, FitWarning)),
            marginals=tuple(
                {"variable": v.name, **row}
                for v, f in zip(variables, fitted, strict=True)
                for row in f.table
            ),
        ),
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
