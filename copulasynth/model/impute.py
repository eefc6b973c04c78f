"""The gaps of a table, filled several times from draws of the parameters."""

from typing import Any

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.errors import DataError
from copulasynth.model.api import Sampler
from copulasynth.model.complete import completed, law_of
from copulasynth.model.joint_law import JointLaw
from copulasynth.model.provenance import Provenance
from copulasynth.model.refit import knobs_of, redrawn
from copulasynth.rows.blocks import count
from copulasynth.schema import Schema, Tabular
from copulasynth.schema.partial import encode_partial, restored

__all__ = ["impute"]


def impute(
    schema: Schema,
    samplers: tuple[Sampler, ...],
    provenance: Provenance,
    method: str,
    df: Tabular,
    m: int,
    rng: Any,
) -> tuple[Any, ...]:
    """Return m tables whose gaps are filled, each under its own draw of the parameters.

    `samplers` are what a proper model learnt from its draws of the parameters, or the one of any
    other model, which is fitted again to bootstrap samples of the table.

    Raises
    ------
    DataError
        If the method has no joint law or too few draws, or the table does not fit the model.
    """
    laws = [law_of(s, method, "impute") for s in samplers]
    m, rng = count(m, "m", 1), np.random.default_rng(rng)
    schema.encode(df)  # refuses a table that lacks columns
    given = encode_partial(schema, df)
    if 1 < len(laws) < m:
        raise DataError(
            f"the model has {len(laws)} draws of its parameters, {m} are needed. "
            f"Fit with proper=True, draws={m}."
        )
    x, gaps = _opened(schema, laws[0], given.x)
    rows = np.flatnonzero(gaps.any(axis=1))
    tables = []
    for k, stream in enumerate(rng.spawn(m)):
        law = laws[k] if len(laws) > 1 else _again(schema, laws[0], given.x, provenance, stream)
        out = given.x.copy()
        if rows.size:
            out[rows] = completed(schema, law, x[rows], stream)
        tables.append(restored(schema, given, out, df))
    return tuple(tables)


def _opened(schema: Schema, law: JointLaw, x: Floats) -> tuple[Floats, Bools]:
    """Return variables in which every gap is said to hold a value, and where the gaps are.

    The state of a column that a rule makes is left to the rule: a question that was not asked of
    children has no answer.
    """
    x, gaps = x.copy(), np.zeros(x.shape, dtype=np.bool_)
    for j, v in enumerate(schema.variables):
        if v.kind == "state":
            gaps[:, j] = x[:, j] == 1
            x[gaps[:, j], j] = 0.0 if j in law.free else np.nan
    return x, gaps


def _again(
    schema: Schema, law: JointLaw, x: Floats, provenance: Provenance, rng: np.random.Generator
) -> JointLaw:
    """Return the law fitted again to a bootstrap sample of the rows that are to be filled."""
    choices = provenance.choices
    if len(x) < 2:
        raise DataError(
            f"the parameters are drawn by fitting to bootstrap samples of the table, which has "
            f"{len(x)} rows. Fit the model with proper=True to fill so few."
        )
    knobs = knobs_of(choices.get("copula", ""))
    return redrawn(schema, law, x, knobs, choices.get("marginals", "auto"), rng)
