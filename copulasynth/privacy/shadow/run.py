"""The shadow audit: fit with and without single records, and see whether the difference shows."""

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from pickle import PicklingError
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np

from copulasynth._arrays import Bools, Floats, floats, generator
from copulasynth._clock import Report, Stage
from copulasynth._progress import Progress, shown
from copulasynth.errors import CopulasynthError, DataError, FitWarning, SamplingError
from copulasynth.model.provenance import seed_of
from copulasynth.privacy.given import names_of
from copulasynth.privacy.shadow.attack import attack
from copulasynth.privacy.shadow.audit import Audit, AuditedRecord, Released
from copulasynth.privacy.shadow.of_models import cell_features, document, parameters
from copulasynth.privacy.shadow.of_rows import row_features
from copulasynth.privacy.shadow.worlds import Worlds, inclusions
from copulasynth.schema import Schema, Tabular

__all__ = ["FITS", "shadow_audit"]

#: Shadow fits by default: an AUC of about .7 of one of twenty records is then seen.
FITS = 256
_FEWEST_FITS = 16
_Fit: TypeAlias = Callable[..., Any]
#: Numbers about each record, and parameters by their paths.
_Seen = tuple[Floats, dict[str, float]]


@runtime_checkable
class _Drawing(Protocol):
    """What a fit returns: it draws rows."""

    def sample(self, n: int, /, *, rng: int) -> Any: ...


def shadow_audit(
    train: Tabular,
    fit: _Fit,
    *,
    holdout: Tabular | None = None,
    records: int | Sequence[int] = 20,
    fits: int = FITS,
    n: int | None = None,
    released: Released = "rows",
    unit: str | None = None,
    schema: Schema | None = None,
    rng: int | np.random.Generator | None = None,
    workers: int = 1,
    progress: Progress = None,
) -> Audit:
    """Attack single records through many fits of one configuration, with and without them.

    Every record is in one half of the fits, at random and apart from the others, so that all
    records share the fits. Where one is out, a row of the holdout stands in for it: the number of
    rows tells nothing. A random forest learns from the first half of the fits who was in, and its
    threshold is fixed there; the second half is counted. AUC .5 is chance.

    Parameters
    ----------
    train : table
    fit : callable
        Called as ``fit(table, rng=seed)``; returns a model that draws ``sample(n, rng=seed)``: for
        example ``functools.partial(cs.fit, copula="gaussian")`` or ``cs.Smote().fit``. Give it all
        that the release is made with.
    holdout : table, optional
        Rows that stand in. Without one, as many random training rows as there are records are set
        aside for it, and the fits have so many rows less.
    records : int or sequence of int
        How many: half of them the most outlying rows (extreme numbers, rare levels), half random
        other ones. Or places of rows in `train`.
    fits : int
        At least 16. The time of the audit is theirs.
    n : int, optional
        Rows that the attacker sees of each fit; as many as `train` has by default.
    released : {"rows", "model"}
        Whether rows are attacked, or what ``model.save`` writes.
    unit : str, optional
        Column that says whose rows they are: a record is then a person with all rows.
    schema : Schema, optional
        What columns of drawn rows are taken for; it does not reach `fit`.
    rng : int, Generator or None
    workers : int
        Processes. They change the time, not the result. A `fit` that cannot be sent to another
        process runs in this one, which a `FitWarning` says.
    progress : callable or bool, optional
        As for :func:`copulasynth.fit`; after two fits it is told how long all take.

    Returns
    -------
    Audit
        `table` has a row a record; `worst` is the one of which most is known for sure.

    Raises
    ------
    DataError
        If an argument is out of range, the tables are too small, or `fit` returns no model.
    SamplingError
        If a worker process is killed.

    Notes
    -----
    The other records are in or out by chance too, as in Carlini et al. (2022): the attacker knows
    who may be in the table, not who is. One who knows all others has less noise to see through, so
    that the audit errs towards too little. Epsilon is that of replacing one record, at most
    twice that of adding or removing one. Its bound is that of Jagielski et al. (2020).

    References
    ----------
    Shokri et al. (2017), Membership inference attacks against machine learning models; Jagielski,
    Ullman and Oprea (2020), Auditing differentially private machine learning; Stadler, Oprisanu and
    Troncoso (2022), Synthetic data: anonymisation groundhog day; Carlini et al. (2022), Membership
    inference attacks from first principles; Houssiau et al. (2022), TAPAS; Steinke, Nasr and
    Jagielski (2023), Privacy auditing with one (1) training run.

    Examples
    --------
    >>> import pandas as pd
    >>> g = np.random.default_rng(1)
    >>> table = pd.DataFrame(g.normal(size=(60, 2)), columns=["x", "y"])
    >>> class Copies:
    ...     def __init__(self, table, rng):
    ...         self.table = table
    ...     def sample(self, n, *, rng):
    ...         return self.table.sample(n, replace=True, random_state=rng)
    >>> shadow_audit(table, Copies, records=2, fits=64, rng=1).worst.value > 0.7
    True
    """
    _check(fit, fits, n, released, workers)
    rng = generator(rng)
    seed, (chooser, coins, seeds, judge) = seed_of(rng), rng.spawn(4)
    worlds = Worlds.of(train, holdout, records, unit, schema, chooser)
    inside = inclusions(len(worlds.chosen), fits, coins)
    drawn = worlds.n if n is None else n
    work = _Shadow(worlds, fit, drawn, released)
    jobs = list(zip(inside, seeds.integers(2**32, size=fits).tolist(), strict=True))
    with shown(progress) as report:
        found = list(_all(work, jobs, workers, report))
        report(Stage(f"attacking {len(worlds.chosen)} records"))
        told = _attacked(worlds, found, inside, judge)
    return Audit(
        told, released, fits, worlds.n, 0 if released == "model" else drawn,
        tuple(names_of(train)), unit or "row", "training" if holdout is None else "holdout", seed,
    )  # fmt: skip


