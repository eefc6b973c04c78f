"""What a fitted model says about dependence, as tables."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from copulasynth._arrays import Floats, open_unit
from copulasynth.copulas import Copula

__all__ = ["copula_summary", "dependence_table"]

#: Draws from which the correlations of a copula without a correlation matrix are taken: their
#: standard error is below .006.
DRAWS = 1 << 15

#: Those draws are a property of the model, so they are always the same ones.
SEED = 0


def dependence_table(copula: Copula, names: Iterable[str]) -> pd.DataFrame:
    """Return the parts of a copula, strongest or first ones first.

    A vine gives one row an edge, in the order of its trees. Any other copula gives one row a pair
    of variables, in the order of the absolute correlation of their normal scores: a Gaussian or t
    copula's own matrix, and of every other copula that of 32,768 fixed draws.

    Parameters
    ----------
    copula : Copula
    names : d strings
        What the variables are called.

    Returns
    -------
    pandas.DataFrame
        Of a vine: ``tree, pair, given, family, rotation, parameters, errors, tau, lower_tail,
        upper_tail, loglik``; of others ``first, second, correlation``, with ``tail_dependence`` of
        a t copula, and of a calibrated copula ``base``, the correlation before calibration, and
        ``tilted``, whether the pair has a table of factors.
    """
    names = list(names)
    summary = getattr(copula, "summary", None)
    if summary is not None:
        return _edges(summary(), names)
    i, j = np.triu_indices(len(names), 1)
    r = _correlation(copula)[i, j]
    order = np.argsort(-np.abs(r), kind="stable")
    table = pd.DataFrame(
        {
            "first": [names[k] for k in i[order]],
            "second": [names[k] for k in j[order]],
            "correlation": r[order],
        }
    )
    tails = getattr(copula, "tail_dependence", None)
    if tails is not None:
        table["tail_dependence"] = np.asarray(tails)[i, j][order]
    base: Any = getattr(copula, "base", None)
    if base is not None:
        table["base"] = _correlation(base)[i, j][order]
        tilted = {frozenset(p) for p in np.asarray(getattr(copula, "pairs", ())).tolist()}
        table["tilted"] = [frozenset((int(a), int(b))) in tilted for a, b in zip(i, j, strict=True)]
        table["tilted"] = table["tilted"].to_numpy()[order]
    return table


def copula_summary(copula: Copula) -> dict[str, str | float | int | None]:
    """Return the numbers that describe a copula as a whole.

    The kind and the dimension; where the copula has them ``df`` with its standard error,
    ``shrinkage``, ``distance`` to the nearest correlation matrix, ``components`` of a mixture,
    ``trees`` and ``pair_copulas`` of a vine, ``loglik``, ``npars``, ``aic`` and ``bic``; of a
    blend its ``parts``; of a calibration the ``acceptance`` rate, the number of pairs ``tilted``,
    and the ``base`` with its own numbers.
    """
    out: dict[str, str | float | int | None] = {
        "copula": type(copula).__name__.removesuffix("Copula").lower(),
        "variables": copula.dim,
    }
    for name in ("df", "se_df", "shrinkage", "distance", "loglik", "npars", "aic", "bic"):
        value = getattr(copula, name, None)
        if value is not None:
            out[name] = float(value)
    weights = getattr(copula, "weights", None)
    if weights is not None:
        out["components"] = len(weights)
    parts = getattr(copula, "parts", None)
    if parts is not None:
        out["parts"] = ", ".join(type(p).__name__.removesuffix("Copula").lower() for p in parts)
    rows = getattr(copula, "array", None)
    if rows is not None:
        out["trees"], out["pair_copulas"] = len(rows), sum(map(len, rows))
    base = getattr(copula, "base", None)
    if base is not None:
        any_copula: Any = copula
        out["acceptance"] = float(any_copula.acceptance)
        out["tilted"] = len(any_copula.pairs)
        for name, value in copula_summary(base).items():
            out["base" if name == "copula" else f"base {name}"] = value
    return out


def _edges(edges: Iterable[Any], names: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "tree": e.tree,
                "pair": ", ".join(names[k] for k in e.conditioned),
                "given": ", ".join(names[k] for k in e.conditioning),
                "family": e.family,
                "rotation": e.rotation,
                "parameters": e.parameters,
                "errors": e.errors,
                "tau": e.tau,
                "lower_tail": e.lower_tail,
                "upper_tail": e.upper_tail,
                "loglik": e.loglik,
            }
            for e in edges
        ]
    )


def _correlation(copula: Copula) -> Floats:
    """Return the correlation of normal scores, (d, d), from the matrix or from fixed draws."""
    own = getattr(copula, "correlation", None)
    if own is not None:
        return np.asarray(own)
    drawn = copula.draw(DRAWS, np.random.default_rng(SEED))
    z = [ndtri(open_unit(copula.scale(j).to_unit(row))) for j, row in enumerate(drawn)]
    return np.atleast_2d(np.corrcoef(np.stack(z))) if z else np.empty((0, 0))
