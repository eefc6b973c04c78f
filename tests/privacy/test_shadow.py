"""The shadow audit: known leaks are found, a method that looks at nothing is not accused."""

import json
import os
import signal
import threading
from functools import partial

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import copulasynth as cs
from copulasynth import privacy
from copulasynth.cli.main import app
from copulasynth.errors import DataError, FitWarning, SamplingError
from copulasynth.privacy.shadow.attack import area_interval, attack, epsilon_bound
from copulasynth.privacy.shadow.audit import Audit, AuditedRecord
from copulasynth.privacy.shadow.of_models import parameters
from copulasynth.privacy.shadow.worlds import Worlds, inclusions


def law(n, seed):
    g = np.random.default_rng(seed)
    levels = g.choice(["u", "v", "w"], n)
    return pd.DataFrame({"x": g.normal(size=n), "y": np.exp(g.normal(size=n)), "g": levels})


TRAIN, HELD = law(100, 1), law(100, 2)


class Drawer:
    def __init__(self, table, rng):
        self.table = table


class Values(Drawer):
    """Marginals that are the training values, every column on its own: a raw ECDF."""

    def sample(self, n, *, rng):
        g = np.random.default_rng(rng)
        return self.table.apply(lambda column: g.choice(column, n))


class Blind(Drawer):
    def sample(self, n, *, rng):
        return law(n, rng)


class Told(Drawer):
    """Says by one bit whether the largest value is there, and lies with a known probability."""

    epsilon = 3.0

    def sample(self, n, *, rng):
        g = np.random.default_rng(rng)
        there = bool((self.table.y == TRAIN.y.max()).any())
        if g.random() < 1 / (1 + np.exp(self.epsilon)):
            there = not there
        return law(n, rng).assign(y=np.linspace(1, 2, n) + there)


class Filed(Drawer):
    def save(self, path):
        path.write_text(json.dumps({"law": {"y": [0.0, float(self.table.y.max())]}}))


def audited(fit, **settings):
    settings = {"holdout": HELD, "fits": 48, "records": 4, "n": 100, "rng": 1, **settings}
    return privacy.shadow_audit(TRAIN, fit, **settings)


def test_a_raw_ecdf_gives_extreme_and_typical_records_away_and_membership_sees_nothing():
    table = audited(Values).table
    assert table.kind.tolist() == ["vulnerable"] * 2 + ["random"] * 2
    # a value is drawn with probability 1 - 1/e; either of two decides
    assert (table.value > 0.85).all()
    assert (table.low > 0.5).all()
    assert (table.epsilon > 0).any()
    made = Values(TRAIN, 1).sample(100, rng=2)
    assert privacy.membership(TRAIN, made, holdout=HELD, rng=1).low < 0.5


def test_what_never_saw_the_table_is_not_accused():
    found = audited(Blind)
    assert (found.table.low < 0.5).all()
    assert (found.table.high > 0.5).all()
    assert (found.table.epsilon == 0).all()
    assert "0 of 2 told from chance" in " ".join(found._lines())


def test_a_known_epsilon_is_a_bound_and_something_is_found():
    place = int(TRAIN.y.argmax())
    one = audited(Told, records=[place], fits=80).worst
    assert (one.row, one.kind) == (place, "chosen")
    assert 0.5 < one.epsilon <= Told.epsilon
    assert abs(one.tpr - 1 / (1 + np.exp(-Told.epsilon))) < 0.15


def test_the_bound_of_epsilon_exceeds_the_truth_as_seldom_as_said():
    g, n, truth = np.random.default_rng(1), 64, 1.5
    right = 1 / (1 + np.exp(-truth))
    hits = zip(g.binomial(n, right, 2000), g.binomial(n, 1 - right, 2000), strict=True)
    bounds = np.array([epsilon_bound((int(a), int(b)), (n, n), 0.05) for a, b in hits])
    assert (bounds > truth).mean() < 0.05
    assert np.median(bounds) > 0.8


def test_limits_of_an_area_hold_also_near_one():
    g, z = np.random.default_rng(2), 1.96
    for shift in (0.0, 1.0, 3.0):
        scores = g.normal(size=(400, 40)) + np.repeat([shift, 0.0], 20)
        value = (scores[:, :20, None] > scores[:, None, 20:]).mean(axis=(1, 2))
        truth = value.mean()
        held = [low <= truth <= high for low, high in (area_interval(v, 20, 20, z) for v in value)]
        assert np.mean(held) > 0.92


def test_half_of_each_half_has_a_record_and_records_are_apart():
    inside = inclusions(6, 66, np.random.default_rng(1))
    assert inside.shape == (66, 6)
    assert (inside[:32].sum(axis=0) == 16).all()
    assert (inside[32:].sum(axis=0) == 17).all()
    assert np.unique(inside.T, axis=0).shape[0] == 6


