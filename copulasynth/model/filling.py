"""What a model does with rows of which a part is known: complete them, fill their gaps."""

from typing import Any

from copulasynth.model.api import Sampler
from copulasynth.model.complete import complete
from copulasynth.model.impute import impute
from copulasynth.model.provenance import Provenance
from copulasynth.rows.blocks import Rng
from copulasynth.schema import Schema, Tabular

__all__ = ["FillsRows"]


class FillsRows:
    """The part of a model that fills rows; each row is given its own known values."""

    schema: Schema
    sampler: Sampler
    provenance: Provenance
    others: tuple[Sampler, ...]

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

    def impute(self, df: Tabular, m: int = 5, *, rng: Rng = None) -> tuple[Any, ...]:
        """Fill the gaps of a table m times, and keep what is there.

        Every gap is drawn from the conditional law of its column given all that its row holds, and
        given that there is a value, as :meth:`complete` draws; so gaps are assumed to be *at
        random*: whether a value is missing may depend on the other columns, but not on the value
        itself once these are known. Missing codes such as -8 are answers and stay, and so does a
        gap that a rule demands.

        The parameters are drawn anew for each table: those of a model that was fitted with
        ``proper=True`` are taken one after the other; any other model is fitted again, with its own
        choices, to a bootstrap sample of the rows of `df`. Estimates from the m tables are combined
        by Rubin's rules (``rule="rubin"`` of :func:`copulasynth.inference.combine`).

        Parameters
        ----------
        df : table
            With all columns of the model; the rows that it was fitted to, as a rule.
        m : int
            Number of tables.
        rng : int, numpy.random.Generator or None

        Returns
        -------
        tuple of tables
            With the rows, the index and the types of `df`.

        Raises
        ------
        DataError
            If the method has no joint law, a proper model has fewer draws than m, or `df` does not
            fit the model.
        SamplingError
            If what is known of a row and the rules of the table cannot both hold.

        Examples
        --------
        >>> import copulasynth as cs
        >>> df = cs.datasets.simulate_telecom(300, rng=1)[["age", "income", "plan"]]
        >>> model = cs.fit(df, copula="gaussian", rng=1)
        >>> tables = model.impute(df, m=2, rng=1)
        >>> int(df["income"].isna().sum()) > 0, [int(t["income"].isna().sum()) for t in tables]
        (True, [0, 0])
        """
        samplers = (self.sampler, *self.others)
        return impute(self.schema, samplers, self.provenance, self.method, df, m, rng)
