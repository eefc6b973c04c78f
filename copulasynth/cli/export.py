"""The command that writes a model that can leave."""

from pathlib import Path
from typing import Annotated

import typer

from copulasynth._masking import K_MIN
from copulasynth._write import check_outputs
from copulasynth.cli.shared import ModelPath, say, waiting


def export(
    model: ModelPath,
    out: Annotated[Path, typer.Option("-o", "--out", help="Model file to write.")],
    k_min: Annotated[
        int, typer.Option(help="Fewest rows that anything in the file rests on.", min=1)
    ] = K_MIN,
    force: Annotated[
        bool,
        typer.Option("--force", help="Write a model that holds rows as it is, for your own use."),
    ] = False,
) -> None:
    """Write a model file that can leave: nothing in it rests on a few rows of the table."""
    from rich.console import Console
    from rich.table import Table

    from copulasynth.synthesizers.stored import load

    check_outputs([out], [model])
    with waiting(f"exporting {model.name}"):
        left = load(model).export_release(out, k_min, force)
    release = left.provenance.release
    if release is None:
        say(f"{left!r} saved to {out}: it is NOT fit to leave", note=True)
        return
    if release.suppressed:
        shown = Table("column", "suppressed", "rows moved", box=None, pad_edge=False)
        for name, count in release.suppressed.items():
            shown.add_row(name, str(count), f"{release.moved.get(name, 0.0):.1%}")
        Console().print(shown)
    held = left.disclose()
    least = int(held["rows"].min()) if len(held) else 0
    say(f"{int(held['k'].sum()):,} entries left; each rests on {least} rows or more")
    say(f"{left!r} saved to {out}")
