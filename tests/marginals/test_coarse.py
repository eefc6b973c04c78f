"""Marginals made coarse: what few rows have goes to a neighbour, and the rest is as it was."""

import numpy as np
import pytest

from copulasynth.marginals import Discrete, Hurdle, Parametric, Rounded, fit_atom_spline
from copulasynth.marginals.coarse import Asked, coarse_marginal, shifted
from copulasynth.marginals.pieces import Pieces

U = np.linspace(0.02, 0.98, 25)


def test_a_rare_level_gives_its_probability_to_its_neighbour_and_no_other():
    m = Discrete(np.arange(4.0), np.array([0.5, 0.004, 0.296, 0.2]))
    found = coarse_marginal(m, Asked(1000, 10, listed=True))
    assert found.marginal.values.tolist() == [0.0, 2.0, 3.0]
    assert found.marginal.probabilities.tolist() == pytest.approx([0.504, 0.296, 0.2])
    assert found.cells.tolist() == [[0.0, 1.0, 0.0], [2.0, 2.0, 2.0], [3.0, 3.0, 3.0]]
    assert (found.dropped, found.moved) == (1, pytest.approx(0.004))


def test_numbers_that_are_all_rare_are_pooled_to_middle_ones_but_levels_are_refused():
    m = Discrete(np.arange(40.0), np.full(40, 1 / 40))
    found = coarse_marginal(m, Asked(100, 10)).marginal
    assert (found.probabilities * 100 >= 10).all()
    assert found.probabilities @ found.values == pytest.approx(19.5, abs=1.0)
    with pytest.raises(ValueError, match="10 rows"):
        coarse_marginal(m, Asked(100, 10, listed=True))


def test_a_spline_loses_its_rare_atoms_and_keeps_its_quantiles():
    rng = np.random.default_rng(1)
    x = np.r_[np.round(rng.lognormal(4, 1, 2000), 2), np.full(200, 50.0), np.full(6, 1234.56)]
    m = fit_atom_spline(x, step=0.01, lower=0.0)
    assert 1234.56 in m.atoms
    found = coarse_marginal(m, Asked(x.size, 10, lower=0.0)).marginal
    assert found.atoms.tolist() == [50.0]
    assert np.allclose(found.quantile(U[:-2]), m.quantile(U[:-2]), rtol=0.02)


def test_a_lone_stretch_goes_to_its_neighbour():
    law = Parametric("uniform", (0.0, 1.0), (0.0, 0.0))
    far = Discrete(np.array([987.5]), np.ones(1))
    m = Pieces((law, far), np.array([0.998, 0.002]), np.array([490.0]))
    found = coarse_marginal(m, Asked(1000, 10)).marginal
    assert found.quantile(np.array([0.9999]))[0] < 1.5


@pytest.mark.parametrize(
    "m",
    [
        Discrete(np.array([0.0, 3.0]), np.array([0.25, 0.75])),
        Rounded(Parametric("normal", (10.0, 3.0), (0.0, 0.0)), 1.0),
        Hurdle(0.0, 0.3, Parametric("normal", (10.0, 1.0), (0.0, 0.0))),
        fit_atom_spline(np.random.default_rng(2).normal(size=500).round(2), step=0.01),
    ],
)
def test_a_law_that_counts_from_elsewhere_is_the_same_law_there(m):
    assert np.allclose(shifted(m, 40.0).quantile(U), m.quantile(U) + 40.0, atol=1e-6)


def test_a_law_that_begins_at_zero_cannot_count_from_elsewhere():
    with pytest.raises(ValueError, match="spline"):
        shifted(Parametric("gamma", (2.0, 1.0), (0.0, 0.0)), 5.0)


def apart(a, b) -> float:
    """Return the largest distance of two distribution functions."""
    u = np.linspace(0.0005, 0.9995, 2000)
    x, y = a.quantile(u), b.quantile(u)
    at = np.r_[x, y]
    both = (np.searchsorted(np.sort(v), at, side="right") for v in (x, y))
    return float(np.abs(next(both) - next(both)).max()) / u.size


@pytest.mark.parametrize("n", [350, 4000])
def test_values_of_few_rows_stay_where_they_were(n):
    rng = np.random.default_rng(7)
    x = 2011 - np.floor(rng.gamma(1.2, 12.0, n))
    x = np.where(rng.random(n) < 0.3, 5 * np.round(x / 5), x)
    m = Rounded(fit_atom_spline(x, step=1.0), 1.0)
    found = coarse_marginal(m, Asked(n, 10)).marginal
    assert (m.base.shares * n < 10).any()
    assert (found.base.shares * n >= 9.99).all()
    # an atom of nine rows may be drawn next to where it was
    assert apart(m, found) < 9 / n + 0.003


def test_a_bound_of_few_rows_is_the_mean_of_enough_of_them():
    x = np.r_[np.full(5, 1.0), np.full(7, 2.0), np.repeat([10.0, 20.0], 100)]
    x = np.r_[x, np.arange(3, 43, 2.0), np.arange(3, 43, 2.0)]
    m = fit_atom_spline(x, step=1.0)
    assert m.lower == 1.0
    found = coarse_marginal(m, Asked(x.size, 10))
    assert found.marginal.lower == 2.0
    assert found.marginal.shares[0] * x.size == pytest.approx(12, abs=0.1)
    assert [1.0, 2.0, 2.0] in found.cells.tolist()


def test_bounds_half_a_step_beyond_natural_ones_stay():
    law = Parametric("normal", (2.0, 3.0), (0.0, 0.0), lower=0.5, upper=10.5)
    beside = coarse_marginal(Rounded(Hurdle(0.0, 0.3, law), 1.0), Asked(1000, 10, upper=10.0))
    kept = beside.marginal.base.base
    assert (kept.lower, kept.upper) == (0.5, 10.5)
    far = coarse_marginal(Rounded(law, 1.0), Asked(1000, 10, upper=10.0)).marginal.base
    assert far.lower < 0.5
    assert far.upper == 10.5


@pytest.mark.parametrize("up", [True, False])
def test_a_bound_that_few_rows_have_is_coded_inside_of_it(up):
    # the mean of the 14 outermost rows lies nearer to the bound than to the next value
    x = np.r_[np.full(8, 1.0), np.full(6, 2.0), np.repeat([10.0, 20.0], 100)]
    x = np.r_[x, np.arange(3, 43, 2.0), np.arange(3, 43, 2.0)]
    m = fit_atom_spline(-x if up else x, step=1.0)
    assert (m.upper if up else m.lower) == (-1.0 if up else 1.0)
    found = coarse_marginal(m, Asked(x.size, 10)).marginal
    assert (found.upper if up else found.lower) == (-2.0 if up else 2.0)
