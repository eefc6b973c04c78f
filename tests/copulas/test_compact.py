"""A forest in whole numbers is the forest that it was written from, up to its points."""

import json
from pathlib import Path

import numpy as np
import pytest

import copulasynth as cs
from copulasynth import model_file
from copulasynth.copulas.tree.compact import MILLI, STEPS, Points
from copulasynth.copulas.tree.forest import FAR, Forest
from copulasynth.copulas.tree.rounding import compact
from copulasynth.datasets import simulate_telecom

FILES = Path(__file__).resolve().parents[1] / "files"


def gridded(d):
    return Points(d * (np.array([0.0, 1.0]),), d * (np.array([0]),))


def one_leaf(low, high, count):
    """Return a tree without tests whose law is given."""
    zero, none = np.zeros(1), np.array([-1])
    law = (np.array([0, len(low)]), np.array(low), np.array(high), np.array(count))
    return Forest(np.array([[0]]), none, zero, zero + 1, none + 1, *law, zero, zero)


def law_of(forest):
    return forest.segment_low.tolist(), forest.segment_high.tolist(), forest.count.tolist()


@pytest.mark.parametrize("seed", range(5))
def test_every_row_reaches_the_law_that_it_reached_before(seed, random_forest):
    rng = np.random.default_rng(seed)
    forest = random_forest(rng, d=4)
    # tests on levels are on neighbouring points in a fitted forest; here all are one-sided
    high = np.where(forest.feature == 4, FAR, 1.0)
    fields = {name: getattr(forest, name) for name in ("roots", "feature", "low", "child")}
    law = {k: getattr(forest, k) for k in ("offset", "segment_low", "segment_high", "count")}
    slopes = {"slope": rng.normal(size=len(forest.slope)), "centre": forest.centre}
    forest = Forest(**fields, high=high, **law, **slopes)
    order = rng.permutation(4)
    short = compact(forest, order, gridded(4))
    again = short.forest(gridded(4))
    u = np.r_[rng.random((4, 300)), rng.normal(size=(1, 300))]
    # thresholds stand on the grid, to which values between are never rounded
    for p, j in enumerate(order):
        for bag in range(2):
            a = forest.descend(np.full(300, forest.roots[p, bag]), u)
            b = again.descend(np.full(300, again.roots[j, bag]), u)
            w = rng.random(300)
            assert np.abs(forest.pick(a, w) - again.pick(b, w)).max() <= 1 / STEPS
            assert np.abs(forest.slope[a] - again.slope[b]).max() <= MILLI / 2


def test_numbers_stay_the_same_when_they_are_written_again(random_forest):
    rng = np.random.default_rng(1)
    forest = random_forest(rng, d=3)
    once = compact(forest, np.arange(3), gridded(3))
    twice = compact(once.forest(gridded(3)), np.arange(3), gridded(3))
    assert json.dumps(model_file.to_data(once)) == json.dumps(model_file.to_data(twice))


def test_pieces_that_rounding_leaves_no_width_keep_their_weight():
    tiny = 0.01 / STEPS
    x = 0.5 + tiny * np.arange(6)
    forest = one_leaf(x[:-1], x[1:], [1, 2, 3, 4, 5])
    short = compact(forest, np.array([0]), gridded(1)).forest(gridded(1))
    assert law_of(short) == ([0.5], [0.5 + 1 / STEPS], [15])
    # beside others they join what they touch
    forest = one_leaf([0.2, 0.3, 0.3 + tiny, 1 - tiny], [0.3, 0.3 + tiny, 0.7, 1.0], [1, 2, 3, 4])
    short = compact(forest, np.array([0]), gridded(1)).forest(gridded(1))
    assert law_of(short) == ([0.2, 0.3, 1 - 1 / STEPS], [0.3, 0.7, 1.0], [1, 5, 4])


