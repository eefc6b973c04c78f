"""The errors and warnings that users see; each message says what came, where, and what to do."""

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = [
    "ArgumentError",
    "CopulasynthError",
    "DataError",
    "FitWarning",
    "MissingExtraError",
    "MissingPartError",
    "ModelFileError",
    "OutputError",
    "SamplingError",
    "SamplingWarning",
    "SchemaError",
    "SpecError",
    "VariableError",
    "did_you_mean",
    "no_column",
    "several",
]


#: Names that a message lists.
_MOST = 40


def did_you_mean(name: object, known: Iterable[object]) -> str:
    """Return which of the known names was meant, or all of them, for the end of a message.

    Examples
    --------
    >>> did_you_mean("gausian", ["gaussian", "vine"]), did_you_mean("x", ["gaussian", "vine"])
    ("did you mean 'gaussian'?", 'choose one of gaussian, vine.')
    """
    names = [str(one) for one in known]
    near = get_close_matches(str(name), names, 1)
    if near:
        return f"did you mean {near[0]!r}?"
    rest = f", ... ({len(names)} in all)" if len(names) > _MOST else ""
    return f"choose one of {', '.join(names[:_MOST])}{rest}."


def no_column(name: object, known: Iterable[object], where: str = "") -> str:
    """Return the message about a column that is not there.

    Examples
    --------
    >>> no_column("agee", ["age", "plan"])
    "there is no column 'agee'; did you mean 'age'?"
    """
    return f"{where and where + ': '}there is no column {name!r}; {did_you_mean(name, known)}"


def several(n: int, what: str) -> str:
    """Return a number of things in words.

    Examples
    --------
    >>> several(1, "group"), several(1200, "row")
    ('1 group', '1,200 rows')
    """
    return f"{n:,} {what}{'' if n == 1 else 's'}"


class CopulasynthError(Exception):
    """Base of every error that copulasynth raises on purpose."""


class DataError(CopulasynthError, ValueError):
    """The data, or an argument that describes them, cannot be used as they are."""


class ArgumentError(CopulasynthError, TypeError):
    """An argument is of a type that the function does not take; the message says which it takes."""


class MissingPartError(CopulasynthError, AttributeError):
    """A model is asked for a part that its method does not have, such as a copula of a tree."""


class VariableError(DataError):
    """Some variables of a table cannot be used; who knows their names says them.

    Attributes
    ----------
    variables : tuple of int
        Their numbers, from 0.
    template : str
        The message, with ``{}`` in the place of what the variables are called.
    """

    def __init__(self, variables: Iterable[int], template: str) -> None:
        self.variables, self.template = tuple(variables), template
        super().__init__(self.variables, template)

    def __str__(self) -> str:
        return self.template.format("variable " + ", ".join(map(str, self.variables)))


class SchemaError(DataError):
    """A schema, or its file, contradicts itself or the table."""


class SpecError(CopulasynthError, ValueError):
    """A run file (spec.toml) asks for what does not exist; the message names the line."""


class ModelFileError(CopulasynthError, ValueError):
    """A model file is truncated, hostile, of another version, or no model file at all."""


class SamplingError(CopulasynthError, RuntimeError):
    """Rows that were asked for cannot be drawn; the message gives the acceptance rate or cause."""


class OutputError(CopulasynthError, OSError):
    """A file could not be written; nothing half-written was left behind."""


class MissingExtraError(CopulasynthError, ImportError):
    """An optional dependency is not installed; the message gives the command that installs it."""


class FitWarning(UserWarning):
    """Something was replaced while fitting: the message names column, cause and replacement."""


class SamplingWarning(RuntimeWarning):
    """The rows that were asked for are drawn, and are the same, but otherwise than was asked."""
