"""The pilot of a dry run: what its few rows cannot do stops nothing."""

import numpy as np
import pandas as pd
import pytest

from copulasynth.errors import DataError
from copulasynth.run import estimate
from copulasynth.run.log import Log, Silent
from copulasynth.run.stages import Work


@pytest.fixture
def rare(tmp_path):
    """Return a run file for a table that a pilot of 300 rows sees hardly anything of."""
    n, rng = 2000, np.random.default_rng(1)
    x = rng.normal(size=n)
    df = pd.DataFrame({"x": x, "y": x + rng.normal(size=n)})
    df["flag"] = np.isin(np.arange(n), [3, 1500])
    df["gap"] = df["y"].where(~df["flag"])
    df.to_csv(tmp_path / "rare.csv", index=False)
    path = tmp_path / "spec.toml"
    path.write_text(
        '[data]\npath = "rare.csv"\n[marginals]\n"*" = "empirical"\n[fit]\nmethod = "vine"\n'
        '[evaluate]\nmetrics = ["ks"]\n'
    )
    return path


@pytest.mark.parametrize("seed", range(3))
def test_a_level_that_the_pilot_does_not_see_stops_no_dry_run(rare, seed):
    lines = estimate.explain(rare, seed=seed)
    assert any(line.startswith("time       about") for line in lines)


@pytest.mark.parametrize("method", ["vine", "auto"])
def test_a_pilot_that_fails_is_a_note_and_a_wider_range(rare, method, monkeypatch):
    def fails(*_):
        raise DataError("column 'flag' is too hard")

    rare.write_text(rare.read_text().replace('"vine"', f'"{method}"'))
    monkeypatch.setattr(estimate, "fit_method", fails)
    job = estimate.open_job(rare, seed=1)
    work = Work(job.file, job.seed, job.folder, Log(Silent()))
    found = estimate.estimate(work, estimate.prepare(job.file, work.seeds))
    assert "column 'flag' is too hard" in found.notes[0]
    low, high = found.seconds["fit"]
    assert high == pytest.approx(low * estimate.ROUGH**2)
    assert found.seconds["evaluate"][1] > 0


def test_a_pilot_that_cannot_be_judged_is_a_note(rare, monkeypatch):
    def fails(*_, **__):
        raise ValueError("one class only")

    monkeypatch.setattr(estimate, "judge", fails)
    notes = estimate.explain(rare, seed=1)
    assert any("could not be judged" in line and "one class only" in line for line in notes)
