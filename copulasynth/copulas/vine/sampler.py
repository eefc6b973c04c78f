"""Draws from a regular vine: the inverse Rosenblatt transform as a list of table lookups.

Variable by variable, from the last of the order to the first, the conditional quantile functions
of its pair copulas are applied from the highest tree down to tree 1; each lookup also yields the
companion value that later variables condition on (Dissmann et al. 2013, algorithm 2.2; Joe 2014,
algorithm 17). The list of lookups and the places of their results depend on the structure alone.
"""

from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Floats
from copulasynth._chunks import CHUNK, chunks
from copulasynth.copulas.vine.pairs import PairCopula
from copulasynth.copulas.vine.structure import Structure, sources
from copulasynth.copulas.vine.tables import FAIR, GOOD, PairTable, Scratch, tabulate

# Scores beyond 8.2 would be 0 or 1 as a float.
LIMIT = 8.2
# Fine tables of more pair copulas than this take seconds to make and more than 100 MB.
MANY = 100


@dataclass(frozen=True, slots=True)
class Step:
    """One lookup: draw at (tree, edge), given the value in slot `given`.

    `draw` and `companion` are the slots of the two results, -1 where nobody reads them later; a
    draw of tree 0 is the variable itself.
    """

    tree: int
    edge: int
    given: int
    draw: int
    companion: int


@dataclass(frozen=True, slots=True)
class Walk:
    """The steps in order, over d variables (slots below d) and `slots` further rows.

    `copies` are (variable, slot): scores that are kept before the steps of their variable.
    """

    steps: tuple[Step, ...]
    copies: tuple[tuple[int, int], ...]
    slots: int


def walk_of(structure: Structure) -> Walk:
    """Return the lookups that draw a vine."""
    d, levels = structure.dim, structure.levels
    source = {(t, j): (is_draw, t, m) for (t, j), (is_draw, m) in sources(structure).items()}
    read = set(source.values())
    slots: dict[tuple[bool, int, int], int] = {
        (True, 0, j): v - 1 for j, v in enumerate(structure.order)
    }
    for key in sorted(read - set(slots)):
        slots[key] = len(slots)
    steps = tuple(
        Step(
            tree=t,
            edge=j,
            given=slots[source[t, j]],
            draw=slots.get((True, t, j), -1),
            companion=slots.get((False, t + 1, j), -1),
        )
        for j in range(d - 2, -1, -1)
        for t in range(min(levels, d - 1 - j) - 1, -1, -1)
    )
    # given all that were drawn before it, a variable is the independent score it started from
    copies = tuple(
        (structure.order[j] - 1, slot)
        for (is_draw, t, j), slot in slots.items()
        if is_draw and t == d - 1 - j and t > 0
    )
    return Walk(steps, copies, len(slots) - d)


@dataclass(frozen=True, slots=True, eq=False)
class VineSampler:
    """A vine prepared for drawing normal scores."""

    dim: int
    order: tuple[int, ...]
    walk: Walk
    tables: tuple[PairTable, ...]

    @classmethod
    def of(cls, structure: Structure, pairs: tuple[tuple[PairCopula, ...], ...]) -> "VineSampler":
        walk = walk_of(structure)
        tolerance = GOOD if len(walk.steps) <= MANY else FAIR
        tables = tuple(
            tabulate(pairs[s.tree][s.edge], s.companion >= 0, tolerance) for s in walk.steps
        )
        return cls(structure.dim, structure.order, walk, tables)

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        """Return (dim, n) normal scores; prefix-stable."""
        out = np.empty((self.dim, n))
        z = np.empty((self.dim, CHUNK))
        work = np.empty((self.walk.slots, CHUNK))
        scratch = Scratch.of(CHUNK)
        for first, last, stream in chunks(n, rng):
            stream.standard_normal(out=z)
            if last - first < CHUNK:
                # the numbers of a whole chunk, and the work of the rows that are wanted
                z = np.ascontiguousarray(z[:, : last - first])
                work = np.empty((self.walk.slots, last - first))
                scratch = Scratch.of(last - first)
            self.transform(z, work, scratch)
            np.clip(z, -LIMIT, LIMIT, out=out[:, first:last])
        return out

    def transform(self, z: Floats, work: Floats, scratch: Scratch) -> None:
        """Turn independent scores, one row a variable, into scores of the vine, in place."""
        d = self.dim
        rows = [*z, *work]
        for variable, slot in self.walk.copies:
            rows[slot][:] = rows[variable]
        for step, table in zip(self.walk.steps, self.tables, strict=True):
            # a variable's row holds its score given fewer and fewer others, and at last itself
            own = rows[self.order[step.edge] - 1]
            companion = None if step.companion < 0 else rows[step.companion]
            table(own, rows[step.given], own, companion, scratch)
            if step.draw >= d:
                rows[step.draw][:] = own
