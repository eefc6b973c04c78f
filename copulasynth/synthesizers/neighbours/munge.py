"""MUNGE: neighbouring rows exchange values, numeric ones with a little noise."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from copulasynth import _knobs
from copulasynth._arrays import Floats
from copulasynth.model import Model
from copulasynth.schema import Schema, Tabular
from copulasynth.synthesizers.fitted import Rng, fit_sampler
from copulasynth.synthesizers.neighbours.munge_sampler import MungeSampler
from copulasynth.synthesizers.neighbours.munge_tune import MungeFrontier, tune
from copulasynth.synthesizers.neighbours.nearest import neighbours_of
from copulasynth.synthesizers.training_rows import Layout, TrainingRows

__all__ = ["Munge"]


@dataclass(frozen=True, slots=True)
class Munge:
    """Let neighbouring rows exchange their values, column by column [1]_.

    A replicate starts as a copy of the training rows. In a sweep rows meet a neighbour; for each
    column, with probability p, *both* change: levels are exchanged, and numeric values become
    normal around the other's value with standard deviation |difference| / s. That both sides
    change is what keeps the marginals; programs that change one side only do not.

    Parameters
    ----------
    p : float
        Probability that a pair exchanges a column. 1/2 mixes most; towards 0 nothing changes, and
        towards 1 the two rows change places whole, so both ends are copy machines.
    s : float
        Noise is the difference over s: a larger s is less noise.
    k : int
        Number of neighbours among which a partner is found. More neighbours and more sweeps mix
        more; these are the dials that matter.
    sweeps : int
        Number of rounds.
    pairing : {"matched", "sequential"}
        ``"matched"`` pairs rows off at random in every sweep, so that no row changes twice, and
        draws each replicate in a few array operations. Values at an atom (zeros, caps: one value
        in at least .5 % of the rows) and missing values are exchanged without noise, so that their
        counts, like those of levels, stay exact in each replicate; and the two values come a
        little closer, by the factor of each column that takes back the variance p E[D^2] / s^2
        that noise adds. Means and standard deviations of a replicate then stay, too.
        ``"sequential"`` is the algorithm of the paper, row after row: the reference, and slow.

    References
    ----------
    .. [1] Bucila, Caruana & Niculescu-Mizil (2006). Model compression. KDD, section 3.2.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"mb": [1.0, 2.5, 4.0, 8.5] * 10, "plan": list("abab") * 10})
    >>> rows = Munge(k=3).fit(df).sample(40, rng=0)
    >>> rows["plan"].value_counts().to_dict() == df["plan"].value_counts().to_dict()
    True
    """

    p: float = 0.5
    s: float = 5.0
    k: int = 5
    sweeps: int = 2
    pairing: Literal["matched", "sequential"] = "matched"

    def __post_init__(self) -> None:
        copies = (
            " (p=0.5 mixes most; with p=1 two neighbours exchange everything, with p=0 nothing: "
            "either way rows come out as copies of training rows)"
        )
        _knobs.real(self, "p", self.p, low=0.0, high=1.0, open=True, why=copies)
        _knobs.real(self, "s", self.s, low=0.0, open=True, why=", as noise is |difference| / s")
        _knobs.whole(self, "k", self.k, low=1)
        copies = " (without a sweep every row is a copy of a training row)"
        _knobs.whole(self, "sweeps", self.sweeps, low=1, why=copies)
        _knobs.one_of(self, "pairing", self.pairing, ("matched", "sequential"))

    @_knobs.taking
    def fit(self, df: Tabular, *, schema: Schema | None = None, rng: Rng = None) -> Model:
        """Find the neighbours of every row; `rng` chooses the pairs that meet."""
        return fit_sampler(df, self, self._learn, schema=schema, rng=rng)

    def _learn(self, x: Floats, layout: Layout, rng: np.random.Generator) -> MungeSampler:
        return MungeSampler(
            rows=TrainingRows.of(x),
            layout=layout,
            neighbours=neighbours_of(x, layout, self.k),
            p=float(self.p),
            s=float(self.s),
            sweeps=int(self.sweeps),
            pairing=self.pairing,
            seed=int(rng.integers(2**53)),
        )

    @classmethod
    def tune(
        cls,
        df: Tabular,
        *,
        min_dcr: float = 0.5,
        schema: Schema | None = None,
        grid: dict[str, tuple[Any, ...]] | None = None,
        rng: Rng = None,
    ) -> MungeFrontier:
        """Try settings against a held-out half and choose the most faithful that does not copy.

        For each setting MUNGE is fitted to one half of the rows, as many rows are drawn, and the
        other half says how they do: ``c2st`` is the AUC of a classifier that tells them from fresh
        rows (.5 is perfect), ``dcr_ratio`` the median distance to the closest training row over
        that of fresh rows (1 is perfect, 0 copies), ``dcr_share`` the share of drawn rows closer
        to the training half than to the other (.5 is perfect).

        Parameters
        ----------
        df : pandas, polars or pyarrow table
        min_dcr : float
            Least `dcr_ratio` that is accepted.
        schema : Schema, optional
        grid : dict, optional
            Values to try of ``p``, ``s``, ``k`` and ``sweeps``; a grid of 24 settings otherwise.
        rng : int, numpy.random.Generator or None

        Returns
        -------
        MungeFrontier
            ``table`` (every setting), ``knobs`` (the chosen one), ``model`` (fitted to all rows).

        Raises
        ------
        DataError
            If the table has fewer than 40 rows, or the grid names something else.

        Warns
        -----
        FitWarning
            If no setting reaches `min_dcr`; the one that comes closest is chosen.
        """
        return tune(cls, df, min_dcr=min_dcr, schema=schema, grid=grid, rng=rng)
