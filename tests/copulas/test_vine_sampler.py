"""Draws by table against the exact inverse Rosenblatt transform, point by point and in law."""

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import kstest

from copulasynth._chunks import CHUNK
from copulasynth.copulas import NORMAL, PairCopula, Vine, VineCopula
from copulasynth.copulas.vine.fit import fit_vine
from copulasynth.copulas.vine.sampler import walk_of
from copulasynth.copulas.vine.structure import Structure
from copulasynth.copulas.vine.tables import GOOD, POOR, Scratch, tabulate

PAIRS = [
    PairCopula("indep"),
    PairCopula("gaussian", 0, np.array([0.8])),
    PairCopula("gaussian", 0, np.array([-0.99])),
    PairCopula("student", 0, np.array([0.5, 4.0])),
    PairCopula("student", 0, np.array([-0.9, 2.2])),
    PairCopula("clayton", 0, np.array([1.0])),
    PairCopula("clayton", 90, np.array([8.0])),
    PairCopula("clayton", 180, np.array([25.0])),
    PairCopula("gumbel", 270, np.array([2.0])),
    PairCopula("frank", 0, np.array([-6.0])),
    PairCopula("frank", 0, np.array([30.0])),
    PairCopula("joe", 0, np.array([12.0])),
    PairCopula("bb1", 180, np.array([0.5, 1.3])),
    PairCopula("bb6", 0, np.array([2.0, 1.5])),
    PairCopula("bb7", 0, np.array([1.5, 0.9])),
    PairCopula("bb8", 90, np.array([4.0, 0.8])),
    PairCopula("tawn", 0, np.array([0.5, 0.7, 3.0])),
]


def wild(n, d, seed):
    """Return pseudo-observations with heavy tails, a parabola and two clusters."""
    rng = np.random.default_rng(seed)
    load = rng.standard_normal((d, 3))
    x = rng.standard_normal((n, 3)) @ load.T + rng.standard_normal((n, d))
    x /= np.sqrt(rng.chisquare(4, (n, 1)) / 4)
    x[:, 1] = x[:, 0] ** 2 + 0.5 * x[:, 1]
    x[:, 2] += 5 * (rng.random(n) < 0.4)
    return (x.argsort(axis=0).argsort(axis=0) + 1) / (n + 1)


@pytest.fixture(scope="module")
def tll():
    return fit_vine(wild(1500, 6, 1), Vine(tree_criterion="tau"))


@pytest.mark.parametrize("pair", PAIRS, ids=lambda p: f"{p.family}{p.rotation}{p.parameters}")
def test_a_table_draws_the_pair_copula_it_stands_for(pair):
    table = tabulate(pair, both=True)
    assert table.error <= POOR
    n = 20_000
    rng = np.random.default_rng(1)
    w, c = rng.standard_normal((2, n))
    x, g = np.empty(n), np.empty(n)
    table(w, c, x, g, Scratch.of(n))
    u1, u2 = ndtr(x), ndtr(c)
    # the exact conditional probabilities of what was drawn are uniform, and those drawn from
    assert np.mean(np.abs(pair.h2(u1, u2) - ndtr(w))) <= 1.5 * table.error + 1e-12
    assert kstest(u1, "uniform").statistic < 1.95 / np.sqrt(n)
    assert kstest(ndtr(g), "uniform").statistic < 1.95 / np.sqrt(n)
    # the companion is independent of the draw: it is a Rosenblatt transform
    assert abs(np.corrcoef(x, g)[0, 1]) < 4 / np.sqrt(n)


def test_gaussian_pairs_are_rotations_without_error():
    rho = 0.6
    table = tabulate(PairCopula("gaussian", 0, np.array([rho])), both=True)
    w, c = np.random.default_rng(2).standard_normal((2, 100))
    x, g = np.empty(100), np.empty(100)
    table(w, c, x, g, Scratch.of(100))
    np.testing.assert_allclose(x, rho * c + 0.8 * w, atol=1e-14)
    np.testing.assert_allclose(g, 0.8 * c - rho * w, atol=1e-14)


def test_a_pair_too_steep_for_a_table_is_drawn_exactly():
    # all mass on the two diagonals of a coarse grid: any table would cut the corners
    density = np.where(np.eye(60, dtype=bool) | np.eye(60, dtype=bool)[::-1], 1e4, 1e-12)
    pair = PairCopula("tll", 0, density, npars=1.0)
    table = tabulate(pair, both=True)
    w, c = np.random.default_rng(3).standard_normal((2, 2000))
    x, g = np.empty(2000), np.empty(2000)
    table(w, c, x, g, Scratch.of(2000))
    assert np.isfinite(x).all()
    assert np.isfinite(g).all()
    error = np.mean(np.abs(pair.h2(ndtr(x), ndtr(c)) - ndtr(w)))
    assert error < 2 * POOR


