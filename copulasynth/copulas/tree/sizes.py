"""How large the leaves of trees are, and the pieces of their laws, for a table of a given size."""

from math import ceil

import numpy as np

from copulasynth._arrays import Floats, Ints
from copulasynth.copulas.tree.leaf_law import FEW_VALUES

__all__ = ["BAG_ROWS", "leaf_choices", "leaf_sizes", "leaf_within"]

#: Rows of one bag; more would only deepen the trees and slow the draw.
BAG_ROWS = 20_000

# What suits eight tables of 500 to 10,000 rows, see validation/default_rule.py.
#: Rows of a leaf up to so many rows of a table, and the power of the rows with which leaves grow.
LEAF, UNTIL, POWER = 20, 2500, 0.5

#: Fewest rows of a piece of a leaf law.
GROUP = 10

#: Most leaves, and most pieces of their laws, so that a model file stays below 5 MB.
LEAVES, PIECES = 70_000, 240_000


def leaf_sizes(n: int, d: int, bags: int) -> tuple[int, int]:
    """Return the fewest rows of a leaf and of a piece of its law, for n rows of d variables.

    Leaves grow with the rows, so that their number grows too, but less; both are larger where many
    variables or rows would make a file too large.

    Examples
    --------
    >>> leaf_sizes(500, 20, 3), leaf_sizes(5000, 20, 3), leaf_sizes(20_000, 20, 3)
    ((20, 10), (29, 10), (57, 10))
    >>> leaf_sizes(1_000_000, 20, 3), leaf_sizes(20_000, 200, 3)
    ((57, 250), (100, 50))
    """
    bag = min(n, BAG_ROWS)
    grown = LEAF * max(bag / UNTIL, 1.0) ** POWER
    # a bag shows two thirds of its rows, and leaves are half as large again as they must be
    fitting = bags * d * bag * 0.63 / 1.5 / LEAVES
    group = max(GROUP, ceil(bags * d * n / PIECES))
    # a leaf of all rows has room for two pieces
    return ceil(max(grown, fitting, 2 * group * bag / n)), group


def leaf_choices(leaf: int) -> tuple[int, ...]:
    """Return the sizes of leaves that variables choose from: what suits the table, half, and twice.

    Examples
    --------
    >>> leaf_choices(25)
    (25, 13, 50)
    """
    return leaf, ceil(leaf / 2), 2 * leaf


#: About how many bytes a model file takes for a leaf, a level in its law, a piece of another law.
LEAF_BYTES, LEVEL_BYTES, PIECE_BYTES = 12.0, 4.5, 7.0

#: What of the bytes of the table trees may take: marginals and calibration take some too. Leaves
#: are made at most so many times as large for it.
SHARE, LARGER = 0.55, 2.0


def leaf_within(
    leaf: int, group: int, n: int, bags: int, levels: Ints, known: Floats | float = 1.0
) -> int:
    """Return a leaf of at least so many rows with which trees take less room than the table.

    `levels` (d,) are distinct values of each variable, whose digits say how long a row is as text,
    and `known` (d,) the shares of rows that have one: what rules split a column into, most rows
    have not. What is looked for is a sensible size, not an exact one.

    Examples
    --------
    >>> leaf_within(20, 10, 2500, 2, np.full(20, 2)), leaf_within(20, 10, 2500, 2, np.full(30, 5))
    (20, 28)
    """
    text = n * float((known * (1.0 + np.maximum(np.log10(levels), 1.0))).sum())
    most = LARGER * leaf
    while True:
        leaves = 0.42 * min(n, BAG_ROWS) / leaf
        rows = n / leaves
        law = np.where(levels <= FEW_VALUES, LEVEL_BYTES * levels, PIECE_BYTES * (1 + rows / group))
        fits = bags * leaves * float((LEAF_BYTES + law).sum()) <= SHARE * text
        if fits or 1.1 * leaf > most:
            return leaf
        leaf = ceil(1.1 * leaf)
