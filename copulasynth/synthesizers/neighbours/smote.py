"""SMOTE on whole tables: points on the segments between neighbouring rows."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from copulasynth import _knobs
from copulasynth._arrays import Floats
from copulasynth.model import Model
from copulasynth.schema import Schema, Tabular
from copulasynth.synthesizers.fitted import Rng, fit_sampler
from copulasynth.synthesizers.neighbours.nearest import neighbours_of
from copulasynth.synthesizers.neighbours.smote_sampler import SmoteSampler
from copulasynth.synthesizers.training_rows import Layout, TrainingRows

__all__ = ["Smote"]


@dataclass(frozen=True, slots=True)
class Smote:
    """Interpolate between each row and one of its k nearest neighbours [1]_.

    A base row i and one of its neighbours j give the row x_i + lambda (x_j - x_i), lambda uniform
    on (0, 1) and common to all numeric columns. Neighbours are sought in the space of SMOTE-NC
    after scaling numeric columns to standard deviation 1 (SMOTE-N for tables without numeric
    columns). Base rows are used evenly, whole numbers and other grids are rounded up or down at
    random so that means stay, and a row is never its own neighbour. No class labels are needed;
    for an imbalanced target see :func:`~copulasynth.synthesizers.augment`.

    Where a value is missing the row inherits *that it is missing* from the base or the neighbour;
    a present value between a missing and an observed one is the observed one. Zeros and other
    atoms are interpolated like any value, so a column of many zeros loses some of them; MUNGE and
    the copulas keep them.

    Parameters
    ----------
    k : int
        Number of neighbours to choose from.
    categorical : {"inherit", "vote"}
        ``"inherit"`` takes each level from the base or, where the two are neighbours of each other,
        with probability lambda from the neighbour. What a row gives it gets equally often, so the
        shares of levels and of missing values stay, in expectation exactly. ``"vote"`` takes the
        commonest level among the k neighbours as SMOTE-NC does, which erodes rare ones.
    variance : {"raw", "restore"}
        Points between neighbours vary less than the rows do (see
        :meth:`~copulasynth.model.Model.diagnose`). ``"restore"`` draws lambda
        uniform on 1/2 -+ sqrt(3)/2 instead: its mean square about 1/2 is then 1/4, that of choosing
        one end, so the covariance matrix of the two ends is kept, and a shift and stretch of each
        column makes up for popular neighbours. Values are cut at the schema's natural bounds.

    References
    ----------
    .. [1] Chawla, Bowyer, Hall & Kegelmeyer (2002). SMOTE: synthetic minority over-sampling
       technique. JAIR 16, 321-357.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> z = np.random.default_rng(0).standard_normal((200, 2))
    >>> df = pd.DataFrame({"mb": np.exp(z[:, 0]), "calls": (5 + z[:, 1]).round().astype(int)})
    >>> model = Smote(k=5).fit(df, rng=1)
    >>> model.sample(1000, rng=2).shape
    (1000, 2)
    >>> rows, origin = model.sample(3, rng=2, return_origin=True)
    >>> list(origin.columns)
    ['base', 'neighbour']
    """

    k: int = 5
    categorical: Literal["inherit", "vote"] = "inherit"
    variance: Literal["raw", "restore"] = "raw"

    def __post_init__(self) -> None:
        _knobs.whole(self, "k", self.k, low=1)
        _knobs.one_of(self, "categorical", self.categorical, ("inherit", "vote"))
        _knobs.one_of(self, "variance", self.variance, ("raw", "restore"))

    @_knobs.taking
    def fit(self, df: Tabular, *, schema: Schema | None = None, rng: Rng = None) -> Model:
        """Find the neighbours of every row; `rng` is recorded only.

        Warns
        -----
        FitWarning
            If there are too few rows for k neighbours; as many as there are get used.
        """
        return fit_sampler(df, self, self._learn, schema=schema, rng=rng)

    def _learn(self, x: Floats, layout: Layout, rng: np.random.Generator) -> SmoteSampler:
        return SmoteSampler(
            rows=TrainingRows.of(x),
            layout=layout,
            neighbours=neighbours_of(x, layout, self.k),
            categorical=self.categorical,
            variance=self.variance,
        )
