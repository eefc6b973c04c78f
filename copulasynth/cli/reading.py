"""How a table is to be read: the options of every command that reads one, in one place."""

import inspect
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import Annotated, Any

import typer

from copulasynth.rows.reading import FOUND, Reading

__all__ = ["FOUND", "Reading", "reads", "words_of"]

_PANEL = "How the table is read, where it is not found as it should be"


def _option(text: str, *names: str) -> Any:
    return typer.Option(*names, help=text, rich_help_panel=_PANEL, show_default=False)


def _options(
    missing: Annotated[
        list[str] | None,
        _option("Text that means a missing value; repeat for several. By default the empty one."),
    ] = None,
    sep: Annotated[str | None, _option("What separates cells, as ';' or '\\t'.")] = None,
    decimal: Annotated[str | None, _option("The decimal mark, . or ,")] = None,
    thousands: Annotated[str | None, _option("What groups the digits of numbers.")] = None,
    encoding: Annotated[str | None, _option("As utf-8, cp1252 or utf-16.")] = None,
    quote: Annotated[str | None, _option("What encloses cells; '' if nothing does.")] = None,
    header: Annotated[
        bool | None,
        _option("Whether the first line names columns; else c1, c2, ...", "--header/--no-header"),
    ] = None,
    comment: Annotated[str | None, _option("What begins lines that are no rows.")] = None,
    sheet: Annotated[str | None, _option("Of a workbook, a name or a number from 1.")] = None,
) -> None:
    """Stand for the options: each is as in `copulasynth.read`."""


_OPTIONS = tuple(inspect.signature(_options).parameters.values())


def words_of(reading: Reading) -> tuple[str, ...]:
    """Return the options that say how a table is to be read, as they are typed."""
    usual = asdict(FOUND)
    said = {name: value for name, value in asdict(reading).items() if value != usual[name]}
    told = [f"--missing={text}" for text in said.pop("missing", ())]
    if "header" in said:
        told.append("--header" if said.pop("header") else "--no-header")
    plain = {name: str(value).replace("\t", "\\t") for name, value in said.items()}
    return (*told, *(f"--{name}={value}" for name, value in plain.items()))


def reads(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of reading, and hand what they say on as its `reading`."""
    own = inspect.signature(command)

    @wraps(command)
    def run(**given: Any) -> None:
        said = {o.name: given.pop(o.name) for o in _OPTIONS}
        stated = {name: value for name, value in said.items() if value is not None}
        command(reading=Reading(**stated), **given)

    kept = [p for p in own.parameters.values() if p.name != "reading"]
    shown = own.replace(parameters=[*kept, *_OPTIONS])
    run.__dict__["__signature__"] = shown  # typer asks for it
    run.__annotations__ = {p.name: p.annotation for p in shown.parameters.values()}
    return run
