"""The fitted value of every synthesizer that is not a joint model: schema, sampler, provenance."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from os import PathLike
from typing import Any, Literal, Protocol, overload, runtime_checkable

import numpy as np
import pandas as pd

from copulasynth import model_file
from copulasynth._arrays import Floats, Ints
from copulasynth.errors import DataError, FitWarning
from copulasynth.model.provenance import Provenance, versions
from copulasynth.rows import blocks, files
from copulasynth.schema import Schema
from copulasynth.synthesizers.training_rows import Layout, layout_of

__all__ = ["Sampler", "SynthesizerModel", "fit_sampler"]

Rng = int | np.random.Generator | None


@runtime_checkable
class Sampler(Protocol):
    """What a method learnt: draws rows of encoded variables, immutable.

    A sampler may also offer ``draw_with_origin(n, rng)``, which returns the same rows with a
    mapping from a name such as ``"base"`` to the (n,) numbers of the training rows behind them,
    and ``diagnose(names)``, which says in closed form what the method does to the moments.
    """

    @property
    def dim(self) -> int:
        """Number of variables."""

    @property
    def holds_training_rows(self) -> bool:
        """Whether the value, and so its file, contains rows of the training table."""

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        """Draw n rows as (dim, n), NaN where a value is missing; prefix-stable."""


@dataclass(frozen=True, slots=True, eq=False)
class SynthesizerModel:
    """A fitted synthesizer that draws rows; made by the ``fit`` of one.

    Attributes
    ----------
    schema : Schema
        What the columns are, and how values become variables and back.
    sampler : Sampler
        What the method learnt.
    provenance : Provenance
        ``provenance.choices["method"]`` is the synthesizer with its settings.
    """

    schema: Schema
    sampler: Sampler
    provenance: Provenance

    def __post_init__(self) -> None:
        d = len(self.schema.variables)
        if self.sampler.dim != d:
            raise ValueError(f"{d} variables need a sampler of as many, got {self.sampler.dim}")

    def __repr__(self) -> str:
        return (
            f"<SynthesizerModel: {self.provenance.choices.get('method', '?')}, "
            f"{len(self.schema.columns)} columns, fitted to {self.provenance.rows:,} rows, "
            f"{'HOLDS TRAINING ROWS' if self.holds_training_rows else 'holds no training rows'}>"
        )

    @property
    def holds_training_rows(self) -> bool:
        """Whether the model, and a file of it, contains rows of the training table."""
        return self.sampler.holds_training_rows

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        """Draw n rows of variable values as (d, n); prefix-stable."""
        return self.sampler.draw(n, rng)

    @overload
    def sample(
        self,
        n: int,
        *,
        rng: Rng = None,
        return_origin: Literal[False] = False,
        workers: int = 1,
        progress: Callable[[int], object] | None = None,
    ) -> Any: ...
    @overload
    def sample(
        self,
        n: int,
        *,
        rng: Rng = None,
        return_origin: Literal[True],
        workers: int = 1,
        progress: Callable[[int], object] | None = None,
    ) -> tuple[Any, pd.DataFrame]: ...
    def sample(
        self,
        n: int,
        *,
        rng: Rng = None,
        return_origin: bool = False,
        workers: int = 1,
        progress: Callable[[int], object] | None = None,
    ) -> Any:
        """Draw n rows as a table like the one that was fitted.

        Parameters
        ----------
        n : int
            Number of rows; exactly as many come back.
        rng : int, numpy.random.Generator or None
            The seed; the same seed gives the same rows, and the first rows of a larger sample.
        return_origin : bool
            Also return which training rows each row was made of.
        workers : int
            Threads; they change the time, not the rows.
        progress : callable, optional
            Called with the number of rows of each finished block.

        Returns
        -------
        table : DataFrame
            Of the library, column order, types and levels of the training table.
        origin : pandas.DataFrame
            Only with `return_origin`: positions in the training table, one column a role
            (``base``, ``neighbour``, ...), -1 where a role was not taken.

        Raises
        ------
        DataError
            If `n` is negative, or origins are asked of a method that has none.
        """
        if not return_origin:
            return blocks.sample(self, n, rng=rng, workers=workers, progress=progress)
        if not hasattr(self.sampler, "draw_with_origin"):
            raise DataError(
                f"{self.provenance.choices.get('method')} makes no row from particular training "
                "rows, so there is no origin to return. Leave return_origin out."
            )
        recorder = _Recorder(self.schema, self.sampler)
        # Blocks must be recorded in order, so one worker.
        table = blocks.sample(recorder, n, rng=rng, workers=1, progress=progress)
        return table, recorder.origin()

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
        workers: int = 1,
        progress: Callable[[int], object] | None = None,
    ) -> None:
        """Draw n rows straight into a .csv or .parquet file, in constant memory.

        Raises
        ------
        OutputError
            If the file cannot be written; nothing half-written is left behind.
        """
        files.write(self, path, n, rng=rng, workers=workers, progress=progress)

    def synthesise(self, m: int, n: int, *, rng: Rng = None, workers: int = 1) -> tuple[Any, ...]:
        """Draw m tables of n rows; the first one is ``sample(n, rng=rng)``."""
        rng = np.random.default_rng(rng)
        return tuple(self.sample(n, rng=rng, workers=workers) for _ in range(m))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model to a JSON file; its header says whether it holds training rows.

        Raises
        ------
        TypeError
            If the model wraps a foreign object, which JSON cannot hold.
        OutputError
            If the file cannot be written.
        """
        cls = type(self.sampler)
        if f"{cls.__module__}:{cls.__name__}" not in model_file.VALUES.values():
            raise TypeError(
                f"{self.provenance.choices.get('method')} wraps an object of another package and "
                "cannot be saved to JSON. Save that object with its own package, or write rows "
                "with .write(path, n)."
            )
        model_file.write(path, self, training_rows=self.holds_training_rows)

    def diagnose(self) -> Any:
        """Say in closed form what the method does to variances and correlations.

        Raises
        ------
        DataError
            If the method has no closed form.
        """
        if not hasattr(self.sampler, "diagnose"):
            raise DataError(
                f"{self.provenance.choices.get('method')} has no closed-form moments to diagnose. "
                "Compare a sample with the data instead."
            )
        return self.sampler.diagnose(tuple(str(v.name) for v in self.schema.variables))


