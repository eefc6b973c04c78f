"""Processes draw the same rows, end with the draw, and fail as one worker would."""

import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.errors import DataError, SamplingError, VariableError
from copulasynth.rows import files, sampling, workers
from copulasynth.rows.blocks import BLOCK, blocks
from copulasynth.schema import Schema

N = 30
FRAME = pd.DataFrame(
    {
        "id": [f"a{i}" for i in range(N)],
        "x": np.linspace(0.05, 1, N),
        "gap": np.where(np.arange(N) % 3, np.arange(N), np.nan),
        "plan": pd.Categorical(np.where(np.arange(N) % 2, "a", "b")),
    }
)
SCHEMA = Schema.infer(FRAME)


class Stepping:
    """A source of uniforms that says that its draws hold the interpreter."""

    holds = True
    schema = SCHEMA

    def draw_block(self, block):
        return block.rng.random((block.rows, len(SCHEMA.variables))).T.copy()


class Failing(Stepping):
    def draw_block(self, block):
        if block.start:
            raise VariableError([2], "{} cannot be drawn")
        return super().draw_block(block)


class Unsendable(Stepping):
    def draw_block(self, block):
        raise self.error

    @property
    def error(self):
        error = DataError("odd")
        error.lock = (one for one in ())
        return error


class Warning_(Stepping):
    def draw_block(self, block):
        warnings.warn(f"at {block.start}", UserWarning, stacklevel=1)
        return super().draw_block(block)


class Dying(Stepping):
    def __init__(self):
        self.home = os.getpid()

    def draw_block(self, block):
        if os.getpid() != self.home:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.2)
        return super().draw_block(block)


class Telling(Stepping):
    """A source whose rows say which process drew them, slowly enough that all take part."""

    def draw_block(self, block):
        time.sleep(0.1)
        return np.full((len(SCHEMA.variables), block.rows), os.getpid() % 10_000 / 10_000)


EARLIER: tuple[str, ...] = ()


@pytest.fixture(params=["copies", "fresh interpreters"])
def way(request, monkeypatch):
    """Both ways to start a process; the fresh one finds this file as it finds the package."""
    if request.param == "copies":
        if not workers.COPIES:
            pytest.skip("processes are copied on Linux only")
        return request.param
    monkeypatch.setattr(workers, "COPIES", False)
    monkeypatch.setattr(workers, "WORTHWHILE", 1)
    monkeypatch.syspath_prepend(Path(__file__).parent)
    for kind in (Stepping, Failing, Unsendable, Warning_, Dying, Telling):
        monkeypatch.setattr(kind, "__module__", Path(__file__).stem)
    monkeypatch.setitem(sys.modules, Path(__file__).stem, sys.modules[__name__])
    return request.param


@pytest.fixture(autouse=True)
def began(monkeypatch):
    """Processes that were there before: other tests' libraries keep some to tidy up after them."""
    monkeypatch.setattr(sys.modules[__name__], "EARLIER", ())
    monkeypatch.setattr(sys.modules[__name__], "EARLIER", tuple(children()))


def children():
    """Return the processes that this one started in a test and that are still there."""
    told = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(os.getpid())],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = told.stdout.splitlines()
    return [line for line in lines if " ps " not in line and line not in EARLIER]


def test_processes_change_no_row(way):
    n = 2 * BLOCK + 17  # three blocks, so that one of two processes draws a second one
    one = sampling.sample(Stepping(), n, rng=5)
    pd.testing.assert_frame_equal(one, sampling.sample(Stepping(), n, rng=5, workers=2))
    assert children() == []


@pytest.mark.parametrize("way", ["copies"], indirect=True)
def test_processes_do_take_part(way):
    x = sampling.sample(Telling(), 6 * BLOCK, rng=1, workers=2)["x"]
    assert len(np.unique(x[::BLOCK])) == 2


@pytest.mark.parametrize("way", ["copies"], indirect=True)
def test_batches_and_files_from_processes_are_the_same_rows(way, tmp_path):
    n = 2 * BLOCK + 500
    one = sampling.sample(Stepping(), n, rng=5)
    batches = sampling.iter_batches(Stepping(), n, batch_size=40_000, rng=5, workers=2)
    pd.testing.assert_frame_equal(one, pd.concat(batches, ignore_index=True))
    for k in (1, 2):
        files.write(Stepping(), tmp_path / f"{k}.parquet", n, rng=5, workers=k)
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "2.parquet").read_bytes()


def test_an_error_in_a_process_comes_out_as_it_is(way):
    with pytest.raises(VariableError, match="variable 2 cannot be drawn") as caught:
        sampling.sample(Failing(), 4 * BLOCK, rng=1, workers=2)
    assert caught.value.variables == (2,)
    assert children() == []


@pytest.mark.parametrize("way", ["copies"], indirect=True)
def test_an_error_that_cannot_be_sent_is_told(way, monkeypatch):
    shared = workers._shared
    monkeypatch.setattr(workers, "_shared", lambda ways: shared(list(ways)[1:]))  # processes alone
    with pytest.raises(RuntimeError, match=r"DataError: odd"):
        sampling.sample(Unsendable(), 2 * BLOCK, rng=1, workers=2)


@pytest.mark.parametrize("way", ["copies"], indirect=True)
def test_a_warning_in_a_process_is_given_here(way):
    with pytest.warns(UserWarning, match="at") as seen:
        sampling.sample(Warning_(), 4 * BLOCK, rng=1, workers=2)
    assert {str(w.message) for w in seen} == {f"at {k * BLOCK}" for k in range(4)}


