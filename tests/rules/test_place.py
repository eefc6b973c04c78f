"""Pairs of coordinates with a thin support are drawn where rows are, and others are left alone."""

from itertools import permutations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from copulasynth.marginals import fit_marginal
from copulasynth.rules.api import Coordinates
from copulasynth.rules.numeric.place import PlaceRule
from copulasynth.rules.numeric.places import find_places, fit_place
from copulasynth.schema.column import Variable
from copulasynth.schema.records import Rule

N = 4000


def coordinates(columns, step=None):
    variables = [
        Variable(name, j, "continuous", step=step if name in "xy" or name[:2] == "l" else None)
        for j, name in enumerate(columns)
    ]
    x = np.asfortranarray(np.column_stack(list(columns.values())))
    return Coordinates(x, tuple(variables))


def drawn(c, rng, n=10_000):
    """Rows whose free coordinates are independent, as the model would keep them; (D, n)."""
    x = np.full((len(c.variables), n), np.nan)
    for j in c.free:
        v, seen = c.variables[j], c.x[:, j][~np.isnan(c.x[:, j])]
        limits = {"step": v.step, "lower": v.lower, "upper": v.upper}
        law = fit_marginal(seen, "spline", kind=v.kind, rng=1, **limits)
        x[j] = law.marginal.quantile(rng.random(n))
        x[j] = np.round(x[j] / v.step) * v.step if v.step else x[j]
    for f in c.found:
        f.rule.make(x)
    return x


def towns(rng, n):
    centre, which = rng.normal(size=(15, 2)) * [3, 2], rng.integers(0, 15, n)
    return (centre[which] + rng.normal(size=(n, 2)) * 0.12).T


def river(rng, n):
    x, side = rng.uniform(0, 10, n), rng.choice([-1, 1], n)
    return x, 2 * np.sin(x) + side * rng.uniform(0.5, 1, n)


def ring(rng, n):
    angle = 2 * np.pi * rng.random(n)
    return np.cos(angle) + rng.normal(0, 0.05, n), np.sin(angle) + rng.normal(0, 0.05, n)


def coast(rng, n):
    angle, depth = np.pi * rng.random(n), rng.exponential(0.08, n)
    return 5 * (1 + depth) * np.cos(angle), 3 * (1 + depth) * np.sin(angle)


def islands(rng, n):
    which, angle = rng.integers(0, 6, n), 2 * np.pi * rng.random(n)
    size = rng.random(n) ** 0.5 * np.array([0.6, 0.3, 0.2, 0.4, 0.1, 0.3])[which]
    centre = np.array([[0, 0], [2, 1], [1, -2], [3, -1], [-2, 1], [-1, -2]])[which]
    return centre[:, 0] + size * np.cos(angle), centre[:, 1] + size * np.sin(angle)


def shops(rng, n):
    places = rng.uniform(0, 10, (80, 2))
    return places[rng.integers(0, 80, n)].T


MAPS = [towns, river, ring, coast, islands, shops]


@pytest.mark.parametrize("table", MAPS)
def test_a_place_is_found_in_any_order_of_columns_and_parts_give_it_back(table):
    rng = np.random.default_rng(1)
    x, y = table(rng, N)
    columns = {"x": x, "y": y, "price": rng.lognormal(size=N)}
    for names in permutations(columns):
        c = find_places(coordinates({k: columns[k] for k in names}))
        (found,) = c.found
        assert set(found.record.columns) == {"x", "y"}
        assert found.record.obey == found.record.told == N
        made = c.x.T.copy()
        made[list(c.made)] = np.nan
        found.rule.make(made)
        np.testing.assert_allclose(made, c.x.T, atol=1e-9)


@pytest.mark.parametrize("table", MAPS)
def test_empty_country_stays_empty_and_both_laws_stay(table):
    rng = np.random.default_rng(2)
    x, y = table(rng, 2 * N)
    c = find_places(coordinates({"x": x[:N], "y": y[:N]}))
    made = drawn(c, rng)
    near = cKDTree(np.column_stack([x[:N], y[:N]]))
    fresh = np.quantile(near.query(np.column_stack([x[N:], y[N:]]))[0], 0.95)
    far = near.query(made[:2].T)[0] > 3 * fresh + 1e-9
    assert far.mean() < 0.05
    for k, real in enumerate((x[:N], y[:N])):
        grid = np.quantile(real, np.linspace(0.02, 0.98, 49)) + 1e-9
        f = np.searchsorted(np.sort(real), grid) / N
        assert np.abs(np.searchsorted(np.sort(made[k]), grid) / made.shape[1] - f).max() < 0.02


def test_gaps_and_grids_do_no_harm():
    rng = np.random.default_rng(3)
    x, y = (np.round(v, 2) for v in towns(rng, N))
    gap = rng.random(N) < 0.1
    c = find_places(coordinates({"x": np.where(gap, np.nan, x), "y": y}, step=0.01))
    (found,) = c.found
    assert (found.record.told, found.record.obey) == (np.count_nonzero(~gap),) * 2
    made = drawn(c, rng)[:2]
    assert np.abs(np.round(made / 0.01) * 0.01 - made).max() < 1e-9
    assert (np.isnan(c.x[:, found.rule.cell]) == gap).all()


