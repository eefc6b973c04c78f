"""The command `copulasynth gate`: arguments, the record, and the command to go on with."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from copulasynth._write import check_outputs, write_text
from copulasynth.cli.closing import beside, command, go_on, option
from copulasynth.cli.reading import FOUND, UNDECLARED, Declaration, Reading, reads, words_of
from copulasynth.cli.shared import (
    Json,
    Seed,
    outputs,
    read_all,
    say,
    seed_of,
    tell_seed,
    working,
)
from copulasynth.errors import DataError

if TYPE_CHECKING:
    from copulasynth.privacy import GateResult
    from copulasynth.schema import Schema, Tabular

__all__ = ["gate"]

_PAGE = ".html"


@reads
def gate(
    train: Annotated[
        Path | None, typer.Argument(help="The table that the synthesizer was trained on.")
    ] = None,
    synthetic: Annotated[
        Path | None,
        typer.Argument(help="The table to release, or a model file: as many rows are drawn of it."),
    ] = None,
    holdout: Annotated[
        Path | None, typer.Option(help="Real rows that the synthesizer never saw.")
    ] = None,
    policy: Annotated[Path | None, typer.Option(help="Limits, as a TOML file.")] = None,
    write_policy: Annotated[
        bool, typer.Option("--write-policy", help="Write the default policy, and stop.")
    ] = False,
    out: Annotated[
        Path,
        typer.Option("-o", "--out", help="Result to write: .html is a page to sign, .json data."),
    ] = Path("gate.json"),
    json: Json = None,
    audit: Annotated[
        Path | None, typer.Option(help="What 'copulasynth audit' found, for step 6.")
    ] = None,
    told: Declaration = UNDECLARED,
    reading: Reading = FOUND,
    seed: Seed = None,
) -> None:
    """Check a table before release; exit code 0 is a pass, 1 a fail, 3 a required step NOT RUN."""
    from copulasynth.privacy import gate as gate_tables
    from copulasynth.privacy import read_audit, read_policy
    from copulasynth.synthesizers.stored import load

    if write_policy:
        _write_policy(policy or Path("policy.toml"))
        return
    if train is None or synthetic is None:
        raise DataError("gate takes two tables: copulasynth gate TRAIN SYNTHETIC --holdout KEPT")
    if out.suffix.lower() not in (_PAGE, ".json"):
        raise DataError(f"-o {out}: give a name that ends in .html (a page) or .json (all numbers)")
    check_outputs(outputs(out, json), [train, synthetic, holdout, policy, audit, told.schema])
    limits = None if policy is None else read_policy(policy)
    shadow = None if audit is None else read_audit(audit)
    drawn = synthetic.suffix == ".json"
    seen, made, kept = read_all([train, None if drawn else synthetic, holdout], reading)
    known = told.of(seen)
    rng = seed_of(seed)
    model = load(synthetic) if drawn else None
    if model is not None:
        made = model.sample(len(seen), rng=rng)
    with working(f"attacking {synthetic.name}"):
        found = gate_tables(
            seen,
            made,
            holdout=kept,
            policy=limits,
            schema=known,
            model=model,
            audit=shadow,
            rng=rng,
        )
    tell_seed(seed, rng)
    found.summary()
    held = "without a holdout" if holdout is None else f"with {holdout.name} as the holdout"
    limits_of = "default policy" if policy is None else f"policy {policy.name}"
    _record(found, out, json, f"{synthetic.name} against {train.name}, {held}; {limits_of}")
    said = *told.words, *words_of(reading)
    go_on(_after_gate(found, (train, synthetic, holdout), out, said, _unfit(found, seen, known)))
    if not found.passed:
        raise typer.Exit(1 if found.failed else 3)


def _after_gate(
    found: "GateResult",
    tables: tuple[Path, Path, Path | None],
    out: Path,
    said: Sequence[str],
    unfit: Sequence[str],
) -> str:
    """Return the command to go on with after a gate."""
    train, synthetic, holdout = tables
    if found.failed:
        from copulasynth.rows.kinds import ending_of
        from copulasynth.rows.sinks import written_as

        treated = beside(out, f"treated.{written_as(ending_of(train)[0], 'csv')}")
        return command("treat", train, "-o", treated, *option("--drop", unfit), *said)
    if holdout is None:
        return command("split", train, "--holdout", 0.5, *said)
    page = "-o", out.with_suffix(".html")
    return command("gate", train, synthetic, "--holdout", holdout, *page, *said)


def _unfit(found: "GateResult", train: "Tabular", schema: "Schema | None") -> list[str]:
    """Return the columns that must be dropped before the table can be treated."""
    from copulasynth.privacy import thin_columns

    return thin_columns(train, schema=schema) if found.failed else []


def _record(found: "GateResult", out: Path, json: Path | None, origin: str) -> None:
    """Write a gate's result as a page or as data, as the name says, and as JSON if asked for."""
    from copulasynth.report import render_html

    if out.suffix.lower() == _PAGE:
        write_text(out, render_html(found, origin=origin))
    else:
        found.to_json(out)
    if json is not None:
        found.to_json(json)
    for path in outputs(out, json):
        say(f"result written to {path}")


def _write_policy(target: Path) -> None:
    from copulasynth.privacy.policy import policy_text

    if target.exists():
        raise DataError(f"{target} exists already; it was not touched.")
    write_text(target, policy_text())
    say(f"policy written to {target}; edit it and pass it on with --policy {target}")
