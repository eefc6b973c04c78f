"""The options of reading: the same ones at every command that reads a table, and in run files."""

import dataclasses

import pyarrow as pa
import pytest
import typer
from typer.testing import CliRunner

import copulasynth as cs
from copulasynth.cli.main import app
from copulasynth.rows.drawn import reading_of
from copulasynth.rows.files import write_table
from copulasynth.rows.reading import FOUND, Reading
from copulasynth.rows.split_files import split_file
from copulasynth.run.checks import read_spec
from copulasynth.run.prepare import prepare, seeds_of
from copulasynth.run.spec import Data

COMMANDS = typer.main.get_command(app).commands
READERS = ["audit", "compare", "evaluate", "fit", "gate", "init", "schema", "split", "treat"]

#: What nothing finds by itself: carets, points of thousands, comments by %, no header.
ODD = "% a meter\nA^1.200^x\n% reset\nB^3.400^-\nA^2.100^y\nB^12.700^x\n"
SAID = ["--sep", "^", "--thousands", ".", "--comment", "%", "--no-header", "--missing", "-"]
FOUND_THERE = {
    "c1": ["A", "B", "A", "B"],
    "c2": [1200, 3400, 2100, 12700],
    "c3": ["x", None, "y", "x"],
}


def called(*args, code=0, piped=None):
    done = CliRunner().invoke(app, [str(a) for a in args], input=piped)
    assert done.exit_code == code, done.output
    return done


@pytest.fixture
def odd(tmp_path):
    path = tmp_path / "odd.txt"
    path.write_text(ODD)
    return path


@pytest.mark.parametrize("name", READERS)
def test_every_command_that_reads_a_table_takes_all_options(name):
    taken = {p.name for p in COMMANDS[name].params}
    assert {f.name for f in dataclasses.fields(Reading)} <= taken
    assert "reading" not in taken


def test_run_files_say_the_same_as_options():
    taken = {f.name: f.default for f in dataclasses.fields(Data)}
    assert {f.name: f.default for f in dataclasses.fields(Reading)}.items() <= taken.items()


def test_a_command_reads_as_it_is_told(odd, tmp_path):
    done = called("schema", odd, "-o", tmp_path / "s.toml", *SAID)
    schema = cs.Schema.from_file(tmp_path / "s.toml")
    assert list(schema.kinds) == ["c1", "c2", "c3"]
    assert "is read as" not in done.stderr
    called("split", odd, "-o", tmp_path, "--seed", 1, *SAID)
    halves = [cs.read(tmp_path / f"odd.{part}.csv", sep="^") for part in ("train", "holdout")]
    assert sorted(pa.concat_tables(halves)["c2"].to_pylist()) == [1.2, 2.1, 3.4, 12.7]


def test_what_init_is_told_is_in_the_run_file_and_read_so(odd, tmp_path):
    called("init", odd, "-o", tmp_path / "spec.toml", *SAID)
    text = (tmp_path / "spec.toml").read_text()
    assert '\nsep = "^"\n' in text
    assert "\nheader = false\n" in text
    file = read_spec(tmp_path / "spec.toml")
    assert prepare(file, seeds_of(1)).whole.to_pydict() == FOUND_THERE
    assert cs.read(odd, **dataclasses.asdict(file.spec.data.reading)).to_pydict() == FOUND_THERE


def test_what_cannot_be_meant_names_the_line_of_a_run_file(odd, tmp_path):
    path = tmp_path / "spec.toml"
    for entry in ("sep = ';;'", "decimal = 'x'", "encoding = 'klingon'", "thousands = 'ab'"):
        path.write_text(f"[data]\npath = 'odd.txt'\n{entry}\n")
        with pytest.raises(cs.errors.SpecError, match=rf"line 3: \[data\] {entry.split()[0]}"):
            read_spec(path)
    path.write_text("[data]\npath = 'odd.txt'\nsep = ','\ndecimal = ','\n")
    with pytest.raises(cs.errors.SpecError, match=r"\[data\]: sep=',' is the quote"):
        read_spec(path)


def test_a_model_is_fitted_to_what_is_piped_in(tmp_path):
    rows = "x;g\n" + "".join(f"{i % 7},5;{'ab'[i % 2]}\n" for i in range(40))
    model = tmp_path / "m.json"
    settings = ["-o", model, "--copula", "independence", "--seed", 1]
    done = called("fit", "-", *settings, piped=rows)
    assert "note: standard input is read as a CSV file separated by semicolons" in done.stderr
    assert cs.load(model).sample(5, rng=1).column_names == ["x", "g"]


def test_halves_of_a_file_are_of_its_kind(tmp_path):
    table = pa.table({"x": [1.5, 2.5, 3.5, 4.5], "g": ["a", "b", "a", "b"]})
    for ending, write in {
        "feather": pa.feather.write_feather,
        "parquet": pa.parquet.write_table,
    }.items():
        write(table, str(tmp_path / f"t.{ending}"))
        halves = split_file(tmp_path / f"t.{ending}", 0.5, 1)
        assert [p.name for p in halves] == [f"t.train.{ending}", f"t.holdout.{ending}"]
        assert [len(cs.read(p)) for p in halves] == [2, 2]
    (tmp_path / "u.tsv.gz").write_bytes(b"")
    with pytest.raises(cs.errors.DataError, match=r"u\.tsv\.gz"):
        split_file(tmp_path / "u.tsv.gz", 0.5, 1)


def test_nothing_said_is_everything_found():
    assert Reading() == FOUND
    assert all(v is None for k, v in dataclasses.asdict(FOUND).items() if k != "missing")


@pytest.mark.parametrize("name", [n for n in READERS if n != "split"])
def test_every_command_that_models_a_table_is_told_what_its_columns_are(name):
    taken = {p.name for p in COMMANDS[name].params}
    assert {"kind", "form"} <= taken
    assert "told" not in taken


def test_what_is_said_of_a_file_is_not_meant_for_rows_that_were_drawn(odd, tmp_path):
    drawn = tmp_path / "s.csv"
    table = cs.read(odd, sep="^", thousands=".", comment="%", header=False, missing=["-"])
    said = Reading(("-",), "^", thousands=".", comment="%", header=False)
    write_table(table, drawn)
    write_table(table, tmp_path / "s.tsv.gz")
    plain = Reading(missing=("-",))
    assert reading_of(drawn, table.column_names, said) == plain
    assert reading_of(tmp_path / "s.tsv.gz", table.column_names, said) == plain
    assert reading_of(odd, table.column_names, said) == said
    assert reading_of(drawn, ["other"], said) == said
    drawn.write_text("c1,c2,c3\nA,1.200,x\n")  # as a person may write it
    assert reading_of(drawn, table.column_names, said) == said


def test_as_many_rows_as_were_fitted_to_are_drawn_unless_said_and_a_next_follows(odd, tmp_path):
    model, drawn = tmp_path / "m.json", tmp_path / "s.csv"
    called("fit", odd, "-o", model, "--method", "independence", *SAID)
    done = called("sample", model, "-o", drawn)
    assert len(cs.read(drawn)) == 4
    report = tmp_path / "report.html"
    assert done.stderr.splitlines()[-1] == f"Next: copulasynth evaluate TABLE {drawn} -o {report}"
    done = called("sample", model, "-n", 2)
    assert len(done.stdout.splitlines()) == 3
    assert "Next" not in done.stderr
