"""The command line, in this process, or in one of its own where that is what matters."""

import contextlib
import io
import subprocess
import sys
import warnings

import pytest

from copulasynth.__main__ import main


def here(args, cwd):
    """Run a command in this process, which spares what a new one takes to load everything."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    code = 0
    with contextlib.ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(sys, "argv", ["copulasynth", *args])
        stack.enter_context(contextlib.chdir(cwd or "."))
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(err))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("default")  # as a new process has it
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    told = []
    for stream in (out, err):
        stream.flush()
        told.append(stream.buffer.getvalue().decode())
    return subprocess.CompletedProcess(args, code, *told)


def apart_from_here(args, cwd):
    command = [sys.executable, "-m", "copulasynth", *args]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


@pytest.fixture(scope="session")
def run():
    """Return a function that runs a command in a folder; `apart` as users do, in a new process."""

    def run(*args, cwd=None, ok=True, apart=False):
        done = (apart_from_here if apart else here)([*map(str, args)], cwd)
        assert (done.returncode == 0) is ok, done.stderr
        return done

    return run
