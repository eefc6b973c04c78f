"""Comparison of methods: same seed same numbers, ties are ties, a failing method stops nobody."""

import io
import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import copulasynth as cs
from copulasynth.comparison import compare
from copulasynth.errors import DataError
from copulasynth.metrics import Score, dcr_share
from copulasynth.metrics.ranking import rank_methods
from copulasynth.metrics.verdicts import marked, verdict
from copulasynth.report import render_html
from copulasynth.report.grid import with_noise
from copulasynth.report.verdict import verdict_of
from copulasynth.schema import Schema
from copulasynth.synthesizers import Bootstrap
from copulasynth.synthesizers.registry import resolve

METRICS = ["ks", "spearman", "dcr_share", "exact_copies"]


class Copy:
    """The caller's own method: hands out the training rows."""

    def fit(self, df, *, rng=None):
        self.df = df
        return self

    def sample(self, n, *, rng=None):
        return self.df.sample(n, replace=True, random_state=np.random.default_rng(rng))


class Broken:
    def fit(self, df, *, rng=None):
        raise DataError("column 'x' is too hard.")


def draw(n, seed):
    g = np.random.default_rng(seed)
    z = g.normal(size=n)
    return pd.DataFrame({"x": z, "y": np.exp(z + 0.5 * g.normal(size=n))})


@pytest.fixture(scope="module")
def found():
    methods = {"gaussian": "gaussian", "alone": "independent", "copy": Copy(), "no": Broken()}
    return compare(draw(800, 1), methods, metrics=METRICS, rng=2)


def test_one_row_a_method_and_score_and_the_costs(found):
    table = found.table
    assert list(table.columns[:8]) == [
        "method",
        "name",
        "value",
        "low",
        "high",
        "reference",
        "ideal",
        "n",
    ]
    assert len(table) == 3 * (len(METRICS) + 3)
    assert set(table["name"]) >= {"fit seconds", "sample seconds", "peak memory MB"}


def test_independence_loses_on_dependence_and_copies_on_privacy(found):
    ranks = found.ranks
    assert ranks.loc["alone", "spearman"] == 3
    assert ranks.loc["copy", "dcr_share"] == 3
    assert ranks.loc["copy", "exact_copies"] == 3
    assert ranks.loc["gaussian", "mean"] == 1


def test_a_method_that_fails_is_listed_and_the_others_go_on(found):
    assert found.failed == {"no": "column 'x' is too hard."}
    assert list(found.scores) == ["gaussian", "alone", "copy"]


def test_one_seed_gives_the_same_scores(found):
    methods = {"gaussian": "gaussian", "alone": "independent"}
    again = compare(draw(800, 1), methods, metrics=["spearman"], rng=2)
    for method in methods:
        assert again.scores[method]["spearman"].value == found.scores[method]["spearman"].value


def test_json_summary_and_html_name_every_method(found, tmp_path):
    path = tmp_path / "comparison.json"
    found.to_json(path)
    data = json.loads(path.read_text(), parse_constant=pytest.fail)
    assert set(data["scores"]) == {"gaussian", "alone", "copy"}
    assert data["scores"]["copy"]["exact_copies"]["verdict"] == "worse"
    out = io.StringIO()
    found.summary(Console(file=out, width=160))
    assert "too hard" in out.getvalue()
    assert "copy" in found._repr_html_()


def test_ties_within_noise_share_a_rank():
    def score(value, half):
        return Score("KS", value, value - half, value + half, 0.0, 0.0, 100)

    ranks = rank_methods({"a": {"ks": score(0.1, 0.05)}, "b": {"ks": score(0.13, 0.05)}})
    assert ranks["ks"].tolist() == [1, 1]
    ranks = rank_methods({"a": {"ks": score(0.1, 0.01)}, "b": {"ks": score(0.13, 0.01)}})
    assert ranks["ks"].tolist() == [1, 2]


def test_no_method_is_rewarded_for_beating_fresh_real_rows():
    """A copy is closer to the training rows than fresh rows are; that is no merit."""
    copy = Score("KS", 0.0, 0.0, 0.0, 0.02, 0.0, 100)
    fresh = Score("KS", 0.02, 0.02, 0.02, 0.02, 0.0, 100)
    assert rank_methods({"copy": {"ks": copy}, "fresh": {"ks": fresh}})["ks"].tolist() == [1, 1]


