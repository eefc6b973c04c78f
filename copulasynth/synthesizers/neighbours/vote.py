"""The commonest level among a row's neighbours, ties broken at random."""

from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Floats, Ints
from copulasynth.synthesizers.training_rows import TrainingRows

__all__ = ["Ballot", "ballot"]


@dataclass(frozen=True, slots=True, eq=False)
class Ballot:
    """For each row the levels with most votes: `count` of them from `first` on in `levels`."""

    first: Ints
    count: Ints
    levels: Floats

    def draw(self, rows: Ints, rng: np.random.Generator, out: Floats) -> None:
        """Write one winning level for each of `rows` to `out`."""
        pick = self.count.take(rows) * rng.random(rows.size)
        self.levels.take(self.first.take(rows) + pick.astype(np.int64), out=out, mode="clip")


def ballot(rows: TrainingRows, j: int, voters: Ints) -> Ballot:
    """Count the votes of `voters` (n, k) for the levels of variable j; missing ones abstain."""
    n = len(voters)
    codes = rows.values[:, j].astype(np.int64)
    size = int(codes.max()) + 1
    votes = np.zeros((n, size), dtype=np.int32)
    for column in voters.T:
        cast = ~rows.missing[column, j]
        votes[np.flatnonzero(cast), codes[column][cast]] += 1
    # Where every voter abstains the row's own level stands.
    silent = votes.max(axis=1) == 0
    votes[silent, codes[silent]] = 1
    best = votes == votes.max(axis=1, keepdims=True)
    count = best.sum(axis=1)
    return Ballot(np.cumsum(count) - count, count, np.nonzero(best)[1].astype(np.float64))
