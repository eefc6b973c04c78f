"""Run files of people who mean harm, or whose hand slipped: one line at once, and nothing lost."""

import os
import time
import tomllib
from pathlib import Path

import pytest

from copulasynth.errors import CopulasynthError, OutputError, SpecError
from copulasynth.run import read_spec, run_spec
from copulasynth.run.files import LARGEST
from copulasynth.run.lines import line_of
from copulasynth.run.starter import write_starter

BASE = '[data]\npath = "usage.csv"\n{data}[fit]\nmethod = "gaussian"\n[evaluate]\nmetrics = []\n'

HOSTILE = {
    "many rows": ("", "[sample]\nrows = 1" + "0" * 30, "line 8: .*rows.* <= "),
    "negative rows": ("", "[sample]\nrows = -1", "line 8"),
    "rows that are no number": ("", "[sample]\nrows = nan", "line 8"),
    "endless rows": ("", "[sample]\nrows = inf", "line 8"),
    "rows of the data": ("rows = 1" + "0" * 18 + "\n", "", "line 3"),
    "many digits": ("", "[sample]\nrows = 1" + "0" * 5000, "too many digits"),
    "no date": ("", "[sample]\nrows = 2001-99-01", "spec.toml"),
    "many tables": ("", "[sample]\nsyntheses = 1000000000", "syntheses"),
    "many workers": ("", "[run]\nworkers = 1000000000", "workers"),
    "depth": ("", "x = " + "[" * 5000 + "]" * 5000, "nested"),
    "deep tables": ("", "x = " + "{a=" * 5000 + "1" + "}" * 5000, "nested"),
    "a long key": ("", ".".join("a" * 20_000) + " = 1", "nested"),
    "a long quoted key": ("", ".".join(['"a"'] * 20_000) + " = 1", "nested"),
    "a long header": ("", "[" + ".".join("a" * 20_000) + "]", "nested"),
    "many headers": ("", "\n".join(f"[marginals.a{i}]" for i in range(3000)), "line 7"),
    "many signs": ("", '[marginals]\n"' + "=" * 50_000 + '" = 1', "marginals"),
    "many markers": (f"missing = {[str(i) for i in range(50_000)]}\n", "", "at most 1,000"),
    "a huge file": ("", "# " + "x" * LARGEST, "larger than"),
    "a name of two files": (
        "",
        '[output.names]\ntable = "model"\nmodel = "model.csv"',
        "two files",
    ),
    "a name of two letters' cases": ("", '[output.names]\nmodel = "Schema.TOML"', "two files"),
    "a name that ends a name": ("", '[output.names]\nmodel = "a\\u0000b"', "names"),
    "a long name": ("", f'[output.names]\nmodel = "{"n" * 300}"', "names"),
    "a path without end": ("", '[schema]\nfile = "a\\u0000b"', "name of a file"),
    "a folder of signs": ("", '[output]\nfolder = "a\\nb"', "control"),
    "a folder above": ("", '[output]\nfolder = "../x"', "leads out of .*--out"),
    "a folder elsewhere": ("", '[output]\nfolder = "/tmp/x"', "leads out of .*--out"),
    "a folder by a link": ("", '[output]\nfolder = "away/x"', "leads out of .*--out"),
    "safe Parquet": ("", '[sample]\nformat = "parquet"\nsafe_csv = true', "safe_csv"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_one_line_at_once_and_no_file(folder, tmp_path_factory, name):
    data, more, words = HOSTILE[name]
    (folder / "spec.toml").write_text(BASE.format(data=data) + more + "\n")
    os.symlink(tmp_path_factory.getbasetemp(), folder / "away")
    before, begin = sorted(folder.iterdir()), time.process_time()
    with pytest.raises(SpecError, match=words) as caught:
        run_spec(folder / "spec.toml")
    assert time.process_time() - begin < 10
    assert len(str(caught.value)) < 700
    assert "\n" not in str(caught.value)
    assert sorted(folder.iterdir()) == before


def refused(path):
    """Return what is wrong with a run file, or nothing."""
    try:
        read_spec(path)
    except CopulasynthError as e:
        return str(e)
    return ""


SECTIONS = ["data", "schema", "marginals", "fit", "compare", "sample", "evaluate", "run", "output"]
VALUES = ["1", "-1", "nan", '"x"', "true", "[]", "[[1]]", "{}", "{a = 1}", "1979-05-27", '[""]']


@pytest.mark.parametrize("section", SECTIONS)
def test_a_value_of_any_type_is_accepted_or_named(folder, section):
    known = {
        "data": ["path", "missing", "rows", "sep", "decimal", "thousands", "encoding", "quote"],
        "schema": ["file", "kinds", "formats", "missing_codes"],
        "marginals": ["age", "'*'"],
        "fit": ["method", "knobs", "prefer", "proper"],
        "compare": ["methods", "rows", "metrics"],
        "sample": ["rows", "syntheses", "format", "safe_csv"],
        "evaluate": ["holdout", "refit", "target", "metrics"],
        "run": ["seed", "workers"],
        "output": ["folder", "report", "names"],
    }
    head = "" if section == "data" else '[data]\npath = "usage.csv"\n'
    for key in known[section]:
        for value in VALUES:
            (folder / "spec.toml").write_text(f"{head}[{section}]\n{key} = {value}\n")
            said = refused(folder / "spec.toml")
            assert "\n" not in said
            assert not said or "spec.toml" in said


def test_a_named_pipe_is_no_run_file(folder):
    os.mkfifo(folder / "pipe.toml")
    with pytest.raises(SpecError, match="named pipe"):
        read_spec(folder / "pipe.toml")


@pytest.mark.parametrize(
    "name", ["n\n[zz]\nq = 1\n#.csv", 'a"]\n[zz]\n#".csv', "a\r[zz].csv", "]'\\.csv"]
)
def test_a_name_of_a_data_file_writes_no_section(folder, name):
    path = folder / name
    path.write_bytes((folder / "usage.csv").read_bytes())
    write_starter(path, folder / "spec.toml")
    text = (folder / "spec.toml").read_text()
    assert set(tomllib.loads(text)) == {*SECTIONS}
    assert read_spec(folder / "spec.toml").spec.data.path == name


def test_names_of_columns_write_no_section(folder):
    (folder / "odd.csv").write_text('"a\n[zz]\n","""b""","c=\x1b"\n1,2,3\n')
    write_starter(folder / "odd.csv", folder / "spec.toml")
    assert set(tomllib.loads((folder / "spec.toml").read_text())) == {*SECTIONS}


def test_a_starter_is_not_written_over_its_table(folder):
    before = (folder / "usage.csv").read_bytes()
    with pytest.raises(OutputError, match="would replace the input"):
        write_starter(folder / "usage.csv", folder / "usage.csv", force=True)
    assert (folder / "usage.csv").read_bytes() == before


def test_a_run_does_not_replace_the_folder_of_its_table(folder, spec):
    run_spec(spec())
    text = Path(folder / "spec.toml").read_text()
    inner = text.replace('"usage.csv"', '"spec-output/synthetic.csv"')
    assert (folder / "spec-output" / "synthetic.csv").exists()
    (folder / "spec.toml").write_text(inner)
    for target in (None, folder, folder / "spec-output"):
        with pytest.raises(OutputError, match="would replace the input"):
            run_spec(folder / "spec.toml", force=True, folder=target)
    assert (folder / "spec-output" / "synthetic.csv").exists()


def test_a_run_follows_a_link_and_clears_what_a_killed_one_left(folder, spec):
    (folder / "real").mkdir()
    (folder / "out").symlink_to("real", target_is_directory=True)
    left = folder / ".real.0123abcd.part"
    left.mkdir()
    (left / "half.csv").write_text("x")
    run_spec(spec(), folder=folder / "out")
    assert (folder / "out").is_symlink()
    assert (folder / "real" / "manifest.json").exists()
    assert not left.exists()
    aside = folder / ".real.0123abcd.old"
    (folder / "real").rename(aside)
    run_spec(folder / "spec.toml", folder=folder / "out")
    assert not aside.exists()
    assert (folder / "real" / "manifest.json").exists()


def test_the_line_is_that_of_the_key_among_texts_that_look_like_keys():
    text = '[a]\nx = """\n[b]\ny = 1\n"""\n[b] # [c]\n"q=r" = [1,\n  2]\ny = 2\n'
    assert line_of(text, ("b", "y")) == 9
    assert line_of(text, ("b", "q=r")) == 7
    assert line_of(text, ("b", "none")) == 6
