"""Missing codes that a file states: kept with the fields of an Arrow table until it is read."""

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from copulasynth.schema.column import Label

__all__ = ["codes_of", "with_codes"]

KEY = b"copulasynth.missing_codes"


def with_codes(table: pa.Table, codes: Mapping[str, tuple[Any, ...]]) -> pa.Table:
    """Return a table whose fields carry the values that stand for another kind of missing.

    Examples
    --------
    >>> codes_of(with_codes(pa.table({"income": [1, -8]}), {"income": (-8,)}))
    {'income': (-8,)}
    """
    fields = [
        f.with_metadata({KEY: json.dumps(codes[f.name])}) if f.name in codes else f
        for f in table.schema
    ]
    return table.cast(pa.schema(fields, table.schema.metadata))


def codes_of(table: pa.Table) -> dict[Label, tuple[Any, ...]]:
    """Return what fields carry."""
    return {
        f.name: tuple(json.loads(f.metadata[KEY]))
        for f in table.schema
        if f.metadata and KEY in f.metadata
    }