def test_weights_of_many_rows_are_shares_of_about_a_thousand():
    forest = one_leaf([0.0, 0.25, 0.5], [0.25, 0.5, 1.0], [600_000, 399_999, 1])
    short = compact(forest, np.array([0]), gridded(1))
    assert short.count.tolist() == [614, 410, 1]


def test_a_hole_stays_a_hole_and_levels_keep_their_exact_ends():
    third = round(1 / 3, 9)
    points = Points((np.array([0.0, third, 2 / 3, 1.0]),), (np.array([], dtype=int),))
    forest = one_leaf([0.0, 2 / 3], [third, 1.0], [7, 2])
    short = compact(forest, np.array([0]), points)
    assert (short.first.tolist(), short.width.tolist(), short.count.tolist()) == (
        [0],
        [1, 1, 1],
        [7, 0, 2],
    )
    assert law_of(short.forest(points)) == ([0.0, 2 / 3], [third, 1.0], [7, 2])


def test_a_piece_beside_an_atom_is_never_widened_into_it():
    points = Points((np.array([0.0, 0.4, 0.7, 1.0]),), (np.array([0, 2]),))
    tiny = 0.01 / STEPS
    forest = one_leaf([0.4 - tiny, 0.4, 0.7], [0.4, 0.7, 0.7 + tiny], [3, 5, 2])
    short = compact(forest, np.array([0]), points)
    low, high, count = law_of(short.forest(points))
    # both join the atom that they touch: they are no further from it than a step
    assert (low, high, count) == ([0.4], [0.7], [10])
    forest = one_leaf([0.4 - tiny], [0.4], [3])
    assert law_of(compact(forest, np.array([0]), points).forest(points))[1] == [0.4]


@pytest.mark.parametrize("marks", [[0.0], [0.0, 0.5], [0.1, 1.0], [0.0, 0.5, 0.5, 1.0]])
def test_marks_that_do_not_rise_from_0_to_1_are_refused(marks):
    with pytest.raises(ValueError, match="rise from 0 to 1"):
        Points((np.array(marks),), (np.array([0]),))


def test_a_file_of_version_2_draws_from_the_law_that_it_held():
    model = cs.load(FILES / "version2_tree.json")
    drawn = model.sample(20_000, rng=1)
    # what the release that wrote the file drew
    shares = drawn["plan"].value_counts(normalize=True)
    assert shares[["a", "b", "c"]].tolist() == pytest.approx([0.355, 0.344, 0.301], abs=0.01)
    means = drawn.groupby("plan")[["usage", "calls"]].mean()
    assert means["usage"].tolist() == pytest.approx([1.145, 3.459, 7.610], rel=0.03)
    assert means["calls"].tolist() == pytest.approx([2.28, 3.07, 3.83], abs=0.1)


@pytest.mark.parametrize("part", ["roots", "child", "offset", "segment_low", "feature"])
def test_a_damaged_file_of_version_2_is_refused(part, tmp_path):
    document = json.loads((FILES / "version2_tree.json").read_text())
    forest = document["model"]["sampler"]["copula"]["base"]["forest"]
    forest[part] = forest[part][:-1] if part == "offset" else [-7, *forest[part][1:]]
    path = tmp_path / "old.json"
    path.write_text(json.dumps(document))
    with pytest.raises(cs.errors.ModelFileError):
        cs.load(path)


def test_a_model_is_smaller_than_its_table(tmp_path):
    # a table of more rows is larger still beside its model
    table = simulate_telecom(2500, rng=1)
    table.to_csv(tmp_path / "table.csv", index=False)
    model = cs.fit(table, copula="tree + calibration", marginals="spline", rng=1)
    model.save(tmp_path / "model.json")
    sizes = [(tmp_path / name).stat().st_size for name in ("model.json", "table.csv")]
    assert sizes[0] < sizes[1]
    again = cs.load(tmp_path / "model.json")
    assert again.sample(500, rng=2).equals(model.sample(500, rng=2))
