"""Wrong uses, in Python and on the command line: one line each, with the thing and the remedy.

A row of a table is a use, and the words that its message must have. What a use raises is of this
package's own family, and nothing of a library is said beside it.
"""

import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import fields, is_dataclass

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.errors import CopulasynthError
from copulasynth.schema import Rule
from copulasynth.synthesizers.registry import METHODS, named

N = 60


@pytest.fixture(scope="module")
def table():
    g = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "age": g.integers(18, 80, N),
            "income": g.lognormal(8, 1, N).round(2),
            "plan": g.choice(["basic", "plus", "pro"], N),
            "churn": g.choice([True, False], N),
        }
    )


@pytest.fixture(scope="module")
def model(table):
    return cs.fit(table, copula="gaussian", marginals="empirical", rng=1)


@pytest.fixture(scope="module")
def drawn(model):
    return model.sample(N, rng=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, table, model, drawn):
    folder = tmp_path_factory.mktemp("messages")
    table.to_csv(folder / "usage.csv", index=False)
    drawn.to_csv(folder / "drawn.csv", index=False)
    table.head(0).to_csv(folder / "empty.csv", index=False)
    model.save(folder / "model.json")
    (folder / "nothing.csv").write_text("")
    return folder


Use = tuple[Callable[..., object], tuple[str, ...]]
#: Takes the table.
FITS: dict[str, Use] = {
    "method with a slip": (lambda t: cs.fit(t, copula="guassian"), ("guassian", "gaussian")),
    "method that is none": (lambda t: cs.fit(t, copula=3), ("3", "auto")),
    "class in place of a method": (lambda t: cs.fit(t, copula=cs.Smote), ("Smote", "Smote(...)")),
    "marginal with a slip": (
        lambda t: cs.fit(t, marginals="lognromal"),
        ("lognromal", "lognormal"),
    ),
    "marginal of an unknown column": (
        lambda t: cs.fit(t, marginals={"incme": "gamma"}),
        ("marginals", "incme", "income"),
    ),
    "marginal of levels": (
        lambda t: cs.fit(t, copula="independence", marginals={"plan": "normal"}),
        ("plan", "nominal", "leave it out"),
    ),
    "marginals in a list": (lambda t: cs.fit(t, marginals=["gamma"]), ("marginals", "mapping")),
    "marginals that are a number": (lambda t: cs.fit(t, marginals=3), ("marginals", "mapping")),
    "marginal that is a number": (lambda t: cs.fit(t, marginals={"age": 3}), ("age", "normal")),
    "preference with a slip": (lambda t: cs.fit(t, prefer="fidelty"), ("fidelty", "fidelity")),
    "seed as text": (lambda t: cs.fit(t, rng="7"), ("rng", "'7'", "whole number")),
    "seed with decimals": (lambda t: cs.fit(t, rng=1.5), ("rng", "1.5", "whole number")),
    "seed below 0": (lambda t: cs.fit(t, rng=-1), ("rng", "-1", "at least 0")),
    "seed that is a truth": (lambda t: cs.fit(t, rng=True), ("rng", "True", "whole number")),
    "old generator": (lambda t: cs.fit(t, rng=np.random.RandomState(1)), ("rng", "Generator")),
    "schema that is a mapping": (
        lambda t: cs.fit(t, schema={"age": "integer"}),
        ("schema", "dict", "Schema.infer"),
    ),
    "schema that is a path": (
        lambda t: cs.fit(t, schema="schema.toml"),
        ("schema", "str", "Schema.from_file"),
    ),
    "rules in words": (lambda t: cs.fit(t, rules="age > 3"), ("rules", "cs.rules.Order")),
    "rule of an unknown column": (
        lambda t: cs.fit(t, copula="independence", rules=[cs.rules.Order("ag", "income")]),
        ("ag", "age"),
    ),
    "rule of a schema whose formula names another column": (
        lambda t: cs.fit(t, rules=[Rule("range", ("income",), "incme <= 17")]),
        ("incme", "['income']"),
    ),
    "order of a schema with a slip": (
        lambda t: cs.fit(t, rules=[Rule("order", ("age", "income"), "agee <= income")]),
        ("agee", "['age', 'income']"),
    ),
    "range that is too narrow": (
        lambda t: cs.fit(t, copula="independence", rules=[cs.rules.Range("age", upper=20)]),
        ("age <= 20", "first: position", "widen the bounds"),
    ),
    "equal sign of Python": (lambda t: cs.rules.Identity("income == age"), ("write = for ==",)),
    "power of Python": (lambda t: cs.rules.Identity("income = age ** 2"), ("write ^ for **",)),
    "equal sign of Python in a link": (
        lambda t: cs.rules.Link("age == 3 -> plan = pro"),
        ("write = for ==",),
    ),
    "check of a column that is not there": (
        lambda t: cs.fit(t, rules=[cs.rules.Check(lambda d: d["agee"] > 3, "grown up")]),
        ("grown up", "agee", "'age'", "income"),
    ),
    "check of an attribute that is not there": (
        lambda t: cs.fit(t, rules=[cs.rules.Check(lambda d: d.agee > 3, "grown up")]),
        ("grown up", "agee", "'age'"),
    ),
    "check that fails": (
        lambda t: cs.fit(t, rules=[cs.rules.Check(lambda d: d["plan"] > 3, "grown up")]),
        ("grown up", "TypeError"),
    ),
    "rules to a method that takes none": (
        lambda t: cs.Smote().fit(t, rules=[cs.rules.Order("age", "income")]),
        ("Smote", "rules", "cs.fit"),
    ),
    "rules between columns to a sequential method": (
        lambda t: cs.SequentialCart(rules=[cs.rules.Order("age", "income")]).fit(t),
        ("rules", "age < 18", "cs.fit"),
    ),
    "proper in words": (lambda t: cs.fit(t, proper="yes"), ("proper", "'yes'", "True or False")),
    "draws of 0": (
        lambda t: cs.fit(t, copula="gaussian", proper=True, draws=0),
        ("draws", "0", "at least 1"),
    ),
    "setting that a method does not take": (
        lambda t: cs.fit(t, copula="cart", proper=True),
        ("cart", "proper", "it takes"),
    ),
    "progress in words": (lambda t: cs.fit(t, progress="yes"), ("progress", "callable")),
    "a mapping as table": (lambda t: cs.fit({"a": [1]}), ("dict", "pandas.DataFrame(...)")),
    "an array as table": (lambda t: cs.fit(np.ones((3, 2))), ("ndarray", "pandas.DataFrame(...)")),
    "a series as table": (lambda t: cs.fit(t["age"]), ("Series", "to_frame()")),
    "nothing as table": (lambda t: cs.fit(None), ("NoneType", "pandas")),
    "a table without columns": (lambda t: cs.fit(t[[]]), ("no columns", "Add columns")),
    "a table without rows": (lambda t: cs.fit(t.head(0)), ("0", "Add rows")),
    "columns of one name": (
        lambda t: cs.fit(pd.concat([t, t[["age"]]], axis=1)),
        ("age", "rename"),
    ),
    "infinite values": (
        lambda t: cs.fit(t.assign(income=np.inf)),
        ("income", "infinite", "Replace or drop"),
    ),
    "kind with a slip": (
        lambda t: cs.Schema.infer(t, kinds={"age": "integr"}),
        ("age", "integr", "'integer'"),
    ),
    "kind of an unknown column": (
        lambda t: cs.Schema.infer(t, kinds={"agee": "ordinal"}),
        ("agee", "age"),
    ),
    "codes of an unknown column": (
        lambda t: cs.Schema.infer(t, missing_codes={"incom": [-8]}),
        ("incom", "income"),
    ),
    "split of a share above 1": (lambda t: cs.split(t, share=2.0), ("share", "between 0 and 1")),
    "split of a share in words": (lambda t: cs.split(t, share="half"), ("share", "number")),
    "split by an unknown unit": (lambda t: cs.split(t, unit="plann"), ("unit", "plann", "plan")),
    "split of no table": (lambda t: cs.split([1, 2]), ("list", "pandas.DataFrame(...)")),
    "more than all": (
        lambda t: cs.augment(t, target="churn", strategy=3.0),
        ("strategy", "3.0", "at most 1"),
    ),
    "number of neighbours of 0": (lambda t: cs.Smote(k=0), ("Smote", "k", "at least 1")),
    "compare an unknown method": (lambda t: cs.compare(t, ["gausian"]), ("gausian", "gaussian")),
    "compare nothing": (lambda t: cs.compare(t, []), ("no method",)),
    "compare a method twice": (lambda t: cs.compare(t, ["cart", "cart"]), ("cart", "mapping")),
    "compare a number": (lambda t: cs.compare(t, 3), ("3", "no method")),
    "compare without rows": (lambda t: cs.compare(t, ["gaussian"], n=0), ("n", "at least 1")),
    "compare by an unknown metric": (
        lambda t: cs.compare(t, ["gaussian"], metrics=["spearmann"]),
        ("spearmann", "spearman"),
    ),
    "compare for an unknown target": (
        lambda t: cs.compare(t, ["gaussian"], target="chrun"),
        ("target", "chrun", "churn"),
    ),
    "read a number": (lambda t: cs.read(5), ("read", "path", "int")),
    "load what is not there": (lambda t: cs.load("none.json"), ("none.json", "No such file")),
}

