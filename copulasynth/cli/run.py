"""The commands `copulasynth run` and `copulasynth init`: arguments and progress only."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copulasynth.cli.closing import close, command
from copulasynth.cli.ending import undisturbed
from copulasynth.cli.reading import FOUND, Reading, reads
from copulasynth.cli.shared import Data, Formats, Kinds, declared, noting, say, stages, waiting

if TYPE_CHECKING:
    from copulasynth.run.execute import Finished

__all__ = ["init", "run"]


def run(
    spec: Annotated[Path, typer.Argument(help="A run file; 'copulasynth init' writes one.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen and how long; write nothing.")
    ] = False,
    locked: Annotated[
        bool,
        typer.Option(
            "--locked", help="Refuse if versions, settings or bytes differ from the lock."
        ),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace an output folder that holds another run.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Output folder, in place of the file's.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed, in place of the file's.", min=0)] = None,
    workers: Annotated[
        int | None,
        typer.Option(help="They change the time, not a byte.", min=1),
    ] = None,
) -> None:
    """Do what a run file says: fit, draw, judge, report, all into one folder.

    With a section "release", a second folder has what may leave, if the release gate lets it; the
    exit code is then that of the gate: 0 for a pass, 1 for a fail, 3 for a required step NOT RUN.
    """
    settings: dict[str, Any] = {"seed": seed, "workers": workers, "folder": out}
    if dry_run:
        from copulasynth.run.estimate import explain

        with waiting(f"trying {spec.name} on a few rows"):
            lines = explain(spec, **settings)
        for line in lines:
            typer.echo(line)
        return
    from copulasynth.run import run_spec

    with ExitStack() as after:
        with stages() as watch:
            done = run_spec(spec, force=force, locked=locked, watch=watch, **settings)
            after.enter_context(undisturbed())
        _say_how(done)


def _say_how(done: "Finished") -> None:
    """Say what a run left; the exit code is that of the gate, if it was held against one."""
    origin = done.manifest["seed"]["origin"]
    if origin != "given":
        say(f"seed {done.manifest['seed']['value']} ({origin}; kept in {done.lock})")
    for name, file in done.manifest["outputs"].items():
        say(f"{done.folder / name}  {_size(file['bytes'])}")
    seconds = sum(t["seconds"] for t in done.manifest["timings"].values())
    say(f"{done.folder / 'manifest.json'}  what was made of what, in {seconds:.0f} s")
    if done.verdict is not None:
        close(_lines(done), _after(done), done.verdict.next)
    if done.gate is not None:
        done.gate.summary()
        if done.release is None:
            older = f"; {done.stale} is of an earlier run, delete it" if done.stale else ""
            say(f"nothing was released{older}")
            raise typer.Exit(1 if done.gate.failed else 3)
        say(f"{done.release}  what may leave")


@reads
def init(
    data: Data,
    out: Annotated[Path, typer.Option("-o", "--out", help="Run file to write.")] = Path(
        "spec.toml"
    ),
    force: Annotated[bool, typer.Option("--force", help="Replace an older run file.")] = False,
    kind: Kinds = None,
    form: Formats = None,
    reading: Reading = FOUND,
) -> None:
    """Write a run file for a table, with every entry explained, to edit and run."""
    from copulasynth.run.starter import write_starter

    with noting(), waiting(f"looking at {data.name}"):
        write_starter(data, out, force=force, said=reading, **declared(kind, form))
    say(f"{out} written; look at it, then: copulasynth run {out} --dry-run")


def _lines(done: "Finished") -> list[str]:
    """Return what was chosen, how close and how private."""
    assert done.verdict is not None
    choices = done.manifest["choices"]
    chosen = choices.get("copula") or choices.get("method") or "the method of the run file"
    return [f"Chosen: {chosen}, fitted to {done.manifest['rows']['train']:,} rows.",
            " ".join(done.verdict.lines)]  # fmt: skip


def _after(done: "Finished") -> str:
    """Return the command to go on with."""
    assert done.verdict is not None
    if done.verdict.advice == "method":
        return command("compare", done.lock.parent / done.manifest["settings"]["data"]["path"])
    return command("inspect", done.folder / "model.json")


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"
