"""A first run file for a table: every entry with its default, explained, ready to be edited."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from textwrap import fill

import tomlkit

from copulasynth._paths import one_line
from copulasynth._write import check_outputs, write_text
from copulasynth.errors import OutputError
from copulasynth.rows.reader import read_table
from copulasynth.rows.reading import FOUND, Reading
from copulasynth.run.spec import Data, Spec
from copulasynth.schema import Column, Schema
from copulasynth.synthesizers.registry import METHODS

__all__ = ["write_starter"]

TEXT = """\
# A run of copulasynth. Try it:    copulasynth run {name} --dry-run
# Do it:                           copulasynth run {name}
# Repeat it to the byte:           copulasynth run {name} --locked
# Lines that begin with # show defaults; only [data] path is needed.

[data]
path = {path} # relative to this file
{reading}# missing = [""]       # texts that mean a missing value, e.g. ["", "NA", "-"]
# sep = ";"            # what a text file is like is found, unless it is said here; so for decimal,
                       # thousands, encoding, quote, header = false, comment; sheet of a workbook
# rows = 10000         # use a random sample of so many rows

[schema]
# file = "schema.toml" # a whole schema: copulasynth schema {data} -o schema.toml

[schema.kinds]         # what the values do not tell; "drop" leaves a column out
{kinds}

[schema.formats]       # how text is written that holds numbers, dates, durations or identifiers
{formats}

[schema.missing_codes] # values that stand for another kind of missing
# income = [-8]

[marginals]            # "auto", or another of: copulasynth methods --marginals
"*" = "auto"
{marginals}

[fit]
method = "auto"        # or one of
{methods}
# prefer = "fidelity"  # or "privacy", "speed": what "auto" and "search" choose for; with [release]
                       # it is "privacy" unless said otherwise
# proper = false       # draw the parameters anew for each synthesis, for combining rules
# by = "region"        # groups of rows, each with a law of its own; or a list of columns
# [fit.knobs]          # settings of a named method, as in Python: truncation = 3 of a vine

[sample]
# rows = {rows:<13} # as many as the table has; any number is possible
# syntheses = 1        # tables to draw
# format = {format:<11} # or another of "csv", "parquet", "feather", "tsv", "xlsx", "sav", "dta"
# safe_csv = false     # true: mark texts that a spreadsheet would run as formulas

[evaluate]
holdout = 0.5          # share of the rows that the method never sees and that judge it; a file of
                       # such rows; or 0, which fits all rows and cannot tell learning from copying
# refit = false        # true: judge as above, then fit to all rows and deliver that
# target = {target:<12} # what models predict; else a column is chosen that means something
# metrics = ["ks", "tv2", "c2st_boosting", "dcr_share"]   # instead of all; [] judges nothing

# [release]            # hold the tables against the release gate; what passes gets a folder
# policy = "policy.toml" # limits: copulasynth gate --write-policy
# treat = true         # merge rare levels before the fit; the model's ends are coded after it
# model = false        # true: the model file leaves too
# log = "releases.json" # what has left so far, which adds up
# folder = {release}

[compare]
methods = []           # e.g. ["gaussian", "vine", "tree", "cart", "smote"], judged side by side

[run]
# seed = 7             # without one, a seed is drawn and kept in {lock}
# workers = 2          # threads or processes; they change the time, not a byte

[output]
# folder = {folder}
# report = true        # false: no HTML pages
# [output.names]       # table, model, schema, evaluation, comparison, report,
                       # comparison_report, gate, gate_page
"""


def write_starter(
    data: str | os.PathLike[str],
    path: str | os.PathLike[str],
    *,
    force: bool = False,
    said: Reading = FOUND,
    kinds: Mapping[str, str] | None = None,
    formats: Mapping[str, str] | None = None,
) -> None:
    """Write a commented run file for a table, which is read as is said; so are its columns.

    Raises
    ------
    DataError
        If the table cannot be read.
    OutputError
        If the run file exists, and `force` does not replace it, or cannot be written.
    """
    target = Path(path)
    if target.exists() and not force:
        raise OutputError(f"{target} exists; give another name, or replace it with --force")
    check_outputs([target], [data])
    write_text(target, _text(Path(data), target, said, kinds or {}, formats or {}), [data])


def _text(
    data: Path, target: Path, said: Reading, kinds: Mapping[str, str], formats: Mapping[str, str]
) -> str:
    table = read_table(data, said)
    schema = Schema.infer(table, kinds=kinds, formats=formats, refused="drop")
    numbers = [c for c in schema.columns if c.kind in ("continuous", "integer")]
    written = [c for c in schema.columns if c.writing]
    relative = os.path.relpath(data.resolve(), target.resolve().parent)
    stem = target.stem
    return TEXT.format(
        name=_word(target.name),
        data=_word(data.name),
        path=_quoted(Path(relative).as_posix()),
        reading=_stated(said),
        kinds="\n".join(_kind(c, c.name in kinds) for c in schema.columns),
        formats="\n".join(_format(c, c.name in formats) for c in written) or '# paid = "%d/%m/%Y"',
        marginals="\n".join(f'# {_key(c.name)} = "auto"' for c in numbers),
        methods=_methods(),
        rows=len(table),
        format=_quoted(Spec(Data(data.name)).kind),
        target=_quoted(str(schema.columns[-1].name)),
        lock=one_line(f"{stem}.lock.toml"),
        folder=_quoted(f"{stem}-output"),
        release=_quoted(f"{stem}-release"),
    )


def _stated(said: Reading) -> str:
    """Return lines of what is said of the file, in place of what would be found."""
    known = asdict(FOUND)
    stated = {k: v for k, v in asdict(said).items() if v != known[k]}
    return "".join(f"{k} = {tomlkit.item(v).as_string()}\n" for k, v in stated.items())


def _kind(column: Column, said: bool) -> str:
    """Return the line of a kind; only what was said or is left out needs to be said."""
    line = f"{_key(column.name)} = {_quoted(column.kind)}"
    return line if column.kind == "drop" or said else f"# {line}"


def _format(column: Column, said: bool) -> str:
    line = f"{_key(column.name)} = {_quoted(column.writing)}"
    return line if said else f"# {line}"


def _methods() -> str:
    names = ", ".join(f'"{m.name}"' for m in METHODS if m.name != "auto")
    margin = " " * 23 + "# "
    return fill(names, 96, initial_indent=margin, subsequent_indent=margin)


def _word(name: str) -> str:
    """Return a name as a shell reads it back; one of control characters cannot end a comment."""
    return one_line(shlex.quote(name))


def _quoted(text: str) -> str:
    return tomlkit.item(text).as_string()


def _key(name: object) -> str:
    return tomlkit.key(str(name)).as_string()
