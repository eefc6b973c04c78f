"""However a command ends, it is one line and an exit code; libraries have no say on the way."""

import os
import signal
import subprocess
import sys
import time
import warnings

import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.cli.ending import TELLING, in_one_line
from copulasynth.cli.shared import working
from copulasynth.errors import DataError, FitWarning

posix = pytest.mark.skipif(os.name == "nt", reason="of POSIX systems")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ending")
    table = cs.datasets.simulate_telecom(300, rng=1)[["age", "plan", "data_mb"]]
    table.to_csv(folder / "usage.csv", index=False)
    cs.SequentialCart().fit(table, rng=1).save(folder / "cart.json")
    return folder


def started(folder, *args):
    return subprocess.Popen(
        [sys.executable, "-m", "copulasynth", *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        start_new_session=True,
    )


def waited(condition):
    end = time.monotonic() + 60
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    assert condition()


@posix
def test_an_interrupt_is_one_line_and_leaves_no_file_and_no_worker(folder):
    args = ("sample", "cart.json", "-n", 10**8, "-o", "x.csv", "--seed", 1, "--workers", 3)
    process = started(folder, *args)
    waited(lambda: any(p.name.endswith(".part") and p.stat().st_size for p in folder.iterdir()))
    # as a terminal does: to all of the group, and impatient users do it twice
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert (said, process.returncode) == ("copulasynth: interrupted\n", 130)
    assert sorted(p.name for p in folder.iterdir()) == ["cart.json", "usage.csv"]
    with pytest.raises(ProcessLookupError):
        waited(lambda: os.killpg(process.pid, 0))


def ended(error, capfd):
    with pytest.raises(SystemExit) as caught, in_one_line():
        raise error
    return caught.value.code, capfd.readouterr().err


def test_errors_are_one_line_whatever_their_text(capfd):
    assert ended(DataError("a\nb\x1b[2J"), capfd) == (2, "copulasynth: a\\nb\\x1b[2J\n")
    assert ended(KeyboardInterrupt(), capfd) == (130, "copulasynth: interrupted\n")
    assert ended(MemoryError(), capfd)[0] == 2


@pytest.fixture
def own_signals():
    """Give back what signals do, which a process that is told to end ignores from then on."""
    before = {number: signal.getsignal(number) for number in TELLING}
    # who runs tests in the background has them ignore interrupts
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, how in before.items():
        signal.signal(number, how)


def interrupted_library(number):
    try:
        signal.raise_signal(number)
    except BaseException as e:
        raise KeyError("of a library") from e


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("own_signals")
def test_what_a_library_makes_of_a_signal_is_still_the_signal(number, capfd):
    with pytest.raises(SystemExit) as caught, in_one_line():
        interrupted_library(number)
    assert caught.value.code == 128 + number
    assert len(capfd.readouterr().err.splitlines()) == 1
    assert signal.getsignal(number) == signal.SIG_IGN


@posix
def test_a_signal_that_was_heeded_ends_no_process_later():
    code = (
        "import signal, time\nfrom copulasynth.cli import ending\nending.PATIENCE = 1.5\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "try:\n"
        " with ending.in_one_line(): signal.raise_signal(signal.SIGINT)\n"
        "except SystemExit: time.sleep(2); print('alive')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("alive\n", "copulasynth: interrupted\n")


def test_only_warnings_of_the_package_are_shown(capfd):
    with in_one_line():
        warnings.simplefilter("default")
        warnings.warn("of numpy", RuntimeWarning, stacklevel=1)
        warnings.warn("column 'x' is odd", FitWarning, stacklevel=1)
        with working("fitting"):
            warnings.warn("of scipy", RuntimeWarning, stacklevel=1)
            warnings.warn("column 'y' is odd", FitWarning, stacklevel=1)
    said = capfd.readouterr().err
    assert "of numpy" not in said
    assert "of scipy" not in said
    assert [line for line in said.splitlines() if line.strip()] == [
        "note: column 'x' is odd",
        "note: column 'y' is odd",
    ]


@posix
def test_what_c_prints_does_not_reach_the_terminal_or_the_rows():
    code = (
        "import os\nfrom copulasynth.cli.ending import in_one_line\n"
        "with in_one_line():\n"
        " os.write(1, b'LAPACK'); os.write(2, b'LAPACK'); print('rows')\n"
        "print('after')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("rows\nafter\n", "")


COMMANDS = {
    "fit": ("fit", "usage.csv", "-o", "usage.csv"),
    "fit over the schema": ("fit", "usage.csv", "--schema", "link.csv", "-o", "usage.csv"),
    "schema": ("schema", "usage.csv", "-o", "./link.csv"),
    "init": ("init", "usage.csv", "-o", "usage.csv", "--force"),
    "evaluate": ("evaluate", "usage.csv", "usage.csv", "-o", "link.csv"),
    "evaluate in numbers": ("evaluate", "usage.csv", "usage.csv", "-o", "r", "--json", "usage.csv"),
    "evaluate twice": ("evaluate", "usage.csv", "usage.csv", "-o", "r", "--json", "./r"),
    "compare": ("compare", "usage.csv", "-o", "usage.csv"),
    "sample": ("sample", "usage.csv", "-n", "5", "-o", "usage.csv"),
    "a device": ("fit", "usage.csv", "-o", "/dev/null"),
}


@posix
@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_replaces_what_it_reads(folder, name, monkeypatch, capfd):
    from copulasynth.__main__ import main

    monkeypatch.chdir(folder)
    before = pd.read_csv("usage.csv")
    os.symlink("usage.csv", "link.csv")
    monkeypatch.setattr(sys, "argv", ["copulasynth", *COMMANDS[name]])
    try:
        with pytest.raises(SystemExit) as caught:
            main()
    finally:
        os.unlink("link.csv")
    said = capfd.readouterr().err
    assert caught.value.code == 2
    assert len(said.splitlines()) == 1
    assert any(words in said for words in ("would replace", "same file", "never replaced"))
    assert pd.read_csv("usage.csv").equals(before)
