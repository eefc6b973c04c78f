"""Fit a table that is read in pieces: its columns and marginals are those of all rows.

Two passes. The first finds the levels, ends, gaps and grids of every column, and a seeded sample
of the rows, to which the whole model is fitted as to any table. The second counts all rows by the
coordinates of that model, checks its rules on them, and gives it the marginals of all rows. All
that is counted is merged by sums and extremes, and rows are chosen by hashes, so that neither the
order of the rows nor their files nor the engine change a byte of the model.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from copulasynth._arrays import Ints, generator
from copulasynth._clock import Report
from copulasynth._progress import Progress, shown
from copulasynth.errors import DataError, FitWarning, did_you_mean
from copulasynth.fitting.lake.groups import LakeGroups, strange_words
from copulasynth.fitting.lake.reach import reaching
from copulasynth.fitting.lake.rules import Breaks, obeyed
from copulasynth.fitting.strata import GroupLaws
from copulasynth.model import JointLaw, JointModel
from copulasynth.model.encoded import Encoded, encode
from copulasynth.model.provenance import seed_of
from copulasynth.model.tally import Tallies, Tallying, edges_of
from copulasynth.model.whole import of_all_rows
from copulasynth.rows.blocks import Rng, count
from copulasynth.rows.lake import Lake, LakeSample, Where, begun, lake_of, mapped
from copulasynth.rows.lake.columns import LEVELS
from copulasynth.rows.lake.look import LakeSeen, look
from copulasynth.rows.lake.orders import ordered
from copulasynth.rows.lake.sampling import chosen
from copulasynth.rows.lake.witness import orders_kept, with_witnesses
from copulasynth.rules import Check, normalised
from copulasynth.schema import Rule, Schema
from copulasynth.schema.infer_text import ONCE

__all__ = ["FIRST", "LakeFit", "check_where", "warn_unused"]

ENGINES = ("threads", "dask", "spark")
#: Fewest rows that are worth a sample.
FEWEST = 1000
#: Rows that are read before it is said, where nobody knows how many there are.
FIRST_TOLD = 1_000_000
#: What is said when a pass begins.
FIRST = "all rows: levels, bounds and a sample"
SECOND = "all rows: shares, quantiles and rules"


def check_where(engine: str, scheduler: str | None, workers: int, sample_rows: int) -> Where:
    """Return the engine that reads.

    Raises
    ------
    DataError
        If there is none of that name, or a number is too small.
    """
    if engine not in ENGINES:
        raise DataError(f"engine={engine!r} is unknown; {did_you_mean(engine, ENGINES)}")
    if scheduler is not None and engine == "threads":
        raise DataError("scheduler= is for engine='dask' and engine='spark'; give one, or leave it")
    count(workers, "workers", least=1)
    count(sample_rows, "sample_rows", least=FEWEST)
    return Where(engine, scheduler, workers)


def warn_unused(sample_rows: int | None, engine: str) -> None:
    """Warn of what is asked of rows in pieces where a table is read whole."""
    asked = [] if sample_rows is None else [f"sample_rows={sample_rows:,}"]
    asked += [f"engine={engine!r}"] * (engine != "threads")
    if asked:
        warnings.warn(
            f"{' and '.join(asked)} is for what is read in pieces, such as 'lake/*.parquet'; this "
            "table is read whole, and all of its rows tell the dependence",
            FitWarning,
            stacklevel=3,
        )


@dataclass(frozen=True, slots=True, eq=False)
class LakeFit:
    """How a lake is fitted.

    Attributes
    ----------
    fit_table : callable
        Fits a table, given `schema` and `rng`, by the method that is asked for.
    marginals, schema, kinds, formats, rules
        As :func:`copulasynth.fit` takes them.
    where : Where
    sample_rows : int
    laws : GroupLaws, optional
        Where groups are fitted.
    """

    fit_table: Callable[..., JointModel]
    marginals: object
    schema: Schema | None
    kinds: Mapping[Any, str] | None
    formats: Mapping[Any, str] | None
    rules: Sequence[Rule | Check]
    where: Where
    sample_rows: int
    laws: GroupLaws | None = None

    def __call__(self, source: object, rng: Rng, progress: Progress) -> JointModel:
        """Fit a lake, and tell how that goes on.

        Raises
        ------
        DataError
            If a file, a column or a declared rule cannot be used; the message says what to do.
        """
        with shown(progress) as report, begun(self.where) as where:
            of_table = partial(self.fit_table, progress=report)
            if self.laws is not None:  # an engine has nothing else to do where rows are one table
                of_table = partial(of_table, engine=where.engine, scheduler=where.scheduler)
            laws = self.laws and replace(self.laws, where=where)
            whole = replace(self, fit_table=of_table, where=where, laws=laws)
            return whole.fit(source, rng, report)

    def fit(self, source: object, rng: Rng, report: Report) -> JointModel:
        """Fit a lake by workers that have begun."""
        lake = lake_of(source)
        # the sample, the fit and the marginals each begin at the seed, however often one is made
        start = seed_of(rng)
        start = int(generator(rng).integers(2**63)) if start is None else start
        report(FIRST)
        seen = look(lake, self.sample_rows, start, self.where, _told(report, lake.rows))
        sample = chosen(seen.rows, lake, self.sample_rows, start, self.where)
        orders, notes = orders_kept(lake.schema, seen)
        table = ordered(sample.table, orders)
        if sample.whole:
            report(f"all {sample.rows:,} rows are fitted as one table")
            return _noted(self.fit_table(table, schema=self._schema(table), rng=rng), notes)
        words = _words(sample)
        report(f"{'dependence' if self.laws is None else 'rules'} {words}")
        full = ordered(with_witnesses(sample.table, seen), orders)
        schema = self._schema(full) or Schema.infer(full)
        declared = {*(self.kinds or ()), *(self.formats or ())}
        _refuse_many(schema, seen, declared, self.schema is not None)
        model = _noted(self._fitted(lake, table, full, schema, start, report), notes)
        made = model.provenance
        # of other methods nothing but the columns is of all rows; laws of groups say theirs
        rests = "dependence" if isinstance(model.sampler, JointLaw) else "sample"
        told = {rests: words} if self.laws is None else {"rules": words.partition(";")[0]}
        choices = made.choices | told
        made = replace(made, rows=sample.rows, seed=seed_of(rng), choices=choices)
        return replace(model, provenance=made)

    def _schema(self, table: pa.Table) -> Schema | None:
        if self.schema is not None:
            return self.schema.complete(table)
        if self.kinds or self.formats:
            return Schema.infer(table, kinds=self.kinds, formats=self.formats)
        return None

    def _fitted(
        self,
        lake: Lake,
        sample: pa.Table,
        full: pa.Table,
        schema: Schema,
        start: int,
        report: Report,
    ) -> JointModel:
        """Return the model of a sample, with the marginals of all rows and rules that they obey."""
        said: list[str] = []
        given = self.schema is not None
        if self.laws is not None:
            tell = partial(_told, report, lake.rows)
            asked = (self.laws, self.rules, given, self._obeyed, lake, full, self.where)
            groups = LakeGroups(*asked, self.sample_rows, start, report, tell)
            return _noted(*groups.fitted(sample, schema))
        while True:
            model = self.fit_table(sample, schema=schema, rng=start)
            if not isinstance(model.sampler, JointLaw):
                return _noted(model, said)
            law = model.sampler
            following = reaching(law.following, law.parts, model.schema, full)
            law = replace(law, following=following)
            model = replace(model, sampler=law)
            report(SECOND)
            x = following.extended(model.schema.encode(sample))
            edges = edges_of(law, model.schema, x)
            counts = self._counted(lake, Tallying(model.schema, law, edges, given), report)
            kept, words = self._obeyed_by(model, sample, following.broken(x), counts)
            said += words
            if kept is model.schema:
                break
            schema = kept
        said += strange_words(counts.strange)
        rng = np.random.default_rng([start % 2**64, 1])
        return _noted(of_all_rows(model, x, edges, counts, self.marginals, rng), said)

    def _obeyed_by(
        self, model: JointModel, sample: pa.Table, own: Ints, counts: Tallies
    ) -> tuple[Schema, list[str]]:
        if not counts.broken.any():
            return model.schema, []
        checks = [r for r in self.rules if isinstance(r, Check)]
        data = replace(encode(sample, model.schema, checks), schema=model.schema)
        return self._obeyed(data, own, len(sample), counts.broken, counts.rows)

    def _obeyed(
        self, data: Encoded, own: Ints, size: int, broken: Ints, rows: int
    ) -> tuple[Schema, list[str]]:
        """Return the schema of rules that all rows obey, and what is to be said of the others."""
        declared = {normalised(r).key for r in self.rules if isinstance(r, Rule)}
        if self.schema is not None:
            declared |= {r.key for r in self.schema.rules or () if r.told is None}
        table = Breaks([f.record for f in data.coordinates.found], own, size, broken, rows)
        return obeyed(data.schema, table, declared)

    def _counted(self, lake: Lake, tallying: Tallying, report: Report) -> Tallies:
        idle = frozenset(
            str(c.name) for c in tallying.schema.columns if c.kind in ("identifier", "drop")
        )
        found, told = tallying.none(), _told(report, lake.rows)
        for part in mapped(tallying, lake.without(idle), self.where):
            found = found.merged(part)
            told(found.rows)
        return found


def _noted(model: JointModel, said: Sequence[str]) -> JointModel:
    """Return a model with what is to be known of it, which is warned of."""
    for words in said:
        warnings.warn(words, FitWarning, stacklevel=4)
    made = model.provenance
    known = tuple(dict.fromkeys((*made.warnings, *said)))
    return replace(model, provenance=replace(made, warnings=known))


def _told(report: Report, rows: int | None) -> Callable[[int], object]:
    """Return what says each tenth of the rows that was read, or twice as many as before."""
    told, due = 0, FIRST_TOLD

    def tell(read: int) -> None:
        nonlocal told, due
        if rows and read * 10 // rows > told:
            told = read * 10 // rows
            report(f"{read:,} of {rows:,} rows are read")
        elif rows is None and read >= due:
            due = 2 * read
            report(f"{read:,} rows are read")

    return tell


def _words(sample: LakeSample) -> str:
    """Return what the dependence rests on."""
    error = f"{1 / np.sqrt(sample.effective):.2g}".lstrip("0")
    few = ""
    if sample.effective < 0.9 * len(sample.table):
        few = f", which tell as much as {sample.effective:,.0f} that repeat none"
    return (
        f"from {len(sample.table):,} of {sample.rows:,} rows{few}; standard error of a "
        f"correlation {error}"
    )


def _refuse_many(schema: Schema, seen: LakeSeen, declared: set[Any], given: bool) -> None:
    """Refuse columns of more levels than can be counted, and names that are not those of rows.

    Raises
    ------
    DataError
        With what to declare.
    """
    names = seen.rows.contents.rows.schema.names
    for name, column in zip(names, seen.columns, strict=True):
        if not column.many or name not in schema.kinds:
            continue
        kind = schema.column(name)
        repeated = (
            kind.kind == "identifier"
            and kind.storage == "text"
            and column.single < ONCE
            and not given
            and name not in declared
        )
        if (kind.coded and kind.modelled) or repeated:
            raise DataError(
                f"column {name!r} has more than {LEVELS:,} different values, too many to hold "
                f"each as a level. Declare what it is: kinds={{{name!r}: 'identifier'}} for names "
                "that are to be made anew, or 'drop'; or group rare values."
            )
