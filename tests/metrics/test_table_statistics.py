"""Table statistics: identities, and scales that are 1 on average under their null."""

import numpy as np
import pytest

from copulasynth.errors import DataError
from copulasynth.metrics import table_statistics

RNG = np.random.default_rng(3)
P = RNG.dirichlet(np.full(12, 5.0))


@pytest.mark.parametrize("k", [400, 4000])
def test_scaled_statistics_average_one_over_syntheses_of_these_rows(k):
    """The null of S_*: cells of the synthesis drawn from the pooled shares given the counts."""
    n, draws = 4000, 400
    rng = np.random.default_rng(k)
    o = rng.multinomial(n, P)
    found = [table_statistics(o, rng.multinomial(k, o / n)) for _ in range(draws)]
    for name in ("S_VW", "S_pMSE", "S_G", "S_JSD", "S_FT", "S_MabsDD", "S_SPECKS"):
        x = np.array([f[name] for f in found])
        # 4 standard errors, and 3 % for terms of the next order in 1/counts.
        bound = 4 * x.std() / np.sqrt(draws) + 0.03
        if name in ("S_JSD", "S_VW", "S_pMSE", "S_MabsDD", "S_SPECKS"):
            # These put the pooled counts, half of them the synthesis's own, into the variance.
            bound += 0.02
        assert abs(x.mean() - 1) < bound, (name, x.mean())


def test_synthpops_scale_of_jsd_is_wrong_by_a_known_factor():
    o, s = RNG.multinomial(500, P), RNG.multinomial(300, P)
    ours, theirs = table_statistics(o, s), table_statistics(o, s, compat="synthpop")
    factor = (2 * 800 / np.log(2)) / (8 * 300 * np.log(2))
    assert theirs["S_JSD"] == pytest.approx(ours["S_JSD"] * factor, rel=1e-12)
    assert "S_PO50" not in theirs


def test_specks_is_half_of_mabsdd_and_po50_follows_at_equal_sizes():
    o, s = RNG.multinomial(500, P), RNG.multinomial(500, P)
    found = table_statistics(o, s)
    assert found["SPECKS"] == pytest.approx(found["MabsDD"] / 2, rel=1e-12)
    assert found["PO50"] == pytest.approx(25 * found["MabsDD"], rel=1e-9)


def test_equal_tables_are_at_nought_and_disjoint_ones_at_the_end_of_the_scale():
    same = table_statistics([5, 9, 2], [5, 9, 2])
    for name in ("VW", "FT", "JSD", "SPECKS", "WMabsDD", "G", "pMSE", "MabsDD"):
        assert same[name] == pytest.approx(0, abs=1e-12)
    apart = table_statistics([5, 0], [0, 5])
    assert apart["SPECKS"] == apart["JSD"] == apart["dBhatt"] == 1
    assert apart["MabsDD"] == 2


def test_a_single_cell_scores_nought():
    assert table_statistics([10], [20])["S_pMSE"] == 0


def test_tables_of_different_cells_or_without_counts_are_refused():
    with pytest.raises(DataError, match="2 and 3 cells"):
        table_statistics([1, 2], [1, 2, 3])
    with pytest.raises(DataError, match="no counts"):
        table_statistics([0, 0], [1, 2])
