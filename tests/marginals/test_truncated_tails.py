"""A truncated family has finite quantiles up to the ends of the unit interval."""

import numpy as np
import pytest

from copulasynth.marginals import Parametric


def test_a_law_cut_far_out_in_its_tail_has_finite_quantiles():
    m = Parametric("normal", (-4.0, 1.0), (0.0, 0.0), lower=0.0)
    q = m.quantile(np.array([1e-16, 0.5, 1.0 - 2.0**-53]))
    assert np.isfinite(q).all()
    assert (q >= 0).all()


def test_a_law_that_keeps_next_to_nothing_is_refused():
    with pytest.raises(ValueError, match="next to no mass"):
        Parametric("normal", (-9.0, 1.0), (0.0, 0.0), lower=0.0)