@pytest.mark.parametrize("name", ["gaussian", "cart", "smote", "munge", "bootstrap", "independent"])
def test_names_resolve_to_methods_with_fit(name):
    row, made = resolve(name)
    assert row.name == name
    assert hasattr(made, "fit")


def test_what_is_no_method_is_refused():
    with pytest.raises(DataError, match="no method is called 'magic'"):
        resolve("magic")
    with pytest.raises(DataError, match="needs fit"):
        resolve(42)
    with pytest.raises(DataError, match="two methods are called 'cart'"):
        compare(draw(20, 1), ["cart", "cart"])
    with pytest.raises(DataError, match="no method was given"):
        compare(draw(20, 1), [])


def test_the_schema_reaches_the_methods_that_take_one():
    df = draw(300, 3).assign(code=np.arange(300) % 5)
    seen = []

    class Watching(Copy):
        def fit(self, df, *, schema=None, rng=None):
            seen.append(schema)
            return super().fit(df)

    schema = Schema.infer(df, kinds={"code": "nominal"})
    methods = {"gaussian": "gaussian", "smote": "smote", "ours": Watching(), "theirs": Copy()}
    found = compare(df, methods, metrics=["ks"], schema=schema, rng=1)
    assert not found.failed
    assert seen[0].kinds["code"] == "nominal"
    assert set(found.scores) == set(methods)


class Raises:
    """A generator of another package that fails in a way of its own."""

    def __init__(self, where, error):
        self.where, self.error = where, error

    def fit(self, df):
        if self.where == "fit":
            raise self.error

    def sample(self, n):
        if self.where == "sample":
            raise self.error
        return self.error


@pytest.mark.parametrize("where", ["fit", "sample", "nothing"])
@pytest.mark.parametrize("error", [KeyError("gone"), RuntimeError("cuda"), ZeroDivisionError("0")])
@pytest.mark.filterwarnings("ignore:External")
def test_whatever_a_foreign_generator_raises_is_a_row_that_says_so(where, error):
    methods = {"bad": Raises(where, error), "good": "independent"}
    found = compare(draw(60, 1), methods, metrics=["ks"], rng=1)
    assert list(found.scores) == ["good"]
    if where != "nothing":
        assert f"raised {type(error).__name__};" in found.failed["bad"]
    assert "Raises" in found.failed["bad"]


