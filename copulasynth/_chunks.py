"""Fixed-size chunks with a generator each: why the first rows never depend on how many follow."""

from collections.abc import Iterator

from numpy.random import SFC64, Generator

__all__ = ["CHUNK", "chunks"]

# Rows a chunk: 8192 rows of 20 doubles stay in the second-level cache.
CHUNK = 8192


def chunks(n: int, rng: Generator) -> Iterator[tuple[int, int, Generator]]:
    """Yield (first row, one past last row, generator) for chunks of `CHUNK` rows covering n.

    Whoever draws must draw whole chunks and cut the last one; rows then depend on the seed and
    their position only. The generators are SFC64 seeded by children of the seed sequence of
    `rng`: independent streams like those of `rng.spawn`, and normals 15 % cheaper than PCG64's.
    """
    # Seeded by the children that `rng.spawn` would use, so `rng` moves on as it does there.
    sequences = rng.bit_generator.seed_seq.spawn(-(-n // CHUNK))  # type: ignore[attr-defined]
    for k, sequence in enumerate(sequences):
        yield k * CHUNK, min(n, (k + 1) * CHUNK), Generator(SFC64(sequence))
