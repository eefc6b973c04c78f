"""What a fitted model says about dependence, as tables."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtri

from copulasynth._arrays import Floats, open_unit
from copulasynth.copulas.api import Copula, Edge
from copulasynth.copulas.margins import unit_draw

__all__ = ["copula_summary", "dependence_table"]

#: Draws from which the correlations of a copula without a correlation matrix are taken: their
#: standard error is below .006.
DRAWS = 1 << 15

#: Those draws are a property of the model, so they are always the same ones.
SEED = 0

#: What a table shows of an edge as it is.
SHOWN = ("family", "rotation", "parameters", "errors", "tau", "lower_tail", "upper_tail", "loglik")


def dependence_table(copula: Copula, names: Iterable[str]) -> pd.DataFrame:
    """Return the parts of a copula, strongest or first ones first.

    A vine gives one row an edge, in the order of its trees. Any other copula gives one row a pair
    of variables, in the order of the absolute correlation of their normal scores: a Gaussian or t
    copula's own matrix, and of every other copula that of 32,768 fixed draws.

    Returns
    -------
    pandas.DataFrame
        Of a vine: ``tree, pair, given, family, rotation, parameters, errors, tau, lower_tail,
        upper_tail, loglik``; of others ``first, second, correlation``, with ``tail_dependence`` of
        a t copula, and of a calibrated copula ``base``, the correlation before calibration, and
        ``tilted``, whether the pair has a table of factors.
    """
    names, told = list(names), copula.summary()
    if told.edges is not None:
        return pd.DataFrame([_row(edge, names) for edge in told.edges])
    i, j = np.triu_indices(len(names), 1)
    r = _correlation(copula)[i, j]
    order = np.argsort(-np.abs(r), kind="stable")
    i, j = i[order], j[order]
    table = pd.DataFrame(
        {
            "first": [names[k] for k in i],
            "second": [names[k] for k in j],
            "correlation": r[order],
        }
    )
    if told.tail_dependence is not None:
        table["tail_dependence"] = told.tail_dependence[i, j]
    if told.base is not None:
        table["base"] = _correlation(told.base)[i, j]
    if told.tilted is not None:
        tilted = np.zeros((len(names), len(names)), dtype=bool)
        tilted[told.tilted[:, 0], told.tilted[:, 1]] = True
        table["tilted"] = tilted[i, j]
    return table


def copula_summary(copula: Copula) -> dict[str, str | float | int | None]:
    """Return the numbers that describe a copula as a whole.

    The kind and the dimension; where the copula has them ``df`` with its standard error,
    ``shrinkage``, ``distance`` to the nearest correlation matrix, ``components`` of a mixture,
    ``trees`` and ``pair_copulas`` of a vine, ``loglik``, ``npars``, ``aic`` and ``bic``; of a
    blend its ``parts``; of a calibration the ``acceptance`` rate, the number of pairs ``tilted``,
    and the ``base`` with its own numbers.
    """
    told = copula.summary()
    out: dict[str, str | float | int | None] = {"copula": told.kind, "variables": copula.dim}
    out |= told.numbers
    if told.parts:
        out["parts"] = ", ".join(part.summary().kind for _, part in told.parts)
    if told.base is not None:
        for name, value in copula_summary(told.base).items():
            out["base" if name == "copula" else f"base {name}"] = value
    return out


def _row(edge: Edge, names: Sequence[str]) -> dict[str, object]:
    return {
        "tree": edge.tree,
        "pair": ", ".join(names[k] for k in edge.conditioned),
        "given": ", ".join(names[k] for k in edge.conditioning),
        **{name: getattr(edge, name) for name in SHOWN},
    }


def _correlation(copula: Copula) -> Floats:
    """Return the correlation of normal scores, (d, d), from the matrix or from fixed draws."""
    own = copula.summary().correlation
    if own is not None:
        return own
    if not copula.dim:
        return np.empty((0, 0))
    z = ndtri(open_unit(unit_draw(copula, DRAWS, np.random.default_rng(SEED))))
    return np.atleast_2d(np.corrcoef(z))
