"""Random pairs of neighbouring rows."""

import numpy as np

from copulasynth._arrays import Bools, Ints

__all__ = ["chain_of_matchings", "matching"]

ROUNDS = 16
#: Matchings in a chain: 32, fewer for tables above 30,000 rows, whose replicates are few.
LINKS, CELLS = 32, 1_000_000


def chain_of_matchings(neighbours: Ints, sweeps: int, seed: int) -> list[tuple[Ints, Ints, Ints]]:
    """Return matchings of which any few in a row meet nearly all rows.

    Each matching first serves the rows that the one before left alone. A replicate takes `sweeps`
    consecutive ones from a random place on. Each is the two sides of the pairs, and for each
    row its partner, -1 for none.
    """
    n, rng = len(neighbours), np.random.default_rng(seed)
    chain: list[tuple[Ints, Ints, Ints]] = []
    eager = None
    for _ in range(max(min(LINKS, CELLS // n), sweeps + 1)):
        a, b = matching(neighbours, rng, eager)
        partner = np.full(n, -1, dtype=np.int64)
        partner[a], partner[b] = b, a
        eager = partner < 0
        chain.append((a, b, partner))
    return chain


def matching(
    neighbours: Ints, rng: np.random.Generator, eager: Bools | None = None
) -> tuple[Ints, Ints]:
    """Pair rows off at random with one of their neighbours, no row twice.

    In each round every free row is by chance a proposer or waits; a proposer asks a random
    neighbour, and a waiting row takes one of those who ask. A few rows stay alone.

    The `eager` ones among the n rows, left alone before, never wait to be asked. Returned are the
    two sides a, b (m,) of the pairs; all 2 m rows differ.
    """
    n, k = neighbours.shape
    pairs: list[tuple[Ints, Ints]] = []
    waits = np.empty(n, dtype=np.bool_)
    claim = np.empty(n, dtype=np.int64)
    free = np.arange(n)
    for t in range(ROUNDS):
        coin = rng.integers(2, size=free.size, dtype=np.uint8).view(np.bool_)
        if eager is not None:
            coin = ~eager[free] if t < ROUNDS // 2 else coin & ~eager[free]
        waits[:] = False
        waits[free[coin]] = True
        # Of several who ask the last one is heard; turning the order round lets either end win.
        a = free[~coin][:: 1 - 2 * (t % 2)]
        b = neighbours[a, rng.integers(k, size=a.size)]
        heard = waits[b]
        a, b = a[heard], b[heard]
        claim[b] = a
        heard = claim[b] == a
        a, b = a[heard], b[heard]
        pairs.append((a, b))
        waits[:] = False
        waits[free] = True
        waits[a] = waits[b] = False
        free = np.flatnonzero(waits)
        if free.size < 2:
            break
    return np.concatenate([a for a, _ in pairs]), np.concatenate([b for _, b in pairs])