#: Takes the model.
DRAWS: dict[str, Use] = {
    "rows below 0": (lambda m: m.sample(-1), ("n", "at least 0", "-1")),
    "rows with decimals": (lambda m: m.sample(2.5), ("n", "whole number", "2.5")),
    "rows as text": (lambda m: m.sample("10"), ("n", "whole number", "'10'")),
    "rows that are a truth": (lambda m: m.sample(True), ("n", "whole number", "True")),
    "seed of a draw as text": (lambda m: m.sample(3, rng="1"), ("rng", "whole number")),
    "no workers": (lambda m: m.sample(3, workers=0), ("workers", "at least 1")),
    "workers as text": (lambda m: m.sample(3, workers="2"), ("workers", "whole number")),
    "given an unknown column": (lambda m: m.sample(3, given={"plann": "pro"}), ("plann", "plan")),
    "given an unknown level": (
        lambda m: m.sample(3, given={"plan": "prp"}),
        ("plan", "prp", "'pro'"),
    ),
    "given beyond the data": (lambda m: m.sample(3, given={"age": 500}), ("age", "500", "range")),
    "given a text for a number": (lambda m: m.sample(3, given={"age": "old"}), ("age", "old")),
    "given an interval of levels": (
        lambda m: m.sample(3, given={"plan": cs.between(1, 2)}),
        ("plan", "set of levels"),
    ),
    "given an interval from high to low": (
        lambda m: m.sample(3, given={"age": cs.between(30, 20)}),
        ("age", "between 30 and 20"),
    ),
    "given an interval of texts": (
        lambda m: m.sample(3, given={"age": cs.between("a", 20)}),
        ("age", "'a'"),
    ),
    "given an empty set": (lambda m: m.sample(3, given={"plan": set()}), ("plan", "empty")),
    "given as text": (lambda m: m.sample(3, given="plan=pro"), ("given", "mapping")),
    "batches of 0": (lambda m: list(m.iter_batches(3, batch_size=0)), ("batch_size", "at least 1")),
    "no syntheses": (lambda m: m.synthesise(0), ("m", "at least 1", "0")),
    "half a synthesis": (lambda m: m.synthesise(1.5), ("m", "whole number", "1.5")),
    "no imputations": (lambda m: m.impute(pd.DataFrame({"age": [1]}), m=0), ("m", "at least 1")),
    "file of another ending": (lambda m: m.write("rows.txt", 3), ("rows.txt", ".csv")),
    "file in no folder": (lambda m: m.save("none/m.json"), ("none/m.json", "No such file")),
    "release behind no rows": (
        lambda m: m.export_release("r.json", k_min=0),
        ("k_min", "at least 1"),
    ),
}

