"""From a table to a model, for every method that is not a joint law."""

from collections.abc import Callable

import numpy as np

from copulasynth._arrays import Floats, generator
from copulasynth.model import Model, Provenance, Sampler
from copulasynth.model.encoded import check_size, ruled
from copulasynth.model.following import Following
from copulasynth.model.provenance import recorded, seed_of, versions
from copulasynth.rows.blocks import Rng
from copulasynth.rules import Derivation, FittedRule
from copulasynth.rules.identity.contrast import Contrast
from copulasynth.rules.numeric.gap import gap_pairs
from copulasynth.schema import Schema, Tabular
from copulasynth.synthesizers.training_rows import Layout, layout_of

__all__ = ["Rng", "Sampler", "SynthesizerModel", "fit_sampler"]

#: Share of the rows in which two numbers are equal that is no chance.
TIED = 0.02

#: Another name of `Model`, for scripts.
SynthesizerModel = Model


def fit_sampler(
    df: Tabular,
    knobs: object,
    learn: Callable[[Floats, Layout, np.random.Generator], Sampler],
    *,
    schema: Schema | None,
    rng: Rng,
    hold: bool = True,
) -> Model:
    """Encode a table, learn a sampler from it, and record how the model came about.

    Columns that follow from others by a rule are made from them in every drawn row. Rules that
    need parts of their own, such as the gap of an order, cannot be held; the model says which.

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
    hold : bool
        False for a method whose rows are left as they are: copies, and those of other packages.

    Raises
    ------
    DataError
        If the table has fewer than two rows, or a column cannot be used as it is.
    """
    seed = seed_of(rng)
    rng = generator(rng)
    schema = Schema.infer(df) if schema is None else schema
    x = schema.encode(df)
    check_size(schema, len(x))
    with recorded() as said:
        sampler = learn(x, layout_of(schema.variables), rng)
    following, missed = _following(schema, x) if hold else (None, ())
    choices = {"method": repr(knobs)}
    provenance = Provenance(len(x), seed, versions(), choices, warnings=(*said, *missed))
    return Model(schema, sampler, provenance, following=following)


def _following(schema: Schema, x: Floats) -> tuple[Following | None, tuple[str, ...]]:
    """Return the rules that rows of variables alone can be made to follow, and what is missed."""
    c = ruled(schema, x).coordinates
    # what another rule makes of parts is drawn here like any variable; a state goes with its value
    states = {j for j, v in enumerate(schema.variables) if v.kind == "state"}
    gappy = {schema.variables[j].column for j in states}
    sure = {j for j, v in enumerate(schema.variables) if v.column not in gappy}
    tied = [{*f.rule.makes, *f.rule.needs} for f in c.found if f.record.kind == "tie"]
    tied += [{*pair} for pair in gap_pairs(c.turned) if _often_equal(c.x[:, list(pair)])]
    held = [
        f
        for f in c.found
        if f.rule.makes
        # numbers that are equal by a tie, which is not held, are never equal in drawn rows
        and not (_compares(f.rule) and any(t.issuperset(f.rule.needs) for t in tied))
        and max(*f.rule.makes, *f.rule.needs) < c.own
        and states.isdisjoint(f.rule.makes)
        # of what may be missing nothing is made that never is
        and (sure.isdisjoint(f.rule.makes) or sure.issuperset(f.rule.needs))
    ]
    missed = [f.record.words for f in c.found if f not in held]
    said = (f"rules that the drawn rows may break: {'; '.join(missed)}",) if missed else ()
    rules = tuple(f.rule for f in held)
    return (Following.of(rules, schema.variables) if rules else None), said


def _often_equal(x: Floats) -> bool:
    """Whether two columns, (n, 2), are equal in a share of the rows."""
    return bool(np.mean(x[:, 0] == x[:, 1]) >= TIED)


def _compares(rule: FittedRule) -> bool:
    """Whether a rule makes a variable of how two others compare."""
    return isinstance(rule, Derivation) and isinstance(rule.rule, Contrast)
