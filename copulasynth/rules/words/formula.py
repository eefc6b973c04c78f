"""Formulas of rules: read by a parser of their own, never run as code.

total = price * quantity              a name is a column; `` `unit price` `` needs quotes
bmi = 10000 * weight / height^2       + - * / ^ ( ) min(a, b) max(a, b) abs(a)
points = floor(total / 10)            round(a) floor(a) ceil(a)
fee = 5 + 4 * step(amount, 100)       1 from 100 on, 0 below
late = delivered > due                a flag that compares: < <= > >= = !=
price = list or 0.9 * list            a tie: in a share of the rows one or the other
start <= end <= close                 an order
age < 18 -> alcohol is missing        a link: one way ->, both ways <->
plan = "no data" -> usage = 0         levels are words or texts in double quotes
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from copulasynth._arrays import Floats, put
from copulasynth.errors import SchemaError
from copulasynth.rules.words.reading import Reader, Tree, reader_of

__all__ = ["Expression", "alternatives", "expressed", "parse_comparison", "parse_identity"]
__all__ += ["parse_order", "strict_in"]

#: Decimals beyond which a number differs from a whole one by errors of arithmetic.
_WHOLE = 9

_FUNCTIONS: dict[str, Callable[..., Floats]] = {
    "min": np.minimum,
    "max": np.maximum,
    "abs": np.abs,
    "round": np.round,
    # 0.3 / 0.1 is no less than 3
    "floor": lambda x: np.floor(np.round(x, _WHOLE)),
    "ceil": lambda x: np.ceil(np.round(x, _WHOLE)),
    "step": lambda x, at: np.greater_equal(x, at).astype(np.float64),
}
_OPERATORS: dict[str, Callable[..., Floats]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
}


def expressed(text: str, names: tuple[str, ...]) -> "Expression | None":
    """Return a function of columns that was found, or None if a formula cannot name these."""
    try:
        return Expression(text, names)
    except SchemaError:
        return None


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
        reader = reader_of(self.text)
        put(self, tree=reader.sum())
        reader.end()
        if unknown := set(reader.names) - set(self.names):
            raise SchemaError(f"formula {self.text!r}: no parent is called {sorted(unknown)[0]!r}")

    @property
    def folds(self) -> bool:
        """Whether it has min, max, step or a rounding in it, and so is no sum or product."""
        return _folds(self.tree)

    def __call__(self, parents: Floats, /) -> Floats:
        if len(parents) != len(self.names):
            raise ValueError(f"{self.text!r} has {len(self.names)} parents, got {len(parents)}")
        with np.errstate(all="ignore"):
            value = _value(self.tree, dict(zip(self.names, parents, strict=True)))
        return np.broadcast_to(np.asarray(value, dtype=np.float64), parents.shape[1:]).copy()


def _folds(tree: Tree) -> bool:
    parts = (part for part in tree[1:] if isinstance(part, tuple))
    return tree[0] in _FUNCTIONS or (tree[0] != "name" and any(map(_folds, parts)))


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
    reader = reader_of(formula)
    target = reader.name()
    reader.expect_sign("=")
    right = formula[reader.tokens[reader.place - 1].end :]
    reader.names.clear()
    reader.sum()
    reader.end()
    if target in reader.names or not reader.names:
        raise SchemaError(f"formula {formula!r}: {target!r} must follow from other columns")
    return target, Expression(right.strip(), tuple(reader.names))


def alternatives(formula: str) -> tuple[str, ...]:
    """Return the formulas of identities one of which a tie says to hold.

    >>> alternatives("price = list or 0.9 * list")
    ('price = list', 'price = 0.9 * list')

    Raises
    ------
    SchemaError
        If it is no such formula.
    """
    reader = reader_of(formula)
    reader.name()
    reader.expect_sign("=")
    first = reader.tokens[reader.place - 1].end
    found: list[str] = []
    while not found or reader.take("or"):
        begin = reader.tokens[reader.place - 1].end
        reader.sum()
        end = reader.tokens[reader.place - 1].end
        found.append(f"{formula[:first].strip()} {formula[begin:end].strip()}")
    reader.end()
    return tuple(found)


def parse_comparison(formula: str) -> tuple[str, Expression, str, str] | None:
    """Return target, left less right, sign, and right-hand side of ``"late = delivered > due"``.

    None where the formula compares nothing.

    Raises
    ------
    SchemaError
        If it is no formula of an identity.
    """
    reader = reader_of(formula)
    target = reader.name()
    reader.expect_sign("=")
    ends = [reader.tokens[reader.place - 1].end]
    reader.names.clear()
    reader.sum()
    ends.append(reader.tokens[reader.place - 1].end)
    sign = reader.take("<", "<=", ">", ">=", "=", "!=")
    if sign is None:
        return None
    ends.append(reader.tokens[reader.place - 1].end)
    reader.sum()
    reader.end()
    sides = [formula[ends[0] : ends[1]].strip(), formula[ends[2] :].strip()]
    names = tuple(reader.names)
    if target in names or not names:
        raise SchemaError(f"formula {formula!r}: {target!r} must follow from other columns")
    gap = Expression(f"({sides[0]}) - ({sides[1]})", names)
    return target, gap, sign, formula[ends[0] :].strip()


def parse_order(formula: str) -> tuple[tuple[str | float, ...], tuple[bool, ...]]:
    """Return the columns and constants of a chain from least to greatest, and where it is strict.

    >>> parse_order("0 <= start < end")
    ((0.0, 'start', 'end'), (False, True))
    """
    reader = reader_of(formula)
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


def strict_in(formula: str, columns: Sequence[str]) -> list[bool]:
    """Return for each two neighbours of some columns whether an order says that they differ.

    Names may hold signs themselves, as those of parts do.

    >>> strict_in("`a | < 4` <= b < c", ("a | < 4", "b")), strict_in("a <= b < c", ("b", "c"))
    ([False], [True])
    """
    pairs = list(pairwise(columns))
    try:
        terms, strict = parse_order(formula)
    except SchemaError:
        # names that no formula can hold
        for name in sorted(columns, key=len, reverse=True):
            formula = formula.replace(name, "")
        return ["<" in formula.replace("<=", "")] * len(pairs)
    found = {(str(a), str(b)): sign for (a, b), sign in zip(pairwise(terms), strict, strict=True)}
    return [found.get(pair, any(strict)) for pair in pairs]


def _term(reader: Reader) -> str | float:
    minus = -1.0 if reader.take("-") else 1.0
    if reader.peek().kind == "number" or minus < 0:
        return minus * float(reader.expect("a number", "number").text)
    return reader.name()
