"""Settings of synthesizers check themselves, all with one kind of error."""

import numpy as np
import pytest

from copulasynth import synthesizers as sy
from copulasynth.errors import DataError


@pytest.mark.parametrize(
    ("method", "knob", "values"),
    [
        (sy.Smote, "k", [0, -1, 2.5, True, "5"]),
        (sy.Smote, "categorical", ["votes", None]),
        (sy.Smote, "variance", ["restored"]),
        (sy.Munge, "k", [0, -1, 2.5, True]),
        (sy.Munge, "sweeps", [0, 1.5]),
        (sy.Munge, "p", [0.0, 1.0, -0.5, np.nan, "half"]),
        (sy.Munge, "s", [0.0, np.inf, np.nan, "5"]),
        (sy.Munge, "pairing", ["one-sided"]),
        (sy.Kde, "scale", [-1.0, np.inf, np.nan, "wide", None]),
        (sy.KernelCopula, "h", [-1.0, np.inf, np.nan, "wide", None]),
        (sy.SequentialCart, "min_leaf", [0, 1.5, True]),
        (sy.SequentialCart, "smoothing", ["kernel", True]),
        (sy.CopulasVine, "vine_type", ["round"]),
    ],
)
def test_a_knob_out_of_range_names_method_knob_what_came_and_what_is_allowed(method, knob, values):
    for value in values:
        with pytest.raises(DataError, match=rf"^{method.__name__}: {knob} must be .*, got ") as e:
            method(**{knob: value})
        assert repr(value) in str(e.value)


@pytest.mark.parametrize(("knob", "value"), [("min_leaf", 0), ("within", "boxes")])
def test_an_inverse_tree_checks_its_knobs_too(knob, value):
    with pytest.raises(DataError, match=f"InverseTree: {knob} must be"):
        sy.InverseTree("plan", **{knob: value})


def test_numbers_of_numpy_are_numbers():
    assert sy.Smote(k=np.int64(3)).k == 3
    assert sy.Kde(scale=np.float32(0.5)).scale == 0.5
    assert sy.KernelCopula(h=1).h == 1