def exact_and_tabulated(vine, n, seed):
    z = np.random.default_rng(seed).standard_normal((vine.dim, n))
    w = ndtr(z.T)
    sampler = vine.sampler
    sampler.transform(z, np.empty((sampler.walk.slots, n)), Scratch.of(n))
    return w, ndtr(z.T), vine.inverse_rosenblatt(w)


@pytest.mark.parametrize("kind", ["R", "C", "D"])
@pytest.mark.parametrize("truncation", [None, 2, 1])
def test_every_structure_gives_the_inverse_rosenblatt_transform(kind, truncation):
    u = wild(400, 7, 2)
    knobs = Vine(structure=kind, truncation=truncation, families=("gaussian",))
    _, fast, right = exact_and_tabulated(fit_vine(u, knobs), 4000, 3)
    # Gaussian pairs are exact; the engine cuts probabilities at 1e-10
    np.testing.assert_allclose(fast, right, atol=1e-8)


def test_random_structures_give_the_inverse_rosenblatt_transform():
    import pyvinecopulib as pv

    from copulasynth.copulas.vine.structure import structure_of

    rng = np.random.default_rng(4)
    for seed in range(8):
        engine = pv.core.RVineStructure.sample(8, seeds=[seed])
        structure = structure_of(engine, 7)
        pairs = tuple(
            tuple(PairCopula("gaussian", 0, rng.uniform(-0.9, 0.9, 1)) for _ in row)
            for row in structure.array
        )
        vine = VineCopula(structure.order, structure.array, pairs)
        _, fast, right = exact_and_tabulated(vine, 1000, seed)
        np.testing.assert_allclose(fast, right, atol=1e-8)


def test_tll_draws_are_close_to_exact_ones(tll):
    w, fast, right = exact_and_tabulated(tll, 20_000, 5)
    # each table is off by 2e-4 on average, and a probability by the errors of five trees twice
    assert np.abs(tll.rosenblatt(fast) - w).mean(axis=0).max() < 10 * GOOD
    assert np.quantile(np.abs(fast - right), 0.95) < 2e-3
    assert np.abs(np.corrcoef(fast, rowvar=False) - np.corrcoef(right, rowvar=False)).max() < 1e-3


def test_rosenblatt_transform_of_draws_is_independent_uniform(tll):
    n = 40_000
    w = tll.rosenblatt(ndtr(tll.draw(n, np.random.default_rng(6)).T))
    for j in range(tll.dim):
        assert kstest(w[:, j], "uniform").statistic < 1.95 / np.sqrt(n) + 5 * GOOD
    apart = np.corrcoef(w, rowvar=False) - np.eye(tll.dim)
    assert np.abs(apart).max() < 4.5 / np.sqrt(n)


def test_draws_agree_in_law_with_the_engine(tll):
    n = 40_000
    ours = ndtr(tll.draw(n, np.random.default_rng(7)))
    theirs = tll.engine.sample(n, seeds=[1, 2, 3]).T
    # two-sample binned comparison of every pair on a 4 x 4 grid, 15 degrees of freedom
    for a in range(tll.dim):
        for b in range(a):
            one, two = (
                np.histogram2d(s[a], s[b], bins=4, range=[[0, 1], [0, 1]])[0].ravel()
                for s in (ours, theirs)
            )
            chi2 = np.sum((one - two) ** 2 / (one + two))
            assert chi2 < 15 + 5 * np.sqrt(30)


def test_first_rows_do_not_depend_on_how_many_follow(tll):
    many = tll.draw(2 * CHUNK + 5, np.random.default_rng(8))
    for n in (0, 1, 100, CHUNK, CHUNK + 1):
        np.testing.assert_array_equal(tll.draw(n, np.random.default_rng(8)), many[:, :n])


def test_draws_are_on_the_normal_scale_within_its_ends(tll):
    z = tll.draw(10_000, np.random.default_rng(9))
    assert tll.scale(0) is NORMAL
    assert np.abs(z).max() < NORMAL.hi
    assert all(len(np.unique(row)) > 9_990 for row in z)


def test_a_walk_has_one_step_an_edge_and_no_idle_slots():
    structure = Structure((1, 2, 3, 4), ((2, 3, 4), (3, 4), (4,)))
    walk = walk_of(structure)
    assert len(walk.steps) == 6
    written = {s.draw for s in walk.steps} | {s.companion for s in walk.steps}
    written |= {slot for _, slot in walk.copies}
    assert set(range(4, 4 + walk.slots)) <= written
