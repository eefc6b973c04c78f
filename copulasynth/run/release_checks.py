"""What a run file asks of a release, checked before any work."""

from collections.abc import Iterable
from pathlib import Path

from copulasynth._paths import inside
from copulasynth._write import check_outputs
from copulasynth.privacy.manifest import FORMAT, read_releases, release_key
from copulasynth.privacy.policy import Policy, read_policy
from copulasynth.run.files import SpecFile
from copulasynth.run.folder import check_target
from copulasynth.run.lock import settings_of
from copulasynth.synthesizers.registry import named

__all__ = ["check_place", "check_release", "policy_of", "target_of", "unit_of"]


def check_release(file: SpecFile) -> None:
    """Refuse a release that cannot pass, before any work.

    Raises
    ------
    SpecError
        At the line of the entry that stands in the way.
    """
    spec = file.spec
    if spec.release is None:
        return
    policy_of(file)
    with file.blaming("release", "log"):
        read_releases(file.beside(spec.release.log))
    if spec.evaluate.holdout == 0:
        why = "a release needs rows that the method never sees; leave out the 0"
        raise file.error(("evaluate", "holdout"), why)
    if spec.evaluate.refit:
        why = "a release is of the model that was judged, not of one fitted to its holdout too"
        raise file.error(("evaluate", "refit"), why)
    if spec.fit.proper:
        why = "draws of the parameters stay at home; a release is of one model, leave out proper"
        raise file.error(("fit", "proper"), why)
    if named(spec.fit.method).holds_rows:
        why = "models of this method hold training rows; a release needs one that does not"
        raise file.error(("fit", "method"), why)


def policy_of(file: SpecFile) -> Policy:
    """Return the limits that the release of a run file names, or the default ones."""
    asked = file.spec.release
    if asked is None or asked.policy is None:
        return Policy()
    with file.blaming("release", "policy"):
        return read_policy(file.beside(asked.policy))


def unit_of(file: SpecFile) -> str | None:
    """Return the column that says whose rows they are, if the release of a run file has one."""
    unit = "row" if file.spec.release is None else policy_of(file).unit
    return None if unit == "row" else unit


def target_of(file: SpecFile) -> Path:
    """Return the folder of what may leave."""
    asked = file.spec.release
    return file.beside((asked and asked.folder) or f"{file.path.stem}-release")


def check_place(file: SpecFile, folder: Path, inputs: Iterable[Path], *, force: bool) -> None:
    """Refuse a place of the release that holds something else, or lies in the folder of the run.

    Raises
    ------
    SpecError, OutputError
        With what is in the way and what to do.
    """
    asked, target = file.spec.release, target_of(file)
    if asked is None:
        return
    log = file.beside(asked.log)
    for key, place in {"folder": target, "log": log}.items():
        if not inside(place, file.path.parent):
            raise file.error(("release", key), "leads out of the folder of the run file")
        if inside(place, folder) or inside(folder, place):
            raise file.error(("release", key), f"is a place of the run's own, {folder}")
    if inside(log, target):
        raise file.error(("release", "log"), "would leave with the release")
    check_outputs([log], inputs)
    key = release_key(settings_of(file.spec))
    check_target(target, key, [*inputs, log], force=force, form=FORMAT)
