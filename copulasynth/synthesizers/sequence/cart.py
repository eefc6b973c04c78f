"""Sequential CART: synthpop's default method, the one to beat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from copulasynth import _knobs
from copulasynth._arrays import Floats
from copulasynth.model import Model
from copulasynth.schema import Schema, Tabular
from copulasynth.synthesizers.fitted import Rng
from copulasynth.synthesizers.sequence.cart_fit import fit_cart_law
from copulasynth.synthesizers.sequence.fit import Conditioned, fit_sequence
from copulasynth.synthesizers.sequence.sampler import Law
from copulasynth.synthesizers.sequence.smooth_law import smoothed

__all__ = ["SequentialCart"]


@dataclass(frozen=True, slots=True)
class SequentialCart:
    """Draw column after column from classification and regression trees of the earlier ones.

    The first column is drawn from its own values. Each later one has a tree on the columns before
    it [1]_, grown until leaves hold `min_leaf` rows; a row is dropped down the tree and takes the
    value of a random training row of its leaf [2]_. A column with gaps or missing codes is drawn in
    two steps, first whether (and how) it is missing, then its value among the rows that have one.
    Drawn values are training values, and most short rows are copies: the model holds training rows.

    Parameters
    ----------
    min_leaf : int
        Rows of the smallest leaf; larger is more private and less faithful.
    prune : bool
        Cut back the trees of nominal columns where a split does not lower the number of
        misclassified rows, as rpart does in synthpop. A level that is rarer than a half everywhere
        is then drawn independently of its cause, and so it is off by default; with it a few
        percent fewer rows are copies. Whether values are missing is never cut back.
    order : "table" or sequence of columns
        The visit order; columns that are not listed follow in the order of the table. Columns of
        many levels are best last.
    smoothing : {None, "spline"}
        "spline" replaces each drawn value of a continuous column by a point near it: a uniform
        point of its interval of the empirical distribution, through the marginal's quantile spline.
        Atoms stay.
    proper : bool
        Grow each tree on a bootstrap sample of its rows, so that the uncertainty of the trees is
        in the synthesis. Fit anew, with another seed, for each of several syntheses.
    strata : column or sequence of columns, optional
        Fit the levels of these columns separately.
    predictors : mapping of column to columns, optional
        Which earlier columns a column may depend on; ``{"id_like": ()}`` draws one on its own.
    rules : mapping of column to (condition, value), optional
        Structural skips: ``{"marital": ("age < 18", "SINGLE")}``. Where the condition holds the
        column takes the value (None for missing), and the other rows alone grow its tree.
        Conditions compare earlier columns with constants, or say "column is missing", joined by
        "and".

    References
    ----------
    .. [1] Reiter (2005). Using CART to generate partially synthetic public use microdata. Journal
       of Official Statistics 21, 441-462.
    .. [2] Nowok, Raab & Dibben (2016). synthpop: bespoke creation of synthetic data in R. Journal
       of Statistical Software 74(11).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> age = rng.integers(14, 80, 500)
    >>> marital = np.where(age < 18, "single", rng.choice(["single", "married"], 500))
    >>> df = pd.DataFrame({"age": age, "marital": marital})
    >>> model = SequentialCart(rules={"marital": ("age < 18", "single")}).fit(df, rng=1)
    >>> rows = model.sample(2000, rng=2)
    >>> set(rows.loc[rows.age < 18, "marital"])
    {'single'}
    """

    min_leaf: int = 5
    prune: bool = False
    order: str | Sequence[Any] = "table"
    smoothing: Literal["spline"] | None = None
    proper: bool = False
    strata: Any = None
    predictors: Mapping[Any, Sequence[Any]] | None = None
    rules: Mapping[Any, Any] | None = None

    def __post_init__(self) -> None:
        _knobs.whole(self, "min_leaf", self.min_leaf, low=1)
        _knobs.one_of(self, "smoothing", self.smoothing, (None, "spline"))

    @_knobs.taking
    def fit(self, df: Tabular, *, schema: Schema | None = None, rng: Rng = None) -> Model:
        """Grow the trees.

        The schema declares missing codes such as -8; it is inferred if not given.

        Raises
        ------
        DataError
            If a setting names a column that does not exist or comes too late, or a rule cannot be
            read.

        Warns
        -----
        FitWarning
            If training rows break a rule.
        """
        return fit_sequence(df, self, self._law, _below, schema=schema, rng=rng)

    def _law(self, problem: Conditioned, rng: np.random.Generator) -> Law:
        law = fit_cart_law(problem, self.min_leaf, self.prune, rng)
        return law if self.smoothing is None else smoothed(law, problem, rng)


def _below(seen: Floats) -> float:
    """Return a number below all values: a split can tell it from them."""
    return float(2.0 * seen.min() - seen.max() - 1.0) if len(seen) else -1.0
