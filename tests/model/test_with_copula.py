"""Another copula on the marginals of a fitted model."""

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.copulas import Independence, Vine
from copulasynth.errors import DataError
from copulasynth.model import fit_joint
from copulasynth.model.fit import with_copula


def test_another_copula_on_fitted_marginals_sees_the_same_cells():
    seen = []

    class Watched:
        def fit(self, cells, /, *, rng):
            seen.append(cells)
            return Independence().fit(cells, rng=rng)

    df = cs.datasets.simulate_telecom(300, rng=1)
    bare = fit_joint(df, copula=Watched(), rng=1)
    made = with_copula(bare, df, Watched(), rng=1)
    assert made.marginals == bare.marginals
    for name in ("lower", "upper", "nominal"):
        assert np.array_equal(getattr(seen[0], name), getattr(seen[1], name))


def test_a_copula_that_can_use_no_variable_names_the_columns():
    df = pd.DataFrame(np.random.default_rng(1).standard_normal((60, 2)), columns=["left", "right"])
    model = fit_joint(df, rng=1)
    with pytest.raises(DataError, match=r"^column 'left', 'right' has one value only"):
        with_copula(model, df.assign(left=2.0, right=1.0), Vine(), rng=1)
