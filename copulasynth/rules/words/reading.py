"""The words of formulas, and a place among them from which they are read."""

import re
from dataclasses import dataclass, field

from copulasynth.errors import SchemaError

__all__ = ["ARGUMENTS", "Reader", "Token", "Tree", "name_in", "reader_of"]

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)|`(?P<quoted>(?:[^`]|``)+)`"
    r'|"(?P<text>(?:[^"]|"")*)"|(?P<word>[^\W\d]\w*(?:\.\w+)*(?: \[state\])?)'
    r"|(?P<sign><->|->|<=|>=|!=|[-+*/^(),=<>]))"
)
_SIMPLE = re.compile(r"[^\W\d]\w*(?:\.\w+)*")
#: The functions of formulas, and how many values each takes.
ARGUMENTS = {"min": 2, "max": 2, "abs": 1, "round": 1, "floor": 1, "ceil": 1, "step": 2}

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
        if _SIMPLE.fullmatch(name) and name not in ("is", "and", "or", *ARGUMENTS)
        else "`" + name.replace("`", "``") + "`"
    )


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    end: int


def _tokens(formula: str) -> list[Token]:
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
        mark = {"quoted": "`", "text": '"'}.get(kind, "")
        found.append(Token(kind, match[kind].replace(2 * mark, mark), place))
    return found


@dataclass(slots=True)
class Reader:
    """A place in the tokens of a formula."""

    formula: str
    tokens: list[Token]
    place: int = 0
    names: list[str] = field(default_factory=list)

    def peek(self) -> Token:
        end = self.place >= len(self.tokens)
        return Token("end", "the end", len(self.formula)) if end else self.tokens[self.place]

    def take(self, *texts: str) -> str | None:
        """Take the next token if it is one of these signs or words."""
        token = self.peek()
        if token.kind in ("sign", "word") and token.text in texts:
            self.place += 1
            return token.text
        return None

    def expect(self, what: str, *kinds: str) -> Token:
        token = self.peek()
        if token.kind not in kinds:
            raise SchemaError(
                f"formula {self.formula!r}: expected {what}, found {token.text!r}{self._meant()}"
            )
        self.place += 1
        return token

    def _meant(self) -> str:
        """Return how formulas write what the last and the next sign are in Python."""
        signs = "".join(t.text for t in self.tokens[max(self.place - 1, 0) : self.place + 1])
        said = {"==": "=", "**": "^", "=<": "<=", "=>": ">="}
        return f"; write {said[signs]} for {signs}" if signs in said else ""

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
        if token.kind == "word" and token.text in ARGUMENTS:
            return self.call(depth)
        return ("name", self.name())

    def call(self, depth: int) -> Tree:
        what = self.expect("a function", "word").text
        self.expect_sign("(")
        arguments = [self.sum(depth + 1)]
        while self.take(","):
            arguments.append(self.sum(depth + 1))
        self.expect_sign(")")
        if len(arguments) != ARGUMENTS[what]:
            raise SchemaError(f"formula {self.formula!r}: {what} takes {ARGUMENTS[what]} values")
        return (what, *arguments)

    def expect_sign(self, sign: str) -> None:
        if not self.take(sign):
            raise SchemaError(
                f"formula {self.formula!r}: expected {sign!r}, found {self.peek().text!r}"
            )


def reader_of(formula: str) -> Reader:
    """Return a reader at the beginning of a formula."""
    return Reader(formula, _tokens(formula))
