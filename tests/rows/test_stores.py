"""A folder in a store is one in every respect; a local server stands in for S3."""

import urllib.request

import pyarrow.dataset as pads
import pytest
from pyarrow import fs

import copulasynth as cs
from copulasynth.errors import DataError, OutputError
from copulasynth.rows.blocks import BLOCK
from copulasynth.rows.dataset.write import MANIFEST
from tests.rows.folders import N, files_of

server = pytest.importorskip("moto.server")


@pytest.fixture(scope="module")
def store():
    """A server on a port of its own, and the one bucket in it."""
    asked = {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in asked.items():
            patch.setenv(name, value)
        running = server.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        running.start()
        address = "{}:{}".format(*running.get_host_and_port())
        system = fs.S3FileSystem(
            endpoint_override=address, scheme="http", allow_bucket_creation=True
        )
        system.create_dir("lake")
        yield system, running, f"?endpoint_override={address}&scheme=http"
        running.stop()


def held(system, path):
    """The files of rows in a folder of the store."""
    found = system.get_file_info(fs.FileSelector(path, recursive=True))
    names = [f.path[len(path) + 1 :] for f in found if f.is_file and not f.path.endswith(MANIFEST)]
    return {name: system.open_input_file(f"{path}/{name}").readall() for name in names}


def test_a_store_gets_the_same_bytes_and_readers_see_one_table(model, whole, store):
    system, _, options = store
    model.write(f"s3://lake/out/{options}", N, rng=7, rows_per_file=1)
    assert held(system, "lake/out") == files_of(whole)
    assert pads.dataset("lake/out", filesystem=system).count_rows() == N
    system.delete_file("lake/out/part-000001.parquet")
    with pytest.warns(cs.errors.SamplingWarning, match="missing or damaged, such as part-000001"):
        model.write(f"s3://lake/out{options}", N, resume=True)
    assert held(system, "lake/out") == files_of(whole)
    with pytest.raises(OutputError, match=r"^s3://lake/out is complete"):
        model.write(f"s3://lake/out{options}", N, rng=7)


def test_workers_of_dask_write_to_the_store_themselves(model, whole, store):
    distributed = pytest.importorskip("distributed")
    system, _, options = store
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, protocol="tcp", dashboard_address=":0"
    )
    with cluster:
        model.write(
            f"s3://lake/dask{options}", N, rng=7, rows_per_file=1, engine="dask",
            scheduler=cluster.scheduler_address,
        )  # fmt: skip
    assert held(system, "lake/dask") == files_of(whole)


def test_a_bucket_that_is_none_is_said_without_options(model, store):
    with pytest.raises(OutputError, match="bucket does not exist") as said:
        model.write(f"s3://nowhere/out{store[2]}", 10, rng=1)
    assert "127.0.0.1" not in str(said.value).partition("AWS")[0]


def test_who_may_not_write_is_told(model, store):
    address = "http://{}:{}/moto-api/reset-auth".format(*store[1].get_host_and_port())

    def who_is_asked_after(requests):
        headers = {"Content-Type": "text/plain"}
        urllib.request.urlopen(urllib.request.Request(address, requests, headers)).close()

    who_is_asked_after(b"0")
    try:
        with pytest.raises(OutputError, match=r"cannot (read|write) s3://lake/mine/_manifest"):
            model.write(f"s3://lake/mine{store[2]}", 10, rng=1)
    finally:
        who_is_asked_after(b"inf")


def test_a_lost_connection_loses_nothing_and_the_run_can_go_on(model, whole, store):
    system, running, options = store
    told = []

    def lost(rows):
        told.append(rows)
        running.stop()

    with pytest.raises(OutputError, match=r"cannot write s3://lake/lost/.*NETWORK_CONNECTION"):
        model.write(f"s3://lake/lost{options}", N, rng=7, rows_per_file=1, workers=1, progress=lost)
    assert told == [BLOCK]
    again = server.ThreadedMotoServer(*running.get_host_and_port(), verbose=False)
    again.start()
    model.write(f"s3://lake/lost{options}", N, resume=True)
    assert held(system, "lake/lost") == files_of(whole)
    again.stop()


def test_an_option_that_a_store_does_not_know_is_refused(model, store):
    with pytest.raises(DataError, match="no address of a folder"):
        model.write("s3://lake/out?nonsense=1", 10, rng=1)
