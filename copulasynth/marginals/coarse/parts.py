"""The parts of a marginal that rest on some of its rows."""

from collections.abc import Iterator

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.marginals._api import Marginal
from copulasynth.marginals._knots import WINDOW
from copulasynth.marginals.discrete import Discrete
from copulasynth.marginals.empirical import Empirical
from copulasynth.marginals.gpd import GpdTail
from copulasynth.marginals.hurdle import Hurdle
from copulasynth.marginals.kernel import Kernel
from copulasynth.marginals.mixture import NormalMixture
from copulasynth.marginals.pieces import Pieces
from copulasynth.marginals.rounded import Rounded
from copulasynth.marginals.spline import AtomSpline
from copulasynth.marginals.truncated import Truncated

__all__ = ["KNOTS", "WINDOW", "atoms_of"]

#: What is a mean of `WINDOW` rows each, or of more.
KNOTS = "knots of a smooth law"


def atoms_of(m: Marginal) -> Iterator[tuple[str, Floats]]:
    """Yield what a marginal is made of, in words, and the share of the rows behind each of it."""
    if isinstance(m, Rounded | Truncated):
        yield from atoms_of(m.base)
    elif isinstance(m, Discrete):
        yield "values", m.probabilities
    elif isinstance(m, AtomSpline | Empirical | Kernel):
        yield "values that many rows share", m.shares
        yield from _smooth(m)
    elif isinstance(m, Pieces):
        yield "stretches between holes", m.shares
        for share, base in zip(m.shares.tolist(), m.bases, strict=True):
            yield from ((what, share * part) for what, part in atoms_of(base))
    elif isinstance(m, Hurdle):
        yield "values that many rows share", np.array([m.p])
        yield from ((what, (1.0 - m.p) * part) for what, part in atoms_of(m.base))
    elif isinstance(m, GpdTail):
        yield "a tail", 1.0 - m.body.cell(np.array([m.threshold]))[1]
        yield from atoms_of(m.body)
    elif isinstance(m, NormalMixture):
        yield "components", np.array(m.weights)
    else:
        yield "parameters of a law", np.ones(1)


def _smooth(m: AtomSpline | Empirical | Kernel) -> Iterator[tuple[str, Floats]]:
    """Yield the law between the atoms; knots are means of neighbouring rows of it."""
    rest = max(1.0 - float(m.shares.sum()), 0.0)
    if rest <= 0:
        return
    if isinstance(m, Kernel):
        yield "a smooth law", np.array([rest])
        return
    yield (KNOTS if _knots(m) > 1 else "a smooth law"), np.array([rest])


def _knots(m: AtomSpline | Empirical) -> int:
    return m.scores.size if isinstance(m, AtomSpline) else m.levels.size