def test_a_process_that_is_killed_is_an_error_and_not_a_wait(way):
    with pytest.raises(SamplingError, match="worker process ended with exit code -9"):
        sampling.sample(Dying(), 4 * BLOCK, rng=1, workers=2)
    assert children() == []


@pytest.mark.parametrize("way", ["copies"], indirect=True)
def test_batches_left_half_way_leave_no_process(way):
    batches = sampling.iter_batches(Stepping(), 6 * BLOCK, batch_size=1000, rng=5, workers=2)
    next(batches)
    batches.close()
    assert children() == []


@pytest.mark.parametrize("way", ["copies"], indirect=True)
def test_an_error_of_the_caller_leaves_no_process(way):
    def progress(m):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sampling.sample(Stepping(), 6 * BLOCK, rng=1, workers=2, progress=progress)
    assert children() == []


def test_no_process_is_started_for_one_worker_or_one_block(monkeypatch):
    def refuse(*_):
        raise AssertionError("a process was started")

    monkeypatch.setattr(workers, "copied", refuse)
    monkeypatch.setattr(workers, "fresh", refuse)
    sampling.sample(Stepping(), 3 * BLOCK, rng=1)
    sampling.sample(Stepping(), 100, rng=1, workers=2)
    monkeypatch.setattr(workers, "COPIES", False)
    drawn = sampling.sample(Stepping(), 3 * BLOCK, rng=1, workers=2)
    assert len(drawn) == 3 * BLOCK


def test_where_no_process_can_be_started_it_is_said_and_rows_are_drawn(monkeypatch):
    def refuse(*_):
        raise OSError("no more processes")

    monkeypatch.setattr(workers, "copied", refuse)
    monkeypatch.setattr(workers, "fresh", refuse)
    monkeypatch.setattr(workers, "WORTHWHILE", 1)
    with pytest.warns(RuntimeWarning, match=r"no worker process.*no more processes.*same rows"):
        x = sampling.sample(Stepping(), 2 * BLOCK, rng=1, workers=2)
    pd.testing.assert_frame_equal(x, sampling.sample(Stepping(), 2 * BLOCK, rng=1))


def test_what_a_script_defines_is_not_sent_to_a_fresh_interpreter(monkeypatch):
    monkeypatch.setattr(workers, "COPIES", False)
    monkeypatch.setattr(workers, "WORTHWHILE", 1)
    monkeypatch.setattr(Stepping, "__module__", "__main__")
    with pytest.warns(RuntimeWarning, match="Stepping is defined in the script itself"):
        sampling.sample(Stepping(), 2 * BLOCK, rng=1, workers=2)


def test_a_block_is_small_when_sent():
    assert len(pickle.dumps(blocks(BLOCK, 1)[0])) < 1000


SCRIPT = """
    import hashlib, multiprocessing, sys
    import pandas as pd
    import copulasynth as cs
    from copulasynth.rows import workers
    print("once", flush=True)
    workers.COPIES, workers.WORTHWHILE = {copies}, 1
    model = cs.load(sys.argv[1])
    def drawn(workers):
        table = model.sample(70_000, rng=1, workers=workers)
        return hashlib.sha256(pd.util.hash_pandas_object(table).to_numpy().tobytes()).hexdigest()
    print(drawn(1) == drawn(2))
"""


@pytest.fixture(scope="module")
def trees(tmp_path_factory):
    """Return a file of a model that is worth processes, which takes scripts no time to fit."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=300)
    df = pd.DataFrame({"x": x, "y": x + rng.normal(size=300), "z": rng.choice(list("ab"), 300)})
    path = tmp_path_factory.mktemp("trees") / "model.json"
    cs.fit(df, copula=cs.Tree(bags=2), marginals="spline", rng=1).save(path)
    return path


@pytest.mark.parametrize(
    ("place", "copies"), [("file", True), ("file", False), ("standard input", False)]
)  # a copy does not look where its script stands
def test_a_script_without_a_guard_runs_once(tmp_path, trees, place, copies):
    if copies and not workers.COPIES:
        pytest.skip("processes are copied on Linux only")
    text = textwrap.dedent(SCRIPT.format(copies=copies))
    script = tmp_path / "script.py"
    script.write_text(text, encoding="utf-8")
    command = [sys.executable, "-W", "error", str(script) if place == "file" else "-", str(trees)]
    done = subprocess.run(
        command, input=text if place != "file" else None, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["once", "True"]
    assert done.stderr == ""


INTERRUPTED = """
    import os, signal, sys, threading
    sys.path.insert(0, {folder!r})
    from test_workers import SCHEMA, Telling
    from copulasynth.rows import workers
    from copulasynth.rows.blocks import BLOCK
    from copulasynth.rows.sampling import iter_batches
    workers.COPIES, workers.WORTHWHILE = {copies}, 1
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
    try:
        for k, batch in enumerate(iter_batches(Telling(), 2000 * BLOCK, rng=1, workers=2)):
            if k == 2:
                os.killpg(0, signal.SIGINT)
    except KeyboardInterrupt:
        print("interrupted")
"""


@pytest.mark.parametrize("copies", [True, False])
def test_an_interrupt_from_the_keyboard_ends_all_without_a_word(copies):
    if copies and not workers.COPIES:
        pytest.skip("processes are copied on Linux only")
    text = textwrap.dedent(INTERRUPTED.format(folder=str(Path(__file__).parent), copies=copies))
    done = subprocess.run(
        [sys.executable, "-c", text],
        capture_output=True,
        text=True,
        check=True,
        start_new_session=True,
        timeout=120,
    )
    # output ends only when every process that could write to it has
    assert (done.stdout, done.stderr) == ("interrupted\n", "")
