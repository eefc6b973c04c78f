"""The steps of the release gate that tables alone can answer."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from copulasynth._plain import records
from copulasynth.errors import DataError
from copulasynth.metrics.alignment import Aligned, align
from copulasynth.metrics.disclosure.by_keys import replicated_uniques
from copulasynth.metrics.disclosure.cell_values import exact_values, extreme_values
from copulasynth.metrics.disclosure.copies import exact_copies
from copulasynth.metrics.disclosure.nearest_rows import nearest_scores
from copulasynth.metrics.disclosure.sweep import disclosure_sweep, quasi_identifiers
from copulasynth.metrics.score import Score
from copulasynth.metrics.table import AnyTable, Table
from copulasynth.privacy.attribute import attribute_score
from copulasynth.privacy.columns import uncompared
from copulasynth.privacy.finding import Measured, excess
from copulasynth.privacy.given import cells_of, names_of, open_given, rows_of_one
from copulasynth.privacy.linkability import link_score
from copulasynth.privacy.membership import member_score
from copulasynth.privacy.policy import Policy
from copulasynth.privacy.rates import level
from copulasynth.privacy.sides import Sides
from copulasynth.privacy.singling_out import single_score
from copulasynth.schema import Schema

__all__ = [
    "Tables", "blind", "identifiers", "marginals", "members", "origins", "persons",
    "rows",
]  # fmt: skip

# Where an identifier repeats in more rows than this, one person has several.
_REPEATED = 0.5
_GROUPS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """The tables as given and as aligned, the policy, and the generator of a step."""

    given: tuple[AnyTable, AnyTable, AnyTable | None]
    aligned: Aligned
    sides: Sides | None
    policy: Policy
    rng: np.random.Generator
    schema: Schema | None = None

    @classmethod
    def of(
        cls,
        given: tuple[AnyTable, AnyTable, AnyTable | None],
        sides: Sides | None,
        policy: Policy,
        schema: Schema | None,
    ) -> "Tables":
        aligned = align(given[0], given[1], holdout=given[2], schema=schema)
        return cls(given, aligned, sides, policy, np.random.default_rng(0), schema)

    def seeded(self, rng: np.random.Generator) -> "Tables":
        """Return the same with the generator of a step."""
        return replace(self, rng=rng)

    @property
    def checked(self) -> Sides:
        """The three sides of attacks; only steps with a holdout ask for them."""
        if self.sides is None:
            raise DataError("this step needs a holdout.")
        return self.sides

    @property
    def k_rows(self) -> int:
        """Rows that are surely of `k_min` units: as many times so many as the most of one unit."""
        return self.policy.k_min * rows_of_one(self.given[0], self.policy.unit)

    @property
    def names(self) -> list[str]:
        """Names of the columns of the synthetic table."""
        return names_of(self.given[1])

    @property
    def sizes(self) -> dict[str, int]:
        """Rows of the tables."""
        held = self.aligned.holdout
        sizes = {"train": self.aligned.real.n, "synthetic": self.aligned.synthetic.n}
        return sizes | {"holdout": 0 if held is None else held.n}


def identifiers(tables: Tables) -> list[Measured]:
    """Step 0: columns that were not compared, identifiers given again, and the privacy unit."""
    notes = tables.aligned.notes
    columns = notes.column[notes.problem == "identifier or free text"].unique()
    named = dict.fromkeys(map(str, columns))
    if tables.policy.unit in tables.names:
        # what says whose rows they are identifies persons, whatever it was modelled as
        named |= {tables.policy.unit: None}
    found = [_identifier(tables, name) for name in named]
    repeated = [str(name) for name in columns if _repeats(tables.given[0], str(name))]
    undeclared = tables.policy.unit == "row" and bool(repeated)
    note = f"rows share values of {', '.join(repeated)}: declare the unit" if undeclared else ""
    unit = f"privacy unit is {tables.policy.unit}"
    units = Measured.counted(unit, float(undeclared), 0.0, undeclared, note)
    return [*uncompared(tables.given, tables.aligned, tables.schema), *found, units]


def _texts(table: AnyTable, name: str) -> list[str]:
    """Return the cells that are there, whatever their letters and the blanks about them."""
    cells, missing = cells_of(open_given(table), name)
    return [cell.strip().casefold() for cell, gap in zip(cells, missing, strict=True) if not gap]


def _repeats(table: AnyTable, name: str) -> bool:
    counts = pd.Series(_texts(table, name)).value_counts()
    return bool(counts[counts > 1].sum() > _REPEATED * counts.sum())


def _identifier(tables: Tables, name: str) -> Measured:
    """Return how many values of an identifier are training rows', beside the holdout's.

    One is too many, unless values of the holdout, which nobody had, occur as well: those of a
    sequence do.
    """
    train, made = _texts(tables.given[0], name), _texts(tables.given[1], name)
    held = [] if tables.given[2] is None else _texts(tables.given[2], name)
    hits = [int(np.isin(made, list(set(known))).sum()) for known in (train, held)]
    size = max(len(made), 1)
    note = f"{hits[0]} of {len(made)} values are those of training rows"
    shares = hits[0] / size, hits[1] / size
    found = excess(f"identifier {name}", shares, (size, size), 0.0, level(), note)
    bad = found.exceeded or (hits[0] > 0 and not hits[1])
    return replace(found, exceeded=bad, note=note if bad else "")


def origins(tables: Tables) -> list[Measured]:
    """Step 1: which bounds and levels are public, and which were learnt from the table."""
    public = set(tables.policy.public)
    names = tables.aligned.real.names
    learnt = [name for name in names if name not in public]
    note = f"{len(names) - len(learnt)} columns public, {len(learnt)} learnt from the table"
    return [Measured.counted("learnt columns", float(len(learnt)), np.nan, False, note)]


def marginals(tables: Tables) -> list[Measured]:
    """Step 2: exact values, extremes and rare levels, in columns that are not public."""
    sides, policy = tables.checked, tables.policy
    names = [name for name in sides.synthetic.names if name not in policy.public]
    if not names:
        return []
    train, made, held = (
        t.select(names) for t in (sides.train.table, sides.synthetic, sides.holdout.table)
    )
    table = exact_values(train, made, holdout=held).table
    assert table is not None
    z = level(len(names))
    exact = [
        excess(
            f"exact values of {row['column']}", (row['value'], row['reference']),
            (row['cells'], row['reference_cells']), policy.exact_values, z,
        )
        for row in records(table) if row['cells'] and row['reference_cells']
    ]  # fmt: skip
    worst = sorted(exact, key=lambda one: -one.low)
    extremes = _extremes(train, made, held, policy, tables.rng)
    return [
        *worst[:1],
        *(one for one in worst[1:] if one.exceeded),
        *extremes,
        _rare(train, made, tables.k_rows),
    ]


def _extremes(
    train: Table, made: Table, held: Table, policy: Policy, rng: np.random.Generator
) -> list[Measured]:
    """Return whether extreme training values occur again, the worst column and those that fail."""
    rows = min(made.n, held.n)
    sides = [extreme_values(train, t.sample(rows, rng), policy.k_min) for t in (made, held)]
    every = extreme_values(train, made, policy.k_min).set_index("column").capped
    found = []
    z = level(max(len(every), 1))
    for own, usual in zip(*(side.itertuples() for side in sides), strict=True):
        if not own.extremes:
            continue
        n = own.extremes
        one = excess(f"extremes of {own.column}", (own.held / n, usual.held / n), (n, n),
                     policy.extremes, z)  # fmt: skip
        if every[own.column] * train.n / made.n >= policy.k_min:
            one = replace(one, exceeded=True, note="rows are cut off at a training extreme")
        found.append(one)
    found.sort(key=lambda one: (-one.exceeded, -one.low))
    return [*found[:1], *(one for one in found[1:] if one.exceeded)]


def _rare(train: Table, made: Table, k_rows: int) -> Measured:
    """Return how many levels are given that few training rows have; they are not named."""
    columns, levels = [], 0
    for j, column in enumerate(train.columns):
        if column.levels:
            values, counts = np.unique(train.present(j), return_counts=True)
            shown = int(np.isin(values[counts < k_rows], made.present(j)).sum())
            columns += [column.name] if shown else []
            levels += shown
    note = f"in {', '.join(columns)}: merge levels of fewer than {k_rows} rows"
    name = "levels of few training rows"
    return Measured.counted(name, float(levels), 0.0, levels > 0, note if levels else "")


def rows(tables: Tables) -> list[Measured]:
    """Step 3: exact copies, replicated uniques, DiSCO; and distances, which have no limit."""
    sides, policy, rng = tables.checked, tables.policy, tables.rng
    train, held = sides.train.table, sides.holdout.table
    made = sides.synthetic.sample(held.n, rng)
    other = held.sample(made.n, rng)
    copies = exact_copies(train, sides.synthetic, holdout=held).table
    assert copies is not None
    found = [
        excess(f"rows that equal {row['equals']}", (row['value'], row['reference']),
               (sides.synthetic.n, held.n), policy.exact_rows, level(2))
        for row in records(copies)
    ]  # fmt: skip
    keys = list(policy.keys) or quasi_identifiers(train).column.tolist()
    if keys:
        unique = replicated_uniques(train, made, keys, key_groups=_GROUPS, holdout=other)
        note = f"keys {', '.join(keys)}"
        shares = unique.value, unique.reference
        found.append(
            excess("repU", shares, (train.n, train.n), policy.replicated_uniques, level(), note)
        )
    if keys and train.names != keys[:1]:
        found.append(
            _worst_disco(disclosure_sweep(train, made, keys, holdout=other, rng=rng), policy)
        )
    near = nearest_scores(Aligned(train, sides.synthetic, held, tables.aligned.notes), rng)
    return [*found, *map(Measured.told, near.values())]


def _worst_disco(score: Score, policy: Policy) -> Measured:
    table = score.table
    assert table is not None
    z = level(len(table))
    each = [
        excess(f"DiSCO of {row['target']}", (row['value'], row['reference']), (row['n'], row['n']),
               policy.disclosure, z, f"keys {row['keys']}")
        for row in records(table)
    ]  # fmt: skip
    return max(each, key=lambda one: one.low)


def members(tables: Tables) -> list[Measured]:
    """Step 4: membership inference on all rows, at few false alarms, and on outliers."""
    policy = tables.policy
    table = member_score(tables.checked, tables.rng).table
    assert table is not None
    limits = policy.auc, policy.tpr, policy.auc
    return [
        Measured.of(table.iloc[k], f"membership {table.measure[k]}", limit)
        for k, limit in enumerate(limits)
    ]


def blind(found: list[Measured], policy: Policy) -> str:
    """Return why membership inference on tables of this size tells nothing, or nothing."""
    least = found[0].smallest
    if not least > policy.power:
        return ""
    return (
        f"too few rows: an AUC of {least:.2f} would have been missed one time in five, and the "
        f"policy allows {policy.power:.2f}. Keep more rows away as a holdout."
    )


def persons(tables: Tables) -> list[Measured]:
    """Step 5: attribute inference, singling out and linkability, beside their controls."""
    sides, policy, rng = tables.checked, tables.policy, tables.rng
    scores = [
        (attribute_score(sides, rng, attacks=policy.attacks), policy.attribute_inference),
        (single_score(sides, rng, attacks=policy.attacks), policy.singling_out),
    ]
    if len(sides.synthetic.columns) > 1:
        scores.append((link_score(sides, rng, attacks=policy.attacks), policy.linkability))
    return [_risk(score, limit) for score, limit in scores]


def _risk(score: Score, limit: float) -> Measured:
    note = score.note.partition(". ")[0]
    if score.table is None:
        return replace(Measured.told(score), limit=limit)
    return Measured.of(score.table.iloc[0], score.name, limit, note)
