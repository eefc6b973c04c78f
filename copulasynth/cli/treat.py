"""The command `copulasynth treat`: arguments, and what was done in words."""

from pathlib import Path
from typing import Annotated

import typer

from copulasynth._write import check_outputs
from copulasynth.cli.reading import FOUND, UNDECLARED, Declaration, Reading, reads
from copulasynth.cli.shared import Data, pairs, read_all, say, working

__all__ = ["treat"]


@reads
def treat(
    data: Data,
    out: Annotated[
        Path, typer.Option("-o", "--out", help="A file to write, such as .csv or .xlsx.")
    ],
    k_min: Annotated[
        int, typer.Option(help="Least number of rows behind a level, a gap and a bound.", min=1)
    ] = 10,
    public: Annotated[
        list[str] | None,
        typer.Option(help="A column whose bounds and levels are public; repeatable."),
    ] = None,
    rounding: Annotated[
        list[str] | None,
        typer.Option(
            "--round", help="COLUMN=STEP: a number, or year, month, day for dates; repeatable."
        ),
    ] = None,
    ends: Annotated[bool, typer.Option(help="Top and bottom codes of numbers and dates.")] = True,
    levels: Annotated[bool, typer.Option(help="Merge rare levels and gaps.")] = True,
    train: Annotated[
        Path | None,
        typer.Option(help="Training rows, if DATA is synthetic: what replicates one is left out."),
    ] = None,
    keys: Annotated[
        list[str] | None,
        typer.Option(help="With --train: a column that an intruder knows; repeatable."),
    ] = None,
    label: Annotated[
        str | None, typer.Option(help="Text of a last column that says what the rows are.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(help="Column of whose rows they are: --k-min counts persons.")
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option(help="A column to leave out; repeatable.")
    ] = None,
    record: Annotated[
        Path | None, typer.Option(help="Write here what was done, as JSON; it names no value.")
    ] = None,
    told: Declaration = UNDECLARED,
    reading: Reading = FOUND,
) -> None:
    """Merge what few rows of a table have: rare levels and gaps, outermost numbers and dates."""
    from copulasynth.privacy import treat as treat_table
    from copulasynth.rows.files import write_table
    from copulasynth.rows.sinks import kind_of

    check_outputs([path for path in (out, record) if path is not None], [data, train, told.schema])
    kind_of(out)
    steps = pairs(rounding, "round")
    kept, table = read_all([train, data], reading)
    with working(f"treating {data.name}"):
        treated = treat_table(
            table,
            k_min=k_min,
            public=public or (),
            schema=told.of(table),
            rounding=steps,
            ends=ends,
            levels=levels,
            unlike=kept,
            keys=keys or (),
            label=label,
            unit=unit,
            drop=drop or (),
        )
    write_table(treated.table, out)
    treated.summary()
    if record is not None:
        treated.to_json(record)
        say(f"what was done written to {record}")
    say(f"{len(treated.table):,} rows written to {out}")
