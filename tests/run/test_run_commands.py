"""`copulasynth run` and `copulasynth init` as a user types them."""

import shlex
import signal
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from copulasynth.cli import run as run_command
from copulasynth.cli.main import app
from copulasynth.errors import OutputError, SpecError
from copulasynth.run import read_spec
from copulasynth.run.starter import write_starter

runner = CliRunner()


@pytest.fixture(autouse=True)
def _own_signals():
    """Give back the handler that the command takes from the test runner."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def invoke(*args):
    return runner.invoke(app, [str(a) for a in args], catch_exceptions=False)


def test_init_writes_a_file_that_runs_as_it_is(folder):
    done = invoke("init", folder / "usage.csv", "-o", folder / "spec.toml")
    assert done.exit_code == 0
    text = (folder / "spec.toml").read_text()
    assert "data_mb" in text
    assert all(len(line) <= 100 for line in text.splitlines())
    spec = read_spec(folder / "spec.toml").spec
    assert spec.data.path == "usage.csv"


def test_init_shows_entries_that_hold_when_their_mark_is_taken_away(folder):
    write_starter(folder / "usage.csv", folder / "spec.toml")
    lines = (folder / "spec.toml").read_text().splitlines()
    needs_files = ("file =", "policy =", "-8")
    shown = [
        line.removeprefix("# ")
        if line.startswith("# ")
        and (" = " in line or "[release]" in line)
        and not any(word in line for word in needs_files)
        else line
        for line in lines
    ]
    (folder / "spec.toml").write_text("\n".join(shown))
    spec = read_spec(folder / "spec.toml").spec
    assert spec.run.seed == 7
    assert spec.release.treat
    assert spec.schema.kinds["plan"] == "nominal"


def test_init_replaces_nothing_unasked(folder):
    write_starter(folder / "usage.csv", folder / "spec.toml")
    with pytest.raises(OutputError, match="--force"):
        write_starter(folder / "usage.csv", folder / "spec.toml")
    write_starter(folder / "usage.csv", folder / "spec.toml", force=True)


def test_run_says_what_it_wrote(spec, folder):
    done = invoke("run", spec(), "--seed", 7, "--workers", 1)
    assert done.exit_code == 0
    for name in ("synthetic.csv", "model.json", "evaluation.json", "manifest.json"):
        assert name in done.stderr
        assert (folder / "spec-output" / name).exists()


def test_dry_run_explains_estimates_and_writes_nothing(spec, folder):
    path = spec()
    before = sorted(p.name for p in folder.iterdir())
    done = invoke("run", path, "--dry-run", "--seed", 7)
    for words in ("240 rows, 6 columns", "gaussian to 120 rows", "synthetic.csv", "MB", "pilot"):
        assert words in done.stdout
    assert "time       about" in done.stdout
    assert sorted(p.name for p in folder.iterdir()) == before


def test_a_run_that_is_told_to_end_leaves_nothing(spec, folder):
    path = spec()
    before = sorted(p.name for p in folder.iterdir())
    command = [sys.executable, "-m", "copulasynth", "run", str(path), "--seed", "7"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        until = time.monotonic() + 60
        while not any(p.name.endswith(".part") for p in folder.iterdir()):
            assert time.monotonic() < until
            time.sleep(0.01)
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert sorted(p.name for p in folder.iterdir()) == before


def test_a_wrong_entry_reaches_the_user_as_an_expected_error(spec):
    with pytest.raises(SpecError, match="line 2"):
        invoke("run", spec("[fit]\nmethod = 'clayton9'\n[data]\npath = 'usage.csv'\n"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_after_all_is_written_does_not_say_that_the_run_was_interrupted(
    spec, folder, monkeypatch, number
):
    before = signal.getsignal(number)
    told = run_command._say_how
    monkeypatch.setattr(
        run_command, "_say_how", lambda *of: (signal.raise_signal(number), told(*of))
    )
    done = invoke("run", spec(), "--seed", 7, "--workers", 1)
    assert done.exit_code == 0
    assert "manifest.json" in done.stderr
    chosen, close, advice, following = done.stderr.splitlines()[-4:]
    assert chosen.startswith("Chosen: ")
    assert "Fidelity: " in close
    assert "Privacy: " in close
    assert advice.startswith("Advice: ")
    assert following.startswith("Next: copulasynth ")
    name, *words = shlex.split(following)[2:]
    quick = ["--methods", "independent", "--metrics", "ks"] if name == "compare" else []
    assert invoke(name, *words, *quick).exit_code == 0
    assert signal.getsignal(number) == before
