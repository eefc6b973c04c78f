"""Marginals in a few words: what a reader wants to know of a column."""

from copulasynth.marginals._api import Marginal
from copulasynth.marginals.catalogue import FAMILIES
from copulasynth.marginals.count import COUNTS, Count
from copulasynth.marginals.discrete import Discrete
from copulasynth.marginals.gpd import GpdTail
from copulasynth.marginals.hurdle import Hurdle
from copulasynth.marginals.parametric import Parametric
from copulasynth.marginals.pieces import Pieces
from copulasynth.marginals.rounded import Rounded
from copulasynth.marginals.spline import AtomSpline
from copulasynth.marginals.truncated import Truncated

__all__ = ["in_words"]

#: Atoms that hold this share of the rows are named, and so many of them at most.
LARGE, MANY = 0.05, 2


def in_words(marginal: Marginal, *, numbers: bool = True) -> str:
    """Return the kind of a marginal, its parameters, and the values that many rows share.

    Parameters
    ----------
    marginal : Marginal
    numbers : bool
        Whether numbers on the scale of the marginal mean something to a reader: not those of
        codes and of times.

    Examples
    --------
    >>> in_words(Hurdle(0.0, 0.4, Parametric("lognormal", (6.6, 1.04), (0.02, 0.01))))
    'lognormal (meanlog 6.6, sdlog 1.04), 40 % are 0'
    """
    name, atoms = _parts(marginal, 1.0)
    if not numbers:
        return name.split(" (")[0]
    large = sorted((a for a in atoms if a[1] >= LARGE), key=lambda a: -a[1])[:MANY]
    return ", ".join([name, *(f"{100 * share:.0f} % are {value:.6g}" for value, share in large)])


def _parts(marginal: Marginal, share: float) -> tuple[str, list[tuple[float, float]]]:
    """Return the name of a law, and its atoms with their shares of the whole."""
    match marginal:
        case Rounded(base=base) | Truncated(base=base):
            return _parts(base, share)
        case Hurdle(zero=zero, p=p, base=base):
            name, atoms = _parts(base, share * (1.0 - p))
            return name, [(zero, share * p), *atoms]
        case GpdTail(body=body):
            name, atoms = _parts(body, share)
            return f"{name}, Pareto tail", atoms
        case Pieces(bases=bases):
            return f"{len(bases)} pieces with holes between", []
        case AtomSpline(atoms=values, shares=shares):
            told = zip(values.tolist(), (share * shares).tolist(), strict=True)
            return "spline", list(told)
        case Discrete(values=values):
            return f"{len(values)} values", []
        case Parametric(family="uniform"):
            # its parameters are the least and the largest value
            return "uniform", []
        case Parametric(family=family, params=params):
            return _named(family, FAMILIES[family].parameters, params), []
        case Count(family=family, params=params):
            return _named(family, COUNTS[family], params), []
    return type(marginal).__name__.lower(), []


def _named(family: str, names: tuple[str, ...], params: tuple[float, ...]) -> str:
    told = ", ".join(f"{name} {value:.3g}" for name, value in zip(names, params, strict=True))
    return f"{family} ({told})"
