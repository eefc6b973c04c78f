"""Formulas are read before they are evaluated: by patsy every part of one is run as Python.

What a formula may hold is listed here, and nothing else passes: columns, numbers, operators, and
functions that compute a column from columns. Nothing of it opens a file, reaches another object,
or takes more than a moment.
"""

import ast
import re
from collections.abc import Iterator
from typing import Any, Protocol

from patsy import PatsyError
from patsy.parse_formula import parse_formula

from copulasynth.errors import DataError

__all__ = ["check_formula", "variables"]

#: Signs of a formula, brackets within brackets, and terms that it may expand to.
LONGEST, DEEPEST, MOST_TERMS = 10_000, 30, 2_000

#: Largest exponent of whole numbers, and largest number of knots or degree of a spline.
LARGEST_POWER, LARGEST_SPLINE = 100, 100

_OF_ONE = """
    log log1p log2 log10 exp exp2 expm1 sqrt cbrt square abs absolute fabs sign floor ceil trunc
    rint round sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh deg2rad
    rad2deg isnan isfinite reciprocal negative logical_not"""
_OF_TWO = """
    power minimum maximum fmin fmax hypot arctan2 mod floor_divide logical_and logical_or
    logical_xor"""

#: Functions of numpy, by the number of arguments that they take.
NUMPY = {
    **dict.fromkeys(_OF_ONE.split(), 1),
    **dict.fromkeys(_OF_TWO.split(), 2),
    **dict.fromkeys(("where", "clip"), 3),
}
CONTRASTS = ("Treatment", "Sum", "Poly", "Helmert", "Diff")
SPLINES = ("bs", "cr", "cc", "te")
PLAIN = ("C", "I", "abs", "center", "standardize", "scale", *SPLINES, *CONTRASTS)

_OPERATORS = (
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.BitAnd, ast.BitOr),
    *(ast.UAdd, ast.USub, ast.Invert, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE),
)
_ARITHMETIC = (ast.BinOp, ast.UnaryOp)


def check_formula(formula: str) -> None:
    """Refuse a formula that does more than compute with columns.

    Raises
    ------
    DataError
        Naming the first part that is not allowed, or what is wrong with the formula.
    """
    for code in _parts(formula):
        try:
            _check(_parsed(code))
        except RecursionError as e:
            raise DataError(f"formula {_short(formula)!r} is nested too deeply") from e
        except _NotAllowed as e:
            raise DataError(
                f"cannot evaluate {_short(formula)!r}: {e} is not allowed in a formula; use "
                "columns, numbers, operators, C, I, Q, np.log and its relatives, and splines (bs, "
                "cr, cc). If you wrote the formula yourself, trusted=True runs all of it as Python"
            ) from e


def variables(formula: str) -> tuple[str, ...]:
    """Return the names that `formula` reads from a table, in order of appearance.

    >>> variables("np.log(income) ~ C(edu, Treatment('low')) + age:sex + Q('care calls')")
    ('income', 'edu', 'age', 'sex', 'care calls')
    """
    try:
        found = [name for code in _parts(formula) for name in _names(_parsed(code))]
    except RecursionError as e:
        raise DataError(f"formula {_short(formula)!r} is nested too deeply") from e
    return tuple(dict.fromkeys(found))


class Node(Protocol):
    """A part of a formula as patsy reads it: an operator and what it joins, or code."""

    type: str
    token: Any
    args: list["Node"]


class _NotAllowed(Exception):
    """A part of a formula does more than compute with columns."""


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}..."


def _parts(formula: str) -> Iterator[str]:
    """Yield the code of each factor of a formula, from left to right."""
    if len(formula) > LONGEST or _depth(formula) > DEEPEST:
        raise DataError(
            f"formula {_short(formula)!r} is longer than {LONGEST:,} signs, or its brackets are "
            f"nested more than {DEEPEST} deep"
        )
    try:
        tree = parse_formula(formula)
    except (PatsyError, RecursionError, SyntaxError) as e:
        why = str(e).splitlines()[0] if str(e) else "nested too deeply"
        raise DataError(f"cannot evaluate {_short(formula)!r}: {why}") from e
    try:
        if _terms(tree) > MOST_TERMS:
            raise DataError(
                f"formula {_short(formula)!r} expands to more than {MOST_TERMS:,} terms"
            )
        yield from _codes(tree)
    except RecursionError as e:
        raise DataError(f"formula {_short(formula)!r} has too many terms") from e


def _depth(text: str) -> int:
    """Return how deep brackets are nested, at least; those within texts count too."""
    depth = deepest = 0
    for sign in re.findall(r"[\[({\])}]", text):
        depth += 1 if sign in "[({" else -1
        deepest = max(deepest, depth)
    return deepest


def _codes(node: Node) -> Iterator[str]:
    if node.type == "PYTHON_EXPR":
        yield node.token.extra
    for arg in node.args:
        yield from _codes(arg)


