"""The joint model: a schema, marginals and a copula (Sklar's theorem as a value)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from copulasynth import persist, streaming, tables
from copulasynth._arrays import Floats
from copulasynth.copulas import Copula
from copulasynth.dependencies import Derivation
from copulasynth.errors import DataError
from copulasynth.marginals import Marginal
from copulasynth.model.conditional import conditional
from copulasynth.model.lookup import Lookup, tabulate
from copulasynth.model.provenance import Provenance
from copulasynth.schema import Schema

__all__ = ["JointModel", "lookups"]

Rng = int | np.random.Generator | None


@dataclass(frozen=True, slots=True, eq=False)
class JointModel:
    """A fitted joint distribution that draws rows; make it with :func:`copulasynth.fit`.

    Attributes
    ----------
    schema : Schema
        What the columns are, and how values become variables and back.
    marginals : tuple of Marginal
        One for each free variable of the schema: those that no rule derives from others.
    copula : Copula
        The dependence of the free variables.
    provenance : Provenance
    derivations : tuple of Derivation
        Rules that make the other variables from the free ones, parents before children.
    others : tuple of JointModel
        Under proper synthesis, the models of further draws of the parameters.
    """

    schema: Schema
    marginals: tuple[Marginal, ...]
    copula: Copula
    provenance: Provenance
    derivations: tuple[Derivation, ...] = ()
    others: tuple["JointModel", ...] = ()

    def __post_init__(self) -> None:
        d = len(self.free)
        if not len(self.marginals) == self.copula.dim == d:
            raise ValueError(
                f"{d} free variables need as many marginals and dimensions of the copula, "
                f"got {len(self.marginals)} and {self.copula.dim}"
            )
        known = set(self.free)
        for rule in self.derivations:
            if not known.issuperset(rule.parents) or rule.target in known:
                raise ValueError(f"variable {rule.target} is derived from what is not known yet")
            known.add(rule.target)
        if known != set(range(len(self.schema.variables))):
            raise ValueError("derivations name variables that the schema does not have")

    @property
    def free(self) -> tuple[int, ...]:
        """Indices of the variables that have a marginal and a place in the copula."""
        derived = {d.target for d in self.derivations}
        return tuple(j for j in range(len(self.schema.variables)) if j not in derived)

    def __repr__(self) -> str:
        return (
            f"<JointModel: {len(self.schema.columns)} columns, {self.copula.dim} variables, "
            f"{type(self.copula).__name__}, fitted to {self.provenance.rows:,} rows>"
        )

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        """Draw n rows of variable values as (d, n); prefix-stable."""
        x = self.copula.draw(n, rng)
        for lookup, row in zip(lookups(self), x, strict=True):
            lookup(row, out=row)
        return self.derive(x)

    def derive(self, free: Floats) -> Floats:
        """Add the derived variables to values of the free ones, (d_free, n) -> (d, n)."""
        if not self.derivations:
            return free
        x = np.empty((len(self.schema.variables), free.shape[1]))
        x[list(self.free)] = free
        for j in {i for d in self.derivations for i in d.parents}.intersection(self.free):
            # a rule holds for values as they are printed, so its parents are rounded first
            step = self.schema.variables[j].step
            if step is not None:
                np.round(x[j] / step, out=x[j])
                x[j] *= step
        for rule in self.derivations:
            x[rule.target] = rule.of(x)
        return x

    def conditional(self, given: Mapping[Any, Any]) -> streaming.Source:
        """Return a source of rows in which columns take the given values; see :meth:`sample`."""
        return conditional(self, given)

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
        source = self.conditional(given) if given else self
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
        workers: int = 2,
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

    def synthesise(
        self, m: int = 5, n: int | None = None, *, rng: Rng = None, workers: int = 1
    ) -> tuple[Any, ...]:
        """Draw m tables of n rows; the first one is ``sample(n, rng=rng)``.

        Under proper synthesis each table comes from its own draw of the parameters.

        Parameters
        ----------
        m : int
            Number of tables.
        n : int, optional
            Rows of each; as many as the model was fitted to if not given.

        Raises
        ------
        DataError
            If a proper model has fewer draws of the parameters than tables are asked for.
        """
        rng = np.random.default_rng(rng)
        n = self.provenance.rows if n is None else n
        models = (self, *self.others) if self.others else (self,) * m
        if m > len(models):
            raise DataError(
                f"the model has {len(models)} draws of its parameters, {m} are needed. "
                f"Fit with proper=True, draws={m}."
            )
        return tuple(model.sample(n, rng=rng, workers=workers) for model in models[:m])

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model to a JSON file, which holds statistics and no training rows."""
        persist.write(path, self, training_rows=False)

    @property
    def marginals_table(self) -> pd.DataFrame:
        """One row a candidate marginal: criteria, goodness of fit, tail, and the choice."""
        return pd.DataFrame(list(self.provenance.marginals))

    @property
    def selection_table(self) -> pd.DataFrame:
        """One row a candidate copula that ``copula="auto"`` tried: scores and the choice."""
        return pd.DataFrame(list(self.provenance.selection))


@lru_cache(maxsize=8)
def lookups(model: JointModel) -> tuple[Lookup, ...]:
    """Return the tables of a model's free variables, made once and kept for the next call."""
    return tuple(tabulate(m, model.copula.scale(j)) for j, m in enumerate(model.marginals))