@pytest.mark.parametrize("held", [HELD, None])
def test_tables_of_fits_are_equally_large_whoever_is_in(held):
    rng = np.random.default_rng(1)
    worlds = Worlds.of(TRAIN, held, 4, None, None, rng)
    rows = [one.row for one in worlds.chosen]
    inside = np.array([True, False, True, False])
    some, every = (worlds.table(who, rng) for who in (inside, np.ones(4, dtype=bool)))
    assert len(some) == len(every) == (100 if held is not None else 96)
    assert np.isin(TRAIN.x[rows], some.x).tolist() == inside.tolist()
    assert np.isin(TRAIN.x[rows], every.x).all()
    assert not (some.x.to_numpy()[:96] == TRAIN.x.to_numpy()[:96]).all()


def test_a_person_is_in_or_out_with_all_rows():
    train, held = (
        t.assign(who=[f"{p}{k // 2}" for k in range(100)])
        for t, p in ((TRAIN, "a"), (HELD, "b"))
    )  # fmt: skip
    rng = np.random.default_rng(1)
    worlds = Worlds.of(train, held, 4, "who", None, rng)
    assert "who" not in worlds.names
    units = [train.who[one.row] for one in worlds.chosen]
    table = worlds.table(np.array([True, True, False, False]), rng)
    assert [int((table.who == u).sum()) for u in units] == [2, 2, 0, 0]
    with pytest.raises(DataError, match="in the training and in the holdout"):
        Worlds.of(train, held.assign(who=train.who), 4, "who", None, rng)


def test_workers_change_nothing_and_what_cannot_be_sent_runs_here():
    few = {"fits": 16, "records": 2}
    lock = threading.Lock()

    def bound(table, rng):
        assert not lock.locked()
        return Values(table, rng)

    lines = []
    one = audited(lambda table, rng: Values(table, rng), **few, progress=lines.append)
    two = audited(lambda table, rng: Values(table, rng), **few, workers=2)
    with pytest.warns(FitWarning, match="cannot be sent"):
        here = audited(bound, **few, workers=2)
    assert one.to_json() == two.to_json() == here.to_json()
    assert [line.split(",")[0] for line in lines] == [
        "two shadow fits of 16",
        "14 more shadow fits",
        "attacking 2 records",
    ]


def test_a_worker_that_is_killed_is_said():
    here = os.getpid()

    def killed(table, rng):
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return Values(table, rng)

    with pytest.raises(SamplingError, match="workers=1"):
        audited(killed, fits=16, records=2, workers=2)


def test_a_model_file_that_holds_an_extreme_value_gives_it_away():
    place = int(TRAIN.y.argmax())
    other = int(TRAIN.y.argsort()[50])
    found = audited(Filed, records=[place, other], released="model").table
    assert found.value[0] > 0.95
    assert found.low[0] > 0.5
    assert found.low[1] < 0.5


@pytest.mark.parametrize("released", ["rows", "model"])
def test_a_copula_is_audited_by_its_rows_and_by_its_file(released):
    fit = partial(cs.fit, copula=cs.Gaussian(sweeps=6, burn=2), marginals="spline")
    found = audited(fit, fits=16, records=2, released=released)
    assert found.released == released
    assert found.table.members.tolist() == [4, 4]
    assert "model file" in found.note if released == "model" else "100 drawn rows" in found.note


def test_parameters_of_any_shape_are_numbers_under_their_paths():
    data = {"a": {"$float": "inf"}, "b": [1, 2], "c": [{"d": True}], "e": None, "f": []}
    found = parameters(data)
    assert found["/a=inf"] == found["/c/0/d"] == 1.0
    assert (found["/b size"], found["/b high"], found["/b 1"]) == (2.0, 2.0, 2.0)
    assert not any(path.startswith(("/e", "/f")) for path in found)


def test_the_threshold_is_learnt_from_the_first_fits_alone():
    g = np.random.default_rng(1)
    inside = inclusions(1, 64, g)[:, 0]
    x = np.column_stack([inside + 0.1 * g.normal(size=64), g.normal(size=64)])
    # what holds in the first half is turned round in the second
    x[32:, 0] = 1 - x[32:, 0]
    found = attack(x, inside, 32, 1, 0)
    assert (found.value, found.tpr, found.fpr) == (0.0, 0.0, 1.0)


def made_audit(**changes):
    one = {"value": 0.55, "low": 0.45, "high": 0.65, "epsilon": 0.0, "smallest": 0.7} | changes
    record = AuditedRecord(
        3, "chosen", one["value"], one["low"], one["high"], 0.5, one["smallest"],
        one["epsilon"], 0.5, 0.5, 64, 64,
    )  # fmt: skip
    unit = changes.get("unit", "row")
    return Audit((record,), "rows", 256, 100, 100, ("x", "y", "g"), unit, "holdout")