def _terms(node: Node) -> int:
    """Return the most terms that a formula expands to, or more than are allowed."""
    kind, args = node.type, node.args
    if kind == "**":
        power = str(args[1].token.extra)
        if args[1].type not in ("NUMBER", "ONE") or not power.isdigit() or len(power) > 2:
            raise DataError("a power of terms needs a small whole number, as in (a + b)**2")
        expanded: int = (_terms(args[0]) + 1) ** int(power)
        return min(expanded, MOST_TERMS + 1)
    sizes = [_terms(arg) for arg in args]
    if not sizes:
        return 1
    product = sizes[0] * sizes[-1] if len(sizes) > 1 else 0
    crossed = {":": product, "*": sum(sizes) + product, "/": sizes[0] + product}
    return min(crossed.get(kind, sum(sizes)), MOST_TERMS + 1)


def _parsed(code: str) -> ast.expr:
    try:
        return ast.parse(code.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as e:
        raise DataError(f"cannot evaluate {_short(code)!r}: it is no expression") from e


def _names(node: ast.AST) -> Iterator[str]:
    """Yield the columns that an expression reads."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Call):
        if quoted := _quoted(node):
            yield quoted
            return
        for arg in (*node.args, *(k.value for k in node.keywords)):
            contrast = isinstance(arg, ast.Name) and arg.id in CONTRASTS and _called(node) == "C"
            yield from () if contrast else _names(arg)
    elif not isinstance(node, ast.Attribute):
        for child in ast.iter_child_nodes(node):
            yield from _names(child)


def _called(node: ast.Call) -> str:
    """Return the name of a function that is called, with the module if that is numpy."""
    f = node.func
    if isinstance(f, ast.Name):
        return f.id
    if isinstance(f, ast.Attribute) and isinstance(f.value, ast.Name):
        return f"{f.value.id}.{f.attr}"
    return ""


def _quoted(node: ast.Call) -> str:
    """Return the column of Q("a column"), or nothing."""
    if _called(node) != "Q" or len(node.args) != 1 or node.keywords:
        return ""
    name = node.args[0]
    return name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else ""


def _check(node: ast.AST) -> None:
    """Refuse an expression that is not made of what is allowed."""
    if isinstance(node, ast.Call):
        _check_call(node)
        return
    if isinstance(node, ast.BinOp | ast.UnaryOp | ast.Compare):
        _check_operation(node)
    elif isinstance(node, ast.Name):
        if node.id.startswith("__"):
            raise _NotAllowed(repr(node.id))
    elif not isinstance(node, ast.Constant) or isinstance(node.value, bytes | complex):
        raise _NotAllowed(repr(ast.unparse(node)))
    elif node.value is ...:
        raise _NotAllowed("'...'")


def _check_operation(node: ast.BinOp | ast.UnaryOp | ast.Compare) -> None:
    operators = node.ops if isinstance(node, ast.Compare) else [node.op]
    if not all(isinstance(one, _OPERATORS) for one in operators):
        raise _NotAllowed(repr(ast.unparse(node)))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        _check_power(node)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            if isinstance(node, _ARITHMETIC) and _is_text(child):
                raise _NotAllowed(repr(ast.unparse(node)))
            _check(child)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _check_power(node: ast.BinOp) -> None:
    """Refuse powers of whole numbers that have no end; those of columns are floating-point."""
    if any(True for _ in _names(node.left)) or any(True for _ in _names(node.right)):
        return
    for side in (_number(node.left), _number(node.right)):
        if side is None or abs(side) > LARGEST_POWER:
            raise _NotAllowed(repr(ast.unparse(node)))


def _check_call(node: ast.Call) -> None:
    name = _called(node)
    if any(isinstance(a, ast.Starred) for a in node.args) or any(not k.arg for k in node.keywords):
        raise _NotAllowed(repr(ast.unparse(node)))
    if name == "Q":
        if not _quoted(node):
            raise _NotAllowed(f"{ast.unparse(node)!r} (the name of a column goes in quotes)")
        return
    if name.startswith("np."):
        # what comes after the arguments would be written to
        if NUMPY.get(name[3:]) != len(node.args) or node.keywords:
            raise _NotAllowed(repr(ast.unparse(node)))
    elif name not in PLAIN:
        raise _NotAllowed(repr(ast.unparse(node.func)))
    for place, arg in enumerate(node.args):
        sized = name in SPLINES and name != "te" and place > 0
        (_check_size if sized else _check_argument)(arg)
    for keyword in node.keywords:
        sized = name in SPLINES and keyword.arg in ("df", "degree")
        (_check_size if sized else _check_argument)(keyword.value)


def _check_argument(node: ast.expr) -> None:
    """Check an argument, which may also be a list of numbers and texts."""
    for item in node.elts if isinstance(node, ast.List | ast.Tuple) else (node,):
        _check(item)


def _check_size(node: ast.expr) -> None:
    """Check what decides how many columns a spline has."""
    value = _number(node)
    if not (isinstance(value, int) and 0 <= value <= LARGEST_SPLINE):
        raise _NotAllowed(f"{ast.unparse(node)!r}, as the size of a spline,")


def _number(node: ast.expr) -> int | float | None:
    """Return the number that is written, if one is."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    return None