PAIRS = {
    "independent": lambda z, w, t: (z, w),
    "correlated": lambda z, w, t: (z, 0.8 * z + 0.6 * w),
    "nearly one": lambda z, w, t: (z, z + 0.05 * w),
    "skewed": lambda z, w, t: (np.exp(z), np.exp(z + 0.5 * w)),
    "fan": lambda z, w, t: (z**2, z**2 * w),
    "bow": lambda z, w, t: (z, z**2 + w),
    "tails together": lambda z, w, t: (z / np.sqrt(t), w / np.sqrt(t)),
    "two groups": lambda z, w, t: (z + 2 * (t > 1), w + 2 * (t > 1)),
}


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("n", [300, 1200, 10_000])
def test_ordinary_pairs_are_no_places(pair, n):
    rng = np.random.default_rng(4)
    for _ in range(5):
        z, w, t = rng.normal(size=n), rng.normal(size=n), rng.gamma(1, 1, n)
        x, y = PAIRS[pair](z, w, t)
        c = coordinates({"x": x, "y": y, "a": rng.random(n), "b": rng.gamma(0.3, 1, n)})
        assert find_places(c).found == ()


def test_names_of_a_latitude_and_a_longitude_are_a_hint_and_no_proof():
    rng = np.random.default_rng(5)
    z, w = rng.normal(size=(2, N))
    assert find_places(coordinates({"lat": z, "lon": w})).found == ()
    which = rng.integers(0, 25, N)
    x, y = rng.normal(size=(2, 25))[:, which] + 0.2 * np.stack([z, w])
    assert find_places(coordinates({"x": x, "y": y})).found == ()
    (found,) = find_places(coordinates({"Latitude": x, "start_lng": y})).found
    assert found.record.formula == "Latitude and start_lng are a place"


def test_a_refused_place_is_left_alone_and_a_declared_one_is_held():
    rng = np.random.default_rng(6)
    c = coordinates(dict(zip("xy", towns(rng, N), strict=True)))
    assert find_places(c, frozenset({("place", frozenset("xy"))})).found == ()
    c = coordinates({"x": rng.normal(size=N), "y": rng.normal(size=N)})
    assert fit_place(c, Rule("place", ("x", "y"))).found[0].record.told == N
    few = coordinates({"x": rng.normal(size=12), "y": rng.normal(size=12)})
    assert fit_place(few, Rule("place", ("x", "y"))) is None


def test_every_cell_has_enough_rows_and_no_box_ends_at_a_row():
    rng = np.random.default_rng(7)
    x, y = towns(rng, N)
    (found,) = find_places(coordinates({"x": x, "y": y})).found
    assert np.bincount(found.rule.cells(x, y)).min() >= 10
    assert not set(found.rule.boxes.ravel()) & {*x.tolist(), *y.tolist()}
    assert not set(found.rule.cuts) & {*x.tolist(), *y.tolist()}


def test_neighbours_in_the_order_of_cells_tell_other_columns():
    rng = np.random.default_rng(8)
    x, y = towns(rng, N)
    price = np.hypot(x, y) + rng.normal(0, 1, N)
    c = find_places(coordinates({"x": x, "y": y, "price": price}))
    cell = c.x[:, c.place("x, y [cell]")]
    assert abs(np.corrcoef(cell, price.argsort().argsort())[0, 1]) > 0.5


@pytest.mark.parametrize(
    "broken",
    [
        {"across": -1},
        {"cell": 0},
        {"axes": np.array([2])},
        {"cuts": np.array([np.nan])},
        {"lefts": np.array([0])},
        {"rights": np.array([-1])},
        {"rights": np.array([-3])},
        {"boxes": np.array([[0.0, 1.0, 0.0, 1.0]])},
        {"boxes": np.array([[1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 0.0, 1.0]])},
        {"steps": (-1.0, 0.0)},
    ],
)
def test_a_contradictory_place_is_refused(broken):
    fields = {
        "across": 0,
        "up": 1,
        "cell": 2,
        "right": 3,
        "above": 4,
        "axes": np.array([0]),
        "cuts": np.array([0.5]),
        "lefts": np.array([-1]),
        "rights": np.array([-2]),
        "boxes": np.array([[0.0, 0.5, 0.0, 1.0], [0.5, 1.0, 0.0, 1.0]]),
    }
    with pytest.raises(ValueError, match=r"expected|different"):
        PlaceRule(**(fields | broken))


def test_a_coordinate_whose_gaps_depend_on_the_other_is_in_no_place():
    rng = np.random.default_rng(6)
    born, since = rng.uniform(1930, 2010, N), rng.uniform(0, 40, N)
    begun = np.where(born + 20 + since < 2020, born + 20 + since, np.nan)
    assert not find_places(coordinates({"born": born, "begun": begun})).found
