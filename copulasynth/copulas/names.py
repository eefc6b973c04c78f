"""Names of copulas, for scripts, the command line and run files."""

from copulasynth import copulas
from copulasynth.copulas.api import CopulaKnobs

__all__ = ["COPULAS", "named"]

_KNOBS = {
    "independence": "Independence",
    "gaussian": "Gaussian",
    "student": "Student",
    "vine": "Vine",
    "tree": "Tree",
    "mixture": "Mixture",
    "blend": "Blend",
}
_CALIBRATED = " + calibration"

#: Every name: the copulas, and each calibrated.
COPULAS: tuple[str, ...] = (*_KNOBS, *(name + _CALIBRATED for name in _KNOBS))


def named(name: str) -> CopulaKnobs:
    """Return the default knobs that a name stands for.

    Raises
    ------
    KeyError
        If the name is not one of `COPULAS`.

    Examples
    --------
    >>> named("gaussian + calibration").base
    Gaussian(...)
    """
    plain = name.removesuffix(_CALIBRATED)
    made: CopulaKnobs = getattr(copulas, _KNOBS[plain])()
    if plain == name:
        return made
    calibrated: CopulaKnobs = copulas.Calibrated(made)
    return calibrated
