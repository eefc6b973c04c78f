"""How commands close: what was chosen and why, how close, how private, and a command to go on."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from copulasynth._arrays import Ints
from copulasynth.cli.shared import say

if TYPE_CHECKING:
    import pyarrow as pa

    from copulasynth.model import Model
    from copulasynth.report.verdict import Verdict

__all__ = [
    "beside",
    "close",
    "close_fit",
    "close_lake",
    "close_verdict",
    "command",
    "go_on",
    "option",
]

#: Rows and columns of the glance at a fit: enough for two digits, in about a second.
_ROWS, _COLUMNS = 2000, 30
#: The number that chose, by the words of a search's reason, and how it is called.
_NUMBERS = {"lowest tv2": "tv2", "lowest DCR share": "DCR share", "quickest": "C2ST boosting"}


def command(*words: object) -> str:
    """Return a command of this program that can be pasted into a shell."""
    return shlex.join(["copulasynth", *map(str, words)])


def option(name: str, values: Sequence[str] | Path | None) -> list[str]:
    """Return an option once a value, as it is typed."""
    listed = [values] if isinstance(values, Path) else values or ()
    return [f"{name}={value}" for value in listed]


def beside(out: Path, name: str) -> Path:
    """Return the path of a file in the folder of another."""
    return out.with_name(name)


def close(lines: Sequence[str], following: str, why: str = "") -> None:
    """Print a verdict, what to do in words, and the command to go on with."""
    for line in (*lines, *([f"Advice: {why}"] if why else [])):
        say(line)
    if following:
        go_on(following)


def go_on(following: str) -> None:
    """Print the command to go on with; what is read from standard input has to be given again."""
    again = "-" in shlex.split(following)
    say(f"{'Standard input is used up; give it again to' if again else 'Next'}: {following}")


def close_verdict(verdict: "Verdict", commands: Mapping[str, str]) -> None:
    """Print the verdict of a judgement, its advice, and the command for it if there is one."""
    close(verdict.lines, commands.get(verdict.advice, ""), verdict.next)


def close_fit(
    model: "Model", data: Path, table: "pa.Table", out: Path, options: Sequence[str] = ()
) -> None:
    """Print why a model is what it is, a glance at how close and how private, and what to do."""
    synthetic = out.with_name("synthetic" + (".parquet" if data.suffix == ".parquet" else ".csv"))
    drawn = command("sample", out, "-n", model.provenance.rows, "-o", synthetic)
    kept = _kept_beside(data)
    held = () if kept is None else ("--holdout", kept)
    page = "-o", out.with_name("report.html")
    judged = command("evaluate", data, synthetic, *held, *page, *options)
    looked = command("inspect", out)
    lines = f"Chosen: {_chosen(model)}.", f"{_glance(model, table)} {_private(model, kept)}"
    close(lines, f"{drawn} && {looked if str(data) == '-' else judged}")


def close_lake(model: "Model", out: Path) -> None:
    """Print what the dependence of a table that was read in pieces rests on, and what to do."""
    rests = model.provenance.choices.get("dependence")
    lines = f"Chosen: {_chosen(model)}.", *([f"The dependence is {rests}."] if rests else [])
    lake = f"{out.parent}/synthetic/"
    close(lines, command("sample", out, "-n", model.provenance.rows, "-o", lake))


def _kept_beside(train: Path) -> Path | None:
    """Return the file that 'split' wrote beside one to fit to, if it is there."""
    name, found, ending = train.name.rpartition(".train.")
    kept = train.with_name(f"{name}.holdout.{ending}")
    return kept if found and kept.is_file() else None


def _chosen(model: "Model") -> str:
    """Return what was chosen and why, with the number that chose."""
    made = model.provenance
    best = next((row for row in made.selection if row["chosen"]), None)
    if best is None:
        return f"{_called(model)}, as asked"
    why = str(best["why"])
    name = next((n for said, n in _NUMBERS.items() if why.startswith(said)), "")
    rest = [row for row in made.selection if row is not best and _known(row.get(name))]
    if not name or not _known(best.get(name)):
        return f"{best['candidate']}; {why}"
    told = f"{best['candidate']}, {why}: {name} {best[name]:.3f}"
    nearest = min(rest, key=lambda row: float(row[name] or 0), default=None)
    return told if nearest is None else f"{told} ({nearest['candidate']} {nearest[name]:.3f})"


def _called(model: "Model") -> str:
    return model.provenance.choices.get("copula") or model.method


def _known(value: object) -> bool:
    return isinstance(value, float) and np.isfinite(value)


def _glance(model: "Model", table: "pa.Table") -> str:
    """Return how far tables of two columns are off, in some rows that the model saw."""
    from copulasynth.errors import CopulasynthError
    from copulasynth.metrics import k_marginals
    from copulasynth.report.findings import fidelity

    seed = model.provenance.seed or 0
    try:
        names = [str(c.name) for c in model.schema.columns if c.modelled][:_COLUMNS]
        drawn = model.sample(min(_ROWS, model.provenance.rows), rng=seed)
        seen = table.take(_some(len(table), seed)).select(names)
        score = k_marginals(seen, drawn.select(names), k=2, schema=model.schema, rng=seed)
    except CopulasynthError:
        return "Fidelity: not measured."
    return fidelity({"tv2": score}).text


def _some(n: int, seed: int) -> Ints:
    return np.sort(np.random.default_rng(seed).permutation(n)[:_ROWS])


def _private(model: "Model", kept: Path | None) -> str:
    if model.holds_training_rows:
        return "Privacy: the model file HOLDS TRAINING ROWS; guard it as you guard the table."
    told = "the model file holds no training rows; whether drawn rows lie too close to them"
    if kept is not None:
        return f"Privacy: {told} is judged with {kept.name}."
    return f"Privacy: {told} takes rows that were kept apart ('copulasynth split')."
