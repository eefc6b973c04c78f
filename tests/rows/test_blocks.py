"""Blocks, batches and workers change the time and never a row."""

import numpy as np
import pandas as pd
import pytest

from copulasynth.errors import DataError
from copulasynth.rows import blocks, sampling
from copulasynth.schema import Schema

FRAME = pd.DataFrame({"id": [f"a{i}" for i in range(30)], "x": np.linspace(0.05, 1, 30)})


class Uniforms:
    """A source whose rows are uniforms, for an identifier and a number."""

    schema = Schema.infer(FRAME)

    def draw_block(self, block):
        return block.rng.random((block.rows, len(self.schema.variables))).T.copy()


@pytest.fixture
def source():
    return Uniforms()


def test_the_first_rows_of_a_large_sample_are_the_small_sample(source):
    n = blocks.BLOCK + 1000
    large = sampling.sample(source, n, rng=5)
    for m in (1, 1000, blocks.BLOCK + 1):
        pd.testing.assert_frame_equal(sampling.sample(source, m, rng=5), large.head(m))


def test_blocks_draw_from_the_spawned_children_of_the_seed(source):
    drawn = sampling.sample(source, blocks.BLOCK + 3, rng=11)["x"].to_numpy()
    second = np.random.default_rng(11).spawn(2)[1].random(3)
    assert np.abs(drawn[-3:] - second).max() <= 0.5 * 10.0 ** -(
        Uniforms.schema.column("x").decimals or 16
    )


@pytest.mark.parametrize("workers", [2, 3])
def test_workers_change_no_row(source, workers):
    n = 3 * blocks.BLOCK + 17
    one = sampling.sample(source, n, rng=5)
    pd.testing.assert_frame_equal(one, sampling.sample(source, n, rng=5, workers=workers))


@pytest.mark.parametrize("size", [1000, blocks.BLOCK, blocks.BLOCK + 1, 10**6])
def test_batches_of_any_size_make_up_the_sample(source, size):
    n = 2 * blocks.BLOCK + 500
    batches = list(sampling.iter_batches(source, n, batch_size=size, rng=5))
    assert [len(b) for b in batches[:-1]] == [size] * (len(batches) - 1)
    pd.testing.assert_frame_equal(
        pd.concat(batches, ignore_index=True), sampling.sample(source, n, rng=5)
    )


def test_two_calls_with_one_generator_draw_different_rows(source):
    rng = np.random.default_rng(3)
    a, b = sampling.sample(source, 50, rng=rng), sampling.sample(source, 50, rng=rng)
    assert not a["x"].equals(b["x"])


def test_no_rows_are_an_empty_table_with_the_right_columns(source):
    empty = sampling.sample(source, 0, rng=1)
    assert list(empty.columns) == ["id", "x"]
    assert len(empty) == 0
    assert list(sampling.iter_batches(source, 0, rng=1)) == []


def test_progress_counts_every_row(source):
    seen: list[int] = []
    sampling.sample(source, blocks.BLOCK + 5, rng=1, progress=seen.append)
    assert seen == [blocks.BLOCK, 5]


@pytest.mark.parametrize(
    ("n", "error"), [(-1, DataError), (2.5, TypeError), (True, TypeError), ("10", TypeError)]
)
def test_a_number_of_rows_that_is_none_is_refused(source, n, error):
    with pytest.raises(error, match="n must"):
        sampling.sample(source, n, rng=1)
    with pytest.raises(error, match="n must"):
        sampling.iter_batches(source, n, rng=1)


def test_no_worker_and_no_batch_size_are_refused(source):
    with pytest.raises(DataError, match="workers"):
        sampling.sample(source, 10, rng=1, workers=0)
    for size in (0, -1):
        with pytest.raises(DataError, match="batch_size must be at least 1"):
            sampling.iter_batches(source, 10, batch_size=size)


def test_a_block_makes_its_generator_again_and_that_of_the_block_in_which_a_turn_began():
    rng = np.random.default_rng(11)
    rng.spawn(3)
    children = np.random.default_rng(11).spawn(3 + 3)[3:]
    first, second, third = blocks.blocks(2 * blocks.BLOCK + 10, rng)
    for block, child in zip((first, second, third), children, strict=True):
        assert block.rng.random() == block.rng.random() == child.random()
    assert rng.spawn(1)[0].random() == np.random.default_rng(11).spawn(7)[6].random()
    size = blocks.BLOCK // 2 + 1
    assert first.unfinished(size) is None
    generator, number, used = second.unfinished(size)
    assert (number, used) == (1, size - 2)
    assert generator.random() == np.random.default_rng(11).spawn(4)[3].random()
    assert third.unfinished(blocks.BLOCK) is None
    generator, number, used = third.unfinished(3 * blocks.BLOCK)
    assert (number, used) == (0, 2 * blocks.BLOCK)
    assert generator.random() == np.random.default_rng(11).spawn(4)[3].random()
