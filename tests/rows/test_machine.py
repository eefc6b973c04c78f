"""Rows that no memory holds are refused before one is drawn, with what takes little."""

import re
import time

import pytest

from copulasynth.errors import DataError
from copulasynth.rows import machine

MANY = 10**12


@pytest.mark.skipif(not machine.memory(), reason="this system tells no memory")
@pytest.mark.parametrize(
    "draw",
    [lambda model: model.sample(MANY, rng=1), lambda model: model.synthesise(3, MANY, rng=1)],
    ids=["sample", "synthesise"],
)
def test_tables_beyond_the_memory_are_refused_at_once(model, draw):
    start = time.monotonic()
    words = (
        r"rows take at least [\d,]+ GB of memory, and there are \d+.*model\.write\('drawn/', n\)"
    )
    with pytest.raises(DataError, match=words):
        draw(model)
    assert time.monotonic() - start < 5


def test_the_limit_is_that_of_the_container_and_what_fits_is_drawn(model, monkeypatch, tmp_path):
    machine_has = machine.memory()
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(machine, "LIMITS", (str(tmp_path / "none"), str(limit)))
    limit.write_text("max\n")
    assert machine.memory() >= machine_has
    limit.write_text("20000\n")
    if machine_has:
        assert machine.memory() == 20_000
        with pytest.raises(DataError, match=re.escape("50,000 rows take at least")):
            model.sample(50_000, rng=1)
    assert len(model.sample(100, rng=1)) == 100
    # in parts there is no such limit
    assert sum(map(len, model.iter_batches(50_000, batch_size=10_000, rng=1))) == 50_000
