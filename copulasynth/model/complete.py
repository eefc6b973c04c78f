"""The rest of rows of which some values are known, each row given its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from copulasynth._arrays import Bools, Floats, Ints, generator, open_unit
from copulasynth._clock import step
from copulasynth.copulas.rowwise import draw_rows
from copulasynth.errors import SamplingError
from copulasynth.model.api import Sampler
from copulasynth.model.joint_law import JointLaw, law_of
from copulasynth.model.reach import cell_of, check_reach, ends, parents_of
from copulasynth.model.solving import distance, matched, moved, narrow_parents, solved
from copulasynth.model.strata import Strata, grouping, laws_of_rows
from copulasynth.schema import Schema, Tabular
from copulasynth.schema.given import refuse_off_grid
from copulasynth.schema.partial import encode_partial, restored

__all__ = ["complete", "completed"]

#: Rows completed at a time; fixed, so that rows depend on the seed and their place alone.
CHUNK = 4096

#: A cell narrower than this many normal scores counts as the point in its middle.
NARROW = 0.02

#: Attempts to complete rows so that rules hold, and copies of each such row that are tried at once.
ROUNDS, COPIES = 20, 64

#: The same for the rows that are left, over which the copies are shared.
LAST, SHARED = 2, 2**11

#: Rows that show how far what rules make can reach.
SHOWN = 2**14

#: Copies of a row that are tried first; each time that none will do, as many again as before.
FEW = 2


def complete(schema: Schema, sampler: Sampler, method: str, known: Tabular, rng: Any) -> Any:
    """Draw the columns that a table lacks, for each row given the columns that it has.

    Parameters
    ----------
    known : table
        Some of the columns, in any order, one row for each row that is wanted. A value that is
        missing there is known to be missing.
    rng : int, numpy.random.Generator or None

    Returns
    -------
    table
        The rows of `known`, in their order and with their index, with all columns and types of
        the training table.

    Raises
    ------
    DataError
        If the method has no joint law, or `known` has a column or a value that the model does
        not know.
    SamplingError
        If the known values of a row and the rules of the table cannot both hold.

    Notes
    -----
    Gaussian and t copulas draw from the exact conditional law where the known values are
    numbers of continuous columns. Levels, repeated values and states of gaps are cells, not
    points: of these a Gibbs sampler of 20 sweeps draws the latent scores. A vine is exact where
    the known columns are continuous, without gaps, and can be put first in its order. All
    others choose one of 64 weighted candidates in each row, whose law is the conditional one
    but for an error that grows with the number of known values and shrinks with candidates: a
    tree draws them in its own order with a particle filter, a mixture from its components, a
    blend from its parts, a calibrated copula from its base; other vines weight the draws of
    a t copula of the same correlations.

    Where a known column follows from unknown ones by a rule, the nearest of many draws is taken
    and moved onto the known value.

    Examples
    --------
    >>> import copulasynth as cs
    >>> df = cs.datasets.simulate_telecom_pair(rng=1)
    >>> model = cs.fit(df, copula="gaussian", rng=1)
    >>> list(model.complete(df[["before"]].head(3), rng=1))
    ['after', 'before']
    """
    if not isinstance(sampler, Strata):
        law_of(sampler, method, "complete")
    given = encode_partial(schema, known, grouping(schema, sampler))
    out = np.empty_like(given.x, order="F")
    for law, _, rows, stream in laws_of_rows(schema, sampler, given.x, generator(rng), "complete"):
        _check_values(schema, law, given.x[rows], rows)
        out[rows] = completed(schema, law, given.x[rows], stream)
    return restored(schema, given, out, known)


def _check_values(schema: Schema, law: JointLaw, x: Floats, places: Ints) -> None:
    """Refuse known values, in these rows of a table, that the columns cannot have."""
    for j, v in enumerate(schema.variables):
        if v.kind != "state" and not v.levels:
            refuse_off_grid(schema.columns[v.column], x[~np.isnan(x[:, j]), j])
    for k, j in enumerate(law.free):
        if j >= law.dim or schema.variables[j].levels:
            continue
        value = x[:, j]
        seen = np.flatnonzero(~np.isnan(value))
        drawn, variable = ends(law.marginals[k]), schema.variables[j]
        far = [seen[value[seen].argmin()], seen[value[seen].argmax()]] if seen.size else []
        for row in far:
            column = schema.columns[variable.column]
            check_reach(column, variable, drawn, value[[row]], f" (row {places[row]})")


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """Rows to complete: what is known of them.

    Attributes
    ----------
    x : (n, d) float64
        Known variables; NaN where a value is to be drawn or is behind a gap.
    lower, upper : (d_free, n) float64
        Where the free coordinates must lie, as probabilities.
    exempt : (n,) bool
        Rows whose known values break a rule already, which they keep.
    """

    x: Floats
    lower: Floats
    upper: Floats
    exempt: Bools

    def rows(self, rows: Ints) -> "Rest":
        """Return the task of some of the rows."""
        return Rest(self.x[rows], self.lower[:, rows], self.upper[:, rows], self.exempt[rows])


def completed(
    schema: Schema, law: JointLaw, x: Floats, rng: np.random.Generator, *, lenient: bool = False
) -> Floats:
    """Return variables (n, d) whose unknown values, NaN, are drawn given the known ones.

    With `lenient`, a row that breaks a rule by what is known of it keeps that; else it is an error.
    """
    x = solved(law, x)
    out = np.empty_like(x, order="F")
    for k, stream in enumerate(rng.spawn(-(-len(x) // CHUNK))):
        step(f"row {k * CHUNK + 1:,} of {len(x):,}")
        rows = slice(k * CHUNK, (k + 1) * CHUNK)
        out[rows] = _chunk(schema, law, _task(law, x[rows], lenient), k * CHUNK, stream)
    return out


def _task(law: JointLaw, x: Floats, lenient: bool) -> Rest:
    """Return what is known of free coordinates as intervals of probability."""
    full = law.extended(x)
    lower, upper = np.zeros((len(law.free), len(x))), np.ones((len(law.free), len(x)))
    for k, j in enumerate(law.free):
        seen = np.flatnonzero(~np.isnan(full[:, j]))
        a, b = cell_of(law.marginals[k], full[seen, j])
        middle = 0.5 * (a + b)
        narrow = ndtri(open_unit(b)) - ndtri(open_unit(a)) < NARROW
        lower[k, seen], upper[k, seen] = np.where(narrow, middle, a), np.where(narrow, middle, b)
    narrow_parents(law, full, lower, upper)
    exempt = ~law.obey(full.T) if lenient else np.zeros(len(x), dtype=np.bool_)
    return Rest(x, lower, upper, exempt)


def _chunk(
    schema: Schema, law: JointLaw, task: Rest, first: int, rng: np.random.Generator
) -> Floats:
    """Complete a chunk of rows, (n, d), again and again where known values or rules are broken."""
    x, wrong = _attempt(law, task, rng)
    left = np.flatnonzero(wrong > 0.0)
    for k in range(ROUNDS + LAST):
        if not left.size:
            return x.T
        copies = COPIES if k < ROUNDS else max(COPIES, SHARED // left.size)
        if k == ROUNDS:
            matched(law, task.x, task.lower, task.upper, left, rng)
        left = left[np.isinf(_nearest(law, task, left, copies, x, rng))]
    if left.size:
        row = first + int(left[0])
        _check_made(schema, law, task.x[left[0]], row)
        raise SamplingError(_stuck(schema, law, task.x[left[0]], row, left.size))
    return x.T


def _nearest(
    law: JointLaw, task: Rest, rows: Ints, copies: int, x: Floats, rng: np.random.Generator
) -> Floats:
    """Write the nearest of so many copies of each row into x, (d, n), and return how far it is.

    The first copy that has all that is known is the nearest: such a row needs no further copies,
    and most rows have one among the first few.
    """
    away, open_, tried = np.full(rows.size, np.inf), np.arange(rows.size), 0
    while tried < copies and open_.size:
        step(f"{open_.size:,} rows tried {tried:,} times")
        more = min(max(tried, FEW), copies - tried)
        mine = np.repeat(rows[open_], more)
        drawn, wrong = _attempt(law, task.rows(mine), rng, pin=True)
        wrong = wrong.reshape(-1, more)
        at = np.arange(open_.size) * more + wrong.argmin(axis=1)
        nearer = np.flatnonzero(wrong.min(axis=1) < away[open_])
        x[:, rows[open_[nearer]]] = drawn[:, at[nearer]]
        away[open_[nearer]] = wrong.min(axis=1)[nearer]
        open_, tried = open_[away[open_] > 0.0], tried + more
    return away


def _attempt(
    law: JointLaw, task: Rest, rng: np.random.Generator, *, pin: bool = False
) -> tuple[Floats, Floats]:
    """Draw rows once; return them (d, n) and how far each was from what is known.

    Without `pin` a known value that a rule made otherwise counts as wrong. With it such a value is
    put in its place, where the rules allow this: the distance then says how far it was moved, and
    is infinite for rows that break a rule.
    """
    full = law.values(_scores(law, draw_rows(law.copula, task.lower, task.upper, rng)))
    known = law.extended(task.x).T
    for j in law.free:
        full[j] = np.where(np.isnan(known[j]), full[j], known[j])
    full = law.derive(full)
    away = distance(law, full, task.x.T)
    if pin and away.any():
        full = moved(law, full, task.x.T)
        drawn, there = full.copy(), ~np.isnan(task.x.T)
        full[: law.dim] = np.where(there, task.x.T, full[: law.dim])
        law.following.tie(full[: law.dim], drawn, there)
        again = law.extended(full[: law.dim].T).T
        # parts that the known values leave open stay as they were drawn
        # and a row whose known value does not follow from what was drawn is no exception for that
        excused = (law.following.excused(again) & ~law.following.excused(full)).any(axis=0)
        full = law.derive(np.where(np.isnan(again), full, again))
        away = np.where(excused | (distance(law, full, task.x.T) > 0.0), np.inf, away)
    broken = ~law.obey(full) & ~task.exempt
    x = np.where(np.isnan(task.x.T), full[: law.dim], task.x.T)
    return x, np.where(broken, np.inf, np.where(task.exempt, 0.0, away))


def _scores(law: JointLaw, u: Floats) -> Floats:
    """Return uniforms on the scales on which the copula draws, (d_free, n)."""
    u = open_unit(u)
    scales: list[Callable[[Floats], Floats]] = [
        law.copula.scale(k).from_unit for k in range(len(u))
    ]
    return np.stack([f(row) for f, row in zip(scales, u, strict=True)]) if len(u) else u


def _check_made(schema: Schema, law: JointLaw, x: Floats, row: int) -> None:
    """Refuse known numbers of a row that are beyond what rules make of any draw."""
    drawn = law.draw(SHOWN, np.random.default_rng(0))
    for j in np.flatnonzero(~np.isnan(x)):
        variable, values = schema.variables[j], drawn[j][~np.isnan(drawn[j])]
        if j not in law.free and not variable.levels and variable.kind != "state" and values.size:
            column = schema.columns[variable.column]
            reached = float(values.min()), float(values.max())
            check_reach(column, variable, reached, x[[j]], f" (row {row})")


def _stuck(schema: Schema, law: JointLaw, x: Floats, row: int, rows: int) -> str:
    made = [j for r in law.rules for j in r.makes if j < law.dim and not np.isnan(x[j])]
    text = f"row {row} (of {rows} such rows) cannot be completed so that every rule holds. "
    if made:
        names = [schema.variables[j].name for j in made]
        parents = sorted({str(p) for j in made for p in parents_of(schema, law, j)})
        if parents:
            return text + f"{names} follow from {parents}: make these known instead."
    return text + "Leave out values of it, or set keep = false for a rule in the schema."
