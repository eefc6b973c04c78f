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
from copulasynth._clock import Stage, Substage, Whole, hearing, pace, step
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
        report(Stage("copula"))
    assert "copula" in capsys.readouterr().out
    with shown(False) as report:
        report(Stage("copula"))
    assert capsys.readouterr() == ("", "")
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


def told_steps(work) -> list[str]:
    """Return all that is said of some work when nothing counts as said a moment ago."""
    told: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_clock, "QUIET", -1.0)
        work(told.append)
    return [line for line in told if isinstance(line, Substage)]


def test_what_takes_long_within_a_stage_says_what_it_is_at():
    df = cs.datasets.simulate_telecom(400, rng=1)[["age", "plan", "data_mb", "income", "churn"]]
    told = told_steps(lambda tell: cs.fit(df, rng=1, progress=tell))
    for line in ("reading income", "rules: identity", "2 of 6", "tree 6 of 6", "sweep 1 over"):
        assert any(step.startswith(line) for step in told), line
    told = told_steps(lambda tell: cs.fit(df, copula="gaussian", rng=1, progress=tell))
    assert "sweep 40 of 40" in told
    told = told_steps(
        lambda tell: cs.evaluate(df, df, metrics=["ks", "spearman"], rng=1, progress=tell)
    )
    assert {"ks", "spearman"} <= set(told)


def test_a_step_is_said_only_where_nothing_was_said_a_moment_ago(monkeypatch):
    told: list[str] = []
    now = iter([0.0, 0.5, 1.5, 2.0, 2.4, 9.0, 9.0])
    monkeypatch.setattr(_clock.time, "monotonic", lambda: next(now))
    with hearing(told.append) as report:
        step("too soon")  # .5
        step("said")  # 1.5, and noted at 2.0
        step("too soon after that")  # 2.4
        report(Stage("stage"))
    step("nobody hears")
    assert told == ["said", "stage"]


def test_what_is_begun_within_other_work_is_a_step_of_it(table, monkeypatch):
    monkeypatch.setattr(_clock, "QUIET", -1.0)
    told: list[str] = []
    shell = type("ZMQInteractiveShell", (), {})()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    with shown(told.append) as report:
        report(Stage("a fit"))
        cs.fit(table, copula="gaussian", rng=1)
    assert told[0] == "a fit"
    assert {"marginals", "copula", "margins"} <= set(told)
    assert not any(isinstance(line, Stage) for line in told[1:])


def test_a_process_that_was_forked_says_nothing(monkeypatch, capsys):
    told: list[str] = []
    monkeypatch.setattr(_clock, "QUIET", -1.0)
    with hearing(told.append):
        monkeypatch.setattr(_clock.os, "getpid", lambda: -1)
        step("nobody hears")
        # nor does it draw bars of its own in a notebook
        monkeypatch.setattr(_progress, "in_notebook", lambda: True)
        with shown(None) as report:
            report(Stage("marginals"))
    assert told == []
    assert capsys.readouterr() == ("", "")


def test_a_bar_shows_what_its_stage_is_at_and_no_more_when_it_is_done():
    out = io.StringIO()
    with bars(Console(file=out, force_terminal=True, width=120)) as drawn:
        report = Bar(drawn)
        report(Substage("before any stage"))
        report(Stage("copula"))
        report(Substage("tree 3 of 9 " + "x" * 80))
        assert drawn.tasks[0].fields["at"].startswith("tree 3 of 9 xxx")
        assert len(drawn.tasks[0].fields["at"]) == _progress.SHOWN
        drawn.refresh()
        report(Stage("margins"))
        assert drawn.tasks[0].fields["at"] == ""
    assert "tree 3 of 9" in out.getvalue()


def stages_of(told: list[str]) -> list[str]:
    return [line for line in told if isinstance(line, Stage)]


def test_judgements_tell_their_parts(table):
    told: list[str] = []
    train, holdout = cs.split(table, rng=1)
    cs.evaluate(train, holdout, metrics=["ks", "c2st_logistic"], rng=1, progress=told.append)
    assert stages_of(told) == ["columns", "joint", "portrait"]
    told.clear()
    model = cs.fit(train, copula="gaussian", rng=1)
    cs.evaluate_model(
        model, train, holdout=holdout, metrics=["c2st_logistic"], rng=1, progress=told.append
    )
    assert stages_of(told) == [
        "two draws",
        "joint",
        "portrait",
        "the floor: a model of rows of this model",
    ]
    told.clear()
    cs.compare(table, ["gaussian", "bootstrap"], metrics="quick", rng=1, progress=told.append)
    assert [line for line in stages_of(told) if ": " in line] == [
        f"{method}: {step}"
        for method in ("gaussian", "bootstrap")
        for step in ("fit and draws", "metrics")
    ]
