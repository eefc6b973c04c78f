"""A run under way, as its stages see it."""

from dataclasses import dataclass
from pathlib import Path

from copulasynth.run.files import SpecFile
from copulasynth.run.log import Log
from copulasynth.run.prepare import seeds_of
from copulasynth.run.spec import Spec

__all__ = ["JUDGED", "Work"]

#: More synthetic rows than this are judged by the first so many, which are a random sample.
JUDGED = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """A run under way: what it is to do, by which seed, into which folder, and its diary."""

    file: SpecFile
    seed: int
    folder: Path
    log: Log

    @property
    def spec(self) -> Spec:
        """What the run file says."""
        return self.file.spec

    @property
    def seeds(self) -> dict[str, int]:
        """The seed of each stage."""
        return seeds_of(self.seed)

    @property
    def data(self) -> str:
        """Name of the file of the table."""
        return Path(self.spec.data.path).name

    def path(self, key: str) -> Path:
        """Where a file of the output goes."""
        return self.folder / self.spec.output.name(key)
