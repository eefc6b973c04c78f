"""Another draw of what a joint law leaves open: the same choices fitted to a bootstrap sample."""

import ast
import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from copulasynth import copulas
from copulasynth._arrays import Floats
from copulasynth.copulas import CopulaKnobs
from copulasynth.copulas.api import are_knobs
from copulasynth.errors import DataError, FitWarning
from copulasynth.model.bootstrap import resampled
from copulasynth.model.joint_law import JointLaw
from copulasynth.model.learn import learnt, specs_of
from copulasynth.model.seen import evened
from copulasynth.schema import Schema

__all__ = ["knobs_of", "redrawn"]


def knobs_of(text: str) -> CopulaKnobs:
    """Return the copula knobs that a provenance names, read and not run as Python.

    Raises
    ------
    DataError
        If they are of a kind that the package does not have.

    Examples
    --------
    >>> knobs_of("Blend(parts=(Gaussian(), Student(df=4.0)), weights=None)").parts[1].df
    4.0
    """
    try:
        knobs = _value(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError, TypeError, AttributeError) as e:
        raise DataError(
            f"the model was fitted with {text or 'a copula'}, which cannot be fitted again by its "
            "name. Fit with proper=True and as many draws as tables are wanted."
        ) from e
    assert isinstance(knobs, CopulaKnobs)
    return knobs


def _value(node: ast.expr) -> object:
    """Return a literal, a tuple of such values, or knobs of the package."""
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(map(_value, node.elts))
    if not isinstance(node, ast.Call):
        return ast.literal_eval(node)
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    made: Any = getattr(copulas, name) if name.isalpha() else None
    if node.args or not isinstance(made, type):
        raise ValueError(f"{name!r} is no kind of copula")
    knobs = made(**{str(k.arg): _value(k.value) for k in node.keywords})
    if not are_knobs(knobs):
        raise ValueError(f"{name!r} is no kind of copula")
    return knobs


def redrawn(
    schema: Schema,
    law: JointLaw,
    x: Floats,
    knobs: CopulaKnobs,
    marginals: str,
    rng: np.random.Generator,
) -> JointLaw:
    """Return a law fitted to a bootstrap sample of variables x, (n, d), with the same rules.

    `marginals` is the choice as the provenance keeps it.
    """
    full, variables = law.extended(x), law.coordinates(schema)
    sample = resampled(full, rng, [v.levels > 0 for v in variables])
    choice = ast.literal_eval(marginals) if marginals.startswith("{") else marginals
    specs = specs_of(choice, schema, variables)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        fitted, copula = learnt(variables, law.free, sample, full, specs, knobs, rng)
    drawn = replace(law, marginals=tuple(f.marginal for f in fitted), copula=copula)
    return evened(drawn, rng)
