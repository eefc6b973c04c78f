"""The release gate: every step has a verdict, and its exit codes say what a script must know."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import copulasynth as cs
from copulasynth import privacy
from copulasynth.cli.main import app
from copulasynth.errors import DataError
from copulasynth.privacy.policy import Policy, policy_text, read_policy
from copulasynth.privacy.steps import Tables, identifiers

N = 500


def rows(n, seed):
    g = np.random.default_rng(seed)
    z = g.multivariate_normal([0, 0, 0], 0.5 * np.eye(3) + 0.5, n)
    return pd.DataFrame(
        {
            "income": np.exp(z[:, 0]),
            "score": z[:, 1],
            "count": np.round(3 * z[:, 2]),
            "group": g.choice(list("uvw"), n),
        }
    )


TRAIN, HELD, FRESH = rows(N, 1), rows(2 * N, 2), rows(N, 3)


def gated(made, train=TRAIN, held=HELD, **settings):
    policy = Policy(**{"attacks": 100, **settings})
    return privacy.gate(train, made, holdout=held, policy=policy, rng=1)


def named(table, first, name="name"):
    return table.assign(
        **{name: [f"Person {first + k:06d} of Some Street" for k in range(len(table))]}
    )


def verdicts(result):
    return [step.verdict for step in result.steps]


@pytest.fixture(scope="module")
def fresh():
    return gated(FRESH)


def test_fresh_rows_pass_and_what_was_not_tested_is_said(fresh):
    assert verdicts(fresh) == ["pass"] * 6 + ["NOT RUN"] * 3
    assert fresh.passed
    assert all(step.reason for step in fresh.steps if step.verdict == "NOT RUN")


def test_a_pass_says_the_smallest_effect_that_it_could_have_seen(fresh):
    limited = fresh.table[fresh.table.verdict == "pass"].dropna(subset="low")
    assert (limited.smallest > limited.limit).all()


def test_a_copy_fails_in_every_step_that_looks_at_rows():
    result = gated(TRAIN)
    assert verdicts(result)[2:6] == ["fail"] * 4
    assert not result.passed
    assert "fail" in repr(result)


def test_without_a_holdout_nothing_that_needs_one_is_run():
    result = gated(FRESH, held=None)
    assert verdicts(result)[2:6] == ["NOT RUN"] * 4
    assert not result.passed
    assert not result.failed
    assert gated(FRESH, held=None, required=[0, 1]).passed


def test_a_holdout_of_training_rows_is_refused_before_anything_is_measured():
    with pytest.raises(DataError, match="equal a training row"):
        gated(FRESH, held=TRAIN)


def test_names_of_training_rows_fail_and_new_ones_do_not():
    train, held = named(TRAIN, 0), named(HELD, 10_000)
    assert verdicts(gated(named(FRESH, 0), train, held))[0] == "fail"
    assert verdicts(gated(named(FRESH, 50_000), train, held))[0] == "pass"


def schema_step(made, train=TRAIN):
    return gated(made, train, held=None).steps[0]


def test_a_column_that_is_compared_with_nothing_fails_and_is_named():
    step = schema_step(FRESH.assign(secret=TRAIN.income))
    assert step.verdict == "fail"
    assert "secret: compared with nothing" in step.reason
    assert "income" not in step.reason


def test_columns_under_other_names_fail_and_are_named():
    renamed = TRAIN.rename(columns={name: name.upper() for name in ("income", "score", "count")})
    step = schema_step(renamed)
    assert step.verdict == "fail"
    assert "INCOME, SCORE, COUNT" in step.reason
    with pytest.raises(DataError, match="share no column"):
        gated(TRAIN.add_suffix("_2"))


def test_a_lost_column_is_noted_and_does_not_fail():
    step = schema_step(FRESH.drop(columns="score"))
    assert step.verdict == "pass"
    lost = step.findings.set_index("measure").loc["columns that the synthetic table lacks"]
    assert (lost.value, lost.note) == (1, "score")


@pytest.mark.parametrize("real", [1, 3])
@pytest.mark.parametrize("spelt", [str, str.upper, lambda text: f" {text.lower()} "])
def test_real_identifiers_fail_however_few_and_however_spelt(real, spelt):
    n = 1000
    train, held, made = (named(rows(n, k), k * 10_000) for k in (1, 2, 3))
    made.loc[: real - 1, "name"] = train.name[:real].map(spelt)
    tables = Tables.of((train, made, held), None, Policy(), None)
    found = {one.measure: one for one in identifiers(tables)}["identifier name"]
    assert found.exceeded
    assert found.note == f"{real} of {n} values are those of training rows"


def test_a_sequence_that_both_halves_share_by_nature_passes():
    sizes = [len(TRAIN), len(FRESH), len(HELD)]
    # Rows of one table, split by chance: numbers of either half are equally known.
    order = np.random.default_rng(5).permutation(sizes[0] + sizes[2]) + 1
    train = TRAIN.assign(id=np.sort(order[: sizes[0]]))
    held = HELD.assign(id=np.sort(order[sizes[0] :]))
    made = FRESH.assign(id=np.arange(1, sizes[1] + 1))
    found = identifiers(Tables.of((train, made, held), None, Policy(), None))
    by_name = {one.measure: one for one in found}
    assert not by_name["identifier id"].exceeded
    assert not any(one.exceeded for one in found)
    taken = identifiers(Tables.of((train, made.assign(id=train.id), held), None, Policy(), None))
    assert {one.measure: one for one in taken}["identifier id"].exceeded


def test_a_line_shows_the_measure_nearest_its_limit_with_interval_and_limit(fresh):
    line = r"^membership [\w %]+ [\d.]+ \([\d.]+ to [\d.]+\), limit 0\.\d+$"
    assert re.search(line, fresh.steps[4].reason)
    limited = fresh.steps[5].findings.dropna(subset=["low", "limit"])
    nearest = limited.loc[(limited.low - limited.limit).astype(float).idxmax()]
    assert fresh.steps[5].reason.startswith(nearest.measure)


def test_a_line_of_a_fail_has_every_measure_that_exceeds_its_limit():
    step = gated(TRAIN).steps[4]
    failed = step.findings.measure[step.findings.verdict == "fail"]
    assert len(failed) > 1
    assert all(re.search(rf"{name} [\d.]+ \([\d.]+ to [\d.]+\), limit", step.reason)
               for name in failed)  # fmt: skip


def test_levels_of_few_rows_fail_unless_they_are_public_and_are_not_named():
    train, made = TRAIN.copy(), FRESH.copy()
    train.loc[:2, "group"] = made.loc[:2, "group"] = "hamlet of three"
    result = gated(made, train)
    assert verdicts(result)[2] == "fail"
    assert "hamlet" not in result.to_json()
    assert verdicts(gated(made, train, public=["group"]))[2] == "pass"


def test_rows_cut_off_at_the_largest_training_value_fail():
    made = FRESH.assign(income=np.minimum(3 * FRESH.income, TRAIN.income.max()))
    result = gated(made.assign(income=made.income.mask(FRESH.income > 2, TRAIN.income.max())))
    assert "cut off" in result.steps[2].findings.note.str.cat()


def test_tables_too_small_to_see_a_leak_do_not_pass():
    result = gated(FRESH.head(60), TRAIN.head(60), HELD.head(60))
    assert result.steps[4].verdict == "NOT RUN"
    assert "too few rows" in result.steps[4].reason
    assert (
        gated(FRESH.head(60), TRAIN.head(60), HELD.head(60), power=1.0).steps[4].verdict == "pass"
    )
    assert gated(TRAIN.head(60), TRAIN.head(60), HELD.head(60)).steps[4].verdict == "fail"


def test_a_policy_that_names_no_column_is_refused():
    with pytest.raises(DataError, match="did you mean 'group'"):
        gated(FRESH, public=["groups"])


def test_the_result_survives_json(fresh, tmp_path):
    fresh.to_json(tmp_path / "gate.json")
    data = json.loads((tmp_path / "gate.json").read_text())
    assert data["passed"] is True
    assert [step["verdict"] for step in data["steps"]] == verdicts(fresh)
    assert data["policy"]["auc"] == 0.52
    assert data["seed"] == 1
    assert data["columns"] == list(FRESH.columns)
    assert data["versions"]["numpy"] == np.__version__


def test_a_policy_file_holds_every_setting_with_its_meaning_and_comes_back(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text(policy_text())
    assert read_policy(path) == Policy()
    text = path.read_text()
    settings = [line for line in text.splitlines() if " = " in line]
    assert len(settings) == len(Policy.__dataclass_fields__)
    assert "\n\n#" in text
    path.write_text('unit = "customer"\nauc = 0.6')
    assert read_policy(path) == Policy(unit="customer", auc=0.6)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("attacks", v) for v in (-1, 0, "x", 1.5, float("nan"), True, None, 10**12)),
        *(("k_min", v) for v in (0, 2.5, 10**30)),
        *(("auc", v) for v in (-0.1, 1.1, float("nan"), float("inf"), "x", None)),
        *(("required", v) for v in ([99], [-1], ["x"], [1.5], 3, "0")),
        *(("public", v) for v in ("group", [1], None)),
        ("unit", 3),
    ],
)
def test_a_policy_of_python_is_as_strict_as_one_of_a_file(tmp_path, name, value):
    with pytest.raises(DataError, match=f"the policy's {name} is"):
        Policy(**{name: value})
    if value is not None and value != 10**30:
        written = "true" if value is True else repr(value)
        (tmp_path / "p.toml").write_text(f"{name} = {written}".replace("'", '"'))
        with pytest.raises(DataError, match=rf"p\.toml: the policy's {name} is"):
            read_policy(tmp_path / "p.toml")


def test_a_policy_takes_lists_and_numbers_of_numpy():
    policy = Policy(public=["group"], required=[0, 1], attacks=np.int64(7), auc=np.float64(1))
    assert policy == Policy(public=("group",), required=(0, 1), attacks=7, auc=1.0)
    hash(policy)


@pytest.mark.parametrize(
    ("text", "message"),
    [("aux = 1", "did you mean 'auc'"), ("auc = 2", "auc"), ("auc = ", "cannot read")],
)
def test_a_wrong_policy_file_is_refused_with_the_place(tmp_path, text, message):
    path = tmp_path / "policy.toml"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        read_policy(path)


def test_exit_codes_tell_pass_fail_and_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, table in {"train": TRAIN, "held": HELD, "made": FRESH}.items():
        table.to_csv(f"{name}.csv", index=False)
    run = CliRunner().invoke
    assert run(app, ["gate", "--write-policy"]).exit_code == 0
    with open("policy.toml", "a") as f:
        f.write("# edited\n")
    common = ["--policy", "policy.toml", "--seed", "1"]
    with_held = ["--holdout", "held.csv", *common]
    passed = run(app, ["gate", "train.csv", "made.csv", *with_held])
    assert passed.exit_code == 0
    assert "PASS" in passed.output
    failed = run(app, ["gate", "train.csv", "train.csv", *with_held, "-o", "bad.json"])
    assert failed.exit_code == 1
    assert json.loads((tmp_path / "bad.json").read_text())["passed"] is False
    assert run(app, ["gate", "train.csv", "made.csv", *common]).exit_code == 3
    assert isinstance(run(app, ["gate", "--write-policy"]).exception, DataError)


def test_a_model_file_is_gated_by_rows_drawn_of_it_and_must_hold_none_of_the_table(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    TRAIN.to_csv("train.csv", index=False)
    HELD.to_csv("held.csv", index=False)
    model = cs.fit(TRAIN, copula="gaussian", marginals="spline", rng=1)
    model.save("model.json")
    cs.Smote().fit(TRAIN).save("smote.json")
    model.write("drawn.csv", N, rng=1)

    def gated_file(name):
        args = ["gate", "train.csv", name, "--holdout", "held.csv", "--seed", "1"]
        return CliRunner().invoke(app, args).exit_code, json.loads(Path("gate.json").read_text())

    code, found = gated_file("model.json")
    of_rows = gated_file("drawn.csv")[1]
    assert code == 1
    told = [s["verdict"] for s in found["steps"]]
    assert told[:8] == [s["verdict"] for s in of_rows["steps"]][:8]
    assert found["rows"] == of_rows["rows"]
    assert told[8] == "fail"
    assert "copulasynth export" in found["steps"][8]["reason"]
    assert CliRunner().invoke(app, ["export", "model.json", "-o", "left.json"]).exit_code == 0
    assert gated_file("left.json")[1]["steps"][8]["verdict"] == "pass"
    code, found = gated_file("smote.json")
    assert code == 1
    assert found["steps"][8]["verdict"] == "fail"
    assert "models that hold training rows" in found["steps"][8]["reason"]
