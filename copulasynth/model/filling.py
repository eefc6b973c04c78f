"""What a model does with rows of which a part is known: complete them, fill their gaps."""

from typing import Any

from copulasynth.model.api import Sampler
from copulasynth.model.complete import complete
from copulasynth.rows.blocks import Rng
from copulasynth.schema import Schema, Tabular

__all__ = ["FillsRows"]


class FillsRows:
    """The part of a model that fills rows; each row is given its own known values."""

    schema: Schema
    sampler: Sampler

    @property
    def method(self) -> str:
        """What the model was fitted by, in a few words."""
        raise NotImplementedError

    def complete(self, known: Tabular, *, rng: Rng = None) -> Any:
        """Draw the columns that a table lacks, for each row given the columns that it has.

        Parameters
        ----------
        known : table
            Some of the columns, in any order, one row for each row that is wanted. A value that is
            missing there is known to be missing.
        rng : int, numpy.random.Generator or None

        Returns
        -------
        table
            The rows of `known`, in their order and with their index, with all columns and types of
            the training table.

        Raises
        ------
        DataError
            If the method has no joint law, or `known` has a column or a value that the model does
            not know.
        SamplingError
            If the known values of a row and the rules of the table cannot both hold.

        Notes
        -----
        Gaussian and t copulas draw from the exact conditional law where the known values are
        numbers of continuous columns. Levels, repeated values and states of gaps are cells, not
        points: of these a Gibbs sampler of 20 sweeps draws the latent scores. A vine is exact where
        the known columns are continuous, without gaps, and can be put first in its order. All
        others choose one of 64 weighted candidates in each row, whose law is the conditional one
        but for an error that grows with the number of known values and shrinks with candidates: a
        tree draws them in its own order with a particle filter, a mixture from its components, a
        blend from its parts, a calibrated copula from its base; other vines weight the draws of
        a t copula of the same correlations.

        Where a known column follows from unknown ones by a rule, the nearest of many draws is taken
        and moved onto the known value.

        Examples
        --------
        >>> import copulasynth as cs
        >>> df = cs.datasets.simulate_telecom_pair(rng=1)
        >>> model = cs.fit(df, copula="gaussian", rng=1)
        >>> list(model.complete(df[["before"]].head(3), rng=1))
        ['before', 'after']
        """
        return complete(self.schema, self.sampler, self.method, known, rng)
