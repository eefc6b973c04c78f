"""A declared functional dependency: which variable is a function of which others."""

from dataclasses import dataclass

from copulasynth.errors import SchemaError

__all__ = ["Dependency"]


@dataclass(frozen=True, slots=True)
class Dependency:
    """Variable `target` is a function of `parents`, unless `use` is False.

    Names are those of :attr:`Schema.variables`. The rule itself is fitted to the data.
    """

    target: str
    parents: tuple[str, ...]
    use: bool = True

    def __post_init__(self) -> None:
        if not self.parents or self.target in self.parents:
            raise SchemaError(
                f"dependency of {self.target!r}: name at least one parent, and not itself"
            )
