"""Formulas of rules: read by a parser of their own, never run as code.

total = price * quantity              a name is a column; `` `unit price` `` needs quotes
bmi = 10000 * weight / height^2       + - * / ^ ( ) min(a, b) max(a, b) abs(a) round(a)
start <= end <= close                 an order
age < 18 -> alcohol is missing        a link: one way ->, both ways <->
plan = "no data" -> usage = 0         levels are words or texts in double quotes
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from copulasynth._arrays import Floats, put
from copulasynth.errors import SchemaError

__all__ = ["Expression", "Said", "name_in", "parse_identity", "parse_link", "parse_order"]

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)|`(?P<quoted>[^`]+)`"
    r'|"(?P<text>[^"]*)"|(?P<word>[^\W\d]\w*(?:\.\w+)*(?: \[state\])?)'
    r"|(?P<sign><->|->|<=|>=|!=|[-+*/^(),=<>]))"
)
_SIMPLE = re.compile(r"[^\W\d]\w*(?:\.\w+)*")
_FUNCTIONS: dict[str, Callable[..., Floats]] = {
    "min": np.minimum,
    "max": np.maximum,
    "abs": np.abs,
    "round": np.round,
}
_OPERATORS: dict[str, Callable[..., Floats]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
}
_ARGUMENTS = {"min": 2, "max": 2, "abs": 1, "round": 1}
#: Formulas are short; a longer one is no formula, and a deeper one could exhaust the stack.
_LONGEST, _DEEPEST = 2000, 40

Tree = tuple[object, ...]


def name_in(name: str) -> str:
    """Return a column's name as a formula writes it.

    >>> name_in("price"), name_in("unit price")
    ('price', '`unit price`')
    """
    return (
        name
        if _SIMPLE.fullmatch(name) and name not in ("is", "and", "or", *_FUNCTIONS)
        else f"`{name}`"
    )


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    end: int


def _tokens(formula: str) -> list[_Token]:
    if len(formula) > _LONGEST:
        raise SchemaError(f"a formula has at most {_LONGEST} characters, got {len(formula)}")
    found, place = [], 0
    while place < len(formula.rstrip()):
        match = _TOKEN.match(formula, place)
        if match is None:
            raise SchemaError(
                f"formula {formula!r}: cannot read {formula[place:].strip()[:20]!r}. Put names of "
                "columns that are no plain words into `backquotes`, levels into double quotes."
            )
        kind = match.lastgroup or ""
        place = match.end()
        found.append(_Token(kind, match[kind], place))
    return found


@dataclass(slots=True)
class _Reader:
    """A place in the tokens of a formula."""

    formula: str
    tokens: list[_Token]
    place: int = 0
    names: list[str] = field(default_factory=list)

    def peek(self) -> _Token:
        end = self.place >= len(self.tokens)
        return _Token("end", "the end", len(self.formula)) if end else self.tokens[self.place]

    def take(self, *texts: str) -> str | None:
        """Take the next token if it is one of these signs or words."""
        token = self.peek()
        if token.kind in ("sign", "word") and token.text in texts:
            self.place += 1
            return token.text
        return None

    def expect(self, what: str, *kinds: str) -> _Token:
        token = self.peek()
        if token.kind not in kinds:
            raise SchemaError(f"formula {self.formula!r}: expected {what}, found {token.text!r}")
        self.place += 1
        return token

    def name(self) -> str:
        name = self.expect("a column", "word", "quoted").text
        if name not in self.names:
            self.names.append(name)
        return name

    def end(self) -> None:
        if self.peek().kind != "end":
            raise SchemaError(f"formula {self.formula!r}: did not expect {self.peek().text!r}")

    def sum(self, depth: int = 0) -> Tree:
        tree = self.product(depth)
        while sign := self.take("+", "-"):
            tree = (sign, tree, self.product(depth))
        return tree

    def product(self, depth: int) -> Tree:
        tree = self.power(depth)
        while sign := self.take("*", "/"):
            tree = (sign, tree, self.power(depth))
        return tree

    def power(self, depth: int) -> Tree:
        if depth > _DEEPEST:
            raise SchemaError(f"formula {self.formula!r} is nested too deeply")
        if self.take("-"):
            return ("-", (0.0,), self.power(depth + 1))
        tree = self.atom(depth)
        return ("^", tree, self.power(depth + 1)) if self.take("^") else tree

    def atom(self, depth: int) -> Tree:
        token = self.peek()
        if token.kind == "number":
            self.place += 1
            return (float(token.text),)
        if self.take("("):
            tree = self.sum(depth + 1)
            self.expect_sign(")")
            return tree
        if token.kind == "word" and token.text in _FUNCTIONS:
            return self.call(depth)
        return ("name", self.name())

    def call(self, depth: int) -> Tree:
        what = self.expect("a function", "word").text
        self.expect_sign("(")
        arguments = [self.sum(depth + 1)]
        while self.take(","):
            arguments.append(self.sum(depth + 1))
        self.expect_sign(")")
        if len(arguments) != _ARGUMENTS[what]:
            raise SchemaError(f"formula {self.formula!r}: {what} takes {_ARGUMENTS[what]} values")
        return (what, *arguments)

    def expect_sign(self, sign: str) -> None:
        if not self.take(sign):
            raise SchemaError(
                f"formula {self.formula!r}: expected {sign!r}, found {self.peek().text!r}"
            )


@dataclass(frozen=True, slots=True)
class Expression:
    """A function of some columns that a formula writes; `text` is its right-hand side.

    Examples
    --------
    >>> bmi = Expression("10000 * weight / height^2", ("weight", "height"))
    >>> bmi(np.array([[70.0], [175.0]])).round(2).tolist()
    [22.86]
    """

    text: str
    names: tuple[str, ...]
    tree: Tree = field(init=False, repr=False)

    def __post_init__(self) -> None:
        reader = _Reader(self.text, _tokens(self.text))
        put(self, tree=reader.sum())
        reader.end()
        if unknown := set(reader.names) - set(self.names):
            raise SchemaError(f"formula {self.text!r}: no parent is called {sorted(unknown)[0]!r}")

    def __call__(self, parents: Floats, /) -> Floats:
        if len(parents) != len(self.names):
            raise ValueError(f"{self.text!r} has {len(self.names)} parents, got {len(parents)}")
        with np.errstate(all="ignore"):
            value = _value(self.tree, dict(zip(self.names, parents, strict=True)))
        return np.broadcast_to(np.asarray(value, dtype=np.float64), parents.shape[1:]).copy()


def _value(tree: Tree, values: Mapping[str, Floats]) -> Floats | float:
    head = tree[0]
    if isinstance(head, float):
        return head
    if head == "name":
        return values[str(tree[1])]
    operation = {**_OPERATORS, **_FUNCTIONS}[str(head)]
    return operation(*(_value(part, values) for part in tree[1:] if isinstance(part, tuple)))


def parse_identity(formula: str) -> tuple[str, Expression]:
    """Return the target and the function of a formula such as ``"total = price * quantity"``.

    Raises
    ------
    SchemaError
        If it is no such formula; the message says where.
    """
    reader = _Reader(formula, _tokens(formula))
    target = reader.name()
    reader.expect_sign("=")
    right = formula[reader.tokens[reader.place - 1].end :]
    reader.names.clear()
    reader.sum()
    reader.end()
    if target in reader.names or not reader.names:
        raise SchemaError(f"formula {formula!r}: {target!r} must follow from other columns")
    return target, Expression(right.strip(), tuple(reader.names))


def parse_order(formula: str) -> tuple[tuple[str | float, ...], tuple[bool, ...]]:
    """Return the columns and constants of a chain from least to greatest, and where it is strict.

    >>> parse_order("0 <= start < end")
    ((0.0, 'start', 'end'), (False, True))
    """
    reader = _Reader(formula, _tokens(formula))
    terms, signs = [_term(reader)], []
    while sign := reader.take("<", "<=", ">", ">="):
        signs.append(sign)
        terms.append(_term(reader))
    reader.end()
    if not signs or len({sign[0] for sign in signs}) > 1:
        raise SchemaError(f"formula {formula!r}: an order reads a <= b <= c, or a >= b")
    strict = tuple(len(sign) == 1 for sign in signs)
    if signs[0][0] == ">":
        return tuple(terms[::-1]), strict[::-1]
    return tuple(terms), strict


def _term(reader: _Reader) -> str | float:
    minus = -1.0 if reader.take("-") else 1.0
    if reader.peek().kind == "number" or minus < 0:
        return minus * float(reader.expect("a number", "number").text)
    return reader.name()


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
        return '"' + value.replace('"', "'") + '"'
    return f"{value:.0f}" if value == round(value) and abs(value) < 1e15 else repr(value)


def parse_link(formula: str) -> tuple[tuple[Said, ...], tuple[Said, ...]]:
    """Return what decides, which holds together or not at all, and what is decided by it.

    >>> parse_link('age < 18 -> alcohol is missing and plan = "child" or none')[1][1]
    Said(column='plan', sign='=', values=('child', 'none'))
    """
    reader = _Reader(formula, _tokens(formula))
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
    if len(columns) < 2:
        raise SchemaError(f"formula {formula!r}: expected '->' or '<->' between two columns")
    if len(set(columns)) < len(columns):
        raise SchemaError(f"formula {formula!r} names a column twice")
    return tuple(deciding), tuple(decided)


def _said(reader: _Reader) -> Said:
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


def _value_of(reader: _Reader) -> float | str:
    minus = -1.0 if reader.take("-") else 1.0
    token = reader.expect("a value", "number", "text", "word", "quoted")
    return minus * float(token.text) if token.kind == "number" else token.text
