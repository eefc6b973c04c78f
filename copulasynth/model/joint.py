"""The joint model: a schema, marginals and a copula (Sklar's theorem as a value)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from copulasynth import model_file
from copulasynth._arrays import Floats
from copulasynth.copulas import Copula, CopulaKnobs
from copulasynth.copulas.checks.gof import GoodnessOfFit
from copulasynth.errors import DataError
from copulasynth.marginals import Marginal
from copulasynth.model.conditional import conditional
from copulasynth.model.dependence import copula_summary, dependence_table
from copulasynth.model.diagnosis import Diagnosis, copula_test, diagnose
from copulasynth.model.lookup import Lookup, tabulate
from copulasynth.model.notebook import as_html
from copulasynth.model.provenance import Provenance
from copulasynth.rows import blocks, dask, files
from copulasynth.rules import Derivation
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

    def _repr_html_(self) -> str:
        return as_html(self)

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        """Draw n rows of variable values as (d, n); prefix-stable."""
        scores = self.copula.draw(n, rng)
        # without derived variables the values take the place of the scores
        x = np.empty((len(self.schema.variables), n)) if self.derivations else scores
        for lookup, row, j in zip(lookups(self), scores, self.free, strict=True):
            lookup(row, out=x[j])
        return self._derived(x)

    def derive(self, free: Floats) -> Floats:
        """Add the derived variables to values of the free ones, (d_free, n) -> (d, n)."""
        if not self.derivations:
            return free
        x = np.empty((len(self.schema.variables), free.shape[1]))
        x[list(self.free)] = free
        return self._derived(x)

    def _derived(self, x: Floats) -> Floats:
        """Fill in the derived rows of (d, n) values in place."""
        for j in {i for d in self.derivations for i in d.parents}.intersection(self.free):
            # a rule holds for values as they are printed, so its parents are rounded first
            step = self.schema.variables[j].step
            if step is not None:
                np.round(x[j] / step, out=x[j])
                x[j] *= step
        for rule in self.derivations:
            x[rule.target] = rule.of(x)
        return x

    def conditional(self, given: Mapping[Any, Any]) -> blocks.Source:
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
        return blocks.sample(source, n, rng=rng, workers=workers, progress=progress)

    def iter_batches(
        self, n: int, *, batch_size: int = blocks.BLOCK, rng: Rng = None, workers: int = 1
    ) -> Iterator[Any]:
        """Yield tables of `batch_size` rows that together are ``sample(n, rng=rng)``."""
        return blocks.iter_batches(self, n, batch_size=batch_size, rng=rng, workers=workers)

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
        files.write(self, path, n, rng=rng, workers=workers, progress=progress)

    def to_dask(self, n: int, *, rng: Rng = None) -> Any:
        """Return n rows as a lazy Dask DataFrame, the rows of ``sample(n, rng=rng)``.

        Raises
        ------
        MissingExtraError
            If Dask is not installed.
        """
        return dask.to_dask(self, n, rng=rng)

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

    def check(self) -> None:
        """Raise ValueError if a marginal has values that are no numbers; for models from files."""
        lookups(self)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model to a JSON file, which holds statistics and no training rows."""
        model_file.write(path, self, training_rows=False)

    @property
    def marginals_table(self) -> pd.DataFrame:
        """One row a candidate marginal: criteria, goodness of fit, tail, and the choice."""
        return pd.DataFrame(list(self.provenance.marginals))

    @property
    def selection_table(self) -> pd.DataFrame:
        """One row a candidate copula that ``copula="auto"`` tried: scores and the choice."""
        return pd.DataFrame(list(self.provenance.selection))

    @property
    def dependence_table(self) -> pd.DataFrame:
        """Edges of a vine; of any other copula pairs of variables, most correlated first.

        See :func:`copulasynth.model.dependence.dependence_table` for the columns.
        """
        names = [str(self.schema.variables[j].name) for j in self.free]
        return dependence_table(self.copula, names)

    @property
    def dependence_summary(self) -> dict[str, str | float | int | None]:
        """What describes the copula as a whole: degrees of freedom, likelihood, acceptance rate."""
        return copula_summary(self.copula)

    def diagnose(self, df: Any, *, rng: Rng = None) -> Diagnosis:
        """Compare the dependence of the model with that of a table, preferably a held-out one.

        Parameters
        ----------
        df : DataFrame
            Rows with the columns of the training table.
        rng : int, numpy.random.Generator or None
            The seed of scores inside ties and gaps, and of the model's draws.

        Returns
        -------
        Diagnosis
            Tests of the Rosenblatt transforms, and tail-dependence curves and Kendall plots.

        Examples
        --------
        >>> import copulasynth as cs
        >>> pair = cs.datasets.simulate_telecom_pair(rng=1)
        >>> model = cs.fit(pair, copula="student", marginals="empirical", rng=1)
        >>> list(model.diagnose(pair, rng=1).tails("after", "before"))[:5]
        ['q', 'chi', 'chi_low', 'chi_high', 'chi_model']
        """
        return diagnose(self, df, np.random.default_rng(rng))

    def goodness_of_fit(
        self,
        df: Any,
        *,
        columns: Sequence[str] | None = None,
        knobs: CopulaKnobs | None = None,
        statistic: str = "auto",
        replicates: int = 100,
        rows: int = 1000,
        rng: Rng = None,
    ) -> GoodnessOfFit:
        """Test the model's family of copulas on a table, by parametric bootstrap.

        Parameters
        ----------
        df : DataFrame
        columns : names of variables, optional
            Continuous ones; all with hardly any ties if not given.
        knobs : copula knobs, optional
            How the copula is fitted; default knobs of the model's kind if not given.
        statistic : "auto", "Sn" or "SnB"
            See :func:`copulasynth.copulas.goodness_of_fit`; "auto" is "SnB" where the copula has a
            Rosenblatt transform.
        replicates : int
            Bootstrap replicates; each is a fit.
        rows : int
            Most complete rows to use; more are sampled.
        rng : int, numpy.random.Generator or None

        Raises
        ------
        DataError
            If a named column is unknown or tied, or fewer than two variables or ten complete rows
            are left.
        """
        rng = np.random.default_rng(rng)
        return copula_test(self, df, columns, knobs, statistic, replicates, rows, rng)


@lru_cache(maxsize=8)
def lookups(model: JointModel) -> tuple[Lookup, ...]:
    """Return the tables of a model's free variables, made once and kept for the next call."""
    return tuple(tabulate(m, model.copula.scale(j)) for j, m in enumerate(model.marginals))
