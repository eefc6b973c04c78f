"""The groups of a model as a table, and the model of one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pandas as pd

from copulasynth._arrays import Floats
from copulasynth.errors import DataError, MissingPartError
from copulasynth.model.strata.law import Strata
from copulasynth.model.strata.rows import grouping, kept_groups
from copulasynth.schema import Schema
from copulasynth.schema.given import conditions_of

if TYPE_CHECKING:
    from copulasynth.model.model import Model

__all__ = ["group_model", "groups_table", "named_keys"]


def _strata(model: "Model") -> Strata:
    if isinstance(model.sampler, Strata):
        return model.sampler
    raise MissingPartError(f"{model.method} was not fitted group by group; fit with by=")


def groups_table(model: "Model") -> pd.DataFrame:
    """Return one row a group: values, training rows, copula, whether pooled, standard error.

    The error is that of a correlation, as far as the rows go that the copula was fitted to.

    Raises
    ------
    MissingPartError
        If the model was not fitted group by group.
    """
    strata = _strata(model)
    keys = np.concatenate([s.keys for s in strata.strata])
    table = named_groups(model.schema, strata.by, keys)
    table["rows"] = np.concatenate([s.rows for s in strata.strata])
    counts = [len(s.keys) for s in strata.strata]
    table["law"] = np.repeat([type(s.copula).__name__ for s in strata.strata], counts)
    table["pooled"] = np.repeat([s.pooled for s in strata.strata], counts)
    table["error"] = np.repeat([s.error for s in strata.strata], counts)
    return table.sort_values("rows", ascending=False, kind="stable", ignore_index=True)


def named_groups(schema: Schema, by: Sequence[int], keys: Floats) -> pd.DataFrame:
    """Return values of the columns that tell groups, as the schema writes them."""
    places = sorted({schema.variables[j].column for j in by})
    own = replace(schema, columns=tuple(schema.columns[i] for i in places))
    # values stand in the order in which the columns were named
    frame = nw.from_native(own.decode(keys[:, np.argsort(by)]), eager_only=True)
    if frame.implementation.is_pandas():
        table: pd.DataFrame = frame.to_native()
        return table
    # whole numbers beside a missing one would be floats, and other numbers beyond 2^53
    whole: pd.DataFrame = frame.to_arrow().to_pandas(integer_object_nulls=True)
    return whole


def named_keys(schema: Schema, by: Sequence[int], keys: Floats) -> list[str]:
    """Return what messages call groups."""
    table = named_groups(schema, by, keys)
    return [
        ", ".join(f"{name}={value!r}" for name, value in zip(table.columns, row, strict=True))
        for row in table.astype(object).itertuples(index=False, name=None)
    ]


def group_model(model: "Model", group: Mapping[Any, Any]) -> "Model":
    """Return the model of one group, or of the groups of few rows that have a law together.

    Raises
    ------
    MissingPartError
        If the model was not fitted group by group.
    DataError
        If other columns are named than those that tell groups, or no group, or more than one
        law, has the values.
    """
    strata = _strata(model)
    names = grouping(model.schema, strata)
    if not isinstance(group, Mapping) or not set(map(str, group)) <= names:
        told = ", ".join(f"{name!r}: ..." for name in sorted(names))
        raise DataError(
            f"a group is told by {{{told}}}, as model.groups lists it; got {group!r}. For rows "
            "with other values too, model.sample(n, given=...)"
        )
    kept, _ = kept_groups(model.schema, strata, list(conditions_of(model.schema, group)))
    if len(kept.strata) > 1:
        left = sorted(names - set(map(str, group))) or sorted(names)
        raise DataError(
            f"{len(kept.strata)} laws have the values {dict(group)!r}; name one group, by one "
            f"value of {', '.join(map(repr, left))}"
        )
    made = replace(model.provenance, rows=int(kept.rows[0]))
    return replace(model, sampler=kept.laws[0], provenance=made, others=())
