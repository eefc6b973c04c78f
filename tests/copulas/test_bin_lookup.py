"""Bins by lookup are those of a search."""

import numpy as np
import pytest

from copulasynth.copulas import NORMAL, UNIFORM
from copulasynth.copulas.bin_lookup import bin_lookup


@pytest.mark.parametrize("kind", [np.intp, np.int16])
@pytest.mark.parametrize("scale", [UNIFORM, NORMAL])
def test_a_lookup_is_a_search_also_at_the_edges_and_beyond_the_ends(scale, kind):
    rng = np.random.default_rng(1)
    own = scale.from_unit(np.sort(rng.random(30)))
    own = np.sort(np.r_[scale.lo - 1, own, own[3], scale.hi + 1])
    ends = [scale.lo, scale.hi, np.nextafter(scale.hi, scale.lo), scale.lo - 2, scale.hi + 2]
    x = np.r_[scale.from_unit(rng.random(50_000)), own, np.nextafter(own, -9), np.nextafter(own, 9)]
    x = np.r_[x, ends, np.linspace(scale.lo, scale.hi, 4097)]
    out = np.empty(x.size, dtype=kind)
    bin_lookup(own, scale.lo, scale.hi, kind)(x, out)
    assert np.array_equal(out, np.searchsorted(own, x))
