"""How a table is to be read, and what its columns are: options of every command that reads one."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copulasynth.cli.shared import Formats, Kinds, SchemaFile, declared
from copulasynth.errors import DataError
from copulasynth.rows.reading import FOUND, Reading

if TYPE_CHECKING:
    from copulasynth.schema import Schema, Tabular

__all__ = ["FOUND", "UNDECLARED", "Declaration", "Reading", "reads", "words_of"]

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


def words_of(reading: Reading) -> tuple[str, ...]:
    """Return the options that say how a table is to be read, as they are typed."""
    usual = asdict(FOUND)
    said = {name: value for name, value in asdict(reading).items() if value != usual[name]}
    told = [f"--missing={text}" for text in said.pop("missing", ())]
    if "header" in said:
        told.append("--header" if said.pop("header") else "--no-header")
    plain = {name: str(value).replace("\t", "\\t") for name, value in said.items()}
    return (*told, *(f"--{name}={value}" for name, value in plain.items()))


def _of_columns(schema: SchemaFile = None, kind: Kinds = None, form: Formats = None) -> None:
    """Stand for the options that say what columns are."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a command is told of the columns of its table: a schema file, or kinds and forms.

    Attributes
    ----------
    schema : Path or None
    kind, form : sequence of str
        As they are typed: NAME=KIND, NAME=FORM.
    """

    schema: Path | None = None
    kind: Sequence[str] | None = None
    form: Sequence[str] | None = None

    def __post_init__(self) -> None:
        declared(self.kind, self.form)
        if self.schema is not None and (self.kind or self.form):
            raise DataError("give --schema, or --kind and --format, not both")

    def of(self, table: "Tabular") -> "Schema | None":
        """Return the schema of a file, or that of a table where something is declared of it."""
        from copulasynth.schema import Schema

        if self.kind or self.form:
            return Schema.infer(table, **declared(self.kind, self.form))
        return None if self.schema is None else Schema.from_file(self.schema)

    @property
    def asked(self) -> dict[str, Any]:
        """What a fit is told: a schema, or kinds and forms."""
        from copulasynth.schema import Schema

        if self.schema is not None:
            return {"schema": Schema.from_file(self.schema)}
        return dict(declared(self.kind, self.form))

    @property
    def words(self) -> tuple[str, ...]:
        """The options as they are typed."""
        given = {"kind": self.kind or (), "format": self.form or ()}
        told = [f"--{name}={item}" for name, items in given.items() for item in items]
        return (*([] if self.schema is None else [f"--schema={self.schema}"]), *told)


#: Nothing is said of columns.
UNDECLARED = Declaration()


def _options_of(stand_in: Callable[..., None]) -> tuple[inspect.Parameter, ...]:
    return tuple(inspect.signature(stand_in).parameters.values())


#: By the parameter of a command that takes what its options say: these, and what is made of them.
_SETS: dict[str, tuple[tuple[inspect.Parameter, ...], Callable[..., Any]]] = {
    "told": (_options_of(_of_columns), Declaration),
    "reading": (_options_of(_options), Reading),
}


def reads(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of reading, and hand what they say on as its `reading`.

    A command that has a parameter `told` is given those that say what columns are, too.
    """
    own = inspect.signature(command)
    sets = {name: made for name, made in _SETS.items() if name in own.parameters}

    @wraps(command)
    def run(**given: Any) -> None:
        handed = {}
        for name, (options, make) in sets.items():
            said = {o.name: given.pop(o.name) for o in options}
            handed[name] = make(**{k: value for k, value in said.items() if value is not None})
        command(**handed, **given)

    kept = [p for p in own.parameters.values() if p.name not in sets]
    added = [option for options, _ in sets.values() for option in options]
    shown = own.replace(parameters=[*kept, *added])
    run.__dict__["__signature__"] = shown  # typer asks for it
    run.__annotations__ = {p.name: p.annotation for p in shown.parameters.values()}
    return run