@dataclass(frozen=True, slots=True, eq=False)
class _Recorder:
    """A source that remembers the origin of every row that it draws."""

    schema: Schema
    sampler: Any
    seen: list[dict[str, Ints]] = field(default_factory=list)

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        x: Floats
        x, origin = self.sampler.draw_with_origin(n, rng)
        self.seen.append(origin)
        return x

    def origin(self) -> pd.DataFrame:
        seen = self.seen or [self.sampler.draw_with_origin(0, np.random.default_rng(0))[1]]
        return pd.DataFrame({k: np.concatenate([s[k] for s in seen]) for k in seen[0]})


def fit_sampler(
    df: Any,
    knobs: object,
    learn: Callable[[Floats, Layout, np.random.Generator], Sampler],
    *,
    schema: Schema | None,
    rng: Rng,
) -> SynthesizerModel:
    """Encode a table, learn a sampler from it, and record how the model came about.

    Parameters
    ----------
    df : pandas, polars or pyarrow table
    knobs : object
        The synthesizer; its repr is recorded as the method.
    learn : callable
        Takes the encoded rows (n, d) with NaN for missing, their layout and a generator.
    schema : Schema or None
        Inferred from `df` if not given.
    rng : int, numpy.random.Generator or None

    Raises
    ------
    DataError
        If the table has fewer than two rows, or a column cannot be used as it is.
    """
    seed = int(rng) if isinstance(rng, int | np.integer) else None
    rng = np.random.default_rng(rng)
    schema = Schema.infer(df) if schema is None else schema
    x = schema.encode(df)
    if len(x) < 2:
        raise DataError(f"fitting needs at least 2 rows, the table has {len(x)}. Add rows.")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FitWarning)
        sampler = learn(x, layout_of(schema.variables), rng)
    for w in caught:
        warnings.warn_explicit(w.message, w.category, w.filename, w.lineno)
    provenance = Provenance(
        rows=len(x),
        seed=seed,
        versions=versions(),
        choices={"method": repr(knobs)},
        warnings=tuple(str(w.message) for w in caught if issubclass(w.category, FitWarning)),
    )
    return SynthesizerModel(schema, sampler, provenance)
