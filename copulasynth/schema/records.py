"""Rules between columns as plain records, as a schema lists them and its file keeps them."""

from dataclasses import dataclass
from typing import Literal, get_args

from copulasynth.errors import SchemaError

__all__ = ["RULES", "Rule", "RuleKind"]

RuleKind = Literal[
    "identity",
    "order",
    "tie",
    "combination",
    "link",
    "one_hot",
    "lattice",
    "calendar",
    "place",
    "range",
    "unique",
    "check",
]
RULES: tuple[str, ...] = get_args(RuleKind)


@dataclass(frozen=True, slots=True)
class Rule:
    """A relation between columns, found in a table or declared by a person.

    Attributes
    ----------
    kind : str
        One of :data:`RULES`.
    columns : tuple of str
        Names of variables (:attr:`Schema.variables`). An identity names its target first, an order
        goes from the least to the greatest.
    formula : str
        What holds, as it can be read back where a formula says all: ``"total = price * quantity"``,
        ``"start <= end"``, ``"age < 18 -> alcohol is missing"``.
    keep : bool
        False for a rule that must not be used, nor be found again.
    allow : float
        Share of the rows that may break it.
    obey, told : int or None
        Rows of the training table that obey the rule, and rows that could have broken it.
    chance : float or None
        For kinds whose search is a test: at most the probability that columns without the relation
        would have shown it, over all relations of the kind that were tried. None for other kinds
        and for a rule that a person declares.
    """

    kind: RuleKind
    columns: tuple[str, ...] = ()
    formula: str = ""
    keep: bool = True
    allow: float = 0.0
    obey: int | None = None
    told: int | None = None
    chance: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in RULES:
            raise SchemaError(f"rule: unknown kind {self.kind!r}; use one of {list(RULES)}")
        if not self.columns and not self.formula:
            raise SchemaError(f"rule of kind {self.kind!r}: name its columns, or write a formula")
        if len(set(self.columns)) < len(self.columns):
            raise SchemaError(f"rule of kind {self.kind!r} names a column twice: {self.columns}")
        if not isinstance(self.allow, int | float) or not 0 <= self.allow < 1:
            raise SchemaError(f"rule {self.words!r}: allow is a share below 1, got {self.allow!r}")
        if self.chance is not None and not 0 <= self.chance <= 1:
            raise SchemaError(f"rule {self.words!r}: chance lies in [0, 1], got {self.chance!r}")

    @property
    def key(self) -> tuple[str, frozenset[str]]:
        """What two records of the same relation share."""
        return self.kind, frozenset(self.columns)

    @property
    def words(self) -> str:
        """The rule as a person reads it."""
        return self.formula or f"{self.kind} of {', '.join(self.columns)}"
