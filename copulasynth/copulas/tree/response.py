"""What the trees of one variable are to tell: its cells, what moves along an index, and where."""

from dataclasses import dataclass

from copulasynth._arrays import Bools, Floats

__all__ = ["Response"]


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """One variable as its trees are grown for it.

    Attributes
    ----------
    lower, upper : (n,) float64
        Observed cells; rows of atoms that follow the index stand at points within theirs.
    seen : (n,) bool
        Rows where it is known.
    wide : (s,) bool
        Which of the seen cells are levels or atoms.
    nominal : bool
    line : (n,) float64 or None
        The linear index, where there is one.
    region : (float, float)
        Where values move along it.
    heaps : (s,) bool or None
        Seen cells that may be atoms, should the trees tell them apart.
    """

    lower: Floats
    upper: Floats
    seen: Bools
    wide: Bools
    nominal: bool
    line: Floats | None
    region: tuple[float, float]
    heaps: Bools | None = None

    @property
    def cells(self) -> tuple[Floats, Floats]:
        """The cells of seen rows, lower and upper ends."""
        return self.lower[self.seen], self.upper[self.seen]