def gated(audit, **settings):
    policy = privacy.Policy(required=[0, 6], **settings)
    return privacy.gate(TRAIN, law(100, 3), holdout=None, policy=policy, audit=audit, rng=1)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "pass"),
        ({"value": 0.9, "low": 0.8}, "fail"),
        ({"epsilon": 1.2}, "fail"),
        ({"smallest": 0.8}, "NOT RUN"),
        ({"smallest": 0.9, "value": 0.99, "low": 0.7}, "fail"),
    ],
)
def test_the_gate_holds_an_audit_against_the_policy(changes, verdict):
    step = gated(made_audit(**changes)).steps[6]
    assert (step.number, step.verdict) == (6, verdict)
    assert step.reason


def test_the_gate_says_where_no_audit_is_given_and_refuses_that_of_another_table():
    assert gated(None).steps[6].verdict == "NOT RUN"
    assert not gated(None).passed
    with pytest.raises(DataError, match="not of this training table"):
        privacy.gate(law(90, 1), law(90, 3), holdout=None, audit=made_audit(), rng=1)
    with pytest.raises(DataError, match="of the unit 'who'"):
        gated(made_audit(unit="who"))


def test_an_audit_is_read_as_it_was_written_and_holds_no_cell(tmp_path):
    audit = made_audit()
    text = audit.to_json(tmp_path / "a.json")
    assert privacy.read_audit(tmp_path / "a.json") == audit
    (tmp_path / "b.json").write_text(text.replace("copulasynth-audit", "else"))
    (tmp_path / "c.json").write_text(text.replace("0.45", '"high"'))
    for name in ("b.json", "c.json", "d.json"):
        with pytest.raises(DataError, match="cannot read the audit"):
            privacy.read_audit(tmp_path / name)
    score = audit.score
    assert (score.value, score.low, score.high) == (0.55, 0.45, 0.65)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"fit": cs.Smote()}, "fit is called as"),
        ({"released": "both"}, "choose 'rows' or 'model'"),
        ({"fits": 8}, "fits must be at least 16"),
        ({"records": 99}, "cannot be audited"),
        ({"records": [1, 1]}, "different rows"),
        ({"records": [100]}, "different rows"),
        ({"holdout": TRAIN}, "equal a training row"),
        ({"holdout": HELD[["x", "y"]]}, "no column 'g'"),
        ({"holdout": HELD.head(3)}, "stand-ins"),
        ({"fit": Filed, "fits": 16}, r"no sample\(n"),
        ({"released": "model"}, r"no save\(path\)"),
    ],
)
def test_what_cannot_be_audited_is_said(settings, said):
    settings = dict(settings)
    with pytest.raises(DataError, match=said):
        audited(settings.pop("fit", Values), **settings)


def test_the_command_writes_an_audit_that_the_gate_reads(tmp_path):
    for name, table in (("train", TRAIN), ("kept", HELD), ("made", law(100, 3))):
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    asked = ["audit", str(tmp_path / "train.csv"), "--method", "bootstrap", "--seed", "1"]
    asked += ["--holdout", str(tmp_path / "kept.csv"), "--records", "2", "--fits", "16"]
    asked += ["--workers", "1", "-o", str(tmp_path / "audit.json")]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert "2 records, 16 fits" in done.stdout
    assert "no guarantee" in done.stdout
    found = privacy.read_audit(tmp_path / "audit.json")
    # it draws every training row once
    assert found.table.value.tolist() == [1.0, 1.0]
    asked = ["gate", str(tmp_path / "train.csv"), str(tmp_path / "made.csv"), "--seed", "1"]
    asked += ["--audit", str(tmp_path / "audit.json"), "-o", str(tmp_path / "gate.json")]
    done = CliRunner().invoke(app, asked)
    steps = json.loads((tmp_path / "gate.json").read_text())["steps"]
    assert [s["verdict"] for s in steps if s["step"] == 6] == ["NOT RUN"]
    assert "too few fits" in done.stdout
    assert done.exit_code == 3


def test_an_audit_of_another_table_of_the_same_shape_is_refused():
    audit = privacy.shadow_audit(TRAIN, Values, records=4, fits=16, rng=1)
    privacy.gate(TRAIN, law(100, 3), holdout=None, audit=audit, rng=1)
    with pytest.raises(DataError, match="of another table"):
        privacy.gate(law(100, 9), law(100, 3), holdout=None, audit=audit, rng=1)
    with pytest.raises(DataError, match="read_audit"):
        privacy.gate(TRAIN, law(100, 3), holdout=None, audit="audit.json", rng=1)


def test_a_fit_that_fails_says_how_it_is_called():
    def broken(table, rng):
        raise ValueError("boom")

    with pytest.raises(DataError, match=r"ValueError: boom.*replaced by another row"):
        privacy.shadow_audit(TRAIN, broken, records=2, fits=16, rng=1)
