"""Dask draws the same files, says what it lacks, and makes up for workers that are lost."""

import platform

import pytest

from copulasynth.errors import DataError, SamplingError
from copulasynth.rows.blocks import blocks
from copulasynth.rows.dataset import drawing, on_dask
from tests.rows.folders import N, files_of

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")


def test_a_killed_worker_is_replaced_and_the_bytes_are_the_same(model, whole, tmp_path):
    psutil = pytest.importorskip("psutil")
    killed = []

    def kill(rows):
        here = psutil.Process().children(recursive=True)
        for process in here if not killed else ():
            if "spawn_main" in " ".join(process.cmdline()):
                process.kill()
                killed.append(process.pid)

    model.write(
        tmp_path / "out", N, rng=7, rows_per_file=1, engine="dask", workers=1, progress=kill
    )
    assert killed
    assert files_of(tmp_path / "out") == files_of(whole)


@pytest.fixture
def cluster():
    asked = {"n_workers": 1, "threads_per_worker": 1, "processes": False, "protocol": "tcp"}
    with distributed.LocalCluster(**asked, dashboard_address=":0") as running:
        yield running


def test_a_cluster_that_loses_all_its_workers_is_said_and_the_run_goes_on(
    model, whole, tmp_path, cluster, monkeypatch
):
    monkeypatch.setattr(on_dask, "PATIENCE", 1.0)
    monkeypatch.setattr(on_dask, "LOOK", 0.2)
    monkeypatch.setattr(on_dask, "AHEAD", 1)
    asked = {"rng": 7, "rows_per_file": 1, "engine": "dask"}
    address = cluster.scheduler_address
    with pytest.raises(SamplingError, match=r"no worker for 1 s: .* What is done stays: go on"):
        model.write(
            tmp_path / "out", N, scheduler=address, progress=lambda _: cluster.scale(0), **asked
        )
    assert len(files_of(tmp_path / "out")) < 3
    with pytest.raises(SamplingError, match="has no workers"):
        model.write(tmp_path / "other", N, scheduler=address, **asked)
    cluster.scale(1)
    model.write(tmp_path / "out", N, resume=True, engine="dask", scheduler=address)
    assert files_of(tmp_path / "out") == files_of(whole)


@pytest.mark.parametrize(
    ("address", "error", "words"),
    [
        ("tcp://127.0.0.1:9", SamplingError, "no Dask scheduler at tcp://127.0.0.1:9"),
        ("xyz://here:1", DataError, "'xyz://here:1' is no address of a Dask scheduler"),
    ],
)
def test_an_address_without_a_scheduler_is_said(model, tmp_path, address, error, words):
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "500ms"}),
        pytest.raises(error, match=words),
    ):
        model.write(tmp_path / "out", N, rng=7, engine="dask", scheduler=address)


def test_a_worker_with_other_versions_draws_nothing(tmp_path):
    draw = drawing.Draw(None, str(tmp_path), None, {"numpy": "1.0", "nowhere": "2"})
    part = drawing.Part(0, blocks(10, 1))
    words = rf"{platform.node()} has numpy .* where 1\.0 is needed, nowhere none where 2 is"
    with pytest.raises(SamplingError, match=words):
        drawing.there(draw, part)
