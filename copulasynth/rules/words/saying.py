"""What links say: ``age < 18 -> alcohol is missing``."""

from dataclasses import dataclass

from copulasynth.errors import SchemaError
from copulasynth.rules.words.reading import Reader, name_in, reader_of

__all__ = ["Said", "parse_link"]


@dataclass(frozen=True, slots=True)
class Said:
    """What a link says of a column: which of its values, or that it is missing.

    Attributes
    ----------
    column : str
    sign : {"=", "<", "<=", ">", ">=", "is"}
        "is" is followed by "missing", "present" or a missing code.
    values : tuple of float or str
        Numbers, or levels as text; several with "=" mean any of them.
    """

    column: str
    sign: str
    values: tuple[float | str, ...]

    def __str__(self) -> str:
        plain = self.sign == "is"
        shown = [v if plain and isinstance(v, str) else _written(v) for v in self.values]
        return f"{name_in(self.column)} {self.sign} {' or '.join(shown)}"


def _written(value: float | str) -> str:
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    return f"{value:.0f}" if value == round(value) and abs(value) < 1e15 else repr(value)


def parse_link(formula: str) -> tuple[tuple[Said, ...], tuple[Said, ...]]:
    """Return what decides, which holds together or not at all, and what is decided by it.

    One value by itself, `renovated = 0`, is set aside and decides nothing.

    >>> parse_link('age < 18 -> alcohol is missing and plan = "child" or none')[1][1]
    Said(column='plan', sign='=', values=('child', 'none'))
    """
    reader = reader_of(formula)
    deciding, decided = [_said(reader)], []
    while reader.take("<->"):
        deciding.append(_said(reader))
    if reader.take("->"):
        decided = [_said(reader)]
        while reader.take("and"):
            decided.append(_said(reader))
    reader.end()
    # whether a value is there, and which one it is, are two things
    columns = [(said.column, said.sign == "is") for said in (*deciding, *decided)]
    if len(columns) < 2 and deciding[0].sign != "=":
        raise SchemaError(f"formula {formula!r}: expected '->' or '<->' between two columns")
    if len(set(columns)) < len(columns):
        raise SchemaError(f"formula {formula!r} names a column twice")
    return tuple(deciding), tuple(decided)


def _said(reader: Reader) -> Said:
    column = reader.name()
    sign = reader.take("is", "=", "<", "<=", ">", ">=")
    if sign is None:
        raise SchemaError(
            f"formula {reader.formula!r}: expected =, <, >= or 'is missing' behind {column!r}, "
            f"found {reader.peek().text!r}"
        )
    values = [_value_of(reader)]
    while sign == "=" and reader.take("or"):
        values.append(_value_of(reader))
    return Said(column, sign, tuple(values))


def _value_of(reader: Reader) -> float | str:
    minus = -1.0 if reader.take("-") else 1.0
    token = reader.expect("a value", "number", "text", "word", "quoted")
    return minus * float(token.text) if token.kind == "number" else token.text
