"""Sequential regressions: synthpop's parametric method."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.model import Model
from copulasynth.schema import Schema, Tabular
from copulasynth.synthesizers.fitted import Rng
from copulasynth.synthesizers.sequence.fit import fit_sequence
from copulasynth.synthesizers.sequence.parametric_fit import fit_parametric_law

__all__ = ["SequentialParametric"]


@dataclass(frozen=True, slots=True)
class SequentialParametric:
    """Draw column after column from regressions on the earlier ones [1]_.

    Numbers come from a least-squares regression of their normal scores (ranks that tie are spread
    at random) through the marginal's quantile function; nominal columns and gaps from a
    multinomial logit; ordinal columns from proportional odds. Numeric predictors enter as normal
    scores, levels as indicators. A small ridge keeps columns that nearly copy each other from
    blowing up, and a weak normal prior (variance 10 a slope) keeps separated levels finite. The
    model holds coefficients and marginals, no training values.

    Parameters
    ----------
    order, strata, predictors, rules
        As for :class:`~copulasynth.synthesizers.SequentialCart`.
    proper : bool
        Fit each regression to a bootstrap sample of its rows, an approximate draw of its
        parameters. Fit anew, with another seed, for each of several syntheses.

    References
    ----------
    .. [1] Nowok, Raab & Dibben (2016). synthpop: bespoke creation of synthetic data in R. Journal
       of Statistical Software 74(11).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> z = np.random.default_rng(0).standard_normal((1000, 2))
    >>> df = pd.DataFrame({"x": z[:, 0], "y": z[:, 0] + z[:, 1]})
    >>> rows = SequentialParametric().fit(df, rng=1).sample(10_000, rng=2)
    >>> bool(abs(rows.corr().iloc[0, 1] - df.corr().iloc[0, 1]) < 0.05)
    True
    """

    order: str | Sequence[Any] = "table"
    proper: bool = False
    strata: Any = None
    predictors: Mapping[Any, Sequence[Any]] | None = None
    rules: Mapping[Any, Any] | None = None

    def fit(self, df: Tabular, *, schema: Schema | None = None, rng: Rng = None) -> Model:
        """Fit the regressions; as :meth:`.SequentialCart.fit`."""
        return fit_sequence(df, self, fit_parametric_law, _middle, schema=schema, rng=rng)


def _middle(seen: Floats) -> float:
    return float(np.median(seen)) if len(seen) else 0.0