def _check(fit: object, fits: int, n: int | None, released: str, workers: int) -> None:
    if not callable(fit):
        raise DataError(
            f"fit is called as fit(table, rng=seed), and a {type(fit).__name__} cannot be. Pass "
            "functools.partial(copulasynth.fit, copula=...), or the fit of a method: Smote().fit."
        )
    if released not in ("rows", "model"):
        raise DataError(f"released={released!r} is unknown; choose 'rows' or 'model'.")
    for name, value, least in (("fits", fits, _FEWEST_FITS), ("workers", workers, 1),
                               ("n", 1 if n is None else n, 1)):  # fmt: skip
        if value < least:
            raise DataError(f"{name} must be at least {least}, got {value}.")


@dataclass(frozen=True, slots=True, eq=False)
class _Shadow:
    """What is done for every fit."""

    worlds: Worlds
    fit: _Fit
    n: int
    released: Released

    def __call__(self, job: tuple[Bools, int]) -> _Seen:
        try:
            return self._one(*job)
        except CopulasynthError:
            raise
        except Exception as error:
            raise DataError(
                f"a shadow fit failed with {type(error).__name__}: {error}. It is called as "
                "fit(table, rng=seed) on tables in which a record is replaced by another row, and "
                "must fit all of them."
            ) from error

    def _one(self, inside: Bools, seed: int) -> _Seen:
        from threadpoolctl import threadpool_limits

        own = np.random.default_rng(seed)
        table = self.worlds.table(inside, own)
        # the last bits of sums depend on the number of threads, and each fit warns of the same
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = self.fit(table, rng=int(own.integers(2**32)))
            return self._seen(model, int(own.integers(2**32)))

    def _seen(self, model: object, seed: int) -> _Seen:
        if self.released == "model":
            data = document(model)
            return cell_features(self.worlds, data), parameters(data)
        if not isinstance(model, _Drawing):
            raise DataError(
                f"fit returned a {type(model).__name__}, which has no sample(n, rng=...)."
            )
        return row_features(self.worlds, model.sample(self.n, rng=seed)), {}


def _all(
    work: _Shadow, jobs: list[tuple[Bools, int]], workers: int, report: Report
) -> Iterator[_Seen]:
    """Yield what each fit tells, in order; the second says how long the others take.

    The first one loads what the method needs.
    """
    report(Stage(f"two shadow fits of {len(jobs)}"))
    yield work(jobs[0])
    start = time.perf_counter()
    yield work(jobs[1])
    rest = jobs[2:]
    each = time.perf_counter() - start
    report(Stage(f"{len(rest)} more shadow fits", each * len(rest) / workers))
    yield from _others(work, rest, workers)


def _others(work: _Shadow, jobs: list[tuple[Bools, int]], workers: int) -> Iterator[_Seen]:
    done = 0
    if workers > 1:
        from sklearn.utils.parallel import Parallel, delayed

        try:
            tasks = (delayed(work)(job) for job in jobs)
            # copies, not files of memory that are shared: the table is small
            pool = Parallel(n_jobs=workers, return_as="generator", max_nbytes=None)
            for seen in pool(tasks):
                yield seen
                done += 1
            return
        except BrokenProcessPool as e:
            raise SamplingError(
                "a worker process ended, perhaps for want of memory; audit with workers=1"
            ) from e
        except (PicklingError, AttributeError, TypeError) as e:
            if done or not _unsent(e):
                raise
            warnings.warn(
                f"fit cannot be sent to another process ({e}); all fits run in this one, with the "
                "same result",
                FitWarning,
                stacklevel=2,
            )
    yield from map(work, jobs)


def _unsent(error: Exception) -> bool:
    return isinstance(error, PicklingError) or "pickle" in str(error)


def _attacked(
    worlds: Worlds, found: list[_Seen], inside: Bools, rng: np.random.Generator
) -> tuple[AuditedRecord, ...]:
    learnt = 2 * (len(found) // 4)
    shared = _table([named for _, named in found], learnt)
    told = []
    for k, one in enumerate(worlds.chosen):
        x = np.column_stack([np.stack([own[k] for own, _ in found]), shared])
        a = attack(x, inside[:, k], learnt, len(worlds.chosen), int(rng.integers(2**31)))
        told.append(AuditedRecord(one.row, one.kind, **asdict(a)))
    return tuple(told)


def _table(named: list[dict[str, float]], learnt: int) -> Floats:
    """Return parameters as columns: those that fits to learn from have, 0 where one lacks it."""
    paths = dict.fromkeys(path for one in named[:learnt] for path in one)
    x = np.array([[one.get(path, 0.0) for path in paths] for one in named])
    x = np.nan_to_num(x.reshape(len(named), len(paths)), posinf=0.0, neginf=0.0)
    return floats(x[:, x[:learnt].std(axis=0) > 0])
