"""The fitted value of every method: a schema, what the method learnt, and how it came about."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any, Unpack

import pandas as pd

from copulasynth import model_file
from copulasynth._arrays import generator
from copulasynth._masking import K_MIN
from copulasynth._progress import Progress
from copulasynth.copulas import Copula, CopulaKnobs
from copulasynth.copulas.checks.gof import GoodnessOfFit
from copulasynth.errors import MissingPartError
from copulasynth.marginals import Marginal
from copulasynth.model import release
from copulasynth.model.api import Sampler
from copulasynth.model.checking import diagnosed
from copulasynth.model.complete import complete
from copulasynth.model.dependence import copula_summary, dependence_table
from copulasynth.model.diagnosis import copula_test
from copulasynth.model.following import Following
from copulasynth.model.impute import impute
from copulasynth.model.joint_law import JointLaw
from copulasynth.model.notebook import as_html
from copulasynth.model.provenance import Provenance, told
from copulasynth.model.rows import sample_with_origin
from copulasynth.model.stored import header, stored, write_rows
from copulasynth.model.strata import Strata, group_model, groups_table, source_of
from copulasynth.model.syntheses import drawn_tables
from copulasynth.rows import blocks, dask, sampling
from copulasynth.rows.blocks import Rng, Source
from copulasynth.rows.dataset import DatasetOptions, Foretold, foretold
from copulasynth.rules import FittedRule
from copulasynth.schema import Schema, Tabular, Variable

__all__ = ["Model"]

Given = Mapping[Any, Any] | None
_NO_LAW = "no law of marginals and a copula; those of copulasynth.fit and model.group(...) have one"


# without slots, so that an attempt to set a property says that the model is frozen
@dataclass(frozen=True, eq=False)
class Model:
    """A fitted method that draws rows; made by :func:`copulasynth.fit` or the ``fit`` of a method.

    Attributes
    ----------
    schema : Schema
        What the columns are, and how values become variables and back.
    sampler : Sampler
        What the method learnt: the :class:`JointLaw` of a copula model, or what another method
        draws with.
    provenance : Provenance
    others : tuple of Sampler
        Under proper synthesis, what was learnt from further draws of the parameters.
    following : Following or None
        Rules that the rows of a method other than a joint law are made to follow.
    """

    schema: Schema
    sampler: Sampler
    provenance: Provenance
    others: tuple[Sampler, ...] = ()
    following: Following | None = None

    def __post_init__(self) -> None:
        d = len(self.schema.variables)
        for sampler in (self.sampler, *self.others):
            if sampler.dim != d:
                raise ValueError(f"{d} variables need a sampler of as many, got {sampler.dim}")

    def __repr__(self) -> str:
        return f"<{told(self.method, self.schema, self.provenance, self.holds_training_rows)}>"

    def _repr_html_(self) -> str:
        return as_html(repr(self)[1:-1], self.schema, self.sampler)

    @property
    def method(self) -> str:
        """What the model was fitted by, in a few words."""
        if isinstance(self.sampler, JointLaw | Strata):
            return self.sampler.words
        return self.provenance.choices.get("method", type(self.sampler).__name__)

    @property
    def holds_training_rows(self) -> bool:
        """Whether the model, and a file of it, contains rows of the training table."""
        return any(s.holds_training_rows for s in (self.sampler, *self.others))

    @property
    def law(self) -> JointLaw:
        """Marginals, copula and rules of a model that has them.

        Raises MissingPartError if there is none, as do the properties that look at it.
        """
        if isinstance(self.sampler, JointLaw):
            return self.sampler
        raise MissingPartError(f"{self.method} has {_NO_LAW}")

    @property
    def marginals(self) -> tuple[Marginal, ...]:
        """The marginals of the free coordinates."""
        return self.law.marginals

    @property
    def copula(self) -> Copula:
        """The dependence of the free coordinates."""
        return self.law.copula

    @property
    def rules(self) -> tuple[FittedRule, ...]:
        """Rules that hold in every drawn row; ``schema.rules`` says them in words."""
        if isinstance(self.sampler, JointLaw | Strata):
            return self.sampler.rules
        return () if self.following is None else self.following.rules

    @property
    def coordinates(self) -> tuple[Variable, ...]:
        """The variables of the schema, and behind them the parts that rules add."""
        return self.law.coordinates(self.schema)

    @property
    def free(self) -> tuple[int, ...]:
        """Indices of the `coordinates` that have a marginal and a place in the copula."""
        return self.law.free

    @property
    def groups(self) -> pd.DataFrame:
        """One row a group of ``by=``: values, rows, copula, pooled, error of a correlation."""
        return groups_table(self)

    def group(self, given: Mapping[Any, Any]) -> "Model":
        """Return the model of ``{"region": "North"}`` of ``by=``, or of the pool that it is in."""
        return group_model(self, given)

    def _source(self, given: Given) -> Source:
        return source_of(self.schema, self.sampler, self.following, given, self.method)

    def sample(
        self,
        n: int,
        *,
        rng: Rng = None,
        given: Given = None,
        return_origin: bool = False,
        workers: int = 1,
        progress: Callable[[int], object] | None = None,
    ) -> Any:
        """Draw n rows as a table like the one that was fitted.

        Parameters
        ----------
        n : int
            Number of rows; exactly as many come back, of the library, column order, types and
            levels of the training table.
        rng : int, numpy.random.Generator or None
            The seed; the same seed gives the same rows, and the first rows of a larger sample.
        given : mapping, optional
            What columns must be in every row: a value, a set of values or an interval, as in
            ``{"plan": {"a", "b"}, "age": cs.between(18, 30)}``; None asks for a missing value. The
            other columns are drawn from their joint law given these.
            Methods without marginals take levels, whole numbers and missing values only.
        return_origin : bool
            Also return a DataFrame of the training rows that each row was made of: positions, one
            column a role (``base``, ``neighbour``, ...), -1 where a role was not taken.
        workers : int
            They change the time, not the rows: threads, and processes for copulas of trees.
        progress : callable, optional
            Called with the number of rows of each finished block.

        Raises
        ------
        DataError
            If `n` is negative, `given` names a column or value that the model does not know or
            cannot draw, or origins are asked of a method that has none.
        """
        if not return_origin:
            source = self._source(given)
            return sampling.sample(source, n, rng=rng, workers=workers, progress=progress)
        laws = (self.schema, self.sampler, self.following, self.method)
        return sample_with_origin(*laws, given is not None, n, rng, progress)

    def iter_batches(
        self,
        n: int,
        *,
        batch_size: int = blocks.BLOCK,
        rng: Rng = None,
        given: Given = None,
        workers: int = 1,
    ) -> Iterator[Any]:
        """Yield tables of `batch_size` rows that together are ``sample(n, rng=rng)``."""
        source = self._source(given)
        return sampling.iter_batches(source, n, batch_size=batch_size, rng=rng, workers=workers)

    def write(
        self,
        path: str | PathLike[str],
        n: int | None = None,
        *,
        rng: Rng = None,
        given: Given = None,
        workers: int = 2,
        progress: Callable[[int], object] | None = None,
        safe_csv: bool = False,
        **dataset: Unpack[DatasetOptions],
    ) -> None:
        """Draw n rows into a file of the kind its name says, or a folder of Parquet files.

        In constant memory. A folder is named by ``out/``, ``s3://bucket/out``, or any option of
        :class:`copulasynth.rows.dataset.DatasetOptions`; with ``resume=True`` one that was begun
        knows `n`, `rng` and its settings, but not `given`. With `safe_csv`, no spreadsheet takes
        a text of a .csv file for a formula. OutputError is raised if a file cannot be written; each
        appears whole or not at all.
        """
        write_rows(
            self, self._source(given), path, n, given, dataset,
            rng=rng, workers=workers, progress=progress, safe_csv=safe_csv,
        )  # fmt: skip

    def foretell(self, n: int, *, given: Given = None) -> Foretold:
        """Measure how fast rows are drawn here; see :class:`copulasynth.rows.dataset.Foretold`."""
        return foretold(self._source(given), n)

    def to_dask(self, n: int, *, rng: Rng = None, given: Given = None) -> Any:
        """Return n rows as a lazy Dask DataFrame, the rows of ``sample(n, rng=rng)``."""
        return dask.to_dask(self._source(given), n, rng=rng)

    def synthesise(
        self, m: int = 5, n: int | None = None, *, rng: Rng = None, workers: int = 1
    ) -> tuple[Any, ...]:
        """Draw m tables of n rows; the first one is ``sample(n, rng=rng)``.

        Under proper synthesis each table comes from its own draw of the parameters. Each has as
        many rows as the model was fitted to if `n` is not given.

        Raises
        ------
        DataError
            If a proper model has fewer draws of the parameters than tables are asked for.
        """
        return drawn_tables(self, m, n, rng, workers)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model to a JSON file; its header says whether it holds training rows.

        TypeError is raised if the model wraps a foreign object, which JSON cannot hold.
        """
        model_file.write(path, stored(self), **header(self))

    def export_release(
        self, path: str | PathLike[str], k_min: int = K_MIN, force: bool = False
    ) -> "Model":
        """Write a model file in which nothing rests on fewer than `k_min` rows; return its model.

        See :mod:`copulasynth.model.release`. DataError for methods that hold rows, without `force`.
        """
        return release.export_release(self, path, k_min, force)

    def disclose(self) -> pd.DataFrame:
        """Return what the model says of its table, and the fewest rows behind things of a kind."""
        return release.disclose(self)

    @property
    def marginals_table(self) -> pd.DataFrame:
        """One row a candidate marginal: criteria, goodness of fit, tail, and the choice."""
        return pd.DataFrame(list(self.provenance.marginals))

    @property
    def selection_table(self) -> pd.DataFrame:
        """One row a copula that "auto" or "search" tried: the choice, why, a search's scores."""
        return pd.DataFrame(list(self.provenance.selection))

    @property
    def dependence_table(self) -> pd.DataFrame:
        """Edges of a vine, or pairs; see :func:`copulasynth.model.dependence.dependence_table`."""
        names = [self.coordinates[j].name for j in self.free]
        return dependence_table(self.copula, names)

    @property
    def dependence_summary(self) -> dict[str, str | float | int | None]:
        """What describes the copula as a whole: degrees of freedom, likelihood, acceptance rate."""
        return copula_summary(self.copula)

    def complete(self, known: Tabular, *, rng: Rng = None) -> Any:
        """Draw the columns that a table lacks, for each row given the columns that it has.

        See :func:`copulasynth.model.complete.complete` for how, and how exactly, a copula does it.
        """
        return complete(self.schema, self.sampler, self.method, known, rng)

    def impute(
        self, df: Tabular, m: int = 5, *, rng: Rng = None, progress: Progress = None
    ) -> tuple[Any, ...]:
        """Fill the gaps of a table m times; see :func:`copulasynth.model.impute.impute`."""
        samplers = (self.sampler, *self.others)
        return impute(self.schema, samplers, self.provenance, self.method, df, m, rng, progress)

    def diagnose(self, df: Tabular | None = None, *, rng: Rng = None) -> Any:
        """Say how the model departs: :func:`copulasynth.model.checking.diagnosed`."""
        return diagnosed(self.schema, self.sampler, self.method, df, rng)

    def goodness_of_fit(
        self,
        df: Tabular,
        *,
        columns: Sequence[str] | None = None,
        knobs: CopulaKnobs | None = None,
        statistic: str = "auto",
        replicates: int = 100,
        rows: int = 1000,
        rng: Rng = None,
    ) -> GoodnessOfFit:
        """Test the family of copulas: :func:`copulasynth.model.diagnosis.copula_test`."""
        test = (columns, knobs, statistic, replicates, rows, generator(rng))
        return copula_test(self.schema, self.law, df, *test)
