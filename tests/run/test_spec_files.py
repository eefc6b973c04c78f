"""Run files: defaults, and errors that name file, line, entry, and what could stand there."""

import pytest

from copulasynth.errors import SpecError
from copulasynth.run import read_spec
from copulasynth.run.lines import line_of
from copulasynth.run.methods import method_of
from copulasynth.synthesizers.registry import METHODS


def test_the_smallest_file_names_a_table(spec):
    read = read_spec(spec('[data]\npath = "usage.csv"\n')).spec
    assert read.fit.method == "auto"
    assert read.evaluate.holdout == 0.5
    assert read.run.seed is None


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[fit]\nmethod = 'clayton9'", 4, ['[fit] method = "clayton9"', "choose one of", "vine"]),
        ("[fit]\n\ncopula = 'vine'", 5, ['[fit] copula = "vine"', "did you mean 'method'?"]),
        ("[fitt]\nmethod = 'vine'", 3, ["[fitt]", "did you mean 'fit'?"]),
        ("[sample]\nrows = '100'", 4, ['[sample] rows = "100"', "expected `int"]),
        ("[sample]\nrows = 0", 4, ["[sample] rows = 0", ">= 1"]),
        ("[sample]\nformat = 'docx'", 4, ['[sample] format = "docx"', "invalid"]),
        ("[evaluate]\nholdout = 1.5", 4, ["holdout = 1.5", "< 1"]),
        (
            "[evaluate]\nmetrics = [\n  'ks',\n  'kz',\n]",
            4,
            ["'kz'", "choose one of rules_kept, ks, "],
        ),
        ("[compare]\nmethods = ['carts']", 4, ["'carts'", "did you mean 'cart'?"]),
        ("[marginals]\n'*' = 'lognormall'", 4, ["did you mean 'lognormal'?"]),
        ("[marginals]\nage = 3", 4, ["[marginals] age = 3", "expected `str`"]),
        ("[schema.kinds]\nage = 'numeric'", 4, ["[schema.kinds] age", "unknown"]),
        ("[schema]\nfile = 's.toml'\nkinds = {age = 'nominal'}", 4, ["not both"]),
        ("[run]\nseed = -1", 4, ["seed = -1", ">= 0"]),
        ("[output.names]\nreports = 'r.html'", 4, ["did you mean 'report'?"]),
        ("[output.names]\nreport = '../r.html'", 4, ["without a folder"]),
        ("[output.names]\nreport = 'model.json'", 3, ["two files would be called 'model.json'"]),
        ("[fit]\nmethod = 'vine'\n[fit.knobs]\ntruncatoin = 2", 6, ["did you mean 'truncation'?"]),
        (
            "[fit]\nmethod = 'cart'\n[fit.knobs]\nmin_leaf = 'x'",
            6,
            ['min_leaf = "x"', "expected `int`"],
        ),
        (
            "[fit]\nmethod = 'smote'\n[marginals]\nage = 'spline'",
            5,
            ["takes no marginals", "k, categorical"],
        ),
        ("[fit]\nmethod = 'smote'\nproper = true", 5, ["takes no proper", "schema"]),
        ("[fit]\nmethod = 'vine'\nprefer = 'speed'", 5, ["auto", "search"]),
        ("[fit.knobs]\nk = 2", 3, ["name a method"]),
        ("[fit]\nmethod = vine", 4, ["Invalid value"]),
    ],
)
def test_an_error_names_the_line_and_what_could_stand_there(spec, text, line, words):
    path = spec(f'[data]\npath = "usage.csv"\n{text}\n')
    with pytest.raises(SpecError) as raised:
        read_spec(path)
    message = str(raised.value)
    assert message.startswith(f"{path} line {line}: ")
    assert all(word in message for word in words), message


def test_a_file_without_a_table_says_what_to_add(spec):
    with pytest.raises(SpecError, match=r"add \[data\]"):
        read_spec(spec("[fit]\nmethod = 'vine'\n"))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SpecError, match=r"cannot read .*no\.toml"):
        read_spec(tmp_path / "no.toml")


@pytest.mark.parametrize("method", [m.name for m in METHODS])
def test_every_method_can_be_asked_for(spec, method):
    text = f'[data]\npath = "usage.csv"\n[fit]\nmethod = "{method}"\n'
    assert read_spec(spec(text)).spec.fit.method == method


def test_a_calibration_has_the_base_that_its_name_says_and_knobs_of_its_own(spec):
    text = '[data]\npath = "usage.csv"\n[fit]\nmethod = "vine + calibration"\n'
    file = read_spec(spec(text + "knobs = {acceptance = 0.5}\n"))
    made = method_of(file.spec)
    assert (type(made.base).__name__, made.acceptance) == ("Vine", 0.5)
    with pytest.raises(SpecError, match="no such knob"):
        read_spec(spec(text + 'knobs = {base = "tree"}\n'))


def test_lines_are_found_past_texts_and_lists_that_look_like_keys():
    text = '[a]\nx = """\n[b]\ny = 1\n"""\nz = [\n  ["b"],\n]\n[b]\n"y.z" = 2\ny = {w = 3}'
    assert line_of(text, ("b", "y", "w")) == 11
    assert line_of(text, ("b", "y.z")) == 10
    assert line_of(text, ("c",)) is None