#: Takes the real and a synthetic table.
JUDGED: dict[str, Use] = {
    "training rows as holdout": (
        lambda r, s: cs.evaluate(r, s, holdout=r, metrics="quick"),
        ("holdout", "equal a training row", "split"),
    ),
    "shuffled training rows as holdout": (
        lambda r, s: cs.evaluate(r, s, holdout=r.sample(frac=1, random_state=1), metrics="quick"),
        ("holdout", "equal a training row", "split"),
    ),
    "some training rows in the holdout": (
        lambda r, s: cs.evaluate(r, s, holdout=pd.concat([r.head(20), s.head(20)]), metrics="ks"),
        ("holdout", "equal a training row", "split"),
    ),
    "empty holdout": (lambda r, s: cs.evaluate(r, s, holdout=r.head(0)), ("holdout", "no rows")),
    "holdout that lacks a column": (
        lambda r, s: cs.evaluate(r, s, holdout=s[["age", "plan", "churn"]], metrics="ks"),
        ("holdout", "income", "split"),
    ),
    "holdout of another table": (
        lambda r, s: cs.evaluate(r, s, holdout=pd.DataFrame({"z": [1, 2]})),
        ("holdout has ['z']", "same names"),
    ),
    "empty synthetic table": (lambda r, s: cs.evaluate(r, s.head(0)), ("synthetic", "no rows")),
    "tables that share nothing": (
        lambda r, s: cs.evaluate(r, pd.DataFrame({"z": [1, 2]})),
        ("synthetic has ['z']", "same names"),
    ),
    "file that is not there": (lambda r, s: cs.evaluate("a.csv", s), ("a.csv", "not exist")),
    "metric with a slip": (
        lambda r, s: cs.evaluate(r, s, metrics=["spearmann"]),
        ("spearmann", "spearman"),
    ),
    "metrics that are a number": (lambda r, s: cs.evaluate(r, s, metrics=3), ("metrics", "list")),
    "no metrics": (lambda r, s: cs.evaluate(r, s, metrics=[]), ("metrics", "'quick'")),
    "target with a slip": (
        lambda r, s: cs.evaluate(r, s, target="chrun", metrics="quick"),
        ("chrun", "churn"),
    ),
    "target that is a number": (
        lambda r, s: cs.evaluate(r, s, target=3, metrics="quick"),
        ("target", "name"),
    ),
    "seed of a judge as text": (lambda r, s: cs.evaluate(r, s, rng="1"), ("rng", "whole number")),
    "numbers of no rows": (
        lambda r, s: cs.evaluate(r, s, k_min=0, metrics="ks"),
        ("k_min", "at least 1"),
    ),
    "judge's schema as path": (
        lambda r, s: cs.evaluate(r, s, schema="schema.toml"),
        ("schema", "Schema.from_file"),
    ),
    "a table in place of a model": (
        lambda r, s: cs.evaluate_model(r, r),
        ("model", "DataFrame", "evaluate(real, synthetic)"),
    ),
    "score with a slip": (
        lambda r, s: cs.evaluate(r, s, metrics="ks", rng=1)["kss"],
        ("kss", "ks"),
    ),
}

COMMANDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "command with a slip": ("fitt usage.csv", ("fitt", "'fit'")),
    "option with a slip": ("fit usage.csv -o m.json --seeed 1", ("--seeed", "--seed")),
    "no output": ("fit usage.csv", ("--out",)),
    "no argument": ("fit", ("data", "--help")),
    "method with a slip": ("fit usage.csv -o m.json --copula guassian", ("guassian", "gaussian")),
    "marginal with a slip": ("fit usage.csv -o m.json --marginals gama", ("gama", "gamma")),
    "preference with a slip": ("fit usage.csv -o m.json --prefer fidelty", ("fidelty", "fidelity")),
    "seed as text": ("fit usage.csv -o m.json --seed x", ("--seed", "integer")),
    "seed below 0": ("fit usage.csv -o m.json --seed -1", ("--seed", "0")),
    "seed with decimals": ("fit usage.csv -o m.json --seed 1.5", ("--seed", "integer")),
    "table that is not there": ("fit none.csv -o m.json", ("none.csv",)),
    "file without a byte": ("fit nothing.csv -o m.json", ("nothing.csv",)),
    "schema that is not there": ("fit usage.csv -o m.json --schema s.toml", ("s.toml", "No such")),
    "output over the input": ("fit usage.csv -o usage.csv", ("usage.csv",)),
    "rows below 0": ("sample model.json -n -3", ("--rows", "0")),
    "rows in words": ("sample model.json -n many", ("--rows", "integer")),
    "no workers": ("sample model.json -n 3 --workers 0", ("--workers", "1")),
    "no model": ("sample none.json -n 3", ("none.json", "No such file")),
    "table in place of a model": ("sample usage.csv -n 3", ("usage.csv", "no model", "fit")),
    "given without a value": ("sample model.json -n 3 --given plan", ("plan", "COLUMN=VALUE")),
    "given an unknown column": ("sample model.json -n 3 --given plann=pro", ("plann", "plan")),
    "given an unknown level": ("sample model.json -n 3 --given plan=prp", ("plan", "'pro'")),
    "metric with a slip": (
        "evaluate usage.csv drawn.csv --metrics spearmann",
        ("spearmann", "spearman"),
    ),
    "kind of a regression": (
        "evaluate usage.csv drawn.csv --formula age~income --fit old",
        ("--fit", "old", "ols"),
    ),
    "training rows as holdout": (
        "evaluate usage.csv drawn.csv --holdout usage.csv --metrics quick",
        ("equal a training row", "split"),
    ),
    "report of another ending": ("gate usage.csv drawn.csv -o gate.txt", ("gate.txt", ".html")),
    "gate of one table": ("gate usage.csv", ("gate TRAIN SYNTHETIC",)),
    "policy that is not there": ("gate usage.csv drawn.csv --policy p.toml", ("p.toml",)),
    "methods with a slip": ("compare usage.csv --methods gausian", ("gausian", "gaussian")),
    "no methods": ("compare usage.csv --methods ,", ("no method",)),
    "split of all rows": ("split usage.csv --holdout 1", ("between 0 and 1",)),
    "split by an unknown unit": ("split usage.csv --unit plann", ("plann", "plan")),
    "method that is asked about": ("methods vin", ("vin", "vine")),
    "run file that is not there": ("run spec.toml", ("spec.toml",)),
    "compare by a metric with a slip": (
        "compare usage.csv --metrics spearmann",
        ("spearmann", "spearman"),
    ),
    "treat without an unknown column": (
        "treat usage.csv -o t.csv --drop plann",
        ("drop", "plann", "plan"),
    ),
    "inspect a table": ("inspect usage.csv", ("usage.csv", "no model", "fit")),
}


