"""Another draw of what a joint law leaves open: the same choices fitted to a bootstrap sample."""

import ast
import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from copulasynth import copulas
from copulasynth._arrays import Floats
from copulasynth.copulas import Cells, Copula, CopulaKnobs
from copulasynth.copulas.api import are_knobs
from copulasynth.errors import DataError, FitWarning, VariableError
from copulasynth.marginals import Marginal, fit_marginal
from copulasynth.model.bootstrap import resampled
from copulasynth.model.encoded import cells_among
from copulasynth.model.joint_law import JointLaw
from copulasynth.schema import Schema, Variable

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
    streams = rng.spawn(len(law.free) + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        fitted = []
        for j, stream in zip(law.free, streams, strict=False):
            seen = sample[~np.isnan(sample[:, j]), j]
            whole = full[~np.isnan(full[:, j]), j]
            spec = _spec(schema, variables[j], marginals)
            fitted.append(_marginal(variables[j], seen if seen.size else whole, spec, stream))
        copula = _copula(knobs, cells_among(variables, sample, law.free), streams[-1])
    return replace(law, marginals=tuple(fitted), copula=copula)


def _spec(schema: Schema, v: Variable, marginals: str) -> str:
    """Return the choice of a marginal for one variable."""
    if not marginals.startswith("{"):
        return marginals
    choices = ast.literal_eval(marginals)
    rest = str(choices.get("*", "auto"))
    return rest if v.kind == "state" else str(choices.get(schema.columns[v.column].name, rest))


def _marginal(v: Variable, x: Floats, spec: str, rng: np.random.Generator) -> Marginal:
    return fit_marginal(
        x,
        spec,
        kind=v.kind,
        levels=v.levels,
        step=v.step,
        lower=v.lower,
        upper=v.upper,
        name=str(v.name),
        rng=rng,
    ).marginal


def _copula(knobs: CopulaKnobs, cells: Cells, rng: np.random.Generator) -> Copula:
    """Fit a copula; a variable of which the sample has one value only is independent of others."""
    try:
        return knobs.fit(cells, rng=rng)
    except VariableError as e:
        lower, upper = cells.lower.copy(), cells.upper.copy()
        for j in e.variables:
            ranks = rng.permutation(cells.n)
            lower[:, j], upper[:, j] = ranks / cells.n, (ranks + 1) / cells.n
    return knobs.fit(Cells(lower, upper, cells.nominal), rng=rng)