def test_a_fault_of_our_own_is_not_hidden(monkeypatch):
    def broken(self, df, *, schema=None, rng=None):
        raise RuntimeError("a bug")

    monkeypatch.setattr(Bootstrap, "fit", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        compare(draw(60, 1), ["bootstrap"], metrics=["ks"], rng=1)


def test_the_words_of_foreign_code_are_not_kept():
    methods = {"bad": Raises("fit", ValueError("income 98765432.125kg of Smith"))}
    found = compare(draw(60, 1), {**methods, "good": "independent"}, metrics=["ks"], rng=1)
    assert found.failed["bad"] == "Raises raised ValueError; fit it by itself to see why"


def closeness(value, half):
    return Score("DCR share", value, value - half, value + half, 0.5, 0.5, 100, leeway=0.125)


@pytest.mark.parametrize(
    ("value", "half", "told", "memorised"),
    [
        (0.52, 0.023, "as real rows", False),
        (0.539, 0.023, "slightly worse", False),
        (0.559, 0.034, "slightly worse", False),
        (0.62, 0.01, "slightly worse", False),
        (0.66, 0.01, "worse", True),
        (0.99, 0.02, "worse", True),
        (0.9, 0.6, "as real rows", False),
    ],
)
def test_kept_rows_are_told_only_where_neither_noise_nor_learning_explains_them(
    value, half, told, memorised
):
    score = closeness(value, half)
    assert verdict(score) == told
    said = verdict_of({"dcr_share": score}).privacy.text
    assert ("memorised" in said) is memorised
    assert f"{100 * (value - half):.3g} % to {100 * (value + half):.3g} %" in said


@pytest.fixture(scope="module")
def judged():
    """Two seeds of the default beside methods that hold rows, on a table of mixed columns."""
    columns = ["age", "plan", "data_mb", "monthly_charge", "churn"]
    table = cs.datasets.simulate_telecom(1200, rng=4)[columns]
    names = ["dcr_share", "membership", "exact_copies"]
    methods = {"default": "auto", "smote": "smote", "bootstrap": "bootstrap"}
    return [compare(table, methods, metrics=names, rng=seed) for seed in (1, 2, 3)]


def test_methods_that_hold_rows_are_flagged_and_the_default_is_not(judged):
    for found in judged:
        for method in ("smote", "bootstrap"):
            scores = found.scores[method]
            assert verdict(scores["dcr_share"]) == verdict(scores["membership"]) == "worse"
            assert "memorised" in verdict_of(scores).privacy.text
        default = found.scores["default"]
        assert verdict(default["dcr_share"]) != "worse"
        assert verdict(default["exact_copies"]) != "worse"
        assert "memorised" not in verdict_of(default).privacy.text
    assert verdict(judged[0].scores["bootstrap"]["exact_copies"]) == "worse"


def test_a_histogram_of_cells_of_few_rows_has_the_dcr_share_that_its_bound_is_made_of():
    """Rows drawn from cells that hold m training rows each, where all rows of a cell are one."""
    g = np.random.default_rng(8)
    for m in (2, 5, 20):
        n = 4000
        train, held = (pd.DataFrame({"x": g.integers(0, n // m, k)}) for k in (n, n - 1))
        made = train.sample(n, replace=True, random_state=1)
        found = dcr_share(train, made, holdout=held, rng=1)
        assert found.value == pytest.approx(0.5 + 1 / (4 * m), abs=0.015)
        assert verdict(found) != "worse"


def test_summary_and_report_show_the_same_flags(judged):
    found, out = judged[0], io.StringIO()
    found.summary(Console(file=out, width=160))
    lines = {
        line.split("│")[1].strip(): line for line in out.getvalue().splitlines() if "│" in line
    }
    for name in ("DCR share", "membership AUC"):
        assert [cell.strip()[-1] for cell in lines[name].split("│")[4:-1]] == ["▼", "▼"]
    assert "▼" not in lines["DCR share"].split("│")[3]
    coloured = io.StringIO()
    found.summary(Console(file=coloured, width=160, force_terminal=True, color_system="standard"))
    assert re.search(r"\x1b\[31m[^\x1b]*▼", coloured.getvalue())
    page = render_html(replace(found, portraits={}))
    smote = found.scores["smote"]["dcr_share"]
    assert f'<td class="v-worse">{marked(smote, with_noise(smote))}</td>' in page
    assert "▼" in found._repr_html_()


def test_membership_is_compared_by_default_and_evaluated_by_name():
    table = draw(240, 5)
    assert "membership" in compare(table, ["bootstrap"], metrics=None, rng=1).scores["bootstrap"]
    train, held = cs.split(table, rng=1)
    found = cs.evaluate(train, train, holdout=held, metrics=["membership"], rng=1)
    assert found["membership"].value > 0.6
    assert found.to_data()["scores"]["membership"]["part"] == "privacy"
    with pytest.raises(DataError, match="did you mean 'membership'"):
        cs.evaluate(train, train, metrics=["member_ship"], rng=1)
    without = cs.evaluate(train, train, metrics=["ks", "membership"], rng=1)
    assert "membership: not run, it needs a holdout." in without.notes


def test_a_target_with_nothing_to_predict_is_refused_before_anything_is_fitted():
    df = pd.DataFrame({"id": range(60), "x": np.random.default_rng(1).normal(size=60)})

    class Unfit:
        def fit(self, df, rng):
            raise AssertionError

        def sample(self, n, rng):
            raise AssertionError

    with pytest.raises(DataError, match=r"target 'id' is an identifier.*choose one of x"):
        cs.compare(df, {"unfit": Unfit()}, target="id", rng=1)