def told(use, *args):
    """Return the one line that a wrong use gives, and hear that no library says a word."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(CopulasynthError) as caught:
            use(*args)
    text = str(caught.value)
    assert "\n" not in text
    assert len(text) < 500
    return text


def test_there_are_at_least_sixty_wrong_uses():
    assert len(FITS) + len(DRAWS) + len(JUDGED) >= 60
    assert len(COMMANDS) >= 30


@pytest.mark.parametrize(("use", "words"), FITS.values(), ids=FITS)
def test_a_wrong_fit_is_told_in_a_line(use, words, table):
    text = told(use, table)
    assert [w for w in words if w not in text] == [], text


@pytest.mark.parametrize(("use", "words"), DRAWS.values(), ids=DRAWS)
def test_a_wrong_draw_is_told_in_a_line(use, words, model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = told(use, model)
    assert [w for w in words if w not in text] == [], text
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(("use", "words"), JUDGED.values(), ids=JUDGED)
def test_a_wrong_judgement_is_told_in_a_line(use, words, table, drawn):
    text = told(use, table, drawn)
    assert [w for w in words if w not in text] == [], text


@pytest.mark.parametrize(("line", "words"), COMMANDS.values(), ids=COMMANDS)
def test_a_wrong_command_is_told_in_a_line(line, words, folder, capfd, monkeypatch):
    from copulasynth.__main__ import main

    before = sorted(p.name for p in folder.iterdir())
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["copulasynth", *line.split()])
    with pytest.raises(SystemExit) as end:
        main()
    out, err = capfd.readouterr()
    assert end.value.code == 2
    assert not out
    assert err.startswith("copulasynth: ")
    assert err.count("\n") == 1, err
    assert "seed" not in err.replace("--seed", "")
    assert [w for w in words if w not in err] == [], err
    assert sorted(p.name for p in folder.iterdir()) == before


@pytest.mark.parametrize("name", [m.name for m in METHODS if not m.chooses])
def test_a_knob_out_of_range_is_refused_by_every_method(name):
    """Every numeric knob of every method refuses a text, an infinity and a negative number."""
    row = named(name)
    if not is_dataclass(row.cls):
        pytest.skip("no knobs")
    plain = row.make()
    numeric = [
        f.name
        for f in fields(row.cls)
        if f.name in row.knobs and type(getattr(plain, f.name)) in (int, float)
    ]
    for knob in numeric:
        for value in ("x", float("nan"), float("-inf"), -7):
            with pytest.raises(CopulasynthError) as caught:
                row.make(**{knob: value})
            assert knob in str(caught.value)
            assert "must be" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.drop(columns="income"), "'income' only in real"),
        (lambda t: t.assign(extra=1), "'extra' only in synthetic"),
        (lambda t: t.assign(age="old"), "'age' types differ: number in real, text in synthetic"),
    ],
    ids=["lost", "extra", "another type"],
)
def test_columns_that_differ_between_tables_are_said(change, words, table, drawn):
    found = cs.evaluate(table, change(drawn), metrics="ks", rng=1)
    assert any(words in note for note in found.notes), found.notes


def test_words_of_results_are_short_and_fit_on_a_screen(table, model, drawn):
    found = cs.evaluate(table, drawn, metrics=["ks", "tv2"], rng=1)
    for result in (model.schema, model, found):
        text, page = repr(result), result._repr_html_()
        assert len(text) < 200
        assert "\n" not in text
        assert "=" not in text
        assert page.split("<details>")[0].count("<tr>") <= 31
    assert "4 columns" in repr(model.schema)
    assert "fidelity good" in repr(found)
    assert found.verdict.fidelity.text in found._repr_html_()


def test_a_wrong_method_fails_before_anything_is_loaded_or_drawn(tmp_path):
    """In a process of its own: no seed is drawn and no reader of tables is loaded."""
    code = (
        "import sys; sys.argv = ['copulasynth', 'fit', 'none.csv', '-o', 'm.json', '--copula', "
        "'guassian']\n"
        "from copulasynth.__main__ import main\n"
        "try:\n    main()\n"
        "except SystemExit as e:\n"
        "    print(e.code, 'pandas' in sys.modules, 'scipy' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert done.stdout.split() == ["2", "False", "False"]
    assert "seed" not in done.stderr
    assert "did you mean 'gaussian'?" in done.stderr
