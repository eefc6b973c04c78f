"""What a model says of its own fit: diagnoses and tests."""

from typing import Any

from copulasynth._arrays import generator
from copulasynth.errors import DataError
from copulasynth.model.api import Grouped, Moments, Sampler
from copulasynth.model.diagnosis import diagnose
from copulasynth.model.joint_law import JointLaw
from copulasynth.rows.blocks import Rng
from copulasynth.schema import Schema, Tabular

__all__ = ["diagnosed"]


def diagnosed(schema: Schema, sampler: Sampler, method: str, df: Tabular | None, rng: Rng) -> Any:
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
    if isinstance(sampler, JointLaw):
        if df is None:
            raise DataError("the diagnosis of a joint law needs a table: model.diagnose(df)")
        return diagnose(schema, sampler, df, generator(rng))
    if isinstance(sampler, Grouped):
        raise DataError(f"{method} are diagnosed one by one: model.group({{...}}).diagnose(df)")
    if df is not None or not isinstance(sampler, Moments):
        lacks = "closed-form moments to diagnose" if df is None else "joint law to diagnose"
        raise DataError(f"{method} has no {lacks}. Compare a sample with the data instead.")
    return sampler.diagnose(tuple(str(v.name) for v in schema.variables))
