"""Comparison of methods: same seed same numbers, ties are ties, a failing method stops nobody."""

import io
import json

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from copulasynth.comparison import compare
from copulasynth.errors import DataError
from copulasynth.metrics import Score
from copulasynth.metrics.ranking import rank_methods
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
