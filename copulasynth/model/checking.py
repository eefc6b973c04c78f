"""What a model says of its own fit: diagnoses and tests."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from copulasynth.copulas import CopulaKnobs
from copulasynth.copulas.checks.gof import GoodnessOfFit
from copulasynth.errors import DataError
from copulasynth.model.api import Moments, Sampler
from copulasynth.model.diagnosis import copula_test, diagnose
from copulasynth.model.joint_law import JointLaw
from copulasynth.rows.blocks import Rng
from copulasynth.schema import Schema, Tabular

__all__ = ["ChecksFit"]


class ChecksFit:
    """The part of a model that holds it against a table."""

    schema: Schema
    sampler: Sampler

    @property
    def method(self) -> str:
        """What the model was fitted by, in a few words."""
        raise NotImplementedError

    @property
    def law(self) -> JointLaw:
        """Marginals, copula and rules of a model that has them."""
        raise NotImplementedError

    def diagnose(self, df: Tabular | None = None, *, rng: Rng = None) -> Any:
        """Say how the model departs from its table.

        A joint law is held against rows of a table `df`, preferably held-out ones: tests of the
        Rosenblatt transforms, tail-dependence curves and Kendall plots, in a
        :class:`~copulasynth.model.Diagnosis`. SMOTE takes no table: what it does to means,
        standard deviations and correlations has a closed form.

        Raises
        ------
        DataError
            If a table is missing, or given to a method that takes none, or the method has neither.

        Examples
        --------
        >>> import copulasynth as cs
        >>> pair = cs.datasets.simulate_telecom_pair(rng=1)
        >>> model = cs.fit(pair, copula="student", marginals="empirical", rng=1)
        >>> list(model.diagnose(pair, rng=1).tails("after", "before"))[:5]
        ['q', 'chi', 'chi_low', 'chi_high', 'chi_model']
        """
        if isinstance(self.sampler, JointLaw):
            if df is None:
                raise DataError("the diagnosis of a joint law needs a table: model.diagnose(df)")
            return diagnose(self.schema, self.law, df, np.random.default_rng(rng))
        if df is not None or not isinstance(self.sampler, Moments):
            lacks = "closed-form moments to diagnose" if df is None else "joint law to diagnose"
            raise DataError(
                f"{self.method} has no {lacks}. Compare a sample with the data instead."
            )
        return self.sampler.diagnose(tuple(str(v.name) for v in self.schema.variables))

    def goodness_of_fit(
        self,
        df: Tabular,
        *,
        columns: Sequence[str] | None = None,
        knobs: CopulaKnobs | None = None,
        statistic: str = "auto",
        replicates: int = 100,
        rows: int = 1000,
        rng: Rng = None,
    ) -> GoodnessOfFit:
        """Test the model's family of copulas on a table, by parametric bootstrap.

        `columns` names continuous variables, by default all with hardly any ties, and `knobs` say
        how the copula is fitted, by default as others of the model's kind. `statistic` is "Sn" or
        "SnB" of :func:`copulasynth.copulas.goodness_of_fit`; "auto" is "SnB" where the copula has a
        Rosenblatt transform. Each of the `replicates` is a fit to at most `rows` complete rows.

        Raises
        ------
        DataError
            If a named column is unknown or tied, or fewer than two variables or ten complete rows
            are left.
        """
        test = (columns, knobs, statistic, replicates, rows, np.random.default_rng(rng))
        return copula_test(self.schema, self.law, df, *test)
