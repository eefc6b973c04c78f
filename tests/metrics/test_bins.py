"""Shared bins: type-7 quantiles of the pooled values, gaps and atoms as levels."""

import numpy as np
import pandas as pd

from copulasynth.metrics import align
from copulasynth.metrics.bins import bin_tables


def binned(a, b, **settings):
    tables = align(pd.DataFrame({"x": a}), pd.DataFrame({"x": b}), **settings)
    return bin_tables([tables.real, tables.synthetic])


def test_edges_are_quantiles_of_both_tables_together():
    found = binned([0.0, 1, 2, 3, 4], [5.0, 6, 7, 8, 9, 10])
    assert found.labels[0] == ("[0,2)", "[2,4)", "[4,6)", "[6,8)", "[8,10]", "missing")
    assert found.codes[0][0].tolist() == [0, 0, 1, 1, 2]
    assert found.codes[1][0].tolist() == [2, 3, 3, 4, 4, 4]


def test_an_atom_at_the_minimum_has_a_level_of_its_own():
    found = binned([0.0] * 8 + [1.0, 2.0], [0.0] * 9 + [5.0])
    assert found.labels[0][0] == "0"
    assert set(found.codes[0][0][:8]) == {0}
    assert (found.codes[0][0][8:] > 0).all()


def test_an_atom_in_the_middle_and_at_the_maximum_are_levels():
    middle = binned([1.0, *[5.0] * 6, 9.0, 8.0, 2.0], [5.0] * 10)
    assert middle.codes[0][0][1] not in (middle.codes[0][0][0], middle.codes[0][0][7])
    top = binned([1.0, 2, 3, *[9.0] * 7], [9.0] * 10)
    assert top.codes[0][0][3] != top.codes[0][0][2]


def test_gaps_and_codes_are_levels():
    found = binned([1.0, np.nan, -8], [1.0, 2, 3], missing_codes={"x": [-8]})
    labels = [found.labels[0][k] for k in found.codes[0][0]]
    assert labels[1:] == ["missing", "-8"]


def test_a_constant_and_an_empty_column_have_bins():
    assert binned([1.0, 1], [1.0, 1]).codes[0][0].tolist() == [0, 0]
    found = binned([np.nan, np.nan], [np.nan, np.nan])
    assert found.labels[0] == ("missing",)
    assert found.codes[0][0].tolist() == [0, 0]


def test_rare_levels_are_pooled_when_there_are_too_many():
    tables = align(pd.DataFrame({"x": list("aaabbcd")}), pd.DataFrame({"x": list("aab")}))
    found = bin_tables([tables.real, tables.synthetic], max_levels=3)
    assert found.labels[0] == ("a", "b", "(other levels)", "missing")
    assert found.codes[0][0].tolist() == [0, 0, 0, 1, 1, 2, 2]


def test_gaps_come_after_hundreds_of_levels():
    """States are stored in 8 bits; their places in a column of 300 levels are not."""
    levels = [f"level {i:03d}" for i in range(300)] * 2
    frame = pd.DataFrame({"g": pd.Categorical([None, *levels])})
    table = align(frame, frame).real
    found = bin_tables([table, table])
    assert found.codes[0][0][0] == 300
    assert found.labels[0][300] == "missing"
