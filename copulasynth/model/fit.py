"""From a table to a joint model: marginals and copula, each fitted to the data alone."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from copulasynth._arrays import Floats, generator, quiet
from copulasynth._clock import Report
from copulasynth.copulas import CopulaKnobs, Gaussian
from copulasynth.errors import DataError, FitWarning, SamplingError
from copulasynth.model.bootstrap import resampled
from copulasynth.model.encoded import Encoded, cells_among, encode
from copulasynth.model.joint_law import JointLaw
from copulasynth.model.learn import COPULA, MARGINALS, dependence, learnt, specs_of
from copulasynth.model.model import Model
from copulasynth.model.provenance import Provenance, columns_of, recorded, seed_of, versions
from copulasynth.model.seen import evened
from copulasynth.rows.blocks import Rng, count
from copulasynth.rules import Check
from copulasynth.schema import Rule, Schema, Tabular, Variable

__all__ = ["STAGES", "fit_joint", "lighter", "with_copula"]

#: What a fit does, in order; each is said when it begins.
READING, MARGINS = "columns and rules", "margins"
STAGES = (READING, MARGINALS, COPULA, MARGINS)

#: Rows that are drawn to see whether the rules that were found can be obeyed together.
TRIAL = 64

#: From this many levels on a nominal column gets a warning that they share one order.
MANY_LEVELS = 200


@quiet
def fit_joint(
    df: Tabular,
    *,
    copula: CopulaKnobs | None = None,
    marginals: str | Mapping[Any, str] = "auto",
    schema: Schema | None = None,
    rules: Sequence[Rule | Check] = (),
    proper: bool = False,
    draws: int = 5,
    rng: Rng = None,
    begin: Report = str,
) -> Model:
    """Fit marginals and a copula to a table, each to the data and neither to the other.

    The settings are those of :func:`copulasynth.fit`; `copula` are knobs such as ``Gaussian()``,
    which None stands for. `begin` is called with each of the `STAGES` when it begins.

    Raises
    ------
    DataError
        If the table has fewer than two rows, or a column cannot be used as it is.
    """
    seed = seed_of(rng)
    rng = generator(rng)
    knobs = Gaussian() if copula is None else copula
    begin(READING)
    data = encode(df, schema, rules)
    specs = specs_of(marginals, data.schema, data.coordinates.variables)
    choices = {"copula": repr(knobs), "marginals": str(marginals), "proper": str(proper)}
    x = data.coordinates.x
    provenance = Provenance(rows=len(x), seed=seed, versions=versions(), choices=choices)
    if not proper:
        model = _fit(data, x, knobs, specs, provenance, rng, begin)
        declared = bool(rules) or (schema is not None and schema.rules is not None)
        while not (declared or _drawable(model.law)):
            schema, words = lighter(data.schema)
            data = encode(df, schema)
            specs = specs_of(marginals, data.schema, data.coordinates.variables)
            provenance = replace(provenance, warnings=(*provenance.warnings, words))
            model = _fit(data, data.coordinates.x, knobs, specs, provenance, rng, begin)
        return model
    if count(draws, "draws") < 1:
        raise DataError(f"draws must be at least 1, got {draws}")
    levelled = [v.levels > 0 for v in data.coordinates.variables]
    models = [
        _fit(data, resampled(x, child, levelled), knobs, specs, provenance, child, begin)
        for child in rng.spawn(draws)
    ]
    return replace(models[0], others=tuple(m.sampler for m in models[1:]))


def _drawable(law: JointLaw) -> bool:
    """Whether rows of a law obey its rules, if it has any, often enough to be drawn."""
    if not law.rules:
        return True
    try:
        law.draw(TRIAL, np.random.default_rng(0))
    except SamplingError:
        return False
    return True


def lighter(schema: Schema) -> tuple[Schema, str]:
    """Return a schema without the found rules that join most columns, and say which these are."""
    kept = [rule for rule in schema.rules or () if rule.keep]
    given_up = [rule for rule in kept if len(rule.columns) > 2] or kept
    listed = "; ".join(rule.words for rule in given_up)
    words = (
        "hardly any drawn row obeyed all of the rules that were found, so some are by chance; not "
        f"kept: {listed}. Declare those that must hold."
    )
    warnings.warn(words, FitWarning, stacklevel=4)
    rules = tuple(replace(r, keep=r.keep and r not in given_up) for r in schema.rules or ())
    return replace(schema, rules=rules), words


def with_copula(model: Model, df: Tabular, knobs: CopulaKnobs, *, rng: Rng = None) -> Model:
    """Return a model of the same table `df` with another copula, its marginals as they are."""
    free = list(model.free)
    cells = cells_among(model.coordinates, model.law.extended(model.schema.encode(df)), free)
    names = [model.coordinates[j].name for j in free]
    rng = generator(rng)
    law = replace(model.law, copula=dependence(knobs, cells, names, rng))
    return replace(model, sampler=evened(law, rng))


def _fit(
    data: Encoded,
    x: Floats,
    knobs: CopulaKnobs,
    specs: list[str],
    provenance: Provenance,
    rng: np.random.Generator,
    begin: Report,
) -> Model:
    """Fit marginals and copula to coordinates `x` of rows of the encoded table."""
    c = data.coordinates
    variables, free = c.variables, c.free
    with recorded() as said:
        for j in free:
            _say_if_many_levels(variables[j])
        fitted, copula = learnt(variables, free, x, c.x, specs, knobs, rng, begin)
    begin(MARGINS)
    marginals = tuple(f.marginal for f in fitted)
    parts = variables[len(data.schema.variables) :]
    law = JointLaw.of(data.schema, marginals, copula, parts, c.rules)
    return Model(
        schema=data.schema,
        sampler=evened(law, rng),
        provenance=replace(
            provenance,
            warnings=(*provenance.warnings, *said),
            candidates=columns_of(
                {"variable": variables[j].name, **row}
                for j, f in zip(free, fitted, strict=True)
                for row in f.table
            ),
        ),
    )


def _say_if_many_levels(v: Variable) -> None:
    """Warn where levels are so many that a copula cannot know each by itself."""
    if v.kind == "nominal" and v.levels > MANY_LEVELS:
        warnings.warn(
            f"column {v.name!r}: its {v.levels} levels reach the copula through one order "
            "(correspondence analysis), in which levels of few rows are pulled to the middle; "
            "their shares are kept. Group rare levels for effects of their own.",
            FitWarning,
            stacklevel=4,
        )
