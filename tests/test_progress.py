"""How work shows that it goes on: steps for who listens, a bar for who asks, silence in scripts."""

import io
import sys
import time
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import copulasynth as cs
from copulasynth import _clock, _progress
from copulasynth._clock import Stage, Whole, pace
from copulasynth._progress import Bar, bars, shown


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(1).normal(size=(60, 2)), columns=["a", "b"])


def test_a_stage_is_a_line_of_text_with_its_name_and_seconds():
    line = Stage("marginals", 2.2)
    assert (line, line.name, line.seconds) == ("marginals, about 2 s", "marginals", 2.2)
    assert Stage("reading", 0.3) == "reading"
    assert Stage("reading") == "reading"


def test_scripts_are_silent_and_true_draws_a_bar_a_stage(table, capsys):
    cs.fit(table, copula="gaussian", rng=1)
    assert capsys.readouterr() == ("", "")
    cs.fit(table, copula="gaussian", rng=1, progress=True)
    told = capsys.readouterr()
    assert told.out == ""
    for stage in ("columns and rules", "marginals", "copula", "margins"):
        assert stage in told.err
    cs.fit(table, copula="gaussian", rng=1, progress=False)
    assert capsys.readouterr() == ("", "")


def test_a_notebook_draws_bars_unasked(table, monkeypatch, capsys):
    shell = type("ZMQInteractiveShell", (), {})()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert _progress.in_notebook()
    with shown(None) as report:
        assert isinstance(report, Bar)
    with shown(False) as report:
        assert not isinstance(report, Bar)
    other = type("TerminalInteractiveShell", (), {})()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: other))
    assert not _progress.in_notebook()


def test_a_bar_moves_by_the_clock_while_its_stage_says_nothing():
    out = io.StringIO()
    with bars(Console(file=out, force_terminal=True, width=80)) as drawn:
        report = Bar(drawn)
        report(Whole("fitting", 0.4))
        report(Stage("marginals", 0.2))
        (whole, first) = drawn.tasks
        time.sleep(0.15)
        drawn.refresh()
        assert 0.2 < whole.completed < first.completed <= _progress.NEARLY
        report("a line beside the bars")
        report(Stage("copula"))
        assert first.finished
        assert not whole.finished
        assert drawn.tasks[2].total is None
    assert all(task.finished for task in drawn.tasks)
    assert "a line beside the bars" in out.getvalue()


def test_an_error_ends_the_bars():
    def fails() -> None:
        with shown(True) as report:
            report(Stage("copula", 1.0))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()


def test_the_pace_is_that_of_the_machine_and_measured_once(monkeypatch):
    pace.cache_clear()
    took = iter([0.02, 0.01, 0.04, 0.03, 0.05])
    monkeypatch.setattr(_clock, "kernel", lambda: next(took))
    assert pace() == pytest.approx(0.03 / _clock.KERNEL)
    assert pace() == pytest.approx(0.03 / _clock.KERNEL)
    pace.cache_clear()


def test_measuring_the_pace_takes_milliseconds():
    pace.cache_clear()
    start = time.process_time()
    pace()
    assert time.process_time() - start < 0.5


def test_judgements_tell_their_parts(table):
    told: list[str] = []
    train, holdout = cs.split(table, rng=1)
    cs.evaluate(train, holdout, metrics=["ks", "c2st_logistic"], rng=1, progress=told.append)
    assert told == ["columns", "joint", "portrait"]
    told.clear()
    model = cs.fit(train, copula="gaussian", rng=1)
    cs.evaluate_model(
        model, train, holdout=holdout, metrics=["c2st_logistic"], rng=1, progress=told.append
    )
    assert told == ["two draws", "joint", "portrait", "the floor: a model of rows of this model"]
    told.clear()
    cs.compare(table, ["gaussian", "bootstrap"], metrics="quick", rng=1, progress=told.append)
    assert [line for line in told if ": " in line] == [
        f"{method}: {step}"
        for method in ("gaussian", "bootstrap")
        for step in ("fit and draws", "metrics")
    ]
